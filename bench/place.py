"""A database for a benchmark: made, filled as customers would fill it, and dropped at the end."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit

from msgspec.structs import replace

from tollbridge.bootstrap import DEMO_CATALOG, Place, collecting, migrate, opened
from tollbridge.commands.add_credential import add_credential
from tollbridge.commands.apply_catalog import apply_catalog
from tollbridge.commands.catalog_file import parse_catalog
from tollbridge.commands.saving import require_held
from tollbridge.commands.sign_up import GivenIds, SignUpRequest
from tollbridge.domain.customer import Contact
from tollbridge.domain.payment import Card
from tollbridge.domain.schedule import Interval
from tollbridge.domain.sign_up import OrderItem
from tollbridge.flows.collecting import Collector
from tollbridge.flows.sign_up import sign_up
from tollbridge.flows.time_travel import advance
from tollbridge.ports import Platform
from tollbridge.queries.doctor import examine

ENGINES = ("sqlite", "postgres")
SERVER_URL = os.environ.get(
    "TOLLBRIDGE_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres"
)

MERCHANT = 864
USERNAME = "cloudify"
SECRET = "cloudify"  # noqa: S105 - of a database that is gone with the benchmark
SEAT, GOLD, PLATINUM = 292973, 292122, 294581
LONG, SEATS, SINGLE = 53117701, 67531904, 67645948
GROWING = range(80000001, 80000241)  # subscriptions that items are added to
INTERVALS = 120  # of the long subscription: ten years, month by month

ACTOR = "bench"
BEGINNING = datetime(2016, 2, 9, 15, 43, 7, 205170, tzinfo=UTC)
SINCE_LAST = timedelta(days=6)  # so that a part of the running interval is used up
CARD = Card(number="T20000000000765T", expiry_month=12, expiry_year=2027)


@contextmanager
def filled(engine: str, *, intervals: int = INTERVALS) -> Iterator[Place]:
    """A filled database on the engine, as durable as any (DESIGN 3); gone at the end."""
    with TemporaryDirectory(prefix="tollbridge-bench-") as folder, empty(engine, folder) as place:
        migrate(place)
        with opened(place) as platform, collecting(platform) as collector:
            fill(platform, collector, intervals)
        yield place._replace(new=False)


@contextmanager
def empty(engine: str, folder: str) -> Iterator[Place]:
    """A database of the engine with nothing in it, not even a schema; gone at the end."""
    book = Path(folder) / "book.db"
    if engine == "sqlite":
        yield Place(f"sqlite:///{folder}/bench.db", book, new=True)
        return
    with _postgres_database() as url:
        yield Place(url, book, new=False)


@contextmanager
def _postgres_database() -> Iterator[str]:
    import psycopg  # noqa: PLC0415 - SQLite is measured without PostgreSQL's driver

    name = f"tollbridge_bench_{token_hex(8)}"
    with psycopg.connect(SERVER_URL, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
    try:
        yield urlunsplit(urlsplit(SERVER_URL)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(SERVER_URL, autocommit=True) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def fill(platform: Platform, collector: Collector, intervals: int) -> None:
    """One merchant with paid subscriptions: one with many intervals behind it, many that grow."""
    file = parse_catalog(DEMO_CATALOG.read_text(encoding="utf-8"))
    apply_catalog(platform, replace(file, merchant=replace(file.merchant, clock=BEGINNING)))
    sign_up(collector, MERCHANT, order(LONG, OrderItem(product_id=GOLD, quantity=1)), ACTOR)
    advance(platform, MERCHANT, by=Interval(intervals - 1))  # the first was paid with the sign-up
    for number, product, quantity in ((SEATS, SEAT, 10), (SINGLE, GOLD, 1)):
        item = OrderItem(product_id=product, quantity=quantity)
        sign_up(collector, MERCHANT, order(number, item), ACTOR)
    for number in GROWING:
        seats = order(number, OrderItem(product_id=SEAT, quantity=10))
        sign_up(collector, MERCHANT, seats, ACTOR)
    held = require_held(platform, MERCHANT, SEATS)
    advance(platform, MERCHANT, to=held.subscription.start + SINCE_LAST)
    add_credential(platform, MERCHANT, USERNAME, SECRET)
    findings = [str(finding) for finding in examine(platform)]
    assert findings == []


def order(subscription_id: int, item: OrderItem) -> SignUpRequest:
    """What a German customer buys."""
    return SignUpRequest(
        items=(item,),
        currency="USD",
        contact=Contact(
            email="jana.beispiel@example.com",
            firstname="Jana",
            lastname="Beispiel",
            country_id="DE",
            language_id="de",
            street1="Musterallee 10",
            postal_code="50667",
            city="Köln",
        ),
        card=CARD,
        reference_id=f"customer-of-{subscription_id}",
        ids=GivenIds(
            customer=subscription_id + 1,
            purchase=subscription_id + 2,
            subscriptions=(subscription_id,),
        ),
    )
