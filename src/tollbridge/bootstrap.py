"""The one place that wires everything, and the only reader of the wall clock and of chance."""

import logging
import sys
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from secrets import token_hex
from time import perf_counter
from traceback import extract_tb
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec

from tollbridge.domain.tax import TaxRate, TaxTable
from tollbridge.ports import Gateway, Platform, Store, StoreUnavailableError
from tollbridge.settings import Settings

if TYPE_CHECKING:
    from tollbridge.flows.collecting import Collector
    from tollbridge.rest.app import Api

HERE = Path(__file__).parent
TAX_RATES = HERE / "tax_rates.json"
DEMO_CATALOG = HERE / "cloudify.toml"

DATABASE = "sqlite:///tollbridge.db"
DEMO_DATABASE = "sqlite:///tollbridge-demo.db"
KEY_BYTES = 20

# A log line drops every value whose name has one of these in it, however deep.
UNLOGGED = ("secret", "password", "passwd", "authorization", "card", "number", "email", "token")
NAMES_KEPT = 1024  # the same few names stand in every line


class _TaxFile(msgspec.Struct):
    about: str
    rates: list[TaxRate]


class PlaceError(Exception):
    """The database or the simulator's book is not where it should be, or is something else."""


def wall_clock() -> datetime:
    """The system's time (R23)."""
    return datetime.now(UTC)


def new_key() -> str:
    """A random text that is never given twice."""
    return token_hex(KEY_BYTES)


def read_tax_table() -> TaxTable:
    """The rates that Tollbridge ships (R14)."""
    return TaxTable(msgspec.json.decode(TAX_RATES.read_bytes(), type=_TaxFile).rates)


class Place(NamedTuple):
    """Where a platform lives. `new` says that there is no database yet (never on PostgreSQL)."""

    database: str
    book: Path
    new: bool

    @property
    def shown(self) -> str:
        """The database's URL without a password, be it before the host or a parameter."""
        scheme, mark, rest = self.database.partition("://")
        if not mark or scheme == "sqlite":
            return self.database
        target, question, query = rest.partition("?")
        user, at, hosts = target.rpartition("@")
        name, colon, _ = user.partition(":")  # without a user, the colon is a port's
        parameters = "&".join(map(_without_password, query.split("&")))
        return f"{scheme}://{name}{colon and ':***'}{at}{hosts}{question}{parameters}"


def _without_password(parameter: str) -> str:
    """A parameter of a URL; `password` and `sslpassword` are what libpq knows."""
    name, mark, _ = parameter.partition("=")
    return f"{name}{mark}***" if mark and "password" in unquote(name).lower() else parameter


def place_of(settings: Settings, given: str | None = None, *, demo: bool = False) -> Place:
    """The database and the simulator's book: as given, else by the settings, else the usual ones.

    The book lies beside an SQLite file, and in the working directory for PostgreSQL. Raises
    ValueError for what is no URL of a database.
    """
    from tollbridge.store.opening import POSTGRES, sqlite_path

    database = given or settings.database or (DEMO_DATABASE if demo else DATABASE)
    if database.startswith(POSTGRES):
        name = unquote(urlsplit(database).path.strip("/")) or "postgres"
        usual, new = Path(f"tollbridge-simulator-{name}.db"), False
    else:
        file = sqlite_path(database)
        usual, new = file.with_name(f"{file.name}.simulator"), not file.exists()
    return Place(database, settings.simulator_book or usual, new)


@contextmanager
def opened(
    place: Place, *, memory: bool = False, make: bool = True, read_only: bool = False
) -> Iterator[Platform]:
    """The platform at a place, closed at the end; with `memory` elsewhere, and gone at the end.

    With `read_only` nothing is made, migrated or changed. Raises PlaceError for a book that is
    none or is missing, and without `make` where there is no database; SchemaError and
    StoreUnavailableError as the store does.
    """
    if place.new and (read_only or not make) and not memory:
        raise PlaceError(f"there is no database at {place.shown}")
    with ExitStack() as stack:
        book = _folder(stack) / "simulator.db" if memory else place.book
        store = stack.enter_context(closing(_store(place, memory=memory, read_only=read_only)))
        _require_book(book, store, read_only=read_only)
        gateway = stack.enter_context(closing(_simulator(book, memory=memory)))
        yield Platform(
            store=store, gateway=gateway, wall=wall_clock, tax=read_tax_table(), new_key=new_key
        )


def _store(place: Place, *, memory: bool, read_only: bool) -> Store:
    from tollbridge.store import open_store

    with _reaching(place):
        return open_store(place.database, memory=memory, read_only=read_only)


def _require_book(book: Path, store: Store, *, read_only: bool) -> None:
    """PlaceError for a missing book where an empty one would be wrong.

    To recovery a payment that its book does not know was never received: captured money would
    be taken for declined (DESIGN.md 5).
    """
    if book.exists():
        return
    if read_only or any(store.has_attempts(merchant.id) for merchant in store.merchants()):
        raise PlaceError(
            f"the simulator's book is not at {book}, and the payments of this database stand in"
            " it: set TOLLBRIDGE_SIMULATOR_BOOK to where it is"
        )


