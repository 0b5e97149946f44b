"""Advancing a sandbox clock: what falls due is done, once, whoever else is at it (R24)."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from threading import Event as Flag
from typing import Any, cast

import pytest
from starlette.testclient import TestClient

from tests.given import GOLD, SEAT, STANDARD
from tests.rest.world import (
    CLOUDIFY,
    CREDENTIALS,
    JSON,
    OTHER,
    PRIMARY,
    PUBLIC_URL,
    SEATS,
    SECONDARY,
    SINGLE,
    START,
    YEARLY,
    World,
)
from tollbridge.domain.events import Event, IntervalAdvanced, ItemChanged, decode_event
from tollbridge.domain.payment import Result
from tollbridge.domain.refusal import Busy, NotAllowed
from tollbridge.domain.schedule import Interval
from tollbridge.flows.collecting import Collector
from tollbridge.flows.time_travel import advance, next_event
from tollbridge.ports import Platform, Store
from tollbridge.queries.clock import read_clock
from tollbridge.queries.doctor import examine
from tollbridge.rest.app import create_app
from tollbridge.worker.billing import Billing

CLOCK = "/tollbridge/sandbox/clock"
NEXT = f"{CLOCK}/next"
COUNTS = ("renewals", "declines", "purchases", "notices", "mails", "parked")
SECONDS = 60  # whoever waits longer hangs


class Watched:
    """The store, where `before` is called before each window's move of the clock."""

    def __init__(self, store: Store, before: Callable[[], object]) -> None:
        self._store = store
        self._before = before

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name == "advance_clock":
            self._before()
        method: Callable[..., Any] = getattr(self._store, name)
        return method


def watched(platform: Platform, before: Callable[[], object]) -> Platform:
    """The platform with such a store."""
    return replace(platform, store=cast("Store", Watched(platform.store, before)))


class PowerCutError(BaseException):
    """The end of the program, which nobody catches."""


def is_sound(platform: Platform) -> bool:
    """Doctor finds nothing, and the gateway's book has no purchase twice."""
    captured = [
        entry.purchase_id
        for entry in platform.gateway.book(CLOUDIFY)
        if entry.outcome.result is Result.CAPTURED
    ]
    return [str(each) for each in examine(platform)] == [] and len(captured) == len(set(captured))


def events(world: World, subscription_id: int) -> list[Event]:
    """What has happened to a subscription."""
    return [
        decode_event(entry.type, entry.version, entry.payload)
        for entry in world.platform.store.journal(CLOUDIFY, subscription_id)
    ]


def billed_on(world: World, subscription_id: int) -> list[str]:
    """The days on which the intervals of a subscription were paid."""
    return [
        f"{event.at:%Y-%m-%d}"
        for event in events(world, subscription_id)
        if isinstance(event, IntervalAdvanced)
    ]


def test_years_in_one_step(any_world: World) -> None:
    """R24: everything on the way is done at its own time and counted; the rest of the world not."""
    answer = any_world.post(CLOCK, {"advance": "P3Y"})
    assert answer.status_code == 200
    told = answer.json()
    assert list(told) == ["now", *COUNTS]
    assert told["now"] == "2029-02-09T15:43:07.20517Z"
    assert any_world.read(SINGLE)["LastIntervalNo"] == 36
    assert any_world.read(YEARLY)["LastIntervalNo"] == 3
    assert told["parked"] == 0
    assert told["mails"] > told["renewals"]  # a receipt for each, and reminders
    assert told["purchases"] == told["renewals"] > 36 * 3
    assert billed_on(any_world, SINGLE)[:2] == ["2026-03-09", "2026-04-09"]
    held = any_world.platform.store.held(OTHER, 99)
    assert held is not None
    assert held.subscription.last_interval_no == 0
    assert read_clock(any_world.platform, OTHER) == START
    assert is_sound(any_world.platform)


def test_month_ends_and_leap_years(any_world: World) -> None:
    """R5: the 31st comes back after short months, and the 29th of February in leap years."""
    platform = any_world.platform
    advance(platform, CLOUDIFY, to=datetime(2027, 12, 31, tzinfo=UTC))
    [monthly] = any_world.buy((GOLD.id, 1))
    advance(platform, CLOUDIFY, to=datetime(2028, 2, 29, 12, tzinfo=UTC))
    [yearly] = any_world.buy((STANDARD.id, 1))
    advance(platform, CLOUDIFY, to=datetime(2032, 3, 1, tzinfo=UTC))
    days = billed_on(any_world, monthly)
    assert days[:4] == ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]
    assert days[13] == "2029-02-28"
    assert billed_on(any_world, yearly) == [
        "2029-02-28",
        "2030-02-28",
        "2031-02-28",
        "2032-02-29",
    ]
    assert is_sound(platform)


