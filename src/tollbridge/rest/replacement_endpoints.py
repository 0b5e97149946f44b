"""The endpoints about products that may take each other's place."""

from tollbridge.rest import replacement_messages as wire
from tollbridge.rest.endpoint import READING, Endpoint, Style
from tollbridge.rest.replacement_calls import (
    get_item_replacements,
    get_replacements,
    put_replacements,
)

REPLACEMENT_ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/tollbridge/products/{product_id}/replacements",
        style=Style.OWN,
        action="read_product_replacements",
        summary="Read what a product replaces and is replaced by",
        docs=(
            "Upgrade and downgrade relationships, as they stand in the catalog. They are enforced "
            "where the merchant says so."
        ),
        request=wire.ReadReplacements,
        answer=wire.ProductReplacements,
        refusals=READING,
        serve=get_replacements,
    ),
    Endpoint(
        method="PUT",
        path="/tollbridge/products/{product_id}/replacements",
        style=Style.OWN,
        action="put_product_replacements",
        summary="Say which products a product may replace",
        docs=(
            "The whole list, in place of the one before; putting it again changes nothing. No "
            "running item changes. A catalog file that is applied later has the last word."
        ),
        request=wire.PutReplacements,
        answer=wire.ProductReplacements,
        refusals=(*READING, 413),
        serve=put_replacements,
    ),
    Endpoint(
        method="GET",
        path="/tollbridge/subscriptions/{subscription_id}/items/{running_no}/replacements",
        style=Style.OWN,
        action="read_item_replacements",
        summary="Read what may take an item's place, with prices",
        docs=(
            "The products that may replace the item's now, each with the prices that "
            "updatesubscriptionitem would answer: at the next billing date, and at once. Products "
            "that would be refused are left out."
        ),
        request=wire.ReadItemReplacements,
        answer=wire.ItemReplacements,
        refusals=READING,
        serve=get_item_replacements,
    ),
)
