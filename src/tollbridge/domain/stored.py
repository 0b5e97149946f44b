"""Rows as they stand in the database: what is written follows from `records.py`."""

from datetime import datetime

import msgspec

from tollbridge.domain.coupon_uses import CouponUseRow
from tollbridge.domain.customer import ContactRole, Customer, PaymentMethod
from tollbridge.domain.money import Split
from tollbridge.domain.payment import Result
from tollbridge.domain.posting import Posting
from tollbridge.domain.purchase import PurchaseStatus, Purpose
from tollbridge.domain.records import ClaimRow, PurchaseItemRow, VersionRow
from tollbridge.domain.refund import RefundItemRow, StoredRefund
from tollbridge.domain.subscription import Subscription, SubscriptionStatus


class StoredContact(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer is searched by, of one contact; the e-mail is folded."""

    role: ContactRole
    email: str
    country_id: str


class StoredSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription's columns and document, with the rows that the document refers to.

    Customer and payment method are None where their rows are missing.
    """

    customer_id: int
    payment_method_id: int
    status: SubscriptionStatus
    due_at: datetime | None
    revision: int
    subscription: Subscription
    reference_id: str
    customer: Customer | None
    contacts: tuple[StoredContact, ...]
    payment_method: PaymentMethod | None


class StoredPurchase(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase as it stands in the money rows."""

    merchant_id: int
    id: int
    customer_id: int
    currency: str
    purpose: Purpose
    status: PurchaseStatus
    opened_at: datetime
    paid_at: datetime | None
    amount: Split


class StoredAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """A payment attempt as it stands in the money rows; `result` is None while it is open."""

    merchant_id: int
    purchase_id: int
    try_no: int
    key: str
    amount: int
    currency: str
    payment_method_id: int
    opened_at: datetime
    result: Result | None
    reference: str
    code: str
    settled_at: datetime | None


class MoneyRows(msgspec.Struct, frozen=True, kw_only=True):
    """All money rows of some purchases, for `doctor`."""

    purchases: tuple[StoredPurchase, ...]
    purchase_items: tuple[PurchaseItemRow, ...]
    attempts: tuple[StoredAttempt, ...]
    claims: tuple[ClaimRow, ...]
    postings: tuple[Posting, ...]
    versions: tuple[VersionRow, ...]
    coupon_uses: tuple[CouponUseRow, ...]
    refunds: tuple[StoredRefund, ...] = ()
    refund_items: tuple[RefundItemRow, ...] = ()


class OpenMoney(msgspec.Struct, frozen=True, kw_only=True):
    """Payment attempts of one currency that are not settled.

    `oldest` is when the first was recorded (wall time); `at_risk` are the minor units of those
    that are open for longer than was asked about.
    """

    currency: str
    attempts: int
    oldest: datetime
    at_risk: int
