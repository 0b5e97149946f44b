"""Deactivating and removing items (subscription-api.md 2.3, 2.9; R7, R17, R18, R19; table 3.6)."""

import pytest
from msgspec.structs import replace

from tests.given import (
    ALIGN,
    CAPTURED,
    DECLINED,
    EXTEND,
    GOLD,
    PLATINUM,
    SEAT,
    UNKNOWN,
    Life,
    awaiting,
    ordered,
    paid,
)
from tollbridge.domain.due import next_due
from tollbridge.domain.events import ItemRemoved, ItemRolledBack, ItemsDeactivated, PurchaseVoided
from tollbridge.domain.facts import fact_type
from tollbridge.domain.refusal import NotAllowed, NotFound
from tollbridge.domain.schedule import Interval, after
from tollbridge.domain.subscription import ItemStatus, SubscriptionStatus

DEACTIVATED, FINISHED = SubscriptionStatus.DEACTIVATED, SubscriptionStatus.FINISHED
CANCELLABLE = ("ACTIVE", "NEW", "GRACE", "HOLD")


def statuses(life: Life) -> tuple[SubscriptionStatus, list[ItemStatus]]:
    """The status of the subscription and of each item."""
    return life.subscription.status, [item.status for item in life.subscription.items]


def two_items() -> Life:
    """Gold and ten seats, ten days after sign-up."""
    life = paid((GOLD, 1), (SEAT, 10))
    life.wait(days=10)
    return life


def refused_for(life: Life, *running_nos: int, final: bool = False, mail: bool = True) -> str:
    """Why a deactivation is refused; nothing is changed."""
    before = life.subscription
    with pytest.raises(NotAllowed) as refused:
        life.deactivate(*running_nos, final=final, mail=mail)
    assert life.subscription is before
    return refused.value.reason


@pytest.mark.parametrize("running_no", [1, 2])
def test_one_of_two_is_deactivated(running_no: int) -> None:
    """Table 3.6, R19: the item ends with the interval that is paid, the other goes on."""
    life = two_items()
    life.deactivate(running_no)
    ended = life.subscription.item(running_no)
    assert (ended.status, ended.deactivated_at) == (ItemStatus.DEACTIVATED, life.now)
    assert ended.end == life.subscription.next_billing
    assert life.subscription.status is SubscriptionStatus.ACTIVE
    assert life.subscription.end is None
    assert next_due(life.subscription) == life.subscription.next_billing
    other = life.subscription.item(3 - running_no)
    assert other.active
    assert life.preview(running_no=other.running_no).next_billing.gross == (
        5000 if running_no == 1 else 10000
    )


@pytest.mark.parametrize("at_once", [True, False])
def test_the_last_item_takes_the_subscription_along(*, at_once: bool) -> None:
    """Table 3.6, R19: EndDate is NextBillingDate, the status Deactivated, nothing is due."""
    life = two_items()
    if at_once:
        life.deactivate(1, 2)
    else:
        life.deactivate(2)
        life.wait(days=2)
        life.deactivate(1)
    assert statuses(life) == (DEACTIVATED, [ItemStatus.DEACTIVATED] * 2)
    assert life.subscription.end == life.subscription.next_billing
    assert next_due(life.subscription) is None


def test_a_final_deactivation() -> None:
    """Table 3.6: AllowReinstate=false leaves Deactivated / Finished."""
    life = paid((GOLD, 1))
    life.deactivate(1, final=True, mail=False)
    assert statuses(life) == (DEACTIVATED, [ItemStatus.FINISHED])
    event = life.events[-1]
    assert isinstance(event, ItemsDeactivated)
    assert (event.final, event.generate_mail) == (True, False)
    with pytest.raises(NotAllowed) as refused:
        life.reinstate(1)
    assert refused.value.reason == "item_status"


def test_a_final_deactivation_sends_no_mail() -> None:
    """subscription-api.md 2.3: AllowReinstate=false needs GenerateMail=false."""
    assert refused_for(two_items(), 1, final=True, mail=True) == "final_with_mail"


def test_items_must_be_named() -> None:
    """R17: empty Items is 402."""
    assert refused_for(two_items()) == "no_items"


def test_what_is_deactivated_already() -> None:
    """subscription-api.md 2.3: an error for the item, and for a subscription that has ended."""
    life = two_items()
    life.deactivate(1)
    assert refused_for(life, 1) == "item_status"
    assert refused_for(life, 2, 1) == "item_status"
    life.deactivate(2)
    assert refused_for(life, 2) == "subscription_ended"


