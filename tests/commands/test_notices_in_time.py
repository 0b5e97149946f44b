"""Notices while a sandbox clock is advanced: each at its own time, before it goes on (R24)."""

from dataclasses import replace as altered
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from tests.given import GOLD
from tests.posting import (
    AWAY,
    BROKEN,
    TAKEN,
    Inbox,
    endpoint_of,
    notify,
    with_inbox,
)
from tests.rest.world import CLOUDIFY, SEATS, SINGLE, START, World
from tollbridge.domain.delivery import RETRY_EVERY, DeliveryState
from tollbridge.domain.schedule import Interval
from tollbridge.flows.delivering import NO_ANSWER, PLACES_OF_ONE, SEALED
from tollbridge.flows.tally import Tally
from tollbridge.flows.time_travel import advance
from tollbridge.ports import NoticeFilter, Platform, Post, Receipt, Store
from tollbridge.ports.sealing import NO_KEY
from tollbridge.queries.clock import read_clock
from tollbridge.queries.doctor import examine

MONTH = Interval(1)
DAY = timedelta(days=1)


def attempts(platform: Platform) -> list[tuple[datetime, datetime, str]]:
    """When notices were made, when they were tried, and what came of it; the oldest first."""
    found = []
    for one in platform.store.notifications(CLOUDIFY, NoticeFilter(), most=1000):
        history = platform.store.notice_history(CLOUDIFY, one.id)
        assert history is not None
        found += [(one.at, attempt.at, attempt.error) for attempt in history.attempts]
    return sorted(found)


class Watching:
    """The store, which looks at what waits whenever the clock is moved."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.waiting: list[datetime] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._store, name)

    def advance_clock(self, merchant_id: int, to: datetime, command: Any = None) -> bool:  # noqa: ANN401
        """First what should have been posted by then."""
        due = self._store.earliest_delivery(merchant_id)
        if due is not None and due <= to:
            self.waiting.append(due)
        assert self._store.untold_slots(merchant_id) == ()
        return self._store.advance_clock(merchant_id, to, command)


def test_first_attempts_are_made_before_the_clock_goes_on(any_world: World) -> None:
    """Each at the time of what it tells; the counts say how many notices there were."""
    inbox = Inbox()
    platform = with_inbox(any_world.platform, inbox)
    endpoint_of(platform, CLOUDIFY)
    store = Watching(platform.store)
    told: list[Tally] = []
    done = advance(
        altered(platform, store=cast("Store", store)),
        CLOUDIFY,
        by=Interval(3),
        progress=lambda tally, _: told.append(altered(tally)),
    )
    made = attempts(platform)
    assert len(made) == len(inbox.posts) == done.tally.notices > 30
    assert [at for at, tried, _ in made if tried != at] == []
    assert store.waiting == []
    assert told[-1].notices == done.tally.notices
    assert inbox.sequences(SINGLE + 2) == list(range(1, len(inbox.sequences(SINGLE + 2)) + 1))
    assert list(examine(platform)) == []


def test_retries_come_every_two_hours_on_the_way(any_world: World) -> None:
    """24 of them in two days, though nothing else is due in that time."""
    inbox = Inbox(lambda post: BROKEN if on(post, SEATS) else TAKEN)
    platform = with_inbox(any_world.platform, inbox)
    endpoint_of(platform, CLOUDIFY)
    notify(platform, CLOUDIFY)
    advance(platform, CLOUDIFY, by=Interval(days=1))
    tried = [tried for _, tried, _ in attempts(platform) if tried > START]
    assert tried == [START + n * RETRY_EVERY for n in range(1, 13)]
    inbox.answer = lambda _: TAKEN
    advance(platform, CLOUDIFY, by=Interval(days=1))
    tried = [tried for _, tried, _ in attempts(platform) if tried > START + DAY]
    assert tried == [START + 13 * RETRY_EVERY]
    assert platform.store.earliest_delivery(CLOUDIFY) is None


def on(post: Post, subscription_id: int) -> bool:
    """Whether a post is in the stream of the subscription that was bought with this purchase."""
    return post.headers["Tollbridge-Stream"] == str(531157892 if subscription_id == SEATS else 0)


def test_what_failed_for_two_days_is_failed(any_world: World) -> None:
    """And what waited behind it has its turn, at its own time."""
    platform = with_inbox(any_world.platform, Inbox(lambda _: AWAY))
    endpoint_of(platform, CLOUDIFY)
    advance(platform, CLOUDIFY, by=Interval(2))
    failed = platform.store.count_deliveries(CLOUDIFY, DeliveryState.FAILED, 1000)
    assert failed > 20
    assert all(at <= tried for at, tried, _ in attempts(platform))
    assert list(examine(platform)) == []


def test_an_endpoint_that_hangs_does_not_stop_the_clock(any_world: World) -> None:
    """It is asked once in half a minute of wall time; its other attempts count as not answered."""
    hanging = Receipt(error="timeout: no answer in 5 seconds", seconds=5.0)
    inbox = Inbox(lambda _: hanging)
    platform = with_inbox(any_world.platform, inbox)
    endpoint_of(platform, CLOUDIFY)
    advance(platform, CLOUDIFY, by=Interval(6))
    tried = attempts(platform)
    assert len(inbox.posts) <= 2 * PLACES_OF_ONE
    assert len(tried) > 1000
    assert {error for _, _, error in tried} == {hanging.error, NO_ANSWER}
    assert list(examine(platform)) == []


def test_an_endpoint_without_its_key_does_not_stop_the_clock(any_world: World) -> None:
    """Attempts are made by the merchant's clock, and say what is missing."""
    inbox = Inbox()
    platform = with_inbox(any_world.platform, inbox)
    endpoint_of(platform, CLOUDIFY)
    advance(altered(platform, sealer=NO_KEY), CLOUDIFY, by=MONTH)
    assert inbox.posts == []
    assert {error for _, _, error in attempts(platform)} == {SEALED}
    assert read_clock(platform, CLOUDIFY) > START


