"""The only way a subscription moves: event by event."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from msgspec.structs import replace

from tollbridge.domain import events as ev
from tollbridge.domain.facts import tells_fact
from tollbridge.domain.proration import paid_part
from tollbridge.domain.purchase import Purchase, PurchaseStatus
from tollbridge.domain.schedule import Anchor, after, date_of
from tollbridge.domain.subscription import (
    Bounds,
    Item,
    ItemStatus,
    Subscription,
    SubscriptionStatus,
)


def evolve(subscription: Subscription | None, event: ev.Event) -> Subscription:
    """The subscription after the event. None stands for "not yet there".

    Raises ValueError when the event cannot follow (an event of a subscription that never
    started, or a second start): that is a broken journal, not a refusal.
    """
    if isinstance(event, ev.SubscriptionStarted):
        if subscription is not None:
            message = f"subscription {subscription.id} started twice"
            raise ValueError(message)
        moved = _started(event)
    elif subscription is None:
        message = f"{type(event).__name__} before SubscriptionStarted"
        raise ValueError(message)
    else:
        moved = _MOVES[type(event)](subscription, event)
    return replace(
        moved,
        revision=moved.revision + 1,
        facts=moved.facts + 1 if tells_fact(event) else moved.facts,
    )


def fold(events: Iterable[ev.Event]) -> Subscription:
    """The subscription that a whole journal leads to; ValueError for an empty one."""
    subscription: Subscription | None = None
    for event in events:
        subscription = evolve(subscription, event)
    if subscription is None:
        message = "a journal without events"
        raise ValueError(message)
    return subscription


def _started(event: ev.SubscriptionStarted) -> Subscription:
    items = tuple(
        Item(
            running_no=number,
            status=ItemStatus.ACTIVE,
            start=event.at,
            version_active_at=event.at,
            in_force=terms,
            latest=terms,
        )
        for number, terms in enumerate(event.items, start=1)
    )
    return Subscription(
        merchant_id=event.merchant_id,
        id=event.subscription_id,
        customer_id=event.customer_id,
        payment_method_id=event.payment_method_id,
        currency=event.currency,
        status=SubscriptionStatus.NEW,
        management_model=event.management_model,
        renewal_type=event.renewal_type,
        reminder_days=event.reminder_days,
        grace_days=event.grace_days,
        start=event.at,
        start_interval=event.interval,
        interval=event.interval,
        anchor=Anchor(event.at),
        running=Bounds(event.at, after(event.at, event.interval)),
        items=items,
    )


def _activated(subscription: Subscription, event: ev.SubscriptionActivated) -> Subscription:
    started = partial(replace, start=event.at, version_active_at=event.at)
    return replace(
        subscription,
        status=event.status,
        start=event.at,
        anchor=Anchor(event.at),
        running=Bounds(event.at, after(event.at, subscription.interval)),
        items=tuple(started(item, status=event.item_status) for item in subscription.items),
    )


def _purchase_opened(subscription: Subscription, event: ev.PurchaseOpened) -> Subscription:
    return replace(subscription, purchases=(*subscription.purchases, event.purchase))


def _payment_started(subscription: Subscription, event: ev.PaymentStarted) -> Subscription:
    move = partial(replace, tries=event.try_no, in_flight=True, undecided=None)
    return _with_purchase(subscription, event.purchase_id, move)


def _payment_declined(subscription: Subscription, event: ev.PaymentDeclined) -> Subscription:
    move = partial(replace, in_flight=False, undecided=None, status=PurchaseStatus.DECLINED)
    return _with_purchase(subscription, event.purchase_id, move)


def _payment_undecided(subscription: Subscription, event: ev.PaymentUndecided) -> Subscription:
    move = partial(replace, undecided=event.result)
    return _with_purchase(subscription, event.purchase_id, move)


def _with_purchase(
    subscription: Subscription, purchase_id: int, move: Callable[[Purchase], Purchase]
) -> Subscription:
    return replace(
        subscription,
        purchases=tuple(move(p) if p.id == purchase_id else p for p in subscription.purchases),
    )


def _payment_captured(subscription: Subscription, event: ev.PaymentCaptured) -> Subscription:
    """The purchase leaves the open ones, and its lines count as paid for their items (R11)."""
    paid = subscription.purchase(event.purchase_id)
    if paid is None:
        message = f"purchase {event.purchase_id} captured but not open"
        raise ValueError(message)
    return replace(
        subscription,
        purchases=tuple(p for p in subscription.purchases if p is not paid),
        items=tuple(_paid(item, paid) for item in subscription.items),
    )


def _paid(item: Item, purchase: Purchase) -> Item:
    """Parts paid within the running interval add up; those of a new one come with its advance."""
    if purchase.advance is not None:
        return item
    parts = tuple(
        paid_part(line) for line in purchase.lines if line.item_running_no == item.running_no
    )
    return replace(item, paid=(*item.paid, *parts)) if parts else item


def _interval_advanced(subscription: Subscription, event: ev.IntervalAdvanced) -> Subscription:
    advance = event.advance
    number = advance.interval_no
    return replace(
        subscription,
        anchor=advance.anchor,
        interval=advance.interval,
        last_interval_no=number,
        last_billing_interval_no=advance.billing_interval_no,
        running=Bounds(advance.started_at, date_of(advance.anchor, advance.interval, number + 1)),
        items=tuple(
            replace(
                item,
                in_force=item.frozen or item.latest,
                frozen=None,
                last_interval_no=number,
                paid=(event.paid[item.running_no],) if item.running_no in event.paid else (),
            )
            if item.active
            else item
            for item in subscription.items
        ),
    )


def _item_changed(subscription: Subscription, event: ev.ItemChanged) -> Subscription:
    billed = subscription.next_interval_open

    def changed(item: Item) -> Item:
        if item.running_no != event.running_no:
            return item
        return replace(
            item,
            version=event.item_version,
            version_active_at=event.at,
            latest=event.terms,
            in_force=event.terms if event.aligned else item.in_force,
            frozen=item.frozen or (item.latest if billed else None),
        )

    return replace(subscription, items=tuple(changed(item) for item in subscription.items))


def _billing_date_moved(subscription: Subscription, event: ev.BillingDateMoved) -> Subscription:
    return replace(subscription, anchor=event.anchor)


_MOVES: dict[type[ev.Event], Callable[[Subscription, Any], Subscription]] = {
    ev.SubscriptionActivated: _activated,
    ev.PurchaseOpened: _purchase_opened,
    ev.PaymentStarted: _payment_started,
    ev.PaymentCaptured: _payment_captured,
    ev.PaymentDeclined: _payment_declined,
    ev.PaymentUndecided: _payment_undecided,
    ev.IntervalAdvanced: _interval_advanced,
    ev.ItemChanged: _item_changed,
    ev.BillingDateMoved: _billing_date_moved,
}
