"""Many rows at once on PostgreSQL: COPY for inserts, unnest for updates (measured, DESIGN.md 3)."""

import re
from array import array
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import psycopg
from psycopg.postgres import types

from tollbridge.store.engine import Parameters, Row, row_statements, statements

MANY = 50  # rows of one statement from which on a round trip of its own is repaid
IN_BULK = "_in_bulk"  # ends the name of the statement that does the same for arrays of values

_INSERT = re.compile(r"INSERT INTO (\w+) \(([\w\s,]+)\)\s+VALUES \([%s\s,]+\)")
_INT4 = types["int4"].oid


class Columns(NamedTuple):
    """Where COPY writes to: a part of SQL that names table and columns, and the columns' types."""

    target: str
    types: tuple[int, ...]


class Bulk:
    """The statements of a database that have a way for many rows."""

    def __init__(self) -> None:
        self._rows = row_statements("postgres", "psycopg")
        self._in_bulk = {
            name.removesuffix(IN_BULK): text.replace(")s", ")b")  # arrays are sent as binary
            for name, text in statements("postgres", "psycopg").items()
            if name.endswith(IN_BULK)
        }
        self.inserts = {
            name: inserted.groups()
            for name, statement in self._rows.items()
            if (inserted := _INSERT.fullmatch(statement.text))
        }
        self._columns: dict[str, Columns] = {}

    def write(self, connection: psycopg.Connection[Row], name: str, rows: Sequence[Row]) -> None:
        """Run a statement for all rows, in the way that is quickest for so many."""
        statement = self._rows[name]
        if len(rows) < MANY:
            connection.cursor().executemany(statement.text, statement.arranged(rows))
        elif name in self.inserts:
            columns = self._columns_of(connection, name)
            _copy(connection, columns, statement.arranged(rows))
        elif name in self._in_bulk:
            connection.execute(self._in_bulk[name], _arrays(statement.names, rows))
        else:
            connection.cursor().executemany(statement.text, statement.arranged(rows))

    def _columns_of(self, connection: psycopg.Connection[Row], name: str) -> Columns:
        """Asked of the database once: binary COPY takes nothing but the very type."""
        if name not in self._columns:
            table, columns = self.inserts[name]
            text = f"SELECT {columns} FROM {table} LIMIT 0"  # noqa: S608 - from our own INSERT
            empty = connection.execute(text.encode())
            kinds = tuple(column.type_code for column in empty.description or ())
            self._columns[name] = Columns(f"{table} ({columns})", kinds)
        return self._columns[name]


def _copy(connection: psycopg.Connection[Row], columns: Columns, rows: Sequence[Row]) -> None:
    _require_int4(columns.types, rows)
    text = f"COPY {columns.target} FROM STDIN (FORMAT BINARY)"
    with connection.cursor().copy(text.encode()) as copy:
        copy.set_types(columns.types)
        for row in rows:
            copy.write_row(row)


def _require_int4(kinds: Sequence[int], rows: Sequence[Row]) -> None:
    """Raise OverflowError for a number that INTEGER cannot hold: the driver would cut it off."""
    for place, kind in enumerate(kinds):
        if kind == _INT4:
            array("i", map(itemgetter(place), rows))


def _arrays(names: Sequence[str], rows: Sequence[Row]) -> Parameters:
    columns: Mapping[str, list[Any]] = dict(
        zip(names, map(list, zip(*rows, strict=True)), strict=True)
    )
    return columns
