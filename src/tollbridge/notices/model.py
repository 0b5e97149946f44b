"""The four published models of a notification, field by field in the order of the examples.

Amounts are numbers with the digits of their currency, dates texts (R25). What may be absent is
UNSET; `optional.py` says why each is.
"""

from decimal import Decimal
from typing import Annotated, Any, cast

import msgspec
from msgspec import UNSET, UnsetType

Date = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,7})?Z?$",
        examples=["2026-03-19T14:47:34.857671"],
    ),
]


class Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """Base of everything that a notification is made of."""


class Meta(Part, frozen=True, kw_only=True):
    """What stands first in every notification."""

    type: str
    date: Date
    schema_url: str


class Document(Part, frozen=True, kw_only=True):
    """A notification, ready to be written."""

    meta: Meta


class Contact(Part, frozen=True, kw_only=True):
    """A person or company; street, city and phone numbers are never told (platform.md a.2)."""

    language: str
    language_id: str
    locale: str
    company: str | UnsetType = UNSET
    company_type: str | UnsetType = UNSET
    company_type_id: str | UnsetType = UNSET
    firstname: str | UnsetType = UNSET
    lastname: str | UnsetType = UNSET
    company_romanized: str | UnsetType = UNSET
    firstname_romanized: str | UnsetType = UNSET
    lastname_romanized: str | UnsetType = UNSET
    country: str
    country_id: str
    email: str


class CardExpiration(Part, frozen=True, kw_only=True):
    """The last month in which a card is good."""

    month: int
    year: int


class Payment(Part, frozen=True, kw_only=True):
    """How the customer pays, and what may be shown of the card."""

    currency: str
    currency_id: str
    payment_type: str
    payment_type_id: str
    is_purchase_order: bool
    card_last_four_digits: str | UnsetType = UNSET
    card_expiration_date: CardExpiration | UnsetType = UNSET


class Price(Part, frozen=True, kw_only=True):
    """An amount with its tax."""

    net_price: Decimal
    vat_price: Decimal
    gross_price: Decimal


class Prices(Part, frozen=True, kw_only=True):
    """What a line costs: total = product - promotion discount + shipping."""

    product_single_price: Price
    product_total_price: Price
    promotion_discount_single_price: Price
    promotion_discount_total_price: Price
    shipping_single_price: Price
    shipping_total_price: Price
    total_single_price: Price
    total_total_price: Price


class Profit(Part, frozen=True, kw_only=True):
    """What is left for the merchant, who sells in its own name: no margin, no fee."""

    gross_revenue: Decimal
    collected_vat: Decimal
    net_revenue: Decimal
    cb_margin_percentage: str
    cb_margin_fix: Decimal
    cb_shipping_fee: Decimal
    cb_marketing_fee: Decimal
    affiliate_commission: Decimal
    your_net_profit: Decimal
    your_vat: Decimal
    your_gross_profit: Decimal


class RecurringBilling(Part, frozen=True, kw_only=True):
    """The subscription item behind a line."""

    subscription_id: str
    subscription_item_running_no: int
    subscription_eventtype_id: str
    original_purchase_id: int
    original_purchase_item_running_number: int
    interval_number: int
    subscription_interval_number: int
    recurrence_count: int | UnsetType = UNSET
    grace_period_days: int
    status_id: str
    status: str
    item_status_id: str
    item_status: str
    next_billing_date: Date
    cancellation_url: str
    change_payment_subscription_url: str
    renewal_type: str
    interval_length_in_months: int
    interval_length_in_days: int
    next_billing_profit: Profit


class Delivery(Part, frozen=True, kw_only=True):
    """What was delivered for a line; Tollbridge delivers nothing itself, so there is none yet."""

    delivery_type: str
    delivery_type_id: str
    key: str
    key_raw: str


class Additional(Part, frozen=True, kw_only=True):
    """What the customer answered to a question of the checkout; there is none yet."""

    question: str
    question_id: str
    answer: str
    answer_id: str


class PurchaseItem(Part, frozen=True, kw_only=True):
    """One line of a purchase."""

    running_number: int
    product_id: int
    product_name: str
    product_name_extension: str | UnsetType = UNSET
    client_id: int
    quantity: int
    couponcode: str | UnsetType = UNSET
    promotion_id: int | UnsetType = UNSET
    promotion_name: str | UnsetType = UNSET
    your_currency: str
    your_currency_id: str
    profit_calculation: Profit
    your_price: Prices
    customer_price: Prices
    deliveries: tuple[Delivery, ...] = ()
    additionals: tuple[Additional, ...] = ()
    extra_parameters: dict[str, str] = {}
    recurring_billing: RecurringBilling


