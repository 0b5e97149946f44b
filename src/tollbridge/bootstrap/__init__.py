"""The one place that wires everything, and the only reader of the wall clock and of chance."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec

from tollbridge.bootstrap.late import LatePages, LateWriter
from tollbridge.bootstrap.log_lines import request_log
from tollbridge.bootstrap.mailing import MailPlan, mail_plan_of, mailer_of
from tollbridge.bootstrap.system import new_bytes, new_key, wall_clock
from tollbridge.domain.merchant import Mode
from tollbridge.domain.tax import TaxRate, TaxTable
from tollbridge.ports import (
    LEASE,
    LOCAL_URL,
    Gateway,
    Platform,
    Sealer,
    Sender,
    Store,
    StoreUnavailableError,
)
from tollbridge.settings import (
    ENDPOINT_SECONDS,
    ApiKey,
    PrivateEndpoints,
    SecretKey,
    Settings,
)

if TYPE_CHECKING:
    from tollbridge.flows.collecting import Collector
    from tollbridge.rest.app import Api
    from tollbridge.rest.metrics import Access, Metrics
    from tollbridge.simulation.plan import Plan
    from tollbridge.simulation.running import Progress, Report
    from tollbridge.worker.billing import Told
    from tollbridge.worker.notices import Heard

HERE = Path(__file__).parent.parent
TAX_RATES = HERE / "tax_rates.json"
DEMO_CATALOG = HERE / "cloudify.toml"

DATABASE = "sqlite:///tollbridge.db"
DEMO_DATABASE = "sqlite:///tollbridge-demo.db"
START_AFTER = 0.2  # seconds
WRITE_MAX = timedelta(milliseconds=80)  # that a save of the billing run keeps requests waiting


class _TaxFile(msgspec.Struct):
    about: str
    rates: list[TaxRate]


class PlaceError(Exception):
    """The database or the simulator's book is not where it should be, or is something else."""


def read_tax_table() -> TaxTable:
    """The rates that Tollbridge ships (R14)."""
    return TaxTable(msgspec.json.decode(TAX_RATES.read_bytes(), type=_TaxFile).rates)


class StripeAccount(msgspec.Struct, frozen=True, kw_only=True):
    """The account that live merchants are paid on; customers return to `return_url`."""

    api_key: ApiKey
    api_base: str | None
    return_url: str


class Place(NamedTuple):
    """Where a platform lives. `new` says that there is no database yet (never on PostgreSQL).

    Without `stripe` live merchants use the simulator too. Without `secret_keys` the file seals the
    secrets of sandbox merchants; a server of PostgreSQL is many machines' and has no file.
    `private_endpoints` and `endpoint_seconds` bound what is posted to merchants' servers.
    """

    database: str
    book: Path
    new: bool
    stripe: StripeAccount | None = None
    secret_keys: tuple[SecretKey, ...] = ()
    key_file: Path | None = None
    private_endpoints: PrivateEndpoints = PrivateEndpoints()
    endpoint_seconds: int = ENDPOINT_SECONDS
    mails: MailPlan = MailPlan()

    @property
    def has_one_writer(self) -> bool:
        """Whether a write keeps all others waiting, as on SQLite."""
        from tollbridge.store.opening import POSTGRES

        return not self.database.startswith(POSTGRES)

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
        usual, new, key_file = Path(f"tollbridge-simulator-{name}.db"), False, None
    else:
        file = sqlite_path(database)
        usual, new = file.with_name(f"{file.name}.simulator"), not file.exists()
        key_file = file.with_name(f"{file.name}.key")
    return Place(
        database,
        settings.simulator_book or usual,
        new,
        stripe=_stripe_account(settings),
        secret_keys=settings.secret_key,
        key_file=key_file,
        private_endpoints=_private_endpoints(settings),
        endpoint_seconds=settings.endpoint_seconds,
        mails=mail_plan_of(settings),
    )


def _private_endpoints(settings: Settings) -> PrivateEndpoints:
    """Unless it is said, sandboxes reach this machine where nobody reaches us from elsewhere."""
    default = PrivateEndpoints(sandbox=settings.public_url is None)
    return settings.private_endpoints or default


