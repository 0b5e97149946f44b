"""What happened to a subscription, when, by whom."""

from tollbridge.domain.refusal import known_subscription
from tollbridge.ports import JournalEntry, Platform


def read_journal(
    platform: Platform, merchant_id: int, subscription_id: int
) -> tuple[JournalEntry, ...]:
    """The whole journal, oldest first; NotFound when the subscription is unknown."""
    entries = platform.store.journal(merchant_id, subscription_id)
    return known_subscription(entries or None, subscription_id)
