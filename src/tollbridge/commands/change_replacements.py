"""Say which products a product may replace (seed 000, step 2)."""

from collections.abc import Sequence

from msgspec.structs import replace

from tollbridge.domain.catalog import Product
from tollbridge.domain.refusal import Invalid, NotFound
from tollbridge.domain.replacement import Replaced
from tollbridge.ports import Platform


def change_replacements(
    platform: Platform, merchant_id: int, product_id: int, replaces: Sequence[Replaced]
) -> Product:
    """The product with its new list; doing it twice changes nothing.

    No running item changes (R9). Raises NotFound for a product that the merchant does not sell,
    Invalid for one that is named twice or is the product itself.
    """
    named = [one.product for one in replaces]
    if product_id in named or len(set(named)) < len(named):
        raise Invalid("replaces", "replaces must name other products, each once")
    sold = platform.store.products(merchant_id, {product_id, *named})
    for one in (product_id, *named):
        if one not in sold:
            raise NotFound("product_unknown", f"Product not found: {one}", field="product_id")
    product = replace(sold[product_id], replaces=tuple(replaces))
    if product != sold[product_id]:
        platform.store.put_products(merchant_id, [product])
    return product
