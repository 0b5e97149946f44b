"""Workers and a receiver that are killed while notices are delivered: `make deliveries`.

    python -m tests.simulation.delivering --engine postgres --subscriptions 4000 --kills 40

Every subscription is signed up and renewed each month, so that each has several notices in its
stream. Workers are killed with SIGKILL, and the receiver, which fails in every way it can, now and
then as well. In the end its log is judged: nothing lost, each stream in order, nothing twice but
under the same id, every signature good.
"""

import argparse
import os
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import NamedTuple

from msgspec.structs import replace

from bench.enlisting import enlist
from bench.place import BEGINNING, ENGINES, GOLD, MERCHANT, empty
from tests.commands.running import PROGRAM, environment
from tollbridge.bootstrap import DEMO_CATALOG, Place, migrate, opened
from tollbridge.commands.apply_catalog import apply_catalog
from tollbridge.commands.catalog_file import parse_catalog
from tollbridge.domain.delivery import DeliveryState
from tollbridge.domain.endpoint import Endpoint, EndpointSecrets
from tollbridge.domain.merchant import Mode
from tollbridge.domain.schedule import Interval, after
from tollbridge.domain.sign_up import OrderItem
from tollbridge.domain.signing import show_secret
from tollbridge.ports import NoticeFilter, NoticePlace, Platform
from tollbridge.queries.doctor import examine
from tollbridge.settings import read_settings

LEASE_SECONDS = 5  # the least that there may be
POST_SECONDS = 1
ALIVE_SECONDS = (1.0, 3.0)  # how long a worker lives at least and at most
RECEIVER_DIES = 0.3  # how often it is the receiver's turn
PATIENCE_SECONDS = 300.0
MONTH = Interval(1)
SECRET = b"w" * 32
KEY = b64encode(b"k" * 32).decode()
ITEMS = (OrderItem(product_id=GOLD, quantity=1),)
SETTINGS = {
    "TOLLBRIDGE_LEASE_SECONDS": str(LEASE_SECONDS),
    "TOLLBRIDGE_ENDPOINT_SECONDS": str(POST_SECONDS),
    "TOLLBRIDGE_SECRET_KEY": KEY,
    "TOLLBRIDGE_LOG_LEVEL": "error",
}


class Verdict(NamedTuple):
    """What came of it: notices and how many posts were taken, and whatever is wrong."""

    notices: int
    taken: int
    wrong: list[str]


@dataclass
class Run:
    """Processes that are killed, and the receiver's log."""

    place: Place
    log: Path
    chance: Random
    workers: int
    kills: int = 0
    receiver_kills: int = 0
    months: int = 0
    running: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    @property
    def command(self) -> list[str]:
        """What delivers: on SQLite the server does."""
        words = ["serve", "--port", "0"] if self.place.has_one_writer else ["worker"]
        return [*PROGRAM, *words, "--database", self.place.database]

    @contextmanager
    def worker(self) -> "Iterator[subprocess.Popen[bytes]]":
        """A process that delivers; it ends with the run, if it was not killed before."""
        given = {**SETTINGS, "TOLLBRIDGE_SIMULATOR_BOOK": str(self.place.book)}
        with process(self.command, given) as child:
            yield child

    @contextmanager
    def receiver(self, port: int) -> "Iterator[tuple[subprocess.Popen[bytes], int]]":
        """The receiver, and where it listens."""
        words = [str(port), str(self.log), show_secret(SECRET), str(self.chance.randrange(10**9))]
        command = [sys.executable, "-m", "tests.simulation.receiver", *words]
        with process(command, {}) as child:
            assert child.stdout
            yield child, int(child.stdout.readline())


@contextmanager
def process(command: list[str], given: dict[str, str]) -> "Iterator[subprocess.Popen[bytes]]":
    """A process for as long as the block runs."""
    talk = None if os.environ.get("TOLLBRIDGE_TEST_TALK") else subprocess.DEVNULL
    child = subprocess.Popen(command, env=environment(given), stdout=subprocess.PIPE, stderr=talk)
    try:
        yield child
    finally:
        child.terminate()
        child.communicate(timeout=PATIENCE_SECONDS)


def prepare(place: Place, subscriptions: int) -> None:
    """A database in which so many are signed up and nothing is told yet."""
    migrate(place)
    with opened(place) as platform:
        file = parse_catalog(DEMO_CATALOG.read_text(encoding="utf-8"))
        merchant = replace(file.merchant, clock=BEGINNING, reminder_days=0)
        apply_catalog(platform, replace(file, merchant=merchant))
        enlist(platform, MERCHANT, ITEMS, subscriptions)


def point(platform: Platform, port: int) -> None:
    """The endpoint is where the receiver listens."""
    endpoint = Endpoint(
        merchant_id=MERCHANT,
        id=1,
        name="receiver",
        url=f"http://127.0.0.1:{port}/hook",
        created_at=BEGINNING,
    )
    sealed = platform.sealer.seal(MERCHANT, SECRET, Mode.SANDBOX)
    platform.store.put_endpoint(endpoint, EndpointSecrets(signing=sealed))


