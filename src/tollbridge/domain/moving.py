"""Moving a part of a subscription and leaving the rest as it is: what `evolve` is made of."""

from collections.abc import Callable, Collection
from datetime import datetime

from msgspec.structs import replace

from tollbridge.domain.purchase import Purchase
from tollbridge.domain.subscription import Item, Subscription, SubscriptionStatus


def with_items(
    subscription: Subscription, running_nos: Collection[int], move: Callable[[Item], Item]
) -> Subscription:
    """The subscription with the items of these running numbers moved."""
    return replace(
        subscription,
        items=tuple(
            move(item) if item.running_no in running_nos else item for item in subscription.items
        ),
    )


def with_purchase(
    subscription: Subscription, purchase_id: int, move: Callable[[Purchase], Purchase]
) -> Subscription:
    """The subscription with an open purchase moved."""
    return replace(
        subscription,
        purchases=tuple(move(p) if p.id == purchase_id else p for p in subscription.purchases),
    )


def ended(subscription: Subscription, status: SubscriptionStatus, end: datetime) -> Subscription:
    """With its last active item a subscription ends (R19), whatever still awaits the customer."""
    if subscription.active_items:
        return subscription
    return replace(subscription, status=status, end=end, unpaid_until=None)
