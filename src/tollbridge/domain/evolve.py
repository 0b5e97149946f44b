"""The only way a subscription moves: event by event."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from msgspec.structs import replace

from tollbridge.domain import events as ev
from tollbridge.domain.coupon import Coupon
from tollbridge.domain.evolve_due import DUE_MOVES
from tollbridge.domain.evolve_refund import REFUND_MOVES
from tollbridge.domain.facts import tells_fact
from tollbridge.domain.moving import ended, with_items, with_purchase
from tollbridge.domain.proration import paid_part
from tollbridge.domain.purchase import Asker, Purchase, PurchaseStatus, Purpose
from tollbridge.domain.schedule import Anchor, Cycle, Instalment, after, first_of_term
from tollbridge.domain.subscription import (
    UNPAID,
    Bought,
    Bounds,
    Former,
    Item,
    ItemStatus,
    Subscription,
    SubscriptionStatus,
    Terms,
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
        last_event_at=event.at,
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
            coupon=event.coupons.get(number),
        )
        for number, terms in enumerate(event.items, start=1)
    )
    started = Subscription(
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
        hold_days=event.hold_days,
        retry_days=event.retry_days,
        sync_with_payment_date=event.sync_with_payment_date,
        start=event.at,
        start_interval=event.first_interval or event.interval,
        trial=event.trial,
        interval=event.interval,
        billing_interval=event.billing_interval,
        instalment=_first_instalment(event),
        anchor=Anchor(event.at),
        running=Bounds(event.at, event.at),
        items=items,
    )
    return _beginning(started, event.at)


def _first_instalment(event: ev.SubscriptionStarted) -> Instalment | None:
    """What the sign-up pays for: the first instalment, or a trial, of which nothing is left."""
    cycle = Cycle(event.interval, event.billing_interval)
    return (
        Instalment(0, 1, 1) if event.trial and event.billing_interval else first_of_term(0, cycle)
    )


def _beginning(subscription: Subscription, at: datetime) -> Subscription:
    """The calendar begins now.

    Dates count from the start, or from the end of a first interval of its own length (R5).
    """
    first = subscription.first_step
    end = after(at, first)
    return replace(
        subscription,
        start=at,
        anchor=Anchor(at) if first == subscription.billing_step else Anchor(end, 1),
        running=Bounds(at, end),
    )


def _activated(subscription: Subscription, event: ev.SubscriptionActivated) -> Subscription:
    """The first interval begins; items that were cancelled meanwhile end with it (R19).

    Those that are not paid for end at once.
    """
    begun = _beginning(subscription, event.at)
    end = begun.running.end

    def started(item: Item) -> Item:
        return replace(
            item,
            status=event.item_status if item.active else item.status,
            start=event.at,
            version_active_at=event.at,
            coupon=item.coupon and item.coupon.after_sign_up(trial=subscription.trial),
            end=item.end if item.active else end if item.paid else event.at,
        )

    return replace(
        begun,
        status=event.status,
        end=subscription.end and end,
        items=tuple(started(item) for item in subscription.items),
    )


def _purchase_opened(subscription: Subscription, event: ev.PurchaseOpened) -> Subscription:
    purchase = replace(event.purchase, opened_at=event.at)
    original = purchase.id if purchase.purpose is Purpose.SIGNUP else None
    bought = {line.item_running_no: Bought(purchase.id, line.running_no) for line in purchase.lines}
    return replace(
        subscription,
        original_purchase_id=original or subscription.original_purchase_id,
        purchases=(*subscription.purchases, purchase),
        items=tuple(
            replace(item, bought=bought[item.running_no])
            if item.bought is None and item.running_no in bought
            else item
            for item in subscription.items
        ),
    )


def _payment_started(subscription: Subscription, event: ev.PaymentStarted) -> Subscription:
    asked = event.asker is Asker.CUSTOMER

    def started(purchase: Purchase) -> Purchase:
        return replace(
            purchase,
            tries=event.try_no,
            asked_tries=purchase.asked_tries + asked,
            tried_at=event.at,
            asker=event.asker,
            in_flight=True,
            undecided=None,
        )

    return with_purchase(subscription, event.purchase_id, started)


def _payment_declined(subscription: Subscription, event: ev.PaymentDeclined) -> Subscription:
    def declined(purchase: Purchase) -> Purchase:
        return replace(
            purchase,
            in_flight=False,
            undecided=None,
            status=PurchaseStatus.DECLINED,
            declined_at=purchase.declined_at or event.at,
            hard=purchase.hard or event.hard,
        )

    return with_purchase(subscription, event.purchase_id, declined)


def _payment_undecided(subscription: Subscription, event: ev.PaymentUndecided) -> Subscription:
    move = partial(replace, undecided=event.result)
    return with_purchase(subscription, event.purchase_id, move)


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
    """Parts paid within the running interval add up; those of a new one come with its advance.

    A change that is paid for is not rolled back any more (R2).
    """
    if item.former is not None and item.former.cause == purchase.cause:
        item = replace(item, former=None)
    if purchase.advance is not None:
        return item
    parts = tuple(
        paid_part(line, purchase.id)
        for line in purchase.lines
        if line.item_running_no == item.running_no
    )
    return replace(item, paid=(*item.paid, *parts)) if parts else item


def _interval_advanced(subscription: Subscription, event: ev.IntervalAdvanced) -> Subscription:
    """The calendar moves on, and with it the end of what is deactivated (R7, R19).

    Who pays in grace or hold is active again (R20).
    """
    advance, status = event.advance, subscription.status
    ends = subscription.end and status is SubscriptionStatus.DEACTIVATED
    return replace(
        subscription,
        status=SubscriptionStatus.ACTIVE if status in UNPAID else status,
        unpaid_until=None,
        end=advance.next_billing if ends else subscription.end,
        anchor=advance.anchor,
        interval=advance.interval,
        billing_interval=advance.billing_interval,
        instalment=advance.instalment,
        last_interval_no=advance.interval_no,
        last_billing_interval_no=advance.billing_interval_no,
        running=Bounds(advance.started_at, advance.next_billing),
        items=tuple(_advanced(item, event) for item in subscription.items),
    )


def _advanced(item: Item, event: ev.IntervalAdvanced) -> Item:
    """An item that is not on the bill has nothing paid in the new interval, so no credit (R11).

    The intervals that it missed are none of its renewals, and one that is paid in instalments
    counts as paid with the last of them (R16). Who pays for new terms keeps them,
    even where an alignment before was not paid (R2).
    """
    if item.status is ItemStatus.REMOVED:
        return item
    paid = event.paid.get(item.running_no)
    if paid is None:
        return replace(item, frozen=None, paid=())
    number, begun = event.advance.term_no, item.term_no
    last_no = number if event.advance.ends_term else item.last_interval_no
    lowered = item.coupon is not None and item.running_no in event.discounted
    return replace(
        item,
        in_force=item.frozen or item.latest,
        frozen=None,
        former=None,
        last_interval_no=last_no,
        interval_offset=item.interval_offset + (number - 1 - begun if number > begun else 0),
        intervals_begun=number - last_no,
        paid=(paid,),
        coupon=item.coupon.after_billing() if item.coupon and lowered else item.coupon,
        end=item.end and event.advance.next_billing,
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
            former=_former(subscription, item, event) if event.aligned else None,
            coupon=event.coupon or _kept(item.coupon, event.terms),
        )

    return replace(subscription, items=tuple(changed(item) for item in subscription.items))


def _former(subscription: Subscription, item: Item, event: ev.ItemChanged) -> Former:
    """What an aligned change falls back to unless it is paid (R2).

    Where one before it is not paid either, to what was before that.
    """
    cause = subscription.revision + 1
    if item.former is not None and any(
        p.cause == item.former.cause for p in subscription.purchases
    ):
        return replace(item.former, cause=cause, action=event.action, call=event.call)
    return Former(
        cause=cause,
        in_force=item.in_force,
        latest=item.latest,
        coupon=item.coupon,
        version=item.version,
        version_active_at=item.version_active_at,
        action=event.action,
        call=event.call,
    )


def _kept(coupon: Coupon | None, terms: Terms) -> Coupon | None:
    """A coupon stays with its item as long as it is for the item's product (R15)."""
    return coupon if coupon is not None and coupon.covers(terms.product_id) else None


