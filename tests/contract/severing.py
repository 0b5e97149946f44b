"""A network that can be cut at the worst moment: between a client and its PostgreSQL server.

A real proxy on loopback. Armed, it cuts the connection that sends COMMIT next, either before the
server has seen it or after the server has answered.
"""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from urllib.parse import urlsplit, urlunsplit

COMMIT = b"COMMIT\x00"
CHUNK = 65536


class Cut(Enum):
    """When the connection breaks."""

    BEFORE_COMMIT = "the server never sees it"
    AFTER_COMMIT = "the server has answered, the client never hears it"


class Severing:
    """A proxy in front of a server; `url` leads through it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._server = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        user = f"{parts.username}@" if parts.username else ""
        # Without TLS, so that the proxy can read what it passes on.
        self.url = urlunsplit(
            parts._replace(netloc=f"{user}127.0.0.1:{port}", query="sslmode=disable")
        )
        self._armed: Cut | None = None
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._start(self._accept)

    def arm(self, cut: Cut) -> None:
        """Cut the connection that sends COMMIT next; those after it are left alone."""
        self._armed = cut

    @property
    def armed(self) -> bool:
        """Whether the cut is still to come."""
        return self._armed is not None

    def close(self) -> None:
        """Stop and cut everything."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept, which close does not
        self._listener.close()
        for one in self._sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for one in self._sockets:
            one.close()

    def _start(self, run: Callable[..., None], *given: object) -> None:
        thread = threading.Thread(target=run, args=given, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            server = socket.create_connection(self._server)
            self._sockets += [client, server]
            link = _Link(client, server)
            self._start(self._pass_on, link)
            self._start(link.answer)

    def _pass_on(self, link: "_Link") -> None:
        """Client to server, watching for the COMMIT."""
        while sent := link.receive():
            cut = self._armed if COMMIT in sent else None
            if cut is None:
                link.send(sent)
                continue
            self._armed = None
            if cut is Cut.AFTER_COMMIT:
                link.swallow_answer_to(sent)
            break
        link.break_off()


class _Link:
    """One connection through the proxy."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self._deaf = threading.Event()
        self._swallowed = threading.Event()

    def receive(self) -> bytes:
        """What the client says next, nothing when it has gone."""
        try:
            return self.client.recv(CHUNK)
        except OSError:
            return b""

    def send(self, sent: bytes) -> None:
        """On to the server; one that has gone is noticed by the client, who hears nothing."""
        with suppress(OSError):
            self.server.sendall(sent)

    def answer(self) -> None:
        """Server to client, until the client is to hear no more."""
        with suppress(OSError):
            while said := self.server.recv(CHUNK):
                if self._deaf.is_set():
                    self._swallowed.set()
                    return
                self.client.sendall(said)
        self.break_off()

    def swallow_answer_to(self, sent: bytes) -> None:
        """Let the server do it, wait for its answer, and keep the answer back."""
        self._deaf.set()
        self.server.sendall(sent)
        assert self._swallowed.wait(30)

    def break_off(self) -> None:
        """Both ends find the connection gone."""
        for end in (self.client, self.server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
