"""How many notices leave a second, against a bare loop over the same bodies.

    python -m bench.delivery --engine postgres|sqlite --notices N [--json]

Every round begins with the same facts: as in a worker one loop tells them, while another makes
their documents, stores them and posts them
to a receiver that is a process of its own, and what came of it is recorded. Then the same sender
posts the same bytes with the same headers in a bare loop, and after it the library that the sender
stands on, which checks no address and keeps to no time limit.
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from tempfile import TemporaryDirectory
from threading import Thread
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
from tollbridge.ports import Claimed, NoticeFilter, NoticePlace, Platform, Post
from tollbridge.settings import PrivateEndpoints, read_settings
from tollbridge.worker.notices import Postman, Teller

SECRET = b"b" * 32
KEY = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
ITEMS = (OrderItem(product_id=GOLD, quantity=1),)
WARM = 200  # posts before the clock runs
OK = 200  # the status


class Round(NamedTuple):
    """Seconds of one round: the pipeline, the bare loop, and that of the library alone."""

    notices: int
    seconds: float
    bare: float
    library: float


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
    ratios = [one.bare / one.seconds for one in found]
    return {
        "engine": engine,
        "notices": notices,
        "ratio": round(statistics.median(ratios), 3),
        "ratio_least": round(min(ratios), 3),
        "ratio_most": round(max(ratios), 3),
        "notices_per_second": rate(found, lambda one: one.seconds),
        "bare_per_second": rate(found, lambda one: one.bare),
        "library_per_second": rate(found, lambda one: one.library),
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
        total = Sent()
        began = perf_counter()
        telling = Thread(target=tell_all, args=[made])
        telling.start()
        with closing(Postman(made, total.add)) as postman:
            while postman.round() or telling.is_alive() or made.store.earliest_delivery(MERCHANT):
                pass
        seconds = perf_counter() - began
        same = list(posts(made, endpoint))
        assert total.delivered == len(same)
        bare = sender_loop(made, same)
        library = library_loop(same)
    return Round(len(same), seconds, bare, library)


def tell_all(platform: Platform) -> None:
    """As the loop beside the posts does."""
    teller = Teller(platform)
    while teller.round():
        pass


def point(platform: Platform, address: str) -> Endpoint:
    """The endpoint is where the receiver listens."""
    endpoint = Endpoint(merchant_id=MERCHANT, id=1, name="bench", url=address, created_at=BEGINNING)
    sealed = platform.sealer.seal(MERCHANT, SECRET, Mode.SANDBOX)
    platform.store.put_endpoint(endpoint, EndpointSecrets(signing=sealed))
    return endpoint


def posts(platform: Platform, endpoint: Endpoint) -> Iterator[Post]:
    """Everything that was delivered, to be posted again."""
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
            yield Post(url=endpoint.url, body=body, headers=headers(to, claimed, body, now))
        place = NoticePlace(page[-1].at, page[-1].id)


def sender_loop(platform: Platform, same: Sequence[Post]) -> float:
    """Seconds that the sender needs for the same posts, one after the other."""
    for post in same[:WARM]:
        platform.sender.post(post, Mode.SANDBOX)
    began = perf_counter()
    for post in same:
        assert platform.sender.post(post, Mode.SANDBOX).status == OK
    return perf_counter() - began


def library_loop(same: Sequence[Post]) -> float:
    """Seconds that the library under the sender needs for them."""
    prepared = [
        (post.url, [(k.encode(), v.encode()) for k, v in post.headers.items()], post.body)
        for post in same
    ]
    with ConnectionPool() as client:
        for url, head, body in prepared[:WARM]:
            client.request("POST", url, headers=head, content=body)
        began = perf_counter()
        for url, head, body in prepared:
            assert client.request("POST", url, headers=head, content=body).status == OK
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
