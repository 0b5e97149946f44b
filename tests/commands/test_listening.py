"""Listening in, on each engine: what is posted is seen once, and nothing is left behind."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from tests.contract.receiving import OK, answering, receiving
from tests.noticing import deliver, tell
from tests.rest.world import CLOUDIFY, LIVE, SEATS, World
from tollbridge.commands.endpoints import remove_endpoint
from tollbridge.commands.replay import replay_notification
from tollbridge.domain.delivery import DeliveryAttempt
from tollbridge.domain.notification import Notification
from tollbridge.domain.refusal import NotAllowed, NotFound
from tollbridge.flows.listening import PATIENCE, listening
from tollbridge.ports import NoticeFilter, Platform

GONE = b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"
BEGINNING = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def platform(any_world: World) -> Platform:
    """A platform with facts that nobody was told of; its wall clock goes on when it is read."""
    steps = count()
    return replace(
        any_world.platform, wall=lambda: BEGINNING + next(steps) * timedelta(milliseconds=10)
    )


def until(done: Callable[[], bool]) -> None:
    """Ask again and again; each time wall time goes on, so that patience ends."""
    asked = (done() for _ in range(10 * round(PATIENCE / timedelta(milliseconds=10))))
    assert any(asked)


def test_each_post_is_seen_once(platform: Platform) -> None:
    """Of what nobody else delivers, after a while; and nothing of it again."""
    seen: list[tuple[DeliveryAttempt, Notification]] = []
    with receiving(answering(OK)) as receiver:
        url = f"http://127.0.0.1:{receiver.port}/hook"
        with listening(platform, CLOUDIFY, url) as heard:
            number = heard.added.endpoint.id

            def all_came() -> bool:
                seen.extend(heard.news())
                made = platform.store.notifications(CLOUDIFY, NoticeFilter())
                return bool(made) and len(seen) == len(made)

            until(all_came)
            assert heard.news() == []
            replay_notification(platform, CLOUDIFY, seen[0][1].id, number)
            deliver(platform, CLOUDIFY)
            [(again, notice)] = heard.news()
    assert (again.lane.replay, notice) == (1, seen[0][1])
    assert {attempt.status for attempt, _ in seen} == {200}
    assert all(attempt.lane.endpoint_id == number for attempt, _ in seen)
    assert sum(SEATS in {fact.subscription_id for fact in one.facts} for _, one in seen) == 1
    assert len(receiver.requests) == len(seen) + 1
    assert platform.store.endpoints(CLOUDIFY) == ()


def test_what_workers_deliver_is_seen_too(platform: Platform) -> None:
    """Whoever was faster: the attempts stand in the store."""
    with receiving(answering(OK)) as receiver:
        url = f"http://127.0.0.1:{receiver.port}/hook"
        with listening(platform, CLOUDIFY, url, ("PaidOrderNotification",)) as heard:
            made = tell(platform, CLOUDIFY)
            deliver(platform, CLOUDIFY)
            seen = heard.news()
    assert {notice.type for _, notice in seen} == {"PaidOrderNotification"}
    assert 0 < len(seen) == len(receiver.requests) < made


def test_a_stale_one_is_replaced(platform: Platform) -> None:
    """The same URL is one endpoint; another URL is another."""
    with receiving(answering(OK)) as receiver:
        url = f"http://127.0.0.1:{receiver.port}/hook"
        with (
            listening(platform, CLOUDIFY, f"{url}/other"),
            listening(platform, CLOUDIFY, url) as stale,
            listening(platform, CLOUDIFY, url) as heard,
        ):
            found = {one.id for one in platform.store.endpoints(CLOUDIFY)}
            assert stale.added.endpoint.id not in found
            assert heard.added.endpoint.id in found
            assert len(found) == 2
            with pytest.raises(NotFound):
                stale.news()
    assert platform.store.endpoints(CLOUDIFY) == ()


def test_it_tells_when_it_is_over(platform: Platform) -> None:
    """Where somebody removed the endpoint, and where the receiver answered 410."""
    with receiving(answering(GONE)) as receiver:
        url = f"http://127.0.0.1:{receiver.port}/hook"
        with listening(platform, CLOUDIFY, url) as heard:
            tell(platform, CLOUDIFY)
            deliver(platform, CLOUDIFY)
            assert {attempt.status for attempt, _ in heard.news()} == {410}
            with pytest.raises(NotAllowed) as ended:
                heard.news()
            assert ended.value.reason == "endpoint_ended"
        with listening(platform, CLOUDIFY, url) as heard:
            remove_endpoint(platform, CLOUDIFY, heard.added.endpoint.id)
            with pytest.raises(NotFound):
                heard.news()


def test_a_live_merchant_is_left_alone(platform: Platform) -> None:
    """R23: real customers' notifications go to real endpoints."""
    with pytest.raises(NotAllowed) as refused, listening(platform, LIVE, "https://shop.example/"):
        pass
    assert refused.value.reason == "merchant_live"
