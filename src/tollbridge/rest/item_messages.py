"""Messages that add and change items: fields and order as published (2.1, 2.7, 2.15, 2.16)."""

from decimal import Decimal
from typing import Annotated

from tollbridge.domain.item_change import UpdateAction
from tollbridge.rest.kinds import (
    CURRENCY,
    EXACT,
    FLAG,
    ID,
    NUMBER,
    SUBSCRIPTION,
    TEXT,
    Choice,
)
from tollbridge.rest.messages import Answer, Message, Nested, of, told

UPDATE_ACTION: Choice[UpdateAction] = Choice(
    {action.value: action for action in UpdateAction}, first=0
)


class AlignmentSettings(Message, rename="pascal", frozen=True, kw_only=True):
    """When the change takes effect (table 3.1). All false: at the next billing date."""

    align_to_current_interval: Annotated[
        bool, of(FLAG, "Take effect now and charge the rest of the running interval at once")
    ] = False
    extend_interval: Annotated[
        bool, of(FLAG, "With alignment: start a full new interval now, less what is left")
    ] = False
    get_customer_price_preview_only: Annotated[
        bool, of(FLAG, "Answer the prices and change nothing")
    ] = False


class CustomerPrice(Message, rename="pascal", frozen=True, kw_only=True):
    """A price per unit of your own, for this and all later billings."""

    currency_id: Annotated[
        str,
        of(CURRENCY, "The subscription's currency, ISO 4217", example="USD", aliases=("Currency",)),
    ]
    is_gross: Annotated[bool, of(FLAG, "Whether the price includes value added tax", example=True)]
    value: Annotated[Decimal, of(EXACT, "The price of one unit", example=Decimal("4.85"))]


ALIGNMENT_SETTINGS = Nested(AlignmentSettings)
CUSTOMER_PRICE = Nested(CustomerPrice)


class AddSubscriptionItem(Message, rename="pascal", frozen=True, kw_only=True):
    """An item that joins a running subscription (subscription-api.md 2.1)."""

    affiliate_id: Annotated[
        int, of(ID, "The affiliate who is credited, for reports; 0 is none", example=21599)
    ] = 0
    alignment_settings: Annotated[
        AlignmentSettings, of(ALIGNMENT_SETTINGS, "When the item is first billed")
    ] = AlignmentSettings()
    coupon_code: Annotated[str, of(TEXT, "Coupon of a promotion")] = ""
    customer_price: Annotated[
        CustomerPrice | None, of(CUSTOMER_PRICE, "Overrides the product's price")
    ] = None
    generate_mail: Annotated[bool, of(FLAG, "Whether the customer is mailed")] = True
    product_id: Annotated[int, of(ID, "The product to add", example=292122)]
    product_name: Annotated[str | None, of(TEXT, "Name that the customer sees")] = None
    product_name_en: Annotated[str | None, of(TEXT, "English name, for reports")] = None
    product_name_extension: Annotated[str | None, of(TEXT, "Addition to the name")] = None
    quantity: Annotated[int, of(NUMBER, "Units", example=1)]
    recommendationset_id: Annotated[int, of(NUMBER, "For reports; 0 is none")] = 0
    subscription_id: Annotated[
        int, of(SUBSCRIPTION, "The subscription, with or without S", example="S12345678")
    ]


class IncreaseSubscriptionItemQuantity(Message, rename="pascal", frozen=True, kw_only=True):
    """More units of an item at its price (subscription-api.md 2.7).

    The integration guide calls Quantity the new total; the reference and real clients mean the
    units on top, and so does this (subscription-api.md 5.2).
    """

    alignment_settings: Annotated[
        AlignmentSettings, of(ALIGNMENT_SETTINGS, "When the change takes effect")
    ] = AlignmentSettings()
    generate_mail: Annotated[bool, of(FLAG, "Whether the customer is mailed")] = True
    quantity: Annotated[int, of(NUMBER, "Units on top of what there are", example=5)]
    running_number: Annotated[int, of(NUMBER, "The item", example=1)]
    subscription_id: Annotated[
        int, of(SUBSCRIPTION, "The subscription, with or without S", example="S12345678")
    ]


