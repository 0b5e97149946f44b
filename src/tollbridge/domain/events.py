"""What can happen to a subscription: the facts of its journal.

Events are never changed once released: a new meaning is a new version with an upcaster here, and
a golden corpus of every released event must fold for ever. No personal data and no card fact may
stand in one; contacts and payment methods are rows that events refer to by id.
"""

from datetime import datetime
from typing import ClassVar

import msgspec

from tollbridge.domain.coupon import Coupon
from tollbridge.domain.merchant import HOLD_DAYS, RETRY_DAYS, ManagementModel
from tollbridge.domain.payment import Result
from tollbridge.domain.purchase import Advance, Asker, Purchase
from tollbridge.domain.refund import RefundedLine, RefundPart
from tollbridge.domain.schedule import NO_INTERVAL, Anchor, Interval
from tollbridge.domain.subscription import (
    ItemStatus,
    PaidPart,
    RenewalType,
    SubscriptionStatus,
    Terms,
)


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all events; `at` is business time (R23). `version` is that of the shape."""

    version: ClassVar[int] = 1

    at: datetime


class SubscriptionStarted(Event, frozen=True, kw_only=True):
    """A customer signed up; `items` are numbered 1, 2, ... in this order.

    `first_interval` is the length of the first interval where it is another than `interval`; with
    `trial` it costs nothing (R16). With `billing_interval` an interval is paid in instalments.
    `coupons` are those of the items by running number (R15).
    """

    merchant_id: int
    subscription_id: int
    customer_id: int
    payment_method_id: int
    currency: str
    management_model: ManagementModel
    renewal_type: RenewalType
    interval: Interval
    billing_interval: Interval = NO_INTERVAL
    first_interval: Interval = NO_INTERVAL
    trial: bool = False
    reminder_days: int
    grace_days: int
    hold_days: int = HOLD_DAYS
    retry_days: tuple[int, ...] = RETRY_DAYS
    sync_with_payment_date: bool = True
    items: tuple[Terms, ...]
    coupons: dict[int, Coupon] = {}


class SubscriptionActivated(Event, frozen=True, kw_only=True):
    """The sign-up was paid: the first interval begins now."""

    status: SubscriptionStatus
    item_status: ItemStatus


class PurchaseOpened(Event, frozen=True, kw_only=True):
    """A purchase was opened with its lines frozen; the claims of R4 are taken with it."""

    purchase: Purchase


class PaymentStarted(Event, frozen=True, kw_only=True):
    """An attempt to charge a purchase was committed, before the gateway is called.

    `key` is the random key by which the gateway knows the attempt.
    """

    purchase_id: int
    try_no: int
    key: str
    asker: Asker = Asker.PLATFORM


class PaymentCaptured(Event, frozen=True, kw_only=True):
    """The gateway captured the money of an attempt; `reference` is the gateway's own id.

    Try 0 is money that came without a gateway: nothing was to be paid (R16), or it was received
    by wire and noted by hand.
    """

    purchase_id: int
    try_no: int
    reference: str


class PaymentDeclined(Event, frozen=True, kw_only=True):
    """The gateway declined an attempt; a hard decline will not change by trying again (R20)."""

    purchase_id: int
    try_no: int
    code: str
    hard: bool


class PaymentUndecided(Event, frozen=True, kw_only=True):
    """The outcome of an attempt is unknown, or the customer has to act; it stays in flight (R7).

    `result` is UNKNOWN or ACTION_REQUIRED.
    """

    purchase_id: int
    try_no: int
    result: Result


class IntervalAdvanced(Event, frozen=True, kw_only=True):
    """An interval was paid (or cost nothing) and the calendar moved on (R1).

    `paid` says by running number what the new interval is worth to later credits (R11),
    `discounted` names the items whose coupon lowered the bill (R15).
    """

    advance: Advance
    paid: dict[int, PaidPart]
    discounted: tuple[int, ...] = ()


class ItemChanged(Event, frozen=True, kw_only=True):
    """An item got a new version (R3).

    `aligned` says that the new terms are in force at once and not from the next billing on.
    `coupon` is one that was applied with it, in place of any before. `action` is the wire's
    UpdateAction (reporting only), `generate_mail` its GenerateMail, `call` the API call that
    asked for it.
    """

    running_no: int
    item_version: int
    terms: Terms
    coupon: Coupon | None = None
    aligned: bool
    action: str
    generate_mail: bool
    call: str


class ItemAdded(Event, frozen=True, kw_only=True):
    """An item joined the subscription; its running number is the next one.

    `aligned` says that its terms are in force at once and not from the next billing on. `call`
    is the API call that asked for it.
    """

    running_no: int
    terms: Terms
    coupon: Coupon | None = None
    aligned: bool
    affiliate_id: int | None = None
    generate_mail: bool
    call: str


class ItemsDeactivated(Event, frozen=True, kw_only=True):
    """Items are billed no more; the time that is paid for stays usable until the billing date.

    `final` items are Finished and cannot come back (AllowReinstate false). With its last active
    item the subscription is deactivated (R19). `unpaid` says that nobody asked for it: the
    subscription was not paid for (R20).
    """

    running_nos: tuple[int, ...]
    final: bool
    generate_mail: bool
    unpaid: bool = False


class ItemsFinished(Event, frozen=True, kw_only=True):
    """Items have had all their renewals and end with their last interval (R16)."""

    running_nos: tuple[int, ...]


class ItemsReinstated(Event, frozen=True, kw_only=True):
    """Items are billed again, and the subscription is active again (R22)."""

    running_nos: tuple[int, ...]
    generate_mail: bool


class ItemRemoved(Event, frozen=True, kw_only=True):
    """An item was taken out for good; with its last one the subscription is finished."""

    running_no: int
    generate_mail: bool


class PurchaseVoided(Event, frozen=True, kw_only=True):
    """An unpaid purchase was cancelled: its claim is released, its postings are reversed (R4).

    `items` are those whose lines are cancelled while the rest is still owed; none stands for all
    of this subscription. With `shared` other subscriptions of the order still owe their part (R19).
    """

    purchase_id: int
    items: tuple[int, ...] = ()
    shared: bool = False


class PurchaseBilled(Event, frozen=True, kw_only=True):
    """A bill that was opened on its reminder date became due, or is paid early (R6)."""

    purchase_id: int


class PaymentAwaited(Event, frozen=True, kw_only=True):
    """The customer was told to pay a purchase by hand: by link, by wire, or an invoice's terms.

    `reminder` says that it was told ahead of the billing date (R6, R21).
    """

    purchase_id: int
    reminder: bool = False


class RenewalReminded(Event, frozen=True, kw_only=True):
    """The customer was told of a charge that will come on the billing date (R6)."""

    purchase_id: int


class AuthenticationAsked(Event, frozen=True, kw_only=True):
    """The customer has to confirm a payment that is in flight, and is sent a link for it."""

    purchase_id: int


class PaymentOverdue(Event, frozen=True, kw_only=True):
    """A notice about an unpaid purchase order was sent; the last one goes to the merchant too."""

    purchase_id: int
    notice_no: int


class CardChecked(Event, frozen=True, kw_only=True):
    """The card lasts beyond the beginning of billing interval `number`."""

    number: int


class CardExpiring(Event, frozen=True, kw_only=True):
    """The card expires before or in the month in which billing `number` is due."""

    number: int


class GraceStarted(Event, frozen=True, kw_only=True):
    """The billing date came and was not paid: the customer has until `until` (R20)."""

    until: datetime


class HoldStarted(Event, frozen=True, kw_only=True):
    """Grace is over, or there was none: after `until` the subscription is deactivated (R20)."""

    until: datetime


class ItemRolledBack(Event, frozen=True, kw_only=True):
    """An aligned change was not paid: the item is again what it was before (R2).

    Without terms it was not there before, and is removed.
    """

    running_no: int
    item_version: int
    in_force: Terms | None
    latest: Terms | None
    coupon: Coupon | None = None


class SubscriptionMerged(Event, frozen=True, kw_only=True):
    """The items moved to another subscription: this one is Finished, its items are Removed.

    `told`: a fact tells of it. Journals from before that told none, and must count none.
    """

    into: int
    told: bool = False


class ReceivedItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item that comes from another subscription, with what is paid for it already (R11).

    Its coupon and the number of its renewals come with it (R15, R16).
    """

    terms: Terms
    paid: PaidPart
    coupon: Coupon | None = None
    renewals: int = 0


