"""The threads that requests are carried out in."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator

import pytest
from structlog.testing import capture_logs

from tests.rest.world import CREDENTIALS, World
from tollbridge.rest.threads import Threads


def run(ask: Callable[[Threads], Awaitable[object]], most: int = 4) -> object:
    """What `ask` makes of some threads, which are ended afterwards."""

    async def inside() -> object:
        threads = Threads(most)
        try:
            return await ask(threads)
        finally:
            threads.close()

    return asyncio.run(inside())


def test_a_result_and_an_error_come_back() -> None:
    """Also an error that is no Exception: whoever waits is told."""

    async def ask(threads: Threads) -> object:
        with pytest.raises(ZeroDivisionError):
            await threads.run(divmod, 1, 0)
        with pytest.raises(KeyboardInterrupt):
            await threads.run(_interrupt)
        return await threads.run(divmod, 7, 2)

    assert run(ask) == (3, 1)


def _interrupt() -> None:
    raise KeyboardInterrupt


def test_calls_run_beside_each_other() -> None:
    """As many at once as there may be threads, and never on the event loop's own."""
    meeting = threading.Barrier(4)

    def meet() -> str:
        meeting.wait(timeout=10)
        return threading.current_thread().name

    async def ask(threads: Threads) -> object:
        return await asyncio.gather(*(threads.run(meet) for _ in range(4)))

    assert run(ask) == ["rest"] * 4


def test_more_calls_than_threads_wait_for_their_turn() -> None:
    """No thread is begun beyond the number allowed, and none while another is free."""
    seen: set[int] = set()

    async def ask(threads: Threads) -> object:
        for _ in range(20):
            await threads.run(lambda: seen.add(threading.get_ident()))
        assert len(seen) == 1
        calls = [threads.run(lambda: seen.add(threading.get_ident())) for _ in range(200)]
        return len(await asyncio.gather(*calls))

    assert run(ask, most=3) == 200
    assert len(seen) <= 3


def test_nobody_waits_any_more() -> None:
    """A caller that went away leaves its thread to others."""

    async def ask(threads: Threads) -> object:
        blocked = threading.Event()
        left = threads.run(blocked.wait, 10)
        left.cancel()
        blocked.set()
        return await threads.run(divmod, 7, 2)

    assert run(ask, most=1) == (3, 1)


def test_a_caller_that_goes_away_in_the_middle_of_a_body(world: World) -> None:
    """Half a body is no request: nothing is done and nothing answered."""
    before = world.state()
    events: Iterator[dict[str, object]] = iter(
        [
            {"type": "http.request", "body": b'{"SubscriptionId": "S6753', "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    sent: list[object] = []

    async def receive() -> dict[str, object]:
        return next(events)

    async def send(event: object) -> None:
        sent.append(event)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/subscription/updatesubscriptionitem",
        "query_string": b"",
        "headers": [
            (b"host", b"testserver"),
            (b"authorization", CREDENTIALS.encode()),
            (b"content-type", b"application/json"),
        ],
    }
    with capture_logs() as lines:
        asyncio.run(world.client.app(scope, receive, send))  # type: ignore[arg-type]
    assert sent == []
    assert [(line["status"], line["reason"]) for line in lines] == [(0, "client_gone")]
    assert world.state() == before
