"""The receiver in examples/: who may use what, told by the published notifications (issue 4)."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any, NamedTuple

import pytest

from examples.receiver.receiver import Entitlement, Entitlements, serve
from tests.consumer.samples import body_of, changed
from tollbridge.consumer import MalformedError, UnverifiedError
from tollbridge.domain.signing import show_secret, signature

SECRET = b"a secret of at least 24 bytes"
NOW = 1_790_000_000
SUBSCRIPTION, CUSTOMER = 12345678, "UUID-YOUR-UNIQUE-ID-1234-5678"
SEAT, GOLD, PLUGIN = 292973, 292122, 292124
END = [datetime(2026 + year, 3, 19, 14, 47, 34, tzinfo=UTC) for year in range(4)]


class Line(NamedTuple):
    """One item of a notification."""

    item: int = 1
    product: int = SEAT
    quantity: int = 10
    until: datetime = END[1]
    status: str = "ACT"
    subscription_status: str = "ACT"


def told(
    name: str,
    *lines: Line,
    purchase: int = 1,
    category: str = "",
    changes: dict[str, Any] | None = None,
) -> bytes:
    """A published example of a purchase's notification, with these items."""

    def change(document: dict[str, Any]) -> None:
        subject = document.get("purchase", document)
        [sample] = subject["items"]
        subject["purchaseId"] = purchase
        subject["subscriptionRevenueCategoryId"] = category
        subject["items"] = [_item(sample, number, line) for number, line in enumerate(lines, 1)]
        subject.update(changes or {})

    return changed(name, change)


def _item(sample: dict[str, Any], number: int, line: Line) -> dict[str, Any]:
    billing = sample["recurringBilling"] | {
        "subscriptionItemRunningNo": line.item,
        "itemStatusId": line.status,
        "statusId": line.subscription_status,
        "nextBillingDate": line.until.replace(tzinfo=None).isoformat(),
    }
    product = {"productId": line.product, "quantity": line.quantity}
    return sample | product | {"runningNumber": number, "recurringBilling": billing}


def paid(*lines: Line, purchase: int, category: str) -> bytes:
    """A purchase was paid."""
    return told("PaidOrderNotification", *lines, purchase=purchase, category=category)


