"""What the merchant sells: products with a price per currency."""

import msgspec

from tollbridge.domain.price import Price
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.schedule import Interval


class CatalogPrice(msgspec.Struct, frozen=True):
    """A product's price in one currency."""

    currency: str
    price: Price


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription product. Editing it touches no running item (R9)."""

    merchant_id: int
    id: int
    name: str
    interval: Interval
    prices: tuple[CatalogPrice, ...]

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
