"""Messages that read subscriptions: fields and order of the published sample (seed 003, 2.4)."""

from decimal import Decimal
from typing import Annotated

from tollbridge.domain.subscription import SubscriptionStatus
from tollbridge.rest.choices import ITEM_CODES, STATUS_FILTER, SUBSCRIPTION_CODES
from tollbridge.rest.evidence import documented, inferred, sample
from tollbridge.rest.kinds import FLAG, ID, NUMBER, SUBSCRIPTION, TEXT
from tollbridge.rest.messages import Answer, Message, of, told

SEED_003_62 = sample("003", 62)
SEED_001_51 = sample("001", 51)
SEED_003_170 = sample("003", 170)


class GetSubscription(Message, rename="pascal", frozen=True, kw_only=True):
    """Which subscription to read, and how much of it. Query parameters, in any case."""

    subscription_id: Annotated[
        int,
        of(SUBSCRIPTION, "The subscription, with or without S", example="S67531904"),
        SEED_003_62,
    ]
    is_current: Annotated[
        bool, of(FLAG, "Leave superseded versions of the items out", example=True), SEED_003_62
    ] = False
    running_number: Annotated[
        int | None,
        of(NUMBER, "Only this item; the totals stay those of the subscription"),
        SEED_003_62,
    ] = None


class GetSubscriptionsForCustomer(Message, rename="pascal", frozen=True, kw_only=True):
    """Whose subscriptions to read: exactly one of the three keys. Query parameters, in any case."""

    customer_email: Annotated[
        str, of(TEXT, "E-mail of any of the customer's contacts"), SEED_001_51
    ] = ""
    customer_id: Annotated[int | None, of(ID, "The customer", example=157610360), SEED_001_51] = (
        None
    )
    customer_reference_id: Annotated[str, of(TEXT, "Your own id of the customer"), SEED_001_51] = ""
    subscription_status: Annotated[
        SubscriptionStatus | None,
        of(STATUS_FILTER, "Only these: name, number or code; absent: all"),
        SEED_001_51,
    ] = None
    is_current: Annotated[
        bool,
        of(FLAG, "Leave superseded versions of the items out"),
        documented("reference/getsubscriptionsforcustomer"),
    ] = False


class GetSubscriptionsByPurchase(Message, rename="pascal", frozen=True, kw_only=True):
    """The subscriptions that a purchase started or billed. Query parameters, in any case."""

    purchase_id: Annotated[int, of(ID, "The purchase", example=531157892), sample("001", 57)]
    is_current: Annotated[
        bool, of(FLAG, "Leave superseded versions of the items out"), inferred("its siblings")
    ] = False


class SubscriptionPurchaseItem(Answer, rename="pascal", frozen=True, kw_only=True):
    """A purchase that billed an item version."""

    purchase_id: Annotated[int, told("The purchase", 531157892), SEED_003_170]
    purchase_item_running_no: Annotated[int, told("Its line", 1), SEED_003_170]
    subscription_interval_no: Annotated[int, told("The interval that was billed", 0), SEED_003_170]
    billing_interval_no: Annotated[int, told("The bill, counted from 0", 0), SEED_003_170]


