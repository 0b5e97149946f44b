"""Agreeing on terms: the catalog's, or the merchant's own price and names (R9)."""

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from tollbridge.domain.catalog import Product
from tollbridge.domain.money import TaxKind
from tollbridge.domain.price import Price, flat
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.subscription import Terms

QUANTITY_MAX = 2**31 - 1


class CustomerPrice(msgspec.Struct, frozen=True, kw_only=True):
    """A price per unit that overrides the catalog's from now on (subscription-api.md 3.4)."""

    currency: str
    tax: TaxKind
    amount: Decimal


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """What the product is called for this customer; None leaves a name as it is."""

    name: str | None = None
    name_en: str | None = None
    extension: str | None = None


NO_NAMES = Names()


def from_catalog(
    product: Product, quantity: int, currency: str, own: CustomerPrice | None
) -> Terms:
    """The terms of a product that is new to the subscription.

    Raises NotAllowed for a quantity that is not positive and a currency it is not sold in.
    """
    require_positive(quantity)
    return Terms(
        product_id=product.id,
        product_name=product.name,
        quantity=quantity,
        price=own_price(own, currency) if own else product.price_in(currency),
        interval=product.interval,
        billing_interval=product.billing_interval,
        recurrence_count=product.recurrence_count,
        custom_price=own is not None,
    )


def require_positive(quantity: int) -> None:
    """A quantity is at least 1 and no more than the wire's int32 holds (R17, R26)."""
    if quantity <= 0:
        raise NotAllowed("quantity_not_positive", "Quantity must be > 0", field="Quantity")
    if quantity > QUANTITY_MAX:
        raise NotAllowed(
            "quantity_too_large", f"Quantity must be <= {QUANTITY_MAX}", field="Quantity"
        )


def own_price(own: CustomerPrice, currency: str) -> Price:
    """The price that a CustomerPrice sets; NotAllowed for a foreign currency or below 0."""
    if own.currency != currency:
        raise NotAllowed(
            "currency_differs",
            "'CustomerPrice' currency differs from subscription currency",
            field="CustomerPrice.CurrencyId",
        )
    if own.amount < 0:
        raise NotAllowed(
            "price_negative", "CustomerPrice must be >= 0", field="CustomerPrice.Value"
        )
    return flat(own.amount, own.tax)


def named(terms: Terms, names: Names) -> Terms:
    """The terms with the names that are given; renaming has no effect on the price."""
    if names == NO_NAMES:
        return terms
    return replace(
        terms,
        product_name=terms.product_name if names.name is None else names.name,
        product_name_en=terms.product_name_en if names.name_en is None else names.name_en,
        product_name_extension=(
            terms.product_name_extension if names.extension is None else names.extension
        ),
    )
