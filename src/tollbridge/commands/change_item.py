"""Change an item of a subscription, or preview what that would cost (table 3.1)."""

from tollbridge.commands.saving import (
    change_subscription,
    context_of,
    fresh_purchase,
    require_held,
)
from tollbridge.domain.decision import BLANK, Decision, Fresh, Prices
from tollbridge.domain.item_change import ItemChange, decide_item_change
from tollbridge.domain.renewal import decide_change_and_renewal
from tollbridge.domain.subscription import Subscription
from tollbridge.ports import Held, Platform


def preview(
    platform: Platform, merchant_id: int, subscription_id: int, change: ItemChange
) -> Prices:
    """The prices that the change would be answered with: the same decision, not saved."""
    held = require_held(platform, merchant_id, subscription_id)
    return _decide(platform, held, change, BLANK).answer


def change_item(
    platform: Platform, merchant_id: int, subscription_id: int, change: ItemChange, actor: str
) -> Decision:
    """Save the change; what the decision charges is an attempt that is still to be made.

    Raises what the decision raises, NotFound for the subscription, Busy (R7).
    """

    def decide(held: Held) -> Decision:
        charges = change.alignment.align or change.renewal is not None
        fresh = fresh_purchase(platform, merchant_id) if charges else BLANK
        return _decide(platform, held, change, fresh)

    return change_subscription(
        platform, merchant_id, subscription_id, decide, name=change.call, actor=actor
    )


def _decide(platform: Platform, held: Held, change: ItemChange, fresh: Fresh) -> Decision:
    products = _catalog_ids(held.subscription, change)
    context = context_of(platform, held, products, fresh, coupon_code=change.coupon_code)
    if change.renewal is not None:
        return decide_change_and_renewal(held.subscription, change, change.renewal, context)
    return decide_item_change(held.subscription, change, context)


def _catalog_ids(subscription: Subscription, change: ItemChange) -> set[int]:
    """The product named, and that of the item: the catalog is read only where it may count."""
    named = change.product_id
    item = subscription.known_item(change.running_no)
    current = {item.latest.product_id} if item else set()
    if not change.recalculate and (named is None or named in current):
        return set()
    return current if named is None else {named}