def _item_added(subscription: Subscription, event: ev.ItemAdded) -> Subscription:
    item = Item(
        running_no=event.running_no,
        status=ItemStatus.ACTIVE,
        start=event.at,
        version_active_at=event.at,
        in_force=event.terms,
        latest=event.terms,
        last_interval_no=subscription.last_interval_no,
        interval_offset=subscription.term_no,
        intervals_begun=subscription.term_no - subscription.last_interval_no,
        former=Former(cause=subscription.revision + 1) if event.aligned else None,
        coupon=event.coupon,
    )
    return replace(subscription, items=(*subscription.items, item))


def _items_deactivated(subscription: Subscription, event: ev.ItemsDeactivated) -> Subscription:
    status = ItemStatus.FINISHED if event.final else ItemStatus.DEACTIVATED
    end = subscription.next_billing

    def stop(item: Item) -> Item:
        coupon = None if event.final else item.coupon
        return replace(
            item, status=status, deactivated_at=event.at, end=end, coupon=coupon, former=None
        )

    return ended(
        with_items(subscription, event.running_nos, stop), SubscriptionStatus.DEACTIVATED, end
    )


def _items_reinstated(subscription: Subscription, event: ev.ItemsReinstated) -> Subscription:
    """With its date in the past, what was missed is billed a little later (R22)."""
    back = partial(replace, status=ItemStatus.ACTIVE, deactivated_at=None, end=None)
    came_back = subscription.status is SubscriptionStatus.DEACTIVATED
    missed = came_back and subscription.next_billing < event.at
    return replace(
        with_items(subscription, event.running_nos, back),
        status=SubscriptionStatus.ACTIVE,
        reinstated_at=event.at if missed else subscription.reinstated_at,
        end=None,
    )


