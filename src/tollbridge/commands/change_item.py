"""Change an item of a subscription, or preview what that would cost (table 3.1)."""

from tollbridge.commands.saving import decide_and_save, require_held
from tollbridge.domain.catalog import Product
from tollbridge.domain.decision import BLANK, Context, Decision, Fresh, Prices
from tollbridge.domain.facts import Parties
from tollbridge.domain.item_change import ItemChange, decide_item_change
from tollbridge.ports import Held, Platform, Series


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

    Raises what `decide_item_change` raises, NotFound for the subscription, Busy (R7).
    """

    def decide() -> Decision:
        held = require_held(platform, merchant_id, subscription_id)
        return _decide(platform, held, change, _fresh(platform, merchant_id, change))

    return decide_and_save(platform, decide, name=change.call, actor=actor)


def _decide(platform: Platform, held: Held, change: ItemChange, fresh: Fresh) -> Decision:
    context = Context(
        now=held.merchant.now(platform.wall()),
        country=held.customer.country,
        tax=platform.tax,
        products=_products(platform, held, change),
        parties=Parties(held.customer, held.payment_method),
        fresh=fresh,
    )
    return decide_item_change(held.subscription, change, context)


def _products(platform: Platform, held: Held, change: ItemChange) -> dict[int, Product]:
    """The product named, and that of the item: the catalog is read only where it may count."""
    named = change.product_id
    current = {
        item.latest.product_id
        for item in held.subscription.items
        if item.running_no == change.running_no
    }
    if not change.recalculate and (named is None or named in current):
        return {}
    wanted = current if named is None else {named}
    return dict(platform.store.products(held.merchant.id, wanted))


def _fresh(platform: Platform, merchant_id: int, change: ItemChange) -> Fresh:
    if not change.alignment.align:
        return BLANK
    return Fresh(platform.store.issue_ids(merchant_id, Series.PURCHASE)[0], platform.new_key())
