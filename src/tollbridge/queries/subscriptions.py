"""Many subscriptions: of a customer, of a purchase."""

from tollbridge.domain.refusal import Invalid, NotFound, known_customer
from tollbridge.domain.subscription import SubscriptionStatus
from tollbridge.ports import CustomerKey, Held, History, Platform


def subscriptions_of_customer(
    platform: Platform, merchant_id: int, key: CustomerKey, status: SubscriptionStatus | None
) -> tuple[tuple[Held, History], ...]:
    """The customer's subscriptions by id, of all statuses or one (subscription-api.md 2.5).

    Raises Invalid unless exactly one key is given, NotFound when nobody has it.
    """
    given = [value for value in (key.customer_id, key.reference_id, key.email) if value]
    if len(given) != 1:
        raise Invalid(
            "customerId", "Give exactly one of customerId, customerReferenceId and customerEmail"
        )
    found = known_customer(platform.store.held_of_customers(merchant_id, key), str(given[0]))
    return tuple(
        (held, history)
        for held, history in found
        if status is None or held.subscription.status is status
    )


def subscriptions_of_purchase(
    platform: Platform, merchant_id: int, purchase_id: int
) -> tuple[tuple[Held, History], ...]:
    """The subscriptions that the purchase has lines of; NotFound for an unknown purchase."""
    found = platform.store.held_of_purchase_with_history(merchant_id, purchase_id)
    if not found:
        raise NotFound("purchase_unknown", f"Purchase not found: {purchase_id}", field="PurchaseId")
    return found
