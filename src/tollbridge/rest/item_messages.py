"""Messages that add and change items: fields and order as published (2.1, 2.7, 2.15, 2.16)."""

from decimal import Decimal
from typing import Annotated

from tollbridge.domain.item_change import UpdateAction
from tollbridge.rest.evidence import documented, inferred, sample
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

SEED_003_350 = sample("003", 350)
SEED_002_217 = sample("002", 217)
ADD_REFERENCE = documented("reference/addsubscriptionitem")
SEED_002_307 = sample("002", 307)
SEED_002_403 = sample("002", 403)
UPDATE_REFERENCE = documented("reference/updatesubscriptionitem")
SEED_004_353 = sample("004", 353)

UPDATE_ACTION: Choice[UpdateAction] = Choice(
    {action.value: action for action in UpdateAction}, first=0
)


class AlignmentSettings(Message, rename="pascal", frozen=True, kw_only=True):
    """When the change takes effect (table 3.1). All false: at the next billing date."""

    align_to_current_interval: Annotated[
        bool,
        of(FLAG, "Take effect now and charge the rest of the running interval at once"),
        SEED_003_350,
    ] = False
    extend_interval: Annotated[
        bool,
        of(FLAG, "With alignment: start a full new interval now, less what is left"),
        SEED_002_217,
    ] = False
    get_customer_price_preview_only: Annotated[
        bool, of(FLAG, "Answer the prices and change nothing"), SEED_003_350
    ] = False


class CustomerPrice(Message, rename="pascal", frozen=True, kw_only=True):
    """A price per unit of your own, for this and all later billings."""

    currency_id: Annotated[
        str,
        of(CURRENCY, "The subscription's currency, ISO 4217", example="USD", aliases=("Currency",)),
        SEED_003_350,
    ]
    is_gross: Annotated[
        bool, of(FLAG, "Whether the price includes value added tax", example=True), SEED_003_350
    ]
    value: Annotated[
        Decimal, of(EXACT, "The price of one unit", example=Decimal("4.85")), SEED_003_350
    ]


ALIGNMENT_SETTINGS = Nested(AlignmentSettings)
CUSTOMER_PRICE = Nested(CustomerPrice)


class AddSubscriptionItem(Message, rename="pascal", frozen=True, kw_only=True):
    """An item that joins a running subscription (subscription-api.md 2.1)."""

    affiliate_id: Annotated[
        int,
        of(ID, "The affiliate who is credited, for reports; 0 is none", example=21599),
        ADD_REFERENCE,
    ] = 0
    alignment_settings: Annotated[
        AlignmentSettings, of(ALIGNMENT_SETTINGS, "When the item is first billed"), SEED_002_217
    ] = AlignmentSettings()
    coupon_code: Annotated[str, of(TEXT, "Coupon of a promotion"), ADD_REFERENCE] = ""
    customer_price: Annotated[
        CustomerPrice | None, of(CUSTOMER_PRICE, "Overrides the product's price"), ADD_REFERENCE
    ] = None
    generate_mail: Annotated[bool, of(FLAG, "Whether the customer is mailed"), SEED_002_217] = True
    product_id: Annotated[int, of(ID, "The product to add", example=292122), SEED_002_217]
    product_name: Annotated[str | None, of(TEXT, "Name that the customer sees"), ADD_REFERENCE] = (
        None
    )
    product_name_en: Annotated[str | None, of(TEXT, "English name, for reports"), ADD_REFERENCE] = (
        None
    )
    product_name_extension: Annotated[
        str | None, of(TEXT, "Addition to the name"), ADD_REFERENCE
    ] = None
    quantity: Annotated[int, of(NUMBER, "Units", example=1), SEED_002_217]
    recommendationset_id: Annotated[int, of(NUMBER, "For reports; 0 is none"), ADD_REFERENCE] = 0
    subscription_id: Annotated[
        int,
        of(SUBSCRIPTION, "The subscription, with or without S", example="S12345678"),
        SEED_002_217,
    ]


class IncreaseSubscriptionItemQuantity(Message, rename="pascal", frozen=True, kw_only=True):
    """More units of an item at its price (subscription-api.md 2.7).

    The integration guide calls Quantity the new total; the reference and real clients mean the
    units on top, and so does this (subscription-api.md 5.2).
    """

    alignment_settings: Annotated[
        AlignmentSettings, of(ALIGNMENT_SETTINGS, "When the change takes effect"), SEED_002_307
    ] = AlignmentSettings()
    generate_mail: Annotated[bool, of(FLAG, "Whether the customer is mailed"), SEED_002_307] = True
    quantity: Annotated[int, of(NUMBER, "Units on top of what there are", example=5), SEED_002_307]
    running_number: Annotated[int, of(NUMBER, "The item", example=1), SEED_002_307]
    subscription_id: Annotated[
        int,
        of(SUBSCRIPTION, "The subscription, with or without S", example="S12345678"),
        SEED_002_307,
    ]


