"""Migrations: whole files, each once, and the schema they lead to (docs/decisions/0007)."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import psycopg
import pytest

from tests.contract.schema_text import GOLDEN, postgres_schema, released, sqlite_schema
from tollbridge.domain.access import Credential
from tollbridge.ports import StoreUnavailableError
from tollbridge.store import SchemaError, migrate_store, open_store
from tollbridge.store.migrate import (
    MIGRATIONS,
    Ledger,
    Migration,
    bring_up,
    known_migrations,
    missing,
    require_known,
)
from tollbridge.store.opening import sqlite_path
from tollbridge.store.postgres import PostgresLedger
from tollbridge.store.sqlite import OLDEST, SqliteEngine, cut, require_version

FIRST = "CREATE TABLE one (a INTEGER); INSERT INTO one VALUES (1);"
SECOND = "CREATE TABLE two (a INTEGER);\nINSERT INTO one VALUES (2);\n"
BROKEN = f"{SECOND}\nSELECT * FROM nowhere;\n"
OLD_USER = {
    "sqlite": "INSERT INTO credential VALUES (864, 'anna', x'ff01', x'ff02')",
    "postgres": r"INSERT INTO credential VALUES (864, 'anna', '\xff01', '\xff02')",
}
LATER = """
    INSERT INTO schema_migration SELECT max(number) + 1, '9999_later', 'x' FROM schema_migration
"""


class Place:
    """An empty database of one engine, and what the tests ask of it."""

    def __init__(self, engine: str, url: str, ledger: Ledger) -> None:
        self.engine = engine
        self.url = url
        self.ledger = ledger

    def schema(self) -> str:
        """The schema as text."""
        if self.engine == "sqlite":
            return sqlite_schema(sqlite_path(self.url))
        return postgres_schema(self.url)

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """Run a statement on a connection of its own."""
        if self.engine == "sqlite":
            with closing(sqlite3.connect(sqlite_path(self.url))) as file, file:
                return file.execute(statement).fetchall()
        with psycopg.connect(self.url) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty database, of SQLite and of PostgreSQL."""
    if request.param == "sqlite":
        engine = SqliteEngine(tmp_path / "empty.db")
        yield Place("sqlite", f"sqlite:///{tmp_path / 'empty.db'}", engine.ledger())
        engine.close()
        return
    url: str = request.getfixturevalue("postgres_url")
    with psycopg.connect(url, autocommit=True) as connection:
        yield Place("postgres", url, PostgresLedger(connection))