def test_due_dates_years_in_the_past(any_world: World) -> None:
    """A clock that was moved alone: what was missed is made up for, one interval after another."""
    assert any_world.platform.store.advance_clock(CLOUDIFY, START.replace(year=2029))
    assert any_world.post(CLOCK, {"advance": "P1D"}).json()["parked"] == 0
    assert any_world.read(YEARLY)["LastIntervalNo"] == 3
    assert is_sound(any_world.platform)


def test_the_clock_is_not_set_back(any_world: World) -> None:
    """R23: refused, and nothing is done."""
    before = any_world.state()
    with pytest.raises(NotAllowed) as refused:
        advance(any_world.platform, CLOUDIFY, to=START - timedelta(seconds=1))
    assert refused.value.reason == "clock_backwards"
    assert any_world.state() == before


def test_of_two_advances_at_once_the_second_is_refused(any_world: World) -> None:
    """R24: 409, at whatever moment of the first it comes."""
    refused = []

    def again() -> None:
        answer = any_world.post(CLOCK, {"advance": "P1D"})
        refused.append((answer.status_code, answer.json()["reason"]))
        with pytest.raises(Busy):
            advance(any_world.platform, CLOUDIFY, by=Interval(days=1))

    advance(watched(any_world.platform, again), CLOUDIFY, by=Interval(1))
    assert len(refused) > 1
    assert set(refused) == {(409, "clock_advancing")}
    assert any_world.post(CLOCK, {"advance": "P1D"}).is_success
    assert is_sound(any_world.platform)


def test_an_advance_that_is_cut_off_goes_on(any_world: World) -> None:
    """R24: with whatever comes next, once the lease of the dead has ended; nothing twice."""
    platform = any_world.platform
    windows: list[object] = []

    def third_time() -> None:
        windows.append(object())
        if len(windows) == 3:
            raise PowerCutError

    with pytest.raises(PowerCutError):
        advance(watched(platform, third_time), CLOUDIFY, by=Interval(12))
    assert START < read_clock(platform, CLOUDIFY) < START + timedelta(days=40)
    later = replace(platform, wall=lambda: START + timedelta(minutes=2))
    advance(later, CLOUDIFY, to=START.replace(year=2027))
    assert any_world.read(SINGLE)["LastIntervalNo"] == 12
    assert any_world.read(YEARLY)["LastIntervalNo"] == 1
    assert is_sound(platform)


def test_a_repeat_with_its_key_goes_on_to_where_the_first_was_to_end(any_world: World) -> None:
    """Once: a length is not added again by the repeat of a request that was cut off."""
    store = any_world.platform.store
    headers = {"Idempotency_Key": "a-year"}
    first = any_world.post(CLOCK, {"advance": "P1Y"}, **headers)
    again = any_world.post(CLOCK, {"advance": "P1Y"}, **headers)
    assert (first.content, again.headers["idempotency-replayed"]) == (again.content, "true")
    assert read_clock(any_world.platform, CLOUDIFY) == START.replace(year=2027)
    assert any_world.post(CLOCK, {"advance": "P2Y"}, **headers).status_code == 422
    assert store.held(CLOUDIFY, SEATS) is not None


@pytest.mark.parametrize(("path", "body"), [(CLOCK, b'{"advance": "P1Y"}'), (NEXT, b"{}")])
def test_a_request_that_was_cut_off_is_finished_by_its_repeat(
    any_world: World, path: str, body: bytes
) -> None:
    """A minute later: the length is not added again, and what was left to do is counted."""
    headers = {"Authorization": CREDENTIALS, "Idempotency-Key": "cut", **JSON}
    moves: list[object] = []

    def second_time() -> None:
        moves.append(object())
        if len(moves) == 2:
            raise OSError

    platform = any_world.platform
    target = START.replace(year=2027)
    if path == NEXT:
        event = next_event(platform, CLOUDIFY)
        assert event is not None
        target = event.at
    with serving(watched(platform, second_time)) as first:
        assert first.post(path, content=body, headers=headers).status_code == 500
        assert first.post(path, content=body, headers=headers).status_code == 409
    later = replace(platform, wall=lambda: START + timedelta(minutes=2))
    with serving(later) as second:
        answer = second.post(path, content=body, headers=headers)
        assert (answer.status_code, answer.headers["idempotency-replayed"]) == (200, "true")
        assert read_clock(platform, CLOUDIFY) == target
        again = second.post(path, content=body, headers=headers)
    assert again.content == answer.content
    assert is_sound(platform)


