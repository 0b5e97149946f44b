"""Every statement of `store/queries`: prepared on both engines, naming the merchant, used."""

import ast
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tollbridge.ports import SLOTS
from tollbridge.store import migrate_store
from tollbridge.store.engine import QUERIES, row_statements, statements
from tollbridge.store.postgres_bulk import IN_BULK, Bulk
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
    r"|SCAN 16 CONSTANT ROWS|SCAN slots$|SEARCH (slots|page_\w+)$"
)
ALL_MERCHANTS = {"merchants", "ledger", "has_ledger"}

TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+[a-z_]+\b(?!\()")
TIED = re.compile(r":merchant_id\b|%\(merchant_id\)s|= \w+\.merchant_id\b")

TEXTS = {
    *("account", "actor", "code", "command", "command_id", "content_type", "country_id"),
    *("currency", "email", "key", "lock_timeout", "mode", "name", "path", "product_name"),
    *("purpose", "rate", "rate_source", "reference", "reference_id", "result", "role", "scopes"),
    *("series", "sha256", "statement_timeout", "subject", "type", "username"),
    *("error", "holder", "chaos", "format", "state"),
    *("address", "kind", "message_id", "shared_with", "state_before"),
}
BYTES = {"answer", "body_hash", "document", "explanation", "frozen", "payload", "salt"}
BYTES |= {"secret_hash", "body", "password", "previous", "reply", "signing"}
FILL = """
    INSERT INTO subscription (
        merchant_id, id, customer_id, payment_method_id, status, due_at, revision, document
    )
    SELECT n % 3, n, n, n, 'active', n, 1, '' FROM generate_series(1, 20000) n
"""
FILL_LANES = """
    INSERT INTO lane (
        merchant_id, endpoint_id, stream, replay, head, last, tries, due_at, leased_until
    )
    SELECT n % 3, n % 2, n, 0, 1, 1, 0, n, 0 FROM generate_series(1, 20000) n
"""
ARRAYS = {"bigint": [1], "integer": [1], "text": ["text"], "bytea": [b"bytes"]}


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
    values = parameters(text, r"%\((\w+)\)s")
    arrays = re.findall(r"%\((\w+)\)s::(\w+)\[\]", text)
    values.update({parameter: ARRAYS[kind] for parameter, kind in arrays})
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


@pytest.mark.parametrize("name", ["due", "count_due", "earliest_due"])
def test_due_work_is_read_from_its_index_in_order(
    sqlite_connection: sqlite3.Connection, postgres_connection: psycopg.Connection, name: str
) -> None:
    """Nothing is sorted, whatever is known of the table: the planner is asked before ANALYZE."""
    text = statements("sqlite", "sqlite3")[name]
    plan = sqlite_connection.execute(
        f"EXPLAIN QUERY PLAN {text}", parameters(text, r":(\w+)")
    ).fetchall()
    steps = [str(step) for *_, step in plan]
    assert [step for step in steps if "subscription_due (merchant_id=? AND <expr>=?" in step]
    assert not [step for step in steps if "TEMP B-TREE" in step]
    text = statements("postgres", "psycopg")[name]
    values = parameters(text, r"%\((\w+)\)s")
    with postgres_connection.transaction(force_rollback=True):
        postgres_connection.execute(FILL.encode())
        planned = postgres_connection.execute(f"EXPLAIN {text}".encode(), values).fetchall()
    assert [step for (step,) in planned if "using subscription_due" in step]
    assert not [step for (step,) in planned if "Sort" in step]


@pytest.mark.parametrize("name", ["claim_lanes", "due_endpoints", "earliest_delivery"])
def test_deliveries_are_claimed_from_their_index_in_order(
    sqlite_connection: sqlite3.Connection, postgres_connection: psycopg.Connection, name: str
) -> None:
    """However much waits: what stands behind a head is in no index that is looked at."""
    text = statements("sqlite", "sqlite3")[name]
    plan = sqlite_connection.execute(
        f"EXPLAIN QUERY PLAN {text}", parameters(text, r":(\w+)")
    ).fetchall()
    steps = [str(step) for *_, step in plan]
    assert [step for step in steps if "lane_due (merchant_id=? AND endpoint_id=?" in step]
    assert not [step for step in steps if "TEMP B-TREE" in step]
    text = statements("postgres", "psycopg")[name]
    values = parameters(text, r"%\((\w+)\)s")
    with postgres_connection.transaction(force_rollback=True):
        postgres_connection.execute(FILL_LANES.encode())
        planned = postgres_connection.execute(f"EXPLAIN {text}".encode(), values).fetchall()
    assert [step for (step,) in planned if "using lane_due" in step]
    assert not [step for (step,) in planned if "Sort" in step or "Seq Scan on lane" in step]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("lock_lanes", "stream = u.stream"),
        ("lasts_of_lanes", "stream = u.stream"),
        ("highest_replays", "stream = u.stream"),
        ("claimed", "stream = u.stream"),
        ("many_facts", "subscription_id = u.subscription_id"),
    ],
)
def test_many_are_looked_up_by_their_keys(
    postgres_connection: psycopg.Connection, name: str, key: str
) -> None:
    """Nothing goes through all lanes of an endpoint, whatever is known of the table."""
    text = statements("postgres", "psycopg")[name]
    values = parameters(text, r"%\((\w+)\)s")
    values |= {found: [1] for found in re.findall(r"%\((\w+)\)s::bigint\[\]", text)}
    planned = postgres_connection.execute(f"EXPLAIN {text}".encode(), values).fetchall()
    conditions = [step for (step,) in planned if "Index Cond" in step]
    assert [step for step in conditions if key in step]
    assert not [step for (step,) in planned if "Seq Scan" in step or "Bitmap" in step]


