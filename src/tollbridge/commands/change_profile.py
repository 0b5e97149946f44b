"""Change a customer's contact, reference or card."""

from tollbridge.commands.saving import (
    change_subscription,
    context_of,
    decide_and_save_all,
    require_held,
    time_of,
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

    Both given must belong together. Of several customers all are changed or none. Raises Invalid
    when neither is given, NotFound when they are unknown, what `decide_contact_change` raises,
    and Busy (R7).
    """

    def decide() -> list[Decision]:
        return [
            decide_contact_change(
                [one.subscription for one in held],
                _parties(held[0]),
                change,
                context_of(platform, held[0], now=time_of(platform, held)),
            )
            for held in _customers(platform, merchant_id, subscription_id, reference_id)
        ]

    decide_and_save_all(platform, decide, name="updatecontact", actor=actor)


def _customers(
    platform: Platform, merchant_id: int, subscription_id: int | None, reference_id: str
) -> list[list[Held]]:
    """What each customer holds: the one subscription that is named, or all."""
    if subscription_id is None:
        return _of_reference(platform, merchant_id, reference_id)
    held = require_held(platform, merchant_id, subscription_id)
    matches = reference_id in ("", held.customer.reference_id)
    return [[known_customer(held if matches else None, reference_id)]]


def _of_reference(platform: Platform, merchant_id: int, reference_id: str) -> list[list[Held]]:
    """The customers with this reference whose contact can be changed (R18); if none can, all."""
    if not reference_id:
        raise Invalid("SubscriptionId", "Give SubscriptionId or CustomerReferenceId")
    key = CustomerKey(reference_id=reference_id)
    found = known_customer(platform.store.held_of_customers(merchant_id, key), reference_id)
    customers: dict[int, list[Held]] = {}
    for held, _ in found:
        customers.setdefault(held.customer.id, []).append(held)
    active = [
        all_held
        for all_held in customers.values()
        if any(held.subscription.status is SubscriptionStatus.ACTIVE for held in all_held)
    ]
    return active or list(customers.values())


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
