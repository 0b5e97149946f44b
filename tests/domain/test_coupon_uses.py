"""Uses of a promotion are counted when applied, and given back when unused (R15)."""

from datetime import timedelta

import pytest

from tests.billing import ALWAYS_DECLINED, run
from tests.given import (
    ALIGN,
    CAPTURED,
    DECLINED,
    GOLD,
    NOW,
    PLATINUM,
    SEAT,
    Life,
)
from tests.promoting import (
    TWENTY,
    around,
    bought,
    change,
    coupon,
    gross,
    keep,
    keep_quietly,
    offer,
    renew,
    signed_up,
    uses,
)
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.cancellation import decide_deactivation
from tollbridge.domain.coupon_uses import CouponUseRow
from tollbridge.domain.merger import decide_merger
from tollbridge.domain.records import records_of
from tollbridge.domain.subscription import SubscriptionStatus


def test_a_use_is_counted_when_applied() -> None:
    """R15: one row for the item's use."""
    life = bought((SEAT, 1))
    change(life, offer(percent="5", use_no=3, max_uses=5))
    assert life.records.coupon_uses == [
        CouponUseRow(merchant_id=864, promotion_id=17, use_no=3, subscription_id=7)
    ]
    assert life.records.released_uses == []


def test_without_a_limit_nothing_is_counted() -> None:
    """R15: who may be used for ever needs no rows."""
    life = bought((SEAT, 1), offered=offer(percent="5"))
    assert uses(life) == ([], [])


def test_a_use_that_was_replaced_unused_is_given_back() -> None:
    """R15: the other promotion's use is counted in its place."""
    life = bought((SEAT, 1))
    change(life, offer(percent="5", use_no=3, max_uses=5, id=1))
    change(life, offer(percent="7", use_no=8, max_uses=9, id=2))
    assert uses(life) == ([3, 8], [3])


def test_a_use_that_lowered_a_bill_stays_counted() -> None:
    """R15: replaced or run out, it was used."""
    life = bought((TWENTY, 1), products=[TWENTY])
    change(life, offer(percent="5", use_no=3, max_uses=5, id=1))
    renew(life)
    change(life, offer(percent="7", use_no=8, max_uses=9, id=2, billings=1))
    assert gross(life, 2) == [1860, 2000]
    assert uses(life) == ([3, 8], [])


def test_the_same_promotion_again_keeps_its_use() -> None:
    """R15: applying the code twice is one use, even when there is no other left."""
    life = bought((TWENTY, 1), products=[TWENTY])
    change(life, offer(percent="50", use_no=1, max_uses=1, billings=1))
    change(life, offer(percent="50", use_no=None, max_uses=1, billings=1))
    assert uses(life) == ([1], [])
    assert gross(life, 2) == [1000, 2000]


def test_a_sign_up_that_is_voided_gives_its_use_back() -> None:
    """R15, R19: cancelled before it was paid."""
    (life,) = signed_up((SEAT, 1), offered=offer(percent="5", use_no=3, max_uses=5))
    life.settle(DECLINED)
    decision = decide_deactivation(
        life.subscription, [1], around(life), allow_reinstate=True, generate_mail=False
    )
    keep_quietly(life, decision)
    assert life.subscription.status is SubscriptionStatus.DEACTIVATED
    assert uses(life) == ([3], [3])
    assert coupon(life) is None


@pytest.mark.parametrize(("final", "given_back"), [(True, [3]), (False, [])])
def test_an_item_that_ends_for_good_gives_it_back(final: bool, given_back: list[int]) -> None:  # noqa: FBT001 - a table of outcomes
    """R15: one that may be reinstated keeps its coupon."""
    life = bought((SEAT, 1))
    change(life, offer(percent="5", use_no=3, max_uses=5))
    decision = decide_deactivation(
        life.subscription, [1], around(life), allow_reinstate=not final, generate_mail=False
    )
    keep_quietly(life, decision)
    assert uses(life) == ([3], given_back)


def test_a_merged_item_takes_its_coupon_along() -> None:
    """R15, V5: the use changes hands, and billings go on counting."""
    secondary = bought((TWENTY, 1), products=[TWENTY])
    change(secondary, offer(percent="50", use_no=3, max_uses=5, billings=1))
    (primary,) = signed_up((GOLD, 1), ids=(8,), now=NOW + timedelta(days=5))
    primary.settle(CAPTURED)
    decision = decide_merger(
        primary.subscription,
        secondary.subscription,
        Alignment(),
        around(primary),
        generate_mail=False,
    )
    rows = records_of(decision.changes)
    assert [(row.subscription_id, row.use_no) for row in rows.coupon_uses] == [(8, 3)]
    assert [(row.subscription_id, row.use_no) for row in rows.released_uses] == [(7, 3)]
    keep(primary, decision)
    assert gross(primary, 2) == [11000, 12000]


ONLY_GOLD = offer(percent="50", use_no=1, max_uses=1, products=(GOLD.id,))


def dropped() -> Life:
    """Gold with a coupon for Gold; Platinum takes its place, and is charged."""
    life = bought((GOLD, 1))
    change(life, ONLY_GOLD)
    life.wait(days=5)
    change(life, product_id=PLATINUM.id, alignment=ALIGN)
    assert coupon(life) is None
    return life


def test_a_coupon_that_may_come_back_keeps_its_use() -> None:
    """R2, R15: else somebody takes it, and the change could not be undone."""
    life = dropped()
    life.settle(DECLINED)
    assert uses(life) == ([1], [])
    run(life, until=NOW + timedelta(days=20), plan=ALWAYS_DECLINED)
    assert coupon(life) is not None
    assert uses(life) == ([1], [])


def test_it_is_given_back_once_the_change_is_paid() -> None:
    """R2, R15: then the coupon cannot come back."""
    life = dropped()
    life.settle(CAPTURED)
    assert uses(life) == ([1], [1])


def test_it_is_given_back_by_a_renewal_at_the_new_terms() -> None:
    """R2: who pays for new terms keeps them."""
    life = dropped()
    life.settle(DECLINED)
    life.renew()
    life.settle(CAPTURED)
    assert uses(life) == ([1], [1])


def test_it_comes_back_with_an_item_that_is_cancelled() -> None:
    """R2, R19: what is cancelled unpaid is undone first, and the coupon is kept with it."""
    life = dropped()
    life.settle(DECLINED)
    life.deactivate(1)
    assert uses(life) == ([1], [])
    assert coupon(life) is not None
