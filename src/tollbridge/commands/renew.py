"""Renew a subscription on request (V10, V13)."""

from tollbridge.commands.saving import change_subscription, context_of, fresh_purchase
from tollbridge.domain.decision import Decision
from tollbridge.domain.item_change import Renewal
from tollbridge.domain.renewal import decide_renewal
from tollbridge.ports import Held, Platform


def renew(
    platform: Platform, merchant_id: int, subscription_id: int, renewal: Renewal, actor: str
) -> Decision:
    """Save the renewal; its charge is an attempt that is still to be made.

    Raises what `decide_renewal` raises, NotFound for the subscription, Busy (R7).
    """

    def decide(held: Held) -> Decision:
        context = context_of(platform, held, fresh=fresh_purchase(platform, merchant_id))
        return decide_renewal(held.subscription, renewal, context)

    return change_subscription(
        platform, merchant_id, subscription_id, decide, name="renewsubscription", actor=actor
    )
