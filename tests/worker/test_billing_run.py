"""The billing run: what fails is set aside, what is shared is left to others."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.given import GOLD
from tests.rest.world import CLOUDIFY, SEATS, SINGLE, START, World, world_on
from tollbridge.domain.schedule import after
from tollbridge.domain.subscription import Subscription
from tollbridge.flows.billing import CLAIMED, Run, bill_due
from tollbridge.flows.tally import Tally
from tollbridge.ports import SLOTS, Held, Lease, Platform, Store
from tollbridge.queries.doctor import examine
from tollbridge.store import migrate_store, open_store

HOUR = timedelta(hours=1)


@pytest.fixture(params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world on each engine whose monthly subscriptions are due."""
    with world_on(_store(request), tmp_path / "book.db") as made:
        due = made.platform.store.held(CLOUDIFY, SEATS)
        assert due is not None
        made.platform.store.advance_clock(CLOUDIFY, due.subscription.next_billing + HOUR)
        yield made


def _store(request: pytest.FixtureRequest) -> Store:
    if request.param == "sqlite":
        return open_store("sqlite://", memory=True)
    url = request.getfixturevalue("postgres_url")
    migrate_store(url)
    return open_store(url)


def clock_of(held: Held) -> datetime:
    """The time of every tick of these runs."""
    return held.merchant.sandbox_clock()


def billed(platform: Platform, now_of: Callable[[Held], datetime] = clock_of) -> Tally:
    """What a run up to the merchant's clock comes to."""
    merchant = platform.store.merchant(CLOUDIFY)
    assert merchant is not None
    run = Run(merchant_id=CLOUDIFY, holder="test", until=merchant.sandbox_clock(), now_of=now_of)
    total = Tally()
    for tally in bill_due(platform, run):
        total.add(tally)
    return total


def subscription(world: World, number: int) -> Subscription:
    """A subscription as it is stored now."""
    held = world.platform.store.held(CLOUDIFY, number)
    assert held is not None
    return held.subscription


def test_what_cannot_be_decided_is_parked_and_blocks_nobody(world: World) -> None:
    """DESIGN 3: one bad row never fails a batch; when it can be decided again, it is billed."""

    def now_of(held: Held) -> datetime:
        if held.subscription.id == SINGLE:
            message = "no time for this one"
            raise ValueError(message)
        return held.merchant.sandbox_clock()

    tally = billed(world.platform, now_of=now_of)
    assert tally.parked == 1
    assert tally.renewals > 1
    [parked] = world.platform.store.parked(CLOUDIFY)
    assert (parked.subscription_id, parked.error) == (SINGLE, "ValueError: no time for this one")
    assert billed(world.platform) == Tally()  # it is due no more
    assert world.platform.store.unpark(CLOUDIFY, SINGLE)
    assert billed(world.platform).renewals == 1
    assert list(examine(world.platform)) == []


def test_an_interval_that_is_claimed_already_is_parked(world: World) -> None:
    """R4: the claim in the database stands behind the domain; the batch goes on without it."""
    stored = subscription(world, SINGLE)
    number = stored.last_interval_no + 1
    engine = world.platform.store._engine  # type: ignore[attr-defined]  # noqa: SLF001
    with engine.writing() as writer:
        writer.write([("insert_claims", [(CLOUDIFY, SINGLE, "renewal", number, number, 0, 1)])])
    tally = billed(world.platform)
    assert tally.parked == 1
    assert tally.renewals > 1
    assert subscription(world, SINGLE) == stored
    [parked] = world.platform.store.parked(CLOUDIFY)
    assert parked.error == f"UnsavableError: {CLAIMED}"


def test_slots_that_somebody_else_has_are_left_to_them(world: World) -> None:
    """DESIGN 3, R23: until the lease ends; then what a dead worker held is taken over."""
    platform, wall = world.platform, world.platform.wall()
    lease = Lease(
        merchant_id=CLOUDIFY, slot=SINGLE % SLOTS, holder="dead", until=wall + timedelta(seconds=1)
    )
    assert platform.store.lease_slot(lease, wall)
    billed(platform)
    assert subscription(world, SINGLE).last_interval_no == 0
    assert subscription(world, SEATS).last_interval_no == 1
    platform.store.release_slot(replace(lease, holder="somebody else"))
    assert billed(platform) == Tally()
    later = timedelta(seconds=2)
    aged = Platform(
        store=platform.store,
        gateway=platform.gateway,
        wall=lambda: wall + later,
        tax=platform.tax,
        new_key=platform.new_key,
    )
    assert billed(aged).renewals == 1
    assert subscription(world, SINGLE).last_interval_no == 1


def test_a_change_meanwhile_is_no_failure(world: World) -> None:
    """R7: a tick that loses against a call drops its row, which is due still."""
    platform = world.platform

    def now_of(held: Held) -> datetime:
        if held.subscription.id == SINGLE and held.subscription.revision == before.revision:
            world.update(SINGLE, ProductId=GOLD.id, Quantity=2, RunningNumber=1)
        return held.merchant.sandbox_clock()

    before = subscription(world, SINGLE)
    tally = billed(platform, now_of=now_of)
    assert tally.parked == 0
    assert billed(platform).parked == 0
    after_all = subscription(world, SINGLE)
    assert after_all.last_interval_no == 1
    assert after_all.items[0].in_force.quantity == 2
    assert after_all.next_billing == after(START, before.interval, 2)
