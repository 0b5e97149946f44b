"""Connections of httpcore2 that go to checked addresses only, within a time limit.

The pool asks for a connection by the host's name. It is looked up once, every address that it
stands for is judged, and the connection is made to one of these addresses: nothing between the
judgement and the connection asks again (DNS rebinding). TLS and the Host header keep the name.
"""

import ssl
from collections.abc import Callable, Iterable
from threading import local
from typing import Any

from httpcore2 import (
    SOCKET_OPTION,
    ConnectError,
    ConnectTimeout,
    NetworkBackend,
    NetworkStream,
    ReadTimeout,
    SyncBackend,
    WriteError,
    WriteTimeout,
)

Lookup = Callable[[str, float], Iterable[str]]  # the checked addresses of a host, or a Refusal


class Attempt(local):
    """The post that the thread is making: when it has to end, and whether it was connected anew.

    A thread makes one post at a time, and everything that is read and written for it is read and
    written by this thread.
    """

    ends: float = 0.0
    connected: bool = False


class CheckedBackend(NetworkBackend):
    """Connects to hosts whose every address may be connected to."""

    def __init__(
        self,
        lookup: Lookup,
        attempt: Attempt,
        timer: Callable[[], float],
        connect_seconds: float,
    ) -> None:
        self._inner = SyncBackend()
        self._lookup = lookup
        self._attempt = attempt
        self._timer = timer
        self._connect_seconds = connect_seconds

    def left(self) -> float:
        """The seconds that are left of the thread's post; 0 or less when it has to end."""
        return self._attempt.ends - self._timer()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> NetworkStream:
        """A connection to the first of the host's addresses that takes it."""
        del timeout, local_address, socket_options
        self._attempt.connected = True
        failed: Exception = ConnectError("no address")
        for address in self._lookup(host, min(self._connect_seconds, self.left())):
            try:
                stream = self._inner.connect_tcp(address, port, timeout=self._connect_time())
            except (ConnectError, ConnectTimeout) as error:
                failed = error
            else:
                return LimitedStream(stream, self)
        raise failed

    def _connect_time(self) -> float:
        left = min(self._connect_seconds, self.left())
        if left <= 0:
            raise ConnectTimeout("timed out")
        return left


class LimitedStream(NetworkStream):
    """A connection on which all reading and writing of one post ends when the post has to end."""

    def __init__(self, inner: NetworkStream, backend: CheckedBackend) -> None:
        self._inner = inner
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come, at least one byte; nothing at the end."""
        del timeout
        left = self._backend.left()
        if left <= 0:
            raise ReadTimeout("timed out")
        return self._inner.read(max_bytes, timeout=left)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of it; how little the other side takes at a time gains it nothing."""
        del timeout
        socket = self._inner.get_extra_info("socket")
        view = memoryview(buffer)
        while view:
            left = self._backend.left()
            if left <= 0:
                raise WriteTimeout("timed out")
            socket.settimeout(left)
            try:
                view = view[socket.send(view) :]
            except TimeoutError as error:
                raise WriteTimeout(str(error)) from error
            except OSError as error:
                raise WriteError(str(error)) from error

    def close(self) -> None:
        """At once."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> NetworkStream:
        """The same connection, encrypted, to who can prove to be `server_hostname`."""
        del timeout
        left = self._backend.left()
        if left <= 0:
            raise ConnectTimeout("timed out")
        inner = self._inner.start_tls(ssl_context, server_hostname, left)
        return LimitedStream(inner, self._backend)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as the library has it
        """What the connection below says of itself."""
        return self._inner.get_extra_info(info)
