"""The journal for a reader: every event with its amounts in the main unit and their arithmetic."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from tollbridge.rest.kinds import INSTANT, SUBSCRIPTION
from tollbridge.rest.line_messages import Amount, LineText, TermsText
from tollbridge.rest.messages import Answer, Message, of, told


class ReadJournal(Message, frozen=True, kw_only=True):
    """Whose journal to read."""

    subscription_id: Annotated[
        int, of(SUBSCRIPTION, "The subscription, with or without S", example="S67531904")
    ]
    as_of: Annotated[
        datetime | None, of(INSTANT, "Only what had happened until then (business time)")
    ] = None


class PartText(Answer, frozen=True, kw_only=True):
    """Which instalment of which interval (R16)."""

    interval_no: Annotated[int, told("The interval that it is a part of", 1)]
    number: Annotated[int, told("From 1", 3)]
    of: Annotated[int, told("Instalments of an interval", 12)]


class AdvanceText(Answer, frozen=True, kw_only=True):
    """How the calendar moves when the interval is paid."""

    interval_no: Annotated[int, told("The last interval that is paid then", 1)]
    billing_interval_no: Annotated[int, told("Counts bills from 0", 1)]
    instalment: Annotated[PartText | None, told("What is paid; null: a whole interval")]
    started_at: Annotated[str, told("When it begins", "2026-02-09T15:43:08.20517Z")]
    next_billing_at: Annotated[str, told("The anchor of the dates that follow")]
    interval: Annotated[str, told("ISO 8601", "P1Y")]
    billing_interval: Annotated[str | None, told("Between instalments; null: paid at once")]


class WorthText(Answer, frozen=True, kw_only=True):
    """What an interval is worth to later credits of one item (R11)."""

    item_running_no: Annotated[int, told("The item", 1)]
    gross: Annotated[Decimal, told("With tax", Decimal("150.0"))]
    net: Annotated[Decimal, told("Without tax", Decimal("126.05"))]
    covers_days: Annotated[int, told("Nominal days", 365)]


class CouponText(Answer, frozen=True, kw_only=True):
    """A coupon as it was applied (R15)."""

    code: Annotated[str, told("The code", "BD3-1KK-UN3")]
    promotion_id: Annotated[int, told("The promotion", 17)]
    promotion_name: Annotated[str, told("Its name", "Spring")]
    billings: Annotated[int | None, told("Renewals it is for; null: for ever", 3)]


class NumberedCoupon(CouponText, frozen=True, kw_only=True):
    """The coupon of one item of a sign-up."""

    item_running_no: Annotated[int, told("The item", 1)]


class RefundedText(Answer, frozen=True, kw_only=True):
    """What went back of one line of a purchase."""

    running_no: Annotated[int, told("The line", 1)]
    item_running_no: Annotated[int, told("The item it billed", 1)]
    amount: Annotated[Amount, told("What went back")]


class SubscriptionStarted(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """A customer signed up."""

    customer_id: Annotated[int, told("The customer", 157610360)]
    payment_method_id: Annotated[int, told("The payment method", 1)]
    currency: Annotated[str, told("ISO 4217", "USD")]
    management_model: Annotated[str, told("One or Two", "Two")]
    renewal_type: Annotated[str, told("Automatic or Manual", "Automatic")]
    interval: Annotated[str, told("ISO 8601", "P1M")]
    billing_interval: Annotated[str | None, told("Between instalments; null: paid at once")]
    first_interval: Annotated[str, told("Length of the first interval", "P1M")]
    trial: Annotated[bool, told("Whether the first interval costs nothing", example=False)]
    reminder_days: Annotated[int, told("Days between reminder and billing", 0)]
    grace_days: Annotated[int, told("Days before Hold", 15)]
    items: Annotated[tuple[TermsText, ...], told("Numbered 1, 2, ... in this order")]
    coupons: Annotated[tuple[NumberedCoupon, ...], told("Those that were applied")]


class SubscriptionActivated(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """The sign-up was paid: the first interval begins."""

    status: Annotated[str, told("Of the subscription", "ACT")]
    item_status: Annotated[str, told("Of its items", "ACT")]


class PurchaseOpened(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """A purchase was opened with its lines."""

    purchase_id: Annotated[int, told("The purchase", 531157892)]
    purpose: Annotated[str, told("signup, renewal or alignment", "alignment")]
    interval_no: Annotated[int, told("The interval it bills", 0)]
    billing_interval_no: Annotated[int, told("Counts bills from 0", 0)]
    currency: Annotated[str, told("ISO 4217", "USD")]
    amount: Annotated[Amount, told("The sum of the lines")]
    lines: Annotated[tuple[LineText, ...], told("What is charged, and why so much")]
    advance: Annotated[AdvanceText | None, told("What its payment moves")]


class PaymentStarted(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """An attempt to charge a purchase was begun."""

    purchase_id: Annotated[int, told("The purchase", 531157892)]
    try_no: Annotated[int, told("Counts from 1", 1)]


class PaymentCaptured(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """The gateway captured the money."""

    purchase_id: Annotated[int, told("The purchase", 531157892)]
    try_no: Annotated[int, told("0 where nothing was to be paid", 1)]
    reference: Annotated[str, told("The gateway's own id")]


class PaymentDeclined(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """The gateway declined."""

    purchase_id: Annotated[int, told("The purchase", 531157892)]
    try_no: Annotated[int, told("Counts from 1", 1)]
    code: Annotated[str, told("The gateway's reason", "insufficient_funds")]
    hard: Annotated[bool, told("Whether trying again cannot help", example=False)]


class PaymentUndecided(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """The outcome is not known, or the customer has to act."""

    purchase_id: Annotated[int, told("The purchase", 531157892)]
    try_no: Annotated[int, told("Counts from 1", 1)]
    result: Annotated[str, told("unknown or action_required", "unknown")]


class IntervalAdvanced(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """An interval was paid and the calendar moved on."""

    advance: Annotated[AdvanceText, told("What moved")]
    worth: Annotated[tuple[WorthText, ...], told("What the interval is worth to later credits")]
    discounted: Annotated[tuple[int, ...], told("Items whose coupon lowered the bill", [1])]


class ItemChanged(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """An item got a new version."""

    running_no: Annotated[int, told("The item", 1)]
    item_version: Annotated[int, told("The new version", 2)]
    terms: Annotated[TermsText, told("What it agrees")]
    coupon: Annotated[CouponText | None, told("A coupon that was applied with it")]
    aligned: Annotated[bool, told("In force at once, not from the next billing on", example=True)]
    action: Annotated[str, told("UpdateAction of the call", "upgrade")]
    generate_mail: Annotated[bool, told("GenerateMail of the call", example=True)]
    call: Annotated[str, told("The call it came by", "updatesubscriptionitem")]


class BillingDateMoved(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """The next billing date was moved."""

    next_billing_at: Annotated[str, told("The new date", "2026-07-16T13:06:58.54819Z")]


class ItemAdded(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """An item joined."""

    running_no: Annotated[int, told("Its running number", 2)]
    terms: Annotated[TermsText, told("What it agrees")]
    coupon: Annotated[CouponText | None, told("A coupon that was applied with it")]
    aligned: Annotated[bool, told("In force at once, not from the next billing on", example=True)]
    affiliate_id: Annotated[int | None, told("Who is credited, for reports")]
    generate_mail: Annotated[bool, told("GenerateMail of the call", example=True)]
    call: Annotated[str, told("The call it came by", "addsubscriptionitem")]


class ItemsDeactivated(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """Items are billed no more."""

    running_nos: Annotated[tuple[int, ...], told("The items", [2])]
    final: Annotated[bool, told("Whether they can never come back", example=False)]
    generate_mail: Annotated[bool, told("GenerateMail of the call", example=True)]


class ItemsReinstated(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """Items are billed again."""

    running_nos: Annotated[tuple[int, ...], told("The items", [2])]
    generate_mail: Annotated[bool, told("GenerateMail of the call", example=True)]


class ItemRemoved(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """An item was taken out for good."""

    running_no: Annotated[int, told("The item", 2)]
    generate_mail: Annotated[bool, told("GenerateMail of the call", example=True)]


class PurchaseVoided(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """An unpaid purchase was cancelled."""

    purchase_id: Annotated[int, told("The purchase", 531157892)]
    items: Annotated[tuple[int, ...], told("Whose lines alone; none: all of the subscription", [2])]
    shared: Annotated[bool, told("Whether other subscriptions still owe their part", example=False)]


class SubscriptionMerged(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """The items moved to another subscription."""

    into: Annotated[str, told("The other subscription", "S22447813")]


class ReceivedText(Answer, frozen=True, kw_only=True):
    """An item that came from another subscription, and what is paid for it already."""

    terms: Annotated[TermsText, told("What it agrees")]
    gross: Annotated[Decimal, told("Worth of the rest, with tax", Decimal("20.0"))]
    net: Annotated[Decimal, told("Worth of the rest, without tax", Decimal("16.81"))]
    covers_days: Annotated[int, told("Nominal days that it pays for", 9)]


class ItemsReceived(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """Items came from another subscription."""

    source: Annotated[str, told("The other subscription", "S18429519")]
    items: Annotated[tuple[ReceivedText, ...], told("Numbered on from the last item")]
    generate_mail: Annotated[bool, told("GenerateMail of the call", example=True)]


class RenewalTypeChanged(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """The renewal became automatic or manual."""

    renewal_type: Annotated[str, told("Automatic or Manual", "Manual")]


class ParameterText(Answer, frozen=True, kw_only=True):
    """A parameter."""

    key: Annotated[str, told("Its name", "x-promotion")]
    value: Annotated[str, told("Its value; empty: removed", "25off")]


class ParametersChanged(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """Parameters were set or removed."""

    parameters: Annotated[tuple[ParameterText, ...], told("Those that changed")]


class ProfileChanged(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """A part of the customer's profile changed; what it is now stands in no journal."""

    part: Annotated[str, told("billing, delivery, licensee, reference or card", "billing")]


