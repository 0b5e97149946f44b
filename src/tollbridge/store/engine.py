"""What the two databases have in common: named statements, reading, and writing transactions."""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import aiosql

Parameters = Mapping[str, Any]
Row = tuple[Any, ...]
Write = tuple[str, Sequence[Row]]  # a statement's name and the rows it writes

QUERIES = Path(__file__).parent / "queries"
_PLACEHOLDERS = {
    "sqlite3": (re.compile(r":(\w+)"), "?"),
    "psycopg": (re.compile(r"%\((\w+)\)s"), "%s"),
}
_OF_ROWS = re.compile(r"^-- name: (\w+)\((.*)\)\*!$", re.MULTILINE)
_SAME_AS = re.compile(r"SELECT AS (\w+)(?=\nWHERE )")


class Reader(Protocol):
    """Runs statements that read, by their names in `queries/*.sql`."""

    def row(self, name: str, parameters: Parameters) -> Row | None:
        """The first row, None when there is none."""

    def rows(self, name: str, parameters: Parameters) -> list[Row]:
        """All rows."""


class Writer(Reader, Protocol):
    """An open writing transaction. Raises TakenError when a unique key is taken."""

    def change(self, name: str, parameters: Parameters) -> int:
        """Run a statement that writes; how many rows it touched."""

    def write(self, writes: Sequence[Write]) -> None:
        """Run each statement once for each of its rows, in bulk.

        A row is a tuple in the order of the statement's signature.
        """

    def savepoint(self) -> AbstractContextManager[None]:
        """A part of the transaction that is undone alone when it raises."""


class Engine(Reader, Protocol):
    """A database. `row` and `rows` see what is committed."""

    def array(self, values: Iterable[int] | Iterable[str]) -> object:
        """Many values as one parameter of a statement."""

    def reading(self) -> AbstractContextManager[Reader]:
        """Several statements that see one state of the database."""

    def writing(self) -> AbstractContextManager[Writer]:
        """A writing transaction, committed at the end and undone by any exception.

        Raises StoreUnavailableError, and CommitLostError when it is not known whether the
        transaction was committed.
        """

    def close(self) -> None:
        """Release every connection."""


class RowStatement(NamedTuple):
    """A statement that is run for many rows: its text has the driver's nameless placeholders.

    `names` is its signature, `order` where in it each placeholder's value stands.
    """

    text: str
    names: tuple[str, ...]
    order: tuple[int, ...]

    def arranged(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows with their values in the order of the placeholders."""
        if self.order == tuple(range(len(self.names))):
            return rows
        return list(map(itemgetter(*self.order), rows))


@cache
def row_statements(engine: str, driver: str) -> Mapping[str, RowStatement]:
    """The statements that write rows (`*!`) by name."""
    named, nameless = _PLACEHOLDERS[driver]
    texts = statements(engine, driver)
    found = {}
    for path in _files(engine):
        for name, signature in _OF_ROWS.findall(path.read_text(encoding="utf-8")):
            names = tuple(signature.split(", "))
            order = tuple(names.index(placed) for placed in named.findall(texts[name]))
            found[name] = RowStatement(named.sub(nameless, texts[name]), names, order)
    return found


@cache
def statements(engine: str, driver: str) -> Mapping[str, str]:
    """The text of every statement by name, in the driver's way of naming parameters.

    `engine` is `sqlite` or `postgres`: files named `only_...` are read for that engine alone.
    A text that begins with `SELECT AS name` asks for the same as that statement, with a WHERE of
    its own.
    """
    texts: dict[str, str] = {}
    for path in _files(engine):
        queries = aiosql.from_path(path, driver)
        for name in queries.available_queries:
            if not name.endswith("_cursor"):
                texts[name] = getattr(queries, name).sql
    return {name: _whole(text, texts) for name, text in texts.items()}


def _files(engine: str) -> list[Path]:
    return [
        path
        for path in sorted(QUERIES.glob("*.sql"))
        if not path.stem.startswith("only_") or path.stem == f"only_{engine}"
    ]


def _whole(text: str, texts: Mapping[str, str]) -> str:
    same_as = _SAME_AS.match(text)
    if same_as is None:
        return text
    return texts[same_as[1]].rpartition("\nWHERE ")[0] + text[same_as.end() :]
