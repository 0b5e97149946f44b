"""The `Sender` port by HTTP/1.1 with kept connections (ADR 0014)."""

import ssl
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from threading import Lock
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tollbridge.domain.merchant import Mode
from tollbridge.domain.refusal import NotAllowed, Refusal
from tollbridge.outbound.addresses import Allowed, judge
from tollbridge.outbound.resolving import Resolver
from tollbridge.outbound.targets import FIELD, Limits, read_target
from tollbridge.ports.sending import Post, Receipt

if TYPE_CHECKING:
    from tollbridge.outbound.connections import Connections

LOOKUP_SECONDS = 10.0  # when an endpoint is saved


class HttpSender:
    """Posts to the addresses that merchants gave; safe to call from many threads.

    Live and sandbox merchants have connections of their own: what is allowed to the one is not
    used by the other. `tls` says whose certificates are trusted: by default those that the system
    trusts.
    """

    def __init__(
        self,
        *,
        allowed: Allowed,
        resolver: Resolver,
        timer: Callable[[], float],
        limits: Limits,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = allowed
        self._resolver = resolver
        self._timer = timer
        self._limits = limits
        self._tls = tls
        self._lock = Lock()
        self._connections: dict[Mode, Connections] = {}

    def require_allowed(self, url: str, mode: Mode) -> None:
        """Refuse an address that may not be posted to; NotAllowed or Invalid with the reason."""
        self._addresses(read_target(url, mode).host, LOOKUP_SECONDS, mode)

    def post(self, post: Post, mode: Mode) -> Receipt:
        """Send it now. Never raises for what the other side does."""
        began = self._timer()
        try:
            target = read_target(post.url, mode)
            ends = began + min(self._limits.total_seconds, post.seconds)
            receipt = self._connected(mode).post(post, target, ends)
        except Refusal as refusal:
            receipt = Receipt(error=f"{refusal.reason}: {refusal.message}")
        return replace(receipt, seconds=self._timer() - began)

    def close(self) -> None:
        """Give up the connections that wait."""
        with self._lock:
            for connections in self._connections.values():
                connections.close()
            self._connections.clear()
        self._resolver.close()

    def _addresses(self, host: str, seconds: float, mode: Mode) -> Sequence[str]:
        """What a host stands for; NotAllowed where any of it may not be posted to.

        Messages do not say which address it is: nobody maps a network by asking us.
        """
        addresses = (host,) if _is_address(host) else self._found(host, seconds)
        for address in addresses:
            forbidden = judge(address, self._allowed, mode)
            if forbidden is not None:
                message = f"{host} is {forbidden.meaning} (TOLLBRIDGE_PRIVATE_ENDPOINTS)"
                raise NotAllowed(forbidden.reason, message, field=FIELD)
        return addresses

    def _found(self, host: str, seconds: float) -> Sequence[str]:
        try:
            addresses = self._resolver.addresses(host, seconds)
        except OSError:
            addresses = ()
        if not addresses:
            raise NotAllowed("endpoint_host_unknown", f"There is no host {host}", field=FIELD)
        return addresses

    def _connected(self, mode: Mode) -> "Connections":
        from tollbridge.outbound.connections import (  # noqa: PLC0415 - heavy: with the first post
            Connections,
        )

        with self._lock:
            connections = self._connections.get(mode)
            if connections is None:
                connections = self._connections[mode] = Connections(
                    lambda host, seconds: self._addresses(host, seconds, mode),
                    self._timer,
                    self._limits,
                    self._tls,
                )
            return connections


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
