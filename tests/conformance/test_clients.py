"""Programs as a vendor's developer writes them from the guides, against a server process."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.commands.running import SECONDS, Server, environment, serving
from tests.conformance.replay import read
from tests.conformance.tls import door
from tests.house.source import ROOT

CLIENTS = Path(__file__).parent / "clients"
PASSWORD = ("cloudify", "cloudify")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A demo of this test's own."""
    with serving("--demo", "--memory", cwd=tmp_path) as running:
        yield running


def program(name: str) -> str:
    """Where a program is; skips where there is none."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"there is no {name} here")
    return found


def ran(*command: str | Path, status: int = 0, given: Mapping[str, str] | None = None) -> list[str]:
    """What a client wrote, line by line."""
    done = subprocess.run(
        command,
        env=environment(given),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout.splitlines()


def answers(server: Server, *command: str | Path) -> list[dict[str, Any]]:
    """The answers that a client was given, each on a line."""
    return [read(line.encode()) for line in ran(*command, server.url, *PASSWORD)]


def test_curl(server: Server) -> None:
    """Seed 003: ten seats, then twenty at 4.00."""
    program("curl")
    found, updated = answers(server, program("sh"), CLIENTS / "seats.sh")
    assert found["Subscription"]["Items"][0]["Quantity"] == 10
    assert updated["NextBillingCustomerGrossPrice"] == Decimal("80.0")


def test_http_client(server: Server) -> None:
    """Seed 004: Python's http.client, both requests over one connection."""
    found, updated = answers(server, sys.executable, CLIENTS / "upgrade.py")
    assert found["Subscription"]["Items"][0]["ProductName"] == "Cloudify Gold"
    assert updated["NextBillingCustomerGrossPrice"] == Decimal("135.0")


def test_node(tmp_path: Path) -> None:
    """Seed 004: Node's https, through a door with a certificate; its body comes in chunks."""
    node = program("node")
    program("openssl")
    with (
        serving("--demo", "--memory", cwd=tmp_path) as running,
        door(running.said["address"], tmp_path) as (url, certificate),
    ):
        trusted = {"NODE_EXTRA_CA_CERTS": str(certificate)}
        lines = ran(node, CLIENTS / "upgrade.cjs", url, *PASSWORD, given=trusted)
    found, updated = (read(line.encode()) for line in lines)
    assert found["Subscription"]["Items"][0]["ProductName"] == "Cloudify Gold"
    assert updated["NextBillingCustomerGrossPrice"] == Decimal("135.0")


def test_credentials_that_come_after_the_401(server: Server) -> None:
    """subscription-api.md 1.2: a 401 asks for them; the body that comes twice works once."""
    found, updated = answers(server, sys.executable, CLIENTS / "after_401.py")
    assert found["Subscription"]["Items"][0]["Quantity"] == 10
    assert updated["NextBillingCustomerGrossPrice"] == Decimal("60.0")


def test_strict_types(server: Server) -> None:
    """subscription-api.md 1.7: no null among the amounts, ids and statuses are numbers."""
    found, *updates = answers(server, sys.executable, CLIENTS / "strict_types.py")
    assert len(updates) == len(found["Subscription"]["Items"]) == 3
    assert updates[0]["AlignmentCustomerGrossPrice"] == Decimal("37.33")


RUNNER = (sys.executable, "-m", "tests.conformance")


def test_the_suite_can_be_pointed_at_a_server(server: Server) -> None:
    """All that needs no more than the demo agrees; what is left out is told."""
    user, password = PASSWORD
    given = ("--base-url", server.url, "--user", user, "--password", password)
    lines = ran(*RUNNER, *given)
    assert "agrees    seed 003 line 62  GET /subscription/getsubscription" in lines
    assert any(line.startswith("left out  seed 002 line 403") for line in lines)
    assert lines[-1] == "13 agree, 0 differ, 27 left out"


def test_the_suite_says_what_differs(server: Server) -> None:
    """Asked a second time the demo is no longer as the documents show it."""
    user, password = PASSWORD
    given = ("--base-url", server.url, "--user", user, "--password", password)
    ran(*RUNNER, *given)
    lines = ran(*RUNNER, *given, status=1)
    assert "differs   seed 003 line 62  GET /subscription/getsubscription" in lines
    assert any("Quantity: Decimal('20'), not Decimal('10')" in line for line in lines)


def test_the_suite_says_that_nobody_answers(tmp_path: Path) -> None:
    """2, and the address on stderr."""
    with serving("--demo", "--memory", cwd=tmp_path) as running:
        url = running.url
    ran(*RUNNER, "--base-url", url, "--user", "a", "--password", "b", status=2)
