"""What may happen between two calls of a running platform to its store and its gateway.

A boundary lies before and after every call of a port. A surprise is set for the n-th boundary
from now on, or the n-th of those that move money or state: an exit, a database that is away,
somebody else who acts meanwhile. `Exit` is no Exception, so nothing in the program can mistake it
for a failure that it could deal with.
"""

from collections.abc import Callable
from typing import cast

from tollbridge.ports import Gateway, Store, StoreUnavailableError

Surprise = Callable[[], None]
Watch = Callable[[str, tuple[object, ...], object], None]  # a store's method, arguments, answer

WEIGHTY = ("save", "charge", "look_up", "advance_clock")


class Exit(BaseException):
    """The running platform ended here."""


class Boundaries:
    """The boundaries of one running platform."""

    def __init__(self) -> None:
        self._at_any: dict[int, Surprise] = {}
        self._at_weighty: dict[int, Surprise] = {}
        self._failing = False
        self._ended = False
        self._passed = 0
        self._passed_weighty = 0

    def surprise(self, distance: int, surprise: Surprise, *, weighty: bool) -> None:
        """Let something happen at a boundary that many further on, of all or of the weighty."""
        if weighty:
            self._at_weighty[self._passed_weighty + distance] = surprise
        else:
            self._at_any[self._passed + distance] = surprise

    def fail_storage(self) -> None:
        """Let the store be away, for one call."""
        self._failing = True

    def calm(self) -> None:
        """Nothing more happens."""
        self._at_any.clear()
        self._at_weighty.clear()
        self._failing = False

    def end(self) -> None:
        """End the platform here: whatever it still calls, it does not get through."""
        self._ended = True
        raise Exit

    def cross(self, name: str, *, of_store: bool) -> None:
        """Pass a boundary of a call, with what was set for it."""
        if self._ended:
            raise Exit
        self._passed += 1
        surprises = [self._at_any.pop(self._passed, None)]
        if name in WEIGHTY:
            self._passed_weighty += 1
            surprises.append(self._at_weighty.pop(self._passed_weighty, None))
        for surprise in surprises:
            if surprise is not None:
                surprise()
        if of_store and self._failing:
            self._failing = False
            message = "the simulated database is away"
            raise StoreUnavailableError(message)

    def store(self, store: Store, watch: Watch) -> Store:
        """The store with its boundaries; `watch` is told what came through."""
        return cast("Store", _Crossing(store, self, watch))

    def gateway(self, gateway: Gateway) -> Gateway:
        """The gateway with its boundaries."""
        return cast("Gateway", _Crossing(gateway, self, None))


class _Crossing:
    def __init__(self, port: object, boundaries: Boundaries, watch: Watch | None) -> None:
        self._port = port
        self._boundaries = boundaries
        self._watch = watch

    def __getattr__(self, name: str) -> Callable[..., object]:
        method = getattr(self._port, name)
        watch, of_store = self._watch, self._watch is not None

        def crossing(*arguments: object, **named: object) -> object:
            self._boundaries.cross(name, of_store=of_store)
            answer = method(*arguments, **named)
            if watch is not None:
                watch(name, arguments, answer)
            self._boundaries.cross(name, of_store=of_store)
            return answer

        return crossing
