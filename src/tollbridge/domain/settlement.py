"""Settling a payment attempt: what the gateway's answer does to the subscription (R1, R7)."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from tollbridge.domain.cancellation import voided_unbilled
from tollbridge.domain.decision import Change, Decision
from tollbridge.domain.events import (
    Event,
    IntervalAdvanced,
    PaymentCaptured,
    PaymentDeclined,
    PaymentUndecided,
    SubscriptionActivated,
)
from tollbridge.domain.facts import Parties
from tollbridge.domain.merchant import ManagementModel
from tollbridge.domain.payment import Outcome, Result
from tollbridge.domain.proration import worths
from tollbridge.domain.purchase import Advance, Purchase, Purpose
from tollbridge.domain.subscription import (
    ItemStatus,
    RenewalType,
    Subscription,
    SubscriptionStatus,
)


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one attempt at one purchase."""

    purchase_id: int
    try_no: int
    outcome: Outcome


def decide_settlement(
    subscriptions: Mapping[int, Subscription],
    settlement: Settlement,
    now: datetime,
    parties: Parties | None = None,
) -> Decision:
    """What the outcome means for every subscription that the purchase is of.

    Settling is a fact and is never refused, whatever the status (R7). An answer that comes
    twice changes nothing the second time.
    """
    return Decision(
        changes=tuple(
            _settled(subscription, settlement, now)
            for _, subscription in sorted(subscriptions.items())
        ),
        parties=parties,
    )


def _settled(subscription: Subscription, settlement: Settlement, now: datetime) -> Change:
    change = Change(subscription)
    purchase = subscription.purchase(settlement.purchase_id)
    if purchase is None or not _is_news(purchase, settlement):
        return change
    event = _payment_event(settlement, now)
    change = change.then(event)
    if isinstance(event, PaymentCaptured):
        return _after_payment(change, purchase, now)
    if isinstance(event, PaymentDeclined):
        return voided_unbilled(change, now)
    return change


def _is_news(purchase: Purchase, settlement: Settlement) -> bool:
    """Whether the answer says anything that is not known.

    Money captured is a fact even when the attempt was taken for declined before (R7).
    """
    if not purchase.in_flight:
        return settlement.outcome.result is Result.CAPTURED
    if purchase.tries != settlement.try_no:
        return False
    return purchase.undecided is not settlement.outcome.result


def _payment_event(settlement: Settlement, now: datetime) -> Event:
    purchase_id, try_no, outcome = settlement.purchase_id, settlement.try_no, settlement.outcome
    if outcome.result is Result.CAPTURED:
        return PaymentCaptured(
            at=now, purchase_id=purchase_id, try_no=try_no, reference=outcome.reference
        )
    if outcome.result is Result.DECLINED:
        return PaymentDeclined(
            at=now, purchase_id=purchase_id, try_no=try_no, code=outcome.code, hard=outcome.hard
        )
    return PaymentUndecided(
        at=now,
        purchase_id=purchase_id,
        try_no=try_no,
        result=outcome.result,
    )


def _after_payment(change: Change, purchase: Purchase, now: datetime) -> Change:
    """Paid: a sign-up begins, an interval that was paid for moves the calendar (R1)."""
    if purchase.purpose is Purpose.SIGNUP:
        return change.then(_activation(change.after, now))
    if purchase.advance is not None:
        return change.then(interval_advanced(change.after, purchase, purchase.advance, now))
    return change


def interval_advanced(
    subscription: Subscription, purchase: Purchase, advance: Advance, now: datetime
) -> IntervalAdvanced:
    """What the capture of a purchase that brings an interval does to the calendar (R1).

    A coupon has lowered a line when it is the one that the billed version had: one that came
    later counts from its own first billing (R6, R15).
    """
    lowered = (line for line in purchase.lines if line.explanation.discount is not None)
    return IntervalAdvanced(
        at=now,
        advance=advance,
        paid=worths(purchase.lines),
        discounted=tuple(
            line.item_running_no
            for line in lowered
            if (coupon := subscription.item(line.item_running_no).coupon) is not None
            and coupon.version <= line.item_version
        ),
    )


def _activation(subscription: Subscription, now: datetime) -> SubscriptionActivated:
    """Manual renewal under model One waits for the customer from the start (R21).

    A sign-up that was cancelled before its payment was settled stays cancelled (R7, R19).
    """
    waits = (
        subscription.management_model is ManagementModel.ONE
        and subscription.renewal_type is RenewalType.MANUAL
    )
    begins = SubscriptionStatus.DEACTIVATED if waits else SubscriptionStatus.ACTIVE
    is_new = subscription.status is SubscriptionStatus.NEW
    return SubscriptionActivated(
        at=now,
        status=begins if is_new else subscription.status,
        item_status=ItemStatus.AWAITING_REINSTATE if waits else ItemStatus.ACTIVE,
    )


def paid_without_charge(change: Change, now: datetime) -> Change:
    """A purchase of 0 is paid without asking the gateway (R16): try 0, no reference."""
    purchase = change.after.purchases[-1]
    paid = change.then(PaymentCaptured(at=now, purchase_id=purchase.id, try_no=0, reference=""))
    return _after_payment(paid, purchase, now)
