"""Take an item out of a subscription for good."""

from tollbridge.commands.saving import change_subscription, context_of
from tollbridge.domain.cancellation import decide_removal
from tollbridge.domain.decision import Decision
from tollbridge.ports import Held, Platform


def remove_item(
    platform: Platform,
    merchant_id: int,
    subscription_id: int,
    running_no: int,
    *,
    generate_mail: bool,
    actor: str,
) -> Decision:
    """Raises what `decide_removal` raises, NotFound for the subscription, Busy (R7)."""

    def decide(held: Held) -> Decision:
        return decide_removal(
            held.subscription,
            running_no,
            context_of(platform, held),
            generate_mail=generate_mail,
        )

    return change_subscription(
        platform, merchant_id, subscription_id, decide, name="removesubscriptionitem", actor=actor
    )
