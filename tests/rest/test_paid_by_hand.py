"""Buying without a card: by wire and on the terms of a purchase order (platform.md a.6, g)."""

from typing import Any

import pytest

from tests.given import GOLD
from tests.rest.world import World, decimals

BUY = "/tollbridge/sandbox/purchases"


def order(**payment: object) -> dict[str, Any]:
    """A purchase of one Gold."""
    contact = {"email": "jana@customer.example", "country_id": "DE", "language_id": "de"}
    return {
        "items": [{"product_id": GOLD.id, "quantity": 1}],
        "currency": "USD",
        "customer": {"contact": contact},
        **payment,
    }


@pytest.mark.parametrize("net_days", [0, 14, 30])
def test_money_that_comes_by_hand_begins_the_subscription(world: World, net_days: int) -> None:
    """Table 3.6: New until it is noted that the money came, Active from then on."""
    bought = decimals(world.post(BUY, order(by_hand={"net_days": net_days})).content)
    [number] = (int(name[1:]) for name in bought["subscription_ids"])
    assert bought["status"] == "NEW"
    assert world.read(number)["Subscriptionstatus"] == 6  # New
    assert world.read(number)["PaymentInfo"]["PaymentType"] == "Wire Transfer"
    receive = f"/tollbridge/purchases/{bought['purchase_id']}/receive"
    assert world.post(receive, {"reference": "statement-7"}).is_success
    assert world.read(number)["Subscriptionstatus"] == 1  # Active


@pytest.mark.parametrize(
    ("payment", "field"),
    [
        ({}, "card"),
        (
            {
                "card": {"number": "4242424242424242", "expiry_month": 1, "expiry_year": 2030},
                "by_hand": {},
            },
            "card",
        ),
        ({"by_hand": {"net_days": 15}}, "by_hand.net_days"),
        ({"by_hand": {"net_days": 31}}, "by_hand.net_days"),
    ],
)
def test_how_it_is_paid_is_said_in_one_way(
    world: World, payment: dict[str, object], field: str
) -> None:
    """R17: 400, naming the field; nothing is bought."""
    before = world.state()
    refused = world.post(BUY, order(**payment))
    assert refused.status_code == 400
    assert field in refused.text
    assert world.state() == before
