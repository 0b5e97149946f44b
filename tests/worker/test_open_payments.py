"""Payments that stay open are asked about while the process lives (DESIGN.md 5, R7)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.given import GOLD
from tests.rest.world import World, world_on
from tollbridge.domain.subscription import SubscriptionStatus
from tollbridge.store import open_store
from tollbridge.worker.open_payments import OpenPayments

ANSWER_LOST = "T20000000000068T"  # taken, but the answer does not arrive


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A platform in memory."""
    store = open_store("sqlite:///unused.db", memory=True)
    with world_on(store, tmp_path / "book") as world:
        yield world


def test_an_unknown_outcome_is_asked_about(world: World) -> None:
    """R7: a sign-up whose answer got lost becomes active without a restart."""
    [number] = world.buy((GOLD.id, 1), card=ANSWER_LOST)
    assert world.read(number)["Subscriptionstatus"] == 6  # New
    loop = OpenPayments(world.platform)
    assert (loop.ask(), loop.ask()) == (1, 0)
    loop.close()
    held = world.platform.store.held(864, number)
    assert held is not None
    assert held.subscription.status is SubscriptionStatus.ACTIVE


def test_a_database_that_is_away_ends_nothing(world: World) -> None:
    """The next round comes, and closing twice is closing once."""
    loop = OpenPayments(world.platform)
    world.platform.store.close()
    assert loop.ask() == 0
    loop.close()
    loop.close()
