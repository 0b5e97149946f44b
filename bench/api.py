"""How fast the API answers, against the least that can answer from the same row.

    python -m bench.api --engine sqlite|postgres [--json]

Rounds are interleaved, and a ratio is always taken of two figures of one round: what else the
machine does hits both. README.md says what is measured and what came out.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any, NamedTuple

import msgspec

from bench import start
from bench.calls import BARE, REQUESTS
from bench.client import Count, Load
from bench.place import ENGINES, INTERVALS, filled
from tollbridge.bootstrap import Place

STOP_SECONDS = 10.0
STEP = 59  # has no divisor in common with the number of subscriptions that grow

Round = dict[str, Count]


class Plan(NamedTuple):
    """How much is measured."""

    engine: str
    rounds: int
    seconds: float
    connections: int
    starts: int
    intervals: int


class Asker:
    """The client process, told what to do line by line."""

    def __init__(self, started: "subprocess.Popen[bytes]") -> None:
        self._started = started

    def count(self, load: Load) -> Count:
        """Carry out a load; RuntimeError when the client has given up."""
        assert self._started.stdin is not None
        assert self._started.stdout is not None
        self._started.stdin.write(msgspec.json.encode(load) + b"\n")
        self._started.stdin.flush()
        line = self._started.stdout.readline()
        if not line:
            raise RuntimeError("the client has given up; see above")
        return msgspec.json.decode(line, type=Count)


@contextmanager
def running(module: str, *arguments: str, quiet: bool) -> Iterator["subprocess.Popen[bytes]"]:
    """A Python module as a process of its own, which ends when its standard input is closed."""
    with subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if quiet else None,
    ) as started:
        try:
            yield started
        finally:
            assert started.stdin is not None
            started.stdin.close()
            try:
                started.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                started.kill()


def rounds(place: Place, plan: Plan) -> list[Round]:
    """All counts, round by round; the first round only warms up and is left out."""
    with running("bench.server", place.database, str(place.book), quiet=True) as server:
        assert server.stdout is not None
        port = server.stdout.readline().decode().strip()
        if not port:
            raise RuntimeError("the server does not start: python -m bench.server")
        with running("bench.client", port, quiet=False) as client:
            asker = Asker(client)
            return [_round(asker, plan, turn) for turn in range(plan.rounds + 1)][1:]


def _round(asker: Asker, plan: Plan, turn: int) -> Round:
    """Every request once, each round in another order."""
    names = list(REQUESTS)
    cut = turn % len(names)
    return {
        name: asker.count(Load(_turned(REQUESTS[name], turn), plan.connections, plan.seconds))
        for name in names[cut:] + names[:cut]
    }


def _turned(requests: Sequence[bytes], turn: int) -> list[bytes]:
    """The requests from another beginning each round, so that all subscriptions grow alike."""
    cut = turn * STEP % len(requests)
    return [*requests[cut:], *requests[:cut]]


def spread(values: Sequence[float], digits: int) -> dict[str, float]:
    """Median, least and most."""
    return {
        "median": round(median(values), digits),
        "min": round(min(values), digits),
        "max": round(max(values), digits),
    }


def report(counts: Sequence[Round], plan: Plan) -> dict[str, Any]:
    """What came out: the ratios that have goals at the top, everything else below them."""
    found: dict[str, Any] = {"engine": plan.engine, **plan._asdict()}
    for name in REQUESTS:
        ratios = [each[name].per_second / each[BARE].per_second for each in counts]
        found[f"{name}.ratio"] = round(median(ratios), 3)
        found[name] = {
            "ratio": spread(ratios, 3),
            "per_second": spread([each[name].per_second for each in counts], 0),
        }
    found["client.busy"] = round(max(one.busy for each in counts for one in each.values()), 3)
    return found


def start_report(place: Place, plan: Plan) -> dict[str, Any]:
    """How long both take to start."""
    platform, other = start.measure(place, plan.starts)
    ratios = [one / two for one, two in zip(platform, other, strict=True)]
    return {
        "start.ratio": round(median(ratios), 2),
        "start": {
            "ratio": spread(ratios, 2),
            "seconds": spread(platform, 3),
            "bare_seconds": spread(other, 3),
        },
    }


def measure(plan: Plan) -> dict[str, Any]:
    """Carry the plan out on a database of its own."""
    with filled(plan.engine, intervals=plan.intervals) as place:
        return {**report(rounds(place, plan), plan), **start_report(place, plan)}


def table(found: dict[str, Any]) -> str:
    """The report for people."""
    lines = [f"{found['engine']}: {found['rounds']} rounds of {found['seconds']} s each"]
    for name in REQUESTS:
        ratio, rate = found[name]["ratio"], found[name]["per_second"]
        lines.append(
            f"{name:24}{rate['median']:8.0f}/s   {ratio['median']:.2f}"
            f" ({ratio['min']:.2f} to {ratio['max']:.2f}) of bare"
        )
    begin = found["start"]
    lines.append(
        f"{'start':24}{begin['seconds']['median']:8.3f} s   {begin['ratio']['median']:.2f}"
        f" ({begin['ratio']['min']:.2f} to {begin['ratio']['max']:.2f}) times a bare application"
    )
    lines.append(f"client busy at most {found['client.busy']:.0%} of a core")
    return "\n".join(lines)


def plan_of(arguments: Sequence[str]) -> tuple[Plan, bool]:
    """The plan that the command line asks for, and whether the answer is to be JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.api", description=__doc__)
    parser.add_argument("--engine", choices=ENGINES, required=True)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--rounds", type=int, default=36)
    parser.add_argument("--seconds", type=float, default=0.25, help="of each request in a round")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--starts", type=int, default=7)
    parser.add_argument("--intervals", type=int, default=INTERVALS, help="of getsubscription_120")
    given = vars(parser.parse_args(arguments))
    as_json: bool = given.pop("json")
    return Plan(**given), as_json


def main() -> None:
    """Measure and print."""
    plan, as_json = plan_of(sys.argv[1:])
    found = measure(plan)
    print(msgspec.json.encode(found).decode() if as_json else table(found))


if __name__ == "__main__":
    main()
