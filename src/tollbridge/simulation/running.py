"""A simulation from its first step to its last, with the laws looked at after each."""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from hashlib import sha256
from traceback import format_exception

import msgspec

from tollbridge.commands.apply_catalog import apply_catalog
from tollbridge.domain.events import IntervalAdvanced, PaymentDeclined, decode_event
from tollbridge.domain.refusal import Refusal
from tollbridge.domain.schedule import Interval, after
from tollbridge.flows.recovery import recover
from tollbridge.ports import StoreUnavailableError
from tollbridge.queries.doctor import examine
from tollbridge.simulation import steps
from tollbridge.simulation.boundaries import Exit
from tollbridge.simulation.goods import LIVE, SANDBOX, catalog_of
from tollbridge.simulation.laws import (
    Broken,
    broken_by,
    broken_dues,
    broken_money,
    same_course,
)
from tollbridge.simulation.plan import Fault, Plan
from tollbridge.simulation.steps import Foreseen, merchant_of, numbers_of
from tollbridge.simulation.world import START, Ground, World

LAST_STEPS = 12  # told with a failure
MERCHANTS = (SANDBOX, LIVE)

# How often in a hundred steps something is set to happen, and within how many boundaries.
DISTURBED_OF_100 = {Fault.EXIT: 12, Fault.STORAGE: 8, Fault.OVERLAP: 30}
NEAR, FAR = 6, 100
CYCLES_OF_100 = 30


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """The first law that did not hold, and the steps before."""

    step: int
    law: str
    message: str
    last_steps: tuple[str, ...]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a simulation came to. `digest` is of the whole journal and the gateway's book."""

    seed: int
    years: int
    steps: int
    subscriptions: int
    requests: int
    refused: int
    renewals: int
    declines: int
    forecasts: int
    exits: int
    faults: dict[str, int]
    digest: str
    failure: Failure | None = None


Progress = Callable[[int, datetime], None]


