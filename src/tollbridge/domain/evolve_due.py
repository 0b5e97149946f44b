"""How a subscription moves by what time brings: bills, notices, dunning, the last interval."""

from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec.structs import replace

from tollbridge.domain import events as ev
from tollbridge.domain.moving import ended, with_items, with_purchase
from tollbridge.domain.subscription import (
    Item,
    ItemStatus,
    Subscription,
    SubscriptionStatus,
)


def _billed(subscription: Subscription, event: ev.PurchaseBilled) -> Subscription:
    move = partial(replace, billed_at=event.at)
    return with_purchase(subscription, event.purchase_id, move)


def _overdue(subscription: Subscription, event: ev.PaymentOverdue) -> Subscription:
    move = partial(replace, notices=event.notice_no)
    return with_purchase(subscription, event.purchase_id, move)


def _told(subscription: Subscription, _event: ev.Event) -> Subscription:
    """What was only told moves nothing."""
    return subscription


def _card_checked(subscription: Subscription, event: ev.CardChecked) -> Subscription:
    return replace(subscription, card_checked_no=event.number)


def _card_expiring(subscription: Subscription, event: ev.CardExpiring) -> Subscription:
    return replace(subscription, card_checked_no=event.number, card_told=True)


def _grace(subscription: Subscription, event: ev.GraceStarted) -> Subscription:
    return replace(subscription, status=SubscriptionStatus.GRACE, unpaid_until=event.until)


def _hold(subscription: Subscription, event: ev.HoldStarted) -> Subscription:
    return replace(subscription, status=SubscriptionStatus.HOLD, unpaid_until=event.until)


def _finished(subscription: Subscription, event: ev.ItemsFinished) -> Subscription:
    """The items end with their last interval; with the last one the subscription does (R16)."""
    end = subscription.next_billing
    stop = partial(replace, status=ItemStatus.FINISHED, end=end, coupon=None, former=None)
    done = with_items(subscription, event.running_nos, stop)
    return ended(done, SubscriptionStatus.FINISHED, end)


def _rolled_back(subscription: Subscription, event: ev.ItemRolledBack) -> Subscription:
    def back(item: Item) -> Item:
        if event.in_force is None or event.latest is None:
            return replace(
                item,
                status=ItemStatus.REMOVED,
                end=event.at,
                frozen=None,
                former=None,
                coupon=None,
            )
        return replace(
            item,
            version=event.item_version,
            version_active_at=event.at,
            in_force=event.in_force,
            latest=event.latest,
            former=None,
            coupon=event.coupon,
        )

    done = with_items(subscription, (event.running_no,), back)
    return ended(done, SubscriptionStatus.DEACTIVATED, subscription.next_billing)


DUE_MOVES: dict[type[ev.Event], Callable[[Subscription, Any], Subscription]] = {
    ev.PurchaseBilled: _billed,
    ev.PaymentAwaited: _told,
    ev.AuthenticationAsked: _told,
    ev.RenewalReminded: _told,
    ev.PaymentOverdue: _overdue,
    ev.CardChecked: _card_checked,
    ev.CardExpiring: _card_expiring,
    ev.GraceStarted: _grace,
    ev.HoldStarted: _hold,
    ev.ItemsFinished: _finished,
    ev.ItemRolledBack: _rolled_back,
}
