"""Ten thousand sandbox subscriptions by a year: `python -m bench.time_travel [--engine ...]`."""

import argparse
import json
import sys
from tempfile import TemporaryDirectory
from time import perf_counter

from msgspec.structs import replace

from bench.enlisting import enlist
from bench.place import BEGINNING, ENGINES, GOLD, MERCHANT, SEAT, empty
from tollbridge.bootstrap import DEMO_CATALOG, migrate, opened
from tollbridge.commands.apply_catalog import apply_catalog
from tollbridge.commands.catalog_file import parse_catalog
from tollbridge.domain.schedule import parse_interval
from tollbridge.domain.sign_up import OrderItem
from tollbridge.flows.time_travel import advance

ITEMS = (OrderItem(product_id=SEAT, quantity=10), OrderItem(product_id=GOLD, quantity=1))


def main() -> None:
    """Sign up, turn the clock, tell what came of it."""
    parser = argparse.ArgumentParser(prog="python -m bench.time_travel")
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("--subscriptions", type=int, default=10_000)
    parser.add_argument("--by", type=parse_interval, default=parse_interval("P1Y"))
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with (
        TemporaryDirectory(prefix="tollbridge-bench-") as folder,
        empty(asked.engine, folder) as at,
    ):
        migrate(at)
        with opened(at) as platform:
            file = parse_catalog(DEMO_CATALOG.read_text(encoding="utf-8"))
            apply_catalog(platform, replace(file, merchant=replace(file.merchant, clock=BEGINNING)))
            began = perf_counter()
            enlist(platform, MERCHANT, ITEMS, asked.subscriptions)
            enlisted = perf_counter()
            advanced = advance(platform, MERCHANT, by=asked.by)
            ended = perf_counter()
    tally = advanced.tally
    found = {
        "engine": asked.engine,
        "subscriptions": asked.subscriptions,
        "signed_up_per_second": round(asked.subscriptions / (enlisted - began)),
        "seconds": round(ended - enlisted, 1),
        "renewals": tally.renewals,
        "renewals_per_second": round(tally.renewals / (ended - enlisted)),
        "parked": tally.parked,
    }
    told = (
        json.dumps(found, indent=2)
        if asked.json
        else "\n".join(f"{name:24} {value}" for name, value in found.items())
    )
    sys.stdout.write(told + "\n")


if __name__ == "__main__":
    main()
