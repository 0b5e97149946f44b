"""Aligning two subscriptions (subscription-api.md 2.2; V5; R4, R6, R7, R10 to R12, R17, R18)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from msgspec.structs import replace

from tests.given import (
    ALIGN,
    CAPTURED,
    DECLINED,
    EXTEND,
    FREE,
    GOLD,
    NET,
    NOW,
    SEAT,
    STANDARD,
    SUBSCRIPTION_ID,
    UNKNOWN,
    Life,
    paid,
    price,
    product,
)
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.events import ItemsReceived, SubscriptionMerged
from tollbridge.domain.money import ZERO, Split
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.subscription import ItemStatus, PaidPart, Subscription, SubscriptionStatus

NEITHER = Alignment()
TWENTY, TEN = product(60, "20"), product(61, "10")
BOTH = (TWENTY, TEN)
OTHER_ID = SUBSCRIPTION_ID + 1


def day(month: int, number: int) -> datetime:
    """Midnight UTC of a day in 2026."""
    return datetime(2026, month, number, tzinfo=UTC)


def two() -> tuple[Life, Life]:
    """V5 on 15 February: B (10.00, next on 10 March) and A (20.00, next on 1 March)."""
    primary = paid((TEN, 1), now=day(2, 10), products=BOTH)
    secondary = paid((TWENTY, 1), now=day(2, 1), products=BOTH, subscription_id=OTHER_ID)
    primary.now = secondary.now = day(2, 15)
    return primary, secondary


def refused_for(primary: Life, secondary: Life, alignment: Alignment = ALIGN) -> str:
    """Why an alignment is refused; both subscriptions are as they were."""
    before = primary.subscription, secondary.subscription
    with pytest.raises(NotAllowed) as refused:
        primary.merge(secondary, alignment)
    assert (primary.subscription, secondary.subscription) == before
    return refused.value.reason


def test_v5_two_monthly_subscriptions() -> None:
    """V5: 6.00 now, 30.00 on 10 March, two items."""
    primary, secondary = two()
    before = primary.subscription, secondary.subscription
    preview = primary.decide_merger(secondary, ALIGN, primary.around).answer
    assert (primary.subscription, secondary.subscription) == before
    prices = primary.merge(secondary, ALIGN)
    assert prices == preview
    assert prices.alignment == Split(600, 504, 96)
    assert (
        prices.next_billing == prices.next_renewal == Split(1000, 840, 160) + Split(2000, 1681, 319)
    )
    primary.settle(CAPTURED)
    subscription = primary.subscription
    assert subscription.next_billing == day(3, 10)
    assert [item.running_no for item in subscription.active_items] == [1, 2]
    assert subscription.last_interval_no == 0
    assert [row.amount.gross for row in primary.records.purchases] == [1000, 600]


def test_the_secondary_is_over() -> None:
    """Table 3.6: Finished / Removed, at once."""
    primary, secondary = two()
    primary.merge(secondary, ALIGN)
    gone = secondary.subscription
    assert (gone.status, gone.end) == (SubscriptionStatus.FINISHED, day(2, 15))
    assert [item.status for item in gone.items] == [ItemStatus.REMOVED]
    assert secondary.events[-1] == SubscriptionMerged(
        at=day(2, 15), into=SUBSCRIPTION_ID, told=True
    )
    assert primary.subscription.status is SubscriptionStatus.ACTIVE
    received = primary.changes[-1].events[0]
    assert isinstance(received, ItemsReceived)
    assert received.source == OTHER_ID


def test_without_alignment_nothing_is_charged() -> None:
    """Table 3.1: the items are billed with the primary's next interval."""
    primary, secondary = two()
    prices = primary.merge(secondary, NEITHER)
    assert (prices.alignment, prices.next_billing.gross) == (ZERO, 3000)
    assert primary.subscription.purchases == ()


def test_changes_come_in_the_order_of_ids() -> None:
    """DESIGN 3: locks are taken in id order, whichever is the primary."""
    primary, secondary = two()
    for into in (SUBSCRIPTION_ID, SUBSCRIPTION_ID + 5):
        primary.subscription = replace(primary.subscription, id=into)
        decision = primary.decide_merger(secondary, ALIGN, primary.around)
        ids = [change.after.id for change in decision.changes]
        assert ids == sorted((into, OTHER_ID))


