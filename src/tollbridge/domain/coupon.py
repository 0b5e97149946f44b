"""The coupon that an item holds: what it takes off, and for how many billings (R15)."""

from decimal import Decimal
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from tollbridge.domain.money import TaxKind


class PercentOff(msgspec.Struct, frozen=True, tag="percent", tag_field="kind"):
    """A part of the line's price: above 0, at most 100."""

    percent: Decimal

    def __str__(self) -> str:
        return f"{self.percent} %"


class AmountOff(msgspec.Struct, frozen=True, tag="amount", tag_field="kind"):
    """A fixed amount in minor units of the subscription's currency, with or without tax.

    It is taken off once in each bill and shared out over the lines whose items hold it (R10).
    """

    minor: int
    tax: TaxKind


Discount = PercentOff | AmountOff


class Origin(NamedTuple):
    """Where a coupon was applied: to which subscription, with which event of its journal."""

    subscription_id: int
    sequence: int


UNKNOWN_ORIGIN = Origin(0, 0)


class Coupon(msgspec.Struct, frozen=True, kw_only=True):
    """A promotion as it was when its code was applied; editing it later touches no item (R9).

    `billings_left` counts renewals, not dates: None stands for ever, 0 for the initial purchase
    alone. `products` are those that it is for (empty: all). `use_no` is the claimed use, 0 where
    the promotion has no limit or another subscription of the same order holds it; a coupon that
    is `used` has lowered a captured bill. `version` is the item's version that it came with.
    Items with the same `origin` share one coupon, wherever they have moved since.
    """

    code: str
    promotion_id: int
    promotion_name: str
    discount: Discount
    billings_left: int | None
    products: tuple[int, ...] = ()
    use_no: int = 0
    used: bool = False
    version: int = 1
    origin: Origin = UNKNOWN_ORIGIN

    def covers(self, product_id: int) -> bool:
        """Whether it is for this product."""
        return not self.products or product_id in self.products

    def counts(self, *, first: bool) -> bool:
        """Whether it lowers the initial purchase (`first`) or the next renewal."""
        return first or self.billings_left != 0

    def after_billing(self) -> "Coupon | None":
        """The coupon after a renewal that it lowered was captured; None when that was the last."""
        if self.billings_left is None:
            return replace(self, used=True)
        left = self.billings_left - 1
        return replace(self, used=True, billings_left=left) if left > 0 else None

    def after_sign_up(self, *, trial: bool) -> "Coupon | None":
        """The coupon after the initial purchase, which is not one of its billings.

        Nothing was taken off a trial: it costs nothing (R16).
        """
        return None if self.billings_left == 0 else replace(self, used=not trial)
