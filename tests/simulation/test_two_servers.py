"""Two servers on one PostgreSQL database, eight clients, and everybody changes everything.

Short as a part of `make check`; with 500 subscriptions in `make races`.
"""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from random import Random
from typing import NamedTuple

import httpx2

from tests.commands.running import SECONDS, Server, run, serving
from tests.simulation.asking import CLOCK, PRODUCTS, Ask, any_ask
from tests.simulation.replaying import Accepted, Replay
from tollbridge.bootstrap import DEMO_CATALOG, collecting, opened, place_of
from tollbridge.commands.add_credential import add_credential
from tollbridge.commands.apply_catalog import apply_catalog
from tollbridge.commands.catalog_file import parse_catalog
from tollbridge.commands.move_billing_date import move_billing_date
from tollbridge.commands.saving import require_held
from tollbridge.commands.sign_up import SignUpRequest
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.customer import Contact
from tollbridge.domain.item_change import ItemChange
from tollbridge.domain.payment import Card, Result
from tollbridge.domain.request import RequestKey
from tollbridge.domain.schedule import after, parse_interval
from tollbridge.domain.sign_up import OrderItem
from tollbridge.flows.change_item import change_item
from tollbridge.flows.collecting import Collector
from tollbridge.flows.sign_up import sign_up
from tollbridge.ports import Platform
from tollbridge.queries.doctor import examine
from tollbridge.settings import Settings

LONG = os.environ.get("TOLLBRIDGE_TEST_RACES") == "long"
SUBSCRIPTIONS = 500 if LONG else 40
ASKS = 500 if LONG else 60  # of each client
CLIENTS = 8
HOT = 4  # subscriptions that every fourth call is about, so that clients meet
SEED = 20260209

MERCHANT, USER, COUNTRY = 864, "cloudify", "DE"
SEAT, PLATINUM, YEARLY = 292973, 294581, 300001
# Approved, and declined at the second or third charge.
CARDS = ("765T", "765T", "765T", "072T", "073T")
OK, WAIT, REFUSED = 200, 409, {402, 404, 503}


class Town(NamedTuple):
    """All subscriptions, and those of one customer that can be aligned (primary, secondary)."""

    numbers: list[int]
    pairs: list[tuple[int, int]]


class Answered(NamedTuple):
    """What came back for a call, which is known by its Idempotency-Key."""

    ask: Ask
    key: str
    status: int
    body: bytes


def test_every_answer_follows_from_the_journal(tmp_path: Path, postgres_url: str) -> None:
    """R4, R7, DESIGN 3: as if everything had happened one after the other."""
    assert run("migrate", "--database", postgres_url, cwd=tmp_path).returncode == 0
    place = place_of(Settings(), postgres_url)
    place = place._replace(book=tmp_path / place.book.name)
    with opened(place) as platform, collecting(platform) as collector:
        town = build(collector)
        # Nobody reads the log before the end: it must not fill its pipe.
        given = {"TOLLBRIDGE_DATABASE": postgres_url, "TOLLBRIDGE_LOG_LEVEL": "error"}
        with (
            serving(cwd=tmp_path, given=given) as one,
            serving(cwd=tmp_path, given=given) as two,
        ):
            answers = talk([one, two], town)
        assert [each for each in answers if not rightful(each)] == []
        everything_is_replayed(platform, answers)
        assert [str(finding) for finding in examine(platform)] == []
        no_purchase_is_captured_twice(platform)


def rightful(each: Answered) -> bool:
    """Done, refused, or asked to wait: while another client advances the clock (R24)."""
    if each.status == WAIT:
        return each.ask.path == CLOCK and b"clock_advancing" in each.body
    return each.status in {OK, *REFUSED}


def build(collector: Collector) -> Town:
    """The demo's catalog and many subscriptions, one in five of them with a sibling."""
    platform = collector.platform
    apply_catalog(platform, parse_catalog(DEMO_CATALOG.read_text(encoding="utf-8")))
    add_credential(platform, MERCHANT, USER, USER)
    numbers: list[int] = []
    pairs: list[tuple[int, int]] = []
    for card in cycle(CARDS):
        if len(numbers) >= SUBSCRIPTIONS:
            return Town(numbers, pairs)
        if len(numbers) % 10 == 0:
            pairs.append(sign_up_pair(collector))
            numbers += pairs[-1]
        else:
            product = PRODUCTS[len(numbers) % len(PRODUCTS)]
            numbers += buy(collector, card, product)
    raise AssertionError("there is always another card")


