"""The simulated world: a virtual clock, a database, a gateway, and platforms that run in it."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from tollbridge.domain.decision import Decision
from tollbridge.domain.tax import TaxTable
from tollbridge.flows.collecting import Collector
from tollbridge.ports import Lease, Platform, Store
from tollbridge.simulation.boundaries import Boundaries
from tollbridge.simulation.gateway import ChanceGateway
from tollbridge.simulation.plan import Fault, Plan

START = datetime(2024, 1, 31, 23, 30, tzinfo=UTC)  # a leap year, on a day that few months have
PATIENCE_SECONDS = 3600.0  # a gateway of ours answers; only a hang would take so long
PEEK = 1  # so many rows are asked for to see whether a slot is worth a lease


Slot = tuple[int, int]  # merchant and number


class Ground(NamedTuple):
    """What a simulation stands on: a database that can be opened again and again, and chance."""

    open_store: Callable[[], Store]
    chance: Random
    tax: TaxTable


class Running:
    """One running platform; its end is an exit of the program, or of the simulation."""

    def __init__(self, world: "World") -> None:
        self._store = world.ground.open_store()
        self.boundaries = Boundaries()
        self.platform = Platform(
            store=self.boundaries.store(self._store, world.witness.watch(self)),
            gateway=self.boundaries.gateway(world.gateway),
            wall=lambda: world.wall,
            tax=world.ground.tax,
            new_key=world.new_key,
        )
        self.collector = Collector(self.platform, wait_seconds=PATIENCE_SECONDS)

    def close(self) -> None:
        """Let go of files and connections; what it held in the database stays held."""
        self.collector.close()
        self._store.close()


class Witness:
    """What came through to the store: what the leases are by it, and who broke them.

    Only who was given a slot may ask for what is due in it. (That a lease ends between the two
    calls is no harm: what is done twice is a conflict. To ask for one is to look whether a lease
    is worth its write, and is free to all.) `touched` are the subscriptions that were
    saved since it was last emptied, `read` is the one that was read last.
    """

    def __init__(self, world: "World") -> None:
        self._world = world
        self._held: dict[Slot, Lease] = {}
        self._given: dict[tuple[int, Slot], set[str]] = {}  # by running platform: the holders
        self.broken: list[str] = []
        self.touched: set[tuple[int, int]] = set()
        self.read: tuple[int, int] | None = None

    def watch(self, running: Running) -> Callable[[str, tuple[Any, ...], object], None]:
        """What a running platform's store calls are told to."""
        me = id(running)

        def watch(name: str, arguments: tuple[Any, ...], answer: object) -> None:
            if name == "lease_slot":
                self._asked(arguments[0], me, given=bool(answer))
            elif name == "release_slot":
                self._released(arguments[0], me)
            elif name == "due":
                merchant_id, slot, _, limit = arguments
                if limit > PEEK:
                    self._looked((merchant_id, slot), me)
                self._read(answer)
            elif name == "held":
                self._read([answer])
            elif name == "save":
                self._saved(arguments[0])

        return watch

    def _asked(self, lease: Lease, me: int, *, given: bool) -> None:
        slot = (lease.merchant_id, lease.slot)
        holders = self._given.setdefault((me, slot), set())
        if not given:
            holders.discard(lease.holder)
            return
        known = self._held.get(slot)
        if known is not None and known.holder != lease.holder and known.until > self._world.wall:
            self.broken.append(f"slot {slot} is leased to two at once")
        self._held[slot] = lease
        holders.add(lease.holder)

    def _released(self, lease: Lease, me: int) -> None:
        slot = (lease.merchant_id, lease.slot)
        self._given.setdefault((me, slot), set()).discard(lease.holder)
        if slot in self._held and self._held[slot].holder == lease.holder:
            del self._held[slot]

    def _looked(self, slot: Slot, me: int) -> None:
        if not self._given.get((me, slot)):
            self.broken.append(f"slot {slot} is billed by who was not given it")

    def _read(self, found: Any) -> None:  # noqa: ANN401 - what the store answered
        for held in found:
            if held is not None:
                self.read = (held.merchant.id, held.subscription.id)

    def _saved(self, decisions: Sequence[Decision]) -> None:
        for decision in decisions:
            for change in decision.changes:
                if change.events:
                    self.touched.add((change.after.merchant_id, change.after.id))


class World:
    """Everything around the running platforms."""

    def __init__(self, plan: Plan, ground: Ground) -> None:
        self.ground = ground
        self.chance = ground.chance
        self.counts: Counter[Fault] = Counter()
        self.gateway = ChanceGateway(ground.chance, plan.faults, self.counts)
        self.wall = START
        self.witness = Witness(self)
        self.store = ground.open_store()
        self.running = Running(self)
        self.other = Running(self)

    @property
    def plain(self) -> Platform:
        """The platform for who only looks: without boundaries."""
        return Platform(
            store=self.store,
            gateway=self.gateway,
            wall=lambda: self.wall,
            tax=self.ground.tax,
            new_key=self.new_key,
        )

    def new_key(self) -> str:
        """A text that is never given twice, but again in the next run of the same seed."""
        return f"{self.chance.getrandbits(160):040x}"

    def wait(self, **duration: float) -> None:
        """Let wall time pass, and with it the business time of the live merchant."""
        self.wall += timedelta(**duration)

    def restart(self) -> None:
        """A new platform in place of the one that ended."""
        self.running.close()
        self.running = Running(self)

    @contextmanager
    def calm(self) -> Iterator[None]:
        """Nothing goes wrong meanwhile but payments."""
        before, self.gateway.calm = self.gateway.calm, True
        self.running.boundaries.calm()
        try:
            yield
        finally:
            self.gateway.calm = before

    def close(self) -> None:
        """End what still runs."""
        for running in (self.running, self.other):
            running.close()
        self.store.close()
