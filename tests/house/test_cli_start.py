"""`tollbridge --help` is quick: heavy imports wait until a command needs them (DESIGN 8)."""

import subprocess
import sys
from time import perf_counter

import pytest

HEAVY = {
    "aiosql",
    "asyncio",
    "babel",
    "cryptography",
    "httpcore2",
    "httpx2",
    "jinja2",
    "msgspec",
    "prometheus_client",
    "psycopg",
    "psycopg_pool",
    "pydantic",
    "rich",
    "sqlite3",
    "starlette",
    "structlog",
    "tomllib",
    "typer",
    "uvicorn",
    "uvloop",
}
SECONDS = 0.5
TRIES = 5
HELP = """
import sys
from tollbridge.cli.main import root
root({arguments!r}, standalone_mode=False)
print("loaded:", *sys.modules, file=sys.stderr)
"""
COMMANDS: tuple[list[str], ...] = (
    [],
    ["serve"],
    ["catalog", "apply"],
    ["merchant", "add"],
    ["credential", "add"],
    ["endpoint", "add"],
    ["notifications", "replay"],
    ["listen"],
    ["trigger"],
    ["worker"],
    ["bill"],
    ["parked", "retry"],
    ["mail", "preview"],
    ["clock", "advance"],
    ["migrate"],
    ["doctor"],
    ["simulate"],
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_loads_nothing_heavy(command: list[str]) -> None:
    """No server, driver, logger or parser of files is loaded to print help."""
    code = HELP.format(arguments=[*command, "--help"])
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Usage: " in run.stdout
    loaded = run.stderr.partition("loaded:")[2].split()
    assert "tollbridge.cli.main" in loaded
    assert HEAVY & set(loaded) == set()


def test_help_is_quick() -> None:
    """Under half a second; the best of some tries, since a test's machine may be busy."""
    best = SECONDS
    for _ in range(TRIES):
        began = perf_counter()
        subprocess.run(
            [sys.executable, "-m", "tollbridge.cli", "--help"], capture_output=True, check=True
        )
        best = min(best, perf_counter() - began)
    assert best < SECONDS


SERVING = """
import sys
from tollbridge.bootstrap import make_app
from tollbridge.bootstrap.log_lines import start_logs
from tollbridge.cli import serve
from tollbridge.rest import app
from tollbridge import sealing
from tollbridge.outbound import http_sender
from tollbridge.worker import billing
start_logs("info")
import logging
logging.getLogger("uvicorn.error").info("Started server process")
print(*sys.modules)
"""


def test_a_server_starts_without_structlog() -> None:
    """It is loaded with the first line of our own; what the server's library says needs none."""
    run = subprocess.run(
        [sys.executable, "-c", SERVING], capture_output=True, text=True, check=True
    )
    assert '"event":"Started server process"' in run.stderr
    loaded = run.stdout.split()
    assert "tollbridge.rest.app" in loaded
    assert {"cryptography", "httpcore2", "psycopg", "rich", "structlog", "babel", "jinja2"} & set(
        loaded
    ) == set()
