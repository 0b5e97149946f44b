"""From the start of a process to its first answer: `tollbridge serve` and a bare application."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.calls import getsubscription
from bench.place import SEATS
from bench.server import HOST
from tollbridge.bootstrap import Place

PATIENCE = 30.0  # seconds
PAUSE = 0.001
TOLLBRIDGE = Path(sys.executable).with_name("tollbridge")


def measure(place: Place, times: int) -> tuple[list[float], list[float]]:
    """Seconds of `times` starts of the platform on a database that is there, and of the other.

    Both are started once before, which compiles their modules into a folder of this run: so the
    measurement is that of a second start, whatever the environment says of compiled files.
    """
    with tempfile.TemporaryDirectory(prefix="tollbridge-bench-") as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environment |= {"TOLLBRIDGE_SIMULATOR_BOOK": str(place.book)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        platform, other = [], []
        for turn in range(times + 1):
            port = free_port()
            serve = [str(TOLLBRIDGE), "serve", "--database", place.database, "--port", str(port)]
            hello = [sys.executable, "-m", "bench.hello", str(port)]
            seconds = first_answer(serve, port, environment), first_answer(hello, port, environment)
            if turn:
                platform.append(seconds[0])
                other.append(seconds[1])
        return platform, other


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server((HOST, 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def first_answer(command: Sequence[str], port: int, environment: Mapping[str, str]) -> float:
    """Seconds until the command, started now, gives its first answer; it is stopped then."""
    began = time.perf_counter()
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as started:
        try:
            _ask(started, port, began + PATIENCE)
            return time.perf_counter() - began
        finally:
            started.terminate()


def _ask(started: subprocess.Popen[bytes], port: int, end: float) -> None:
    """Ask until there is an answer; RuntimeError when there is none, or not 200."""
    while True:
        try:
            with socket.create_connection((HOST, port), timeout=PATIENCE) as connection:
                connection.sendall(getsubscription(SEATS))
                answer = connection.recv(64)
            break
        except ConnectionRefusedError:
            if started.poll() is not None or time.perf_counter() > end:
                raise RuntimeError(f"{started.args!r} does not answer") from None
            time.sleep(PAUSE)
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(f"{started.args!r} answers {answer!r}")