class SubscriptionItem(Answer, rename="pascal", frozen=True, kw_only=True):
    """One version of one item; exactly one of each running number is current."""

    couponcode: Annotated[str, told("Coupon of the item, empty when none", ""), SEED_003_170]
    deactivation_date: Annotated[str | None, told("When it was deactivated"), SEED_003_170]
    end_date: Annotated[str | None, told("When it ends"), SEED_003_170]
    is_current: Annotated[
        bool, told("Whether it is the latest version", example=True), SEED_003_170
    ]
    last_interval_no: Annotated[int, told("The last interval that was paid", 0), SEED_003_170]
    next_billing_currency_id: Annotated[str, told("ISO 4217", "USD"), SEED_003_170]
    next_billing_customer_gross_price: Annotated[
        Decimal,
        told("The whole quantity at the next billing date; 0.0 when not billed", Decimal("50.0")),
        SEED_003_170,
    ]
    next_billing_customer_net_price: Annotated[
        Decimal, told("Of it net", Decimal("42.02")), SEED_003_170
    ]
    next_billing_customer_vat_price: Annotated[
        Decimal, told("Of it tax", Decimal("7.98")), SEED_003_170
    ]
    next_renewal_customer_gross_price: Annotated[
        Decimal,
        told("The same for the next whole interval; 0.0 when not renewed", Decimal("50.0")),
        SEED_003_170,
    ]
    next_renewal_customer_net_price: Annotated[
        Decimal, told("Of it net", Decimal("42.02")), SEED_003_170
    ]
    next_renewal_customer_vat_price: Annotated[
        Decimal, told("Of it tax", Decimal("7.98")), SEED_003_170
    ]
    product_id: Annotated[int, told("The product", 292973), SEED_003_170]
    product_name: Annotated[str, told("Its name", "Cloudify Seat"), SEED_003_170]
    product_name_extension: Annotated[str, told("Addition to the name", ""), SEED_003_170]
    promotion_id: Annotated[int | None, told("Promotion of the item"), SEED_003_170]
    quantity: Annotated[int, told("Units", 10), SEED_003_170]
    recurrence_count: Annotated[int | None, told("Renewals at most; null: no end"), SEED_003_170]
    running_no: Annotated[int, told("Number of the item", 1), SEED_003_170]
    start_date: Annotated[
        str, told("When the item began", "2026-02-09T15:43:07.20517"), SEED_003_170
    ]
    status: Annotated[
        int,
        told(
            "1 Active, 2 Deactivated, 3 Finished, 4 Removed, 5 AwaitingReinstate, "
            "6 HandledByClient, 7 Other; in XML ACT, DEA, FIN, REM, WAT, HBC, OTH",
            1,
            codes=ITEM_CODES,
        ),
        SEED_003_170,
    ]
    subscription_id: Annotated[int, told("The subscription, without S", 67531904), SEED_003_170]
    subscription_purchase_items: Annotated[
        tuple[SubscriptionPurchaseItem, ...],
        told("The purchases that billed this version", entry="SubscriptionPurchaseItem"),
        SEED_003_170,
    ]
    version: Annotated[int, told("Counts from 1", 1), SEED_003_170]
    version_active_date: Annotated[
        str, told("When the version was made", "2026-02-09T15:43:07.20517"), SEED_003_170
    ]


class CardExpirationDate(Answer, rename="pascal", frozen=True, kw_only=True):
    """The last month of a card."""

    month: Annotated[int, told("1 to 12", 12), SEED_003_170]
    year: Annotated[int, told("Four digits", 2027), SEED_003_170]


class PaymentDetails(Answer, rename="pascal", frozen=True, kw_only=True):
    """What may be shown of the payment method (PaymentInfo)."""

    card_expiration_date: Annotated[
        CardExpirationDate, told("The last month of the card"), SEED_003_170
    ]
    card_last_four_digits: Annotated[
        str, told("May end in a letter for test cards", "765T"), SEED_003_170
    ]
    currency: Annotated[str | None, told("Always null"), SEED_003_170]
    currency_id: Annotated[str | None, told("Always null"), SEED_003_170]
    is_purchase_order: Annotated[bool | None, told("Always null"), SEED_003_170]
    payment_type: Annotated[str, told("Name of the payment type", "Visa"), SEED_003_170]
    payment_type_id: Annotated[str, told("Its code", "CCA_VIS"), SEED_003_170]


