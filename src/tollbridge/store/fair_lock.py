"""A lock that serves in the order of asking (docs/decisions/0006-sqlite-threading.md)."""

from collections import deque
from threading import Lock


class FairLock:
    """First come, first served.

    `threading.Lock` lets whoever runs next take it, so that a thread can starve.
    """

    def __init__(self) -> None:
        self._mutex = Lock()
        self._held = False
        self._waiting: deque[Lock] = deque()

    def acquire(self, timeout: float) -> bool:
        """Wait for the turn, at most `timeout` seconds; False when it did not come."""
        with self._mutex:
            if not self._held:
                self._held = True
                return True
            turn = Lock()
            turn.acquire()
            self._waiting.append(turn)
        try:
            came = turn.acquire(timeout=timeout)
        except BaseException:  # interrupted while waiting: nobody will use the turn
            self._leave(turn)
            raise
        return came or not self._withdrawn(turn)

    def release(self) -> None:
        """Pass the lock on to who has waited longest."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False

    @property
    def waiting(self) -> int:
        """How many threads wait."""
        with self._mutex:
            return len(self._waiting)

    def _withdrawn(self, turn: Lock) -> bool:
        """Leave the queue; False when the turn came at the last moment."""
        with self._mutex:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return True
            return False

    def _leave(self, turn: Lock) -> None:
        if not self._withdrawn(turn):
            self.release()