def test_a_number_named_twice_counts_once() -> None:
    """subscription-api.md 2.3: Items is a set of running numbers."""
    life = two_items()
    life.deactivate(1, 1)
    event = life.events[-1]
    assert isinstance(event, ItemsDeactivated)
    assert event.running_nos == (1,)


@pytest.mark.parametrize("status", SubscriptionStatus)
def test_statuses_in_which_one_may_cancel(status: SubscriptionStatus) -> None:
    """R18: cancelling passes in New, Grace and Hold too; an unknown item comes first (R17)."""
    life = two_items()
    life.subscription = replace(life.subscription, status=status)
    with pytest.raises(NotFound):
        life.deactivate(3, final=True)
    if status.name not in CANCELLABLE:
        assert refused_for(life, 1) == "subscription_ended"
        return
    life.deactivate(1, 2)
    assert life.subscription.status is DEACTIVATED


def test_what_waits_for_its_customer_cannot_be_cancelled() -> None:
    """R21: under model One it is Deactivated from sign-up."""
    assert refused_for(awaiting((GOLD, 1)), 1) == "subscription_ended"


def test_cancelling_is_told() -> None:
    """Table 3.6: both are facts that notifications are made of."""
    life = two_items()
    life.deactivate(1)
    assert fact_type(life.events[-1]) == "items_deactivated"
    life.remove(2, mail=False)
    event = life.events[-1]
    assert isinstance(event, ItemRemoved)
    assert (fact_type(event), event.generate_mail) == ("item_removed", False)


def test_open_purchases_end_with_the_subscription() -> None:
    """R2, R19: in the same decision; what was not paid for is undone, its postings turned round."""
    life = two_items()
    life.change(quantity=2, alignment=ALIGN)
    life.settle(DECLINED)
    life.change(running_no=2, more=1, alignment=ALIGN)
    life.settle(DECLINED)
    life.deactivate(1, 2)
    assert life.subscription.purchases == ()
    assert [type(event) for event in life.changes[-1].events] == [
        ItemRolledBack,
        ItemRolledBack,
        PurchaseVoided,
        PurchaseVoided,
        ItemsDeactivated,
    ]


def test_what_was_not_paid_for_does_not_come_back() -> None:
    """R2: deactivating and reinstating an item is no way to an upgrade that was declined."""
    life = two_items()
    before = life.subscription.items[0].latest
    life.change(quantity=2, alignment=ALIGN)
    life.settle(DECLINED)
    life.deactivate(1)
    life.reinstate(1)
    assert life.subscription.items[0].latest == life.subscription.items[0].in_force == before


def test_open_purchases_of_other_items_stay() -> None:
    """R19: only what the item owes ends with it."""
    life = two_items()
    life.change(running_no=2, more=1, alignment=ALIGN)
    life.settle(DECLINED)
    life.deactivate(1)
    assert [purchase.items for purchase in life.subscription.purchases] == [{2}]
    life.remove(2)
    assert life.subscription.purchases == ()


def test_a_payment_in_flight_is_not_cancelled() -> None:
    """R7: cancelling passes; money captured after it counts, and the end moves with it (R19)."""
    life = paid((GOLD, 1))
    life.wait(days=10)
    life.change(product_id=PLATINUM.id, alignment=EXTEND)
    life.settle(UNKNOWN)
    life.change(quantity=2)  # from the next bill on: the open one is frozen
    life.deactivate(1)
    assert life.subscription.payment_in_progress
    life.settle(CAPTURED)
    (item,) = life.subscription.items
    assert statuses(life) == (DEACTIVATED, [ItemStatus.DEACTIVATED])
    assert (item.last_interval_no, item.in_force.quantity, item.frozen) == (1, 1, None)
    assert life.subscription.end == item.end == life.subscription.next_billing
    assert life.subscription.next_billing == after(life.now, Interval(1))


@pytest.mark.parametrize("removed", [True, False])
def test_a_decline_after_the_end_leaves_nothing_open(*, removed: bool) -> None:
    """R19: what could not be cancelled in flight is cancelled when it is declined."""
    life = paid((GOLD, 1))
    life.wait(days=10)
    life.change(quantity=2, alignment=ALIGN)
    if removed:
        life.remove()
    else:
        life.deactivate(1)
    life.settle(DECLINED)
    assert life.subscription.purchases == ()
    assert sum(p.amount for p in life.records.postings if p.purchase_id == life.opened_last) == 0


