"""Threads that commands and queries run in, so that the event loop never waits for a database.

Like `anyio.to_thread`, at a third of its cost: a request needs neither cancellation nor context
variables there. Measured with `bench.api`, the hop is most of what a read costs beside its SQL.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from queue import SimpleQueue
from typing import Any, NamedTuple, Protocol

THREADS = 40


class Pool(Protocol):
    """Where calls run that may wait."""

    def run(self, call: Callable[..., Any], *arguments: object) -> Awaitable[Any]:
        """What the call gives or raises, to be awaited."""

    def close(self) -> None:
        """Let running calls end."""


class Job(NamedTuple):
    """A call that waits for a thread, and the future on whose loop it is waited for."""

    future: asyncio.Future[Any]
    call: Callable[..., Any]
    arguments: tuple[Any, ...]


class Threads:
    """At most `most` threads, each begun when all others are at work."""

    def __init__(self, most: int = THREADS) -> None:
        self._most = most
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._started: list[threading.Thread] = []
        self._running = 0  # touched by the event loop's thread alone

    def run(self, call: Callable[..., Any], *arguments: object) -> asyncio.Future[Any]:
        """The future of a call's result; its exception becomes the future's."""
        future = asyncio.get_running_loop().create_future()
        future.add_done_callback(self._ended)
        self._running += 1
        if self._running > len(self._started) < self._most:
            thread = threading.Thread(target=self._work, name="rest", daemon=True)
            self._started.append(thread)
            thread.start()
        self._jobs.put(Job(future, call, arguments))
        return future

    def close(self) -> None:
        """Let running calls end, then end the threads."""
        started, self._started = self._started, []
        for _ in started:
            self._jobs.put(None)
        for thread in started:
            thread.join()

    def _ended(self, _: asyncio.Future[Any]) -> None:
        self._running -= 1

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            loop = job.future.get_loop()
            outcome: tuple[Callable[..., None], Any]
            try:
                outcome = _finish, job.call(*job.arguments)
            except BaseException as error:  # noqa: BLE001 - whoever waits is told
                outcome = _fail, error
            try:
                loop.call_soon_threadsafe(outcome[0], job.future, outcome[1])
            except RuntimeError:
                return  # the loop is closed: nobody waits any more


def _finish(future: asyncio.Future[Any], result: object) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[Any], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
