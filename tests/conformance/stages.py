"""What there is before a flow of the register is replayed: a merchant, products, a subscription.

Every stage is made through the catalog file and the commands that make real ones.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.testclient import TestClient

from tests.conformance.printed import DEMO
from tests.rest.world import CARD, CLOUDIFY, CREDENTIALS, JSON
from tollbridge.bootstrap import Place, build_demo, collecting, make_app, migrate, opened
from tollbridge.commands.add_credential import add_credential
from tollbridge.commands.advance_clock import advance_clock
from tollbridge.commands.apply_catalog import apply_catalog
from tollbridge.commands.catalog_file import parse_catalog
from tollbridge.commands.deactivate_items import deactivate_items
from tollbridge.commands.sign_up import GivenIds, SignUpRequest
from tollbridge.domain.customer import Contact
from tollbridge.domain.sign_up import OrderItem
from tollbridge.flows.collecting import Collector
from tollbridge.flows.sign_up import sign_up

HOST = "testserver"
PUBLIC_URL = f"http://{HOST}"
SUBSCRIPTION = 12345678  # what the integration guide calls its subscription
COUPON = """
[[promotion]]
id = 1
name = "A quarter off the next bill"
percent = "25"
billings = 1
codes = ["YMR-DZZ-Z5J"]
"""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What one German customer signed up for at `started`: S12345678 unless it says otherwise.

    `products` are id to the keys of its catalog entry; `bought` are product and quantity. Products
    of two intervals make two `subscriptions`.
    """

    started: datetime
    now: datetime
    products: dict[int, str]
    bought: tuple[tuple[int, int], ...]
    promotions: str = ""
    cancelled: datetime | None = None
    currency: str = "USD"
    subscriptions: tuple[int, ...] = (SUBSCRIPTION,)


def sold(amount: str, interval: str = "P1M", *, currency: str = "USD", more: str = "") -> str:
    """The keys of a product at a gross price; `more` are further keys of that price."""
    price = f'currency = "{currency}", tax = "gross", amount = "{amount}"{more}'
    return f'interval = "{interval}"\nprices = [{{ {price} }}]'


def at(text: str) -> datetime:
    """An instant of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


APRIL, MIDDLE = at("2019-04-01"), at("2019-04-16")  # 15 of 30 days are left
MEDIUM = {123456: sold("80"), 123451: sold("200"), 123450: sold("40")}

STAGES: dict[str, Stage] = {
    "upgrade": Stage(  # V1: at once, and in no leap year: 364 of 365 days are left
        started=at("2018-03-19T14:47:34.857671"),
        now=at("2018-03-19T14:47:35"),
        products={300001: sold("99.95", "P1Y"), 123456: sold("150", "P1Y")},
        bought=((300001, 1),),
    ),
    "longer plan": Stage(
        started=APRIL,
        now=MIDDLE,
        products={300001: sold("10"), 123456: sold("100", "P1Y")},
        bought=((300001, 1),),
    ),
    "seat": Stage(started=APRIL, now=MIDDLE, products=MEDIUM, bought=((123456, 1),)),
    "coupon": Stage(
        started=APRIL, now=MIDDLE, products=MEDIUM, bought=((123456, 1),), promotions=COUPON
    ),
    "renewal": Stage(
        started=at("2018-03-15T23:20:50.52"),
        now=at("2018-04-01"),
        products=MEDIUM,
        bought=((123456, 1),),
    ),
    "renewal with reset": Stage(
        started=at("2018-03-25"),
        now=at("2018-04-15T23:20:50.52"),
        products=MEDIUM,
        bought=((123456, 1),),
    ),
    "data plan": Stage(  # V13
        started=at("2020-01-01"), now=at("2020-01-15"), products=MEDIUM, bought=((123456, 1),)
    ),
    "win-back": Stage(
        started=at("2018-07-20"),
        now=at("2019-08-03T11:19:34.15"),
        products={123456: sold("80", "P1Y")},
        bought=((123456, 1),),
        cancelled=at("2019-06-01"),
    ),
    "manual": Stage(
        started=at("2019-08-01"), now=at("2019-08-03"), products=MEDIUM, bought=((123456, 1),)
    ),
}


class Player:
    """A stage that answers as `tollbridge serve` does, without the socket."""

    def __init__(self, client: TestClient, collector: Collector) -> None:
        self._client = client
        self.collector = collector

    def __call__(
        self, method: str, target: str, body: bytes, *, authorised: bool = True
    ) -> tuple[int, bytes]:
        """Status and body of the answer to a request."""
        headers = {"Authorization": CREDENTIALS, **JSON} if authorised else JSON
        answer = self._client.request(method, target, content=body, headers=headers)
        return answer.status_code, answer.content


@contextmanager
def playing(stage: str | Stage, place: Place) -> Iterator[Player]:
    """A platform at this place with a stage on it; in memory where the place names no database."""
    memory = not place.database
    if not memory:
        migrate(place)
    with opened(place, memory=memory) as platform, collecting(platform) as collector:
        if stage == DEMO:
            build_demo(collector)
        else:
            build(collector, STAGES[stage] if isinstance(stage, str) else stage)
        app = make_app(collector, public_url=PUBLIC_URL, allowed_hosts=[HOST], loopback_only=False)
        with TestClient(app) as client:
            yield Player(client, collector)


def build(collector: Collector, stage: Stage) -> None:
    """Make a stage on an empty platform."""
    platform = collector.platform
    apply_catalog(platform, parse_catalog(catalog_text(stage)))
    sign_up(collector, CLOUDIFY, order(stage), "stage")
    if stage.cancelled is not None:
        advance_clock(platform, CLOUDIFY, to=stage.cancelled)
        deactivate_items(
            platform,
            CLOUDIFY,
            SUBSCRIPTION,
            [1],
            allow_reinstate=True,
            generate_mail=True,
            actor="stage",
        )
    advance_clock(platform, CLOUDIFY, to=stage.now)
    add_credential(platform, CLOUDIFY, "cloudify", "cloudify")


def order(stage: Stage) -> SignUpRequest:
    """What a German customer buys."""
    return SignUpRequest(
        items=tuple(OrderItem(product_id=product, quantity=n) for product, n in stage.bought),
        currency=stage.currency,
        contact=Contact(email="kim@customer.example", country_id="DE", language_id="de"),
        card=CARD,
        reference_id="kim",
        ids=GivenIds(customer=157610362, purchase=123456789, subscriptions=stage.subscriptions),
    )


def catalog_text(stage: Stage) -> str:
    """The stage's catalog file."""
    merchant = (
        f'[merchant]\nid = {CLOUDIFY}\nname = "Cloudify"\nmode = "sandbox"\n'
        f"clock = {stage.started.isoformat()}\n"
        f'country = "DE"\ncurrency = "{stage.currency}"\nmanagement_model = "Two"\n'
    )
    products = (
        f'[[product]]\nid = {number}\nname = "Product {number}"\n{keys}\n'
        for number, keys in stage.products.items()
    )
    return "\n".join((merchant, *products, stage.promotions))
