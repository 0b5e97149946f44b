"""How many subscriptions a batch of the billing run holds.

On SQLite one save keeps every other writer waiting, requests too: there a batch is only as large
as can be saved in a moment, whatever the disk and the subscriptions are like.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from tollbridge.ports import WallClock

FIRST = 20
LEAST = 5
NO_TIME = timedelta(0)


class Pace:
    """Batches of at most `most`, each saved within `longest` as far as can be told beforehand.

    What the slower save of the last batch took for each subscription says how many fit; a batch is
    at most twice as large as the one before. Without `longest` they are as large as they may be.
    """

    def __init__(self, wall: WallClock, most: int, longest: timedelta | None = None) -> None:
        self._wall = wall
        self._most = most
        self._longest = longest
        self._size = FIRST // 2
        self._slowest = NO_TIME  # for each subscription of the running batch

    def size(self) -> int:
        """How many subscriptions the next batch holds."""
        if self._longest is None:
            return self._most
        fits = int(self._longest / self._slowest) if self._slowest else self._most
        self._size = max(LEAST, min(fits, 2 * self._size, self._most))
        self._slowest = NO_TIME
        return self._size

    @contextmanager
    def saving(self, count: int) -> Iterator[None]:
        """While so many are being saved, waiting for the turn included."""
        began = self._wall()
        yield
        if count:
            self._slowest = max(self._slowest, (self._wall() - began) / count)
