"""A thread that does something again and again, whatever happens to it."""

from collections.abc import Callable
from threading import Event, Thread

from tollbridge.logs import log
from tollbridge.ports import StoreUnavailableError

BACKOFF_MAX = 30.0  # seconds


Stopped = Callable[[], bool]


class Loop:
    """Runs `round_of_work` in a thread of its own until it is closed.

    A round is given a question that it asks now and then: whether it is to end early. The next
    one comes at once where a round says that there may be more to do, else after `pause` seconds
    of wall time (R23). After errors the waits become longer, up to half a minute. `at_end` is
    called when it is closed, whether or not it was started.
    """

    def __init__(
        self,
        name: str,
        round_of_work: Callable[[Stopped], bool],
        pause: float,
        at_end: Callable[[], None] | None = None,
    ) -> None:
        self._name = name
        self._round = round_of_work
        self._pause = pause
        self._at_end = at_end
        self._failures = 0
        self._closed = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> "Loop":
        """Begin with the first round; the loop itself."""
        self._thread.start()
        return self

    def close(self) -> None:
        """End after the round that is running; closing twice is closing once."""
        self._closed.set()
        if self._thread.ident is not None:
            self._thread.join()
        at_end, self._at_end = self._at_end, None
        if at_end is not None:
            self._finish(at_end)

    def _finish(self, at_end: Callable[[], None]) -> None:
        try:
            at_end()
        except StoreUnavailableError:
            log.warning("database_away", loop=self._name)

    def once(self) -> float:
        """One round; the seconds until the next one is due."""
        try:
            more = self._round(self._closed.is_set)
        except StoreUnavailableError:
            log.warning("database_away", loop=self._name)
        except Exception:
            log.exception("round_failed", loop=self._name)
        else:
            self._failures = 0
            return 0.0 if more else self._pause
        self._failures += 1
        return min(BACKOFF_MAX, 2.0**self._failures)

    def _run(self) -> None:
        while not self._closed.is_set():
            self._closed.wait(self.once())
