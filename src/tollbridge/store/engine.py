"""What the two databases have in common: named statements, reading, and writing transactions."""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import aiosql

Parameters = Mapping[str, Any]
Row = tuple[Any, ...]
Write = tuple[str, Sequence[Parameters]]  # a statement's name and the rows it writes

QUERIES = Path(__file__).parent / "queries"
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
        """Run each statement once for each of its rows, in bulk."""

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


@cache
def statements(engine: str, driver: str) -> Mapping[str, str]:
    """The text of every statement by name, in the driver's way of naming parameters.

    `engine` is `sqlite` or `postgres`: files named `only_...` are read for that engine alone.
    A text that begins with `SELECT AS name` asks for the same as that statement, with a WHERE of
    its own.
    """
    texts: dict[str, str] = {}
    for path in sorted(QUERIES.glob("*.sql")):
        if path.stem.startswith("only_") and path.stem != f"only_{engine}":
            continue
        queries = aiosql.from_path(path, driver)
        for name in queries.available_queries:
            if not name.endswith("_cursor"):
                texts[name] = getattr(queries, name).sql
    return {name: _whole(text, texts) for name, text in texts.items()}


def _whole(text: str, texts: Mapping[str, str]) -> str:
    same_as = _SAME_AS.match(text)
    if same_as is None:
        return text
    return texts[same_as[1]].rpartition("\nWHERE ")[0] + text[same_as.end() :]
