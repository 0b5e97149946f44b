"""Change an item and take the money for it."""

from tollbridge.commands import change_item as command
from tollbridge.domain.decision import Prices
from tollbridge.domain.item_change import ItemChange
from tollbridge.flows.collecting import Collector


def change_item(
    collector: Collector, merchant_id: int, subscription_id: int, change: ItemChange, actor: str
) -> Prices:
    """The prices of the change, which is saved and, if it costs something now, charged.

    The answer is the same whatever the gateway says (R1). Raises what the command raises.
    """
    decision = command.change_item(collector.platform, merchant_id, subscription_id, change, actor)
    collector.collect(decision, actor)
    return decision.answer
