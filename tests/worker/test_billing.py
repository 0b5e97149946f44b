"""The loops beside the requests: bill what is due, ask about payments, forget old keys."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from tests.given import GOLD
from tests.rest.world import CLOUDIFY, LIVE, OTHER, START, World, merchant
from tollbridge.domain.request import KeptAnswer, KeyedRequest, RequestKey
from tollbridge.domain.subscription import SubscriptionStatus
from tollbridge.flows.tally import Tally
from tollbridge.ports import Command, Lease, Platform, Store, StoreUnavailableError
from tollbridge.worker.billing import Billing, ask_about_payments, forget_requests, loops_of
from tollbridge.worker.loop import BACKOFF_MAX, Loop

ANSWER_LOST = "T20000000000068T"  # taken, but the answer does not arrive
MINUTE = timedelta(minutes=1)
SECONDS = 60  # a loop that takes longer hangs


class Failing:
    """The store, where one call fails for one merchant."""

    def __init__(self, store: Store, name: str, merchant_id: int, error: Exception) -> None:
        self._store = store
        self._failing = (name, merchant_id)
        self._error = error

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(self._store, name)

        def call(merchant_id: int, *arguments: object) -> object:
            if (name, merchant_id) == self._failing:
                raise self._error
            return method(merchant_id, *arguments)

        return call if name == self._failing[0] else method


def failing(platform: Platform, name: str, merchant_id: int, error: Exception) -> Platform:
    """The platform with such a store."""
    return replace(platform, store=cast("Store", Failing(platform.store, name, merchant_id, error)))


def at(platform: Platform, **later: float) -> Platform:
    """The platform some wall time later."""
    return replace(platform, wall=lambda: START + timedelta(**later))


def test_live_merchants_are_billed_by_the_system_clock(any_world: World) -> None:
    """R23: nothing before the reminder, and once at the date."""
    platform = any_world.platform
    [number] = any_world.buy((GOLD.id, 1), merchant_id=LIVE)
    told: list[Tally] = []
    early = Billing(at(platform, days=25), told.append)
    assert (early.round(), told) == (False, [])
    late = Billing(at(platform, days=29), told.append)
    assert late.round()
    steps = [(tally.ticks, tally.renewals, tally.parked) for tally in told]
    assert steps == [(1, 0, 0), (1, 1, 0)]  # the reminder, two days before, and the bill
    assert not late.round()
    held = platform.store.held(LIVE, number)
    assert held is not None
    assert held.subscription.last_interval_no == 1


def test_sandbox_merchants_are_billed_up_to_their_clock(any_world: World) -> None:
    """R23: however late the system's is; each merchant by its own clock."""
    platform = any_world.platform
    billing = Billing(at(platform, days=900))
    assert not billing.round()
    any_world.wait(days=29)
    assert billing.round()
    assert any_world.read()["LastIntervalNo"] == 1
    held = platform.store.held(OTHER, 99)
    assert held is not None
    assert held.subscription.last_interval_no == 0


def test_slots_of_somebody_else_are_left_to_them(any_world: World) -> None:
    """Until the lease has ended: then a dead worker's slots are taken over."""
    platform = replace(any_world.platform, lease=5 * MINUTE)
    any_world.wait(days=29)
    for slot in range(16):
        lease = Lease(merchant_id=CLOUDIFY, slot=slot, holder="dead", until=START + 5 * MINUTE)
        assert platform.store.lease_slot(lease, START)
    assert not Billing(at(platform, minutes=4)).round()
    assert any_world.read()["LastIntervalNo"] == 0
    assert Billing(at(platform, minutes=5)).round()
    assert any_world.read()["LastIntervalNo"] == 1


def test_a_merchant_that_cannot_be_billed_keeps_no_other_waiting(any_world: World) -> None:
    """It is logged, and the round goes on."""
    any_world.wait(days=29)
    any_world.platform.store.put_merchant(merchant(1))  # comes first, and cannot be read
    platform = failing(any_world.platform, "earliest_due", 1, ValueError("broken"))
    with capture_logs() as lines:
        assert Billing(platform).round()
    assert {(line["event"], line["merchant_id"]) for line in lines} == {
        ("merchant_not_billed", 1),
        ("billed", CLOUDIFY),
    }
    assert any_world.read()["LastIntervalNo"] == 1


