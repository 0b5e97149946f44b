"""`tollbridge listen` and `trigger`, run as programs, with a receiver on this machine."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.commands.running import PROGRAM, SECONDS, environment, run, serving
from tests.contract.receiving import OK, Receiver, answering, receiving
from tests.contract.receiving import Answer as Answering

DATABASE = ("--database", "sqlite:///tollbridge-demo.db")
PAID = "PaidOrderNotification"
CANCELED = "RecurringBillingCanceledNotification"
SERVER_ERROR = b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\nOops"
GONE = b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the demo's database, made by serving it once."""
    with serving("--demo", cwd=tmp_path):
        pass
    return tmp_path


def told(place: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    """The answer of a command that ends with this code."""
    done = run(*arguments, *DATABASE, "--json", cwd=place)
    assert done.returncode == code, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout or done.stderr)
    return answer


class Listener:
    """A running `tollbridge listen --json`."""

    def __init__(self, child: "subprocess.Popen[str]") -> None:
        self.child = child
        self.said = self.line()

    def line(self) -> dict[str, Any]:
        """The next line; it comes, or the test hangs no longer than the program lives."""
        assert self.child.stdout is not None
        text = self.child.stdout.readline()
        assert text, self.child.communicate(timeout=SECONDS)
        read: dict[str, Any] = json.loads(text)
        return read

    def until(self, kind: str) -> list[dict[str, Any]]:
        """The lines up to the first of this type."""
        lines = [self.line()]
        while lines[-1]["type"] != kind:
            lines.append(self.line())
        return lines