class World:
    """A receiver, and a platform that signs what it is sent."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.entitlements = Entitlements(connection, [show_secret(SECRET)], now=lambda: NOW)
        self.sequence = 0

    def send(self, body: bytes, sequence: int = 0) -> bool:
        """Whether it was new; without a sequence it is the next of the stream."""
        self.sequence = sequence or self.sequence + 1
        return self.entitlements.feed(headers_of(self.sequence, body), body).is_new

    def rows(self) -> dict[int, Entitlement]:
        """The table of the subscription, by item."""
        rows = self.entitlements.all()
        assert all((row.subscription_id, row.customer) == (SUBSCRIPTION, CUSTOMER) for row in rows)
        return {row.item: row for row in rows}

    def has(self, item: int = 1) -> tuple[int, int, str, datetime]:
        """Product, quantity, status and end of one item."""
        row = self.rows()[item]
        return row.product_id, row.quantity, row.status, row.valid_until


def headers_of(sequence: int, body: bytes, at: int = NOW) -> dict[str, str]:
    """The headers of a message: its id goes with its place."""
    message_id = f"msg_864_{sequence}"
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": signature(SECRET, message_id, at, body),
        "tollbridge-stream": "1",
        "tollbridge-sequence": str(sequence),
    }


@contextmanager
def opened() -> Iterator[World]:
    """A new world."""
    with closing(sqlite3.connect(":memory:")) as connection:
        yield World(connection)


@pytest.fixture
def world() -> Iterator[World]:
    """A receiver that was told of ten seats."""
    with opened() as one:
        one.send(paid(Line(), purchase=1, category="Signup"))
        yield one


def test_a_sign_up_grants(world: World) -> None:
    """So many of a product, until the next billing date and not an instant longer."""
    assert world.has() == (SEAT, 10, "ACT", END[1])
    row = world.rows()[1]
    assert row.is_valid(END[1] - timedelta(microseconds=1))
    assert not row.is_valid(END[1])


def test_a_renewal_prolongs(world: World) -> None:
    """Until the date that it moved to."""
    world.send(paid(Line(until=END[2]), purchase=2, category="AutoRenewal"))
    assert world.has() == (SEAT, 10, "ACT", END[2])


def test_ten_users_become_twenty_and_ten_again(world: World) -> None:
    """More at once, by a charge inside the interval; fewer when the next interval is paid.

    What is told in between of the coming interval (here: that the billing date was moved) shows
    the smaller number already, and takes nothing away.
    """
    world.send(paid(Line(quantity=20), purchase=2, category="Alignment"))
    assert world.has() == (SEAT, 20, "ACT", END[1])
    later = END[1] + timedelta(days=7)
    moved = Line(quantity=10, until=later)
    world.send(told("SubscriptionBillingDateExtendedNotification", moved))
    assert world.has() == (SEAT, 20, "ACT", later)
    world.send(paid(Line(quantity=10, until=END[2]), purchase=3, category="AutoRenewal"))
    assert world.has() == (SEAT, 10, "ACT", END[2])


def test_another_product_takes_its_place(world: World) -> None:
    """An upgrade within the item."""
    world.send(paid(Line(product=GOLD), purchase=2, category="Alignment"))
    assert world.has() == (GOLD, 10, "ACT", END[1])


def test_an_item_is_added_and_deactivated_and_reinstated(world: World) -> None:
    """The other one is left alone; what is cancelled is usable as long as it was paid."""
    plugin = Line(item=2, product=PLUGIN, quantity=1)
    world.send(paid(plugin, purchase=2, category="Alignment"))
    assert world.has(2) == (PLUGIN, 1, "ACT", END[1])
    world.send(told("RecurringBillingCanceledNotification", plugin._replace(status="DEA")))
    assert world.has(2) == (PLUGIN, 1, "DEA", END[1])
    assert world.rows()[2].is_valid(END[0])
    assert not world.rows()[2].is_valid(END[1])
    world.send(told("RecurringBillingReinstatedNotification", plugin))
    assert world.has(2) == (PLUGIN, 1, "ACT", END[1])
    assert world.has(1) == (SEAT, 10, "ACT", END[1])


def test_a_cancellation_flat_and_of_the_whole(world: World) -> None:
    """Whichever form the merchant chose."""
    gone = Line(status="DEA", subscription_status="DEA")
    flat = json.loads(told("RecurringBillingCanceledNotification", gone))
    flat.update(flat.pop("purchase"))
    world.send(json.dumps(flat).encode())
    assert world.has() == (SEAT, 10, "DEA", END[1])


def test_an_item_from_another_subscription_is_new_here(world: World) -> None:
    """Two subscriptions were merged: it is told as a reinstatement with the event `add`."""
    world.send(told("RecurringBillingReinstatedNotification", Line(item=2, product=PLUGIN)))
    assert world.has(2) == (PLUGIN, 10, "ACT", END[1])


@pytest.mark.parametrize(
    "name", ["RecurringBillingOnGraceNotification", "RecurringBillingGracePeriodNotification"]
)
def test_grace_hold_and_paid_late(world: World, name: str) -> None:
    """Usable in grace, under either name of it, not on hold, and again when it was paid.

    An item that was cancelled before gets no days of grace.
    """
    world.send(paid(Line(item=2, product=PLUGIN), purchase=2, category="Alignment"))
    lines = (Line(), Line(item=2, product=PLUGIN, status="DEA"))
    grace = told(
        "RecurringBillingOnGraceNotification",
        *(line._replace(subscription_status="GRA") for line in lines),
    ).replace(b"RecurringBillingOnGraceNotification", name.encode())
    world.send(grace)
    assert world.has() == (SEAT, 10, "GRA", END[1] + timedelta(days=15))
    assert world.rows()[1].is_valid(END[1] + timedelta(days=14))
    assert world.has(2) == (PLUGIN, 10, "DEA", END[1])
    on_hold = (line._replace(subscription_status="HLD") for line in lines)
    world.send(told("RecurringBillingOnHoldNotification", *on_hold))
    assert world.has() == (SEAT, 10, "HLD", END[1])
    assert not world.rows()[1].is_valid(END[0])
    world.send(paid(Line(until=END[2]), purchase=3, category="LateRenewal"))
    assert world.has() == (SEAT, 10, "ACT", END[2])
    assert world.has(2) == (PLUGIN, 10, "DEA", END[1])


@pytest.mark.parametrize(
    "name", ["RefundNotification", "ChargebackNotification", "ReturnDirectDebitNotification"]
)
def test_money_that_went_back(world: World, name: str) -> None:
    """It ends what that purchase paid for; what is paid afterwards counts again."""
    world.send(paid(Line(quantity=20), purchase=2, category="Alignment"))
    back = Line(status="DEA", subscription_status="DEA")
    world.send(told(name, back, purchase=1))
    assert world.has() == (SEAT, 20, "REV", END[1])
    assert not world.rows()[1].is_valid(END[0])
    world.send(paid(Line(until=END[2]), purchase=3, category="AutoRenewal"))
    assert world.has() == (SEAT, 10, "ACT", END[2])
    world.send(told(name, Line(), purchase=1))
    assert world.has() == (SEAT, 10, "ACT", END[2])


def test_an_upgrade_or_a_part_paid_back_ends_nothing(world: World) -> None:
    """The interval itself stays paid."""
    world.send(paid(Line(quantity=20), purchase=2, category="Alignment"))
    world.send(told("RefundNotification", Line(quantity=20), purchase=2))
    world.send(told("PartialRefundNotification", Line(), purchase=1))
    assert world.has() == (SEAT, 20, "ACT", END[1])


def test_an_order_on_invoice_is_delivered_before_it_is_paid() -> None:
    """By wire it is delivered afterwards."""
    with opened() as world:
        world.send(told("NewOfflinePaymentPurchaseNotification", Line()))
        assert world.rows() == {}
        world.send(told("NewPurchaseOrderNotification", Line()))
        assert world.has() == (SEAT, 10, "ACT", END[1])


def test_the_subscription_model_tells_the_whole(world: World) -> None:
    """Two seats instead of one, as published; what is not in it was removed."""
    world.send(paid(Line(item=2, product=PLUGIN), purchase=2, category="Alignment"))
    world.send(body_of("SubscriptionPaidNotification"))
    until = datetime(2028, 3, 17, 10, 28, 48, 196461, UTC)
    assert world.has(1) == (97771, 2, "ACT", until)
    assert world.has(2)[2] == "REM"
    assert not world.rows()[2].is_valid(END[0])


@pytest.mark.parametrize(
    "name",
    [
        "OnlinePaymentDeclined",
        "CustomerProfileUpdateNotification",
        "SubscriptionReminderChargeNotification",
        "SubscriptionRenewalTypeChangedNotification",
        "NewAffiliateSignup",
    ],
)
def test_others_change_nothing(world: World, name: str) -> None:
    """They are taken, so that they are not sent again."""
    before = world.rows()
    assert world.send(body_of(name))
    assert world.send(body_of(name).replace(name.encode(), b"SomethingNew"))
    assert world.rows() == before


STORY = (
    paid(Line(), purchase=1, category="Signup"),
    paid(Line(quantity=20), purchase=2, category="Alignment"),
    paid(Line(item=2, product=PLUGIN, quantity=1), purchase=3, category="Alignment"),
    told("SubscriptionBillingDateExtendedNotification", Line(), Line(2, PLUGIN, 1)),
    told("RecurringBillingCanceledNotification", Line(2, PLUGIN, 1, status="DEA")),
    told("RecurringBillingReinstatedNotification", Line(2, PLUGIN, 1)),
    paid(Line(until=END[2]), Line(2, PLUGIN, 1, END[2]), purchase=4, category="AutoRenewal"),
    told("RecurringBillingOnGraceNotification", Line(until=END[2], subscription_status="GRA")),
    paid(Line(quantity=15, until=END[3]), purchase=5, category="LateRenewal"),
    told("RefundNotification", Line(until=END[3], quantity=15), purchase=5),
    told("RecurringBillingCanceledNotification", Line(until=END[3], status="DEA")),
)


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_arrival_does_not_matter(seed: int) -> None:
    """Duplicates and late replays in any order end in the same table."""
    with opened() as orderly:
        for body in STORY:
            assert orderly.send(body)
        expected = orderly.rows()
    assert {item: row.status for item, row in expected.items()} == {1: "REV", 2: "ACT"}
    numbers = list(range(1, len(STORY) + 1)) * 2
    Random(seed).shuffle(numbers)
    with opened() as world:
        new = [world.send(STORY[number - 1], number) for number in numbers]
        assert sum(new) == len(STORY)
        assert world.rows() == expected


def test_a_message_that_fails_comes_again(world: World) -> None:
    """Forged, broken or interrupted ones leave nothing behind."""
    before = world.rows()
    body = paid(Line(until=END[2]), purchase=2, category="AutoRenewal")
    with pytest.raises(UnverifiedError):
        world.entitlements.feed(headers_of(2, body), body + b" ")
    with pytest.raises(MalformedError):
        world.entitlements.feed(headers_of(2, b"{}"), b"{}")
    assert world.rows() == before
    assert world.send(body, 2)
    assert not world.send(body, 2)


@contextmanager
def served(database: Path) -> Iterator[HTTPConnection]:
    """The example as it runs, with the system's clock."""
    with closing(sqlite3.connect(database, check_same_thread=False)) as connection:
        server = serve(Entitlements(connection, [show_secret(SECRET)]), 0)
        thread = Thread(target=server.serve_forever)
        thread.start()
        with closing(HTTPConnection("127.0.0.1", server.server_port)) as client:
            yield client
        server.shutdown()
        thread.join()
        server.server_close()


