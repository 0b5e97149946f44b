"""A receiver of notices as bad as any: it fails, hangs, resets, and answers 500 for a while.

    python -m tests.simulation.receiver PORT LOG SECRET SEED

What it takes it writes to its log in one line before it answers: stream, sequence, id, digest of
the body. So what stands in the log is what a consumer has, whatever became of the answer.
"""

import os
import signal
import socket
import struct
import sys
from collections.abc import Mapping
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Lock
from time import monotonic, sleep
from typing import Any, cast

from standardwebhooks import Webhook

HANGS_SECONDS = 2.5  # longer than the platform waits
ROUND_SECONDS = 6.0  # of which it answers 500 to everything for the last
ILL_SECONDS = 1.0
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close at once, with RST

# In percent, one after the other; whatever is left is taken and answered with 200.
ANSWERS = (
    ("refuse", 8),
    ("reset", 4),
    ("take and reset", 4),
    ("hang", 1),
    ("take and hang", 1),
)


class Book:
    """What was taken, and by what luck."""

    def __init__(self, path: Path, secret: str, seed: int) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._webhook = Webhook(secret)
        self._chance = Random(f"{seed} {monotonic()}")
        self._began = monotonic()
        self._lock = Lock()

    def answer(self) -> str:
        """What happens to the next request."""
        if (monotonic() - self._began) % ROUND_SECONDS > ROUND_SECONDS - ILL_SECONDS:
            return "refuse"
        with self._lock:
            drawn = self._chance.randrange(100)
        for name, percent in ANSWERS:
            drawn -= percent
            if drawn < 0:
                return name
        return "take"

    def take(self, headers: Mapping[str, str], body: bytes) -> None:
        """Write down what came; a signature that does not verify is written down as such."""
        try:
            self._webhook.verify(body, dict(headers))
        except Exception as error:  # noqa: BLE001 - the judge wants to know, whatever it is
            os.write(self._file, f"unsigned {type(error).__name__}\n".encode())
            return
        parts = (
            headers["tollbridge-stream"],
            headers["tollbridge-sequence"],
            headers["webhook-id"],
            sha256(body).hexdigest()[:16],
        )
        os.write(self._file, (" ".join(parts) + "\n").encode())


class Hook(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take it or not, answer or not."""
        book = cast("Any", self.server).book
        length = int(self.headers["content-length"])
        body = self.rfile.read(length)
        if len(body) < length:  # who posts was killed
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = book.answer()
        if answer.startswith("take"):
            book.take(headers, body)
        if answer.endswith("hang"):
            sleep(HANGS_SECONDS)
        if answer.endswith("reset"):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        if answer.endswith(("hang", "reset")):
            self.close_connection = True
            self.connection.close()
            return
        self.send_response(500 if answer == "refuse" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""

    def finish(self) -> None:
        """The connection may be gone already."""
        if not self.connection._closed:  # noqa: SLF001
            super().finish()


class Server(ThreadingHTTPServer):
    """Many connections, a thread for each."""

    allow_reuse_address = True
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that went away is no news."""


def main() -> None:
    """Listen until killed."""
    port, log, secret, seed = sys.argv[1:]
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    server = Server(("127.0.0.1", int(port)), Hook)
    cast("Any", server).book = Book(Path(log), secret, int(seed))
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