def buy(collector: Collector, card: str, *products: int) -> tuple[int, ...]:
    """The subscriptions of a new customer."""
    request = SignUpRequest(
        items=tuple(OrderItem(product_id=product, quantity=3) for product in products),
        currency="USD",
        contact=Contact(email="jana@customer.example", country_id=COUNTRY, language_id="de"),
        card=Card(number=f"T20000000000{card}", expiry_month=12, expiry_year=2030),
    )
    return sign_up(collector, MERCHANT, request, "test").subscription_ids


def sign_up_pair(collector: Collector) -> tuple[int, int]:
    """Two monthly subscriptions of one customer; the first is billed ten days later."""
    platform = collector.platform
    bought = {
        require_held(platform, MERCHANT, number).subscription.item(1).latest.product_id: number
        for number in buy(collector, CARDS[0], SEAT, YEARLY)
    }
    primary = bought[YEARLY]
    monthly = ItemChange(
        running_no=1,
        product_id=PLATINUM,
        alignment=Alignment(align=True, extend=True),
        call="updatesubscriptionitem",
    )
    change_item(collector, MERCHANT, primary, monthly, "test")
    billed = require_held(platform, MERCHANT, primary).subscription.next_billing
    later = after(billed, parse_interval("P10D"))
    move_billing_date(platform, MERCHANT, primary, later, "test")
    return primary, bought[SEAT]


def talk(servers: Sequence[Server], town: Town) -> list[Answered]:
    """Eight clients at once, every other one at the other server."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [
            pool.submit(converse, number, servers[number % len(servers)].url, town)
            for number in range(CLIENTS)
        ]
        return [answer for client in clients for answer in client.result()]


def converse(number: int, url: str, town: Town) -> list[Answered]:
    """Everything that one client asks for, and what it is told."""
    chance = Random(SEED + number)
    answers = []
    with httpx2.Client(base_url=url, auth=(USER, USER), timeout=SECONDS, trust_env=False) as client:
        for turn in range(ASKS):
            near = town.numbers[:HOT] if chance.random() < 0.25 else town.numbers
            ask = any_ask(chance, chance.choice(near), town.pairs)
            key = f"client-{number}-{turn}"
            came = client.post(ask.path, json=ask.body, headers={"Idempotency-Key": key})
            answers.append(Answered(ask, key, came.status_code, came.content))
    return answers


def everything_is_replayed(platform: Platform, answers: Sequence[Answered]) -> None:
    """Every accepted call comes out again, and nothing was done but by accepted calls."""
    accepted = dict(commands_of(platform, answers))
    store = platform.store
    journals = [store.journal(MERCHANT, number) for number in store.subscription_ids(MERCHANT)]
    replay = Replay(
        accepted,
        country=COUNTRY,
        tax=platform.tax,
        products={product.id: product for product in store.catalog(MERCHANT)},
    )
    replay.of_journals(journals)
    for number, subscription in replay.subscriptions.items():
        assert require_held(platform, MERCHANT, number).subscription == subscription
    asked_for = {
        entry.command_id
        for journal in journals
        for entry in journal
        if entry.actor == f"credential:{USER}" and entry.command != "settle"
    }
    assert asked_for == replay.replayed
    # Whatever was answered with prices has happened, once.
    told = [each for each in answers if each.status == OK and b"PriceCurrencyId" in each.body]
    assert replay.prices_compared == len(told)
    assert len(told) > len(answers) // 5


def commands_of(platform: Platform, answers: Sequence[Answered]) -> Iterator[tuple[str, Accepted]]:
    """The accepted calls by the command that each was saved with; the answer is kept as given."""
    for each in answers:
        if each.status != OK:
            continue
        key = RequestKey(merchant_id=MERCHANT, username=USER, path=each.ask.path, key=each.key)
        kept = platform.store.request(key, platform.wall())
        assert kept is not None
        assert kept.answer is not None
        assert kept.answer.body == each.body
        yield kept.command_id, Accepted(each.ask, each.body)


def no_purchase_is_captured_twice(platform: Platform) -> None:
    """R4: the gateway's book has each purchase once, however often it was asked for."""
    captured = [
        entry.purchase_id
        for entry in platform.gateway.book(MERCHANT)
        if entry.outcome.result is Result.CAPTURED
    ]
    assert len(captured) > SUBSCRIPTIONS
    assert len(captured) == len(set(captured))
