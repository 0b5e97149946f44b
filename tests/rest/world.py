"""A whole platform behind the HTTP edge, for tests: demo-like subscriptions and a client.

world.get("/subscription/getsubscription?subscriptionid=S67531904").json()
world.update(quantity=20)                         # the answer of updatesubscriptionitem
"""

import itertools
import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from httpx2 import Response
from msgspec.structs import replace
from starlette.testclient import TestClient

from tests.given import CATALOG, GOLD, PLATINUM, PREMIUM, SEAT, STANDARD, TAX
from tests.noticing import HOOK, keyring, loopback_sender, tell
from tollbridge.commands.add_credential import add_credential
from tollbridge.commands.deactivate_items import deactivate_items
from tollbridge.commands.endpoints import Checked, EndpointSettings, add_endpoint
from tollbridge.commands.move_billing_date import move_billing_date
from tollbridge.commands.sign_up import GivenIds, SignUpRequest
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.customer import Contact
from tollbridge.domain.item_change import ItemChange
from tollbridge.domain.mail import Mail, MailState
from tollbridge.domain.merchant import ManagementModel, Merchant, Mode
from tollbridge.domain.payment import Card
from tollbridge.domain.sign_up import OrderItem
from tollbridge.flows.change_item import change_item
from tollbridge.flows.collecting import Collector
from tollbridge.flows.sign_up import sign_up
from tollbridge.gateways.simulator import BUSY_SECONDS, Simulator
from tollbridge.mails.writing import MailWriter
from tollbridge.ports import MailSearch, Platform, Store
from tollbridge.rest.app import create_app
from tollbridge.rest.endpoint import Style
from tollbridge.rest.endpoints import ENDPOINTS
from tollbridge.rest.purchase_messages import DECLINED, WAITING
from tollbridge.web.pages import WebPages

START = datetime(2026, 2, 9, 15, 43, 7, 205170, tzinfo=UTC)
CLOUDIFY, OTHER, LIVE = 864, 865, 866
SEATS, SINGLE, YEARLY, SEVERAL = 67531904, 67645948, 67439867, 12345678
CANCELLED = 18577447  # deactivated with its only item
PRIMARY, SECONDARY = 22447813, 18429519  # of one customer; the first is billed five days later
CUSTOMER, PURCHASE = 157610360, 531157892  # of the seats, as in seed 003
PUBLIC_URL = "http://testserver"
CARD = Card(number="T20000000000765T", expiry_month=12, expiry_year=2027)

CONTACT = Contact(email="jana@customer.example", country_id="DE", language_id="de")
OK = '{"ResultMessage":"OK"}'


def basic(username: str, secret: str) -> str:
    """The Authorization header of a user."""
    return "Basic " + b64encode(f"{username}:{secret}".encode()).decode()


PATHS = {
    endpoint.action: endpoint.path
    for endpoint in ENDPOINTS
    if endpoint.method == "POST" and endpoint.style is Style.COMPATIBLE
}
UNPAID = {DECLINED: "T20000000000071T", WAITING: "T20000000000067T"}  # by what their cards do
CREDENTIALS = basic("cloudify", "cloudify")
JSON = {"Content-Type": "application/json", "Accept": "application/json"}