def test_each_item_has_a_line_of_its_own() -> None:
    """R10: three items, three roundings: 33.33 x 9/30 is 10.00 each time."""
    third = product(62, "33.33")
    primary = paid((TEN, 1), now=day(2, 10), products=(TEN,))
    secondary = paid(
        (third, 1), (third, 1), (third, 1), now=day(2, 1), products=(third,), subscription_id=8
    )
    primary.now = day(2, 15)
    assert primary.merge(secondary, ALIGN).alignment.gross == 3000
    assert [line.item_running_no for line in primary.subscription.purchases[0].lines] == [2, 3, 4]


def test_the_claim_of_an_alignment() -> None:
    """R4: the cause is the sequence of the event by which the items came."""
    primary, secondary = two()
    primary.merge(secondary, ALIGN)
    received = 1 + [type(event) for event in primary.events].index(ItemsReceived)
    assert (primary.records.claims[-1].cause, primary.records.claims[-1].interval_no) == (
        received,
        0,
    )


@pytest.mark.parametrize("moved_days", [0, 40])
def test_what_was_paid_is_taken_along(moved_days: int) -> None:
    """R11: one unit more costs just one unit's rest, then and later, on a moved date too."""
    primary, secondary = two()
    primary.move_billing_date(day(3, 10) + timedelta(days=moved_days))
    primary.merge(secondary, ALIGN)
    primary.settle(CAPTURED)
    carried, gap = primary.subscription.item(2).paid
    assert carried.gross == round(Fraction(2000 * 14, 30))
    assert gap.gross == round(Fraction(2000 * (9 + moved_days), 30))
    rest = Fraction(2000 * (23 + moved_days), 30)
    more = primary.preview(running_no=2, more=1, alignment=ALIGN).alignment.gross
    assert abs(more - rest) <= 1
    primary.wait(days=10)
    rest = Fraction(2000 * (13 + moved_days), 30)
    more = primary.preview(running_no=2, more=1, alignment=ALIGN).alignment.gross
    assert abs(more - rest) <= 1


def test_what_was_not_captured_is_not_taken_along() -> None:
    """R11: a declined difference of the secondary is cancelled with it, and is no credit."""
    primary, secondary = two()
    secondary.change(more=1, alignment=ALIGN)
    secondary.settle(DECLINED)
    primary.merge(secondary, NEITHER)
    assert secondary.subscription.purchases == ()
    assert primary.subscription.item(2).paid == (PaidPart(933, 784, 23),)
    assert primary.subscription.item(2).latest.quantity == 2


def test_the_latest_terms_move() -> None:
    """R3: what was to hold from the next bill on is billed for the gap; the old rest is credit."""
    primary, secondary = two()
    secondary.change(quantity=3)
    prices = primary.merge(secondary, ALIGN)
    assert prices.alignment.gross == 1800
    assert primary.subscription.item(2).paid == (PaidPart(933, 784, 23),)
    assert primary.subscription.item(2).latest.quantity == 3


def test_ended_items_stay_behind() -> None:
    """subscription-api.md 2.2: only what is billed moves."""
    primary = paid((TEN, 1), now=day(2, 10), products=BOTH)
    secondary = paid(
        (TWENTY, 1), (TEN, 1), (TEN, 5), now=day(2, 1), products=BOTH, subscription_id=OTHER_ID
    )
    primary.now = secondary.now = day(2, 15)
    secondary.deactivate(2)
    secondary.remove(3)
    assert primary.merge(secondary, ALIGN).next_billing.gross == 3000
    assert [item.latest.product_id for item in primary.subscription.items] == [61, 60]


def test_a_net_item_moves_in_its_own_kind() -> None:
    """R10, R11: net lines round their net; what is taken along is split as it was paid."""
    net = product(63, price("20", NET))
    primary = paid((TEN, 1), now=day(2, 10), products=(TEN,))
    secondary = paid((net, 1), now=day(2, 1), products=(net,), subscription_id=OTHER_ID)
    primary.now = day(2, 15)
    assert primary.merge(secondary, ALIGN).alignment == Split(714, 600, 114)
    assert primary.subscription.item(2).paid == (PaidPart(1110, 933, 23),)


def test_free_items_open_no_purchase() -> None:
    """R12: an alignment of 0 opens none."""
    primary = paid((GOLD, 1))
    secondary = paid((FREE, 1), now=NOW - timedelta(days=10), subscription_id=OTHER_ID)
    assert primary.merge(secondary, ALIGN).alignment == ZERO
    assert (primary.subscription.purchases, len(primary.subscription.items)) == ((), 2)