def _stripe_account(settings: Settings) -> StripeAccount | None:
    if settings.gateway != "stripe" or not settings.stripe_api_key or not settings.public_url:
        return None
    return StripeAccount(
        api_key=settings.stripe_api_key,
        api_base=settings.stripe_api_base,
        return_url=settings.public_url,
    )


@contextmanager
def opened(
    place: Place,
    *,
    memory: bool = False,
    make: bool = True,
    read_only: bool = False,
    lease: timedelta = LEASE,
    public_url: str | None = None,
) -> Iterator[Platform]:
    """The platform at a place, closed at the end; with `memory` elsewhere, and gone at the end.

    With `read_only` nothing is made, migrated or changed. Raises PlaceError for a book that is
    none or is missing, and without `make` where there is no database; SchemaError and
    StoreUnavailableError as the store does.
    """
    if place.new and (read_only or not make) and not memory:
        raise PlaceError(
            f"there is no database at {place.shown}: name it with --database or TOLLBRIDGE_DATABASE"
        )
    with ExitStack() as stack:
        if memory:
            folder = _folder(stack)
            place = place._replace(book=folder / "simulator.db", key_file=folder / "secret.key")
        store = stack.enter_context(closing(_store(place, memory=memory, read_only=read_only)))
        _require_book(place.book, store, read_only=read_only)
        simulator = _simulator(place.book, memory=memory)
        account = None if memory else place.stripe
        gateway = stack.enter_context(closing(_by_mode(simulator, account, store)))
        sender = stack.enter_context(closing(_sender(place)))
        tax, reached = read_tax_table(), public_url or LOCAL_URL
        yield Platform(
            store=store,
            gateway=gateway,
            wall=wall_clock,
            tax=tax,
            new_key=new_key,
            lease=lease,
            write_max=WRITE_MAX if memory or place.has_one_writer else None,
            sender=sender,
            sealer=_sealer(place),
            post_max=timedelta(seconds=place.endpoint_seconds),
            public_url=reached,
            writer=LateWriter(reached, tax, place.mails.sender),
            mailer=stack.enter_context(mailer_of(place.mails)),
            sandbox_mails=place.mails.sandbox,
        )


def _store(place: Place, *, memory: bool, read_only: bool) -> Store:
    from tollbridge.store import open_store

    with _reaching(place):
        return open_store(place.database, memory=memory, read_only=read_only)


def _sender(place: Place) -> Sender:
    from tollbridge.outbound.addresses import Allowed
    from tollbridge.outbound.http_sender import HttpSender
    from tollbridge.outbound.resolving import SystemResolver
    from tollbridge.outbound.targets import Limits

    private = place.private_endpoints
    return HttpSender(
        allowed=Allowed(sandbox_loopback=private.sandbox, networks=private.networks),
        resolver=SystemResolver(),
        timer=perf_counter,
        limits=Limits(total_seconds=place.endpoint_seconds),
    )


def _sealer(place: Place) -> Sealer:
    from tollbridge.sealing import KeyFile, Keyring

    file = KeyFile(place.key_file, new_bytes) if place.key_file else None
    return Keyring([key.key for key in place.secret_keys], file, new_bytes)


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


def _by_mode(simulator: Gateway, account: StripeAccount | None, store: Store) -> Gateway:
    """The simulator, for live merchants Stripe where there is an account."""
    if account is None:
        return simulator
    from tollbridge.gateways.by_mode import ByMode

    try:
        from tollbridge.gateways.stripe import Stripe
    except ModuleNotFoundError as error:
        simulator.close()
        if error.name not in {"stripe", "requests"}:
            raise
        raise PlaceError("Stripe needs pip install 'tollbridge[stripe]'") from None
    live = Stripe(account.api_key.secret, return_url=account.return_url, api_base=account.api_base)
    return ByMode(live=live, sandbox=simulator, is_live=lambda number: _is_live(store, number))


