"""What a refused purchase leaves with the gateway, and what is said while the gateway is away."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.given import SEAT
from tests.rest.world import CARD, CLOUDIFY, CONTACT, World, world_on
from tollbridge.commands.sign_up import SignUpRequest
from tollbridge.domain.refusal import Refusal
from tollbridge.domain.sign_up import OrderItem
from tollbridge.flows.sign_up import sign_up
from tollbridge.store.opening import migrate_store, open_store

BUY = "/tollbridge/sandbox/purchases"
GOOD: dict[str, Any] = {
    "items": [{"product_id": SEAT.id, "quantity": 1}],
    "currency": "USD",
    "customer": {
        "contact": {"email": "a@customer.example", "country_id": "DE", "language_id": "de"}
    },
    "card": {"number": "4242424242424242", "expiry_month": 1, "expiry_year": 2030},
}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Where the simulator keeps its book."""
    return tmp_path / "book.db"


@pytest.fixture(params=["sqlite", "postgres"])
def hurried(request: pytest.FixtureRequest, book: Path) -> Iterator[World]:
    """A platform on each engine whose gateway waits for nobody."""
    if request.param == "sqlite":
        store = open_store("", memory=True)
    else:
        url = request.getfixturevalue("postgres_url")
        migrate_store(url)
        store = open_store(url)
    with world_on(store, book, busy_seconds=0.0) as made:
        yield made


@contextmanager
def locked(book: Path) -> Iterator[None]:
    """While another process writes the book."""
    with closing(sqlite3.connect(book, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def cards(book: Path) -> int:
    """How many cards are in the book."""
    with closing(sqlite3.connect(book)) as reading:
        [count] = reading.execute("SELECT count(*) FROM card").fetchone()
    return int(count)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"items": [{"product_id": 7, "quantity": 1}]}, "product_unknown"),
        ({"items": []}, "empty_order"),
        ({"items": [{"product_id": SEAT.id, "quantity": 0}]}, "quantity_not_positive"),
        ({"currency": "GBP"}, "currency_not_sold"),
        ({"coupon_code": "nobody-knows"}, "coupon_unknown"),
        ({"card": {**GOOD["card"], "number": "4539148803436467"}}, "card_not_a_test_card"),
    ],
)
def test_a_refused_purchase_leaves_no_card(
    hurried: World, book: Path, changed: dict[str, object], reason: str
) -> None:
    """R17: what is refused has changed nothing, at the gateway neither."""
    before = cards(book)
    answer = hurried.post(BUY, {**GOOD, **changed})
    assert answer.json()["reason"] == reason
    assert cards(book) == before
    assert hurried.post(BUY, GOOD).status_code == 200
    assert cards(book) == before + 1


def test_a_currency_that_is_none_leaves_no_card(hurried: World, book: Path) -> None:
    """R17: also where no edge has read the order."""
    before = cards(book)
    request = SignUpRequest(
        items=(OrderItem(product_id=SEAT.id, quantity=1),),
        currency="ZZZ",
        contact=CONTACT,
        card=CARD,
    )
    with pytest.raises(Refusal):
        sign_up(hurried.collector, CLOUDIFY, request, "test")
    assert cards(book) == before


def test_a_gateway_that_is_away(hurried: World, book: Path) -> None:
    """503, when to ask again, and nothing has happened; then the same purchase is made."""
    before = hurried.state()
    with locked(book):
        answer = hurried.post(BUY, GOOD)
    assert (answer.status_code, answer.json()["reason"]) == (503, "gateway_unavailable")
    assert answer.headers["retry-after"] == "1"
    assert "locked" not in answer.text
    assert hurried.state() == before
    assert hurried.post(BUY, GOOD).json()["status"] == "PAY"