class Failure(Part, frozen=True, kw_only=True):
    """What went wrong."""

    code: str
    message: str


class Purchase(Part, frozen=True, kw_only=True):
    """A purchase as notifications tell of it."""

    purchase_id: int
    reimbursement_id: int | UnsetType = UNSET
    status: str
    status_id: str
    billing_contact: Contact
    delivery_contact: Contact
    licensee_contact: Contact
    payment_info: Payment
    creation_time: Date
    payment_arrive_time: Date | UnsetType = UNSET
    last_modification_time: Date
    subscription_revenue_category_id: str | UnsetType = UNSET
    internal_customer: str | UnsetType = UNSET
    customer_reference_number: str | UnsetType = UNSET
    customer_confirmation_page_url: str
    customer_pdf_document_url: str
    merchant_of_record: str
    error: Failure | UnsetType = UNSET
    items: tuple[PurchaseItem, ...]
    extra_parameters: dict[str, str]
    reimbursement_time: Date | UnsetType = UNSET


# The purchase model: the fields of a purchase beside `meta`. Structs have one base only.
PurchaseNotification = cast(
    "type[Document]",
    msgspec.defstruct(
        "PurchaseNotification",
        [
            (one.name, one.type) if one.required else (one.name, one.type, one.default)
            for one in msgspec.structs.fields(Purchase)
        ],
        bases=(Document,),
        namespace={"__doc__": "The purchase model: its fields beside `meta`."},
        module=__name__,
        frozen=True,
        kw_only=True,
        gc=False,
    ),
)


def beside(meta: Meta, purchase: Purchase) -> Document:
    """A notification in the purchase model."""
    fields: dict[str, Any] = {"meta": meta, **msgspec.structs.asdict(purchase)}
    return PurchaseNotification(**fields)


class ReimbursementNotification(Document, frozen=True, kw_only=True):
    """The reimbursement model: the purchase nested, and beside it what became of it."""

    partial_refund_type: str | UnsetType = UNSET
    remark: str | UnsetType | None = UNSET
    reimbursement_type_id: str | None = None
    reimbursement_reason_id: str | None = None
    terminate_recurring_billing: bool
    purchase: Purchase


class Customer(Part, frozen=True, kw_only=True):
    """A customer with contacts and payment method."""

    customer_id: int
    internal_customer: str | UnsetType = UNSET
    customer_reference_number: str | UnsetType = UNSET
    billing_contact: Contact
    delivery_contact: Contact
    licensee_contact: Contact
    payment_info: Payment


class ProfileNotification(Document, frozen=True, kw_only=True):
    """The profile model: what a customer's contacts and payment method are now."""

    customer: Customer
    extra_parameters: dict[str, str]


class SubscriptionPurchase(Part, frozen=True, kw_only=True):
    """The purchase that paid."""

    purchase_id: int
    subscription_revenue_category_id: str


class SubscriptionItem(Part, frozen=True, kw_only=True):
    """An item in an interval: the one that is paid for (`isCurrent`), or the one before."""

    running_number: int
    quantity: int
    product_id: int
    product_name: str
    product_name_extension: str | UnsetType = UNSET
    recurrence_count: int | UnsetType = UNSET
    status: str
    deactivation_date: Date | UnsetType = UNSET
    start_date: Date
    end_date: Date | UnsetType = UNSET
    last_interval_number: int
    is_current: bool
    version: int
    version_active_date: Date
    coupon_code: str | UnsetType = UNSET
    promotion_id: int | UnsetType = UNSET
    subscription_eventtype_id: str
    your_renewal_price: Price
    customer_renewal_price: Price


class SubscriptionNotification(Document, frozen=True, kw_only=True):
    """The subscription model of 2025: a payment of a running subscription."""

    subscription_id: int
    customer_currency_id: str
    customer_id: int
    customer_reference_id: str
    customer_reference_no: str | UnsetType = UNSET
    grace_period_days: int
    interval_day_count: int
    interval_month_count: int
    last_billing_interval_number: int
    last_interval_number: int
    next_billing_date: Date
    next_renewal_date: Date
    next_billing_date_reminder: Date
    start_date: Date
    end_date: Date | UnsetType = UNSET
    management_model: str
    renewal_type: str
    start_interval_day_count: int
    start_interval_month_count: int
    subscriptionstatus: str
    your_renewal_price: Price
    customer_renewal_price: Price
    subscription_purchase: SubscriptionPurchase
    subscription_items: tuple[SubscriptionItem, ...]
