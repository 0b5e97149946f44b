"""Deactivate items of a subscription (R19)."""

from collections.abc import Collection, Sequence

from tollbridge.commands.saving import change_subscription, context_of
from tollbridge.domain.cancellation import decide_deactivation
from tollbridge.domain.decision import Decision
from tollbridge.domain.purchase import Purpose
from tollbridge.domain.subscription import Subscription
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
            order=_order_of(platform, held),
        )

    return change_subscription(
        platform,
        merchant_id,
        subscription_id,
        decide,
        name="deactivatesubscriptionitems",
        actor=actor,
    )


def _order_of(platform: Platform, held: Held) -> Sequence[Subscription]:
    """The other subscriptions of the sign-up, as long as it is not paid."""
    unpaid = (p.id for p in held.subscription.purchases if p.purpose is Purpose.SIGNUP)
    return [
        other.subscription
        for purchase_id in unpaid
        for other in platform.store.held_of_purchase(held.merchant.id, purchase_id)
        if other.subscription.id != held.subscription.id
    ]
