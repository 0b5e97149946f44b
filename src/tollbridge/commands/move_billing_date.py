"""Move a subscription's next billing date (R5)."""

from datetime import datetime

from tollbridge.commands.saving import change_subscription, context_of
from tollbridge.domain.billing_date import decide_billing_date_move
from tollbridge.domain.decision import Decision
from tollbridge.ports import Platform


def move_billing_date(
    platform: Platform, merchant_id: int, subscription_id: int, to: datetime, actor: str
) -> Decision:
    """Bill next at `to`. Raises what `decide_billing_date_move` raises, NotFound, Busy (R7)."""
    return change_subscription(
        platform,
        merchant_id,
        subscription_id,
        lambda held: decide_billing_date_move(held.subscription, to, context_of(platform, held)),
        name="updatenextbillingdate",
        actor=actor,
    )
