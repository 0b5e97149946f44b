"""Add an item and take the money for it."""

from tollbridge.commands import add_item as command
from tollbridge.domain.decision import Prices
from tollbridge.domain.item_addition import ItemAddition
from tollbridge.flows.collecting import Collector


def add_item(
    collector: Collector, merchant_id: int, subscription_id: int, addition: ItemAddition, actor: str
) -> Prices:
    """The prices of the addition, which is saved and, if it costs something now, charged.

    The answer is the same whatever the gateway says (R1). Raises what the command raises.
    """
    decision = command.add_item(collector.platform, merchant_id, subscription_id, addition, actor)
    collector.collect(decision, actor)
    return decision.answer