def test_it_serves(tmp_path: Path) -> None:
    """Over HTTP, with statuses that the platform understands, and a table that is kept."""
    at = int(datetime.now(UTC).timestamp())
    body = paid(Line(until=datetime(2200, 1, 1, tzinfo=UTC)), purchase=1, category="Signup")

    def post(client: HTTPConnection, headers: dict[str, str], sent: bytes) -> tuple[int, str]:
        client.request("POST", "/", sent, headers)
        answer = client.getresponse()
        return answer.status, answer.read().decode()

    with served(tmp_path / "entitlements.db") as client:
        assert post(client, headers_of(1, body, at), body) == (200, "new")
        assert post(client, headers_of(1, body, at), body) == (200, "seen before")
        assert post(client, headers_of(2, body, at - 1000), body)[0] == 401
        assert post(client, {}, body) == (401, "the header webhook-id is missing")
        assert post(client, headers_of(2, b"{}", at), b"{}")[0] == 400
        assert post(client, {"Content-Length": "1000001"}, b"")[0] == 413
    with served(tmp_path / "entitlements.db") as client:
        assert post(client, headers_of(1, body, at), body) == (200, "seen before")
        client.request("GET", "/")
        [row] = json.loads(client.getresponse().read())
    assert (row["quantity"], row["status"], row["is_valid"]) == (10, "ACT", True)
