"""How a story tells an event: a few words, with the amount where money is meant."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from tollbridge.domain import events as ev
from tollbridge.domain.currency import minor_units
from tollbridge.domain.money import total
from tollbridge.domain.outbox import purchase_of
from tollbridge.domain.payment import Result
from tollbridge.domain.purchase import Asker, Purchase, Purpose
from tollbridge.domain.subscription import ItemStatus, Subscription, SubscriptionStatus

USD = "USD"
PURPOSES = {Purpose.SIGNUP: "order", Purpose.RENEWAL: "bill", Purpose.ALIGNMENT: "charge"}


def phrase(before: Subscription | None, event: ev.Event) -> str:
    """The event in words; "" for one that the others of its line tell as well."""
    if isinstance(event, ev.PurchaseRefunded | ev.ChargedBack):
        assert before is not None
        back = total(line.amount for line in event.lines).gross
        word = "charged back" if isinstance(event, ev.ChargedBack) else "given back"
        return f"{word} {money(back, before.currency)}"
    return _PHRASES[type(event)](event, _about(before, event))


def state(subscription: Subscription) -> str:
    """Status of subscription and items, and when it is billed next, or until when it is paid."""
    text = _statuses(subscription)
    if subscription.end is not None:
        return f"{text}, until {_day(subscription.end)}"
    return text if subscription.never_paid else f"{text}, next {_day(subscription.next_billing)}"


def money(minor: int, currency: str) -> str:
    """An amount in main units, with the currency unless it is the dollar."""
    digits = minor_units(currency)
    text = f"{Decimal(minor).scaleb(-digits):.{digits}f}"
    return text if currency == USD else f"{text} {currency}"


def _statuses(subscription: Subscription) -> str:
    """`Active` where all is, `New/Active` where the items are alike, else one by one."""
    own, items = _word(subscription.status), [_word(one.status) for one in subscription.items]
    if len(set(items)) > 1:
        return f"{own} ({', '.join(f'{number} {word}' for number, word in enumerate(items, 1))})"
    return own if items[0] == own else f"{own}/{items[0]}"


def _word(status: SubscriptionStatus | ItemStatus) -> str:
    return status.name.title().replace("_", "")


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def _about(before: Subscription | None, event: ev.Event) -> Purchase | None:
    if isinstance(event, ev.PurchaseOpened):
        return event.purchase
    return purchase_of(event, before)


def _amount(purchase: Purchase | None) -> str:
    return money(purchase.total.gross, purchase.currency) if purchase else ""


def _name(purchase: Purchase | None) -> str:
    return PURPOSES[purchase.purpose] if purchase else "purchase"


def _numbers(running_nos: tuple[int, ...]) -> str:
    return " and ".join(str(number) for number in running_nos)


def _started(event: ev.PaymentStarted, _: Purchase | None) -> str:
    asked = {Asker.PLATFORM: "", Asker.SCHEDULE: "tried again", Asker.CUSTOMER: "customer tries"}
    return asked[event.asker]


def _captured(event: ev.PaymentCaptured, purchase: Purchase | None) -> str:
    if event.try_no:
        return f"paid {_amount(purchase)}"
    return f"received {_amount(purchase)}" if event.reference else "nothing to pay"


def _declined(event: ev.PaymentDeclined, _: Purchase | None) -> str:
    return f"declined {'for good ' if event.hard else ''}({event.code})"


def _undecided(event: ev.PaymentUndecided, _: Purchase | None) -> str:
    waits = event.result is Result.ACTION_REQUIRED
    return "waits for the customer" if waits else "outcome unknown"


def _advanced(event: ev.IntervalAdvanced, _: Purchase | None) -> str:
    part, interval = event.advance.instalment, f"interval {event.advance.term_no}"
    return f"instalment {part.number} of {part.of} of {interval}" if part else interval


def _changed(event: ev.ItemChanged, _: Purchase | None) -> str:
    terms = event.terms
    return f"item {event.running_no} is {terms.quantity} x {terms.product_name}"


def _added(event: ev.ItemAdded, _: Purchase | None) -> str:
    return f"item {event.running_no} joins: {event.terms.quantity} x {event.terms.product_name}"


def _deactivated(event: ev.ItemsDeactivated, _: Purchase | None) -> str:
    how = "finished" if event.final else "deactivated"
    why = " unpaid" if event.unpaid else ""
    return f"item {_numbers(event.running_nos)} {how}{why}"


def _voided(event: ev.PurchaseVoided, purchase: Purchase | None) -> str:
    items = f" of item {_numbers(event.items)}" if event.items else ""
    return f"{_name(purchase)} {_amount(purchase)} cancelled{items}"


def _awaited(event: ev.PaymentAwaited, purchase: Purchase | None) -> str:
    ahead = "reminder to pay" if event.reminder else "asked to pay"
    return f"{ahead} {_amount(purchase)}"


def _rolled_back(event: ev.ItemRolledBack, _: Purchase | None) -> str:
    terms = event.latest
    now = f"is {terms.quantity} x {terms.product_name} again" if terms else "is gone"
    return f"item {event.running_no} {now}"


def _text(text: str) -> Callable[[Any, Purchase | None], str]:
    return lambda _event, _purchase: text


_PHRASES: dict[type[ev.Event], Callable[[Any, Purchase | None], str]] = {
    ev.SubscriptionStarted: _text(""),  # the step says it
    ev.SubscriptionActivated: _text("begins"),
    ev.PurchaseOpened: lambda _, p: f"{_name(p)} {_amount(p)}",
    ev.PaymentStarted: _started,
    ev.PaymentCaptured: _captured,
    ev.PaymentDeclined: _declined,
    ev.PaymentUndecided: _undecided,
    ev.IntervalAdvanced: _advanced,
    ev.ItemChanged: _changed,
    ev.ItemAdded: _added,
    ev.ItemsDeactivated: _deactivated,
    ev.ItemsFinished: lambda e, _: f"item {_numbers(e.running_nos)} over",
    ev.ItemsReinstated: lambda e, _: f"item {_numbers(e.running_nos)} reinstated",
    ev.ItemRemoved: lambda e, _: f"item {e.running_no} removed",
    ev.PurchaseVoided: _voided,
    ev.PurchaseBilled: lambda _, p: f"{_name(p)} {_amount(p)} due",
    ev.PaymentAwaited: _awaited,
    ev.RenewalReminded: lambda _, p: f"reminder of {_amount(p)}",
    ev.AuthenticationAsked: _text("asked to confirm"),
    ev.PaymentOverdue: lambda e, _: f"notice {e.notice_no}",
    ev.CardChecked: _text("card checked"),
    ev.CardExpiring: _text("card expires soon"),
    ev.GraceStarted: lambda e, _: f"grace until {_day(e.until)}",
    ev.HoldStarted: lambda e, _: f"hold until {_day(e.until)}",
    ev.ItemRolledBack: _rolled_back,
    ev.SubscriptionMerged: _text("merged"),
    ev.ItemsReceived: lambda e, _: f"{len(e.items)} item received",
    ev.RenewalTypeChanged: lambda e, _: f"{e.renewal_type.value.lower()} renewal",
    ev.ParametersChanged: _text("parameters set"),
    ev.ProfileChanged: lambda e, _: f"{e.part} changed",
    ev.RefundStarted: _text("refund"),
    ev.RefundDeclined: lambda e, _: f"refund declined ({e.code})",
    ev.BillingDateMoved: lambda e, _: f"billing date moved to {_day(e.anchor.at)}",
}
