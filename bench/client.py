"""The client, in a process of its own: raw sockets kept alive, every byte prepared beforehand.

    python -m bench.client PORT

Reads one `Load` as a line of JSON from standard input and answers one `Count`, again and again.
"""

import re
import select
import socket
import sys
import time
from collections.abc import Sequence
from itertools import cycle

import msgspec

HOST = "127.0.0.1"
TIMEOUT = 30.0
CHUNK = 256 * 1024
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
END_OF_HEAD = b"\r\n\r\n"
OK = b"HTTP/1.1 200 "


class Load(msgspec.Struct):
    """Send the requests on so many connections for so long; each waits for its answer.

    Every connection has requests of its own, which it sends one after the other and from the
    beginning again; one request alone is sent by all.
    """

    requests: list[bytes]
    connections: int
    seconds: float


class Count(msgspec.Struct):
    """How many answers came in how many seconds; `busy` is the client's own share of a core."""

    answers: int
    seconds: float
    busy: float

    @property
    def per_second(self) -> float:
        """Answers in a second."""
        return self.answers / self.seconds


class Connection:
    """One connection with one request under way."""

    def __init__(self, port: int, requests: Sequence[bytes]) -> None:
        self.socket = socket.create_connection((HOST, port), timeout=TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._requests = cycle(requests)
        self._came = b""

    def send(self) -> None:
        """Ask."""
        self.socket.sendall(next(self._requests))

    def receive(self) -> bool:
        """Whether the answer is here, whole; RuntimeError for any other answer than 200."""
        self._came += self.socket.recv(CHUNK)
        head, end, body = self._came.partition(END_OF_HEAD)
        if not end:
            if not self._came:
                raise RuntimeError("the server has closed the connection")
            return False
        length = LENGTH.search(head + b"\r\n")
        if length is None or not head.startswith(OK):
            raise RuntimeError(f"not the answer that was asked for: {self._came[:500]!r}")
        if len(body) < int(length[1]):
            return False
        self._came = b""
        return True


def run(port: int, load: Load) -> Count:
    """Carry a load out."""
    connections = [
        Connection(port, load.requests[number :: load.connections] or load.requests)
        for number in range(load.connections)
    ]
    by_number = {each.socket.fileno(): each for each in connections}
    with select.epoll() as ready:
        for number in by_number:
            ready.register(number, select.EPOLLIN)
        began, used = time.perf_counter(), time.process_time()
        end = began + load.seconds
        for each in connections:
            each.send()
        answers = 0
        while (now := time.perf_counter()) < end:
            events = ready.poll(TIMEOUT)
            if not events:
                raise RuntimeError(f"no answer in {TIMEOUT} s")
            for number, _ in events:
                connection = by_number[number]
                if connection.receive():
                    answers += 1
                    connection.send()
        took = now - began
        busy = (time.process_time() - used) / took
    for each in connections:
        each.socket.close()
    return Count(answers, took, busy)


def main() -> None:
    """Carry out the loads that come in."""
    port = int(sys.argv[1])
    for line in sys.stdin.buffer:
        count = run(port, msgspec.json.decode(line, type=Load))
        print(msgspec.json.encode(count).decode(), flush=True)


if __name__ == "__main__":
    main()