class UpdateSubscriptionItem(Message, rename="pascal", frozen=True, kw_only=True):
    """A new version of an item: another product, quantity, price or name."""

    alignment_settings: Annotated[
        AlignmentSettings, of(ALIGNMENT_SETTINGS, "When the change takes effect"), SEED_002_403
    ] = AlignmentSettings()
    coupon_code: Annotated[str, of(TEXT, "Coupon of a promotion"), sample("002", 957)] = ""
    customer_price: Annotated[
        CustomerPrice | None,
        of(CUSTOMER_PRICE, "Overrides the product's price"),
        sample("004", 223),
    ] = None
    generate_mail: Annotated[bool, of(FLAG, "Whether the customer is mailed"), SEED_002_403] = True
    product_id: Annotated[
        int,
        of(ID, "The new product, or the current one when it stays", example=294581),
        SEED_002_403,
    ]
    product_name: Annotated[
        str | None, of(TEXT, "Name that the customer sees"), UPDATE_REFERENCE
    ] = None
    product_name_en: Annotated[
        str | None, of(TEXT, "English name, for reports"), UPDATE_REFERENCE
    ] = None
    product_name_extension: Annotated[
        str | None, of(TEXT, "Addition to the name"), UPDATE_REFERENCE
    ] = None
    quantity: Annotated[int, of(NUMBER, "The total after the change", example=1), SEED_002_403]
    recommendationset_id: Annotated[int, of(NUMBER, "For reports; 0 is none"), UPDATE_REFERENCE] = 0
    running_number: Annotated[int, of(NUMBER, "The item", example=1), SEED_002_403] = 1
    subscription_id: Annotated[
        int,
        of(SUBSCRIPTION, "The subscription, with or without S", example="S67645948"),
        SEED_002_403,
    ]
    trigger_immediate_renewal: Annotated[bool, of(FLAG, "Renew at once"), sample("002", 713)] = (
        False
    )
    reset_billing_interval: Annotated[
        bool, of(FLAG, "With the former: the new interval starts now"), sample("002", 1319)
    ] = False
    update_action: Annotated[
        UpdateAction, of(UPDATE_ACTION, "Why, for reports only; it has no effect"), SEED_002_403
    ] = UpdateAction.UPDATE


class UpdateSubscriptionItemPrice(Message, rename="pascal", frozen=True, kw_only=True):
    """A new price of an item, and a new quantity if you like."""

    alignment_settings: Annotated[
        AlignmentSettings, of(ALIGNMENT_SETTINGS, "When the change takes effect"), SEED_003_350
    ] = AlignmentSettings()
    customer_price: Annotated[CustomerPrice, of(CUSTOMER_PRICE, "The new price"), SEED_003_350]
    force_price_recalculation: Annotated[
        bool, of(FLAG, "Read the product from the catalog again"), SEED_003_350
    ] = False
    generate_mail: Annotated[
        bool, of(FLAG, "Whether the customer is mailed"), inferred("its siblings")
    ] = True
    quantity: Annotated[
        int | None,
        of(NUMBER, "The total after the change; absent: as it is", example=20),
        SEED_003_350,
    ] = None
    running_number: Annotated[int, of(NUMBER, "The item", example=1), SEED_003_350]
    subscription_id: Annotated[
        int,
        of(SUBSCRIPTION, "The subscription, with or without S", example="S67531904"),
        SEED_003_350,
    ]
    update_action: Annotated[
        UpdateAction, of(UPDATE_ACTION, "Why, for reports only; it has no effect"), SEED_003_350
    ] = UpdateAction.UPDATE


class ItemPrices(Answer, rename="pascal", frozen=True, kw_only=True):
    """What the change costs: previews and committed changes are answered alike."""

    alignment_customer_gross_price: Annotated[
        Decimal, told("Charged now for the rest", Decimal("0.0")), SEED_004_353
    ]
    alignment_customer_net_price: Annotated[
        Decimal, told("Of it net", Decimal("0.0")), SEED_004_353
    ]
    alignment_customer_vat_price: Annotated[
        Decimal, told("Of it tax", Decimal("0.0")), SEED_004_353
    ]
    next_billing_customer_gross_price: Annotated[
        Decimal,
        told("The whole subscription at the next billing date (R13)", Decimal("135.0")),
        SEED_004_353,
    ]
    next_billing_customer_net_price: Annotated[
        Decimal, told("Of it net", Decimal("113.45")), SEED_004_353
    ]
    next_billing_customer_vat_price: Annotated[
        Decimal, told("Of it tax", Decimal("21.55")), SEED_004_353
    ]
    next_renewal_customer_gross_price: Annotated[
        Decimal, told("The whole subscription at the next renewal", Decimal("135.0")), SEED_004_353
    ]
    next_renewal_customer_net_price: Annotated[
        Decimal, told("Of it net", Decimal("113.45")), SEED_004_353
    ]
    next_renewal_customer_vat_price: Annotated[
        Decimal, told("Of it tax", Decimal("21.55")), SEED_004_353
    ]
    price_currency_id: Annotated[str, told("ISO 4217", "USD"), SEED_004_353]
    result_message: Annotated[str, told("OK", "OK"), SEED_004_353]
