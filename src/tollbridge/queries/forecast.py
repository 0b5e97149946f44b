"""What will be, if nobody interferes and every charge is captured (DESIGN.md 3)."""

from itertools import islice

from tollbridge.domain.decision import Context
from tollbridge.domain.facts import Parties
from tollbridge.domain.forecast import Foreseen, forecast
from tollbridge.domain.refusal import known_subscription
from tollbridge.ports import Held, Platform

STEPS_MAX = 240


def read_forecast(
    platform: Platform, merchant_id: int, subscription_id: int, count: int
) -> tuple[Held, tuple[Foreseen, ...]]:
    """The subscription and the next `count` steps that time brings to it, in order.

    Fewer where nothing is due any more, and where a payment is in flight. Raises NotFound.
    """
    found = platform.store.held(merchant_id, subscription_id)
    held = known_subscription(found, subscription_id)
    return held, tuple(islice(forecast(held.subscription, _around(platform, held)), count))


def _around(platform: Platform, held: Held) -> Context:
    """While a sandbox clock is advanced, the subscription may be ahead of it (R24)."""
    subscription = held.subscription
    last = subscription.last_event_at or subscription.start
    return Context(
        now=max(held.merchant.now(platform.wall()), last),
        country=held.customer.country,
        tax=platform.tax,
        parties=Parties(held.customer, held.payment_method),
    )
