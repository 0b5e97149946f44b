"""How often a caller may ask: 30 requests per second and address, as published (1.8).

Counted in memory by each server process for itself: with several processes each counts alone.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from threading import Lock
from typing import NamedTuple

from starlette.types import Scope

LOOPBACK = ("127.", "::1", "::ffff:127.")
BLOCK_SECONDS = 60.0
KEYS_KEPT = 10_000  # about 1 KB each
PEERS_KEPT = 4096
_PREFIX = 64  # bits of an IPv6 address that one customer of a provider holds


class Limit:
    """At most `most` times in `seconds` for each key; whoever goes beyond is blocked for a minute.

    The keys that were seen last are remembered, and no more than `kept` of them. Safe to call
    from any thread.
    """

    def __init__(
        self, most: int, seconds: float, timer: Callable[[], float], kept: int = KEYS_KEPT
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._timer = timer
        self._kept = kept
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self._lock = Lock()

    def blocks(self, key: str) -> bool:
        """Whether the key is blocked now; asking does not make the block longer."""
        with self._lock:
            seen = self._seen.get(key)
            return seen is not None and self._timer() < seen.until

    def note(self, key: str) -> bool:
        """Note that it happened; whether that was once too often, or during a block."""
        with self._lock:
            now = self._timer()
            seen = self._of(key)
            if now < seen.until:
                return True
            times = seen.times
            if len(times) == self._most and now - times[0] < self._seconds:
                seen.until = now + BLOCK_SECONDS
                times.clear()
                return True
            times.append(now)
            return False

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._seen)

    def _of(self, key: str) -> "_Seen":
        seen = self._seen.get(key)
        if seen is None:
            seen = self._seen[key] = _Seen(self._most)
            if len(self._seen) > self._kept:
                self._seen.popitem(last=False)
        else:
            self._seen.move_to_end(key)
        return seen


class _Seen:
    """When something happened lately for one key, and until when it is blocked."""

    __slots__ = ("times", "until")

    def __init__(self, most: int) -> None:
        self.times: deque[float] = deque(maxlen=most)
        self.until = float("-inf")


class Rate(NamedTuple):
    """How many requests a second one address may send; 0 is any number.

    This machine may send any number unless `local` says that it is counted too.
    """

    per_second: int
    local: bool = False


NO_LIMIT = Rate(0)


class RequestRate:
    """Counts the requests of each address."""

    def __init__(self, rate: Rate, timer: Callable[[], float]) -> None:
        self._limit = Limit(rate.per_second, 1.0, timer) if rate.per_second else None
        self._local = rate.local

    def exceeded(self, scope: Scope) -> bool:
        """Count a request; whether it is to be turned away."""
        if self._limit is None:
            return False
        peer = peer_of(scope)
        if not peer or (not self._local and peer.startswith(LOOPBACK)):
            return False
        return self._limit.note(address_of(peer))


def peer_of(scope: Scope) -> str:
    """Who is connected, as text; empty where that is unknown (a Unix socket)."""
    client: Sequence[str] | None = scope.get("client")
    return client[0] if client else ""


@lru_cache(maxsize=PEERS_KEPT)
def address_of(peer: str) -> str:
    """What a peer is counted as: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return peer
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{IPv6Address(int(address) >> _PREFIX << _PREFIX)}/{_PREFIX}"
