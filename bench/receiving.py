"""The least that can take posts: `python -m bench.receiving` prints its port.

It reads no header but the length, answers 200 to everything, and ends with its standard input.
"""

import asyncio
import sys
from typing import Any

import uvloop

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
HEAD_END = b"\r\n\r\n"
LENGTH = b"\r\ncontent-length: "


class Taking(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._received = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer as soon as a request is whole."""
        self._received += data
        while HEAD_END in self._received:
            head, _, rest = self._received.partition(HEAD_END)
            length = int(head.lower().partition(LENGTH)[2].partition(b"\r\n")[0])
            if len(rest) < length:
                return
            self._received = rest[length:]
            self._transport.write(OK)


async def serve() -> None:
    """Until the standard input is closed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Taking, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(serve())
