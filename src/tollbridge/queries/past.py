"""What was: a subscription and its journal as they stood at an earlier time (DESIGN.md 3)."""

from collections.abc import Sequence
from datetime import datetime

from tollbridge.domain.events import decode_event
from tollbridge.domain.evolve import fold
from tollbridge.domain.refusal import Invalid, NotFound, known_subscription
from tollbridge.domain.subscription import Subscription
from tollbridge.ports import JournalEntry, Platform


def journal_until(
    platform: Platform, merchant_id: int, subscription_id: int, as_of: datetime | None
) -> tuple[JournalEntry, ...]:
    """What had happened up to and at `as_of` (business time), oldest first; without it, all.

    Raises NotFound for an unknown subscription and for one that had not begun yet, Invalid for a
    time to come: that is the forecast's.
    """
    entries = platform.store.journal(merchant_id, subscription_id)
    known_subscription(entries or None, subscription_id)
    if as_of is None:
        return entries
    _require_past(platform, merchant_id, entries, as_of)
    told = tuple(entry for entry in entries if entry.at <= as_of)
    if not told:
        raise NotFound(
            "subscription_unknown", f"S{subscription_id} had not begun then", field="as_of"
        )
    return told


def subscription_as_of(
    platform: Platform, merchant_id: int, subscription_id: int, as_of: datetime | None
) -> Subscription:
    """The subscription as it stood at `as_of`, folded from its journal; without it, as it stands.

    Raises what `journal_until` raises.
    """
    if as_of is None:
        held = platform.store.held(merchant_id, subscription_id)
        return known_subscription(held, subscription_id).subscription
    entries = journal_until(platform, merchant_id, subscription_id, as_of)
    return fold(decode_event(entry.type, entry.version, entry.payload) for entry in entries)


def _require_past(
    platform: Platform, merchant_id: int, entries: Sequence[JournalEntry], as_of: datetime
) -> None:
    """While a sandbox clock is advanced, a subscription may be ahead of it (R24)."""
    merchant = platform.store.merchant(merchant_id)
    now = entries[-1].at if merchant is None else merchant.now(platform.wall())
    if as_of > max(now, entries[-1].at):
        raise Invalid("as_of", "as_of lies in the future: ask for the forecast")
