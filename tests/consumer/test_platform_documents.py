"""The library and the example receiver with what the platform itself writes: lives, told."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import msgspec
import pytest

from examples.receiver.receiver import Entitlements
from tests.billing import run
from tests.consumer.samples import is_same, leaves
from tests.consumer.test_receiver_example import NOW, SECRET, headers_of
from tests.given import ALIGN, CAPTURED, DECLINED, GOLD, SEAT, Life, paid
from tests.notices.scenes import documents, told
from tests.notices.test_examples import CAUSES, CHOICES, FLAT, GRACE_PERIOD, caused
from tollbridge.consumer import parse
from tollbridge.domain.choices import Choices
from tollbridge.domain.signing import show_secret
from tollbridge.domain.subscription import ItemStatus, SubscriptionStatus
from tollbridge.notices import types
from tollbridge.notices.telling import to_json


@pytest.mark.parametrize("type_", CAUSES)
def test_every_type_is_read_whole(type_: str) -> None:
    """Each document that the platform makes, with every value in its place."""
    body = to_json(caused(type_))
    found = parse(body)
    named = types.ON_GRACE if type_ in CHOICES else type_
    assert (type(found).__name__, found.meta.type) == (named, type_)
    missing = {place: value for place, value in leaves(json.loads(body)) if value is not None}
    for place in [place for place in missing if place.endswith(".customerreferencenumber")]:
        twin = place.replace("customerreferencenumber", "internalcustomer")
        assert missing.pop(place) == missing[twin]  # two names of one field
    for place, value in leaves(msgspec.to_builtins(found)):
        if place in missing and is_same(missing[place], value):
            del missing[place]
    assert missing == {}


class Told:
    """A subscription's life, a receiver that hears of it, and what it should then know."""

    def __init__(self, life: Life, connection: sqlite3.Connection, choices: Choices) -> None:
        self.life = life
        self.entitlements = Entitlements(connection, [show_secret(SECRET)], now=lambda: NOW)
        self._choices = choices
        self._known = self._sent = 0

    def tell(self) -> list[str]:
        """Send what is not told yet; the types."""
        made = documents(told(self.life, known=self._known), self._choices)
        self._known = len(self.life.changes)
        for _, document in made:
            self._sent += 1
            body = to_json(document)
            arrival = self.entitlements.feed(headers_of(self._sent, body), body)
            assert (arrival.is_new, arrival.missing) == (True, ())
        return [type_ for type_, _ in made]

    def is_in_step(self) -> bool:
        """Whether the table says what the subscription says: what is in force, and until when."""
        subscription = self.life.subscription
        status, end = subscription.status.value, subscription.next_billing
        expected = {}
        for item in subscription.items:
            active = item.status is ItemStatus.ACTIVE
            in_grace = active and subscription.status is SubscriptionStatus.GRACE
            expected[item.running_no] = (
                item.in_force.product_id,
                item.in_force.quantity,
                status if active else item.status.value,
                end + timedelta(days=subscription.grace_days if in_grace else 0),
            )
        rows = self.entitlements.all()
        return expected == {
            row.item: (row.product_id, row.quantity, row.status, row.valid_until) for row in rows
        }


@pytest.fixture(
    params=[Choices(), Choices(subscription_paid=False), FLAT, GRACE_PERIOD],
    ids=["usual", "once", "flat", "grace"],
)
def receiver(request: pytest.FixtureRequest) -> Iterator[Told]:
    """A receiver that was told of ten seats, with what a merchant may choose."""
    with closing(sqlite3.connect(":memory:")) as connection:
        one = Told(paid((SEAT, 10)), connection, request.param)
        assert types.PAID in one.tell()
        assert one.is_in_step()
        yield one


def test_ten_seats_become_twenty_and_ten_again(receiver: Told) -> None:
    """Twenty at once, ten with the next bill and not before."""
    life = receiver.life
    life.wait(days=10)
    life.change_paid(quantity=20, alignment=ALIGN)
    receiver.tell()
    assert receiver.entitlements.all()[0].quantity == 20
    life.wait(days=1)
    life.change(quantity=10)
    life.move_billing_date(life.subscription.next_billing + timedelta(days=3))
    assert types.DATE_EXTENDED in receiver.tell()
    assert receiver.is_in_step()
    assert receiver.entitlements.all()[0].quantity == 20
    run(life, until=life.subscription.next_billing)
    receiver.tell()
    assert receiver.is_in_step()
    assert receiver.entitlements.all()[0].quantity == 10


def test_another_item_comes_and_goes(receiver: Told) -> None:
    """Added, deactivated, reinstated, renewed."""
    life = receiver.life
    life.wait(days=5)
    life.add(GOLD, 2, alignment=ALIGN)
    life.settle(CAPTURED)
    receiver.tell()
    assert receiver.is_in_step()
    assert len(receiver.entitlements.all()) == 2
    life.deactivate(2)
    assert receiver.tell() == [types.CANCELED]
    assert receiver.is_in_step()
    assert receiver.entitlements.all()[1].is_valid(life.now)
    life.reinstate(2)
    assert receiver.tell() == [types.REINSTATED]
    assert receiver.is_in_step()
    run(life, until=life.subscription.next_billing)
    receiver.tell()
    assert receiver.is_in_step()


def test_what_is_not_paid_ends(receiver: Told) -> None:
    """Declined, in grace, paid after all; then declined until the end."""
    life = receiver.life
    run(life, until=life.subscription.next_billing, plan=[DECLINED])
    assert {types.ON_GRACE, types.GRACE_PERIOD} & set(receiver.tell())
    assert receiver.is_in_step()
    assert receiver.entitlements.all()[0].is_valid(life.now)
    run(life, until=life.now + timedelta(days=2))
    receiver.tell()
    assert receiver.entitlements.all()[0].status == SubscriptionStatus.ACTIVE.value
    assert receiver.is_in_step()
    seen = []
    for days in range(31):
        end = life.subscription.next_billing + timedelta(days=days)
        run(life, until=end, plan=[DECLINED] * 9)
        seen += receiver.tell()
        assert receiver.is_in_step()
    assert {types.ON_HOLD, types.CANCELED} <= set(seen)
    [row] = receiver.entitlements.all()
    assert (row.status, row.is_valid(life.now)) == ("DEA", False)


def test_what_is_removed_is_missing_from_the_next_payment() -> None:
    """It is told by nothing else (platform.md a.6), and ends with the interval in any case."""
    with closing(sqlite3.connect(":memory:")) as connection:
        receiver = Told(paid((SEAT, 10), (GOLD, 1)), connection, Choices())
        receiver.tell()
        life = receiver.life
        end = life.subscription.next_billing
        life.remove(2)
        assert receiver.tell() == []
        run(life, until=end)
        receiver.tell()
        seats, gold = receiver.entitlements.all()
        assert (seats.quantity, seats.status, seats.valid_until) == (
            *(10, "ACT"),
            life.subscription.next_billing,
        )
        assert (gold.status, gold.valid_until, gold.is_valid(life.now)) == ("REM", end, False)