def run(run_: Run, platform: Platform, *, kills: int, months: int) -> None:
    """Kill so many, and deliver everything of so many months."""
    with ExitStack() as stack:
        receiver, port = stack.enter_context(run_.receiver(0))
        point(platform, port)
        run_.running = [stack.enter_context(run_.worker()) for _ in range(run_.workers)]
        deadline = monotonic() + PATIENCE_SECONDS + 4 * kills
        next_kill = monotonic() + run_.chance.uniform(*ALIVE_SECONDS)
        while move_on(run_, platform, months) or run_.kills + run_.receiver_kills < kills:
            assert monotonic() < deadline, "it does not come to an end"
            sleep(0.1)
            if monotonic() < next_kill or run_.kills + run_.receiver_kills >= kills:
                continue
            next_kill = monotonic() + run_.chance.uniform(*ALIVE_SECONDS)
            if run_.chance.random() < RECEIVER_DIES:
                kill(receiver)
                receiver, _ = stack.enter_context(run_.receiver(port))
                run_.receiver_kills += 1
            else:
                place = run_.chance.randrange(run_.workers)
                kill(run_.running[place])
                run_.running[place] = stack.enter_context(run_.worker())
                run_.kills += 1


def kill(child: "subprocess.Popen[bytes]") -> None:
    """As a power cut would; it must have been alive."""
    assert child.poll() is None, "it ended by itself"
    child.send_signal(signal.SIGKILL)
    child.wait()


def move_on(run_: Run, platform: Platform, months: int) -> bool:
    """Turn the clock where nothing else is to be done; whether something is left to do."""
    store = platform.store
    merchant = store.merchant(MERCHANT)
    assert merchant is not None
    now = merchant.sandbox_clock()
    if due_by(store.earliest_due(MERCHANT), now) or store.untold_slots(MERCHANT):
        return True
    next_try = store.earliest_delivery(MERCHANT)
    if next_try is not None:
        if next_try > now:
            store.advance_clock(MERCHANT, next_try)
        return True
    if run_.months >= months:
        return False
    run_.months += 1
    target = after(BEGINNING, MONTH, run_.months) + timedelta(minutes=1)
    store.advance_clock(MERCHANT, max(target, now + timedelta(microseconds=1)))
    return True


def due_by(due: datetime | None, now: datetime) -> bool:
    """Whether something is due."""
    return due is not None and due <= now


def judge(run_: Run, platform: Platform) -> Verdict:
    """Compare the receiver's log with what the platform has made."""
    made = dict(_made(platform))
    lines = run_.log.read_text(encoding="utf-8").splitlines()
    wrong = faults(lines, set(made))
    failed = platform.store.count_deliveries(MERCHANT, DeliveryState.FAILED, 1000)
    wrong += [f"{failed} deliveries failed"] if failed else []
    wrong += [str(finding) for finding in examine(platform)]
    return Verdict(len(made), len(lines), wrong)


def faults(lines: Sequence[str], made: Collection[str]) -> list[str]:
    """What is wrong with the receiver's log, if these notices were made."""
    wrong = []
    seen: dict[str, tuple[str, str, str]] = {}
    last: dict[str, int] = {}
    for line in lines:
        parts = line.split()
        if len(parts) != 4:
            wrong.append(f"not signed or cut off: {line}")
            continue
        stream, sequence, number, digest = parts
        if seen.setdefault(number, (stream, sequence, digest)) != (stream, sequence, digest):
            wrong.append(f"{number} is another thing the second time")
        expected = last.get(stream, 0) + 1
        if int(sequence) > expected:
            wrong.append(f"stream {stream}: {sequence} came before {expected}")
        last[stream] = max(last.get(stream, 0), int(sequence))
    wrong += [f"{number} was lost" for number in made if number not in seen]
    wrong += [f"{number} was never made" for number in seen if number not in made]
    return wrong


def _made(platform: Platform) -> Iterator[tuple[str, str]]:
    """The id and the type of every notification."""
    place = None
    while page := platform.store.notifications(MERCHANT, NoticeFilter(), place, 1000):
        yield from ((one.message_id, one.type) for one in page)
        place = NoticePlace(page[-1].at, page[-1].id)


@contextmanager
def prepared(engine: str, subscriptions: int, seed: int) -> Iterator[tuple[Run, Platform]]:
    """A database with subscriptions, and what is run on it; gone at the end."""
    with (
        TemporaryDirectory(prefix="tollbridge-deliveries-") as folder,
        empty(engine, folder) as place,
    ):
        prepare(place, subscriptions)
        keys = read_settings(SETTINGS).secret_key
        filled = place._replace(new=False, secret_keys=keys)
        workers = 1 if place.has_one_writer else 2
        run_ = Run(filled, Path(folder) / "taken.log", Random(seed), workers)
        with opened(filled) as platform:
            yield run_, platform


def main() -> None:
    """Kill, deliver, judge, tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.delivering")
    parser.add_argument("--engine", choices=ENGINES, default="postgres")
    parser.add_argument("--subscriptions", type=int, default=4000)
    parser.add_argument("--months", type=int, default=2)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=20260209)
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what was begun is ended
    with prepared(asked.engine, asked.subscriptions, asked.seed) as (run_, platform):
        began = monotonic()
        run(run_, platform, kills=asked.kills, months=asked.months)
        seconds = monotonic() - began
        verdict = judge(run_, platform)
    sys.stdout.write(
        f"{asked.engine}: {verdict.notices} notices, taken {verdict.taken} times,"
        f" in {seconds:.0f} s; killed {run_.kills} workers, {run_.receiver_kills} receivers;"
        f" {len(verdict.wrong)} wrong\n"
    )
    if verdict.wrong:
        sys.stdout.write("\n".join(verdict.wrong[:20]) + "\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
