"""The commands that bill and turn clocks: answers, exit codes, `--json`."""

import json
import socket
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import httpx2
import msgspec
import pytest
from click.testing import CliRunner, Result

from tests.commands.running import run, working
from tests.given import GOLD, SEAT
from tests.rest.world import CARD, CLOUDIFY, CONTACT, LIVE, SEATS, START, World
from tests.rest.world import merchant as merchant_of
from tollbridge.bootstrap import build_demo, collecting, migrate, opened, place_of
from tollbridge.cli.main import root
from tollbridge.commands.sign_up import SignUpRequest
from tollbridge.domain.sign_up import OrderItem
from tollbridge.flows.bill_by_hand import bill_until, left_due
from tollbridge.flows.demo import SEATS as DEMO_SEATS
from tollbridge.flows.sign_up import sign_up
from tollbridge.ports import Parked, Platform
from tollbridge.rest.dates import zulu
from tollbridge.settings import Settings

NEXT = "2026-03-09T15:43:07.20517Z"  # when the demo's seats are billed
DEMO_ORDER = 531157892  # of the demo's seats
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE", "SIMULATOR_BOOK", "PUBLIC_URL", "LEASE_SECONDS", "LOG_LEVEL"):
        monkeypatch.delenv(f"TOLLBRIDGE_{name}", raising=False)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database with the demo's merchant 864."""
    made = f"sqlite:///{tmp_path / 'shop.db'}"
    fill(made)
    return made


def fill(url: str) -> None:
    """Make the demo's merchant and subscriptions."""
    with opened(place_of(Settings(), url)) as platform, collecting(platform) as collector:
        build_demo(collector)


def command(url: str, *arguments: str, typed: str | None = None) -> Result:
    """A command at its end, in this process."""
    return CliRunner().invoke(root, [*arguments, "--database", url], input=typed)


def answer(url: str, *arguments: str) -> dict[str, object]:
    """What a command that ends well says in JSON, on one line."""
    done = command(url, *arguments, "--json")
    assert (done.exit_code, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    said = json.loads(done.stdout)
    assert isinstance(said, dict)
    return said


def refusal(url: str, *arguments: str) -> tuple[int, str]:
    """Exit code and reason of a command that ends badly."""
    done = command(url, *arguments, "--json")
    assert done.stdout == ""
    return done.exit_code, json.loads(done.stderr)["error"]


def clock(url: str) -> str:
    """What the clock shows."""
    return str(answer(url, "clock", "show")["now"])


def test_the_clock_is_shown_with_what_comes_next(url: str) -> None:
    """R23: nothing is done."""
    shown = answer(url, "clock", "show")
    following = shown["next"]
    assert isinstance(following, dict)
    assert shown["merchant_id"] == CLOUDIFY
    assert following.keys() == {"at", "subscription_id", "step"}
    text = command(url, "clock", "show", "--merchant", "864").stdout
    assert text.startswith(f"{shown['now']}. Next: ")
    assert answer(url, "clock", "show") == shown


def test_a_year_ahead(url: str) -> None:
    """R24: everything that falls due on the way is done and counted; doctor is content."""
    before = datetime.fromisoformat(clock(url))
    moved = answer(url, "clock", "advance", "P1Y")
    assert moved["now"] == zulu(before.replace(year=before.year + 1)) == clock(url)
    assert isinstance(moved["renewals"], int)
    assert moved["renewals"] > 12
    assert (moved["parked"], moved["stopped"]) == (0, False)
    assert isinstance(moved["mails"], int)
    assert moved["mails"] > moved["renewals"]  # a receipt for each, and reminders
    day = command(url, "clock", "to", "2027-12-31T12:00:00+01:00").stdout
    assert day.startswith("It is 2027-12-31T11:00:00Z: ")
    assert answer(url, "doctor") == {"findings": []}


def test_the_next_event_is_told_before_it_is_done(url: str) -> None:
    """R24: with a question, or with --yes; as JSON without it nothing is moved."""
    told = answer(url, "clock", "next")
    now = clock(url)
    event = told["event"]
    assert isinstance(event, dict)
    assert (told["moved"], told["now"]) == (False, now)
    stays = command(url, "clock", "next", typed="n\n")
    assert f"Next: {event['step']} {event['subscription_id']}" in stays.stderr
    assert stays.stdout == f"The clock stays at {now}.\n"
    nobody = command(url, "clock", "next", typed="")
    assert (nobody.exit_code, nobody.stdout) == (0, stays.stdout)
    assert clock(url) == now
    moves = command(url, "clock", "next", typed="y\n")
    assert moves.stdout.startswith(f"It is {event['at']}: ")
    again = answer(url, "clock", "next", "--yes")
    assert again["moved"]
    assert again["event"] != event
    assert again["now"] == clock(url) > str(event["at"])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("to", "2020-01-01"), (1, "clock_backwards")),
        (("to", "tomorrow"), (2, "time_invalid")),
        (("to", "2201-01-01"), (2, "time_invalid")),
        (("advance", "1 year"), (2, "interval_invalid")),
        (("advance", "P99Y", "--merchant", "865"), (1, "merchant_unknown")),
    ],
)
def test_a_clock_that_cannot_be_turned(
    url: str, arguments: tuple[str, ...], expected: tuple[int, str]
) -> None:
    """R23, R26: backwards, to no time, by no length, of nobody."""
    before = clock(url)
    assert refusal(url, "clock", *arguments) == expected
    assert clock(url) == before