@pytest.mark.parametrize("captured_first", [True, False])
def test_a_sign_up_that_is_cancelled_before_it_is_paid(*, captured_first: bool) -> None:
    """R7, R19: the capture begins the interval that was paid for, and revives nothing."""
    life = ordered((GOLD, 1), (SEAT, 10))
    life.settle(UNKNOWN)
    life.deactivate(2)
    if not captured_first:
        life.deactivate(1)
    life.wait(days=1)
    life.settle(CAPTURED)
    status = SubscriptionStatus.ACTIVE if captured_first else DEACTIVATED
    first = ItemStatus.ACTIVE if captured_first else ItemStatus.DEACTIVATED
    assert statuses(life) == (status, [first, ItemStatus.DEACTIVATED])
    assert life.subscription.item(2).end == after(life.now, Interval(1))
    assert life.subscription.end == (None if captured_first else after(life.now, Interval(1)))


def test_a_declined_sign_up_can_be_cancelled() -> None:
    """R18, R19: New becomes Deactivated and owes nothing."""
    life = ordered((GOLD, 1))
    life.settle(DECLINED)
    life.deactivate(1)
    assert statuses(life) == (DEACTIVATED, [ItemStatus.DEACTIVATED])
    assert life.subscription.purchases == ()


# removesubscriptionitem


def test_one_of_two_is_removed() -> None:
    """Table 3.6: the item is Removed at once, the subscription stays Active."""
    life = two_items()
    life.remove(1)
    assert statuses(life) == (
        SubscriptionStatus.ACTIVE,
        [ItemStatus.REMOVED, ItemStatus.ACTIVE],
    )
    assert life.subscription.item(1).end == life.now
    assert life.preview(running_no=2).next_billing.gross == 5000


def test_the_last_item_is_removed() -> None:
    """subscription-api.md 5.12: the subscription is Finished."""
    life = two_items()
    life.remove(1)
    life.remove(2)
    assert statuses(life) == (FINISHED, [ItemStatus.REMOVED] * 2)
    assert life.subscription.end == life.now
    assert next_due(life.subscription) is None


def test_the_last_active_item_is_removed_beside_a_deactivated_one() -> None:
    """R19: Deactivated until the interval ends that is paid; the other can come back."""
    life = two_items()
    life.deactivate(2)
    life.remove(1)
    assert statuses(life) == (DEACTIVATED, [ItemStatus.REMOVED, ItemStatus.DEACTIVATED])
    assert life.subscription.end == life.subscription.next_billing
    life.reinstate(2)
    assert life.subscription.status is SubscriptionStatus.ACTIVE


def test_a_deactivated_item_can_be_removed() -> None:
    """subscription-api.md 2.9: for good, while the subscription is Active."""
    life = two_items()
    life.deactivate(2)
    life.remove(2)
    assert statuses(life) == (SubscriptionStatus.ACTIVE, [ItemStatus.ACTIVE, ItemStatus.REMOVED])
    with pytest.raises(NotAllowed):
        life.reinstate(2)


def test_the_last_active_item_beside_one_that_waits() -> None:
    """R19, R21: Deactivated with the last active item, as before it was reinstated."""
    life = awaiting((GOLD, 1), (SEAT, 10))
    life.reinstate(1)
    life.deactivate(1)
    assert statuses(life) == (
        DEACTIVATED,
        [ItemStatus.DEACTIVATED, ItemStatus.AWAITING_REINSTATE],
    )


@pytest.mark.parametrize(
    "status", [s for s in ItemStatus if s.name not in {"ACTIVE", "DEACTIVATED"}]
)
def test_items_that_cannot_be_removed(status: ItemStatus) -> None:
    """subscription-api.md 2.9: removed or finished already, or not the merchant's to end."""
    life = two_items()
    first, second = life.subscription.items
    life.subscription = replace(life.subscription, items=(replace(first, status=status), second))
    with pytest.raises(NotAllowed) as refused:
        life.remove(1)
    assert refused.value.reason == "item_status"


@pytest.mark.parametrize("status", [s for s in SubscriptionStatus if s.name != "ACTIVE"])
def test_a_removal_needs_an_active_subscription(status: SubscriptionStatus) -> None:
    """R17, R18: 402 in every other status, but an unknown item is 404 first."""
    life = two_items()
    life.subscription = replace(life.subscription, status=status)
    with pytest.raises(NotAllowed) as refused:
        life.remove(1)
    assert refused.value.reason == "subscription_not_active"
    with pytest.raises(NotFound):
        life.remove(3)
