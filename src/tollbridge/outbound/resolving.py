"""Looking up host names, within a time limit."""

import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

LOOKUPS = 16  # at once


class Resolver(Protocol):
    """Who knows the addresses of hosts; safe to call from many threads."""

    def addresses(self, host: str, seconds: float) -> Sequence[str]:
        """Those of a host, found within so many seconds; OSError where there are none."""

    def close(self) -> None:
        """Release what it holds."""


class SystemResolver:
    """The system's own lookup: hosts file, DNS and whatever else it is set up with.

    It knows no time limit, so it runs in threads of its own: who waits leaves in time, and at
    most `LOOKUPS` names that nobody answers for are being asked for.
    """

    def __init__(self, look_up: Callable[[str], Sequence[str]] | None = None) -> None:
        self._look_up = look_up or _addresses
        self._threads = ThreadPoolExecutor(LOOKUPS, thread_name_prefix="lookup")

    def addresses(self, host: str, seconds: float) -> Sequence[str]:
        """Those of a host in the system's order, each once; OSError (TimeoutError) without any."""
        lookup = self._threads.submit(self._look_up, host)
        try:
            return lookup.result(timeout=seconds)
        except TimeoutError:
            lookup.cancel()
            raise

    def close(self) -> None:
        """What is being asked for is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _addresses(host: str) -> Sequence[str]:
    found = socket.getaddrinfo(host.encode(), None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))
