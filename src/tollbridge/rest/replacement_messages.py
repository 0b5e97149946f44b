"""Messages about products that may take each other's place, and an item's place."""

from typing import Annotated

from tollbridge.domain.replacement import Direction
from tollbridge.rest.kinds import ID, NUMBER, SUBSCRIPTION, Choice
from tollbridge.rest.line_messages import Amount
from tollbridge.rest.messages import Answer, Listed, Message, Nested, of, told

REPLACED_MAX = 50  # products that one product may replace
DIRECTION: Choice[Direction] = Choice({kind.value: kind for kind in Direction})


class ReadReplacements(Message, frozen=True, kw_only=True):
    """Whose replacements to read."""

    product_id: Annotated[int, of(ID, "The product", example=294581)]


class ReplacedProduct(Message, frozen=True, kw_only=True):
    """A product whose place another may take."""

    product_id: Annotated[int, of(ID, "The product that goes", example=292122)]
    direction: Annotated[
        Direction, of(DIRECTION, "Whether the change is an upgrade or a downgrade", example="up")
    ]


class PutReplacements(ReadReplacements, frozen=True, kw_only=True):
    """The products whose place a product may take, in place of those before."""

    replaces: Annotated[
        tuple[ReplacedProduct, ...],
        of(Listed(Nested(ReplacedProduct), REPLACED_MAX), "Other products, each once"),
    ]


class ReplacedText(Answer, frozen=True, kw_only=True):
    """A product whose place may be taken."""

    product_id: Annotated[int, told("The product that goes", 292122)]
    direction: Annotated[str, told("up or down", "up")]


class ReplacingText(ReplacedText, frozen=True, kw_only=True):
    """A product that may take the place."""

    product_id: Annotated[int, told("The product that comes", 294581)]
    name: Annotated[str, told("Its name", "Cloudify Platinum")]


class ProductReplacements(Answer, frozen=True, kw_only=True):
    """What a product replaces, and what replaces it."""

    product_id: Annotated[int, told("The product", 294581)]
    name: Annotated[str, told("Its name", "Cloudify Platinum")]
    replaces: Annotated[tuple[ReplacedText, ...], told("Products whose place it may take")]
    replaced_by: Annotated[tuple[ReplacingText, ...], told("Products that may take its place")]


class ReadItemReplacements(Message, frozen=True, kw_only=True):
    """Of which item to read the replacements."""

    subscription_id: Annotated[
        int, of(SUBSCRIPTION, "The subscription, with or without S", example="S67439867")
    ]
    running_no: Annotated[int, of(NUMBER, "The running number of the item", example=1)]


class AlignedText(Answer, frozen=True, kw_only=True):
    """The prices of a change at once, for the rest of the interval."""

    charged: Annotated[Amount, told("What is charged now")]
    next_billing: Annotated[Amount, told("The next bill of the subscription")]


class PossibleReplacement(ReplacingText, frozen=True, kw_only=True):
    """A product that may take the item's place now, quantity and date unchanged."""

    interval: Annotated[str, told("What its price is for, ISO 8601", "P1M")]
    billing_interval: Annotated[str | None, told("Between instalments; null: paid at once")]
    next_billing: Annotated[
        Amount, told("The next bill of the subscription, changed at the billing date")
    ]
    aligned: Annotated[AlignedText | None, told("Changed at once; null where that is refused")]
    refusal: Annotated[str, told("Why a change at once is refused, empty when it is not", "")]


class ItemReplacements(Answer, frozen=True, kw_only=True):
    """What may take an item's place now."""

    subscription_id: Annotated[str, told("The subscription", "S67439867")]
    running_no: Annotated[int, told("The item", 1)]
    currency: Annotated[str, told("ISO 4217", "USD")]
    replacements: Annotated[tuple[PossibleReplacement, ...], told("By product")]
