"""Looking back and ahead: what was is folded from the journal, what will be is what then comes."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from tests.given import FREE, GOLD, PLATINUM, PREMIUM, SEAT, STANDARD, TIERED
from tests.rest.world import CLOUDIFY, SEATS, START, World, decimals, prices
from tollbridge.domain.events import (
    Event,
    IntervalAdvanced,
    PaymentCaptured,
    PaymentStarted,
    PurchaseOpened,
)
from tollbridge.domain.events import decode_event as decoded
from tollbridge.domain.forecast import Foreseen
from tollbridge.domain.schedule import Interval
from tollbridge.domain.subscription import RenewalType
from tollbridge.flows.time_travel import advance
from tollbridge.queries.doctor import examine
from tollbridge.queries.forecast import read_forecast

STEPS = 60
YEAR = Interval(13)  # a yearly bill and what comes before it too
BEGUN = 5  # entries of a sign-up that is paid


def path(what: str = "", subscription_id: int = SEATS) -> str:
    """An own endpoint about a subscription."""
    return f"/tollbridge/subscriptions/S{subscription_id}{what}"


def ok(world: World, url: str) -> dict[str, Any]:
    """The answer to a GET that is carried out."""
    answer = world.get(url)
    assert answer.status_code == 200, answer.text
    return decimals(answer.content)


def comparable(events: list[Event]) -> list[Event]:
    """Events without what chance decides: ids, keys and references."""
    return [_nameless(event) for event in events]


def _nameless(event: Event) -> Event:
    if isinstance(event, PurchaseOpened):
        return replace(event, purchase=replace(event.purchase, id=0))
    if isinstance(event, PaymentStarted):
        return replace(event, purchase_id=0, key="")
    if isinstance(event, PaymentCaptured):
        return replace(event, purchase_id=0, reference="")
    if isinstance(event, IntervalAdvanced):
        nameless = {n: replace(part, purchase_id=0) for n, part in event.paid.items()}
        return replace(event, paid=nameless)
    has_purchase = hasattr(event, "purchase_id")
    return replace(event, purchase_id=0) if has_purchase else event


def some_lives(world: World, seed: int) -> list[int]:
    """Subscriptions of all kinds, some of them changed since they began."""
    random = Random(seed)
    products = (SEAT, GOLD, PLATINUM, STANDARD, PREMIUM, TIERED, FREE)
    numbers: list[int] = []
    for _ in range(5):
        lines = [(each.id, random.randint(1, 12)) for each in random.sample(products, 2)]
        kind = random.choice(tuple(RenewalType))
        numbers += world.buy(*lines, renewal_type=kind)
        world.wait(days=random.randint(1, 20))
        world.update(random.choice(numbers), Quantity=random.randint(1, 30))
    return numbers


@pytest.mark.parametrize("seed", [1, 2])
def test_what_was_foreseen_is_what_happens(any_world: World, seed: int) -> None:
    """DESIGN 3: a forecast is tick repeated in memory; nobody interferes, and it comes true."""
    world, store = any_world, any_world.platform.store
    numbers = some_lives(world, seed)
    foreseen = {n: read_forecast(world.platform, CLOUDIFY, n, STEPS)[1] for n in numbers}
    before = {n: len(store.journal(CLOUDIFY, n)) for n in numbers}
    end = advance(world.platform, CLOUDIFY, by=YEAR).now
    told = 0
    for number in numbers:
        entries = store.journal(CLOUDIFY, number)[before[number] :]
        happened = [decoded(e.type, e.version, e.payload) for e in entries]
        expected = list(_events_until(foreseen[number], end))
        assert comparable(happened) == comparable(expected), number
        told += len(happened)
    assert told > len(numbers) * 5
    assert list(examine(world.platform)) == []


def _events_until(steps: tuple[Foreseen, ...], end: object) -> Iterator[Event]:
    for step in steps:
        if step.at <= end:  # type: ignore[operator]
            yield from step.events


def test_the_forecast_tells_dates_items_amounts_and_reasons(shared_world: World) -> None:
    """Ten seats at 5.00: reminded two days ahead, billed monthly, from the anchor (R5, R6)."""
    told = ok(shared_world, path("/forecast?count=5"))
    steps = [(step["at"][:10], step["reason"]) for step in told["steps"]]
    assert steps == [
        ("2026-03-07", "remind"),
        ("2026-03-09", "bill"),
        ("2026-04-07", "remind"),
        ("2026-04-09", "bill"),
        ("2026-05-07", "remind"),
    ]
    bill = told["steps"][1]["bill"]
    assert bill["amount"] == {"gross": 50, "net": Decimal("42.02"), "vat": Decimal("7.98")}
    assert [(line["item_running_no"], line["quantity"]) for line in bill["lines"]] == [(1, 10)]
    assert told["steps"][1]["what"] == ["billed", "paid", "interval 1 until 2026-04-09"]


def test_nothing_is_foreseen_beyond_a_payment_in_flight(world: World) -> None:
    """R7: what is not decided is never guessed."""
    [number] = world.buy((SEAT.id, 1), card="T20000000000068T")
    assert ok(world, path("/forecast", number))["steps"] == []


def test_the_count_is_bounded(shared_world: World) -> None:
    """R17: 400 for what cannot be read."""
    for count in ("0", "241", "x"):
        assert shared_world.get(path(f"/forecast?count={count}")).status_code == 400
    assert shared_world.get(path("/forecast", 1)).status_code == 404


def test_a_state_is_folded_up_to_its_time(any_world: World) -> None:
    """Before a change it was what it was; at the change's own instant it has changed."""
    world = any_world
    world.wait(days=3)
    world.update(Quantity=20)
    now = ok(world, path())
    changed_at = (START + timedelta(days=3)).isoformat().replace("+00:00", "Z")
    assert now["items"][0]["terms"]["quantity"] == 20
    assert now["items"][0]["in_force"]["quantity"] == 10
    assert ok(world, path(f"?as_of={changed_at}")) == now
    then = ok(world, path("?as_of=2026-02-12T15:43:07Z"))
    assert then["items"][0]["terms"]["quantity"] == 10
    assert (then["revision"], now["revision"]) == (BEGUN, BEGUN + 1)
    journal = ok(world, path("/journal?as_of=2026-02-12T15:43:07Z"))
    assert [entry["sequence"] for entry in journal["entries"]] == list(range(1, BEGUN + 1))


