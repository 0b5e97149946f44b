"""Where the calendar stands once the next bill is paid (R1, R5, R9, R16)."""

from collections.abc import Sequence
from datetime import datetime

from tollbridge.domain.purchase import Advance
from tollbridge.domain.schedule import Anchor, after
from tollbridge.domain.subscription import Item, Subscription


def next_advance(
    subscription: Subscription, billed: Sequence[Item], reset_at: datetime | None = None
) -> Advance:
    """Where the calendar stands once the next bill of these items is paid.

    Its length is that of their latest terms. It is for a whole interval, or for the next instalment
    of the running one; another cycle begins a new one. With `reset_at` a new interval begins then
    and the rest of the running one is lost.
    """
    number = subscription.last_billing_interval_no + 1
    cycle = billed[0].latest.cycle if billed else subscription.cycle
    instalment = subscription.instalment_after(cycle, restart=reset_at is not None)
    if reset_at is not None:
        started_at = reset_at
        anchor = Anchor(after(reset_at, cycle.step), number + 1)
    else:
        started_at = subscription.next_billing
        same = cycle.step == subscription.billing_step
        anchor = subscription.anchor if same else Anchor(started_at, number)
    if instalment is None:
        interval_no = subscription.term_no + 1
    else:
        whole = instalment.is_last
        interval_no = instalment.term_no if whole else subscription.last_interval_no
    return Advance(
        interval_no=interval_no,
        billing_interval_no=number,
        started_at=started_at,
        anchor=anchor,
        interval=cycle.interval,
        billing_interval=cycle.billing_interval,
        instalment=instalment,
    )