class ItemsReceived(Event, frozen=True, kw_only=True):
    """Items came from another subscription and are billed here from now on.

    `told` as in SubscriptionMerged.
    """

    source: int
    items: tuple[ReceivedItem, ...]
    generate_mail: bool
    told: bool = False


class RenewalTypeChanged(Event, frozen=True, kw_only=True):
    """Automatic or manual renewal from now on (management model Two)."""

    renewal_type: RenewalType


class ParametersChanged(Event, frozen=True, kw_only=True):
    """Parameters were set; an empty value removes the key."""

    parameters: dict[str, str]


class ProfileChanged(Event, frozen=True, kw_only=True):
    """The customer's contact, reference or card was changed; what it is now stands in its row.

    `part` is `billing`, `delivery`, `licensee`, `reference` or `card`.
    """

    part: str


class RefundStarted(Event, frozen=True, kw_only=True):
    """A refund was committed, before the gateway is called.

    `key` is the random key by which the gateway knows it, `charge_key` and `charge_reference` the
    charge that it is of, both empty for money that came without a gateway. `reason` is a word of
    the merchant's.
    """

    refund: RefundPart
    key: str
    charge_key: str
    charge_reference: str
    reason: str = ""


class PurchaseRefunded(Event, frozen=True, kw_only=True):
    """Money was given back; with `whole` nothing of the purchase is left.

    `reference` is the gateway's own id, or what the money is known by that was given back by hand.
    """

    purchase_id: int
    refund_no: int
    reference: str
    lines: tuple[RefundedLine, ...]
    whole: bool