@dataclass
class World:
    """A platform, its application and a client with good credentials."""

    platform: Platform
    collector: Collector
    client: TestClient

    def get(self, url: str, **headers: str) -> Response:
        """A GET."""
        return self.client.get(url, headers=self._headers(headers))

    def post(self, url: str, body: object = b"", **headers: str) -> Response:
        """A POST of bytes as they are, or of anything else as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(url, content=content, headers={**JSON, **self._headers(headers)})

    def read(self, subscription_id: int = SEATS, **query: str | int) -> dict[str, Any]:
        """The Subscription of getsubscription."""
        answer = self.client.get(
            "/subscription/getsubscription",
            params={"subscriptionid": f"S{subscription_id}", **query},
            headers=self._headers({}),
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = decimals(answer.content)["Subscription"]
        return found

    def update(self, subscription_id: int = SEATS, **fields: object) -> Response:
        """A call of updatesubscriptionitem; the product is the seat unless given."""
        body = {"SubscriptionId": f"S{subscription_id}", "ProductId": SEAT.id, **fields}
        return self.post("/subscription/updatesubscriptionitem", body)

    def buy(
        self,
        *lines: tuple[int, int] | OrderItem,
        card: str = CARD.number,
        merchant_id: int = CLOUDIFY,
        **fields: Any,  # noqa: ANN401
    ) -> tuple[int, ...]:
        """Sign a customer up and answer the subscriptions; a line is product and quantity.

        `fields` are those of a SignUpRequest.
        """
        request = SignUpRequest(
            items=tuple(
                line
                if isinstance(line, OrderItem)
                else OrderItem(product_id=line[0], quantity=line[1])
                for line in lines
            ),
            card=replace(CARD, number=card),
            **{"currency": "USD", "contact": CONTACT, **fields},
        )
        return sign_up(self.collector, merchant_id, request, "test").subscription_ids

    def refuses(self, call: str, body: Mapping[str, object], status: int, text: str) -> None:
        """The call is refused with this status and reason, and nothing has changed."""
        before = self.state()
        answer = self.call(call, body)
        assert answer.status_code == status, answer.text
        assert list(answer.json()) == ["ResultMessage"]
        assert text in answer.json()["ResultMessage"]
        assert self.state() == before

    def call(self, call: str, body: Mapping[str, object]) -> Response:
        """A POST to an endpoint of the compatible API; to a path that is not served as well."""
        return self.post(PATHS.get(call, f"/subscription/{call}"), body)

    def buy_unpaid(self) -> None:
        """The purchases that examples name: one that was declined, one that awaits its customer."""
        for purchase_id, card in UNPAID.items():
            ids = GivenIds(customer=purchase_id, purchase=purchase_id, subscriptions=(purchase_id,))
            self.buy((SEAT.id, 1), card=card, ids=ids)

    def mailed(self) -> list[Mail]:
        """Tell all facts; all mails of the merchant, the newest first. The very first was sent."""
        self.tell()
        store = self.platform.store
        first = store.mail(CLOUDIFY, 1)
        if first is not None and first.state is MailState.KEPT:
            store.note_mail(first, replace(first, state=MailState.SENT, sent_at=START, tries=1))
        return list(store.mails(CLOUDIFY, MailSearch()))

    def add_endpoint(self, merchant_id: int = CLOUDIFY, **settings: Any) -> Checked:  # noqa: ANN401
        """An endpoint for all there is, at `HOOK`; settings are those of EndpointSettings."""
        given = {"name": "shop", "url": HOOK, **settings}
        return add_endpoint(self.platform, merchant_id, EndpointSettings(**given))

    def tell(self, merchant_id: int = CLOUDIFY) -> int:
        """Make notifications of all facts; how many there are."""
        return tell(self.platform, merchant_id)

    def events(self, subscription_id: int = SEATS) -> list[str]:
        """What has happened to a subscription, by name."""
        return [entry["details"]["event"] for entry in self.journal(subscription_id)]

    def wait(self, **duration: float) -> None:
        """Move the sandbox clock forward."""
        merchant = self.platform.store.merchant(CLOUDIFY)
        assert merchant is not None
        to = merchant.sandbox_clock() + timedelta(**duration)
        assert self.platform.store.advance_clock(CLOUDIFY, to)

    def journal(self, subscription_id: int = SEATS) -> list[dict[str, Any]]:
        """The entries of the journal, as the endpoint tells them."""
        answer = self.get(f"/tollbridge/subscriptions/S{subscription_id}/journal")
        assert answer.status_code == 200, answer.text
        entries: list[dict[str, Any]] = decimals(answer.content)["entries"]
        return entries

    def state(self) -> list[object]:
        """Everything that a refused request must leave alone."""
        store = self.platform.store
        return [
            (
                store.held_with_history(merchant.id, number),
                store.journal(merchant.id, number),
                store.money_rows(merchant.id, number),
            )
            for merchant in store.merchants()
            for number in store.subscription_ids(merchant.id)
        ] + [store.merchants(), list(self.platform.gateway.book(CLOUDIFY))]

    @staticmethod
    def _headers(given: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): text for name, text in given.items()}
        return {"Authorization": CREDENTIALS, **named}


def decimals(body: bytes | str) -> dict[str, Any]:
    """A JSON body with exact numbers."""
    read: dict[str, Any] = json.loads(body, parse_float=Decimal, parse_int=Decimal)
    return read


def merchant(merchant_id: int, *, live: bool = False) -> Merchant:
    """A merchant; sandbox merchants stand at START."""
    return Merchant(
        id=merchant_id,
        name="Cloudify",
        mode=Mode.LIVE if live else Mode.SANDBOX,
        clock=None if live else START,
        country="DE",
        currency="USD",
        management_model=ManagementModel.TWO,
        reminder_days=2,
        grace_days=0,
        link_key=b"k" * 32,
    )


def bought(subscription_id: int, *lines: tuple[int, int]) -> SignUpRequest:
    """A purchase by a German customer; lines are product and quantity."""
    return SignUpRequest(
        items=tuple(OrderItem(product_id=product, quantity=count) for product, count in lines),
        currency="USD",
        contact=CONTACT,
        card=CARD,
        reference_id=f"customer-of-{subscription_id}",
        ids=GivenIds(
            customer=subscription_id + 1,
            purchase=subscription_id + 2,
            subscriptions=(subscription_id,),
        ),
    )


def numbered_keys() -> Callable[[], str]:
    """Keys that are never given twice and the same in every run."""
    numbers = itertools.count(1)
    return lambda: f"key-{next(numbers)}"


@contextmanager
def world_on(
    store: Store,
    book: Path,
    *,
    busy_seconds: float = BUSY_SECONDS,
    **options: Any,  # noqa: ANN401
) -> Iterator[World]:
    """The world on a store; `options` go to `create_app`."""
    gateway = Simulator(book, memory=True, busy_seconds=busy_seconds)
    platform = Platform(
        store=store,
        gateway=gateway,
        wall=lambda: START,
        tax=TAX,
        new_key=numbered_keys(),
        writer=MailWriter(PUBLIC_URL, TAX, "no-reply@pay.example.org"),
        sender=loopback_sender(),
        sealer=keyring(),
    )
    collector = Collector(platform)
    fill(platform, collector)
    settings: dict[str, Any] = {
        "public_url": PUBLIC_URL,
        "allowed_hosts": ["testserver"],
        "timer": lambda: 0.0,
        "pages": WebPages(),
        **options,
    }
    with TestClient(create_app(collector, **settings)) as client:
        yield World(platform, collector, client)
    collector.close()
    platform.sender.close()
    gateway.close()
    store.close()


def fill(platform: Platform, collector: Collector) -> None:
    """Three merchants; the first with seven subscriptions, the second with one of its own."""
    for each in (merchant(CLOUDIFY), merchant(OTHER), merchant(LIVE, live=True)):
        platform.store.put_merchant(each)
        platform.store.put_products(each.id, [replace(p, merchant_id=each.id) for p in CATALOG])
    for name, merchant_id in (("cloudify", CLOUDIFY), ("other", OTHER), ("live", LIVE)):
        add_credential(platform, merchant_id, name, name)
    seats = replace(
        bought(SEATS, (SEAT.id, 10)),
        management_model=ManagementModel.ONE,
        ids=GivenIds(customer=CUSTOMER, purchase=PURCHASE, subscriptions=(SEATS,)),
    )
    sign_up(collector, CLOUDIFY, seats, "test")
    sign_up(collector, CLOUDIFY, bought(SINGLE, (GOLD.id, 1)), "test")
    sign_up(collector, CLOUDIFY, bought(YEARLY, (STANDARD.id, 1)), "test")
    sign_up(collector, CLOUDIFY, bought(SEVERAL, (GOLD.id, 1), (SEAT.id, 3)), "test")
    sign_up(collector, OTHER, bought(99, (PREMIUM.id, 1)), "test")
    fill_more(collector)


def fill_more(collector: Collector) -> None:
    """A subscription that is deactivated, and two of one customer that can be aligned."""
    platform = collector.platform
    sign_up(collector, CLOUDIFY, bought(CANCELLED, (GOLD.id, 1)), "test")
    deactivate_items(
        platform, CLOUDIFY, CANCELLED, [1], allow_reinstate=True, generate_mail=True, actor="test"
    )
    two = bought(SECONDARY, (GOLD.id, 1), (STANDARD.id, 1))
    ids = GivenIds(customer=SECONDARY + 1, purchase=1, subscriptions=(SECONDARY, PRIMARY))
    sign_up(collector, CLOUDIFY, replace(two, ids=ids), "test")
    monthly = ItemChange(
        running_no=1,
        product_id=PLATINUM.id,
        alignment=Alignment(align=True, extend=True),
        call="updatesubscriptionitem",
    )
    change_item(collector, CLOUDIFY, PRIMARY, monthly, "test")
    move_billing_date(platform, CLOUDIFY, PRIMARY, START + timedelta(days=28 + 5), "test")


def same(answer: Response, expected: dict[str, str]) -> bool:
    """Whether the answer has these numbers, compared exactly."""
    body = decimals(answer.content)
    return {name: body[name] for name in expected} == {
        name: Decimal(text) for name, text in expected.items()
    }


def prices(answer: Response) -> dict[str, str]:
    """The amounts of a price answer as `{"Alignment": "50.32 42.29 8.03", ...}`."""
    assert answer.status_code == 200, answer.text
    body = decimals(answer.content)
    return {
        part: " ".join(str(body[f"{part}Customer{kind}Price"]) for kind in ("Gross", "Net", "Vat"))
        for part in ("Alignment", "NextBilling", "NextRenewal")
    }