@pytest.fixture
def written(place: Place, tmp_path: Path) -> Callable[..., None]:
    """Writes a folder of migrations of one's own for the database."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    place.ledger.folder = folder

    def write(**files: str) -> None:
        for name, text in files.items():
            (folder / f"{name.removeprefix('_')}.sql").write_text(text, encoding="utf-8")

    return write


def test_migrations_lead_to_the_expected_schema(place: Place) -> None:
    """The golden file is written by `python -m tests.contract.schema_text`, and reviewed."""
    names = tuple(m.name for m in known_migrations(MIGRATIONS / place.engine))
    assert migrate_store(place.url) == names
    expected = (GOLDEN / f"schema_{place.engine}.txt").read_text(encoding="utf-8")
    assert place.schema() == expected
    assert migrate_store(place.url) == ()


def test_an_upgraded_database_equals_a_fresh_one(place: Place) -> None:
    """From every earlier version on, and file by file."""
    known = known_migrations(place.ledger.folder)
    for version in range(1, len(known) + 1):
        assert place.ledger.apply_next(known[:version]) == known[version - 1]
        assert place.ledger.apply_next(known[:version]) is None
    assert place.schema() == (GOLDEN / f"schema_{place.engine}.txt").read_text(encoding="utf-8")


def test_users_and_addresses_outlive_the_whole_api(place: Place) -> None:
    """0002: the secret of before is the first of several, with every scope; addresses fold."""
    place.ledger.apply_next(known_migrations(place.ledger.folder)[:1])
    place.execute(OLD_USER[place.engine])
    place.execute("INSERT INTO contact VALUES (864, 1, 'billing', 'Anna@Customer.EXAMPLE', 'DE')")
    migrate_store(place.url)
    assert place.execute("SELECT email FROM contact") == [("anna@customer.example",)]
    with closing(open_store(place.url)) as store:
        assert store.credential("anna") == Credential(
            merchant_id=864, username="anna", salt=b"\xff\x01", secret_hash=b"\xff\x02"
        )


def test_a_released_migration_is_never_edited() -> None:
    """Its digest stands in the ledger of every database that has it."""
    assert released() == (GOLDEN / "migrations.txt").read_text(encoding="utf-8")


def test_both_engines_have_the_same_columns() -> None:
    """In the same order; types are compared by eye."""
    columns = [
        [line.split()[0] for line in text.splitlines() if "." in line.split()[0]]
        for text in (
            (GOLDEN / f"schema_{engine}.txt").read_text(encoding="utf-8")
            for engine in ("sqlite", "postgres")
        )
    ]
    assert columns[0] == columns[1]


def test_every_key_begins_with_the_merchant() -> None:
    """DESIGN 8, but for the ledger of migrations; user names are unique over all merchants."""
    lines = (GOLDEN / "schema_postgres.txt").read_text(encoding="utf-8").splitlines()
    keys = [line for line in lines if " index " in line or "PRIMARY KEY" in line]
    strange = [line for line in keys if "(merchant_id" not in line]
    assert {line.split()[0] for line in strange} == {"schema_migration", "credential"}
    assert [line for line in strange if line.startswith("credential ")] == [
        line for line in keys if "credential_username" in line
    ]


def test_a_broken_file_leaves_nothing(place: Place, written: Callable[..., None]) -> None:
    """What it did before it failed is undone; those before it stay; mended, it is applied."""
    written(_0001_first=FIRST, _0002_second=BROKEN)
    with pytest.raises(SchemaError, match="0002_second failed"):
        bring_up(place.ledger)
    assert "two" not in place.schema()
    assert place.execute("SELECT a FROM one") == [(1,)]
    assert [row.name for row in place.ledger.applied()] == ["0001_first"]
    written(_0002_second=SECOND)
    assert bring_up(place.ledger) == ("0002_second",)
    assert place.execute("SELECT a FROM one ORDER BY a") == [(1,), (2,)]


def test_a_file_that_was_edited_is_noticed(place: Place, written: Callable[..., None]) -> None:
    """By its digest, before anything else is applied."""
    written(_0001_first=FIRST)
    bring_up(place.ledger)
    written(_0001_first=FIRST + "-- edited", _0002_second=SECOND)
    with pytest.raises(SchemaError, match="0001_first was changed"):
        bring_up(place.ledger)
    assert "two" not in place.schema()


def test_a_newer_schema_is_refused(place: Place) -> None:
    """By opening and by migrating, with what to do about it."""
    migrate_store(place.url)
    place.execute(LATER)
    for ask in (open_store, migrate_store):
        with pytest.raises(SchemaError, match=r"_later.* run a newer version"):
            ask(place.url)


def test_an_older_schema_is_migrated_or_refused(place: Place) -> None:
    """SQLite is brought up on opening; on PostgreSQL that is a command of its own (DESIGN 8)."""
    if place.engine == "sqlite":
        open_store(place.url).close()
        require_known(place.ledger)
        return
    with pytest.raises(SchemaError, match=r"lacks migration 0001_first_schema: run `tollbridge"):
        open_store(place.url)
    assert place.schema() == "\n"


def test_two_programs_at_once_apply_each_file_once(place: Place) -> None:
    """The second waits for the first and finds nothing left to do."""
    meet = Barrier(2)

    def start() -> tuple[str, ...]:
        meet.wait()
        return migrate_store(place.url)

    with ThreadPoolExecutor(2) as threads:
        ones = [threads.submit(start) for _ in range(2)]
        applied = [name for one in ones for name in one.result()]
    assert sorted(applied) == [m.name for m in known_migrations(MIGRATIONS / place.engine)]
    assert place.schema() == (GOLDEN / f"schema_{place.engine}.txt").read_text(encoding="utf-8")


def test_a_ledger_with_a_gap_is_refused() -> None:
    """A row was deleted, or the files of another program were applied."""
    known = [Migration(n, f"{n:04}_x", str(n)) for n in (1, 2, 3)]
    with pytest.raises(SchemaError, match="lacks migration 0002"):
        missing(known, [known[0], known[2]])


@pytest.mark.parametrize("name", ["0001_one.sql", "0004_four.sql", "3_three.sql", "0003.sql"])
def test_numbers_have_no_gap(tmp_path: Path, name: str) -> None:
    """A stray file stops the program and not the database."""
    for good in ("0001_a.sql", "0002_b.sql", name):
        (tmp_path / good).write_text(";", encoding="utf-8")
    with pytest.raises(SchemaError, match="is not migration"):
        known_migrations(tmp_path)


def test_scripts_are_cut_where_statements_end() -> None:
    """Semicolons in strings, comments and triggers end none."""
    statements = [
        "CREATE TABLE t (a TEXT DEFAULT 'x;y'); -- one; two\n",
        "/* ; */ CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM t; SELECT 1; END;",
        "SELECT 1;",
    ]
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in cut("".join(statements) + "\n-- the end"):
            connection.execute(statement)
        made = connection.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall()
    assert made == [("r",), ("t",)]


def test_an_old_sqlite_is_refused() -> None:
    """With the version that is there and the one that is needed."""
    require_version(OLDEST)
    with pytest.raises(SchemaError, match=r"3\.38\.0 or newer is needed; this Python has 3\.37\.2"):
        require_version((3, 37, 2))


@pytest.mark.parametrize(
    "url", ["mysql://localhost/x", "sqlite://", "sqlite:///", "", "sqlite://x"]
)
def test_other_urls_are_refused(url: str) -> None:
    """ValueError, with what a database may be."""
    for ask in (open_store, migrate_store):
        with pytest.raises(ValueError, match="a database is"):
            ask(url)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///demo.db", "demo.db"),
        ("sqlite:////var/lib/demo.db", "/var/lib/demo.db"),
        ("demo.db", "demo.db"),
        ("./some/demo.db", "some/demo.db"),
    ],
)
def test_a_file_is_named_by_url_or_path(url: str, path: str) -> None:
    """Three slashes are relative, four absolute."""
    assert sqlite_path(url) == Path(path)


def test_a_broken_postgres_url_does_not_repeat_the_password() -> None:
    """ValueError: it ends up on a terminal or in a log."""
    with pytest.raises(ValueError, match="no PostgreSQL URL") as refused:
        open_store("postgresql://user:secret@[::1/x?nonsense=secret")
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("ask", [open_store, migrate_store])
def test_what_cannot_be_reached_is_unavailable(
    ask: Callable[[str], object], tmp_path: Path
) -> None:
    """No folder, no database file, no server."""
    (tmp_path / "text.db").write_text("this is no database " * 100, encoding="utf-8")
    for url in (
        f"sqlite:///{tmp_path}/nowhere/x.db",
        f"sqlite:///{tmp_path}/text.db",
        "postgresql://127.0.0.1:1/nobody",
    ):
        with pytest.raises(StoreUnavailableError):
            ask(url)
