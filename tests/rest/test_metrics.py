"""What `/metrics` tells, and to whom."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from httpx2 import Response
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from tests.given import GOLD
from tests.rest.world import CLOUDIFY, SEATS, START, World, world_on
from tollbridge.flows.tally import Tally
from tollbridge.rest.metrics import MEDIA, Access, Metrics
from tollbridge.store import open_store

TOKEN = "a token for the tests"
BEARER = f"Bearer {TOKEN}"
ANSWER_LOST = "T20000000000068T"


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[World]:
    """A platform whose metrics are read with a token."""
    store = open_store("", memory=True)
    with world_on(store, tmp_path / "book.db", metrics_access=Access(TOKEN)) as made:
        yield made


Figures = dict[tuple[str, tuple[str, ...]], float]


def figures(text: str) -> Figures:
    """Every figure of a text, by its name and the values of its labels in order of their names."""
    return {
        (sample.name, tuple(text for _, text in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(world: World) -> Figures:
    """The figures as they are served."""
    answer = world.get("/metrics", Authorization=BEARER)
    assert (answer.status_code, answer.headers["content-type"]) == (200, MEDIA)
    return figures(answer.text)


def test_requests_are_counted_by_endpoint(watched: World) -> None:
    """With the path of the table, whatever its variable parts were, and `other` for nothing."""
    watched.read()
    watched.journal()
    watched.client.request("BREW", "/teapot")
    found = read(watched)
    name = "tollbridge_request_seconds_count"
    journal = "/tollbridge/subscriptions/{subscription_id}/journal"
    assert found[name, ("GET", "/subscription/getsubscription", "200")] == 1
    assert found[name, ("GET", journal, "200")] == 1
    assert found[name, ("other", "other", "404")] == 1
    assert read(watched)[name, ("GET", "/metrics", "200")] == 1


def test_durations_fall_into_buckets(watched: World) -> None:
    """Each bucket counts all that took no longer."""
    metrics = Metrics(watched.platform)
    for seconds in (0.001, 0.005, 0.3, 99.0):
        metrics.answered("GET", "/x", 200, seconds)
    found = figures(metrics.text().decode())
    labels = ("GET", "/x", "200")
    counted = {
        edge: found["tollbridge_request_seconds_bucket", (edge, *labels)]
        for edge in ("0.005", "0.25", "0.5", "+Inf")
    }
    assert counted == {"0.005": 2, "0.25": 2, "0.5": 3, "+Inf": 4}
    assert found["tollbridge_request_seconds_sum", labels] == pytest.approx(99.306)


def test_what_the_worker_did_is_counted(watched: World) -> None:
    """Batch after batch."""
    metrics = Metrics(watched.platform)
    metrics.billed(Tally(ticks=5, renewals=3, declines=1, parked=1))
    metrics.billed(Tally(ticks=1, renewals=1))
    found = figures(metrics.text().decode())
    counted = {
        name: found[f"tollbridge_billing_{name}_total", ()]
        for name in ("ticks", "renewals", "declines", "parked")
    }
    assert counted == {"ticks": 6, "renewals": 4, "declines": 1, "parked": 1}


def test_the_backlog_of_each_merchant(any_world: World) -> None:
    """How many, and for how long in the merchant's time; 0 where nothing is due."""
    any_world.wait(days=30)
    found = figures(Metrics(any_world.platform).text().decode())
    due = {number: found["tollbridge_due_subscriptions", (number,)] for number in ("864", "865")}
    assert due == {"864": 4, "865": 0}
    reminder = timedelta(days=30 - 26)  # two days before the bill of 9 March
    assert found["tollbridge_due_oldest_seconds", ("864",)] == reminder.total_seconds()
    assert found["tollbridge_due_oldest_seconds", ("865",)] == 0


def test_money_at_risk(any_world: World) -> None:
    """DESIGN 5: what a gateway has not answered for longer than an hour, in units of currency."""
    any_world.buy((GOLD.id, 2), card=ANSWER_LOST)
    [attempt] = any_world.platform.store.open_attempts(CLOUDIFY)
    for minutes, at_risk in ((60, 0), (61, attempt.amount / 100)):
        wall = START + timedelta(minutes=minutes)
        platform = replace(any_world.platform, wall=lambda wall=wall: wall)
        found = figures(Metrics(platform).text().decode())
        labels = ("USD", "864")
        assert found["tollbridge_open_payments", labels] == 1
        assert found["tollbridge_open_payments_oldest_seconds", labels] == minutes * 60
        assert found["tollbridge_money_at_risk", labels] == at_risk


def test_no_figure_names_anybody(watched: World) -> None:
    """Labels are merchants, currencies, paths of the table, methods and statuses."""
    watched.read()
    text = watched.get("/metrics", Authorization=BEARER).text
    assert str(SEATS) not in text
    assert "cloudify" not in text


def closed(answer: Response) -> bool:
    """Whether the metrics were not shown, and a problem says why."""
    problem: dict[str, object] = answer.json()
    return (answer.status_code, problem["reason"]) == (403, "metrics_closed")


def test_a_token_opens_them_and_nothing_else_does(watched: World) -> None:
    """Not even this machine, nor a merchant's credentials."""
    assert read(watched)
    local = TestClient(watched.client.app, client=("127.0.0.1", 1))
    assert closed(local.get("/metrics"))
    assert closed(watched.get("/metrics"))
    assert closed(watched.get("/metrics", Authorization=f"Bearer {TOKEN}x"))


def test_without_a_token_this_machine_may(tmp_path: Path) -> None:
    """Where no proxy makes everybody look like this machine."""
    for local in (True, False):
        store = open_store("", memory=True)
        access = Access(local=local)
        with world_on(store, tmp_path / "book.db", metrics_access=access) as world:
            assert closed(world.get("/metrics"))  # the peer is none of this machine's addresses
            for peer in ("127.0.0.1", "::1"):
                client = TestClient(world.client.app, client=(peer, 1))
                answer = client.get("/metrics")
                assert answer.is_success if local else closed(answer)


def test_a_database_that_is_away(watched: World) -> None:
    """503: the figures of the process alone would look as if all were well."""
    watched.platform.store.close()
    answer = watched.get("/metrics", Authorization=BEARER)
    assert (answer.status_code, answer.json()["reason"]) == (503, "store_unavailable")
