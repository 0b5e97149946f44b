"""Moving the next billing date (R5, R7, R11, R18)."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from tests.given import ALIGN, CAPTURED, EXTEND, GOLD, NOW, PLATINUM, SECOND, STANDARD, Life, paid
from tollbridge.domain.due import next_due
from tollbridge.domain.events import BillingDateMoved
from tollbridge.domain.refusal import Kind, NotAllowed
from tollbridge.domain.schedule import Anchor, Interval, date_of
from tollbridge.domain.subscription import SubscriptionStatus

JULY = datetime(2026, 7, 31, 13, 6, 58, 548190, UTC)


def test_later_dates_follow_from_the_moved_one() -> None:
    """R5: the moved date is the anchor of the interval that begins there."""
    life = paid((GOLD, 1))
    life.move_billing_date(JULY)
    subscription = life.subscription
    assert subscription.anchor == Anchor(JULY, 1)
    assert subscription.next_billing == next_due(subscription) == JULY
    dates = [date_of(subscription.anchor, subscription.interval, n) for n in range(1, 4)]
    assert [(at.month, at.day) for at in dates] == [(7, 31), (8, 31), (9, 30)]
    assert {at.timetz() for at in dates} == {JULY.timetz()}


def test_a_move_charges_nothing_and_leaves_the_interval() -> None:
    """R1, R5: no interval number moves, the bounds of the running interval stay."""
    life = paid((GOLD, 1))
    before = life.subscription
    life.move_billing_date(JULY)
    (event,) = life.changes[-1].events
    assert event == BillingDateMoved(at=NOW, anchor=Anchor(JULY, 1))
    moved = life.subscription
    assert moved == replace(before, anchor=moved.anchor, revision=moved.revision, facts=moved.facts)
    assert not life.subscription.payment_in_progress


def test_a_date_can_be_moved_again_and_back() -> None:
    """R5: the last move counts; back at the nominal end all is as it was."""
    life = paid((GOLD, 1))
    nominal = life.subscription.next_billing
    for to in (JULY, NOW + SECOND, nominal):
        life.move_billing_date(to)
        assert life.subscription.next_billing == to
    life.wait(days=15)
    assert life.preview(product_id=PLATINUM.id, alignment=ALIGN).alignment.gross == 2500


def test_an_extension_begins_a_calendar_of_its_own() -> None:
    """R5, R12: after Extend the moved date is history."""
    life = paid((GOLD, 1))
    life.move_billing_date(JULY)
    life.wait(days=10)
    life.change_paid(product_id=STANDARD.id, alignment=EXTEND)
    assert life.subscription.anchor == Anchor(life.now.replace(year=2027), 2)
    assert life.subscription.next_billing == life.now.replace(year=2027)
    life.move_billing_date(JULY)
    assert life.subscription.anchor == Anchor(JULY, 2)
    assert date_of(life.subscription.anchor, Interval(12), 3) == JULY.replace(year=2027)


@pytest.mark.parametrize("early", [timedelta(0), SECOND, timedelta(days=400)])
def test_only_the_future_can_be_billed(early: timedelta) -> None:
    """subscription-api.md 2.14, R17: a date that is not in the future is refused."""
    life = paid((GOLD, 1))
    before = life.subscription
    with pytest.raises(NotAllowed) as refused:
        life.move_billing_date(NOW - early)
    assert (refused.value.kind, refused.value.reason) == (Kind.NOT_ALLOWED, "date_in_the_past")
    assert life.subscription is before


@pytest.mark.parametrize("status", [s for s in SubscriptionStatus if s.name != "ACTIVE"])
def test_a_move_needs_an_active_subscription(status: SubscriptionStatus) -> None:
    """R18: 402 in every other status."""
    life = paid((GOLD, 1))
    life.subscription = replace(life.subscription, status=status)
    with pytest.raises(NotAllowed) as refused:
        life.move_billing_date(JULY)
    assert refused.value.reason == "subscription_not_active"


def test_a_move_waits_for_a_payment_in_progress() -> None:
    """R7: what would move the date is refused until the payment is settled."""
    life: Life = paid((GOLD, 1))
    life.change(product_id=PLATINUM.id, alignment=ALIGN)
    with pytest.raises(NotAllowed) as refused:
        life.move_billing_date(JULY)
    assert refused.value.reason == "payment_in_progress"
    life.settle(CAPTURED)
    life.move_billing_date(JULY)
    assert life.subscription.next_billing == JULY
