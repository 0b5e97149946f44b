"""One worker of the billing benchmark: a process that bills what is due, batch by batch.

    python -m bench.billing_worker URL NAME --batch 500 --latency 0 [--record FILE] [--mixed]

It says `ready`, waits for a line on its standard input, and prints one JSON object at the end.
"""

import argparse
import gc
import pickle
import resource
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from secrets import token_hex
from time import perf_counter, sleep
from typing import Any

import msgspec

from bench.place import MERCHANT
from bench.population import OLD_SLOT
from tollbridge.bootstrap import read_tax_table
from tollbridge.bootstrap.log_lines import start_logs
from tollbridge.domain.payment import Charge, Outcome, Result
from tollbridge.domain.refusal import known_merchant
from tollbridge.flows.billing import Run, bill_batch, bill_due
from tollbridge.gateways.simulator import Simulator
from tollbridge.ports import Held, Platform
from tollbridge.store import open_store
from tollbridge.store.engine import Write


class Batch(msgspec.Struct, array_like=True):
    """How long a batch took, how many renewals it made, and whether all were old (`--mixed`)."""

    seconds: float
    renewals: int
    old: bool = False


class Approving(Simulator):
    """A gateway that approves whatever it is asked, after a while."""

    def __init__(self, latency: float) -> None:
        self._latency = latency

    def charge(self, charges: Sequence[Charge]) -> Sequence[Outcome]:
        """Each captured; the charges of one call are made side by side, so it waits once."""
        if self._latency:
            sleep(self._latency)
        return [
            Outcome(result=Result.CAPTURED, reference=f"bench_{charge.key}") for charge in charges
        ]

    def close(self) -> None:
        """Nothing is held."""


@contextmanager
def recording(engine: Any, file: Path | None) -> Iterator[None]:  # noqa: ANN401 - of either kind
    """Keep what every transaction writes, in order; pickled at the end."""
    if file is None:
        yield
        return
    transactions: list[list[Write]] = []
    writing = engine.writing

    @contextmanager
    def recorded() -> Iterator[Any]:
        with writing() as writer:
            write = writer.write

            def keep(writes: Sequence[Write]) -> None:
                transactions.append([(name, list(rows)) for name, rows in writes])
                write(writes)

            writer.write = keep
            try:
                yield writer
            finally:
                del writer.write

    engine.writing = recorded
    try:
        yield
    finally:
        engine.writing = writing
    file.write_bytes(pickle.dumps(transactions))


def main() -> None:
    """Work until nothing is due."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("name")
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--record", type=Path)
    parser.add_argument("--mixed", action="store_true")
    asked = parser.parse_args()
    start_logs("error")
    store = open_store(asked.url)
    with closing(store):
        platform = Platform(
            store=store,
            gateway=Approving(asked.latency),
            wall=lambda: datetime.now(UTC),
            tax=read_tax_table(),
            new_key=lambda: token_hex(16),
        )
        clock = known_merchant(store.merchant(MERCHANT), MERCHANT).sandbox_clock()
        run = Run(
            merchant_id=MERCHANT,
            holder=asked.name,
            until=clock,
            now_of=lambda held: held.merchant.sandbox_clock(),
            batch=asked.batch,
        )
        store.earliest_due(MERCHANT)  # connected, statements read
        gc.collect()
        gc.freeze()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        with recording(store._engine, asked.record):  # type: ignore[attr-defined]  # noqa: SLF001
            batches = list(mixed(platform, run) if asked.mixed else whole(platform, run))
    report = {
        "batches": batches,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")


def whole(platform: Platform, run: Run) -> Iterator[Batch]:
    """As the worker does it."""
    began = perf_counter()
    for tally in bill_due(platform, run):
        ended = perf_counter()
        yield Batch(ended - began, tally.renewals)
        began = ended


def mixed(platform: Platform, run: Run) -> Iterator[Batch]:
    """Batches of the old and of the young in turn, until the old are done."""
    for slot in cycle((OLD_SLOT, OLD_SLOT + 1)):
        began = perf_counter()
        due: Sequence[Held] = platform.store.due(MERCHANT, slot, run.until, run.batch)
        if not due:
            return
        tally = bill_batch(platform, run, due)
        yield Batch(perf_counter() - began, tally.renewals, slot == OLD_SLOT)


if __name__ == "__main__":
    main()
