"""Deactivate items of a subscription (R19)."""

from collections.abc import Collection

from tollbridge.commands.saving import change_subscription, context_of
from tollbridge.domain.cancellation import decide_deactivation
from tollbridge.domain.decision import Decision
from tollbridge.ports import Held, Platform


def deactivate_items(
    platform: Platform,
    merchant_id: int,
    subscription_id: int,
    running_nos: Collection[int],
    *,
    allow_reinstate: bool,
    generate_mail: bool,
    actor: str,
) -> Decision:
    """Raises what `decide_deactivation` raises, NotFound for the subscription, Busy (R7)."""

    def decide(held: Held) -> Decision:
        return decide_deactivation(
            held.subscription,
            running_nos,
            context_of(platform, held),
            allow_reinstate=allow_reinstate,
            generate_mail=generate_mail,
        )

    return change_subscription(
        platform,
        merchant_id,
        subscription_id,
        decide,
        name="deactivatesubscriptionitems",
        actor=actor,
    )