def _is_live(store: Store, merchant_id: int) -> bool | None:
    merchant = store.merchant(merchant_id)
    return None if merchant is None else merchant.mode is Mode.LIVE


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
def working(
    platform: Platform,
    *,
    bills: bool,
    told: "Told | None" = None,
    heard: "Heard | None" = None,
) -> Iterator[None]:
    """Meanwhile, open payments are asked about, and with `bills` what is due is billed and told.

    `told` hears what each batch came to, `heard` what notices did. At the end the running batch
    is finished, and running posts are waited for. What runs is loaded a moment after the start,
    so that the first requests need not wait for it.
    """
    ended = Event()

    def work() -> None:
        if ended.wait(START_AFTER):
            return
        from tollbridge.worker.billing import loops_of

        with ExitStack() as stack:
            for loop in loops_of(platform, bills=bills, told=told, heard=heard):
                stack.enter_context(closing(loop.start()))
            ended.wait()

    thread = Thread(target=work, name="working")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def finish_payments(platform: Platform) -> int:
    """Settle what a dead process left open; how many attempts were settled."""
    from tollbridge.flows.recovery import recover

    return recover(platform)


def build_demo(collector: "Collector") -> bool:
    """Make the demo's merchant and customers; False when they are there already."""
    from tollbridge.commands.catalog_file import parse_catalog
    from tollbridge.flows.demo import make_demo

    return make_demo(collector, parse_catalog(DEMO_CATALOG.read_text(encoding="utf-8")))


def metrics_of(platform: Platform, settings: Settings) -> "tuple[Metrics, Access]":
    """What is counted in this process, and who may read it.

    Without a token this machine may, unless a proxy stands before it: then everybody seems local.
    """
    from tollbridge.rest.metrics import Access, Metrics

    access = Access(settings.metrics_token or "", local=settings.public_url is None)
    return Metrics(platform), access


@contextmanager
def metrics_served(metrics: "Metrics", port: int) -> Iterator[None]:
    """Meanwhile, this machine may read the metrics at a port of their own. Raises OSError."""
    from prometheus_client import CollectorRegistry, start_http_server

    registry = CollectorRegistry(auto_describe=False)
    registry.register(metrics)
    server, thread = start_http_server(port, addr="127.0.0.1", registry=registry)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def simulate(plan: "Plan", database: str | None, progress: "Progress") -> "Report":
    """Run a simulation, in an SQLite file that is gone at the end or in an empty database.

    Raises PlaceError for a database that somebody has a merchant in, and as `open_store` does.
    """
    from random import Random

    from tollbridge.simulation.running import Simulation
    from tollbridge.simulation.world import Ground
    from tollbridge.store import migrate_store, open_store

    with ExitStack() as stack:
        url = database or f"sqlite:///{_folder(stack) / 'simulation.db'}"
        migrate_store(url)

        def open_again() -> Store:
            return open_store(url, durable=database is not None)

        with closing(open_again()) as store:
            if store.merchants():
                raise PlaceError("a simulation wants an empty database, and this one has merchants")
        chance = Random(plan.seed)  # noqa: S311 - the same again for the same seed
        return Simulation(plan, Ground(open_again, chance, read_tax_table())).run(progress)


def make_app(
    collector: "Collector",
    *,
    public_url: str,
    allowed_hosts: Iterable[str],
    loopback_only: bool,
    rate_limit: int = 0,
    rate_limit_local: bool = False,
    log_level: str = "info",
    watched: "tuple[Metrics, Access] | None" = None,
) -> "Api":
    """The ASGI application; it writes a line for each request unless the level is above info.

    `watched` is what `metrics_of` gives; without it nobody reads the metrics.
    """
    from tollbridge.rest.app import NOBODY, create_app
    from tollbridge.rest.rates import Rate

    metrics, access = watched or (None, NOBODY)
    return create_app(
        collector,
        public_url=public_url,
        allowed_hosts=allowed_hosts,
        timer=perf_counter,
        loopback_only=loopback_only,
        rate=Rate(rate_limit, local=rate_limit_local),
        tell=request_log(log_level),
        metrics=metrics,
        metrics_access=access,
        pages=LatePages(),
    )