class Simulation:
    """One plan on its ground."""

    def __init__(self, plan: Plan, ground: Ground) -> None:
        self._plan = plan
        self._chance = ground.chance
        self._world = World(plan, ground)
        self._ends = after(START, Interval(12 * plan.years))
        self._numbers: Counter[str] = Counter()
        self._told: deque[str] = deque(maxlen=LAST_STEPS)
        self._foreseen: list[Foreseen] = []

    def run(self, progress: Progress) -> Report:
        """Step by step until both merchants have seen all the years, or a law is broken."""
        try:
            for merchant_id in MERCHANTS:
                apply_catalog(self._world.plain, catalog_of(merchant_id))
            failure = self._until_the_end(progress)
            return self._report(failure)
        finally:
            self._world.close()

    def _until_the_end(self, progress: Progress) -> Failure | None:
        while (now := self._now()) < self._ends:
            self._numbers["steps"] += 1
            progress(self._numbers["steps"], now)
            broken = self._step()
            if broken is not None:
                return self._failed(broken)
        with self._world.calm():
            broken = self._last_look()
        return None if broken is None else self._failed(broken)

    def _failed(self, broken: Broken) -> Failure:
        return Failure(
            step=self._numbers["steps"],
            law=broken.law,
            message=broken.message,
            last_steps=tuple(self._told),
        )

    def _now(self) -> datetime:
        """How far the merchant is that has seen less."""
        return min(merchant_of(self._world.plain, one).now(self._world.wall) for one in MERCHANTS)

    def _step(self) -> Broken | None:
        """Take a step, disturbed or not, and look at the laws; the first that is broken."""
        world = self._world
        world.wait(seconds=1)
        world.witness.touched.clear()
        name, act = self._choose()
        disturbances = self._disturb()
        self._told.append(f"{self._numbers['steps']}: {name}{disturbances}")
        try:
            undisturbed = self._act(act) and not disturbances
            calm = self._chance.randrange(100) < CYCLES_OF_100
            if calm:
                steps.cycle(world)
                self._told.append("    cycle")
            with world.calm():
                return next(self._broken(calm=calm, undisturbed=undisturbed), None)
        except Exception as error:  # noqa: BLE001 - whatever it is, the seed is told with it
            return Broken("no_fault_of_the_program", "".join(format_exception(error)))

    def _choose(self) -> tuple[str, Callable[[], None]]:
        world, running = self._world, self._world.running
        self._foreseen = []
        kind = self._chance.randrange(100)
        if kind < 55:  # noqa: PLR2004 - shares of a hundred
            self._numbers["requests"] += 1
            merchant_id = self._chance.choice(MERCHANTS)
            wanted = (self._plan.subscriptions + 1) // 2
            return f"ask {merchant_id}", partial(steps.ask, world, running, merchant_id, wanted)
        if kind < 65:  # noqa: PLR2004
            return "hear", partial(steps.hear, world, running)
        if kind < 82:  # noqa: PLR2004
            to = steps.destination(world)
            self._foreseen = steps.foresee(world, to)
            return f"travel to {to}", partial(steps.travel, world, running, to)
        return f"work from {world.wall}", partial(steps.work, world, running)

    def _disturb(self) -> str:
        """Set what is to happen in this step; how it is told."""
        told = ""
        for fault, of_100 in DISTURBED_OF_100.items():
            happens = fault in self._plan.faults and self._chance.randrange(100) < of_100
            if not happens:
                continue
            weighty = self._chance.random() < 0.6  # noqa: PLR2004 - six in ten
            distance = self._chance.randint(1, NEAR if weighty else FAR)
            told += f", {fault.value} at {distance} of {'the weighty' if weighty else 'all'}"
            boundaries = self._world.running.boundaries
            surprises = {
                Fault.EXIT: boundaries.end,
                Fault.STORAGE: boundaries.fail_storage,
                Fault.OVERLAP: steps.overlap(self._world),
            }
            happen = partial(self._happen, fault, surprises[fault])
            boundaries.surprise(distance, happen, weighty=weighty)
        return told

    def _happen(self, fault: Fault, surprise: Callable[[], None]) -> None:
        self._world.counts[fault] += 1
        surprise()

    def _act(self, act: Callable[[], None]) -> bool:
        """Whether the step came to its end; one that the platform ended in is followed by a start.

        What was set to happen and did not, happens no more.
        """
        world = self._world
        came_through = False
        try:
            act()
            came_through = True
        except Refusal as refusal:
            self._numbers["refused"] += 1
            self._told.append(f"    refused: {refusal.reason}")
        except StoreUnavailableError:
            self._told.append("    the database was away")
        except Exit:
            self._numbers["exits"] += 1
            self._told.append("    exit, restart")
            world.restart()
            recover(world.running.platform)
        world.running.boundaries.calm()
        return came_through

    def _broken(self, *, calm: bool, undisturbed: bool) -> Iterator[Broken]:
        world, plain = self._world, self._world.plain
        for message in world.witness.broken:
            yield Broken("slot_has_one_holder", message)
        merchants = {one: merchant_of(plain, one) for one in MERCHANTS}
        for merchant_id, number in sorted(world.witness.touched):
            yield from broken_by(plain, merchants[merchant_id], number)
        for merchant in merchants.values():
            yield from broken_money(plain, merchant, settled=calm)
            if calm:
                yield from broken_dues(plain, merchant, merchant.now(world.wall))
        if undisturbed:
            for foreseen in self._foreseen:
                yield from self._unforeseen(foreseen)

    def _unforeseen(self, foreseen: Foreseen) -> Iterator[Broken]:
        """Where nobody interfered, what came is what was foreseen."""
        self._numbers["forecasts"] += 1
        journal = self._world.store.journal(foreseen.merchant_id, foreseen.subscription_id)
        came = [
            decode_event(entry.type, entry.version, entry.payload)
            for entry in journal[foreseen.revision :]
        ]
        difference = same_course(foreseen.events, [e for e in came if e.at <= foreseen.until])
        if difference is not None:
            message = f"S{foreseen.subscription_id}: {difference}"
            yield Broken("forecast_is_fact", message)

    def _last_look(self) -> Broken | None:
        """One more cycle, and the whole doctor."""
        world = self._world
        steps.cycle(world)
        for merchant_id in MERCHANTS:
            merchant = merchant_of(world.plain, merchant_id)
            for number in numbers_of(world, merchant_id):
                world.witness.touched.add((merchant_id, number))
            if broken := next(broken_money(world.plain, merchant, settled=True), None):
                return broken
        finding = next(examine(world.plain), None)
        if finding is not None:
            return Broken(finding.check, f"S{finding.subscription_id}: {finding.message}")
        return next(self._broken(calm=True, undisturbed=False), None)

    def _report(self, failure: Failure | None) -> Report:
        world, numbers = self._world, self._numbers
        events: Counter[str] = Counter()
        digest = sha256()
        count = 0
        for merchant_id in MERCHANTS:
            for number in numbers_of(world, merchant_id):
                count += 1
                for entry in world.store.journal(merchant_id, number):
                    events[entry.type] += 1
                    digest.update(msgspec.json.encode(entry))
            for line in world.gateway.book(merchant_id):
                digest.update(msgspec.json.encode(line))
        return Report(
            seed=self._plan.seed,
            years=self._plan.years,
            steps=numbers["steps"],
            subscriptions=count,
            requests=numbers["requests"],
            refused=numbers["refused"],
            renewals=events[IntervalAdvanced.__name__],
            declines=events[PaymentDeclined.__name__],
            forecasts=numbers["forecasts"],
            exits=numbers["exits"],
            faults={fault.value: world.counts[fault] for fault in Fault if world.counts[fault]},
            digest=digest.hexdigest(),
            failure=failure,
        )
