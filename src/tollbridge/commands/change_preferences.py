"""Change a subscription's renewal type or its parameters."""

from collections.abc import Mapping

from tollbridge.commands.saving import change_subscription, context_of
from tollbridge.domain.decision import Decision
from tollbridge.domain.preferences import decide_parameters, decide_renewal_type
from tollbridge.domain.subscription import RenewalType
from tollbridge.ports import Platform


def change_renewal_type(
    platform: Platform,
    merchant_id: int,
    subscription_id: int,
    renewal_type: RenewalType,
    actor: str,
) -> Decision:
    """Raises what `decide_renewal_type` raises, NotFound for the subscription, Busy (R7)."""
    return change_subscription(
        platform,
        merchant_id,
        subscription_id,
        lambda held: decide_renewal_type(
            held.subscription, renewal_type, context_of(platform, held)
        ),
        name="updatesubscriptionrenewaltype",
        actor=actor,
    )


def change_parameters(
    platform: Platform,
    merchant_id: int,
    subscription_id: int,
    parameters: Mapping[str, str],
    actor: str,
) -> Decision:
    """Raises what `decide_parameters` raises, NotFound for the subscription, Busy (R7)."""
    return change_subscription(
        platform,
        merchant_id,
        subscription_id,
        lambda held: decide_parameters(held.subscription, parameters, context_of(platform, held)),
        name="updatesubscriptionparameters",
        actor=actor,
    )
