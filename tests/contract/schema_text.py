"""The schema of a database as text: what is compared with the files in `golden/`.

python -m tests.contract.schema_text      # writes the files anew after a new migration
"""

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from tollbridge.store import migrate_store
from tollbridge.store.migrate import MIGRATIONS, known_migrations

GOLDEN = Path(__file__).parent / "golden"
LEDGER = "schema_migration"

_POSTGRES_COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable = 'YES', column_default
    FROM information_schema.columns WHERE table_schema = 'public'
    ORDER BY table_name, ordinal_position
"""
_POSTGRES_INDEXES = """
    SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'
    ORDER BY tablename, indexname
"""
_POSTGRES_CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype <> 'n' ORDER BY 1, 2
"""


def sqlite_schema(path: Path) -> str:
    """Columns and indexes of an SQLite file, one line each."""
    connection = sqlite3.connect(path)
    try:
        tables = connection.execute(
            "SELECT name, strict, wr FROM pragma_table_list WHERE schema = 'main'"
            " AND type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        ).fetchall()
        return _text(line for table in tables for line in _sqlite_table(connection, *table))
    finally:
        connection.close()


def _sqlite_table(
    connection: sqlite3.Connection, table: str, strict: int, without_rowid: int
) -> Iterable[str]:
    yield f"{table}: strict={strict} without_rowid={without_rowid}"
    for _, name, kind, required, default, key in connection.execute(f"PRAGMA table_info({table})"):
        yield f"{table}.{name} {kind} required={required} default={default} key={key}"
    indexes = connection.execute(f"PRAGMA index_list({table})").fetchall()
    for _, name, unique, _, _ in sorted(indexes, key=lambda index: str(index[1])):
        columns = [row[2] for row in connection.execute(f"PRAGMA index_info({name})")]
        (made_by,) = connection.execute(
            "SELECT sql FROM sqlite_master WHERE name = ?", (name,)
        ).fetchone() or (None,)
        written = " ".join(str(made_by).split()).partition(" WHERE ")
        keys = written[0].partition("(")[2][:-1].strip() if made_by else ", ".join(columns)
        where = " ".join(written[1:]).strip()
        yield f"{table} index {name} unique={unique} ({keys}) {where}".rstrip()


def postgres_schema(url: str) -> str:
    """Columns, indexes and constraints of a PostgreSQL database, one line each."""
    with psycopg.connect(url) as connection:
        lines = [
            *_lines(connection, _POSTGRES_COLUMNS, _postgres_column),
            *_lines(connection, _POSTGRES_INDEXES, lambda row: f"{row[0]} index {row[1]}"),
            *_lines(connection, _POSTGRES_CONSTRAINTS, lambda row: f"{row[0]} {row[1]} {row[2]}"),
        ]
    return _text(lines)


def _postgres_column(row: tuple[Any, ...]) -> str:
    table, name, kind, nullable, default = row
    return f"{table}.{name} {kind} nullable={nullable} default={default}"


def _lines(
    connection: psycopg.Connection, query: str, line: Callable[[tuple[Any, ...]], str]
) -> list[str]:
    return [line(row) for row in connection.execute(query.encode()).fetchall()]


def released() -> str:
    """Number, name and digest of every migration of both engines, one line each."""
    return _text(
        f"{engine} {migration.name} {migration.sha256}"
        for engine in ("postgres", "sqlite")
        for migration in known_migrations(MIGRATIONS / engine)
    )


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


def write_golden() -> None:
    """Write what the migrations of today lead to."""
    from tests.conftest import SERVER_URL, fresh_database  # noqa: PLC0415 - a program of its own

    GOLDEN.mkdir(exist_ok=True)
    (GOLDEN / "migrations.txt").write_text(released(), encoding="utf-8")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "golden.db"
        migrate_store(f"sqlite:///{path}")
        (GOLDEN / "schema_sqlite.txt").write_text(sqlite_schema(path), encoding="utf-8")
    with fresh_database(SERVER_URL) as url:
        migrate_store(url)
        (GOLDEN / "schema_postgres.txt").write_text(postgres_schema(url), encoding="utf-8")


if __name__ == "__main__":
    write_golden()
