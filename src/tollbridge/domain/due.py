"""What time brings to a subscription, and when: the worker asks, and knows no rules itself.

Every step is at a nominal instant that follows from the subscription alone; `tick.py` takes it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import IntEnum

import msgspec

from tollbridge.domain.purchase import Purchase, PurchaseStatus, Purpose
from tollbridge.domain.schedule import DAY, Interval, after
from tollbridge.domain.subscription import (
    UNPAID,
    RenewalType,
    Subscription,
    SubscriptionStatus,
)

Active, New = SubscriptionStatus.ACTIVE, SubscriptionStatus.NEW

# R22: so that a call that follows a reinstatement can still move the date.
REINSTATED_WAIT = timedelta(minutes=15)

# platform.md g: a month before, and so only for intervals that are longer.
CARD_NOTICE = Interval(months=1)
MONTH_DAYS = 31

# platform.md g: days after the invoice of each notice, by the terms of the order; the last is
# told to the merchant, who has three days to keep the order before it is cancelled.
NOTICE_DAYS = {14: (14, 28, 42, 49), 30: (30, 44, 58, 65)}
NOTICE_WAIT_DAYS = 3


class Step(IntEnum):
    """Kinds of due work, in the order in which they are done at one instant (R8)."""

    RETRY = 1
    BILL = 2
    END_GRACE = 3
    END_HOLD = 4
    REMIND = 5
    CHECK_CARD = 6
    NOTICE = 7


class Due(msgspec.Struct, frozen=True, order=True):
    """A step that is due at an instant; `purchase_id` is what it is about, if it is about one."""

    at: datetime
    step: Step
    purchase_id: int = 0


def next_step(subscription: Subscription) -> Due | None:
    """The step that is due first; None when nothing is due any more."""
    return min(_steps(subscription), default=None)


def next_due(subscription: Subscription) -> datetime | None:
    """When the worker has to look at the subscription next; None when nothing is due any more."""
    step = next_step(subscription)
    return None if step is None else step.at


def next_retry(subscription: Subscription, purchase: Purchase) -> datetime | None:
    """When a declined purchase is tried again by itself; None when it is not (R2, R20).

    Tries in between take the place of no other. Bills are tried where the platform charges by
    itself, from their billing date on; alignments always; what was asked for (a sign-up, a
    renewal on request) never.
    """
    if purchase.status is not PurchaseStatus.DECLINED or purchase.hard or purchase.in_flight:
        return None
    first, tried = purchase.declined_at, purchase.tried_at
    if first is None or tried is None:
        return None
    if purchase.purpose is not Purpose.ALIGNMENT:
        if purchase.due is None or subscription.renewal_type is not RenewalType.AUTOMATIC:
            return None
        early = tried < purchase.due  # by link, and declined: the bill is still to come
        if early and subscription.status not in UNPAID:
            return None
        first = max(first, purchase.due)
    dates = (first + days * DAY for days in subscription.retry_days)
    return next((date for date in dates if date > tried), None)


def _steps(subscription: Subscription) -> Iterator[Due]:
    status = subscription.status
    if status in (Active, New) or status in UNPAID:
        for purchase in subscription.purchases:
            yield from _steps_of_purchase(subscription, purchase)
    if status is Active:
        yield from _steps_of_interval(subscription)
    elif status in UNPAID:
        yield from _steps_of_dunning(subscription)


def _steps_of_purchase(subscription: Subscription, purchase: Purchase) -> Iterator[Due]:
    retry = next_retry(subscription, purchase)
    if retry is not None and not subscription.payment_in_progress:
        yield Due(retry, Step.RETRY, purchase.id)
    if purchase.net_days and purchase.billed_at is not None and not purchase.in_flight:
        days = NOTICE_DAYS[purchase.net_days]
        last = days[-1] + NOTICE_WAIT_DAYS
        wait = (*days, last)[min(purchase.notices, len(days))]
        yield Due(purchase.billed_at + wait * DAY, Step.NOTICE, purchase.id)


def _steps_of_dunning(subscription: Subscription) -> Iterator[Due]:
    """The end of grace or hold, and the bill where it was cancelled (R6) or had to wait (R8).

    An attempt whose outcome is not known is settled first (R8).
    """
    bill = subscription.bill
    if (bill is None or not bill.posted) and not subscription.payment_in_progress:
        yield Due(subscription.next_billing, Step.BILL)
    if subscription.unpaid_until is not None and not subscription.outcome_unknown:
        grace = subscription.status is SubscriptionStatus.GRACE
        yield Due(subscription.unpaid_until, Step.END_GRACE if grace else Step.END_HOLD)


def _steps_of_interval(subscription: Subscription) -> Iterator[Due]:
    """Remind, look at the card, bill: each once for the interval that comes next.

    A payment that the customer has to confirm does not keep the billing date waiting (R8, R20).
    """
    date, reinstated = subscription.next_billing, subscription.reinstated_at
    missed = reinstated is not None and date < reinstated
    unbilled = subscription.payment_in_progress or not is_billed(subscription.bill, date)
    if unbilled and not subscription.outcome_unknown:
        earliest = date if reinstated is None else max(date, reinstated + REINSTATED_WAIT)
        yield Due(earliest, Step.BILL)
    if missed or not subscription.items_to_bill:
        return
    if subscription.reminder_days and not subscription.next_interval_open:
        yield Due(subscription.reminder, Step.REMIND)
    if _wants_card_check(subscription):
        yield Due(after(date, CARD_NOTICE, -1), Step.CHECK_CARD)


def is_billed(bill: Purchase | None, date: datetime) -> bool:
    """Whether the bill of a billing date was made on it, and is tried or awaited since."""
    if bill is None or bill.billed_at is None:
        return False
    return bill.billed_at >= date or (bill.tried_at is not None and bill.tried_at >= date)


def is_checked_ahead(interval: Interval) -> bool:
    """Whether the card is looked at a month before a billing date, and not with the bill before."""
    return interval.nominal_days > MONTH_DAYS


def _wants_card_check(subscription: Subscription) -> bool:
    return (
        subscription.renewal_type is RenewalType.AUTOMATIC
        and is_checked_ahead(subscription.billing_step)
        and subscription.card_checked_no <= subscription.last_billing_interval_no
    )