def _item_removed(subscription: Subscription, event: ev.ItemRemoved) -> Subscription:
    out = partial(replace, status=ItemStatus.REMOVED, frozen=None, coupon=None, end=event.at)
    removed = with_items(subscription, (event.running_no,), out)
    left = any(item.status is not ItemStatus.REMOVED for item in removed.items)
    if left:
        return ended(removed, SubscriptionStatus.DEACTIVATED, subscription.next_billing)
    return ended(removed, SubscriptionStatus.FINISHED, event.at)


def _purchase_voided(subscription: Subscription, event: ev.PurchaseVoided) -> Subscription:
    """Coupons that came with a sign-up go with it (R15)."""
    purchase = subscription.purchase(event.purchase_id)
    rest = purchase and purchase.without(event.items)
    left = (rest if p is purchase else p for p in subscription.purchases)
    voided = replace(subscription, purchases=tuple(p for p in left if p is not None))
    if purchase is not None and purchase.purpose is Purpose.SIGNUP:
        voided = with_items(voided, event.items or purchase.items, partial(replace, coupon=None))
    if voided.next_interval_open:
        return voided
    thawed = tuple(replace(item, frozen=None) for item in voided.items)
    return replace(voided, items=thawed)


def _subscription_merged(subscription: Subscription, event: ev.SubscriptionMerged) -> Subscription:
    """What had not ended before ends here: the items that moved, and those deactivated."""
    out = partial(replace, status=ItemStatus.REMOVED, coupon=None, end=event.at)
    ended = (ItemStatus.FINISHED, ItemStatus.REMOVED)
    return replace(
        subscription,
        status=SubscriptionStatus.FINISHED,
        end=event.at,
        items=tuple(item if item.status in ended else out(item) for item in subscription.items),
    )


def _items_received(subscription: Subscription, event: ev.ItemsReceived) -> Subscription:
    first = len(subscription.items) + 1
    received = tuple(
        Item(
            running_no=number,
            status=ItemStatus.ACTIVE,
            start=event.at,
            version_active_at=event.at,
            in_force=item.terms,
            latest=item.terms,
            last_interval_no=subscription.last_interval_no,
            interval_offset=subscription.term_no - item.renewals,
            intervals_begun=subscription.term_no - subscription.last_interval_no,
            paid=(item.paid,),
            coupon=item.coupon,
        )
        for number, item in enumerate(event.items, start=first)
    )
    return replace(subscription, items=(*subscription.items, *received))


def _renewal_type_changed(subscription: Subscription, event: ev.RenewalTypeChanged) -> Subscription:
    return replace(subscription, renewal_type=event.renewal_type)


def _parameters_changed(subscription: Subscription, event: ev.ParametersChanged) -> Subscription:
    merged = {**subscription.parameters, **event.parameters}
    return replace(subscription, parameters={key: value for key, value in merged.items() if value})


def _profile_changed(subscription: Subscription, event: ev.ProfileChanged) -> Subscription:
    """What a profile is stands elsewhere; a new card is looked at anew, and told of anew."""
    if event.part != "card":
        return subscription
    checked = subscription.last_billing_interval_no
    return replace(subscription, card_checked_no=checked, card_told=False)


def _billing_date_moved(subscription: Subscription, event: ev.BillingDateMoved) -> Subscription:
    """The card is looked at again: the date may be beyond its life now."""
    checked = subscription.last_billing_interval_no
    return replace(subscription, anchor=event.anchor, card_checked_no=checked)


_MOVES: dict[type[ev.Event], Callable[[Subscription, Any], Subscription]] = {
    **DUE_MOVES,
    **REFUND_MOVES,
    ev.SubscriptionActivated: _activated,
    ev.PurchaseOpened: _purchase_opened,
    ev.PaymentStarted: _payment_started,
    ev.PaymentCaptured: _payment_captured,
    ev.PaymentDeclined: _payment_declined,
    ev.PaymentUndecided: _payment_undecided,
    ev.IntervalAdvanced: _interval_advanced,
    ev.ItemChanged: _item_changed,
    ev.BillingDateMoved: _billing_date_moved,
    ev.ItemAdded: _item_added,
    ev.ItemsDeactivated: _items_deactivated,
    ev.ItemsReinstated: _items_reinstated,
    ev.ItemRemoved: _item_removed,
    ev.PurchaseVoided: _purchase_voided,
    ev.SubscriptionMerged: _subscription_merged,
    ev.ItemsReceived: _items_received,
    ev.RenewalTypeChanged: _renewal_type_changed,
    ev.ParametersChanged: _parameters_changed,
    ev.ProfileChanged: _profile_changed,
}