def test_it_ends_between_two_merchants(world: World) -> None:
    """Who is told to end begins nothing more."""
    world.wait(days=29)
    assert not Billing(world.platform).round(lambda: True)
    assert world.read()["LastIntervalNo"] == 0


def test_an_unknown_outcome_is_asked_about(any_world: World) -> None:
    """R7: a sign-up whose answer got lost becomes active; not while it may still be under way."""
    platform = any_world.platform
    [number] = any_world.buy((GOLD.id, 1), card=ANSWER_LOST)
    assert any_world.read(number)["Subscriptionstatus"] == 6  # New
    with capture_logs() as lines:
        ask_about_payments(at(platform, seconds=60))
        assert lines == []
        ask_about_payments(at(platform, seconds=61), lambda: True)
        assert lines == []
        ask_about_payments(at(platform, seconds=61))
        ask_about_payments(at(platform, seconds=61))
    assert [(line["event"], line["settled"]) for line in lines] == [("open_payments_settled", 1)]
    held = platform.store.held(CLOUDIFY, number)
    assert held is not None
    assert held.subscription.status is SubscriptionStatus.ACTIVE


def test_an_outcome_that_cannot_be_saved_keeps_no_other_waiting(world: World) -> None:
    """It is logged and asked about again; whoever comes after it is settled."""
    platform = world.platform
    (first,), (second,) = (world.buy((GOLD.id, 1), card=ANSWER_LOST) for _ in range(2))
    engine = platform.store._engine  # type: ignore[attr-defined]  # noqa: SLF001
    with engine.writing() as writer:
        writer.execute(
            "CREATE TRIGGER refuses BEFORE UPDATE ON subscription"
            f" WHEN NEW.id = {first} BEGIN SELECT RAISE(ABORT, 'out of order'); END",
            {},
        )
    with capture_logs() as lines:
        ask_about_payments(at(platform, seconds=61))
    assert [line["event"] for line in lines] == ["payment_not_recovered", "open_payments_settled"]
    statuses = [world.read(number)["Subscriptionstatus"] for number in (first, second)]
    assert statuses == [6, 1]  # New, Active


def test_old_keys_are_forgotten(any_world: World) -> None:
    """After 30 days of wall time, each merchant's."""
    platform = any_world.platform
    for merchant_id in (CLOUDIFY, OTHER):
        key = RequestKey(merchant_id=merchant_id, username="u", path="/p", key="k")
        answer = KeptAnswer(status=200, content_type="application/json", body=b"{}")
        request = KeyedRequest(key=key, body_hash=b"h", answer=answer)
        platform.store.keep_answer(
            Command(id="c", actor="a", name="n", recorded_at=START, request=request)
        )
    with capture_logs() as lines:
        forget_requests(at(platform, days=29))
        forget_requests(at(platform, days=30), lambda: True)
        assert lines == []
        forget_requests(at(platform, days=30))
        forget_requests(at(platform, days=30))
    assert [(line["merchant_id"], line["forgotten"]) for line in lines] == [
        (CLOUDIFY, 1),
        (OTHER, 1),
    ]


def test_the_loops_do_it_by_themselves(world: World) -> None:
    """In threads of their own, until they are closed; twice is once."""
    world.wait(days=29)
    billed = Event()
    loops = loops_of(world.platform, bills=True, told=lambda _: billed.set())
    assert [loop.start() for loop in loops] == list(loops)
    assert billed.wait(SECONDS)
    for loop in (*loops, *loops):
        loop.close()
    assert world.read()["LastIntervalNo"] == 1
    assert len(loops_of(world.platform, bills=False)) == len(loops) - 3  # bills, telling, posts


@pytest.mark.parametrize(
    ("error", "event"),
    [(StoreUnavailableError("away"), "database_away"), (ValueError("wrong"), "round_failed")],
)
def test_errors_end_no_loop(error: Exception, event: str) -> None:
    """The next round comes, later and later, and as usual once all is well."""
    outcomes: list[Exception | bool] = [*[error] * 6, False, True, error]

    def work(_: Callable[[], bool]) -> bool:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    loop = Loop("work", work, 7.0)
    with capture_logs() as lines:
        waits = [loop.once() for _ in range(9)]
    assert waits == [2.0, 4.0, 8.0, 16.0, BACKOFF_MAX, BACKOFF_MAX, 7.0, 0.0, 2.0]
    assert [(line["event"], line["loop"]) for line in lines] == [(event, "work")] * 7
    loop.close()  # it was never started
