"""A life from its beginning into the future: journal, state and forecast joined."""

import msgspec

from tollbridge.domain.decision import Change
from tollbridge.domain.events import decode_event
from tollbridge.domain.timeline import Moment, Tense, moments, present
from tollbridge.ports import Platform
from tollbridge.queries.forecast import read_forecast
from tollbridge.queries.past import journal_until


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """The lines of a life in order; amounts in `currency`."""

    currency: str
    moments: tuple[Moment, ...]


def read_timeline(
    platform: Platform, merchant_id: int, subscription_id: int, count: int
) -> Timeline:
    """Everything that happened, what stands now, and the next `count` steps. Raises NotFound."""
    past = Change(None)
    for entry in journal_until(platform, merchant_id, subscription_id, None):
        past = past.then(decode_event(entry.type, entry.version, entry.payload))
    held, steps = read_forecast(platform, merchant_id, subscription_id, count)
    now = held.merchant.now(platform.wall())
    return Timeline(
        currency=held.subscription.currency,
        moments=(
            *moments(past, Tense.PAST),
            present(held.subscription, now),
            *(moment for step in steps for moment in moments(step.change, Tense.FORECAST)),
        ),
    )