def test_which_merchant_has_to_be_said_where_there_are_more(url: str) -> None:
    """A live merchant has no clock to turn, and does not count (R23)."""
    with opened(place_of(Settings(), url)) as platform:
        platform.store.put_merchant(merchant_of(LIVE, live=True))
    assert refusal(url, "clock", "show", "--merchant", str(LIVE)) == (1, "merchant_live")
    clock(url)
    with opened(place_of(Settings(), url)) as platform:
        platform.store.put_merchant(merchant_of(1))
    assert refusal(url, "clock", "show") == (2, "merchant_missing")
    assert answer(url, "clock", "show", "--merchant", "1")["now"] == zulu(START)


def move(url: str, to: datetime) -> None:
    """Set the clock alone, as if nobody had billed since."""
    with opened(place_of(Settings(), url)) as platform:
        assert platform.store.advance_clock(CLOUDIFY, to)


def test_billing_by_hand(url: str) -> None:
    """R23: what is due up to a time, however long ago, but not beyond the sandbox clock."""
    start = datetime.fromisoformat(clock(url))
    move(url, start + 400 * DAY)
    until = (start + 60 * DAY).isoformat()
    some = answer(url, "bill", "--until", until, "--merchant", "864")
    assert isinstance(some["renewals"], int)
    assert some["renewals"] > 0
    assert (some["left"], some["parked"], some["stopped"]) == (0, 0, False)
    rest = command(url, "bill").stdout
    assert " renewals, " in rest
    assert rest.endswith(" parked.\n")
    assert answer(url, "bill")["ticks"] == 0
    late = (start + 401 * DAY).isoformat()
    assert refusal(url, "bill", "--until", late, "--merchant", "864") == (1, "until_in_the_future")
    assert refusal(url, "bill", "--until", "soon") == (2, "time_invalid")
    assert answer(url, "doctor") == {"findings": []}


def test_no_live_merchant_is_billed_ahead_of_time(url: str) -> None:
    """R23: the system's clock is theirs, whoever else is billed."""
    with opened(place_of(Settings(), url)) as platform:
        platform.store.put_merchant(merchant_of(LIVE, live=True))
    future = (datetime.now(UTC) + DAY).isoformat()
    assert refusal(url, "bill", "--until", future) == (1, "until_in_the_future")


def test_what_is_parked_is_listed_and_retried(url: str) -> None:
    """All that are named, or none."""
    assert command(url, "parked").stdout == "Nothing is parked.\n"
    start = datetime.fromisoformat(clock(url))
    move(url, start + 400 * DAY)
    row = Parked(
        merchant_id=CLOUDIFY,
        subscription_id=DEMO_SEATS,
        due_at=start + 400 * DAY,
        error="ValueError: no luck",
        at=START,
    )
    with opened(place_of(Settings(), url)) as platform:
        platform.store.park(row)
    told = answer(url, "parked", "--merchant", "864")["parked"]
    assert isinstance(told, list)
    [listed] = told
    assert (listed["subscription_id"], listed["error"]) == (f"S{DEMO_SEATS}", row.error)
    assert command(url, "parked").stdout.startswith(f"864 S{DEMO_SEATS} due ")
    name = f"S{DEMO_SEATS}"
    assert refusal(url, "parked", "retry", name, "S1") == (1, "not_parked")
    assert refusal(url, "parked", "retry", "Sx") == (2, "subscription_invalid")
    assert answer(url, "parked", "retry", name)["unparked"] == [name]
    assert answer(url, "parked") == {"parked": []}
    misplaced = CliRunner().invoke(root, ["parked", "--database", url, "retry", name])
    assert misplaced.exit_code == 2


