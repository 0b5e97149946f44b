"""Promotions: the merchant's discount rules, and what a coupon code is worth (R15)."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import msgspec
from msgspec.structs import replace

from tollbridge.domain.coupon import UNKNOWN_ORIGIN, AmountOff, Coupon, Discount, Origin, PercentOff
from tollbridge.domain.money import TaxKind, to_minor
from tollbridge.domain.refusal import NotAllowed

FIELD = "CouponCode"


class FixedAmount(msgspec.Struct, frozen=True):
    """What is taken off in one currency: an amount with (gross) or without (net) tax."""

    currency: str
    tax: TaxKind
    amount: Decimal


class Promotion(msgspec.Struct, frozen=True, kw_only=True):
    """A discount for those who know one of its codes: either `percent` or `fixed` amounts.

    `billings` is 0 for the initial purchase alone, a number of renewals, or None for ever. It may
    be applied from `valid_from` on and before `valid_to` in business time (R23), to one of
    `products` (empty: all), and `max_uses` times (None: no limit).
    """

    merchant_id: int
    id: int
    name: str
    percent: Decimal | None = None
    fixed: tuple[FixedAmount, ...] = ()
    billings: int | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    products: tuple[int, ...] = ()
    max_uses: int | None = None
    codes: tuple[str, ...] = ()

    def covers(self, product_id: int) -> bool:
        """Whether it is for this product."""
        return not self.products or product_id in self.products

    def written(self, code: str) -> str:
        """The code as the merchant writes it, given it in any case."""
        return next((one for one in self.codes if folded(one) == folded(code)), code)

    def discount_in(self, currency: str) -> Discount:
        """What it takes off in this currency; NotAllowed when it has no amount in it."""
        if self.percent is not None:
            return PercentOff(self.percent)
        for offer in self.fixed:
            if offer.currency == currency:
                return AmountOff(to_minor(Fraction(offer.amount), currency), offer.tax)
        raise NotAllowed(
            "coupon_currency", f"The coupon gives no discount in {currency}", field=FIELD
        )


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """The promotion that a code belongs to, and a use of it that is free.

    `code` is as the merchant writes it; `use_no` is 0 where uses are not limited and None when
    none is left.
    """

    promotion: Promotion
    code: str
    use_no: int | None


def folded(code: str) -> str:
    """A code as it is looked up: in any case, without blanks around it."""
    return code.strip().casefold()


def granted(
    offer: Offer | None,
    *,
    now: datetime,
    currency: str,
    held: Coupon | None = None,
    version: int = 1,
    origin: Origin = UNKNOWN_ORIGIN,
) -> Coupon:
    """The coupon that the offer comes to now.

    A coupon of the same promotion that is `held` and not used is applied again: it hands on its
    use and where it comes from. Raises NotAllowed for a code that is unknown, outside its time or
    used up, and for a currency without discount.
    """
    if offer is None:
        raise NotAllowed("coupon_unknown", "The coupon is unknown", field=FIELD)
    promotion = offer.promotion
    _require_valid(promotion, now)
    use_no = offer.use_no
    if held is not None and held.promotion_id == promotion.id and not held.used:
        use_no, origin = held.use_no or use_no, held.origin
    if use_no is None:
        raise NotAllowed("coupon_used_up", "The coupon was used as often as it may be", field=FIELD)
    return Coupon(
        code=offer.code,
        promotion_id=promotion.id,
        promotion_name=promotion.name,
        discount=promotion.discount_in(currency),
        billings_left=promotion.billings,
        products=promotion.products,
        use_no=use_no,
        version=version,
        origin=origin,
    )


def granted_to_running(
    offer: Offer | None,
    product_id: int,
    *,
    now: datetime,
    currency: str,
    origin: Origin,
    held: Coupon | None = None,
    version: int = 1,
) -> Coupon:
    """The coupon for an item of a running subscription.

    Raises NotAllowed as `granted` does, for a product it is not for, and for a promotion of the
    initial purchase alone.
    """
    coupon = granted(offer, now=now, currency=currency, held=held, version=version, origin=origin)
    if not coupon.covers(product_id):
        raise NotAllowed("coupon_product", "The coupon is not for this product", field=FIELD)
    if coupon.billings_left == 0:
        raise NotAllowed(
            "coupon_initial_only", "The coupon is for the initial purchase alone", field=FIELD
        )
    return coupon


def part_of(coupon: Coupon, minor: int) -> Coupon:
    """The coupon of one subscription of an order that shares a fixed amount out (R10)."""
    if isinstance(coupon.discount, AmountOff):
        return replace(coupon, discount=AmountOff(minor, coupon.discount.tax))
    return coupon


def _require_valid(promotion: Promotion, now: datetime) -> None:
    begun = promotion.valid_from is None or promotion.valid_from <= now
    over = promotion.valid_to is not None and promotion.valid_to <= now
    if not begun or over:
        raise NotAllowed("coupon_not_valid", "The coupon is not valid at this time", field=FIELD)
