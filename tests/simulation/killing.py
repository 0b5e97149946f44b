"""Workers that are killed while they bill, until so many have died: `make kills`.

    python -m tests.simulation.killing --kills 100 --subscriptions 20000 --state FILE

Two workers bill one PostgreSQL database; one of them is killed with SIGKILL at a random moment,
again and again, and started anew. When nothing is due any more the clock moves on by a month. In
the end the simulator's own book is compared with what was due. The state is kept in a file, so that
a run that is cut off goes on where it was.
"""

import argparse
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from random import Random
from secrets import token_hex
from time import monotonic, sleep
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import msgspec
import psycopg
from msgspec.structs import replace

from bench.enlisting import enlist
from bench.place import BEGINNING, GOLD, MERCHANT, SEAT, SERVER_URL
from tests.commands.running import PROGRAM, environment
from tollbridge.bootstrap import DEMO_CATALOG, Place, migrate, opened
from tollbridge.commands.apply_catalog import apply_catalog
from tollbridge.commands.catalog_file import parse_catalog
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.payment import Result
from tollbridge.domain.schedule import Interval, after
from tollbridge.domain.sign_up import OrderItem
from tollbridge.ports import Platform
from tollbridge.queries.doctor import examine

WORKERS = 2
LEASE_SECONDS = 5  # the least that there may be
ALIVE_SECONDS = (0.3, 2.0)  # how long a worker lives at least and at most; starting takes 0.2
PATIENCE_SECONDS = 120.0
MONTH = Interval(1)
ITEMS = (OrderItem(product_id=SEAT, quantity=10), OrderItem(product_id=GOLD, quantity=1))


class State(msgspec.Struct):
    """How far a run has come; `months` is how often the clock was moved on.

    `caught` are the kills that left payments open: between an attempt and its settlement.
    """

    database: str
    book: str
    subscriptions: int
    seed: int
    kills: int = 0
    caught: int = 0
    months: int = 0

    @property
    def place(self) -> Place:
        """The database, and the simulator's book beside it."""
        url = urlunsplit(urlsplit(SERVER_URL)._replace(path=f"/{self.database}"))
        return Place(url, Path(self.book), new=False)


class Verdict(NamedTuple):
    """What stands in the end: charges that are missing or made twice, and what else is wrong."""

    charged: int
    not_once: list[str]
    parked: int
    findings: list[str]

    @property
    def good(self) -> bool:
        """Whether every interval that was due was charged exactly once, and all is in order."""
        return not (self.not_once or self.parked or self.findings)