@pytest.mark.parametrize("items", ["", ",", "1,x"])
def test_lines_that_are_no_numbers_are_not_all_lines(url: str, items: str) -> None:
    """A script whose list came out empty gives nothing back."""
    asked = ("payments", "refund", str(DEMO_ORDER), "--items", items)
    assert refusal(url, *asked) == (2, "items_invalid")
    assert answer(url, "payments", "refund", str(DEMO_ORDER), "--items", "1")["status"] == "REF"


def test_money_at_risk_of_all_merchants(url: str) -> None:
    """A monitor asks once; who waits for the customer is listed with the merchant (1)."""
    request = SignUpRequest(
        items=(OrderItem(product_id=SEAT.id, quantity=1),),
        card=msgspec.structs.replace(CARD, number="T20000000000067T"),
        currency="USD",
        contact=CONTACT,
    )
    with opened(place_of(Settings(), url)) as platform, collecting(platform) as collector:
        platform.store.put_merchant(merchant_of(1))
        waiting = sign_up(collector, CLOUDIFY, request, "test").purchase_id
    done = command(url, "payments", "at-risk", "--json")
    [listed] = json.loads(done.stdout)["at_risk"]
    assert (done.exit_code, listed["merchant_id"]) == (1, CLOUDIFY)
    assert (listed["purchase_id"], listed["result"]) == (waiting, "action_required")
    assert command(url, "payments", "at-risk").stdout.startswith(f"{CLOUDIFY} 2026-02-09 ")
    assert answer(url, "payments", "at-risk", "--merchant", "1") == {"at_risk": []}


def test_faults_that_there_are_not(url: str) -> None:
    """A usage error, as other options that cannot be used."""
    assert refusal(url, "simulate", "--faults", "decline,thunder") == (2, "faults_invalid")


def test_a_worker_on_sqlite_is_the_server(url: str) -> None:
    """It says so, and what to do instead."""
    done = command(url, "worker")
    assert done.exit_code == 2
    assert "tollbridge serve" in done.stderr


def free_port() -> int:
    """A port that nobody listened at a moment ago."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        number: int = server.getsockname()[1]
        return number


def test_workers_on_postgres(tmp_path: Path, postgres_url: str) -> None:
    """Two at once bill everything once; SIGTERM ends them with 0."""
    migrate(place_of(Settings(), postgres_url))
    book = tmp_path / "book.db"
    given = {"TOLLBRIDGE_DATABASE": postgres_url, "TOLLBRIDGE_SIMULATOR_BOOK": str(book)}
    where = place_of(Settings(), postgres_url)._replace(book=book)
    with opened(where) as platform, collecting(platform) as collector:
        build_demo(collector)
        merchant = platform.store.merchant(CLOUDIFY)
        assert merchant is not None
        until = merchant.sandbox_clock() + 400 * DAY
        assert platform.store.advance_clock(CLOUDIFY, until)
        port = str(free_port())
        with (
            working(cwd=tmp_path, given=given),
            working("--metrics-port", port, cwd=tmp_path, given=given),
        ):
            # What is being charged is not due; once it is settled it may be again.
            while (
                left_due(platform, merchant, until)
                or platform.store.open_attempts(CLOUDIFY)
                or left_due(platform, merchant, until)
            ):
                platform.store.merchants()
            text = httpx2.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
        assert 'tollbridge_due_subscriptions{merchant="864"} 0.0' in text
        assert platform.store.parked(CLOUDIFY) == ()
    doctor = run("doctor", cwd=tmp_path, given=given)
    assert doctor.stdout == "No findings.\n"


@pytest.fixture
def crowd(any_world: World) -> Platform:
    """A month later; more are due than fit a first batch on SQLite, by a clock that runs."""
    for _ in range(25):
        any_world.buy((GOLD.id, 1))
    any_world.wait(days=29)
    seconds = iter(range(1_000_000))
    wall = lambda: START + timedelta(seconds=next(seconds))  # noqa: E731 - a clock
    return replace(any_world.platform, wall=wall, write_max=DAY)


def test_billing_by_hand_stops_after_the_running_batch(crowd: Platform) -> None:
    """What is done is done, and the rest is due still, its slots given back."""
    merchant = crowd.store.merchant(CLOUDIFY)
    assert merchant is not None
    until = merchant.sandbox_clock()
    before = left_due(crowd, merchant, until)
    stop = Event()
    done = []
    for tally in bill_until(crowd, merchant, until, stopped=stop.is_set):
        stop.set()
        done += [tally.ticks]
    assert done == [20]
    assert before > 20
    assert sum(tally.ticks for tally in bill_until(crowd, merchant, until)) >= before - 20
    assert left_due(crowd, merchant, until) == 0
    held = crowd.store.held(CLOUDIFY, SEATS)
    assert held is not None
    assert held.subscription.last_interval_no == 1