class PurchaseBilled(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """A bill that was opened ahead of its date became due, or is paid early (R6)."""

    purchase_id: Annotated[int, told("The purchase", 531157892)]


class PaymentAwaited(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """The customer was told to pay by hand: by link, by wire, or on an invoice."""

    purchase_id: Annotated[int, told("The purchase", 531157892)]
    reminder: Annotated[bool, told("Whether ahead of the billing date", example=False)]


class RenewalReminded(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """The customer was told of a charge that will come on the billing date."""

    purchase_id: Annotated[int, told("The purchase", 531157892)]


class AuthenticationAsked(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """The customer was sent a link to confirm a payment."""

    purchase_id: Annotated[int, told("The purchase", 531157892)]


class PaymentOverdue(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """A notice about an unpaid purchase order was sent."""

    purchase_id: Annotated[int, told("The purchase", 531157892)]
    notice_no: Annotated[int, told("Counts from 1", 1)]


class CardChecked(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """The card lasts beyond a billing date."""

    number: Annotated[int, told("The bill, from 0", 1)]


class CardExpiring(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """The card expires before or in the month of a billing date."""

    number: Annotated[int, told("The bill, from 0", 1)]


class GraceStarted(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """The billing date was not paid: the customer has grace."""

    until: Annotated[str, told("When it ends", "2026-03-24T15:43:07.20517Z")]


class HoldStarted(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """Grace is over, or there was none."""

    until: Annotated[str, told("When the subscription is deactivated", "2026-03-31T15:43:07Z")]


class ItemRolledBack(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """A change that was not paid is undone (R2)."""

    running_no: Annotated[int, told("The item", 1)]
    item_version: Annotated[int, told("Its new version", 3)]
    terms: Annotated[TermsText | None, told("What it agrees again; null: it was removed")]


class ItemsFinished(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """Items have had all their renewals."""

    running_nos: Annotated[tuple[int, ...], told("The items", [2])]


class RefundStarted(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """A refund was begun."""

    purchase_id: Annotated[int, told("The purchase", 531157892)]
    refund_no: Annotated[int, told("Counts from 1", 1)]
    amount: Annotated[Amount, told("Of this subscription's lines")]
    reason: Annotated[str, told("A word of the merchant's", "goodwill")]
    terminate: Annotated[bool, told("Whether it ends the subscription", example=False)]


class PurchaseRefunded(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """Money was given back."""

    purchase_id: Annotated[int, told("The purchase", 531157892)]
    refund_no: Annotated[int, told("Counts from 1", 1)]
    reference: Annotated[str, told("The gateway's own id, or the money's")]
    lines: Annotated[tuple[RefundedText, ...], told("Of this subscription's lines")]
    whole: Annotated[bool, told("Whether nothing of the purchase is left", example=True)]


class RefundDeclined(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """The gateway did not give the money back."""

    purchase_id: Annotated[int, told("The purchase", 531157892)]
    refund_no: Annotated[int, told("Counts from 1", 1)]
    code: Annotated[str, told("The gateway's reason", "refund_exceeds_charge")]


class ChargedBack(Answer, frozen=True, kw_only=True, tag_field="event", tag=True):
    """The customer's bank took back what was left."""

    purchase_id: Annotated[int, told("The purchase", 531157892)]
    lines: Annotated[tuple[RefundedText, ...], told("Of this subscription's lines")]


EventText = (
    SubscriptionStarted
    | SubscriptionActivated
    | PurchaseOpened
    | PaymentStarted
    | PaymentCaptured
    | PaymentDeclined
    | PaymentUndecided
    | IntervalAdvanced
    | ItemChanged
    | BillingDateMoved
    | ItemAdded
    | ItemsDeactivated
    | ItemsReinstated
    | ItemRemoved
    | PurchaseVoided
    | SubscriptionMerged
    | ItemsReceived
    | RenewalTypeChanged
    | ParametersChanged
    | ProfileChanged
    | PurchaseBilled
    | PaymentAwaited
    | RenewalReminded
    | AuthenticationAsked
    | PaymentOverdue
    | CardChecked
    | CardExpiring
    | GraceStarted
    | HoldStarted
    | ItemRolledBack
    | ItemsFinished
    | RefundStarted
    | PurchaseRefunded
    | RefundDeclined
    | ChargedBack
)


class EntryText(Answer, frozen=True, kw_only=True):
    """One thing that happened."""

    sequence: Annotated[int, told("Counts from 1 without gaps", 1)]
    at: Annotated[str, told("Business time", "2026-02-09T15:43:07.20517Z")]
    recorded_at: Annotated[str, told("Time of the system that recorded it")]
    actor: Annotated[str, told("Who asked for it", "credential:cloudify")]
    command: Annotated[str, told("What was asked for", "updatesubscriptionitem")]
    command_id: Annotated[str, told("The same for everything that was saved together")]
    details: Annotated[EventText, told("What happened")]


class Journal(Answer, frozen=True, kw_only=True):
    """Everything that happened to a subscription, oldest first."""

    subscription_id: Annotated[str, told("The subscription", "S67531904")]
    currency: Annotated[str, told("Of all amounts, ISO 4217", "USD")]
    entries: Annotated[tuple[EntryText, ...], told("Oldest first")]