def test_without_an_endpoint_notices_are_made_all_the_same(any_world: World) -> None:
    """They can be read, and sent to an endpoint that comes later."""
    inbox = Inbox()
    platform = with_inbox(any_world.platform, inbox)
    done = advance(platform, CLOUDIFY, by=MONTH)
    notices = platform.store.notifications(CLOUDIFY, NoticeFilter(), most=1000)
    assert len(notices) == done.tally.notices > 10
    endpoint = endpoint_of(platform, CLOUDIFY)
    pairs = [(one, endpoint.id) for one in notices]
    platform.store.replay(CLOUDIFY, pairs, read_clock(platform, CLOUDIFY))
    assert notify(platform, CLOUDIFY).delivered == len(notices) == len(inbox.posts)


def test_what_was_not_told_before_is_told_at_its_time(any_world: World) -> None:
    """Where no worker runs: an advance begins with what is there."""
    inbox = Inbox()
    platform = with_inbox(any_world.platform, inbox)
    endpoint_of(platform, CLOUDIFY)
    any_world.buy((GOLD.id, 1))
    advance(platform, CLOUDIFY, by=Interval(days=1))
    assert len(inbox.posts) == 11
    assert {tried for _, tried, _ in attempts(platform)} == {START}


def test_an_advance_that_is_stopped_goes_on_later(any_world: World) -> None:
    """Nothing is lost and nothing comes twice."""
    inbox = Inbox()
    platform = with_inbox(any_world.platform, inbox)
    endpoint_of(platform, CLOUDIFY)
    advance(platform, CLOUDIFY, by=MONTH, stopped=lambda: len(inbox.posts) > 10)
    posted = len(inbox.posts)
    assert read_clock(platform, CLOUDIFY) < START + timedelta(days=28)
    advance(platform, CLOUDIFY, to=START + timedelta(days=28))
    assert len(inbox.posts) > posted
    assert len(set(inbox.ids)) == len(inbox.posts)
    assert list(examine(platform)) == []


@pytest.mark.parametrize("months", [1, 2])
def test_the_same_notices_in_one_step_or_many(any_world: World, months: int) -> None:
    """R24: each at its nominal time, however far the clock goes at once."""
    platform = with_inbox(any_world.platform, Inbox())
    endpoint_of(platform, CLOUDIFY)
    for _ in range(2 // months):
        advance(platform, CLOUDIFY, by=Interval(months))
    times = [(at, tried) for at, tried, _ in attempts(platform)]
    assert len(times) == len(set(times)) or times
    assert [at for at, tried in times if at != tried] == []