def begin(folder: Path, subscriptions: int, seed: int) -> State:
    """A database full of subscriptions of which none is due yet."""
    name = f"tollbridge_kills_{token_hex(6)}"
    with psycopg.connect(SERVER_URL, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
    state = State(name, str(folder / f"{name}.book"), subscriptions, seed)
    migrate(state.place)
    with opened(state.place) as platform:
        file = parse_catalog(DEMO_CATALOG.read_text(encoding="utf-8"))
        merchant = replace(file.merchant, clock=BEGINNING, reminder_days=0)
        apply_catalog(platform, replace(file, merchant=merchant))
        enlist(platform, MERCHANT, ITEMS, subscriptions)
    return state


def end(state: State) -> None:
    """Drop what the run was made on."""
    with psycopg.connect(SERVER_URL, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {state.database} WITH (FORCE)".encode())
    for left in Path(state.book).parent.glob(f"{state.database}*"):
        left.unlink()


def kill_workers(state: State, kills: int, seconds: float) -> None:
    """Kill so many more workers, or as many as the time allows; then let all be billed."""
    chance = Random(f"{state.seed}-{state.kills}")
    deadline = monotonic() + seconds
    with ExitStack() as stack, opened(state.place) as platform:
        workers = [stack.enter_context(_worker(state)) for _ in range(WORKERS)]
        while state.kills < kills and monotonic() < deadline:
            if not _due(platform):
                _move_on(platform, state)
            sleep(chance.uniform(*ALIVE_SECONDS))
            place = chance.randrange(WORKERS)
            assert workers[place].poll() is None, "a worker ended by itself"
            workers[place].send_signal(signal.SIGKILL)
            workers[place].wait()
            state.kills += 1
            state.caught += bool(platform.store.open_attempts(MERCHANT))
            workers[place] = stack.enter_context(_worker(state))
        _until_idle(platform, workers)


@contextmanager
def _worker(state: State) -> "Iterator[subprocess.Popen[bytes]]":
    """A worker process; it ends with the run, if it was not killed before."""
    given = {
        "TOLLBRIDGE_LEASE_SECONDS": str(LEASE_SECONDS),
        "TOLLBRIDGE_SIMULATOR_BOOK": state.book,
        "TOLLBRIDGE_LOG_LEVEL": "error",
    }
    child = subprocess.Popen(
        [*PROGRAM, "worker", "--database", state.place.database],
        env=environment(given),
        stdout=subprocess.DEVNULL,
        stderr=None if os.environ.get("TOLLBRIDGE_TEST_TALK") else subprocess.DEVNULL,
    )
    try:
        yield child
    finally:
        child.terminate()
        child.wait(timeout=PATIENCE_SECONDS)


def _due(platform: Platform) -> bool:
    due = platform.store.earliest_due(MERCHANT)
    return due is not None and due <= _clock(platform)


def _clock(platform: Platform) -> datetime:
    merchant: Merchant | None = platform.store.merchant(MERCHANT)
    assert merchant is not None
    return merchant.sandbox_clock()


def _move_on(platform: Platform, state: State) -> None:
    """A month later everything is due once more; the workers do it, not the clock."""
    state.months += 1
    platform.store.advance_clock(MERCHANT, after(BEGINNING, MONTH, state.months))


def _until_idle(platform: Platform, workers: "list[subprocess.Popen[bytes]]") -> None:
    """Until nothing is due and no payment is open; what dead workers held is taken over."""
    deadline = monotonic() + PATIENCE_SECONDS
    while _due(platform) or platform.store.open_attempts(MERCHANT):
        assert monotonic() < deadline, "the workers do not come to an end"
        assert all(worker.poll() is None for worker in workers), "a worker ended by itself"
        sleep(0.2)


def judge(state: State) -> Verdict:
    """Compare the simulator's book with what was due: one capture for each interval of each."""
    with opened(state.place) as platform:
        captured = Counter(
            entry.purchase_id
            for entry in platform.gateway.book(MERCHANT)
            if entry.outcome.result is Result.CAPTURED
        )
        parked = len(platform.store.parked(MERCHANT))
        findings = [str(finding) for finding in examine(platform)]
    with psycopg.connect(state.place.database, autocommit=True) as server:
        lines = server.execute(
            "SELECT DISTINCT subscription_id, interval_no, purchase_id FROM purchase_item"
        ).fetchall()
    charged: Counter[tuple[int, int]] = Counter()
    for subscription_id, interval_no, purchase_id in lines:
        charged[subscription_id, interval_no] += captured.pop(purchase_id, 0)
    subscriptions = {number for number, _ in charged}
    due = {(number, month) for number in subscriptions for month in range(state.months + 1)}
    not_once = [
        f"S{number}, interval {interval}: {charged[number, interval]} times"
        for number, interval in sorted(due | set(charged))
        if charged[number, interval] != int((number, interval) in due)
    ]
    not_once += [f"purchase {number} is in the book alone" for number in captured]
    if len(subscriptions) != state.subscriptions:
        not_once.append(f"{len(subscriptions)} subscriptions of {state.subscriptions}")
    return Verdict(sum(charged.values()), not_once, parked, findings)


def main() -> None:
    """Kill, judge, tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.killing")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--subscriptions", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=20260209)
    parser.add_argument("--seconds", type=float, default=420.0, help="of killing, in this run")
    parser.add_argument("--state", type=Path, default=Path("kills.json"))
    asked = parser.parse_args()
    if asked.state.exists():
        state = msgspec.json.decode(asked.state.read_bytes(), type=State)
    else:
        state = begin(asked.state.resolve().parent, asked.subscriptions, asked.seed)
    try:
        kill_workers(state, asked.kills, asked.seconds)
    finally:
        asked.state.write_bytes(msgspec.json.encode(state))
    verdict = judge(state)
    sys.stdout.write(
        f"{state.kills} kills ({state.caught} with payments open), {state.months} months,"
        f" {verdict.charged} charges, {verdict.parked} parked, {len(verdict.findings)} findings\n"
    )
    if not verdict.good:
        sys.stdout.write("\n".join([*verdict.not_once[:20], *verdict.findings[:20]]) + "\n")
        sys.exit(1)
    if state.kills < asked.kills:
        sys.stdout.write("run again to go on\n")
        return
    end(state)
    asked.state.unlink()


if __name__ == "__main__":
    main()
