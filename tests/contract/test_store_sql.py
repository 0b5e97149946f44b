"""Every statement of `store/queries`: prepared on both engines, naming the merchant, used."""

import ast
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tollbridge.store import migrate_store
from tollbridge.store.engine import QUERIES, statements
from tollbridge.store.saving import WRITE_ORDER

# The statements that do not name the merchant, each with the reason why it may not.
OF_NO_MERCHANT = {
    "merchants": "the one list of all merchants, for the command line and the worker",
    "credential": "who calls is known only from the answer; user names are unique over all",
    "create_ledger": "the schema is everybody's",
    "has_ledger": "the schema is everybody's",
    "ledger": "the schema is everybody's",
    "record_migration": "the schema is everybody's",
    "lock_ledger": "touches no table",
    "begin_session": "touches no table",
}
NO_PLAN = {"create_ledger"}  # defines something; run by every migration test

# A key that begins with the merchant, a credential by its unique name, or a list of our own making.
BY_MERCHANT = re.compile(
    r"SEARCH \w+ USING .*\(merchant_id=\?|SEARCH merchant USING INTEGER PRIMARY KEY"
    r"|SEARCH \w+ USING INDEX credential_username|SCAN (json_each|v|l|page_\w+|CONSTANT)\b"
)
ALL_MERCHANTS = {"merchants", "ledger", "has_ledger"}

TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+[a-z_]+\b(?!\()")
TIED = re.compile(r":merchant_id\b|%\(merchant_id\)s|= \w+\.merchant_id\b")

TEXTS = {
    *("account", "actor", "code", "command", "command_id", "content_type", "country_id"),
    *("currency", "email", "key", "lock_timeout", "mode", "name", "path", "product_name"),
    *("purpose", "rate", "rate_source", "reference", "reference_id", "result", "role", "scopes"),
    *("series", "sha256", "statement_timeout", "subject", "type", "username"),
}
BYTES = {"answer", "body_hash", "document", "explanation", "frozen", "payload", "salt"}
BYTES |= {"secret_hash"}
LISTS: dict[str, list[int] | list[str]] = {"ids": [1], "keys": ["k"]}


def sample(name: str) -> object:
    """A value of a parameter's type."""
    if name in TEXTS:
        return "text"
    if name in BYTES:
        return b"bytes"
    return 1


def parameters(text: str, pattern: str) -> dict[str, object]:
    """A value for every parameter of a statement."""
    return {name: sample(name) for name in re.findall(pattern, text)}


@pytest.fixture(scope="module")
def sqlite_connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """A migrated SQLite file."""
    path: Path = tmp_path_factory.mktemp("sql") / "prepared.db"
    migrate_store(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        yield connection


@pytest.fixture(scope="module")
def postgres_connection(postgres_module_url: str) -> Iterator[psycopg.Connection]:
    """A migrated PostgreSQL database."""
    migrate_store(postgres_module_url)
    with psycopg.connect(postgres_module_url, autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize("name", sorted(statements("sqlite", "sqlite3")))
def test_every_statement_is_prepared_on_sqlite(
    sqlite_connection: sqlite3.Connection, name: str
) -> None:
    """EXPLAIN compiles it against the schema and runs nothing."""
    text = statements("sqlite", "sqlite3")[name]
    sqlite_connection.execute(f"EXPLAIN {text}", parameters(text, r":(\w+)")).fetchall()


@pytest.mark.parametrize("name", sorted({*statements("postgres", "psycopg")} - NO_PLAN))
def test_every_statement_is_prepared_on_postgres(
    postgres_connection: psycopg.Connection, name: str
) -> None:
    """EXPLAIN plans it against the schema, with parameters of the types that it gets."""
    text = statements("postgres", "psycopg")[name]
    values = {**parameters(text, r"%\((\w+)\)s")}
    values.update({key: LISTS[key] for key in values if key in LISTS})
    assert postgres_connection.execute(f"EXPLAIN {text}".encode(), values).fetchall()


@pytest.mark.parametrize(("engine", "driver"), [("sqlite", "sqlite3"), ("postgres", "psycopg")])
def test_every_statement_names_the_merchant(engine: str, driver: str) -> None:
    """DESIGN 8: each table that is read, joined or written is tied to one merchant."""
    for name, text in statements(engine, driver).items():
        tables = len(TABLE.findall(text))
        tied = len(TIED.findall(text))
        assert (tied >= max(tables, 1)) != (name in OF_NO_MERCHANT), name


@pytest.mark.parametrize("name", sorted(set(statements("sqlite", "sqlite3")) - NO_PLAN))
def test_every_row_is_reached_by_a_key_of_the_merchant(
    sqlite_connection: sqlite3.Connection, name: str
) -> None:
    """DESIGN 8: no statement goes through a table, and no index is entered without the merchant."""
    text = statements("sqlite", "sqlite3")[name]
    plan = sqlite_connection.execute(
        f"EXPLAIN QUERY PLAN {text}", parameters(text, r":(\w+)")
    ).fetchall()
    steps = [step for *_, step in plan if step.startswith(("SEARCH", "SCAN"))]
    strange = [step for step in steps if not BY_MERCHANT.match(step)]
    assert (strange == []) != (name in ALL_MERCHANTS)


def test_both_engines_have_the_same_statements() -> None:
    """But for those that only PostgreSQL needs."""
    sqlite, postgres = statements("sqlite", "sqlite3"), statements("postgres", "psycopg")
    assert set(sqlite) <= set(postgres)
    assert set(postgres) - set(sqlite) == {"lock_ledger", "begin_session"}


def test_every_statement_has_one_place() -> None:
    """No name stands twice among the files that an engine reads."""
    for engine in ("sqlite", "postgres"):
        files = [
            path
            for path in QUERIES.glob("*.sql")
            if not path.stem.startswith("only_") or path.stem == f"only_{engine}"
        ]
        names = [
            name
            for path in files
            for name in re.findall(r"-- name: (\w+)", path.read_text(encoding="utf-8"))
        ]
        assert len(names) == len(set(names))


def test_every_statement_is_used() -> None:
    """By its name, as a string of the store's code."""
    used = {f"highest_{series}" for series in ("subscription", "purchase", "customer")}
    used |= {"highest_payment_method", *WRITE_ORDER}
    for path in QUERIES.parent.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        used |= {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
    assert set(statements("postgres", "psycopg")) - used == set()


def test_what_is_held_is_gathered_in_one_way() -> None:
    """The statements about a held subscription begin with the same columns."""
    for engine, driver in (("sqlite", "sqlite3"), ("postgres", "psycopg")):
        texts = statements(engine, driver)
        columns = texts["held"].partition("\nFROM subscription s")[0]
        assert "customer" in columns
        assert texts["held_of_purchase"].startswith(columns + "\nFROM")
        assert texts["held_with_history"].startswith(columns + ",\n")
        more = texts["held_with_history"].partition("\nFROM subscription s\nWHERE")[0]
        assert texts["many_with_history"].startswith(more + "\nFROM")
