"""`tollbridge serve` from outside: a program on a free port of this machine."""

import json
import shlex
import shutil
import signal
import socket
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.commands.running import environment, run, serving
from tollbridge.cli.serve import greeting

SAMPLE = json.loads((Path(__file__).parent / "s67531904.json").read_text(encoding="utf-8"))
SEATS = "/subscription/getsubscription?SubscriptionId=S67531904"


def test_the_demo_equals_the_sample(tmp_path: Path) -> None:
    """Seed 003: the answer is the printed one, key by key in its order, but for the link."""
    with serving("--demo", "--memory", cwd=tmp_path) as server:
        answer = server.get(SEATS)
    assert answer.status_code == 200
    given = json.loads(answer.text)
    link = given["Subscription"].pop("SelfServiceUrl")
    wanted = {**SAMPLE, "Subscription": dict(SAMPLE["Subscription"])}
    del wanted["Subscription"]["SelfServiceUrl"]
    assert json.dumps(given) == json.dumps(wanted)
    assert link.startswith(f"{server.said['url']}/864/s/s67531904-")
    assert list(tmp_path.iterdir()) == []


def test_the_printed_requests_work(tmp_path: Path) -> None:
    """Each curl line of the greeting is answered with 200 when typed as it stands."""
    if shutil.which("curl") is None:
        pytest.skip("there is no curl to type the lines with")
    with serving("--demo", "--memory", cwd=tmp_path) as server:
        text = greeting(server.said).replace("\\\n", " ")
        lines = [line.strip() for line in text.splitlines() if line.strip().startswith("curl ")]
        assert len(lines) == 3
        for line in lines:
            command = [*shlex.split(line), "--silent", "--fail", "--noproxy", "*"]
            done = subprocess.run(
                command, env=environment(), capture_output=True, text=True, check=True
            )
            assert isinstance(json.loads(done.stdout), dict)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_in_order(tmp_path: Path, end: signal.Signals) -> None:
    """A stop by a supervisor is as orderly as one by Ctrl-C: 0, and the database is closed."""
    with serving("--database", "sqlite:///shop.db", cwd=tmp_path, end=end) as server:
        assert server.get("/readyz").status_code == 200
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shop.db", "shop.db.simulator"]


def test_an_existing_database_is_kept(tmp_path: Path) -> None:
    """The second start says so, and finds what was changed."""
    with serving("--demo", cwd=tmp_path) as server:
        assert (server.said["state"], server.said["database"]) == (
            "new",
            "sqlite:///tollbridge-demo.db",
        )
        moved = server.post("/tollbridge/sandbox/clock", {"advance": "P1D"}).json()
    with serving("--demo", cwd=tmp_path) as server:
        assert server.said["state"] == "kept"
        assert server.get("/tollbridge/sandbox/clock").json() == {"now": moved["now"]}


def test_postgres(tmp_path: Path, postgres_url: str) -> None:
    """R4: migrated by command, the same demo on PostgreSQL; kept at the second start."""
    refused = run("serve", "--database", postgres_url, "--port", "0", cwd=tmp_path)
    assert refused.returncode == 3
    assert "tollbridge migrate" in refused.stderr
    assert run("migrate", "--database", postgres_url, cwd=tmp_path).returncode == 0
    given = {"TOLLBRIDGE_DATABASE": postgres_url}
    for _ in range(2):
        with serving("--demo", cwd=tmp_path, given=given) as server:
            assert server.get(SEATS).json()["Subscription"]["LastIntervalNo"] == 0
    doctor = run("doctor", cwd=tmp_path, given=given)
    assert (doctor.returncode, doctor.stdout) == (0, "No findings.\n")
    [book] = tmp_path.iterdir()
    assert book.name.startswith("tollbridge-simulator-tollbridge_test_")


def test_payments_left_open_are_settled_first(tmp_path: Path) -> None:
    """DESIGN 5: what a process that died could not settle is asked about at the next start."""
    with serving("--demo", cwd=tmp_path, end=signal.SIGKILL) as server:
        bought = server.post(
            "/tollbridge/sandbox/purchases",
            {
                "items": [{"product_id": 292122, "quantity": 1}],
                "currency": "USD",
                "customer": {
                    "contact": {
                        "email": "kim@example.com",
                        "firstname": "Kim",
                        "lastname": "Muster",
                        "country_id": "DE",
                        "language_id": "de",
                    }
                },
                "card": {"number": "T20000000000068T", "expiry_month": 12, "expiry_year": 2027},
                "renewal_type": "Automatic",
            },
        ).json()
        assert bought["status"] != "paid"
    with serving("--demo", cwd=tmp_path) as server:
        assert server.said["settled"] == 1
        [number] = bought["subscription_ids"]
        answer = server.get(f"/subscription/getsubscription?SubscriptionId={number}").json()
        assert answer["Subscription"]["Subscriptionstatus"] == 1
    assert run("doctor", "--database", "tollbridge-demo.db", cwd=tmp_path).returncode == 0


