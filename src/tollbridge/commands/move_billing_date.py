"""Move a subscription's next billing date (R5)."""

from datetime import datetime

from tollbridge.commands.saving import decide_and_save, require_held
from tollbridge.domain.billing_date import decide_billing_date_move
from tollbridge.domain.decision import Context, Decision
from tollbridge.domain.facts import Parties
from tollbridge.ports import Platform


def move_billing_date(
    platform: Platform, merchant_id: int, subscription_id: int, to: datetime, actor: str
) -> Decision:
    """Bill next at `to`. Raises what `decide_billing_date_move` raises, NotFound, Busy (R7)."""

    def decide() -> Decision:
        held = require_held(platform, merchant_id, subscription_id)
        context = Context(
            now=held.merchant.now(platform.wall()),
            country=held.customer.country,
            tax=platform.tax,
            parties=Parties(held.customer, held.payment_method),
        )
        return decide_billing_date_move(held.subscription, to, context)

    return decide_and_save(platform, decide, name="updatenextbillingdate", actor=actor)
