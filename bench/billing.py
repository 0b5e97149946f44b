"""How much of what the database can write a billing run writes.

    python -m bench.billing --engine postgres|sqlite --subscriptions N --workers W [--json]

Every round begins with the same database, full of subscriptions that are due: the run bills them
with W worker processes, then W bare processes write the very same rows into another copy. What
both have written is compared, table by table, by count and bytes.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from bench.place import ENGINES, SERVER_URL, empty
from bench.population import populate
from tollbridge.bootstrap import Place, migrate

WRITTEN = {  # what a renewal writes, and the columns whose bytes are compared
    "subscription": "document",
    "journal": "payload",
    "purchase": "currency",
    "purchase_item": "explanation",
    "payment_attempt": "result",
    "charge_claim": "purpose",
    "posting": "account",
    "outbox": "frozen",
    "untold": "CAST(sequence AS TEXT)",
}
TENTH = 10


class Plan(NamedTuple):
    """What is measured."""

    engine: str
    subscriptions: int
    workers: int
    batch: int
    rounds: int
    latency: float
    old: int


class Round(NamedTuple):
    """One round: renewals and seconds of the run, of the floor, and the workers' reports."""

    renewals: int
    seconds: float
    floor: float
    reports: list[dict[str, Any]]


def main() -> None:
    """Measure and tell."""
    plan, as_json = plan_of(sys.argv[1:])
    found = measure(plan)
    sys.stdout.write((json.dumps(found, indent=2) if as_json else table(found)) + "\n")


