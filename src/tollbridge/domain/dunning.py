"""When a billing date is not paid: grace, hold, deactivation (R20, R21)."""

from datetime import datetime

from tollbridge.domain.decision import Change
from tollbridge.domain.events import GraceStarted, HoldStarted, ItemsDeactivated
from tollbridge.domain.schedule import DAY
from tollbridge.domain.subscription import SubscriptionStatus
from tollbridge.domain.voiding import voided


def unpaid(change: Change, now: datetime) -> Change:
    """The billing date came and was not paid: grace, or at once hold where there is none (R20).

    Grace and hold that have begun go on.
    """
    if change.after.status is not SubscriptionStatus.ACTIVE:
        return change
    days = change.after.grace_days
    if not days:
        return held(change, now)
    return change.then(GraceStarted(at=now, until=now + days * DAY))


def held(change: Change, now: datetime) -> Change:
    """Grace is over: hold, or at once the end where there is none (R20)."""
    days = change.after.hold_days
    if not days:
        return deactivated(change, now)
    return change.then(HoldStarted(at=now, until=now + days * DAY))


def deactivated(change: Change, now: datetime) -> Change:
    """Nobody paid: the subscription ends, and with it what is open (R19, R20)."""
    event = ItemsDeactivated(
        at=now,
        running_nos=tuple(item.running_no for item in change.after.active_items),
        final=False,
        generate_mail=True,
        unpaid=True,
    )
    change = change.then(event)
    return voided(change, change.after.purchases, now)
