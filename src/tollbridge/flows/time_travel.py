"""Advancing a sandbox clock: everything that falls due on the way is done (R24)."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from threading import Event

import msgspec

from tollbridge.commands.advance_clock import advance_clock, move_on, target_of
from tollbridge.domain.due import next_step
from tollbridge.domain.refusal import Busy, known_merchant
from tollbridge.domain.schedule import DAY, Interval
from tollbridge.flows.billing import Run, at_nominal_time, bill_due
from tollbridge.flows.leases import Leases
from tollbridge.flows.notifying import Notifying
from tollbridge.flows.recovery import recover_merchant
from tollbridge.flows.tally import Tally
from tollbridge.ports import SLOTS, Platform
from tollbridge.queries.clock import read_clock

WINDOW = DAY
ADVANCING = SLOTS  # the lease of the clock itself stands beside those of the slots
PATIENCE_SECONDS = 0.05  # between two looks at slots that a worker has
LOOKS_MAX = 20 * 120

_never = Event()

Progress = Callable[[Tally, datetime], None]


class Advanced(msgspec.Struct, frozen=True, kw_only=True):
    """What the clock shows after an advance, and what it brought."""

    now: datetime
    tally: Tally


class NextEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The first thing that falls due: when, in which subscription, and what kind it is."""

    at: datetime
    subscription_id: int
    step: str


def advance(
    platform: Platform,
    merchant_id: int,
    *,
    to: datetime | None = None,
    by: Interval | None = None,
    actor: str = "",
    progress: Progress | None = None,
    stopped: Callable[[], bool] = bool,
) -> Advanced:
    """Move the clock, window by window of at most a day, doing what is due in each (R24).

    In a window every tick is made at its own nominal time, and so is every attempt at a delivery;
    unknown payments are asked about and notices posted before the clock leaves it. An advance that
    is cut off, or `stopped` after its running batch, is done up to its last window, and the next
    one goes on from there. Raises what `advance_clock` raises, and Busy while another advance of
    the merchant is running.
    """
    target = target_of(platform, merchant_id, to=to, by=by)
    clock = _Clock(platform, merchant_id, platform.new_key())
    clock.take()
    notices = Notifying(platform, merchant_id, clock.holder, nominal=True)
    travel = _Travel(platform, clock, notices, progress, stopped, Tally())
    try:
        recover_merchant(platform, merchant_id)  # nothing else may be due in any window
        travel.notify(read_clock(platform, merchant_id))
        while (end := _window(platform, merchant_id, target)) is not None:
            if not travel.through(end):
                break
            move_on(platform, merchant_id, end, target=target, actor=actor)
        else:
            advance_clock(platform, merchant_id, to=target, actor=actor)
            recover_merchant(platform, merchant_id)  # customers may have been waited for enough
    finally:
        with ExitStack() as ending:
            ending.callback(clock.give_back)
            ending.callback(notices.close)
    return Advanced(now=read_clock(platform, merchant_id), tally=travel.total)


def next_event(platform: Platform, merchant_id: int) -> NextEvent | None:
    """What falls due first; None when nothing is."""
    at = platform.store.earliest_due(merchant_id)
    if at is None:
        return None
    for slot in range(SLOTS):
        for held in platform.store.due(merchant_id, slot, at, 1):
            step = next_step(held.subscription)
            if step is not None:
                name = step.step.name.lower()
                return NextEvent(at=at, subscription_id=held.subscription.id, step=name)
    return None


class _Clock:
    """The right to move a merchant's clock: one advance at a time."""

    def __init__(self, platform: Platform, merchant_id: int, holder: str) -> None:
        self.merchant_id = merchant_id
        self.holder = holder
        self._leases = Leases(platform, merchant_id, holder)

    def take(self) -> None:
        """Take it, or prolong it where little is left; Busy while somebody else has it."""
        if not self._leases.take(ADVANCING):
            raise Busy("clock_advancing", "The clock is being advanced already; wait for it")

    def give_back(self) -> None:
        """Let others move the clock."""
        self._leases.release()


def _window(platform: Platform, merchant_id: int, target: datetime) -> datetime | None:
    """Where the next window ends in which something is due; None when nothing is up to `target`."""
    store = platform.store
    found = (store.earliest_due(merchant_id), store.earliest_delivery(merchant_id))
    due = min((at for at in found if at is not None), default=None)
    if due is None or due > target:
        return None
    clock = known_merchant(platform.store.merchant(merchant_id), merchant_id).sandbox_clock()
    return min(target, max(clock, due) + WINDOW)


@dataclass(frozen=True, slots=True)
class _Travel:
    """An advance under way, and what it has brought so far."""

    platform: Platform
    clock: _Clock
    notices: Notifying
    progress: Progress | None
    stopped: Callable[[], bool]
    total: Tally

    def through(self, end: datetime) -> bool:
        """Do everything that is due up to the end of a window, whoever else is at it.

        False when it was stopped before. Raises Busy when others do not come to an end.
        """
        merchant_id = self.clock.merchant_id
        run = Run(
            merchant_id=merchant_id,
            holder=self.clock.holder,
            until=end,
            now_of=at_nominal_time,
            stopped=self.stopped,
        )
        for _ in range(LOOKS_MAX):
            for tally in bill_due(self.platform, run):
                self._count(tally, end)
            if self.stopped():
                return False
            recover_merchant(self.platform, merchant_id)
            self.notify(end)
            due = self.platform.store.earliest_due(merchant_id)
            if (due is None or due > end) and not self.notices.left(end):
                return True
            self.clock.take()
            _never.wait(PATIENCE_SECONDS)
        raise Busy("busy", "A worker is still busy with what is due; try again")

    def notify(self, end: datetime) -> None:
        """Tell what has become true and post what is due up to then (R24)."""
        for sent in self.notices.up_to(end, self.stopped):
            self._count(Tally(notices=sent.made, mails=sent.mails), end)

    def _count(self, tally: Tally, end: datetime) -> None:
        self.total.add(tally)
        self.clock.take()
        if self.progress is not None:
            self.progress(self.total, end)
