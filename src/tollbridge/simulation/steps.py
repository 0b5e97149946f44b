"""What happens in one step: somebody asks for something, time passes, or the gateway speaks."""

from collections.abc import Callable, Generator, Sequence
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import NamedTuple

from tollbridge.commands.saving import context_of
from tollbridge.commands.settle import settle
from tollbridge.domain.events import Event
from tollbridge.domain.forecast import forecast
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.refusal import Refusal
from tollbridge.domain.settlement import Settlement
from tollbridge.domain.subscription import Subscription
from tollbridge.flows.billing import Run, bill_due
from tollbridge.flows.recovery import recover
from tollbridge.flows.tally import Tally
from tollbridge.flows.time_travel import advance
from tollbridge.ports import Held, Platform
from tollbridge.simulation.asking import Asking
from tollbridge.simulation.goods import LIVE, SANDBOX
from tollbridge.simulation.world import Running, World
from tollbridge.worker.billing import Billing

LEASE_SECONDS = 120  # longer than any lease: what a dead platform held is free again
SPANS_HOURS = (1, 5, 24, 72, 240, 800)  # that time passes in one step
BATCHES = (1, 2, 5, 500)
FORESEEN = 5  # subscriptions, each time the clock is advanced
FORESEEN_MAX = 60  # steps of one subscription between two looks


class Foreseen(NamedTuple):
    """What was foreseen of a subscription up to an instant, told when it was at that revision."""

    merchant_id: int
    subscription_id: int
    revision: int
    until: datetime
    events: tuple[Event, ...]


def merchant_of(platform: Platform, merchant_id: int) -> Merchant:
    """The merchant; it is there from the beginning."""
    merchant = platform.store.merchant(merchant_id)
    if merchant is None:
        message = f"merchant {merchant_id} is missing"
        raise ValueError(message)
    return merchant


def numbers_of(world: World, merchant_id: int) -> list[int]:
    """The merchant's subscriptions."""
    return list(world.store.subscription_ids(merchant_id))


def ask(world: World, running: Running, merchant_id: int, wanted: int) -> None:
    """One request to the platform; sign-ups until there are as many subscriptions as wanted."""
    chance, numbers = world.chance, numbers_of(world, merchant_id)
    asking = Asking(running.collector, merchant_id, chance)
    if len(numbers) < wanted and (not numbers or chance.random() < 0.5):  # noqa: PLR2004
        asking.sign_up()
        return
    if not numbers:
        return
    requests: tuple[Callable[[], None], ...] = (
        *(5 * (lambda: asking.any_change(numbers),)),
        *(3 * (lambda: asking.pay(numbers),)),
        lambda: asking.align(numbers),
        lambda: asking.give_back(numbers),
        asking.edit_catalog,
    )
    chance.choice(requests)()


def hear(world: World, running: Running) -> None:
    """The gateway's side: customers authenticate, requests arrive late, answers come again."""
    world.gateway.authenticate()
    world.gateway.deliver()
    entry = world.gateway.repeated()
    if entry is not None:
        told = Settlement(purchase_id=entry.purchase_id, try_no=entry.try_no, outcome=entry.outcome)
        settle(running.platform, entry.merchant_id, told, "gateway")
    recover(running.platform)


def destination(world: World) -> datetime:
    """Where the sandbox clock is to be advanced to."""
    return merchant_of(world.plain, SANDBOX).sandbox_clock() + _span(world)


def travel(world: World, running: Running, to: datetime) -> None:
    """The sandbox clock is advanced, and everything that falls due on the way is done (R24)."""
    world.wait(seconds=LEASE_SECONDS)
    advance(running.platform, SANDBOX, to=to)


def work(world: World, running: Running) -> None:
    """The live merchant's time passes, and two workers do what is due, turn by turn."""
    hours = _span(world) / timedelta(hours=1)
    world.wait(hours=hours)
    merchant_id = world.chance.choice((LIVE, LIVE, SANDBOX))
    workers = [_worker(world, one, merchant_id) for one in (running, world.other)]
    try:
        _take_turns(world, workers)
    finally:
        for worker in workers:
            worker.close()


