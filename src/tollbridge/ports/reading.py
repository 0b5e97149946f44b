"""What is read of subscriptions, journals and customers."""

from datetime import datetime
from enum import Enum

import msgspec

from tollbridge.domain.customer import Customer, PaymentMethod
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.records import VersionRow
from tollbridge.domain.subscription import Subscription


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription with everything that a decision or an answer needs, read in one go."""

    merchant: Merchant
    subscription: Subscription
    customer: Customer
    payment_method: PaymentMethod


class CustomerKey(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer is looked up by: exactly one of these."""

    customer_id: int | None = None
    reference_id: str = ""
    email: str = ""


class PurchaseLink(msgspec.Struct, frozen=True, array_like=True):
    """Which purchase line billed which version of an item (SubscriptionPurchaseItems)."""

    item_running_no: int
    item_version: int
    purchase_id: int
    purchase_item_running_no: int
    interval_no: int
    billing_interval_no: int


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What grew with the subscription: superseded versions and purchase links, oldest first."""

    versions: tuple[VersionRow, ...]
    links: tuple[PurchaseLink, ...]


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the journal; `payload` decodes with `domain.events.decode_event`."""

    merchant_id: int
    subscription_id: int
    sequence: int
    type: str
    version: int
    payload: bytes
    at: datetime
    recorded_at: datetime
    actor: str
    command: str
    command_id: str


class Series(Enum):
    """The kinds of id that the store issues."""

    SUBSCRIPTION = "subscription"
    PURCHASE = "purchase"
    CUSTOMER = "customer"
    PAYMENT_METHOD = "payment_method"
    ENDPOINT = "endpoint"
    NOTIFICATION = "notification"
    MAIL = "mail"