def test_every_earlier_state_is_the_fold_of_its_entries(world: World) -> None:
    """At each instant of its journal a subscription had the revision of its last entry then."""
    numbers = some_lives(world, 4)
    advance(world.platform, CLOUDIFY, by=Interval(6))
    for number in numbers:
        entries = world.platform.store.journal(CLOUDIFY, number)
        for at in {entry.at for entry in entries}:
            last = max(entry.sequence for entry in entries if entry.at == at)
            state = ok(world, path(f"?as_of={at:%Y-%m-%dT%H:%M:%S.%fZ}", number))
            assert state["revision"] == last
        assert ok(world, path("", number))["revision"] == len(entries)


def test_no_time_before_the_beginning_and_none_to_come(shared_world: World) -> None:
    """404: there was nothing; 400: that is the forecast's."""
    assert shared_world.get(path("?as_of=2026-02-01")).status_code == 404
    assert shared_world.get(path("/journal?as_of=2026-02-01")).status_code == 404
    refused = shared_world.get(path("?as_of=2027-01-01"))
    assert (refused.status_code, refused.json()["field"]) == (400, "as_of")


def test_the_timeline_joins_past_present_and_forecast(world: World) -> None:
    """In order, the present once; what is foreseen has no purchase yet."""
    world.wait(days=10)
    moments = ok(world, path("/timeline?count=2"))["moments"]
    assert [(m["at"][:10], m["tense"], m["what"]) for m in moments] == [
        ("2026-02-09", "past", "signed up: 10 x Cloudify Seat"),
        ("2026-02-09", "past", "order"),
        ("2026-02-09", "past", "paid"),
        ("2026-02-09", "past", "begins"),
        ("2026-02-19", "present", "now: interval 0, next billing 2026-03-09"),
        ("2026-03-07", "forecast", "bill for interval 1"),
        ("2026-03-07", "forecast", "reminded of the charge"),
        ("2026-03-09", "forecast", "billed"),
        ("2026-03-09", "forecast", "paid"),
        ("2026-03-09", "forecast", "interval 1 until 2026-04-09"),
    ]
    assert [m["purchase_id"] is None for m in moments[5:]] == [True] * 5
    assert moments[2]["amount"]["gross"] == moments[8]["amount"]["gross"] == 50


def test_the_present_of_an_ended_subscription_is_its_end(world: World) -> None:
    """R19: no billing date is told that nothing comes of."""
    ended = {"SubscriptionId": f"S{SEATS}", "Items": [1], "AllowReinstate": True}
    assert world.call("deactivatesubscriptionitems", ended).status_code == 200
    [now] = [m for m in ok(world, path("/timeline"))["moments"] if m["tense"] == "present"]
    assert (now["what"], now["status"]) == ("now: interval 0, until 2026-03-09", "DEA")


def test_a_card_that_is_declined_softly_promises_no_other_try(world: World) -> None:
    """A sign-up, and the last try of a schedule, are not tried again by themselves (R20)."""
    [number] = world.buy((SEAT.id, 1), card="T20000000000064T")
    what = [
        m["what"] for m in ok(world, f"/tollbridge/subscriptions/S{number}/timeline")["moments"]
    ]
    assert "payment declined (card_declined)" in what


def test_prices_are_those_of_an_open_bill(world: World) -> None:
    """R6: frozen on the reminder date; a change without alignment is billed one date later."""
    reminded = START + timedelta(days=26, hours=1)
    advance(world.platform, CLOUDIFY, to=reminded)
    answer = world.update(Quantity=20)
    assert prices(answer)["NextBilling"] == "50.0 42.02 7.98"
    read = world.read(IsCurrent="true")
    assert (read["NextBillingCustomerGrossPrice"], read["Items"][0]["Quantity"]) == (50, 20)
    entries = world.read()["Items"]
    assert sum(item["NextBillingCustomerGrossPrice"] for item in entries) == 50
    advance(world.platform, CLOUDIFY, to=START + timedelta(days=29))
    assert world.read()["NextBillingCustomerGrossPrice"] == 100
    assert ok(world, path("/timeline?count=1"))["moments"][-1]["amount"]["gross"] == 100