def test_the_statements_know_how_many_slots_there_are() -> None:
    """The expression of the index is written out where it is used."""
    for engine, driver in (("sqlite", "sqlite3"), ("postgres", "psycopg")):
        texts = statements(engine, driver)
        masks = [mask for text in texts.values() for mask in re.findall(r"\.id & (\d+)", text)]
        assert masks == [str(SLOTS - 1)] * 3
        assert SLOTS.bit_count() == 1  # so that `id & 15` is `id % 16`
        for name in ("earliest_due", "count_due", "untold_slots"):
            slots = re.findall(r"\((\d+)\)", texts[name])
            assert [int(number) for number in slots] == list(range(SLOTS))


def test_both_engines_have_the_same_statements() -> None:
    """But for those that only PostgreSQL needs."""
    sqlite, postgres = statements("sqlite", "sqlite3"), statements("postgres", "psycopg")
    assert set(sqlite) <= set(postgres)
    more = {name for name in set(postgres) - set(sqlite) if not name.endswith(IN_BULK)}
    assert more == {"lock_ledger", "begin_session"}


def test_what_is_done_in_bulk_is_the_same() -> None:
    """Every insert of a save has its COPY; the other ways take what the statement itself takes."""
    rows = row_statements("postgres", "psycopg")
    inserts = {name for name in WRITE_ORDER if name.startswith("insert_")}
    assert inserts <= set(Bulk().inserts)
    for name, text in statements("postgres", "psycopg").items():
        if name.endswith(IN_BULK):
            single = rows[name.removesuffix(IN_BULK)]
            taken = re.findall(r"%\((\w+)\)s", text)
            assert sorted(taken) == sorted(single.names)
            listed = re.search(r"\bu \(([^)]*)\)", text)
            assert listed is not None
            assert [column.strip() for column in listed[1].split(",")] == taken


def test_a_row_is_written_in_the_order_of_the_signature() -> None:
    """Whatever the order of the placeholders: an update names its key at the end."""
    moved = row_statements("sqlite", "sqlite3")["move_purchases"]
    assert moved.names == ("merchant_id", "purchase_id", "status", "paid_at")
    assert moved.text.count("?") == len(moved.names)
    assert moved.arranged([(1, 2, "PAY", 4)]) == [("PAY", 4, 1, 2)]


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
    used |= {"highest_payment_method", "highest_endpoint", "highest_notification", "highest_mail"}
    used |= {*WRITE_ORDER}
    for path in QUERIES.parent.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        used |= {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
    used |= {name + IN_BULK for name in used}
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
