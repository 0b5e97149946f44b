"""Uses of promotions that may be used so often, as rows (R15)."""

from collections.abc import Iterable, Iterator

import msgspec

from tollbridge.domain import events as ev
from tollbridge.domain.coupon import Coupon
from tollbridge.domain.subscription import Subscription

Use = tuple[int, int]  # of which promotion, and its number

_LEAVES_COUPONS = {
    ev.PurchaseOpened,
    ev.PaymentStarted,
    ev.PaymentDeclined,
    ev.PaymentUndecided,
}


class CouponUseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A use of a promotion that may be used so often (R15): the key is all but the subscription."""

    merchant_id: int
    promotion_id: int
    use_no: int
    subscription_id: int


def uses_moved(
    before: Subscription | None, after: Subscription, event: ev.Event
) -> tuple[list[CouponUseRow], list[CouponUseRow]]:
    """The uses that an event counts, when their coupon comes, and those that it gives back (R15).

    A use is given back when its coupon goes unused. What ends with a bill has lowered it, and
    stays counted. A coupon that may still come back with its item's former terms keeps its use
    until then (R2).
    """
    if type(event) in _LEAVES_COUPONS:
        return [], []
    old, new = _held(before), _held(after)
    counted = [_row(after, use) for use in new if use not in old]
    billed = isinstance(event, ev.IntervalAdvanced | ev.SubscriptionActivated)
    kept = _uses(_coupons(before)) if billed else {}
    gone = (use for use, used in old.items() if use not in new and not used)
    return counted, [_row(after, use) for use in gone if use not in kept]


def _held(subscription: Subscription | None) -> dict[Use, bool]:
    """The uses that a subscription holds, and whether they lowered a bill."""
    items = subscription.items if subscription else ()
    former = (item.former.coupon for item in items if item.former and item.active)
    return _uses(former) | _uses(_coupons(subscription))


def _coupons(subscription: Subscription | None) -> Iterator[Coupon | None]:
    return (item.coupon for item in (subscription.items if subscription else ()))


def _uses(coupons: Iterable[Coupon | None]) -> dict[Use, bool]:
    counted = (coupon for coupon in coupons if coupon and coupon.use_no)
    return {(coupon.promotion_id, coupon.use_no): coupon.used for coupon in counted}


def _row(subscription: Subscription, use: Use) -> CouponUseRow:
    promotion_id, use_no = use
    return CouponUseRow(
        merchant_id=subscription.merchant_id,
        promotion_id=promotion_id,
        use_no=use_no,
        subscription_id=subscription.id,
    )
