"""Move the items of one subscription into another and take the money for it."""

from tollbridge.commands import align_subscriptions as command
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.decision import Prices
from tollbridge.flows.collecting import Collector


def align_subscriptions(
    collector: Collector,
    merchant_id: int,
    primary_id: int,
    secondary_id: int,
    alignment: Alignment,
    *,
    generate_mail: bool,
    actor: str,
) -> Prices:
    """The prices of the alignment, which is saved and, if it costs something now, charged.

    The answer is the same whatever the gateway says (R1). Raises what the command raises.
    """
    decision = command.align_subscriptions(
        collector.platform,
        merchant_id,
        primary_id,
        secondary_id,
        alignment,
        generate_mail=generate_mail,
        actor=actor,
    )
    collector.collect(decision, actor)
    return decision.answer