def test_the_log_is_json_without_persons(tmp_path: Path) -> None:
    """One object a line with the request's id; no secret, no name, no address."""
    with serving("--demo", "--memory", cwd=tmp_path) as server:
        server.get(SEATS, headers={"X-Request-Id": "call-1"})
        server.get("/subscription/getsubscription?SubscriptionId=S1&email=kim@example.com")
    lines = server.lines()
    requests = [line for line in lines if line["event"] == "request"]
    assert [line["status"] for line in requests] == [200, 404]
    assert requests[0]["request_id"] == "call-1"
    assert all({"at", "level", "event"} <= line.keys() for line in lines)
    for private in ("cloudify:", "Basic ", "example.com", "Beispiel", "765T"):
        assert private not in server.log


def test_a_foreign_host_is_refused(tmp_path: Path) -> None:
    """A page of another site cannot reach the server under a name of its own (DNS rebinding)."""
    with serving("--demo", "--memory", cwd=tmp_path) as server:
        assert server.get(SEATS, headers={"Host": "evil.example"}).status_code == 400
        assert server.get(SEATS, headers={"Host": "localhost"}).status_code == 200


def test_a_public_url_begins_links(tmp_path: Path) -> None:
    """Its host name is served, and links lead there."""
    given = {"TOLLBRIDGE_PUBLIC_URL": "https://shop.example.com/"}
    with serving("--demo", "--memory", cwd=tmp_path, given=given) as server:
        answer = server.get(SEATS, headers={"Host": "shop.example.com"})
    assert answer.status_code == 200
    link = answer.json()["Subscription"]["SelfServiceUrl"]
    assert link.startswith("https://shop.example.com/864/s/s67531904-")


@pytest.mark.parametrize(
    ("arguments", "given", "code", "words"),
    [
        (["--demo", "--host", "0.0.0.0"], {}, 2, "this machine only"),  # noqa: S104 - refused
        (["--host", "0.0.0.0"], {}, 2, "TOLLBRIDGE_PUBLIC_URL"),  # noqa: S104 - refused
        (["--host", "256.1.1.1"], {}, 4, "cannot listen at 256.1.1.1"),
        (["--port", "65536"], {}, 2, "65536"),
        (["--memory", "--database", "x.db"], {}, 2, "--memory keeps nothing"),
        (["--database", "mysql://x"], {}, 2, "postgresql://"),
        (["--database", "sqlite:////nowhere/x.db"], {}, 3, "/nowhere"),
        (["--database", "postgresql://127.0.0.1:1/x"], {}, 3, "postgresql://127.0.0.1:1/x: "),
        ([], {"TOLLBRIDGE_LOG_LEVEL": "loud"}, 2, "TOLLBRIDGE_LOG_LEVEL: 'loud' is none of"),
        ([], {"TOLLBRIDGE_PUBLIC_URL": "shop"}, 2, "TOLLBRIDGE_PUBLIC_URL: 'shop' is no address"),
        ([], {"TOLLBRIDGE_ALLOWED_HOSTS": "a:80"}, 2, "TOLLBRIDGE_ALLOWED_HOSTS: 'a:80' is no"),
        ([], {"TOLLBRIDGE_SIMULATOR_BOOK": "/nowhere/b.db"}, 3, "the simulator's book"),
    ],
)
def test_what_cannot_be_served(
    tmp_path: Path, arguments: list[str], given: dict[str, str], code: int, words: str
) -> None:
    """A sentence on stderr and a stable exit code, no traceback; as JSON where asked for."""
    port = [] if "--port" in arguments else ["--port", "0"]
    plain = run("serve", *port, *arguments, cwd=tmp_path, given=given)
    assert plain.returncode == code
    assert words in plain.stderr
    assert "Traceback" not in plain.stderr
    as_json = run("serve", "--json", *port, *arguments, cwd=tmp_path, given=given)
    assert as_json.returncode == code
    if "Usage: " not in as_json.stderr:
        assert words in json.loads(as_json.stderr)["message"]


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """Exit code 4, before the database is touched."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = run("serve", "--port", port, cwd=tmp_path)
    assert done.returncode == 4
    assert f"port {port}: Address already in use" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    """What another version has migrated is not touched."""
    assert run("migrate", "--database", "new.db", cwd=tmp_path).returncode == 0
    with sqlite3.connect(tmp_path / "new.db") as database:
        database.execute(
            "INSERT INTO schema_migration"
            " SELECT max(number) + 1, '9999_later', 'x' FROM schema_migration"
        )
    database.close()
    done = run("serve", "--database", "new.db", "--port", "0", cwd=tmp_path)
    assert done.returncode == 3
    assert "9999_later, which this version of Tollbridge does not know" in done.stderr
