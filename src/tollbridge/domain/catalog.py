"""What the merchant sells: products with a price per currency."""

import msgspec

from tollbridge.domain.price import Price
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.replacement import Replaced
from tollbridge.domain.schedule import NO_INTERVAL, Cycle, Interval


class CatalogPrice(msgspec.Struct, frozen=True):
    """A product's price in one currency."""

    currency: str
    price: Price


class Beginning(msgspec.Struct, frozen=True):
    """The calendar that a subscription begins with: what its products must have in common.

    `first` is the length of the first interval, which costs nothing when it is a `trial` (R16).
    """

    cycle: Cycle
    first: Interval
    trial: bool = False


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription product. Editing it touches no running item (R9).

    `first_interval` is the length of the first interval where it is another, `trial` that of a
    first interval that costs nothing; at most one of them is set. With `billing_interval` the price
    of an interval is paid in instalments, after the trial if there is one. `recurrence_count` is
    how often it is renewed, None for ever (R16). `reminder_days` and `grace_days` take the place of
    the merchant's where they are set. `replaces` are the products whose place it may take.
    """

    merchant_id: int
    id: int
    name: str
    interval: Interval
    billing_interval: Interval = NO_INTERVAL
    first_interval: Interval = NO_INTERVAL
    trial: Interval = NO_INTERVAL
    recurrence_count: int | None = None
    reminder_days: int | None = None
    grace_days: int | None = None
    prices: tuple[CatalogPrice, ...]
    replaces: tuple[Replaced, ...] = ()

    @property
    def cycle(self) -> Cycle:
        """How long its terms are, and how they are paid."""
        return Cycle(self.interval, self.billing_interval)

    @property
    def beginning(self) -> Beginning:
        """How a subscription to it begins."""
        first = self.trial or self.first_interval or self.interval
        return Beginning(self.cycle, first, trial=bool(self.trial))

    def price_in(self, currency: str) -> Price:
        """The price in this currency; NotAllowed when the product is not sold in it."""
        for offer in self.prices:
            if offer.currency == currency:
                return offer.price
        raise NotAllowed(
            "currency_not_sold",
            f"product {self.id} has no price in {currency}",
            field="ProductId",
        )
