"""The billing run: claim what is due, tick it, charge it, settle it, a batch at a time.

A batch is two transactions with the gateway's calls between them. The process may die between any
two lines: what was decided is decided with its attempt stored, and `recovery.py` finishes from it;
what was not is due still, and whoever holds the slot next finds it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tollbridge.commands.saving import context_of
from tollbridge.commands.settle import settle
from tollbridge.domain.decision import Decision, Fresh
from tollbridge.domain.due import next_due
from tollbridge.domain.events import (
    PaymentStarted,
)
from tollbridge.domain.payment import Charge, Outcome
from tollbridge.domain.settlement import Settlement, decide_settlement
from tollbridge.domain.tick import tick
from tollbridge.flows.leases import Leases
from tollbridge.flows.pace import Pace
from tollbridge.flows.tally import Tally
from tollbridge.logs import log
from tollbridge.ports import (
    SLOTS,
    Command,
    Failed,
    Held,
    Parked,
    Platform,
    Saved,
    Series,
    UnsavableError,
)

ACTOR = "worker"
BATCH = 500
CLAIMED = "what it would charge for is claimed by another purchase (R4)"


@dataclass(frozen=True, slots=True)
class Run:
    """How a merchant's due work is done: by whom, until when, and at what time each tick is made.

    `now_of` gives the business time of a tick: the merchant's own for the worker, the nominal
    instant for an advance of a sandbox clock (R24). `batch` is the most that a batch holds, and
    `Platform.write_max` may make it less. `stopped` ends the run after the running batch.
    """

    merchant_id: int
    holder: str
    until: datetime
    now_of: Callable[[Held], datetime]
    batch: int = BATCH
    stopped: Callable[[], bool] = bool


def at_nominal_time(held: Held) -> datetime:
    """When the subscription is due: the time of its ticks while a sandbox clock is advanced."""
    due = next_due(held.subscription)
    clock = held.merchant.sandbox_clock()
    return clock if due is None else max(due, clock)


def bill_due(platform: Platform, run: Run) -> Iterator[Tally]:
    """Do what is due at or before `run.until`; what each batch came to.

    A slot is leased when the batch has room, and given back when nothing is due in it any more.
    Slots that somebody else has are left to them.
    """
    slots = _Slots(platform, run)
    pace = Pace(platform.wall, run.batch, platform.write_max)
    try:
        while not run.stopped() and (due := slots.due(pace.size())):
            tally = bill_batch(platform, run, due, pace)
            yield tally
            if not tally.ticks and not tally.parked:
                return  # others are at it
    finally:
        slots.release()


class _Slots:
    """The slots that a run has leased, and those that it has yet to ask for."""

    def __init__(self, platform: Platform, run: Run) -> None:
        self._store = platform.store
        self._run = run
        self._leases = Leases(platform, run.merchant_id, run.holder)
        first = sum(run.holder.encode()) % SLOTS  # workers begin at different slots
        self._free = [(first + number) % SLOTS for number in reversed(range(SLOTS))]

    def due(self, most: int) -> list[Held]:
        """The next batch; empty when nothing is due in any slot that can be had."""
        found: list[Held] = []
        for slot in self._leases.held:
            if self._leases.take(slot):
                found += self._due_in(slot, room=most - len(found))
        while self._free and len(found) < most:
            slot = self._free.pop()
            if self._is_due(slot) and self._leases.take(slot):
                found += self._due_in(slot, room=most - len(found))
        return found

    def release(self) -> None:
        """Give all slots back."""
        self._leases.release()

    def _due_in(self, slot: int, *, room: int) -> tuple[Held, ...]:
        """What is due in a leased slot; an empty one is given back."""
        if not room:
            return ()
        due = self._store.due(self._run.merchant_id, slot, self._run.until, room)
        if not due:
            self._leases.give_back(slot)
        return due

    def _is_due(self, slot: int) -> bool:
        """Whether a lease is worth its write: most slots of a window of an advance are empty."""
        run = self._run
        return bool(self._store.due(run.merchant_id, slot, run.until, 1))


def bill_batch(
    platform: Platform, run: Run, due: Sequence[Held], pace: Pace | None = None
) -> Tally:
    """One step for each of these subscriptions, charged and settled; `pace` sees how long it is."""
    tally = Tally()
    pace = pace or Pace(platform.wall, run.batch)
    ticked = _save_ticks(platform, run, due, tally, pace)
    charged = [(one, charge) for one in ticked if (charge := _charge_of(one)) is not None]
    if charged:
        outcomes = platform.gateway.charge([charge for _, charge in charged])
        _settle(platform, [one for one, _ in charged], outcomes, tally, pace)
    return tally


def _save_ticks(
    platform: Platform, run: Run, due: Sequence[Held], tally: Tally, pace: Pace
) -> list[Decision]:
    """The decisions that were saved. What cannot be decided or saved is parked (DESIGN.md 3)."""
    ids = platform.store.issue_ids(run.merchant_id, Series.PURCHASE, len(due))
    decided: list[tuple[Held, Decision]] = []
    for held, purchase_id in zip(due, ids, strict=True):
        try:
            decided.append((held, _ticked(platform, run, held, purchase_id)))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one blocks no other
            _park(platform, held, error, tally)
    command = _command(platform, "tick")
    with pace.saving(len(decided)):
        saved = platform.store.save([decision for _, decision in decided], command)
    kept = []
    for (held, decision), outcome in zip(decided, saved, strict=True):
        if outcome is Saved.SAVED:
            tally.ticks += 1
            tally.count(decision)
            kept.append(decision)
        elif isinstance(outcome, Failed):
            _park(platform, held, UnsavableError(outcome.error), tally)
        elif _stands_still(platform, held):
            _park(platform, held, UnsavableError(CLAIMED), tally)
    return kept


def _stands_still(platform: Platform, held: Held) -> bool:
    """Whether a conflict is not because somebody was faster: then it would come again for ever."""
    subscription = held.subscription
    now = platform.store.held(subscription.merchant_id, subscription.id)
    return now is not None and now.subscription.revision == subscription.revision


def _ticked(platform: Platform, run: Run, held: Held, purchase_id: int) -> Decision:
    """The step that is due; ValueError where there is none, or it changes nothing."""
    fresh = Fresh(purchase_id, platform.new_key())
    context = context_of(platform, held, fresh=fresh, now=run.now_of(held))
    decision = tick(held.subscription, context)
    if not decision.changed:
        message = "it is due, but nothing is to be done"
        raise ValueError(message)
    return decision


def _park(platform: Platform, held: Held, error: Exception, tally: Tally) -> None:
    """Set a subscription aside with its error; somebody has to look at it."""
    subscription = held.subscription
    log.error(
        "subscription_parked",
        merchant_id=subscription.merchant_id,
        subscription_id=subscription.id,
        exc_info=error,
    )
    tally.parked += 1
    platform.store.park(
        Parked(
            merchant_id=subscription.merchant_id,
            subscription_id=subscription.id,
            due_at=next_due(subscription) or held.merchant.now(platform.wall()),
            error=f"{type(error).__name__}: {error}",
            at=platform.wall(),
        )
    )


def _charge_of(decision: Decision) -> Charge | None:
    """What the gateway is asked for, None for a step that charges nothing."""
    [change] = decision.changes
    started = change.events[-1]
    if not isinstance(started, PaymentStarted):
        return None
    purchase = change.after.purchase(started.purchase_id)
    if purchase is None or decision.parties is None:
        message = f"purchase {started.purchase_id} is charged but not open"
        raise ValueError(message)
    return Charge(
        key=started.key,
        merchant_id=change.after.merchant_id,
        purchase_id=purchase.id,
        try_no=started.try_no,
        amount=purchase.total.gross,
        currency=purchase.currency,
        payment_method=decision.parties.payment_method,
    )


def _settle(
    platform: Platform,
    charged: Sequence[Decision],
    outcomes: Sequence[Outcome],
    tally: Tally,
    pace: Pace,
) -> None:
    """Settle a batch in one transaction; who was changed meanwhile is settled by itself."""
    settlements = [
        _settlement(decision, outcome) for decision, outcome in zip(charged, outcomes, strict=True)
    ]
    decisions = [
        decide_settlement(
            {change.after.id: change.after}, settlement, change.events[-1].at, decision.parties
        )
        for decision, settlement in zip(charged, settlements, strict=True)
        for change in decision.changes
    ]
    with pace.saving(len(decisions)):
        saved = platform.store.save(decisions, _command(platform, "settle"))
    for decision, settlement, outcome in zip(decisions, settlements, saved, strict=True):
        if outcome is Saved.SAVED:
            tally.count(decision)
        else:
            tally.count(_settled_alone(platform, decision, settlement))


def _settlement(decision: Decision, outcome: Outcome) -> Settlement:
    [change] = decision.changes
    started = change.events[-1]
    if not isinstance(started, PaymentStarted):
        message = "a charge without an attempt"
        raise TypeError(message)
    return Settlement(purchase_id=started.purchase_id, try_no=started.try_no, outcome=outcome)


def _settled_alone(platform: Platform, decision: Decision, settlement: Settlement) -> Decision:
    """Settle one attempt against what is stored now; what fails stays open and is asked about."""
    merchant_id = decision.changes[0].after.merchant_id
    try:
        return settle(platform, merchant_id, settlement, ACTOR)
    except Exception:
        log.exception(
            "payment_not_settled", merchant_id=merchant_id, purchase_ids=[settlement.purchase_id]
        )
        return Decision(changes=())


def _command(platform: Platform, name: str) -> Command:
    return Command(id=platform.new_key(), actor=ACTOR, name=name, recorded_at=platform.wall())
