"""What becomes of a request that runs when `tollbridge serve` is told to stop."""

import json
import signal
import socket
import sqlite3
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.commands.running import SECONDS, Server, serving

BUY = {
    "items": [{"product_id": 292122, "quantity": 1}],
    "currency": "USD",
    "customer": {
        "reference_id": "late",
        "contact": {"email": "a@b.example", "country_id": "DE", "language_id": "de"},
    },
    "card": {"number": "4242424242424242", "expiry_month": 12, "expiry_year": 2030},
}


@contextmanager
def locked(file: Path) -> Iterator[sqlite3.Connection]:
    """The database, while another process writes it."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def running(server: Server) -> socket.socket:
    """A connection on which a purchase has been asked for, and is being carried out."""
    host, _, port = server.said["address"].rpartition(":")
    body = json.dumps(BUY).encode()
    credentials = b64encode(b"cloudify:cloudify").decode()
    head = (
        "POST /tollbridge/sandbox/purchases HTTP/1.1\r\n"
        f"Host: {server.said['address']}\r\n"
        f"Authorization: Basic {credentials}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    asking = socket.create_connection((host, int(port)), timeout=SECONDS)
    asking.sendall(head.encode() + body)
    for _ in range(3):  # each is read after what was sent before
        assert server.get("/readyz").status_code == 200
    return asking


def wait_until_deaf(server: Server) -> None:
    """Until nobody can connect any more: the server has begun to stop."""
    host, _, port = server.said["address"].rpartition(":")
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=SECONDS).close()
        except ConnectionError:
            return


def customers(file: Path) -> int:
    """How many customers have bought in our test."""
    with closing(sqlite3.connect(file)) as reading:
        sql = "SELECT count(*) FROM customer WHERE reference_id = 'late'"
        [count] = reading.execute(sql).fetchone()
    return int(count)


def test_a_running_request_is_finished(tmp_path: Path) -> None:
    """SIGTERM: no new request is taken, the running one gets its answer."""
    file = tmp_path / "tollbridge-demo.db"
    with (
        serving("--demo", cwd=tmp_path) as server,
        locked(file) as other,
        closing(running(server)) as asking,
    ):
        server.child.send_signal(signal.SIGTERM)
        wait_until_deaf(server)
        other.execute("ROLLBACK")
        answer = asking.recv(65536)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert customers(file) == 1


@pytest.mark.parametrize("caller", ["stays", "goes away"])
def test_a_running_request_is_finished_in_a_hurry(tmp_path: Path, caller: str) -> None:
    """Ctrl-C after SIGTERM: whoever waits is told nothing more, but what was begun is ended."""
    file = tmp_path / "tollbridge-demo.db"
    with (
        serving("--demo", cwd=tmp_path) as server,
        locked(file) as other,
        closing(running(server)) as asking,
    ):
        if caller == "goes away":
            asking.close()
        server.child.send_signal(signal.SIGTERM)
        wait_until_deaf(server)
        server.child.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            server.child.wait(0.5)
        other.execute("ROLLBACK")
        assert server.child.wait(SECONDS) == 0
    assert customers(file) == 1
