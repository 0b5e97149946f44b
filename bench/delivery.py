"""How many notices leave a second, against a bare loop over the same bodies.

    python -m bench.delivery --engine postgres|sqlite --notices N [--json]

Every round begins with the same facts: they are told, their documents are made and stored, posted
to a receiver that is a process of its own, and what came of it is recorded. Then the HTTP client
that Tollbridge uses posts the same bytes with the same headers in a bare loop.
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

from httpcore2 import ConnectionPool
from msgspec.structs import replace

from bench.billing import copied
from bench.enlisting import enlist
from bench.place import BEGINNING, ENGINES, GOLD, MERCHANT, empty
from tollbridge.bootstrap import DEMO_CATALOG, Place, migrate, opened
from tollbridge.bootstrap.log_lines import start_logs
from tollbridge.commands.apply_catalog import apply_catalog
from tollbridge.commands.catalog_file import parse_catalog
from tollbridge.domain.delivery import LaneKey
from tollbridge.domain.endpoint import Endpoint, EndpointSecrets, Format
from tollbridge.domain.merchant import Mode
from tollbridge.domain.sign_up import OrderItem
from tollbridge.flows.posting import Receiver, headers
from tollbridge.flows.tally import Sent
from tollbridge.ports import Claimed, NoticeFilter, NoticePlace, Platform
from tollbridge.settings import PrivateEndpoints, read_settings
from tollbridge.worker.notices import Postman, Teller

SECRET = b"b" * 32
KEY = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
ITEMS = (OrderItem(product_id=GOLD, quantity=1),)
WARM = 200  # posts before the clock runs


class Round(NamedTuple):
    """Seconds of one round: telling, delivering, and the bare loop."""

    notices: int
    telling: float
    delivering: float
    bare: float


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="python -m bench.delivery")
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("--notices", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    start_logs("error")
    found = measure(asked.engine, asked.notices, asked.rounds)
    text = "\n".join(f"{name:28} {value}" for name, value in found.items())
    sys.stdout.write((json.dumps(found, indent=2) if asked.json else text) + "\n")


def measure(engine: str, notices: int, rounds: int) -> dict[str, Any]:
    """The figures of all rounds; `ratio` is the median of the bare loop's seconds over ours."""
    with TemporaryDirectory(prefix="tollbridge-bench-") as folder, empty(engine, folder) as place:
        base = place._replace(
            secret_keys=read_settings({"TOLLBRIDGE_SECRET_KEY": KEY}).secret_key,
            private_endpoints=PrivateEndpoints(sandbox=True),
        )
        fill(base, notices)
        found = [one_round(base) for _ in range(rounds)]
    ratios = [one.bare / (one.telling + one.delivering) for one in found]
    return {
        "engine": engine,
        "notices": notices,
        "ratio": round(statistics.median(ratios), 3),
        "ratio_least": round(min(ratios), 3),
        "ratio_most": round(max(ratios), 3),
        "delivering_ratio": round(statistics.median(o.bare / o.delivering for o in found), 3),
        "notices_per_second": rate(found, lambda one: one.telling + one.delivering),
        "told_per_second": rate(found, lambda one: one.telling),
        "delivered_per_second": rate(found, lambda one: one.delivering),
        "bare_per_second": rate(found, lambda one: one.bare),
    }


def rate(found: Sequence[Round], seconds: Callable[[Round], float]) -> int:
    """The median of notices a second."""
    return round(statistics.median(one.notices / seconds(one) for one in found))


def fill(place: Place, notices: int) -> None:
    """So many sign-ups, each of which is a notice that nobody has told."""
    migrate(place)
    with opened(place) as platform:
        file = parse_catalog(DEMO_CATALOG.read_text(encoding="utf-8"))
        merchant = replace(file.merchant, clock=BEGINNING, reminder_days=0)
        apply_catalog(platform, replace(file, merchant=merchant))
        enlist(platform, MERCHANT, ITEMS, notices)


def one_round(base: Place) -> Round:
    """The pipeline and the bare loop, on a copy of the same database."""
    place = base._replace(new=False)
    with copied(base) as url, receiving() as address, opened(place._replace(database=url)) as made:
        endpoint = point(made, address)
        began = perf_counter()
        while Teller(made).round():
            pass
        told = perf_counter()
        total = Sent()
        with closing(Postman(made, total.add)) as postman:
            while postman.round():
                pass
        ended = perf_counter()
        bare = bare_loop(made, endpoint)
        posted = list(posts(made, endpoint))
        assert total.delivered == len(posted)
        return Round(len(posted), told - began, ended - told, bare)


def point(platform: Platform, address: str) -> Endpoint:
    """The endpoint is where the receiver listens."""
    endpoint = Endpoint(merchant_id=MERCHANT, id=1, name="bench", url=address, created_at=BEGINNING)
    sealed = platform.sealer.seal(MERCHANT, SECRET, Mode.SANDBOX)
    platform.store.put_endpoint(endpoint, EndpointSecrets(signing=sealed))
    return endpoint


def posts(platform: Platform, endpoint: Endpoint) -> Iterator[tuple[list[Any], bytes]]:
    """Headers and body of everything that was delivered."""
    to = Receiver(endpoint, Mode.SANDBOX, (SECRET,))
    place = None
    now = platform.wall()
    while page := platform.store.notifications(MERCHANT, NoticeFilter(), place, 500):
        for notice in page:
            history = platform.store.notice_history(MERCHANT, notice.id)
            assert history is not None
            body = history.bodies[Format.JSON]
            claimed = Claimed(
                lane=LaneKey(endpoint.id, notice.stream),
                sequence=1,
                tries=0,
                due_at=now,
                leased_until=now,
                has_next=False,
                notification=notice,
                body=body,
            )
            named = headers(to, claimed, body, now)
            yield [(k.encode(), v.encode()) for k, v in named.items()], body
        place = NoticePlace(page[-1].at, page[-1].id)


def bare_loop(platform: Platform, endpoint: Endpoint) -> float:
    """Seconds that the HTTP client needs for the same bytes, one after the other."""
    prepared = list(posts(platform, endpoint))
    with ConnectionPool() as client:
        for head, body in prepared[:WARM]:
            client.request("POST", endpoint.url, headers=head, content=body)
        began = perf_counter()
        for head, body in prepared:
            answer = client.request("POST", endpoint.url, headers=head, content=body)
            assert answer.status == 200
        return perf_counter() - began


@contextmanager
def receiving() -> Iterator[str]:
    """The receiver, a process of its own; its address."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.receiving"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout
        assert child.stdin
        yield f"http://127.0.0.1:{int(child.stdout.readline())}/hook"
        child.stdin.close()


if __name__ == "__main__":
    main()
