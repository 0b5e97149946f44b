"""Billing by the clock: live merchants by the system's, sandbox merchants up to their own (R23).

Any number of processes may do so at once: each leases the slots that it works on.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from tollbridge.domain.merchant import Merchant
from tollbridge.flows.billing import Run, bill_due
from tollbridge.flows.recovery import recover_merchant
from tollbridge.flows.tally import Tally
from tollbridge.logs import log
from tollbridge.ports import Held, Platform, StoreUnavailableError
from tollbridge.worker.loop import Loop, Stopped
from tollbridge.worker.mails import mail_loops
from tollbridge.worker.notices import Heard, notice_loops

POLL = 1.0  # seconds between two looks when nothing is due
DAILY = 86400.0  # seconds
TURN = timedelta(seconds=5)  # of one merchant, then the next has its turn; wall time (R23)


Told = Callable[[Tally], None]


class Billing:
    """Bills whatever is due, a round over all merchants at a time.

    `told` hears what each batch came to.
    """

    def __init__(self, platform: Platform, told: Told | None = None) -> None:
        self._platform = platform
        self._told = told
        self._holder = platform.new_key()

    def round(self, stopped: Stopped = bool) -> bool:
        """Each merchant's due work, for a turn at most; whether there may be more to do at once.

        `stopped` ends it after the running batch. A merchant whose work cannot be done keeps no
        other waiting. Raises StoreUnavailableError.
        """
        total = Tally()
        for merchant in self._platform.store.merchants():
            if stopped():
                return False
            try:
                total.add(self._bill(merchant, stopped))
            except StoreUnavailableError:
                raise
            except Exception:
                log.exception("merchant_not_billed", merchant_id=merchant.id)
        return bool(total.ticks)

    def _bill(self, merchant: Merchant, stopped: Stopped) -> Tally:
        wall = self._platform.wall
        total, until = Tally(), merchant.now(wall())
        due = self._platform.store.earliest_due(merchant.id)
        if due is None or due > until:
            return total
        end = wall() + TURN
        run = Run(
            merchant_id=merchant.id,
            holder=self._holder,
            until=until,
            now_of=self._now_of,
            stopped=lambda: stopped() or wall() >= end,
        )
        for tally in bill_due(self._platform, run):
            total.add(tally)
            if self._told is not None:
                self._told(tally)
        log.note(
            "billed",
            merchant_id=merchant.id,
            ticks=total.ticks,
            renewals=total.renewals,
            declines=total.declines,
            parked=total.parked,
        )
        return total

    def _now_of(self, held: Held) -> datetime:
        return held.merchant.now(self._platform.wall())


def loops_of(
    platform: Platform, *, bills: bool, told: Told | None = None, heard: Heard | None = None
) -> tuple[Loop, ...]:
    """What runs beside the requests or in a worker; without `bills` neither bills nor notices.

    `told` hears what each batch of bills came to, `heard` what notices did.
    """
    asking = Loop(
        "open-payments", partial(ask_about_payments, platform), platform.lease.total_seconds()
    )
    forgetting = Loop("old-requests", partial(forget_requests, platform), DAILY)
    if not bills:
        return asking, forgetting
    billing = Loop("billing", Billing(platform, told).round, POLL)
    return asking, forgetting, billing, *notice_loops(platform, heard), *mail_loops(platform)


def ask_about_payments(platform: Platform, stopped: Stopped = bool) -> bool:
    """Ask about payments that are open for longer than a lease (DESIGN.md 5, R7); no more at once.

    A gateway may answer too late, and a database may be away when its answer is to be recorded.
    Until the attempt is settled the subscription refuses further charges, so it is asked about
    while the process lives. A key never takes money twice, and settling what is settled changes
    nothing.
    """
    before = platform.wall() - platform.lease
    settled = 0
    for merchant in platform.store.merchants():
        if stopped():
            break
        settled += recover_merchant(platform, merchant.id, before)
    if settled:
        log.note("open_payments_settled", settled=settled)
    return False


def forget_requests(platform: Platform, stopped: Stopped = bool) -> bool:
    """Delete Idempotency-Keys that are older than they are kept; no more at once."""
    now = platform.wall()
    for merchant in platform.store.merchants():
        if stopped():
            break
        forgotten = platform.store.forget_requests(merchant.id, now)
        if forgotten:
            log.note("requests_forgotten", merchant_id=merchant.id, forgotten=forgotten)
    return False