class UpdateSubscriptionItem(Message, rename="pascal", frozen=True, kw_only=True):
    """A new version of an item: another product, quantity, price or name."""

    alignment_settings: Annotated[
        AlignmentSettings, of(ALIGNMENT_SETTINGS, "When the change takes effect")
    ] = AlignmentSettings()
    coupon_code: Annotated[str, of(TEXT, "Coupon of a promotion")] = ""
    customer_price: Annotated[
        CustomerPrice | None, of(CUSTOMER_PRICE, "Overrides the product's price")
    ] = None
    generate_mail: Annotated[bool, of(FLAG, "Whether the customer is mailed")] = True
    product_id: Annotated[
        int, of(ID, "The new product, or the current one when it stays", example=294581)
    ]
    product_name: Annotated[str | None, of(TEXT, "Name that the customer sees")] = None
    product_name_en: Annotated[str | None, of(TEXT, "English name, for reports")] = None
    product_name_extension: Annotated[str | None, of(TEXT, "Addition to the name")] = None
    quantity: Annotated[int, of(NUMBER, "The total after the change", example=1)]
    recommendationset_id: Annotated[int, of(NUMBER, "For reports; 0 is none")] = 0
    running_number: Annotated[int, of(NUMBER, "The item", example=1)] = 1
    subscription_id: Annotated[
        int, of(SUBSCRIPTION, "The subscription, with or without S", example="S67645948")
    ]
    trigger_immediate_renewal: Annotated[bool, of(FLAG, "Renew at once")] = False
    reset_billing_interval: Annotated[
        bool, of(FLAG, "With the former: the new interval starts now")
    ] = False
    update_action: Annotated[
        UpdateAction, of(UPDATE_ACTION, "Why, for reports only; it has no effect")
    ] = UpdateAction.UPDATE


class UpdateSubscriptionItemPrice(Message, rename="pascal", frozen=True, kw_only=True):
    """A new price of an item, and a new quantity if you like."""

    alignment_settings: Annotated[
        AlignmentSettings, of(ALIGNMENT_SETTINGS, "When the change takes effect")
    ] = AlignmentSettings()
    customer_price: Annotated[CustomerPrice, of(CUSTOMER_PRICE, "The new price")]
    force_price_recalculation: Annotated[
        bool, of(FLAG, "Read the product from the catalog again")
    ] = False
    generate_mail: Annotated[bool, of(FLAG, "Whether the customer is mailed")] = True
    quantity: Annotated[
        int | None, of(NUMBER, "The total after the change; absent: as it is", example=20)
    ] = None
    running_number: Annotated[int, of(NUMBER, "The item", example=1)]
    subscription_id: Annotated[
        int, of(SUBSCRIPTION, "The subscription, with or without S", example="S67531904")
    ]
    update_action: Annotated[
        UpdateAction, of(UPDATE_ACTION, "Why, for reports only; it has no effect")
    ] = UpdateAction.UPDATE


class ItemPrices(Answer, rename="pascal", frozen=True, kw_only=True):
    """What the change costs: previews and committed changes are answered alike."""

    alignment_customer_gross_price: Annotated[
        Decimal, told("Charged now for the rest", Decimal("0.0"))
    ]
    alignment_customer_net_price: Annotated[Decimal, told("Of it net", Decimal("0.0"))]
    alignment_customer_vat_price: Annotated[Decimal, told("Of it tax", Decimal("0.0"))]
    next_billing_customer_gross_price: Annotated[
        Decimal, told("The whole subscription at the next billing date (R13)", Decimal("135.0"))
    ]
    next_billing_customer_net_price: Annotated[Decimal, told("Of it net", Decimal("113.45"))]
    next_billing_customer_vat_price: Annotated[Decimal, told("Of it tax", Decimal("21.55"))]
    next_renewal_customer_gross_price: Annotated[
        Decimal, told("The whole subscription at the next renewal", Decimal("135.0"))
    ]
    next_renewal_customer_net_price: Annotated[Decimal, told("Of it net", Decimal("113.45"))]
    next_renewal_customer_vat_price: Annotated[Decimal, told("Of it tax", Decimal("21.55"))]
    price_currency_id: Annotated[str, told("ISO 4217", "USD")]
    result_message: Annotated[str, told("OK", "OK")]