@contextmanager
def serving(platform: Platform) -> Iterator[TestClient]:
    """The platform behind an application of its own."""
    collector = Collector(platform)
    app = create_app(
        collector, public_url=PUBLIC_URL, allowed_hosts=["testserver"], timer=lambda: 0.0
    )
    try:
        with TestClient(app) as client:
            yield client
    finally:
        collector.close()


def test_an_advance_stops_where_it_is_told_to(any_world: World) -> None:
    """After the running batch; the clock stands at the end of the last whole window."""
    stop = Flag()
    advanced = advance(
        any_world.platform,
        CLOUDIFY,
        by=Interval(12),
        progress=lambda _, __: stop.set(),
        stopped=stop.is_set,
    )
    assert advanced.now == read_clock(any_world.platform, CLOUDIFY) < START.replace(year=2027)
    advance(any_world.platform, CLOUDIFY, to=START.replace(year=2027))
    assert any_world.read(SINGLE)["LastIntervalNo"] == 12
    assert is_sound(any_world.platform)


def test_the_next_event(any_world: World) -> None:
    """R24: told before it is done; all that is due at the same instant is done with it."""
    before = any_world.state()
    told = any_world.get(NEXT).json()
    assert told["now"] == "2026-02-09T15:43:07.20517Z"
    assert any_world.state() == before
    moved = any_world.post(NEXT, {}).json()
    assert list(moved) == ["now", *COUNTS, "event"]
    assert moved["event"] == told["event"]
    assert moved["now"] == told["event"]["at"] > told["now"]
    event = next_event(any_world.platform, CLOUDIFY)
    assert event is not None
    assert event.at > read_clock(any_world.platform, CLOUDIFY)


def test_calls_while_a_clock_is_advanced(any_world: World) -> None:
    """R24: nothing is lost, and no journal goes back in time; others are served meanwhile."""
    done, answers = Flag(), []

    def call() -> None:
        quantity = 10
        while not done.is_set():
            quantity += 1
            asked = any_world.update(Quantity=quantity)
            answers.append((asked.status_code, quantity))
            any_world.read(SINGLE)

    with ThreadPoolExecutor(1) as threads:
        calls = threads.submit(call)
        while not answers:
            assert not calls.done()
        answer = any_world.post(CLOCK, {"advance": "P1Y"})
        done.set()
        calls.result(SECONDS)
    assert answer.status_code == 200, answer.text
    assert {status for status, _ in answers} <= {200, 402, 503}
    accepted = [quantity for status, quantity in answers if status == 200]
    changes = [
        event.terms.quantity for event in events(any_world, SEATS) if isinstance(event, ItemChanged)
    ]
    assert changes == accepted
    for number in any_world.platform.store.subscription_ids(CLOUDIFY):
        times = [entry.at for entry in any_world.platform.store.journal(CLOUDIFY, number)]
        assert times == sorted(times)
    assert any_world.read(SINGLE)["LastIntervalNo"] == 12
    assert is_sound(any_world.platform)


def test_two_that_are_merged_while_one_is_ahead(any_world: World) -> None:
    """R24: what concerns both comes after what happened last to either."""

    def merge() -> None:
        if "SubscriptionMerged" not in any_world.events(SECONDARY):
            body = {
                "PrimarySubscriptionId": f"S{PRIMARY}",
                "SecondarySubscriptionId": f"S{SECONDARY}",
                "AlignmentSettings": {"AlignToCurrentInterval": True},
            }
            answer = any_world.call("alignsubscriptions", body)
            assert answer.status_code == 200, answer.text

    advance(watched(any_world.platform, merge), CLOUDIFY, by=Interval(1))
    assert any_world.events(SECONDARY)[-3:] == [
        "RenewalReminded",
        "SubscriptionMerged",
        "PurchaseVoided",
    ]
    for number in (PRIMARY, SECONDARY):
        times = [entry["at"] for entry in any_world.journal(number)]
        assert times == sorted(times)
    assert is_sound(any_world.platform)


def test_workers_that_claim_at_once(any_world: World) -> None:
    """R4: each on a thread of its own; every interval is charged once, nothing is parked."""
    for _ in range(30):
        any_world.buy((SEAT.id, 1))
    assert any_world.platform.store.advance_clock(CLOUDIFY, START + timedelta(days=70))
    meet = Barrier(3)

    def work() -> None:
        billing = Billing(any_world.platform)
        meet.wait(SECONDS)
        while billing.round():
            pass

    with ThreadPoolExecutor(3) as threads:
        for worker in [threads.submit(work) for _ in range(3)]:
            worker.result(SECONDS)
    store = any_world.platform.store
    assert store.count_due(CLOUDIFY, START + timedelta(days=70), 100) == 0
    assert store.parked(CLOUDIFY) == ()
    assert any_world.read(SINGLE)["LastIntervalNo"] == 2
    assert is_sound(any_world.platform)