def test_an_open_renewal_of_the_primary_is_voided() -> None:
    """R6: it would bring the moved items an interval that nobody billed."""
    primary, secondary = two()
    primary.renew()
    primary.settle(DECLINED)
    declined = primary.opened_last
    primary.merge(secondary, ALIGN)
    assert [purchase.id for purchase in primary.subscription.purchases] == [primary.opened_last]
    assert [row.purchase_id for row in primary.records.released] == [declined]


def status_of(primary: Subscription, secondary: Subscription) -> tuple[Subscription, Subscription]:
    """The primary in Grace."""
    return replace(primary, status=SubscriptionStatus.GRACE), secondary


Twist = Callable[[Subscription, Subscription], tuple[Subscription, Subscription]]


@pytest.mark.parametrize(
    ("twist", "reason"),
    [
        (status_of, "subscription_not_active"),
        (
            lambda p, s: (p, replace(s, status=SubscriptionStatus.DEACTIVATED)),
            "subscription_not_active",
        ),
        (lambda p, s: (p, replace(s, id=p.id)), "same_subscription"),
        (lambda p, s: (p, replace(s, customer_id=6)), "customer_differs"),
        (lambda p, s: (p, replace(s, currency="EUR")), "currency_differs"),
        (lambda p, s: (s, p), "primary_not_later"),
        (lambda p, s: (p, replace(s, anchor=p.anchor)), "primary_not_later"),
    ],
)
def test_what_cannot_be_aligned(twist: Twist, reason: str) -> None:
    """subscription-api.md 2.2, R17, R18: each precondition, with nothing changed."""
    primary, secondary = two()
    primary.subscription, secondary.subscription = twist(
        primary.subscription, secondary.subscription
    )
    for alignment in (NEITHER, ALIGN):
        assert refused_for(primary, secondary, alignment) == reason


def test_another_interval_cannot_be_aligned() -> None:
    """subscription-api.md 2.2, R12: nor one that is to become another at the next billing."""
    primary = paid((STANDARD, 1))
    secondary = paid((GOLD, 1), subscription_id=OTHER_ID)
    assert refused_for(primary, secondary) == "interval_differs"
    primary = paid((GOLD, 1))
    secondary = paid((GOLD, 1), now=NOW - timedelta(days=1), subscription_id=OTHER_ID)
    secondary.now = NOW
    secondary.change(product_id=STANDARD.id)
    assert refused_for(primary, secondary) == "interval_differs"


def test_extension_cannot_be_aligned() -> None:
    """Table 3.1 is of items: there is no new interval between two subscriptions."""
    assert refused_for(*two(), EXTEND) == "extend_not_possible"
    assert refused_for(*two(), Alignment(extend=True)) == "extend_not_possible"


@pytest.mark.parametrize("of_primary", [True, False])
@pytest.mark.parametrize("alignment", [NEITHER, ALIGN])
def test_payments_in_progress_are_waited_for(alignment: Alignment, *, of_primary: bool) -> None:
    """R7: in either subscription."""
    primary, secondary = two()
    paying = primary if of_primary else secondary
    paying.change(more=1, alignment=ALIGN)
    paying.settle(UNKNOWN)
    assert refused_for(primary, secondary, alignment) == "payment_in_progress"


def test_a_declined_alignment_can_be_charged_with_a_later_one() -> None:
    """R2, R11: the gap is not credited before it is paid, and not charged twice."""
    primary, secondary = two()
    primary.merge(secondary, ALIGN)
    primary.settle(DECLINED)
    prices = primary.change(running_no=2, more=1, alignment=ALIGN)
    # two units for 23 days, less what came along: 30.67 - 9.33
    assert prices.alignment.gross == 2134
    assert len(primary.subscription.purchases) == 1


def test_both_are_yens() -> None:
    """R10: a gap in a currency without decimals."""
    primary = paid((SEAT, 1), currency="JPY", now=day(2, 10))
    secondary = paid((SEAT, 10), currency="JPY", now=day(2, 1), subscription_id=OTHER_ID)
    primary.now = day(2, 15)
    assert primary.merge(secondary, ALIGN).alignment.gross == 11763  # 39,210.5 x 9/30
