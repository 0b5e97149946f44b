"""A big billing run on SQLite keeps no request waiting for long (issue 4)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import repeat
from pathlib import Path
from threading import Thread

import pytest

from tests.given import GOLD
from tests.rest.world import CLOUDIFY, SEATS, START, World, world_on
from tollbridge.bootstrap import WRITE_MAX
from tollbridge.bootstrap.system import wall_clock
from tollbridge.flows.pace import FIRST, LEAST, Pace
from tollbridge.flows.tally import Tally
from tollbridge.queries.doctor import examine
from tollbridge.store import open_store
from tollbridge.worker.billing import Billing

CROWD = 300
SECONDS = 120  # a run that takes longer hangs


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A platform on an SQLite file, as durable as in production."""
    store = open_store(f"sqlite:///{tmp_path / 'platform.db'}")
    with world_on(store, tmp_path / "book.db") as made:
        yield made


def test_calls_come_through_while_a_big_run_goes_on(world: World) -> None:
    """Between any two batches; and what they change is billed with the rest, once."""
    for _ in range(CROWD):
        world.buy((GOLD.id, 1))
    world.wait(days=60)
    batches: list[Tally] = []
    platform = replace(world.platform, wall=wall_clock, write_max=WRITE_MAX)
    billing = Billing(platform, batches.append)

    def work() -> None:
        while billing.round():
            pass

    worker = Thread(target=work)
    worker.start()
    seen = []
    quantity = 10
    while worker.is_alive():
        quantity += 1
        assert world.update(Quantity=quantity).status_code in {200, 402, 503}
        seen.append(len(batches))
    worker.join(SECONDS)
    # What was being changed all the time was left for later (R7): nobody changes it now.
    work()
    assert sum(tally.ticks for tally in batches) > 2 * CROWD
    assert max(tally.ticks for tally in batches) < CROWD
    # Calls were answered between most batches, and not all before the first or after the last.
    assert len(set(seen)) > len(batches) // 2
    assert world.platform.store.parked(CLOUDIFY) == ()
    assert [str(each) for each in examine(world.platform)] == []
    held = world.platform.store.held(CLOUDIFY, SEATS)
    assert held is not None
    assert held.subscription.last_interval_no == 2


def sizes(longest: timedelta | None, *took: float, most: int = 500) -> list[int]:
    """The sizes of batches of which each save takes so many seconds for each subscription."""
    now = START
    pace = Pace(lambda: now, most, longest)
    found = []
    for seconds in took:
        size = pace.size()
        found.append(size)
        with pace.saving(size):
            now += timedelta(seconds=seconds) * size
    return found


def test_a_batch_is_as_large_as_can_be_saved_in_time() -> None:
    """It grows twofold at most, and shrinks at once."""
    fast, slow = repeat(0.0001, 7), repeat(0.002, 2)
    assert sizes(timedelta(milliseconds=80), *fast, *slow) == [
        *(FIRST * 2**step for step in range(5)),
        500,
        500,
        500,
        40,
    ]
    assert sizes(timedelta(milliseconds=80), *repeat(1.0, 3)) == [FIRST, LEAST, LEAST]
    assert sizes(timedelta(milliseconds=80), *repeat(0.0, 3), most=30) == [20, 30, 30]


def test_without_a_limit_batches_are_as_large_as_they_may_be() -> None:
    """As on PostgreSQL, where nobody waits."""
    assert sizes(None, 1.0, 9.0, 0.0) == [500, 500, 500]


def test_the_slower_of_two_saves_counts() -> None:
    """Of a batch the steps and the settlements are saved apart."""
    now = START
    pace = Pace(lambda: now, 500, timedelta(seconds=1))
    assert pace.size() == FIRST
    for seconds in (4.0, 1.0):
        with pace.saving(FIRST):
            now += timedelta(seconds=seconds)
    with pace.saving(0):
        now += timedelta(seconds=9)
    assert pace.size() == LEAST
