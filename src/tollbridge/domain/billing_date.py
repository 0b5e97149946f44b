"""Moving the next billing date (subscription-api.md 2.14; R5)."""

from datetime import datetime

from tollbridge.domain.decision import (
    Change,
    Context,
    Decision,
    require_active,
    require_no_payment_in_progress,
)
from tollbridge.domain.events import BillingDateMoved
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.schedule import Anchor
from tollbridge.domain.subscription import Subscription
from tollbridge.domain.voiding import voided_next_interval


def decide_billing_date_move(
    subscription: Subscription, to: datetime, context: Context
) -> Decision:
    """Bill next at `to`, and count the later dates from there (R5). Nothing is charged for it.

    Raises NotAllowed for a status other than Active (R18), a date that is not in the future and
    a payment in progress (R7).
    """
    require_active(subscription)
    if to <= context.now:
        raise NotAllowed(
            "date_in_the_past", "NextBillingDate must be in the future", field="NextBillingDate"
        )
    require_no_payment_in_progress(subscription)
    anchor = Anchor(to, subscription.last_billing_interval_no + 1)
    change = voided_next_interval(Change(subscription), context.now)
    moved = change.then(BillingDateMoved(at=context.now, anchor=anchor))
    return Decision(changes=(moved,), parties=context.parties)
