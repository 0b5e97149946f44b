"""Bring deactivated items of a subscription back (R22)."""

from collections.abc import Collection

from tollbridge.commands.saving import change_subscription, context_of
from tollbridge.domain.decision import Decision
from tollbridge.domain.reinstatement import decide_reinstatement
from tollbridge.ports import Held, Platform


def reinstate_items(
    platform: Platform,
    merchant_id: int,
    subscription_id: int,
    running_nos: Collection[int],
    *,
    generate_mail: bool,
    actor: str,
) -> Decision:
    """Raises what `decide_reinstatement` raises, NotFound for the subscription, Busy (R7)."""

    def decide(held: Held) -> Decision:
        sold = {item.latest.product_id for item in held.subscription.items}
        return decide_reinstatement(
            held.subscription,
            running_nos,
            context_of(platform, held, sold),
            generate_mail=generate_mail,
        )

    return change_subscription(
        platform,
        merchant_id,
        subscription_id,
        decide,
        name="reinstatesubscriptionitems",
        actor=actor,
    )
