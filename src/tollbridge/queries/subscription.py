"""One subscription with its whole history."""

from tollbridge.domain.refusal import known_subscription
from tollbridge.ports import Held, History, Platform


def read_subscription(
    platform: Platform, merchant_id: int, subscription_id: int
) -> tuple[Held, History]:
    """The subscription, superseded versions and purchase links; NotFound when unknown."""
    return known_subscription(
        platform.store.held_with_history(merchant_id, subscription_id), subscription_id
    )
