"""A crash on purpose: the process ends at the k-th boundary to the store or the gateway.

A boundary lies before and after every call of a port. `Exit` is no Exception, so nothing in the
program can mistake it for a failure that it could handle.
"""

from collections.abc import Callable
from threading import Lock
from typing import cast

from tollbridge.ports import Gateway, Store


class Exit(BaseException):
    """The process ended here."""


class Boundaries:
    """Counts boundaries and ends the process at the `exit_at`-th; everything after it ends too."""

    def __init__(self, exit_at: int) -> None:
        self._exit_at = exit_at
        self._passed = 0
        self._lock = Lock()

    def cross(self) -> None:
        """Pass a boundary, or end here."""
        with self._lock:
            self._passed += 1
            if self._passed >= self._exit_at:
                raise Exit

    @property
    def survived(self) -> bool:
        """Whether the process came through without an exit."""
        return self._passed < self._exit_at

    def store(self, store: Store) -> Store:
        """The store with a boundary before and after every call."""
        return cast("Store", _Crossing(store, self))

    def gateway(self, gateway: Gateway) -> Gateway:
        """The gateway with a boundary before and after every call."""
        return cast("Gateway", _Crossing(gateway, self))


class _Crossing:
    def __init__(self, port: object, boundaries: Boundaries) -> None:
        self.inner = port
        self._boundaries = boundaries

    def __getattr__(self, name: str) -> Callable[..., object]:
        method = getattr(self.inner, name)

        def crossing(*args: object, **kwargs: object) -> object:
            self._boundaries.cross()
            answer = method(*args, **kwargs)
            self._boundaries.cross()
            return answer

        return crossing
