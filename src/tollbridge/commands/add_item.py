"""Add an item to a subscription, or preview what that would cost."""

from tollbridge.commands.saving import (
    change_subscription,
    context_of,
    fresh_purchase,
    require_held,
)
from tollbridge.domain.decision import BLANK, Decision, Fresh, Prices
from tollbridge.domain.item_addition import ItemAddition, decide_item_addition
from tollbridge.ports import Held, Platform


def preview(
    platform: Platform, merchant_id: int, subscription_id: int, addition: ItemAddition
) -> Prices:
    """The prices that the addition would be answered with: the same decision, not saved."""
    held = require_held(platform, merchant_id, subscription_id)
    return _decide(platform, held, addition, BLANK).answer


def add_item(
    platform: Platform, merchant_id: int, subscription_id: int, addition: ItemAddition, actor: str
) -> Decision:
    """Save the addition; what it charges is an attempt that is still to be made.

    Raises what `decide_item_addition` raises, NotFound for the subscription, Busy (R7).
    """

    def decide(held: Held) -> Decision:
        fresh = fresh_purchase(platform, merchant_id) if addition.alignment.align else BLANK
        return _decide(platform, held, addition, fresh)

    return change_subscription(
        platform, merchant_id, subscription_id, decide, name=addition.call, actor=actor
    )


def _decide(platform: Platform, held: Held, addition: ItemAddition, fresh: Fresh) -> Decision:
    context = context_of(
        platform, held, {addition.product_id}, fresh, coupon_code=addition.coupon_code
    )
    return decide_item_addition(held.subscription, addition, context)
