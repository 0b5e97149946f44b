"""The types of notifications: which model each has, and which fact of ours causes it."""

from enum import Enum

import msgspec

SCHEMA_PATH = "/JsonNotificationSchemas"  # /{Type}: the schema of a type


class Model(Enum):
    """The shapes of platform.md a.4: the class of notices/model.py that each is written as."""

    PURCHASE = "PurchaseNotification"
    REIMBURSEMENT = "ReimbursementNotification"
    PROFILE = "ProfileNotification"
    SUBSCRIPTION = "SubscriptionNotification"


class NoticeType(msgspec.Struct, frozen=True, kw_only=True):
    """A type of notification.

    `prefix` begins the subject where it goes by e-mail, "" where none is published. `causes` are
    the types of facts that it may tell of; without any it is known and never caused here.
    """

    name: str
    model: Model
    prefix: str = ""
    causes: tuple[str, ...] = ()
    meaning: str


PAID = "PaidOrderNotification"
SUBSCRIPTION_PAID = "SubscriptionPaidNotification"
DECLINED = "OnlinePaymentDeclined"
OFFLINE = "NewOfflinePaymentPurchaseNotification"
PURCHASE_ORDER = "NewPurchaseOrderNotification"
REFUND = "RefundNotification"
PARTIAL_REFUND = "PartialRefundNotification"
CHARGEBACK = "ChargebackNotification"
RETURNED_DEBIT = "ReturnDirectDebitNotification"
CANCELED = "RecurringBillingCanceledNotification"
REINSTATED = "RecurringBillingReinstatedNotification"
ON_GRACE = "RecurringBillingOnGraceNotification"
GRACE_PERIOD = "RecurringBillingGracePeriodNotification"
ON_HOLD = "RecurringBillingOnHoldNotification"
DATE_EXTENDED = "SubscriptionBillingDateExtendedNotification"
RENEWAL_TYPE = "SubscriptionRenewalTypeChangedNotification"
PROFILE = "CustomerProfileUpdateNotification"
REMINDER_CHARGE = "SubscriptionReminderChargeNotification"
REMINDER_OFFLINE = "SubscriptionReminderOfflinePayNotification"
REMINDER_EXPIRED = "SubscriptionReminderPayOptExpNotification"
ERROR = "ErrorNotification"

