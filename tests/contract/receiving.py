"""A receiver of posts that answers as a test says, over plain HTTP or TLS, on this machine."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import NamedTuple


class Request(NamedTuple):
    """A request as it arrived. `connection` counts the connections from 1."""

    connection: int
    line: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[Request, socket.socket], bool]  # whether the connection stays open
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def answering(reply: bytes, *, keep: bool = True) -> Answer:
    """Always the same."""

    def answer(_: Request, connection: socket.socket) -> bool:
        connection.sendall(reply)
        return keep

    return answer


class Receiver:
    """Listens at `port` of 127.0.0.1 and keeps what it was sent."""

    port: int

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.connections = 0
        self._tls = tls
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listening.getsockname()[1]
        self._threads = [Thread(target=self._accept)]
        self._threads[0].start()

    def hang_up(self) -> None:
        """End all connections."""
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End everything."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self.hang_up()
        for thread in self._threads:
            thread.join()
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = Thread(target=self._serve, args=[connection, self.connections])
            self._threads.append(thread)
            thread.start()

    def _serve(self, plain: socket.socket, number: int) -> None:
        with suppress(OSError), plain:
            connection = self._tls.wrap_socket(plain, server_side=True) if self._tls else plain
            self._open.append(connection)
            with connection, connection.makefile("rb") as stream:
                while line := stream.readline():
                    headers = {}
                    while header := stream.readline().strip():
                        name, _, value = header.decode().partition(":")
                        headers[name.lower()] = value.strip()
                    body = stream.read(int(headers.get("content-length", "0")))
                    request = Request(number, line.decode().strip(), headers, body)
                    self.requests.append(request)
                    if not self.answer(request, connection):
                        return


@contextmanager
def receiving(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver while the block runs."""
    receiver = Receiver(answer, tls)
    try:
        yield receiver
    finally:
        receiver.close()
