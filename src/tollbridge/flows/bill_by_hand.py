"""Billing what is due up to a time that somebody names, beside or instead of the workers."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime

from tollbridge.domain.merchant import Merchant
from tollbridge.domain.refusal import NotAllowed
from tollbridge.flows.billing import Run, bill_due
from tollbridge.flows.notifying import Notifying
from tollbridge.flows.recovery import recover_merchant
from tollbridge.flows.tally import Tally
from tollbridge.ports import Platform

MOST = 100_000_000  # counted at most


def require_past(platform: Platform, merchant: Merchant, until: datetime) -> None:
    """NotAllowed for a time that has not come yet: the system's or the sandbox clock's (R23)."""
    now = merchant.now(platform.wall())
    if until > now:
        hint = "" if merchant.clock is None else "; turn it with: tollbridge clock to"
        raise NotAllowed(
            "until_in_the_future",
            f"For merchant {merchant.id} it is {now.isoformat()}{hint}",
            field="until",
        )


def left_due(platform: Platform, merchant: Merchant, until: datetime) -> int:
    """How many subscriptions are due at or before a time, parked ones left out."""
    return platform.store.count_due(merchant.id, until, MOST)


def bill_until(
    platform: Platform,
    merchant: Merchant,
    until: datetime,
    *,
    stopped: Callable[[], bool] = bool,
) -> Iterator[Tally]:
    """Bill the merchant's due work and send the notices of it; what each batch came to.

    Old open payments are asked about before. What other workers are at is left to them, and so is
    everything once it is `stopped`.
    """
    recover_merchant(platform, merchant.id, platform.wall() - platform.lease)
    run = Run(
        merchant_id=merchant.id,
        holder=platform.new_key(),
        until=until,
        now_of=lambda held: held.merchant.now(platform.wall()),
        stopped=stopped,
    )
    yield from bill_due(platform, run)
    notices = Notifying(platform, merchant.id, run.holder, nominal=False)
    with closing(notices):
        for sent in notices.up_to(merchant.now(platform.wall()), stopped):
            yield Tally(notices=sent.made, mails=sent.mails)
