"""SQLite: one writer behind a fair lock, a reader for each thread (docs/decisions/0006)."""

import json
import shutil
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from tollbridge.ports import StoreUnavailableError
from tollbridge.store.engine import (
    Parameters,
    Reader,
    Row,
    Write,
    Writer,
    row_statements,
    statements,
)
from tollbridge.store.errors import UNSTORABLE, SchemaError, StatementError, TakenError
from tollbridge.store.fair_lock import FairLock
from tollbridge.store.migrate import MIGRATIONS, Migration, missing

OLDEST = (3, 38, 0)  # STRICT tables, RETURNING, JSON functions built in
WAIT_SECONDS = 30  # for the writer's turn, and for another program to let go of the file
STATEMENTS_KEPT = 256  # prepared, per connection
_TAKEN = {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_ROWID"}
# Primary result codes that are our fault: a wrong statement or a wrong value.
_OUR_FAULT = {
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_MISUSE,
    sqlite3.SQLITE_RANGE,
}


class SqliteEngine:
    """A database file. `durable=False` is for files that nobody needs after a crash.

    With `read_only` the file must be there, and nothing that is stored in it can change.
    """

    def __init__(self, path: Path, *, durable: bool = True, read_only: bool = False) -> None:
        require_version(sqlite3.sqlite_version_info)
        self.sql = statements("sqlite", "sqlite3")
        self.path = path
        self._synchronous = "FULL" if durable else "OFF"
        self._read_only = read_only
        self._turn = FairLock()
        self._threads = threading.local()
        self._readers: weakref.WeakSet[_Connection] = weakref.WeakSet()
        self._readers_lock = threading.Lock()
        self._closed = False
        self._writer = self._connect()

    def array(self, values: Iterable[int] | Iterable[str]) -> object:
        """Many values as one parameter: JSON, for json_each."""
        return json.dumps(list(values))

    def row(self, name: str, parameters: Parameters) -> Row | None:
        """The first row, None when there is none."""
        try:
            return self._reader().row(name, parameters)
        except sqlite3.Error as error:
            raise failure(error, closed=self._closed) from error

    def rows(self, name: str, parameters: Parameters) -> list[Row]:
        """All rows."""
        try:
            return self._reader().rows(name, parameters)
        except sqlite3.Error as error:
            raise failure(error, closed=self._closed) from error

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Several statements on one snapshot of the file."""
        with self._transaction(self._reader(), "BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """A writing transaction; the lock is taken at its beginning, so it never upgrades."""
        if not self._turn.acquire(WAIT_SECONDS):
            raise StoreUnavailableError(f"the database was busy for {WAIT_SECONDS} s")
        try:
            with self._transaction(self._writer, "BEGIN IMMEDIATE") as connection:
                yield connection
        finally:
            self._turn.release()

    def close(self) -> None:
        """Close every connection; a thread that still reads gets StoreUnavailableError."""
        self._closed = True
        with self._readers_lock:
            for reader in self._readers:
                reader.close()
        self._writer.close()

    @contextmanager
    def _transaction(self, connection: "_Connection", begin: str) -> Iterator["_Connection"]:
        try:
            with connection.transaction(begin):
                yield connection
        except sqlite3.Error as error:
            raise failure(error, closed=self._closed) from error
        except UNSTORABLE as error:
            raise StatementError(str(error)) from error

    def _reader(self) -> "_Connection":
        """This thread's own connection, which is closed when the thread ends."""
        try:
            connection: _Connection = self._threads.connection
        except AttributeError:
            connection = self._connect()
            connection.execute("PRAGMA query_only = ON")
            self._threads.connection = connection
            with self._readers_lock:
                self._readers.add(connection)
        return connection

    def _connect(self) -> "_Connection":
        try:
            return _Connection(self.path, self.sql, self._synchronous, read_only=self._read_only)
        except sqlite3.Error as error:
            raise failure(error, closed=self._closed) from error

    def pragma(self, name: str) -> object:
        """A setting of the writing connection."""
        (setting,) = self._writer.execute(f"PRAGMA {name}").fetchone()
        return setting

    @property
    def readers(self) -> int:
        """How many threads have a connection of their own."""
        with self._readers_lock:
            return len(self._readers)

    def ledger(self) -> "SqliteLedger":
        """The ledger of this file's migrations."""
        return SqliteLedger(self._writer)


class MemoryEngine(SqliteEngine):
    """A database that lives as long as its engine: a temporary file without fsync."""

    def __init__(self) -> None:
        folder = mkdtemp(prefix="tollbridge-")
        self._delete = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        super().__init__(Path(folder) / "memory.db", durable=False)

    def close(self) -> None:
        """Close every connection and delete the file."""
        super().close()
        self._delete()


class _Connection:
    """A connection with the statements it runs; closed when nobody holds it any more."""

    def __init__(self, path: Path, sql: "Parameters", synchronous: str, *, read_only: bool) -> None:
        self._sql = sql
        # mode=rw: SQLite keeps its own files beside the database, but makes no new one.
        self._connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw" if read_only else path,
            uri=read_only,
            timeout=WAIT_SECONDS,
            isolation_level=None,  # transactions are begun by us, never by the driver
            check_same_thread=False,  # the writer passes from thread to thread behind its lock
            cached_statements=STATEMENTS_KEPT,
        )
        self.execute = self._connection.execute
        try:
            self.execute("PRAGMA query_only = ON" if read_only else "PRAGMA journal_mode = WAL")
            self.execute(f"PRAGMA synchronous = {synchronous}")
        except sqlite3.Error:
            self._connection.close()
            raise

    def row(self, name: str, parameters: Parameters) -> Row | None:
        """The first row. What no column can hold is in no row."""
        try:
            found: Row | None = self.execute(self._sql[name], parameters).fetchone()
        except UNSTORABLE:
            return None
        return found

    def rows(self, name: str, parameters: Parameters) -> list[Row]:
        """All rows. What no column can hold is in no row."""
        try:
            return self.execute(self._sql[name], parameters).fetchall()
        except UNSTORABLE:
            return []

    def change(self, name: str, parameters: Parameters) -> int:
        """Run a statement that writes; how many rows it touched."""
        return self.execute(self._sql[name], parameters).rowcount

    def write(self, writes: Sequence[Write]) -> None:
        """Run each statement once for each of its rows."""
        many = row_statements("sqlite", "sqlite3")
        for name, rows in writes:
            self._connection.executemany(many[name].text, many[name].arranged(rows))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part that is undone alone when it raises; the driver's exceptions become our own."""
        self.execute("SAVEPOINT part")
        try:
            yield
        except BaseException as error:
            self.execute("ROLLBACK TO part")
            self.execute("RELEASE part")
            if isinstance(error, sqlite3.Error):
                raise failure(error) from error
            if isinstance(error, UNSTORABLE):
                raise StatementError(str(error)) from error
            raise
        self.execute("RELEASE part")

    @contextmanager
    def transaction(self, begin: str) -> Iterator[None]:
        """Begin, and commit or undo."""
        self.execute(begin)
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the connection; doing so twice is no harm."""
        self._connection.close()

    def __del__(self) -> None:
        if hasattr(self, "_connection"):
            self._connection.close()


class SqliteLedger:
    """Migrations of an SQLite file."""

    folder = MIGRATIONS / "sqlite"

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    def applied(self) -> Sequence[Migration]:
        """The ledger's rows by number; none when there is no ledger yet."""
        try:
            if not self._connection.rows("has_ledger", {}):
                return ()
            return [Migration(*row) for row in self._connection.rows("ledger", {})]
        except sqlite3.Error as error:
            raise failure(error) from error

    def apply_next(self, known: Sequence[Migration]) -> Migration | None:
        """Apply the first file that is missing, wholly or not at all."""
        connection = self._connection
        try:
            with connection.transaction("BEGIN IMMEDIATE"):
                connection.change("create_ledger", {})
                open_ones = missing(known, self.applied())
                if not open_ones:
                    return None
                self._apply(open_ones[0])
                return open_ones[0]
        except sqlite3.Error as error:
            raise failure(error) from error

    def _apply(self, migration: Migration) -> None:
        text = (self.folder / f"{migration.name}.sql").read_text(encoding="utf-8")
        try:
            for statement in cut(text):
                self._connection.execute(statement)
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise SchemaError(f"migration {migration.name} failed: {error}") from error
        self._connection.change("record_migration", migration._asdict())


def cut(script: str) -> Iterator[str]:
    """The statements of a script. SQLite knows where one ends: strings, comments and triggers."""
    statement = ""
    for piece in script.split(";"):
        statement += piece + ";"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    rest = statement.removesuffix(";")
    if rest.strip():
        yield rest


def require_version(version: tuple[int, ...]) -> None:
    """SchemaError for an SQLite library that lacks what the schema needs."""
    if version < OLDEST:
        wanted, found = (".".join(map(str, numbers)) for numbers in (OLDEST, version))
        raise SchemaError(f"SQLite {wanted} or newer is needed; this Python has {found}")


def failure(error: sqlite3.Error, *, closed: bool = False) -> Exception:
    """The store's own exception for one of the driver."""
    name = getattr(error, "sqlite_errorname", "")
    code = getattr(error, "sqlite_errorcode", None)
    if name in _TAKEN:
        return TakenError(str(error))
    if closed:
        return StoreUnavailableError("the store is closed")
    if code is None or code & 0xFF in _OUR_FAULT:
        return StatementError(str(error))
    return StoreUnavailableError(str(error))
