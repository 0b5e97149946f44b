"""Settling a payment attempt: what the gateway's answer does to the subscription (R1, R7)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from tollbridge.domain.decision import Change, Decision
from tollbridge.domain.due import is_billed, next_retry
from tollbridge.domain.dunning import unpaid
from tollbridge.domain.events import (
    AuthenticationAsked,
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
from tollbridge.domain.schedule import Anchor
from tollbridge.domain.subscription import (
    ItemStatus,
    RenewalType,
    Subscription,
    SubscriptionStatus,
)
from tollbridge.domain.voiding import owed_by, rolled_back, voided_unbilled


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
    changes = [
        _settled(subscription, settlement, now) for _, subscription in sorted(subscriptions.items())
    ]
    return Decision(changes=tuple(_given_up(changes, now)), parties=parties)


def _given_up(changes: Sequence[Change], now: datetime) -> Iterator[Change]:
    """Cancel what was declined for items that are billed no more: of all, or one's own part.

    For the others dunning begins (R20).
    """
    shared = owed_by(change.after for change in changes)
    for change in changes:
        declined = [event for event in change.events if isinstance(event, PaymentDeclined)]
        if declined:
            change = voided_unbilled(change, now, shared)  # noqa: PLW2901 - the next state of it
            yield _after_decline(change, declined[0].purchase_id, now)
        else:
            yield change


def _settled(subscription: Subscription, settlement: Settlement, now: datetime) -> Change:
    change = Change(subscription)
    purchase = subscription.purchase(settlement.purchase_id)
    if purchase is None or not _is_news(purchase, settlement):
        return change
    event = _payment_event(settlement, now)
    change = change.then(event)
    if isinstance(event, PaymentCaptured):
        return _after_payment(change, purchase, now)
    if settlement.outcome.result is Result.ACTION_REQUIRED:
        change = change.then(AuthenticationAsked(at=now, purchase_id=purchase.id))
        return _without_payment(change, purchase, now)
    return change


def _after_decline(change: Change, purchase_id: int, now: datetime) -> Change:
    """A bill that is declined begins the dunning (R20), an alignment may be rolled back (R2)."""
    purchase = change.after.purchase(purchase_id)
    if purchase is None:
        return change
    if purchase.purpose is Purpose.ALIGNMENT and next_retry(change.after, purchase) is None:
        return rolled_back(change, (purchase,), now)
    return _without_payment(change, purchase, now)


def _without_payment(change: Change, purchase: Purchase, now: datetime) -> Change:
    """On its billing date the subscription is not paid for; before it, that is no harm."""
    is_bill = purchase.due is not None and is_billed(purchase, purchase.due)
    return unpaid(change, now) if is_bill else change


def _is_news(purchase: Purchase, settlement: Settlement) -> bool:
    """Whether the answer says anything that is not known.

    Money captured is a fact even when the attempt was taken for declined before (R7).
    """
    if not purchase.in_flight:
        return settlement.outcome.result is Result.CAPTURED
    if purchase.tries != settlement.try_no:
        return False
    if settlement.outcome.result is Result.UNKNOWN:  # no answer tells nothing beyond what is known
        return purchase.undecided is None
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
        advance = _anchored(change.after, purchase, purchase.advance, now)
        return change.then(interval_advanced(change.after, purchase, advance, now))
    return change


def _anchored(
    subscription: Subscription, purchase: Purchase, advance: Advance, now: datetime
) -> Advance:
    """A bill that was paid on a later day than it could be moves the calendar to then (R5).

    What the worker or the gateway was late with does not, nor what is billed after the fact (R22),
    nor an invoice that may be paid later.
    """
    if purchase.due is None or purchase.billed_at is None:
        return advance
    reinstated = subscription.reinstated_at
    missed = reinstated is not None and purchase.due < reinstated
    if not subscription.sync_with_payment_date or missed or purchase.net_days:
        return advance
    by_gateway = purchase.in_flight and purchase.undecided is not Result.ACTION_REQUIRED
    paid_at = purchase.tried_at if by_gateway and purchase.tried_at else now
    if paid_at.date() <= max(purchase.billed_at, purchase.due).date():
        return advance
    return replace(advance, started_at=paid_at, anchor=Anchor(paid_at, advance.billing_interval_no))


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
        paid=worths(purchase),
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


def paid_without_charge(
    change: Change, purchase: Purchase, now: datetime, reference: str = ""
) -> Change:
    """Paid without asking the gateway: a purchase of 0 (R16), or money that came by wire: try 0.

    `reference` is what the money is known by, "" where there is none.
    """
    paid = change.then(
        PaymentCaptured(at=now, purchase_id=purchase.id, try_no=0, reference=reference)
    )
    return _after_payment(paid, purchase, now)
