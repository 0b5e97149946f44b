"""Which products may take the place of a product, and of an item, with what that would cost."""

from collections.abc import Iterable, Iterator

import msgspec

from tollbridge.domain.alignment import Alignment
from tollbridge.domain.catalog import Product
from tollbridge.domain.decision import Context, Prices
from tollbridge.domain.item_change import ItemChange, UpdateAction, decide_item_change
from tollbridge.domain.refusal import NotFound, Refusal, known_subscription
from tollbridge.domain.replacement import Direction, direction_from
from tollbridge.ports import Held, Platform

AT_NEXT_BILLING, NOW = Alignment(), Alignment(align=True)
ACTION = {Direction.UP: UpdateAction.UPGRADE, Direction.DOWN: UpdateAction.DOWNGRADE}


class ProductReplacements(msgspec.Struct, frozen=True, kw_only=True):
    """A product, and those that may take its place, each with the direction of that."""

    product: Product
    replaced_by: tuple[tuple[Product, Direction], ...]


class PossibleReplacement(msgspec.Struct, frozen=True, kw_only=True):
    """A product that may take an item's place now, with the prices that a change would answer.

    `aligned` are those of a change at once for the rest of the interval, None where that is
    refused; `refusal` says why. `next_billing` are those of a change at the next billing date.
    """

    product: Product
    direction: Direction
    next_billing: Prices
    aligned: Prices | None
    refusal: str = ""


class ItemReplacements(msgspec.Struct, frozen=True, kw_only=True):
    """What may take an item's place now, and the currency of the prices."""

    currency: str
    options: tuple[PossibleReplacement, ...]


def product_replacements(
    platform: Platform, merchant_id: int, product_id: int
) -> ProductReplacements:
    """What a product replaces and is replaced by; NotFound when the merchant has no such one."""
    catalog = {product.id: product for product in platform.store.catalog(merchant_id)}
    if product_id not in catalog:
        raise NotFound("product_unknown", f"Product not found: {product_id}", field="product_id")
    return ProductReplacements(
        product=catalog[product_id], replaced_by=tuple(_replacing(catalog.values(), product_id))
    )


def item_replacements(
    platform: Platform, merchant_id: int, subscription_id: int, running_no: int
) -> ItemReplacements:
    """What may take the item's place now, by product; quantity and date stay.

    Products that would be refused in any way (another interval, no price in the currency, a
    subscription that is not active) are left out. Raises NotFound for subscription and item.
    """
    held = known_subscription(platform.store.held(merchant_id, subscription_id), subscription_id)
    item = held.subscription.item(running_no)
    catalog = platform.store.catalog(merchant_id)
    context = Context(
        now=held.merchant.now(platform.wall()),
        country=held.customer.country,
        tax=platform.tax,
        products={product.id: product for product in catalog},
        enforce_replacements=held.merchant.enforce_replacements,
    )
    options = (
        _possible(held, running_no, product, direction, context)
        for product, direction in _replacing(catalog, item.latest.product_id)
    )
    return ItemReplacements(
        currency=held.subscription.currency,
        options=tuple(option for option in options if option is not None),
    )


def _replacing(catalog: Iterable[Product], product_id: int) -> Iterator[tuple[Product, Direction]]:
    for product in catalog:
        direction = direction_from(product.replaces, product_id)
        if direction is not None:
            yield product, direction


def _possible(
    held: Held, running_no: int, product: Product, direction: Direction, context: Context
) -> PossibleReplacement | None:
    def previewed(alignment: Alignment) -> Prices | Refusal:
        change = ItemChange(
            running_no=running_no,
            product_id=product.id,
            alignment=alignment,
            action=ACTION[direction],
            call="replacements",
        )
        try:
            return decide_item_change(held.subscription, change, context).answer
        except Refusal as refusal:
            return refusal

    later, now = previewed(AT_NEXT_BILLING), previewed(NOW)
    if isinstance(later, Refusal):
        return None
    return PossibleReplacement(
        product=product,
        direction=direction,
        next_billing=later,
        aligned=None if isinstance(now, Refusal) else now,
        refusal=now.message if isinstance(now, Refusal) else "",
    )