@contextmanager
def _reaching(place: Place) -> Iterator[None]:
    """Name the database in what goes wrong, and say what is to be installed for it."""
    try:
        yield
    except StoreUnavailableError as error:
        raise StoreUnavailableError(f"{place.shown}: {error}") from error
    except ModuleNotFoundError as error:
        if error.name not in {"psycopg", "psycopg_pool"}:
            raise
        message = f"{place.shown}: PostgreSQL needs pip install 'tollbridge[postgres]'"
        raise PlaceError(message) from None


def _folder(stack: ExitStack) -> Path:
    from tempfile import TemporaryDirectory

    return Path(stack.enter_context(TemporaryDirectory(prefix="tollbridge-")))


def _simulator(book: Path, *, memory: bool) -> Gateway:
    from sqlite3 import OperationalError

    from tollbridge.gateways.simulator import Simulator

    try:
        return Simulator(book, memory=memory)
    except (ValueError, OperationalError) as error:
        raise PlaceError(f"the simulator's book at {book}: {error}") from None


def migrate(place: Place) -> tuple[str, ...]:
    """Bring the database's schema up to date; the names of the migrations that were applied."""
    from tollbridge.store import migrate_store

    with _reaching(place):
        return migrate_store(place.database)


@contextmanager
def collecting(platform: Platform) -> Iterator["Collector"]:
    """Who takes the money; at the end running payments are waited for."""
    from tollbridge.flows.collecting import Collector

    with closing(Collector(platform)) as collector:
        yield collector


@contextmanager
def asking_again(platform: Platform) -> Iterator[None]:
    """While the process lives, payments that are still open are asked about every minute."""
    from tollbridge.worker.open_payments import OpenPayments

    with closing(OpenPayments(platform)):
        yield


def finish_payments(platform: Platform) -> int:
    """Settle what a dead process left open; how many attempts were settled."""
    from tollbridge.flows.recovery import recover

    return recover(platform)


def build_demo(collector: "Collector") -> bool:
    """Make the demo's merchant and customers; False when they are there already."""
    from tollbridge.commands.catalog_file import parse_catalog
    from tollbridge.flows.demo import make_demo

    return make_demo(collector, parse_catalog(DEMO_CATALOG.read_text(encoding="utf-8")))


def make_app(
    collector: "Collector",
    *,
    public_url: str,
    allowed_hosts: Iterable[str],
    loopback_only: bool,
    rate_limit: int = 0,
    rate_limit_local: bool = False,
) -> "Api":
    """The ASGI application."""
    from tollbridge.rest.app import create_app
    from tollbridge.rest.rates import Rate

    return create_app(
        collector,
        public_url=public_url,
        allowed_hosts=allowed_hosts,
        timer=perf_counter,
        loopback_only=loopback_only,
        rate=Rate(rate_limit, local=rate_limit_local),
    )


def start_logs(level: str) -> None:
    """Log to stderr, one JSON object a line, what is at least of this level; libraries' lines too.

    Nothing whose name sounds like a secret or a person gets through, whoever logs it.
    """
    import structlog

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _stamped,
            _without_message_of_errors,
            _without_secrets,
            _rendered,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[_ToStructlog()], level=level.upper(), force=True)
    logging.captureWarnings(capture=True)


Line = MutableMapping[str, Any]


class _ToStructlog(logging.Handler):
    """Passes on what libraries log by the standard library."""

    def emit(self, record: logging.LogRecord) -> None:
        import structlog

        log = structlog.get_logger()
        log.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info)


def _stamped(_: object, __: str, line: Line) -> Line:
    return {"at": wall_clock(), **line}


def _without_message_of_errors(_: object, __: str, line: Line) -> Line:
    """The kind of an exception and where it arose; its message may quote a customer's row."""
    given = line.pop("exc_info", None)
    if not given:
        return line
    error = sys.exception() if given is True else given[1] if isinstance(given, tuple) else given
    if error is not None:
        line["error"] = type(error).__name__
        line["where"] = [
            f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
            for frame in extract_tb(error.__traceback__)
        ]
    return line


def _without_secrets(_: object, __: str, line: Line) -> Line:
    return {name: _safe(value) for name, value in line.items() if _may_be_logged(name)}


def _safe(value: object) -> object:
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {name: _safe(one) for name, one in value.items() if _may_be_logged(str(name))}
    if isinstance(value, list | tuple):
        return [_safe(one) for one in value]
    return value


@lru_cache(maxsize=NAMES_KEPT)
def _may_be_logged(name: str) -> bool:
    lower = name.lower()
    return not any(word in lower for word in UNLOGGED)


def _rendered(_: object, __: str, line: Line) -> bytes:
    return msgspec.json.encode(line, enc_hook=str)
