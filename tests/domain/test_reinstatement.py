"""Bringing deactivated items back (subscription-api.md 2.8; R12, R17, R18, R21, R22)."""

import pytest
from msgspec.structs import replace

from tests.given import (
    ALIGN,
    CAPTURED,
    EXTEND,
    GOLD,
    PREMIUM,
    SEAT,
    STANDARD,
    UNKNOWN,
    Life,
    awaiting,
    paid,
)
from tollbridge.domain.due import next_due
from tollbridge.domain.events import ItemsReinstated
from tollbridge.domain.facts import fact_type
from tollbridge.domain.refusal import NotAllowed, NotFound
from tollbridge.domain.subscription import ItemStatus, RenewalType, SubscriptionStatus


def cancelled() -> Life:
    """Gold and ten seats, both deactivated after ten days."""
    life = paid((GOLD, 1), (SEAT, 10))
    life.wait(days=10)
    life.deactivate(1, 2)
    return life


def refused_for(life: Life, *running_nos: int) -> str:
    """Why a reinstatement is refused; nothing is changed."""
    before = life.subscription
    with pytest.raises(NotAllowed) as refused:
        life.reinstate(*running_nos)
    assert life.subscription is before
    return refused.value.reason


def test_all_items_come_back() -> None:
    """Table 3.6, R22: Active / Active; the billing date and what is paid stay as they were."""
    before = paid((GOLD, 1), (SEAT, 10)).subscription
    life = cancelled()
    life.wait(days=5)
    life.reinstate(1, 2)
    after = life.subscription
    assert (after.status, after.end) == (SubscriptionStatus.ACTIVE, None)
    assert after.items == before.items
    assert next_due(after) == after.next_billing == before.next_billing


def test_the_date_may_lie_in_the_past() -> None:
    """R22: nothing moves it; a follow-up may move it to the future."""
    life = cancelled()
    life.wait(days=60)
    life.reinstate(1, 2)
    assert life.subscription.next_billing < life.now
    moved = life.now.replace(month=7)
    life.move_billing_date(moved)
    assert life.subscription.next_billing == moved


def test_one_of_two_comes_back() -> None:
    """Table 3.6: the subscription is Active again, the other item stays Deactivated."""
    life = cancelled()
    life.reinstate(2)
    assert [item.status for item in life.subscription.items] == [
        ItemStatus.DEACTIVATED,
        ItemStatus.ACTIVE,
    ]
    assert life.subscription.status is SubscriptionStatus.ACTIVE
    assert life.preview(running_no=2).next_billing.gross == 5000
    life.reinstate(1)
    assert life.preview(running_no=2).next_billing.gross == 15000


def test_an_item_joins_the_next_bill() -> None:
    """R22, R11: what was paid in an earlier interval is no credit in this one."""
    life = paid((GOLD, 1), (SEAT, 10))
    life.wait(days=10)
    life.deactivate(2)
    life.renew(reset=True)
    life.settle(CAPTURED)
    life.wait(days=15)
    life.reinstate(2)
    seats = life.subscription.item(2)
    assert (seats.last_interval_no, seats.paid) == (0, ())
    assert life.preview(running_no=2, more=1, alignment=ALIGN).alignment.gross == 2750
    assert life.preview(running_no=2).next_billing.gross == 15000


def test_frozen_terms_do_not_outlive_their_bill() -> None:
    """R3, R6: deactivated while its bill was in flight; after its return the latest terms count."""
    life = paid((GOLD, 1), (SEAT, 10))
    life.wait(days=10)
    life.change(alignment=EXTEND, quantity=2)
    life.change(running_no=2, quantity=20)
    life.deactivate(2)
    life.settle(CAPTURED)
    life.reinstate(2)
    life.renew(reset=True)
    life.settle(CAPTURED)
    assert life.subscription.item(2).in_force.quantity == 20


def test_items_must_be_named() -> None:
    """R17: empty Items is 402."""
    assert refused_for(cancelled()) == "no_items"


@pytest.mark.parametrize(
    "status", [s for s in ItemStatus if s.name not in {"DEACTIVATED", "AWAITING_REINSTATE"}]
)
def test_items_that_cannot_come_back(status: ItemStatus) -> None:
    """subscription-api.md 2.8: active, finished or removed; not even beside one that can."""
    life = cancelled()
    first, second = life.subscription.items
    life.subscription = replace(life.subscription, items=(replace(first, status=status), second))
    assert refused_for(life, 1) == "item_status"
    assert refused_for(life, 2, 1) == "item_status"


@pytest.mark.parametrize(
    "status", [s for s in SubscriptionStatus if s.name not in {"ACTIVE", "DEACTIVATED"}]
)
def test_statuses_in_which_nothing_comes_back(status: SubscriptionStatus) -> None:
    """R17, R18: 402 in Finished, New and dunning, but an unknown item is 404 first."""
    life = cancelled()
    life.subscription = replace(life.subscription, status=status)
    assert refused_for(life, 1) == "subscription_status"
    with pytest.raises(NotFound):
        life.reinstate(3)


def test_a_product_that_is_sold_no_more() -> None:
    """subscription-api.md 2.8: its product must still be sold."""
    life = cancelled()
    life.products = {SEAT.id: SEAT}
    assert refused_for(life, 1, 2) == "product_not_sold"
    life.reinstate(2)
    assert life.subscription.item(2).active


def test_another_interval_beside_active_items() -> None:
    """R12: while it was away the other item went over to years."""
    life = paid((GOLD, 1), (SEAT, 10))
    life.deactivate(2)
    life.change(product_id=STANDARD.id)
    assert refused_for(life, 2) == "interval_differs"
    life.deactivate(1)
    assert refused_for(life, 1, 2) == "interval_differs"
    life.reinstate(1)
    life.add(PREMIUM)
    assert len(life.subscription.active_items) == 2


def test_a_payment_in_progress_does_not_matter() -> None:
    """R7: it neither charges nor moves the date."""
    life = paid((GOLD, 1), (SEAT, 10))
    life.wait(days=10)
    life.change(more=1, alignment=ALIGN)
    life.settle(UNKNOWN)
    life.deactivate(2)
    life.reinstate(2)
    assert life.subscription.payment_in_progress


def test_a_number_named_twice_counts_once_and_is_told() -> None:
    """Table 3.6: the fact that the notification is made of."""
    life = cancelled()
    life.reinstate(2, 2, mail=False)
    event = life.events[-1]
    assert isinstance(event, ItemsReinstated)
    assert (event.running_nos, event.generate_mail) == ((2,), False)
    assert fact_type(event) == "items_reinstated"


def test_model_one_waits_until_it_is_reinstated() -> None:
    """R21: Deactivated / AwaitingReinstate from sign-up becomes Active / Active."""
    life = awaiting((GOLD, 1), (SEAT, 10))
    assert [item.status for item in life.subscription.items] == [ItemStatus.AWAITING_REINSTATE] * 2
    life.reinstate(1, 2)
    assert life.subscription.status is SubscriptionStatus.ACTIVE
    assert len(life.subscription.active_items) == 2
    assert life.subscription.renewal_type is RenewalType.MANUAL
