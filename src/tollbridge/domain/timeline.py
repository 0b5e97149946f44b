"""A life in lines: what happened to a subscription, or will, each with its amount and status."""

from collections.abc import Callable, Iterator
from datetime import datetime
from enum import Enum
from typing import Any

import msgspec

from tollbridge.domain import events as ev
from tollbridge.domain.decision import Change
from tollbridge.domain.money import Split
from tollbridge.domain.outbox import purchase_of
from tollbridge.domain.payment import Result
from tollbridge.domain.purchase import Purpose
from tollbridge.domain.refund import total_of
from tollbridge.domain.schedule import Instalment
from tollbridge.domain.subscription import Subscription, SubscriptionStatus, Terms


class Tense(Enum):
    """Whether it has happened, stands now, or will be."""

    PAST = "past"
    PRESENT = "present"
    FORECAST = "forecast"


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One line: when, what in words, of which purchase and amount, and the status after it."""

    at: datetime
    tense: Tense
    what: str
    status: SubscriptionStatus
    purchase_id: int | None = None
    amount: Split | None = None


def moments(change: Change, tense: Tense) -> Iterator[Moment]:
    """A line for each event that a reader wants to know of, in order."""
    before = change.before
    for event, state in zip(change.events, change.states, strict=True):
        tell = _TEXTS.get(type(event))
        if tell is not None:
            yield _moment(before, event, state, tense, tell(event))
        before = state


def present(subscription: Subscription, now: datetime) -> Moment:
    """The line between past and forecast: what is running, and what is open."""
    end, bill = subscription.end, subscription.bill
    runs = f"until {end:%Y-%m-%d}" if end else f"next billing {subscription.next_billing:%Y-%m-%d}"
    what = f"now: {_part(subscription.term_no, subscription.instalment)}, {runs}"
    return Moment(
        at=now,
        tense=Tense.PRESENT,
        what=f"{what}, bill open" if bill else what,
        status=subscription.status,
        purchase_id=bill.id if bill else None,
        amount=bill.total if bill else None,
    )


def _moment(
    before: Subscription | None, event: ev.Event, state: Subscription, tense: Tense, what: str
) -> Moment:
    purchase = (
        event.purchase if isinstance(event, ev.PurchaseOpened) else purchase_of(event, before)
    )
    amount = purchase.total if purchase else None
    if isinstance(event, ev.PurchaseRefunded | ev.ChargedBack):
        amount = -total_of(event.lines)
    return Moment(
        at=event.at,
        tense=tense,
        what=what,
        status=state.status,
        purchase_id=purchase.id if purchase else getattr(event, "purchase_id", None),
        amount=amount,
    )


def _terms(terms: Terms) -> str:
    return f"{terms.quantity} x {terms.product_name}"


def _items(running_nos: tuple[int, ...]) -> str:
    return "item " + ", ".join(str(number) for number in running_nos)


def _started(event: ev.SubscriptionStarted) -> str:
    return "signed up: " + ", ".join(_terms(terms) for terms in event.items)


def _part(interval_no: int, instalment: Instalment | None) -> str:
    """An interval, or the part of it that is paid by an instalment."""
    if instalment is None:
        return f"interval {interval_no}"
    return f"interval {interval_no}, instalment {instalment.number} of {instalment.of}"


def _opened(event: ev.PurchaseOpened) -> str:
    purchase = event.purchase
    part = purchase.advance.instalment if purchase.advance else None
    return {
        Purpose.SIGNUP: "order",
        Purpose.RENEWAL: f"bill for {_part(purchase.interval_no, part)}",
        Purpose.ALIGNMENT: "charge for a change",
    }[event.purchase.purpose]


def _captured(event: ev.PaymentCaptured) -> str:
    if event.try_no:
        return "paid"
    return f"paid, received as {event.reference}" if event.reference else "nothing to pay"


def _declined(event: ev.PaymentDeclined) -> str:
    return f"payment declined ({event.code})" + (", for good" if event.hard else "")


def _undecided(event: ev.PaymentUndecided) -> str:
    if event.result is Result.ACTION_REQUIRED:
        return "payment waits for the customer"
    return "outcome of the payment unknown"


def _advanced(event: ev.IntervalAdvanced) -> str:
    advance = event.advance
    part = _part(advance.term_no, advance.instalment)
    return f"{part} until {advance.next_billing:%Y-%m-%d}"


def _changed(event: ev.ItemChanged) -> str:
    since = "at once" if event.aligned else "from the next billing on"
    return f"item {event.running_no} changed to {_terms(event.terms)}, {since}"


def _awaited(event: ev.PaymentAwaited) -> str:
    return "told to pay ahead" if event.reminder else "told to pay"


_TEXTS: dict[type[ev.Event], Callable[[Any], str]] = {
    ev.SubscriptionStarted: _started,
    ev.SubscriptionActivated: lambda _: "begins",
    ev.PurchaseOpened: _opened,
    ev.PurchaseBilled: lambda _: "billed",
    ev.PurchaseVoided: lambda _: "purchase cancelled",
    ev.PaymentCaptured: _captured,
    ev.PaymentDeclined: _declined,
    ev.PaymentUndecided: _undecided,
    ev.AuthenticationAsked: lambda _: "sent a link to authenticate",
    ev.PaymentAwaited: _awaited,
    ev.PaymentOverdue: lambda event: f"notice {event.notice_no} of an unpaid order",
    ev.RenewalReminded: lambda _: "reminded of the charge",
    ev.CardExpiring: lambda _: "told that the card expires",
    ev.IntervalAdvanced: _advanced,
    ev.GraceStarted: lambda event: f"not paid: grace until {event.until:%Y-%m-%d}",
    ev.HoldStarted: lambda event: f"not paid: on hold until {event.until:%Y-%m-%d}",
    ev.ItemChanged: _changed,
    ev.ItemAdded: lambda event: f"item {event.running_no} added: {_terms(event.terms)}",
    ev.ItemRemoved: lambda event: f"item {event.running_no} removed",
    ev.ItemRolledBack: lambda event: f"item {event.running_no} back to what was paid for",
    ev.ItemsDeactivated: lambda event: f"{_items(event.running_nos)} deactivated",
    ev.ItemsFinished: lambda event: f"{_items(event.running_nos)} finished",
    ev.ItemsReinstated: lambda event: f"{_items(event.running_nos)} reinstated",
    ev.ItemsReceived: lambda event: f"items received from S{event.source}",
    ev.SubscriptionMerged: lambda event: f"items moved to S{event.into}",
    ev.RenewalTypeChanged: lambda event: f"renewal is {event.renewal_type.value} now",
    ev.BillingDateMoved: lambda event: f"next billing moved to {event.anchor.at:%Y-%m-%d}",
    ev.ParametersChanged: lambda _: "parameters changed",
    ev.PurchaseRefunded: lambda event: "refunded" if event.whole else "partly refunded",
    ev.RefundDeclined: lambda event: f"refund declined ({event.code})",
    ev.ChargedBack: lambda _: "charged back",
    ev.ProfileChanged: lambda event: f"{event.part} of the customer changed",
}
