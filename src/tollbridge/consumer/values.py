"""What notifications are made of: contacts, payments, items, subscriptions.

Fields have the names of the published documents in snake_case (`subscriptionEventtypeId` is
`subscription_event_type_id`). What is missing or null is None, "" or empty: the documents leave out
what has no value. Words that the platform may add to (statuses, types) are plain texts. All dates
are aware and in UTC, all amounts decimals.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
from msgspec import field
from msgspec.structs import force_setattr

ZERO = Decimal(0)


def folded(name: str) -> str:
    """The one spelling for all spellings of a name: lower case, no underscores."""
    return name.replace("_", "").lower()


class Value(msgspec.Struct, frozen=True, kw_only=True, rename=folded):
    """A part of a notification; fields that it does not know are passed over."""

    def __post_init__(self) -> None:
        """Dates come without a zone (then they are UTC), with Z or with an offset."""
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, datetime):
                aware = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
                force_setattr(self, name, aware)


class Meta(Value, frozen=True, kw_only=True):
    """What stands above each notification; `date` is when it was sent."""

    type: str
    date: datetime | None = None
    schema_url: str = ""


class Contact(Value, frozen=True, kw_only=True):
    """A person or company. Street, city and telephone are left out unless the merchant asks."""

    language: str = ""
    language_id: str = ""
    locale: str = ""
    salutation: str = ""
    salutation_id: str = ""
    title: str = ""
    company: str = ""
    company_type: str = ""
    company_type_id: str = ""
    firstname: str = ""
    lastname: str = ""
    company_katakana: str = ""
    firstname_katakana: str = ""
    lastname_katakana: str = ""
    company_romanized: str = ""
    firstname_romanized: str = ""
    lastname_romanized: str = ""
    street1: str = ""
    street2: str = ""
    postalcode: str = ""
    city: str = ""
    state: str = ""
    state_id: str = ""
    country: str = ""
    country_id: str = ""
    phone1: str = ""
    phone2: str = ""
    fax: str = ""
    email: str = ""


class CardExpiration(Value, frozen=True, kw_only=True):
    """The last month of a card."""

    month: int
    year: int


class Payment(Value, frozen=True, kw_only=True):
    """How it is paid: `paymentInfo`."""

    currency: str = ""
    currency_id: str = ""
    payment_type: str = ""
    payment_type_id: str = ""
    is_purchase_order: bool = False
    card_last_four_digits: str = ""
    card_expiration_date: CardExpiration | None = None


class Price(Value, frozen=True, kw_only=True):
    """Net, tax and gross of one amount."""

    net_price: Decimal = ZERO
    vat_price: Decimal = ZERO
    gross_price: Decimal = ZERO


class Prices(Value, frozen=True, kw_only=True):
    """What an item costs, part by part, for one and for all of it."""

    product_single_price: Price | None = None
    product_total_price: Price | None = None
    promotion_discount_single_price: Price | None = None
    promotion_discount_total_price: Price | None = None
    cross_selling_discount_single_price: Price | None = None
    cross_selling_discount_total_price: Price | None = None
    sub_selling_discount_single_price: Price | None = None
    sub_selling_discount_total_price: Price | None = None
    up_selling_discount_single_price: Price | None = None
    up_selling_discount_total_price: Price | None = None
    partner_discount_single_price: Price | None = None
    partner_discount_total_price: Price | None = None
    shipping_single_price: Price | None = None
    shipping_total_price: Price | None = None
    total_single_price: Price | None = None
    total_total_price: Price | None = None


class Profit(Value, frozen=True, kw_only=True):
    """What the merchant earns: `profitCalculation`, `nextBillingProfit`."""

    gross_revenue: Decimal = ZERO
    collected_vat: Decimal = ZERO
    net_revenue: Decimal = ZERO
    cb_margin_percentage: str = ""
    cb_margin_fix: Decimal = ZERO
    cb_shipping_fee: Decimal = ZERO
    cb_marketing_fee: Decimal = ZERO
    affiliate_commission: Decimal = ZERO
    your_net_profit: Decimal = ZERO
    your_vat: Decimal = ZERO
    your_gross_profit: Decimal = ZERO


class RecurringBilling(Value, frozen=True, kw_only=True):
    """The subscription that a purchase's item belongs to, as it is after the event.

    `subscription_id` is the number, without S. `status_id` (ACT, DEA, FIN, GRA, HLD, NEW) is the
    subscription's, `item_status_id` the item's. The links end: keep the newest.
    """

    subscription_id: int
    subscription_item_running_no: int
    subscription_event_type_id: str = ""
    original_purchase_id: int | None = None
    original_purchase_item_running_number: int | None = None
    interval_number: int | None = None
    subscription_interval_number: int | None = None
    recurrence_count: int | None = None
    grace_period_days: int | None = None
    status_id: str = ""
    status: str = ""
    item_status_id: str = ""
    item_status: str = ""
    next_billing_date: datetime | None = None
    cancellation_url: str = ""
    change_payment_subscription_url: str = ""
    next_billing_profit: Profit | None = None
    renewal_type: str = ""
    interval_length_in_months: int | None = None
    interval_length_in_days: int | None = None


class ItemDelivery(Value, frozen=True, kw_only=True):
    """What is delivered with an item, such as a licence key."""

    delivery_type: str = ""
    delivery_type_id: str = ""
    key: str = ""
    key_raw: str = ""


class Additional(Value, frozen=True, kw_only=True):
    """A question that the customer was asked, and the answer."""

    question: str = ""
    question_id: str = ""
    answer: str = ""
    answer_id: str = ""


class PurchaseItem(Value, frozen=True, kw_only=True):
    """One line of a purchase; with `recurring_billing` it is of a subscription."""

    running_number: int
    product_id: int
    quantity: int
    product_name: str = ""
    product_name_extension: str = ""
    your_product_id: str = ""
    your_product_name: str = ""
    product_ean: str = ""
    product_isbn: str = ""
    product_reporting_group: str = ""
    internal_category: str = ""
    client_id: int | None = None
    coupon_code: str = ""
    promotion_id: int | None = None
    promotion_name: str = ""
    licensee_string: str = ""
    previous_license: str = ""
    affiliate_id: int | None = None
    your_currency: str = ""
    your_currency_id: str = ""
    profit_calculation: Profit | None = None
    your_price: Prices | None = None
    customer_price: Prices | None = None
    deliveries: tuple[ItemDelivery, ...] = ()
    additionals: tuple[Additional, ...] = ()
    extra_parameters: Mapping[str, object] = field(default_factory=dict)
    recurring_billing: RecurringBilling | None = None


class ErrorText(Value, frozen=True, kw_only=True):
    """What went wrong."""

    code: str = ""
    message: str = ""


class Purchase(Value, frozen=True, kw_only=True):
    """A purchase as most notifications show it. `status_id` is PAY, TST, DEC, REF, CHB ...

    `internal_customer` is the merchant's own id for the customer (CustomerReferenceId in calls).
    """

    purchase_id: int
    reimbursement_id: int | None = None
    configuration_client_id: int | None = None
    status: str = ""
    status_id: str = ""
    billing_contact: Contact | None = None
    delivery_contact: Contact | None = None
    licensee_contact: Contact | None = None
    payment_info: Payment | None = None
    creation_time: datetime | None = None
    payment_arrive_time: datetime | None = None
    reimbursement_time: datetime | None = None
    last_modification_time: datetime | None = None
    quote_to_purchase_time: datetime | None = None
    subscription_revenue_category_id: str = ""
    remote_address: str = ""
    remote_host: str = ""
    http_user_agent: str = ""
    http_entry_url: str = ""
    http_referer: str = ""
    http_accept_language: str = ""
    partner_id: int | None = None
    partner_username: str = ""
    internal_customer: str = ""
    internal_partner: str = ""
    customer_confirmation_page_url: str = ""
    customer_pdf_document_url: str = ""
    merchant_of_record: str = ""
    error: ErrorText | None = None
    items: tuple[PurchaseItem, ...] = ()
    extra_parameters: Mapping[str, object] = field(default_factory=dict)


class CustomerProfile(Value, frozen=True, kw_only=True):
    """A customer whose contacts or payment method changed; it names no subscription."""

    customer_id: int
    internal_customer: str = ""
    internal_partner: str = ""
    billing_contact: Contact | None = None
    delivery_contact: Contact | None = None
    licensee_contact: Contact | None = None
    payment_info: Payment | None = None


class SubscriptionPurchase(Value, frozen=True, kw_only=True):
    """The purchase that was paid."""

    purchase_id: int
    subscription_revenue_category_id: str = ""


class SubscriptionItem(Value, frozen=True, kw_only=True):
    """An item of a subscription; of several with one running number one `is_current`."""

    running_number: int
    quantity: int
    product_id: int
    product_name: str = ""
    product_name_extension: str = ""
    recurrence_count: int | None = None
    status: str = ""
    deactivation_date: datetime | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    last_interval_number: int | None = None
    is_current: bool = True
    version: int | None = None
    version_active_date: datetime | None = None
    coupon_code: str = ""
    promotion_id: int | None = None
    subscription_event_type_id: str = ""
    your_renewal_price: Price | None = None
    customer_renewal_price: Price | None = None


class Subscription(Value, frozen=True, kw_only=True):
    """A subscription with the items of the former interval and of the new one."""

    subscription_id: int
    customer_id: int | None = None
    customer_currency_id: str = ""
    customer_reference_id: str = ""
    customer_reference_no: str = ""
    grace_period_days: int | None = None
    billing_interval_day_count: int | None = None
    billing_interval_month_count: int | None = None
    interval_day_count: int | None = None
    interval_month_count: int | None = None
    last_billing_interval_number: int | None = None
    last_interval_number: int | None = None
    next_billing_date: datetime | None = None
    next_renewal_date: datetime | None = None
    next_billing_date_reminder: datetime | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    management_model: str = ""
    renewal_type: str = ""
    start_interval_day_count: int | None = None
    start_interval_month_count: int | None = None
    subscription_status: str = ""
    your_renewal_price: Price | None = None
    customer_renewal_price: Price | None = None
    subscription_purchase: SubscriptionPurchase | None = None
    subscription_items: tuple[SubscriptionItem, ...] = ()


class Signup(Value, frozen=True, kw_only=True):
    """Somebody who wants to sell for the merchant, as an affiliate or as a partner."""

    affiliate_id: int | None = None
    partner_id: int | None = None
    partner_type_id: str = ""
    status: str = ""
    status_id: str = ""
    partnergroup: str = ""
    contact: Contact | None = None
    extra_parameters: Mapping[str, object] = field(default_factory=dict)