class SubscriptionDetails(Answer, rename="pascal", frozen=True, kw_only=True):
    """A subscription as it is now. Dates are UTC without a zone."""

    customer_currency_id: Annotated[
        str, told("Currency of all prices, ISO 4217", "USD"), SEED_003_170
    ]
    customer_id: Annotated[int, told("The customer", 157610360), SEED_003_170]
    customer_reference_id: Annotated[str, told("Your own id of the customer", "4711"), SEED_003_170]
    customer_reference_no: Annotated[str, told("The customer's order number", ""), SEED_003_170]
    end_date: Annotated[str | None, told("When it ends; null: no end is set"), SEED_003_170]
    grace_period_days: Annotated[int, told("Days before Hold", 0), SEED_003_170]
    id: Annotated[int, told("The subscription, without S", 67531904), SEED_003_170]
    interval_day_count: Annotated[
        int, told("Days of an interval beside the months", 0), SEED_003_170
    ]
    interval_month_count: Annotated[int, told("Months of an interval", 1), SEED_003_170]
    billing_interval_day_count: Annotated[
        int, told("Days between instalments; 0: none", 0), SEED_003_170
    ]
    billing_interval_month_count: Annotated[
        int, told("Months between instalments; 0: none", 0), SEED_003_170
    ]
    items: Annotated[
        tuple[SubscriptionItem, ...],
        told("By running number, then version", entry="SubscriptionItem"),
        SEED_003_170,
    ]
    last_interval_no: Annotated[int, told("The last interval that was paid", 0), SEED_003_170]
    last_billing_interval_no: Annotated[
        int, told("The last bill that was paid, from 0", 0), SEED_003_170
    ]
    next_billing_currency_id: Annotated[str, told("ISO 4217", "USD"), SEED_003_170]
    next_billing_customer_gross_price: Annotated[
        Decimal, told("All active items at the next billing date", Decimal("50.0")), SEED_003_170
    ]
    next_billing_customer_net_price: Annotated[
        Decimal, told("Of it net", Decimal("42.02")), SEED_003_170
    ]
    next_billing_customer_vat_price: Annotated[
        Decimal, told("Of it tax", Decimal("7.98")), SEED_003_170
    ]
    next_renewal_customer_gross_price: Annotated[
        Decimal, told("All active items for the next whole interval", Decimal("50.0")), SEED_003_170
    ]
    next_renewal_customer_net_price: Annotated[
        Decimal, told("Of it net", Decimal("42.02")), SEED_003_170
    ]
    next_renewal_customer_vat_price: Annotated[
        Decimal, told("Of it tax", Decimal("7.98")), SEED_003_170
    ]
    next_billing_date: Annotated[
        str, told("The next billing", "2026-03-09T15:43:07.20517"), SEED_003_170
    ]
    next_renewal_date: Annotated[
        str, told("When the next interval begins", "2026-03-09T15:43:07.20517"), SEED_003_170
    ]
    next_billing_date_reminder: Annotated[
        str,
        told("When the customer is reminded, with Z", "2026-03-07T15:43:07.20517Z"),
        SEED_003_170,
    ]
    payment_info: Annotated[PaymentDetails, told("The payment method in use"), SEED_003_170]
    renewal_type: Annotated[str, told("Automatic or Manual", "Automatic"), SEED_003_170]
    start_date: Annotated[str, told("The first payment", "2026-02-09T15:43:07.20517"), SEED_003_170]
    start_interval_day_count: Annotated[int, told("Days of the first interval", 0), SEED_003_170]
    start_interval_month_count: Annotated[
        int, told("Months of the first interval", 1), SEED_003_170
    ]
    subscriptionstatus: Annotated[
        int,
        told(
            "1 Active, 2 Deactivated, 3 Finished, 4 Grace, 5 Hold, 6 New, 7 HandledByClient, "
            "8 AwaitingNewOrder; in XML ACT, DEA, FIN, GRA, HLD, NEW, HBC, WNO",
            1,
            codes=SUBSCRIPTION_CODES,
        ),
        SEED_003_170,
    ]
    management_model: Annotated[str, told("One or Two", "One"), SEED_003_170]
    self_service_url: Annotated[
        str,
        told("Page for the customer", "https://example.org/864/s/s67531904-VlWdITPJkw6s6kFr"),
        SEED_003_170,
    ]


class Subscription(Answer, rename="pascal", frozen=True, kw_only=True):
    """The answer of getsubscription."""

    subscription: Annotated[SubscriptionDetails, told("The subscription"), SEED_003_170]
    result_message: Annotated[str, told("OK", "OK"), SEED_003_170]


class Subscriptions(Answer, rename="pascal", frozen=True, kw_only=True):
    """The answer of getsubscriptionsforcustomer and getsubscriptionsbypurchase."""

    subscriptions: Annotated[
        tuple[SubscriptionDetails, ...],
        told("By id; may be empty", entry="Subscription"),
        inferred("client programs"),
    ]
    result_message: Annotated[str, told("OK", "OK"), documented("docs/status-codes-rest-apis")]