def _take_turns(world: World, workers: Sequence[Generator[Tally, None, None]]) -> None:
    """Batch by batch; a worker may be so slow that its leases end."""
    left = list(workers)
    while left:
        worker = world.chance.choice(left)
        if next(worker, None) is None:
            left.remove(worker)
        if world.chance.random() < 0.1:  # noqa: PLR2004 - one turn in ten
            world.wait(seconds=LEASE_SECONDS)


def _worker(world: World, running: Running, merchant_id: int) -> Generator[Tally, None, None]:
    """A worker's billing run of a merchant, batch by batch."""
    platform = running.platform
    until = merchant_of(platform, merchant_id).now(world.wall)
    due = platform.store.earliest_due(merchant_id)
    if due is None or due > until:
        return
    run = Run(
        merchant_id=merchant_id,
        holder=world.new_key(),
        until=until,
        now_of=lambda held: held.merchant.now(world.wall),
        batch=world.chance.choice(BATCHES),
    )
    yield from bill_due(platform, run)


def overlap(world: World) -> Callable[[], None]:
    """What somebody else does between two calls: a request, a worker's batches, recovery."""

    def surprise() -> None:
        other, chance = world.other, world.chance
        kind = max(0, chance.randrange(-2, 4))
        try:
            if kind == 0:
                _interfere(world, other)
            elif kind == 1:
                world.wait(seconds=LEASE_SECONDS)
                _work_once(world, other)
            elif kind == 2:  # noqa: PLR2004
                recover(other.platform)
            else:
                _work_once(world, other)
        except Refusal:
            return

    return surprise


def _interfere(world: World, running: Running) -> None:
    """A request about the very subscription that somebody else has just read."""
    if world.witness.read is None:
        return
    merchant_id, number = world.witness.read
    asking = Asking(running.collector, merchant_id, world.chance)
    if world.chance.random() < 0.5:  # noqa: PLR2004 - one in two
        asking.pay([number])
    else:
        asking.any_change([number])


def _work_once(world: World, running: Running) -> None:
    for _ in _worker(world, running, LIVE):
        return


def cycle(world: World) -> None:
    """One undisturbed cycle of the worker, for both merchants; what dead ones held is free."""
    world.wait(seconds=LEASE_SECONDS)
    platform = world.running.platform
    with world.calm():
        recover(platform)
        worker = Billing(platform)
        while worker.round():
            continue


def foresee(world: World, until: datetime) -> list[Foreseen]:
    """The forecasts of some sandbox subscriptions up to `until`.

    Not of those that go where the gateway's answer leads: a payment, a refund that ends them.
    """
    numbers = numbers_of(world, SANDBOX)
    some = world.chance.sample(numbers, k=min(len(numbers), FORESEEN))
    every = (world.store.held(SANDBOX, number) for number in some)
    return [
        _foreseen(world, held, until)
        for held in every
        if held is not None and not _awaits_gateway(held.subscription)
    ]


def _awaits_gateway(subscription: Subscription) -> bool:
    ends = any(part.terminate for part in subscription.refunds)
    return ends or subscription.payment_in_progress


def _foreseen(world: World, held: Held, until: datetime) -> Foreseen:
    steps = forecast(held.subscription, context_of(world.plain, held))
    near = takewhile(lambda step: step.at <= until, islice(steps, FORESEEN_MAX))
    return Foreseen(
        merchant_id=SANDBOX,
        subscription_id=held.subscription.id,
        revision=held.subscription.revision,
        until=until,
        events=tuple(event for step in near for event in step.events),
    )


def _span(world: World) -> timedelta:
    return timedelta(hours=world.chance.choice(SPANS_HOURS), seconds=world.chance.randrange(3600))
