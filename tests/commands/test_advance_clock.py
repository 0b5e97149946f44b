"""Moving a sandbox clock while somebody else moves it too, and how far it goes (R23, R26)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from tests.rest.world import CLOUDIFY, START, merchant
from tollbridge.commands.advance_clock import advance_clock
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.schedule import Interval
from tollbridge.ports import Platform, Store
from tollbridge.queries.clock import read_clock

DAY = timedelta(days=1)
END = datetime(2200, 12, 31, 23, 59, 59, tzinfo=UTC)


class Beaten:
    """The store, where somebody else moves the clock just before each of our moves."""

    def __init__(self, store: Store, to: datetime) -> None:
        self._store = store
        self._to = to

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(self._store, name)
        if name == "advance_clock":
            self._store.advance_clock(CLOUDIFY, self._to)
        return method


@pytest.fixture
def platform(any_platform: Platform) -> Platform:
    """A platform with a sandbox merchant, on each engine."""
    any_platform.store.put_merchant(merchant(CLOUDIFY))
    return any_platform


def beaten(platform: Platform, to: datetime) -> Platform:
    """The platform where somebody else is faster."""
    return replace(platform, store=cast("Store", Beaten(platform.store, to)))


def test_somebody_else_moved_it_as_far(platform: Platform) -> None:
    """R23: the answer is what the clock shows, by a length as to a time."""
    racing = beaten(platform, START + DAY)
    assert advance_clock(racing, CLOUDIFY, by=Interval(days=1)) == START + DAY
    racing = beaten(platform, START + 2 * DAY)
    assert advance_clock(racing, CLOUDIFY, to=START + 2 * DAY) == START + 2 * DAY
    assert read_clock(platform, CLOUDIFY) == START + 2 * DAY


def test_somebody_else_moved_it_further(platform: Platform) -> None:
    """R23: the time asked for has gone by: refused as it would be a moment later."""
    racing = beaten(platform, START + 9 * DAY)
    with pytest.raises(NotAllowed) as refused:
        advance_clock(racing, CLOUDIFY, to=START + DAY)
    assert refused.value.reason == "clock_backwards"
    assert read_clock(platform, CLOUDIFY) == START + 9 * DAY


def test_somebody_else_moved_it_less(platform: Platform) -> None:
    """R23: the clock goes on from there."""
    racing = beaten(platform, START + DAY)
    assert advance_clock(racing, CLOUDIFY, to=START + 2 * DAY) == START + 2 * DAY
    assert read_clock(platform, CLOUDIFY) == START + 2 * DAY


@pytest.mark.parametrize(
    ("to", "by", "field"),
    [(END + DAY, None, "to"), (None, Interval(months=12 * 175), "advance")],
)
def test_the_last_year(
    platform: Platform, to: datetime | None, by: Interval | None, field: str
) -> None:
    """R26: whoever asks, nothing lies after the year 2200."""
    with pytest.raises(NotAllowed) as refused:
        advance_clock(platform, CLOUDIFY, to=to, by=by)
    assert (refused.value.reason, refused.value.field) == ("clock_too_far", field)
    assert read_clock(platform, CLOUDIFY) == START
    assert advance_clock(platform, CLOUDIFY, to=END) == END
