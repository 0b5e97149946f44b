"""Which database a URL means, and opening it. PostgreSQL's driver is loaded only when needed."""

from pathlib import Path
from types import ModuleType

from tollbridge.ports import Store
from tollbridge.store.migrate import bring_up, require_known
from tollbridge.store.sql_store import SqlStore

POSTGRES = ("postgresql://", "postgres://")
SQLITE = "sqlite:///"


def open_store(
    url: str, *, memory: bool = False, read_only: bool = False, durable: bool = True
) -> Store:
    """The store at `url`.

    `sqlite:///file.db` (relative), `sqlite:////path/file.db`, the plain path of an SQLite file,
    or `postgresql://...`. An SQLite file is made when there is none, and
    migrated when it is older, but not with `read_only`: then it is only looked at. On PostgreSQL
    migrations are a command of their own. `memory` means an SQLite database that is gone when
    the store is closed; `url` does not matter then. `durable=False` is for an SQLite file that
    nobody needs after a crash of the machine.

    Raises SchemaError for a schema that this program does not know, StoreUnavailableError when
    the database cannot be reached, ValueError for another kind of URL.
    """
    if memory:
        return _open_memory()
    if url.startswith(POSTGRES):
        return _open_postgres(url)
    return _open_sqlite(sqlite_path(url), read_only=read_only, durable=durable)


def migrate_store(url: str) -> tuple[str, ...]:
    """Bring the schema at `url` up to date; the names of the migrations that were applied.

    Raises as `open_store` does.
    """
    if url.startswith(POSTGRES):
        applied: tuple[str, ...] = _postgres().migrate(url)
        return applied
    from tollbridge.store.sqlite import SqliteEngine  # noqa: PLC0415 - one engine, one driver

    engine = SqliteEngine(sqlite_path(url))
    try:
        return bring_up(engine.ledger())
    finally:
        engine.close()


def sqlite_path(url: str) -> Path:
    """The file that an SQLite URL or a plain path names; ValueError for any other URL."""
    if url.startswith(SQLITE):
        url = url.removeprefix(SQLITE)
    if not url or "://" in url:
        message = "a database is sqlite:///file.db, sqlite:////path/file.db or postgresql://..."
        raise ValueError(message)
    return Path(url)


def _open_memory() -> Store:
    from tollbridge.store.sqlite import MemoryEngine  # noqa: PLC0415 - one engine, one driver

    engine = MemoryEngine()
    bring_up(engine.ledger())
    return SqlStore(engine)


def _open_sqlite(path: Path, *, read_only: bool, durable: bool) -> Store:
    from tollbridge.store.sqlite import SqliteEngine  # noqa: PLC0415 - one engine, one driver

    engine = SqliteEngine(path, durable=durable, read_only=read_only)
    try:
        if read_only:
            require_known(engine.ledger())
        else:
            bring_up(engine.ledger())
    except BaseException:
        engine.close()
        raise
    return SqlStore(engine)


def _open_postgres(url: str) -> Store:
    postgres = _postgres()
    postgres.require_known_schema(url)
    return SqlStore(postgres.PostgresEngine(url))


def _postgres() -> ModuleType:
    try:
        from tollbridge.store import postgres  # noqa: PLC0415 - the driver is heavy
    except ImportError as error:
        message = f"PostgreSQL needs the extra tollbridge[postgres]: {error}"
        raise ValueError(message) from error
    return postgres