@contextmanager
def listening(
    place: Path,
    receiver: Receiver,
    *arguments: str,
    end: signal.Signals = signal.SIGINT,
    code: int = 0,
) -> Iterator[Listener]:
    """`tollbridge listen` to a receiver, ended by a signal."""
    url = f"http://127.0.0.1:{receiver.port}/hook"
    with subprocess.Popen(
        [*PROGRAM, "listen", "--forward", url, *arguments, *DATABASE, "--json"],
        cwd=place,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            yield Listener(child)
        finally:
            if child.poll() is None:
                child.send_signal(end)
            _, complaint = child.communicate(timeout=SECONDS)
        assert child.returncode == code, complaint


def verified(receiver: Receiver, secret: str) -> list[dict[str, Any]]:
    """What the receiver was sent, each with a signature that the published library accepts."""
    return [Webhook(secret).verify(one.body, one.headers) for one in receiver.requests]


def test_it_relays_what_happens(place: Path) -> None:
    """Without a server, too; each line says what came of it, and the endpoint goes at the end."""
    with receiving(answering(OK)) as receiver:
        with listening(place, receiver) as listener:
            came = told(place, "trigger", CANCELED)
            lines = listener.until(CANCELED)
            [endpoint] = told(place, "endpoint", "list")["endpoints"]
        documents = verified(receiver, listener.said["secret"])
    assert endpoint["url"] == listener.said["url"]
    numbers = [one["notification_id"] for one in came["notifications"]]
    seen = [one["notification_id"] for one in lines]
    assert [number for number in seen if number in numbers] == numbers
    assert [one["type"] for one in came["notifications"]] == [PAID, CANCELED]
    assert {one["status"] for one in lines} == {200}
    assert [one["meta"]["type"] for one in documents].count(CANCELED) == 1
    assert lines[-1]["subscription_ids"] == [came["subscription_id"]]
    assert lines[-1]["milliseconds"] >= 0
    assert told(place, "endpoint", "list") == {"endpoints": []}


def test_beside_a_server(place: Path) -> None:
    """Whoever delivers: each is posted once."""
    with (
        receiving(answering(OK)) as receiver,
        serving("--demo", cwd=place) as server,
        listening(place, receiver, "--types", PAID, end=signal.SIGTERM) as listener,
    ):
        for _ in range(3):
            told(place, "trigger", CANCELED)
        made = [listener.line() for _ in range(3)]
        assert {one["type"] for one in made} == {PAID}
        document = server.get("/tollbridge/notifications?type=" + PAID).json()["notifications"][0]
        assert document["payload"]["meta"]["schemaUrl"].startswith(server.url)
    ids = [one.headers["webhook-id"] for one in receiver.requests]
    assert len(ids) == len(set(ids)) == 3


def test_what_fails_is_shown(place: Path) -> None:
    """The status, and the number by which it is sent again."""
    with receiving(answering(SERVER_ERROR)) as receiver, listening(place, receiver) as listener:
        told(place, "trigger", PAID)
        line = listener.until(PAID)[-1]
        assert (line["status"], line["attempt"]) == (500, 1)
        receiver.answer = answering(OK)
        number = str(line["notification_id"])
        assert told(place, "notifications", "replay", number)["deliveries"] == 1
        lines = iter(listener.line, None)  # what else there is to tell comes in between
        again = next(one for one in lines if one["notification_id"] == line["notification_id"])
        assert (again["status"], again["replay"]) == (200, 1)
        assert again["message_id"] == line["message_id"]


def test_one_that_was_killed_is_replaced(place: Path) -> None:
    """The same URL has one endpoint, with a new secret."""
    with receiving(answering(OK)) as receiver:
        with listening(place, receiver, end=signal.SIGKILL, code=-signal.SIGKILL) as first:
            pass
        assert len(told(place, "endpoint", "list")["endpoints"]) == 1
        with listening(place, receiver) as second:
            [endpoint] = told(place, "endpoint", "list")["endpoints"]
            assert endpoint["endpoint_id"] == second.said["endpoint_id"]
        assert second.said["endpoint_id"] != first.said["endpoint_id"]
        assert second.said["secret"] != first.said["secret"]
    assert told(place, "endpoint", "list") == {"endpoints": []}


@pytest.mark.parametrize("answer", [answering(GONE)])
def test_a_receiver_that_is_gone_ends_it(place: Path, answer: Answering) -> None:
    """410: nothing more would be sent, and it says so."""
    with receiving(answer) as receiver, listening(place, receiver, code=1) as listener:
        told(place, "trigger", PAID)
        assert listener.until(PAID)[-1]["status"] == 410
        assert listener.child.wait(timeout=SECONDS) == 1
    assert told(place, "endpoint", "list") == {"endpoints": []}


def test_what_is_refused(place: Path) -> None:
    """With a reason, and no endpoint is left behind."""
    for url, reason in (
        ("http://10.0.0.1/hook", "endpoint_private"),
        ("localhost:3000", "endpoint_url_invalid"),
    ):
        assert told(place, "listen", "--forward", url, code=1)["error"] == reason
    wrong = told(place, "listen", "--forward", "http://127.0.0.1:3000/", "--types", "X", code=1)
    assert "There is no notification type X" in wrong["message"]
    assert told(place, "endpoint", "list") == {"endpoints": []}
    never = told(place, "trigger", "QuoteNotification", code=1)
    assert never["error"] == "never_caused"
    assert told(place, "trigger", "Nonsense", code=1)["error"] == "invalid_value"
    grace = told(place, "trigger", "RecurringBillingOnGraceNotification", code=1)
    assert grace["error"] == "trigger_impossible"
    assert "grace_days" in grace["message"]


def test_live_merchants_are_left_alone(tmp_path: Path) -> None:
    """R23: neither listens nor triggers."""
    made = ("--id", "1", "--name", "Shop", "--country", "DE", "--currency", "EUR")
    live = ("--database", "sqlite:///live.db", "--json")
    assert run("merchant", "add", *made, "--mode", "live", *live, cwd=tmp_path).returncode == 0
    for command in (("listen", "--forward", "http://127.0.0.1:3000/"), ("trigger", PAID)):
        done = run(*command, "--merchant", "1", *live, cwd=tmp_path)
        assert done.returncode == 1
        assert json.loads(done.stderr)["error"] == "merchant_live"
