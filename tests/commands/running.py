"""Running the program itself: commands to their end, and a server for the time of a test."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

PROGRAM = (sys.executable, "-m", "tollbridge.cli")
SECONDS = 60  # a program that takes longer hangs


def environment(given: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment without settings of ours, and with those given."""
    ours = {name: text for name, text in os.environ.items() if not name.startswith("TOLLBRIDGE_")}
    return {**ours, **(given or {})}


def run(
    *arguments: str, cwd: Path, given: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A command at its end."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=cwd,
        env=environment(given),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@dataclass
class Server:
    """A running server: what it said at the start, and once it has ended, what it logged."""

    said: dict[str, Any]
    child: "subprocess.Popen[str]"
    log: str = ""

    @property
    def url(self) -> str:
        """Where this machine reaches it, whatever its public name."""
        return f"http://{self.said['address']}"

    def get(self, path: str, **given: Any) -> httpx2.Response:  # noqa: ANN401 - httpx2's own
        """The answer to a GET with the demo's credentials."""
        auth = ("cloudify", "cloudify")
        return httpx2.get(self.url + path, auth=auth, trust_env=False, **given)

    def post(self, path: str, body: object) -> httpx2.Response:
        """The answer to a POST of JSON with the demo's credentials."""
        auth = ("cloudify", "cloudify")
        return httpx2.post(self.url + path, auth=auth, json=body, trust_env=False)

    def lines(self) -> list[dict[str, Any]]:
        """The log, once the server has ended."""
        return [json.loads(line) for line in self.log.splitlines()]


@contextmanager
def serving(
    *arguments: str,
    cwd: Path,
    given: Mapping[str, str] | None = None,
    end: signal.Signals = signal.SIGTERM,
) -> Iterator[Server]:
    """`tollbridge serve` on a free port, ended by a signal; it must end with 0."""
    command: Sequence[str] = [*PROGRAM, "serve", "--json", "--port", "0", *arguments]
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=environment(given),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        line = child.stdout.readline()
        if not line:
            _, complaint = child.communicate(timeout=SECONDS)
            raise AssertionError(f"serve ended with {child.returncode}: {complaint}")
        server = Server(json.loads(line), child)
        try:
            yield server
        finally:
            child.send_signal(end)
            _, server.log = child.communicate(timeout=SECONDS)
        expected = 0 if end is not signal.SIGKILL else -signal.SIGKILL
        assert child.returncode == expected, server.log


@contextmanager
def working(*arguments: str, cwd: Path, given: Mapping[str, str]) -> Iterator[None]:
    """`tollbridge worker`, ended by SIGTERM; it must end with 0."""
    with subprocess.Popen(
        [*PROGRAM, "worker", "--json", *arguments],
        cwd=cwd,
        env=environment({"TOLLBRIDGE_LOG_LEVEL": "error", **given}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        line = child.stdout.readline()
        try:
            assert line, "the worker said nothing"
            yield
        finally:
            child.send_signal(signal.SIGTERM)
            _, complaint = child.communicate(timeout=SECONDS)
        assert (child.returncode, complaint) == (0, "")
