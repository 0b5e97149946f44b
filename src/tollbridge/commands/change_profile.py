"""Change a customer's contact, reference or card."""

from collections.abc import Callable
from functools import partial

from tollbridge.commands.saving import (
    change_subscription,
    context_of,
    decide_and_save,
    require_held,
)
from tollbridge.domain.decision import Decision
from tollbridge.domain.facts import Parties
from tollbridge.domain.payment import StoredCard
from tollbridge.domain.profile import (
    ContactChange,
    decide_card_update,
    decide_contact_change,
    decide_reference_change,
)
from tollbridge.domain.refusal import Invalid, known_customer
from tollbridge.domain.subscription import SubscriptionStatus
from tollbridge.ports import CustomerKey, Held, Platform


def change_contact(
    platform: Platform,
    merchant_id: int,
    *,
    subscription_id: int | None,
    reference_id: str,
    change: ContactChange,
    actor: str,
) -> None:
    """Change a contact of the customer of a subscription, or of those with this reference.

    Both given must belong together. Raises Invalid when neither is given, NotFound when they
    are unknown, and what `decide_contact_change` raises.
    """
    if subscription_id is None:
        for customer_id in _customer_ids(platform, merchant_id, reference_id):
            load = partial(_held_of, platform, merchant_id, customer_id)
            _save_contact(platform, load, change, actor)
        return

    def load_one() -> list[Held]:
        held = require_held(platform, merchant_id, subscription_id)
        matches = reference_id in ("", held.customer.reference_id)
        return [known_customer(held if matches else None, reference_id)]

    _save_contact(platform, load_one, change, actor)


def _customer_ids(platform: Platform, merchant_id: int, reference_id: str) -> list[int]:
    """The customers with this reference whose contact can be changed (R18); if none can, all."""
    if not reference_id:
        raise Invalid("SubscriptionId", "Give SubscriptionId or CustomerReferenceId")
    key = CustomerKey(reference_id=reference_id)
    found = known_customer(platform.store.held_of_customers(merchant_id, key), reference_id)
    active = {h.customer.id for h, _ in found if h.subscription.status is SubscriptionStatus.ACTIVE}
    return sorted(active or {held.customer.id for held, _ in found})


def _held_of(platform: Platform, merchant_id: int, customer_id: int) -> list[Held]:
    key = CustomerKey(customer_id=customer_id)
    found = known_customer(platform.store.held_of_customers(merchant_id, key), str(customer_id))
    return [held for held, _ in found]


def _save_contact(
    platform: Platform, load: Callable[[], list[Held]], change: ContactChange, actor: str
) -> None:
    def decide() -> Decision:
        held = load()
        return decide_contact_change(
            [one.subscription for one in held],
            _parties(held[0]),
            change,
            context_of(platform, held[0]),
        )

    decide_and_save(platform, decide, name="updatecontact", actor=actor)


def change_reference(
    platform: Platform, merchant_id: int, subscription_id: int, reference_id: str, actor: str
) -> Decision:
    """Raises what `decide_reference_change` raises, NotFound for the subscription, Busy (R7)."""
    return change_subscription(
        platform,
        merchant_id,
        subscription_id,
        lambda held: decide_reference_change(
            held.subscription, _parties(held), reference_id, context_of(platform, held)
        ),
        name="updatecustomer",
        actor=actor,
    )


def update_card(
    platform: Platform, merchant_id: int, subscription_id: int, card: StoredCard, actor: str
) -> Decision:
    """Store what the card updater found out; nothing new changes nothing."""
    return change_subscription(
        platform,
        merchant_id,
        subscription_id,
        lambda held: decide_card_update(
            held.subscription, _parties(held), card, context_of(platform, held)
        ),
        name="updateaccount",
        actor=actor,
    )


def _parties(held: Held) -> Parties:
    return Parties(held.customer, held.payment_method)