_TYPES = (
    NoticeType(
        name=PAID,
        model=Model.PURCHASE,
        prefix="[PAY]",
        causes=("purchase_paid",),
        meaning="A purchase was paid: a sign-up, a renewal, a change within the interval",
    ),
    NoticeType(
        name=SUBSCRIPTION_PAID,
        model=Model.SUBSCRIPTION,
        causes=("purchase_paid",),
        meaning="The same of a running subscription, with the items of the interval before",
    ),
    NoticeType(
        name=DECLINED,
        model=Model.PURCHASE,
        prefix="[DEC]",
        causes=("payment_declined",),
        meaning="A charge was declined",
    ),
    NoticeType(
        name=OFFLINE,
        model=Model.PURCHASE,
        prefix="[WOF]",
        causes=("payment_awaited",),
        meaning="An order waits for a wire transfer",
    ),
    NoticeType(
        name=PURCHASE_ORDER,
        model=Model.PURCHASE,
        prefix="[WPO]",
        causes=("payment_awaited",),
        meaning="An invoice on the terms of a purchase order was issued",
    ),
    NoticeType(
        name=REFUND,
        model=Model.REIMBURSEMENT,
        prefix="[REF]",
        causes=("purchase_refunded",),
        meaning="Money was given back, and nothing of the purchase is left",
    ),
    NoticeType(
        name=PARTIAL_REFUND,
        model=Model.REIMBURSEMENT,
        prefix="[REF]",
        causes=("purchase_partially_refunded",),
        meaning="A part of a purchase was given back",
    ),
    NoticeType(
        name=CHARGEBACK,
        model=Model.REIMBURSEMENT,
        prefix="[CHB]",
        causes=("charged_back",),
        meaning="The customer's bank took the money back",
    ),
    NoticeType(
        name=RETURNED_DEBIT,
        model=Model.REIMBURSEMENT,
        prefix="[CHB]",
        causes=("charged_back",),
        meaning="A direct debit was returned",
    ),
    NoticeType(
        name=CANCELED,
        model=Model.REIMBURSEMENT,
        prefix="[RCC]",
        causes=("items_deactivated", "items_finished", "subscription_merged"),
        meaning="Items are billed no more",
    ),
    NoticeType(
        name=REINSTATED,
        model=Model.PURCHASE,
        prefix="[RCA]",
        causes=("items_reinstated", "items_received"),
        meaning="Items are active; payment is expected at the next billing date",
    ),
    NoticeType(
        name=ON_GRACE,
        model=Model.PURCHASE,
        prefix="[RCH]",
        causes=("grace_started",),
        meaning="The billing date was not paid, and grace has begun",
    ),
    NoticeType(
        name=GRACE_PERIOD,
        model=Model.PURCHASE,
        prefix="[RCH]",
        causes=("grace_started",),
        meaning="The same under the name of the XML schema 3.10",
    ),
    NoticeType(
        name=ON_HOLD,
        model=Model.PURCHASE,
        prefix="[RCH]",
        causes=("hold_started",),
        meaning="Grace is over and nothing is paid",
    ),
    NoticeType(
        name=DATE_EXTENDED,
        model=Model.PURCHASE,
        prefix="[BDE]",
        causes=("billing_date_moved",),
        meaning="The next billing date was moved",
    ),
    NoticeType(
        name=RENEWAL_TYPE,
        model=Model.PURCHASE,
        causes=("renewal_type_changed",),
        meaning="Automatic or manual renewal from now on",
    ),
    NoticeType(
        name=PROFILE,
        model=Model.PROFILE,
        prefix="[CPU]",
        causes=("profile_changed",),
        meaning="A contact, the reference or the payment method of a customer changed",
    ),
    NoticeType(
        name=REMINDER_CHARGE,
        model=Model.PURCHASE,
        prefix="[RCR]",
        causes=("renewal_reminded", "payment_awaited"),
        meaning="A renewal comes that is paid online",
    ),
    NoticeType(
        name=REMINDER_OFFLINE,
        model=Model.PURCHASE,
        prefix="[ROP]",
        causes=("payment_awaited",),
        meaning="A renewal comes that is paid by wire",
    ),
    NoticeType(
        name=REMINDER_EXPIRED,
        model=Model.PURCHASE,
        prefix="[RPE]",
        causes=("card_expiring",),
        meaning="The card expires before the next billing date",
    ),
    NoticeType(
        name=ERROR,
        model=Model.PURCHASE,
        prefix="[ERR]",
        causes=("payment_overdue",),
        meaning="The merchant has to act: the last notice of an unpaid purchase order went out",
    ),
    NoticeType(
        name="AwaitingNotification",
        model=Model.PURCHASE,
        prefix="[AWR]",
        meaning="An order is held for review",
    ),
    NoticeType(
        name="AwaitingReleaseForPurchaseOrderNotification",
        model=Model.PURCHASE,
        meaning="A purchase order waits to be confirmed and approved",
    ),
    NoticeType(
        name="ChargebackInformationRequestNotification",
        model=Model.REIMBURSEMENT,
        prefix="[CIR]",
        meaning="The customer's bank asks for evidence",
    ),
    NoticeType(
        name="CustomerContactDataChangedNotification",
        model=Model.PURCHASE,
        prefix="[CDC]",
        meaning="The contacts of a purchase changed",
    ),
)

TYPES: dict[str, NoticeType] = {one.name: one for one in _TYPES}
CAUSED: tuple[str, ...] = tuple(one.name for one in _TYPES if one.causes)

# Known, and neither caused nor described here: what they tell of is not part of Tollbridge.
FOREIGN = (
    "QuoteNotification",
    "RegistrationNotification",
    "NewAffiliateSignup",
    "NewPartnerSignup",
)
