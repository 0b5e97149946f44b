"""PostgreSQL: a pool of connections, every statement prepared, bulk writes in one round trip."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg
from psycopg.types.numeric import Int8BinaryDumper
from psycopg_pool import ConnectionPool

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
from tollbridge.store.errors import (
    UNSTORABLE,
    CommitLostError,
    SchemaError,
    StatementError,
    TakenError,
)
from tollbridge.store.migrate import MIGRATIONS, Migration, bring_up, missing, require_known
from tollbridge.store.postgres_bulk import MANY, Bulk

CONNECT_SECONDS = 10
POOL_SECONDS = 30  # for a connection to become free
MOST_CONNECTIONS = 20
BIGINT = 2**63
STATEMENTS_KEPT = 200  # prepared, per connection
SESSION = {"lock_timeout": "30s", "statement_timeout": "60s"}
SHUTDOWN = "57P"  # class of SQLSTATE: the server ends the session

Connection = psycopg.Connection[Row]
Found = TypeVar("Found")


class PostgresEngine:
    """A database server; `url` as libpq understands it."""

    def __init__(self, url: str) -> None:
        self._sql = statements("postgres", "psycopg")
        self._bulk = Bulk()
        self._pool = ConnectionPool(
            url,
            kwargs=_SETTINGS,
            configure=begin_session,
            min_size=1,
            max_size=MOST_CONNECTIONS,
            timeout=POOL_SECONDS,
            open=True,
            name="tollbridge",
        )

    def array(self, values: Iterable[int] | Iterable[str]) -> object:
        """Many values as one parameter: an array. Numbers that no column can hold are left out."""
        return [one for one in values if isinstance(one, str) or -BIGINT <= one < BIGINT]

    def row(self, name: str, parameters: Parameters) -> Row | None:
        """The first row, None when there is none."""
        return self._read(lambda session: session.row(name, parameters))

    def rows(self, name: str, parameters: Parameters) -> list[Row]:
        """All rows."""
        return self._read(lambda session: session.rows(name, parameters))

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Several statements on one snapshot."""
        with self._session() as session:
            session.command("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            try:
                yield session
            except BaseException:
                session.undo()
                raise
            session.command("COMMIT")  # after a ROLLBACK the driver would prepare all anew

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """A writing transaction. Its locks wait in turn, on the server."""
        with self._session() as session:
            session.command("BEGIN")
            try:
                yield session
            except UNSTORABLE as error:
                session.undo()
                raise StatementError(str(error)) from error
            except BaseException:
                session.undo()
                raise
            self._commit(session)

    def close(self) -> None:
        """Close the pool; a thread that still works gets StoreUnavailableError."""
        self._pool.close()

    def _commit(self, session: "_Session") -> None:
        """COMMIT; whoever breaks the connection now leaves us in doubt."""
        try:
            session.command("COMMIT")
        except psycopg.OperationalError as error:
            if session.lost_by(error):
                raise CommitLostError(str(error)) from error
            session.undo()
            raise

    def _read(self, read: Callable[["_Session"], Found]) -> Found:
        """Read once more when the connection turns out to be dead: reading twice is no harm."""
        try:
            with self._session() as session:
                return read(session)
        except _ConnectionLostError:
            with self._session() as session:
                return read(session)

    @contextmanager
    def _session(self) -> Iterator["_Session"]:
        """A connection of the pool; the driver's exceptions become the store's own."""
        try:
            connection = self._pool.getconn()
        except psycopg.OperationalError as error:
            raise failure(error) from error
        session = _Session(connection, self._sql, self._bulk)
        lost = False
        try:
            yield session
        except psycopg.Error as error:
            lost = session.lost_by(error)
            raise (_ConnectionLostError(str(error)) if lost else failure(error)) from error
        except CommitLostError:
            lost = True
            raise
        finally:
            self._pool.putconn(connection)
            if lost:  # others of the pool may be dead as well: after a restart all are
                with suppress(psycopg.Error):
                    self._pool.check()


class _ConnectionLostError(StoreUnavailableError):
    """The connection broke; nothing of the transaction was committed."""


class _Session:
    """A connection with the statements it runs."""

    def __init__(self, connection: Connection, sql: Parameters, bulk: Bulk) -> None:
        self._connection = connection
        self._sql = sql
        self._bulk = bulk

    def row(self, name: str, parameters: Parameters) -> Row | None:
        """The first row. What no column can hold is in no row."""
        try:
            return self._found(name, parameters).fetchone()
        except UNSTORABLE:
            return None

    def rows(self, name: str, parameters: Parameters) -> list[Row]:
        """All rows. What no column can hold is in no row."""
        try:
            return self._found(name, parameters).fetchall()
        except UNSTORABLE:
            return []

    def _found(self, name: str, parameters: Parameters) -> psycopg.Cursor[Row]:
        try:
            return self._connection.execute(self._sql[name], parameters, binary=True)
        except psycopg.DataError as error:
            if error.sqlstate is None:  # the driver would not send it: a text with a NUL
                raise OverflowError(str(error)) from error
            raise

    def change(self, name: str, parameters: Parameters) -> int:
        """Run a statement that writes; how many rows it touched."""
        return self._connection.execute(self._sql[name], parameters).rowcount

    def write(self, writes: Sequence[Write]) -> None:
        """Run each statement once for each of its rows: few in one round trip, many in bulk."""
        if all(len(rows) < MANY for _, rows in writes):
            self._write_few(writes)
            return
        for name, rows in writes:
            self._bulk.write(self._connection, name, rows)

    def _write_few(self, writes: Sequence[Write]) -> None:
        """Write in one round trip.

        What goes wrong is raised after the pipeline has ended: statements that are rolled back
        inside one would leave the driver with prepared statements that the server does not have.
        """
        many = row_statements("postgres", "psycopg")
        failed: psycopg.Error | None = None
        with self._connection.pipeline() as pipeline:
            try:
                for name, rows in writes:
                    self._connection.cursor().executemany(
                        many[name].text, many[name].arranged(rows)
                    )
                pipeline.sync()
            except psycopg.Error as error:
                failed = error
                with suppress(psycopg.Error):
                    pipeline.sync()
        if failed is not None:
            raise failed

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part that is undone alone when it raises; the driver's exceptions become our own."""
        self.command("SAVEPOINT part")
        try:
            yield
        except BaseException as error:
            if isinstance(error, psycopg.Error) and self.lost_by(error):
                raise
            self.command("ROLLBACK TO part")
            self.command("RELEASE part")
            if isinstance(error, psycopg.Error):
                raise failure(error) from error
            if isinstance(error, UNSTORABLE):
                raise StatementError(str(error)) from error
            raise
        self.command("RELEASE part")

    def command(self, text: str) -> None:
        """Begin or end a transaction or a part of it."""
        self._connection.execute(text, prepare=False)

    def undo(self) -> None:
        """Roll the transaction back; a connection that is dead has done so already."""
        with suppress(psycopg.Error):
            self._connection.rollback()

    def lost_by(self, error: psycopg.Error) -> bool:
        """Whether the error means that the connection is gone."""
        return self._connection.broken or (error.sqlstate or "").startswith(SHUTDOWN)


class PostgresLedger:
    """Migrations of a PostgreSQL database."""

    folder = MIGRATIONS / "postgres"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sql = statements("postgres", "psycopg")

    def applied(self) -> Sequence[Migration]:
        """The ledger's rows by number; none when there is no ledger yet."""
        if not self._rows("has_ledger"):
            return ()
        return [Migration(*row) for row in self._rows("ledger")]

    def apply_next(self, known: Sequence[Migration]) -> Migration | None:
        """Apply the first file that is missing, wholly or not at all."""
        with self._connection.transaction():
            self._connection.execute(self._sql["lock_ledger"])
            if not self._rows("has_ledger"):
                self._connection.execute(self._sql["create_ledger"])
            open_ones = missing(known, self.applied())
            if not open_ones:
                return None
            self._apply(open_ones[0])
            return open_ones[0]

    def _apply(self, migration: Migration) -> None:
        text = (self.folder / f"{migration.name}.sql").read_bytes()
        try:
            self._connection.execute(text)
        except psycopg.Error as error:
            raise SchemaError(f"migration {migration.name} failed: {error}") from error
        self._connection.execute(self._sql["record_migration"], migration._asdict())

    def _rows(self, name: str) -> list[Row]:
        return self._connection.execute(self._sql[name]).fetchall()


def migrate(url: str) -> tuple[str, ...]:
    """Apply the migrations that are missing; their names."""
    with _ledger(url) as ledger:
        return bring_up(ledger)


def require_known_schema(url: str) -> None:
    """SchemaError unless the database has exactly the schema that this program knows."""
    with _ledger(url) as ledger:
        require_known(ledger)


@contextmanager
def _ledger(url: str) -> Iterator[PostgresLedger]:
    """The ledger, on a connection of its own without time limits: migrations may take long."""
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS) as connection:
            yield PostgresLedger(connection)
    except psycopg.ProgrammingError as error:
        if error.sqlstate is None:  # libpq cannot read the URL; its words may repeat a password
            message = "this is no PostgreSQL URL: postgresql://user@host:port/database"
            raise ValueError(message) from None
        raise failure(error) from error
    except psycopg.Error as error:
        raise failure(error) from error


_SETTINGS: dict[str, Any] = {
    "autocommit": True,  # a read is one round trip; writers begin their transactions themselves
    "prepare_threshold": 0,
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "application_name": "tollbridge",
}


def begin_session(connection: Connection) -> None:
    """What every connection of the pool is set to.

    Whole numbers are always sent as BIGINT: the driver would choose a type by size, and prepare
    the same statement once for each.
    """
    connection.adapters.register_dumper(int, Int8BinaryDumper)
    connection.prepared_max = STATEMENTS_KEPT
    connection.execute(statements("postgres", "psycopg")["begin_session"], SESSION)


def failure(error: psycopg.Error) -> Exception:
    """The store's own exception for one of the driver."""
    if isinstance(error, psycopg.errors.UniqueViolation):
        return TakenError(str(error))
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return StoreUnavailableError(str(error))
    return StatementError(error.diag.message_primary or type(error).__name__)  # and no row's data
