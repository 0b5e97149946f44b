"""What came already, and what never came: message ids, and the numbers of each stream.

The stores on SQLite write on the caller's connection and never commit: what a message changes and
that it came are saved together or not at all, so that after a crash nothing is done twice and
nothing is left out.
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from threading import Lock
from typing import Protocol

REMEMBERED = 100_000  # ids, in memory


class SeenIds(Protocol):
    """Which messages came already."""

    def add(self, message_id: str) -> bool:
        """Remember that it came; False when it came before."""


class Sequences(Protocol):
    """How far each stream came, and which numbers are missing below."""

    def note(self, stream: str, sequence: int) -> tuple[int, ...]:
        """Remember a number that came; all numbers of the stream that are missing now."""

    def missing(self) -> Mapping[str, tuple[int, ...]]:
        """What is missing of every stream; streams of which nothing is missing are left out."""


class MemorySeen:
    """Ids in memory, the newest so many: for trying things out.

    What fails after it came is not done when it comes again: only a database can forget both.
    """

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._lock = Lock()

    def add(self, message_id: str) -> bool:
        """Remember that it came; False when it came before."""
        with self._lock:
            if message_id in self._ids:
                return False
            self._ids[message_id] = None
            if len(self._ids) > self._most:
                self._ids.popitem(last=False)
            return True


class SqliteSeen:
    """Ids in a table of the caller's database, in the caller's transaction.

    Ids stay for good: a replay may be asked for after years.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute(
            "CREATE TABLE IF NOT EXISTS seen_message (id TEXT PRIMARY KEY) WITHOUT ROWID"
        )

    def add(self, message_id: str) -> bool:
        """Remember that it came; False when it came before."""
        done = self._connection.execute(
            "INSERT INTO seen_message (id) VALUES (?) ON CONFLICT DO NOTHING", (message_id,)
        )
        return done.rowcount == 1


class MemorySequences:
    """Numbers in memory: for trying things out."""

    def __init__(self) -> None:
        self._highest: dict[str, int] = {}
        self._missing: dict[str, set[int]] = {}
        self._lock = Lock()

    def note(self, stream: str, sequence: int) -> tuple[int, ...]:
        """Remember a number that came; all numbers of the stream that are missing now."""
        with self._lock:
            highest = self._highest.get(stream, 0)
            missing = self._missing.setdefault(stream, set())
            missing.update(_passed_over(highest, sequence))
            missing.discard(sequence)
            self._highest[stream] = max(highest, sequence)
            return tuple(sorted(missing))

    def missing(self) -> Mapping[str, tuple[int, ...]]:
        """What is missing of every stream; streams of which nothing is missing are left out."""
        with self._lock:
            return {name: tuple(sorted(found)) for name, found in self._missing.items() if found}


class SqliteSequences:
    """Numbers in tables of the caller's database, in the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute(
            "CREATE TABLE IF NOT EXISTS stream_highest"
            " (stream TEXT PRIMARY KEY, sequence INTEGER NOT NULL) WITHOUT ROWID"
        )
        connection.execute(
            "CREATE TABLE IF NOT EXISTS stream_missing"
            " (stream TEXT, sequence INTEGER, PRIMARY KEY (stream, sequence)) WITHOUT ROWID"
        )

    def note(self, stream: str, sequence: int) -> tuple[int, ...]:
        """Remember a number that came; all numbers of the stream that are missing now."""
        run = self._connection.execute
        row = run("SELECT sequence FROM stream_highest WHERE stream = ?", (stream,)).fetchone()
        highest = row[0] if row else 0
        self._connection.executemany(
            "INSERT INTO stream_missing (stream, sequence) VALUES (?, ?)",
            ((stream, number) for number in _passed_over(highest, sequence)),
        )
        run("DELETE FROM stream_missing WHERE stream = ? AND sequence = ?", (stream, sequence))
        run(
            "INSERT INTO stream_highest (stream, sequence) VALUES (?, ?)"
            " ON CONFLICT (stream) DO UPDATE SET sequence = excluded.sequence",
            (stream, max(highest, sequence)),
        )
        rows = run(
            "SELECT sequence FROM stream_missing WHERE stream = ? ORDER BY sequence", (stream,)
        )
        return tuple(number for (number,) in rows)

    def missing(self) -> Mapping[str, tuple[int, ...]]:
        """What is missing of every stream; streams of which nothing is missing are left out."""
        found: dict[str, tuple[int, ...]] = {}
        for stream, sequence in self._connection.execute(
            "SELECT stream, sequence FROM stream_missing ORDER BY stream, sequence"
        ):
            found[stream] = (*found.get(stream, ()), sequence)
        return found


def _passed_over(highest: int, sequence: int) -> Iterator[int]:
    """The numbers between the highest that came and a higher one."""
    return iter(range(highest + 1, sequence))