class RefundDeclined(Event, frozen=True, kw_only=True):
    """The gateway did not give the money back."""

    purchase_id: int
    refund_no: int
    code: str


class ChargedBack(Event, frozen=True, kw_only=True):
    """The customer's bank took back what was left of a purchase.

    `reimbursement_id` is what the merchant's systems know it by, 0 where none was issued.
    """

    purchase_id: int
    lines: tuple[RefundedLine, ...]
    reimbursement_id: int = 0


class BillingDateMoved(Event, frozen=True, kw_only=True):
    """The next billing date was moved; later dates follow from the new anchor (R5)."""

    anchor: Anchor


EVENTS: dict[str, type[Event]] = {
    event.__name__: event
    for event in (
        SubscriptionStarted,
        SubscriptionActivated,
        PurchaseOpened,
        PaymentStarted,
        PaymentCaptured,
        PaymentDeclined,
        PaymentUndecided,
        IntervalAdvanced,
        ItemChanged,
        ItemAdded,
        ItemsDeactivated,
        ItemsFinished,
        ItemsReinstated,
        ItemRemoved,
        ItemRolledBack,
        PurchaseBilled,
        PurchaseVoided,
        AuthenticationAsked,
        PaymentAwaited,
        PaymentOverdue,
        RenewalReminded,
        CardChecked,
        CardExpiring,
        GraceStarted,
        HoldStarted,
        SubscriptionMerged,
        ItemsReceived,
        RenewalTypeChanged,
        ParametersChanged,
        ProfileChanged,
        BillingDateMoved,
        RefundStarted,
        PurchaseRefunded,
        RefundDeclined,
        ChargedBack,
    )
}

_ENCODER = msgspec.json.Encoder(decimal_format="string")
_DECODERS = {name: msgspec.json.Decoder(event) for name, event in EVENTS.items()}


def encode_event(event: Event) -> bytes:
    """The event's payload as stored in the journal (JSON, decimals as text)."""
    return _ENCODER.encode(event)


def decode_event(name: str, version: int, payload: bytes) -> Event:
    """The event of a journal row. Raises ValueError for a type or version not known here."""
    if name not in EVENTS or EVENTS[name].version != version:
        message = f"journal event {name} version {version} is not known to this program"
        raise ValueError(message)
    return _DECODERS[name].decode(payload)