def plan_of(arguments: Sequence[str]) -> tuple[Plan, bool]:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m bench.billing")
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("--subscriptions", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency", type=float, default=0.15, help="of the slow gateway, seconds")
    parser.add_argument(
        "--old", type=int, default=2_000, help="with 120 intervals, in the mixed run"
    )
    parser.add_argument("--json", action="store_true")
    asked = vars(parser.parse_args(arguments))
    as_json = asked.pop("json")
    return Plan(**asked), as_json


def measure(plan: Plan) -> dict[str, Any]:
    """The run against its floor, with a slow gateway, and the old against the young."""
    with (
        TemporaryDirectory(prefix="tollbridge-bench-") as folder,
        empty(plan.engine, folder) as base,
    ):
        migrate(base)
        populate(base, plan.subscriptions, 0)
        recorded = record(plan, base, Path(folder))
        rounds = [one_round(plan, base, recorded) for _ in range(plan.rounds)]
        _, slow, _ = timed(plan, base, latency=plan.latency)
        found = report(plan, rounds, slow)
    if plan.old:
        found["age"] = age(plan)
    return found


def record(plan: Plan, base: Place, folder: Path) -> list[Path]:
    """Bill once and keep every row that is written, a file for each worker."""
    files = [folder / f"rows-{number}" for number in range(plan.workers)]
    with copied(base) as url:
        work(plan, url, files=files)
    return files


def one_round(plan: Plan, base: Place, recorded: Sequence[Path]) -> Round:
    """The run, and the floor on a copy of the same database."""
    renewals, seconds, reports, weight = run(plan, base)
    with copied(base) as url:
        commands = [["bench.floor", url, str(file)] for file in recorded]
        [*floors], _ = side_by_side(commands)
        if weights(url) != weight:
            message = f"the floor wrote other rows: {weights(url)} and {weight}"
            raise AssertionError(message)
    return Round(renewals, seconds, max(one["seconds"] for one in floors), reports)


def run(
    plan: Plan, base: Place, latency: float = 0.0
) -> tuple[int, float, list[dict[str, Any]], dict[str, tuple[int, int]]]:
    """Renewals, seconds, the workers' reports and what stands in the database then."""
    with copied(base) as url:
        reports, seconds = work(plan, url, latency=latency)
        weight = weights(url)
    renewals = sum(batch[1] for report in reports for batch in report["batches"])
    return renewals, seconds, reports, weight


def timed(plan: Plan, base: Place, latency: float) -> tuple[int, float, list[dict[str, Any]]]:
    """Renewals per second with a gateway that takes so long for each call."""
    renewals, seconds, reports, _ = run(plan, base, latency)
    return renewals, renewals / seconds, reports


def work(
    plan: Plan, url: str, *, files: Sequence[Path] = (), latency: float = 0.0
) -> tuple[list[dict[str, Any]], float]:
    """All workers at once until nothing is due; their reports and how long it took."""
    commands = []
    for number in range(plan.workers):
        command = ["bench.billing_worker", url, f"worker-{number}", "--batch", str(plan.batch)]
        command += ["--latency", str(latency)]
        command += ["--record", str(files[number])] if files else []
        commands.append(command)
    return side_by_side(commands)


def side_by_side(commands: Sequence[Sequence[str]]) -> tuple[list[dict[str, Any]], float]:
    """Modules run as processes that begin at one time; what each printed, and the time of all."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for command in commands
    ]
    try:
        for one in started:
            assert one.stdin
            assert one.stdout
            if one.stdout.readline() != b"ready\n":
                message = f"{one.args!r} did not start"
                raise RuntimeError(message)
        began = perf_counter()
        for one in started:
            assert one.stdin
            one.stdin.write(b"go\n")
            one.stdin.flush()
        found = [json.loads(one.stdout.readline()) for one in started if one.stdout]
        return found, perf_counter() - began
    finally:
        for one in started:
            one.communicate()


@contextmanager
def copied(base: Place) -> Iterator[str]:
    """A copy of the database, as durable as the first; gone at the end."""
    if base.database.startswith("sqlite"):
        source = Path(base.database.removeprefix("sqlite:///"))
        with TemporaryDirectory(prefix="tollbridge-bench-", dir=source.parent) as folder:
            target = Path(folder) / "copy.db"
            shutil.copy(source, target)
            yield f"sqlite:///{target}"
        return
    import psycopg  # noqa: PLC0415 - SQLite is measured without PostgreSQL's driver

    name = urlsplit(base.database).path.removeprefix("/")
    copy = f"{name}_copy"
    with psycopg.connect(SERVER_URL, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {copy} TEMPLATE {name}".encode())
        server.execute("CHECKPOINT")
    url = urlunsplit(urlsplit(SERVER_URL)._replace(path=f"/{copy}"))
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        yield url
    finally:
        with psycopg.connect(SERVER_URL, autocommit=True) as server:
            server.execute(f"DROP DATABASE {copy} WITH (FORCE)".encode())


def weights(url: str) -> dict[str, tuple[int, int]]:
    """Rows and bytes of what a renewal writes, by table."""
    texts = {
        table: f"SELECT count(*), sum(octet_length({column})) FROM {table}"  # noqa: S608 - our own
        for table, column in WRITTEN.items()
    }
    if url.startswith("sqlite"):
        import sqlite3  # noqa: PLC0415

        database = sqlite3.connect(url.removeprefix("sqlite:///"))
        try:
            return {
                table: database.execute(text.replace("octet_length", "length")).fetchone()
                for table, text in texts.items()
            }
        finally:
            database.close()
    import psycopg  # noqa: PLC0415

    with psycopg.connect(url, autocommit=True) as server:
        return {table: server.execute(text.encode()).fetchone() for table, text in texts.items()}  # type: ignore[misc]


def report(plan: Plan, rounds: Sequence[Round], slow: float) -> dict[str, Any]:
    """The figures of all rounds; `ratio` is the median of floor over run."""
    ratios = [one.floor / one.seconds for one in rounds]
    return {
        "engine": plan.engine,
        "subscriptions": plan.subscriptions,
        "workers": plan.workers,
        "batch": plan.batch,
        "ratio": round(statistics.median(ratios), 3),
        "ratio_least": round(min(ratios), 3),
        "ratio_most": round(max(ratios), 3),
        "renewals_per_second": round(statistics.median(o.renewals / o.seconds for o in rounds)),
        "floor_per_second": round(statistics.median(o.renewals / o.floor for o in rounds)),
        "renewals_per_second_slow_gateway": round(slow),
        "slow_gateway_seconds": plan.latency,
        "last_tenth_to_first": round(statistics.median(drift(one) for one in rounds), 3),
        "worker_rss_mb": round(max(r["rss_mb"] for one in rounds for r in one.reports)),
    }


def drift(one: Round) -> float:
    """Seconds per renewal of the last tenth of the full batches, over those of the first tenth."""
    drifts = []
    for worker in one.reports:
        batches = [b for b in worker["batches"] if b[1] >= fullest(worker) / 2]
        tenth = max(1, len(batches) // TENTH)
        drifts.append(per_renewal(batches[-tenth:]) / per_renewal(batches[:tenth]))
    return statistics.median(drifts)


def fullest(worker: dict[str, Any]) -> float:
    """The most renewals that a batch of this worker made; its last one is seldom full."""
    return max((batch[1] for batch in worker["batches"]), default=0)


def per_renewal(batches: Sequence[Sequence[float]]) -> float:
    """Seconds for each renewal."""
    return sum(batch[0] for batch in batches) / max(1, sum(batch[1] for batch in batches))


def age(plan: Plan) -> dict[str, Any]:
    """Subscriptions in their 120th interval against those in their first, in one run."""
    with (
        TemporaryDirectory(prefix="tollbridge-bench-") as folder,
        empty(plan.engine, folder) as place,
    ):
        migrate(place)
        populate(place, plan.old * 15, plan.old)
        command = ["bench.billing_worker", place.database, "mixed", "--batch", "250", "--mixed"]
        [told], _ = side_by_side([command])
    old = per_renewal([batch for batch in told["batches"] if batch[2]])
    young = per_renewal([batch for batch in told["batches"] if not batch[2]])
    return {"old_to_young": round(old / young, 3), "old": plan.old}


def table(found: dict[str, Any]) -> str:
    """The figures for people."""
    return "\n".join(f"{name:36} {value}" for name, value in found.items())


if __name__ == "__main__":
    main()
