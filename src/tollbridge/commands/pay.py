"""Pay an open purchase: charge it again, or note money that came by hand (R7, R20, R21)."""

from collections.abc import Callable, Mapping, Sequence

from tollbridge.commands.saving import context_of, decide_and_save, time_of
from tollbridge.domain.decision import Context, Decision, Fresh
from tollbridge.domain.paying import decide_payment, decide_receipt, decide_retry
from tollbridge.domain.refusal import NotFound
from tollbridge.domain.subscription import Subscription
from tollbridge.ports import Held, Platform

Decide = Callable[[Mapping[int, Subscription], Context], Decision]


def pay(platform: Platform, merchant_id: int, purchase_id: int, actor: str) -> Decision:
    """Save an attempt at an open purchase; it is still to be made.

    Raises what `decide_payment` raises, NotFound for the purchase, Busy (R7).
    """

    def decide(subscriptions: Mapping[int, Subscription], context: Context) -> Decision:
        return decide_payment(subscriptions, purchase_id, context)

    return change_purchase(platform, merchant_id, purchase_id, decide, name="pay", actor=actor)


def retry_payment(platform: Platform, merchant_id: int, purchase_id: int, actor: str) -> Decision:
    """The same for a declined purchase only; raises what `decide_retry` raises."""

    def decide(subscriptions: Mapping[int, Subscription], context: Context) -> Decision:
        return decide_retry(subscriptions, purchase_id, context)

    return change_purchase(
        platform, merchant_id, purchase_id, decide, name="retrypayment", actor=actor
    )


def receive(
    platform: Platform, merchant_id: int, purchase_id: int, reference: str, actor: str
) -> Decision:
    """Note that the money of an open purchase came without a gateway (platform.md g).

    Raises what `decide_receipt` raises, NotFound for the purchase, Busy (R7).
    """

    def decide(subscriptions: Mapping[int, Subscription], context: Context) -> Decision:
        return decide_receipt(subscriptions, purchase_id, reference, context)

    return change_purchase(platform, merchant_id, purchase_id, decide, name="receive", actor=actor)


def change_purchase(
    platform: Platform,
    merchant_id: int,
    purchase_id: int,
    decide: Decide,
    *,
    name: str,
    actor: str,
) -> Decision:
    """Change every subscription that a purchase is of: decide and save, again on a conflict.

    Raises what `decide` raises, NotFound for the purchase, and Busy (R7).
    """

    def attempt() -> Decision:
        held = held_of(platform, merchant_id, purchase_id)
        context = context_of(
            platform, held[0], fresh=Fresh(0, platform.new_key()), now=time_of(platform, held)
        )
        return decide({one.subscription.id: one.subscription for one in held}, context)

    return decide_and_save(platform, attempt, name=name, actor=actor)


def held_of(platform: Platform, merchant_id: int, purchase_id: int) -> Sequence[Held]:
    """The subscriptions that a purchase is of; NotFound when the merchant has no such purchase."""
    held = platform.store.held_of_purchase(merchant_id, purchase_id)
    if not held:
        raise NotFound("purchase_unknown", f"Purchase not found: {purchase_id}", field="PurchaseId")
    return held
