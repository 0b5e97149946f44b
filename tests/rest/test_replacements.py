"""Upgrade and downgrade relationships through HTTP (seed 000, step 2)."""

import json
from datetime import timedelta

import pytest
from httpx2 import Response

from tests.given import GOLD, PLATINUM, PREMIUM, SEAT
from tests.rest.world import CREDENTIALS, SEATS, SINGLE, START, World, basic
from tollbridge.commands.advance_clock import advance_clock


def of_product(product_id: int) -> str:
    """The path of a product's replacements."""
    return f"/tollbridge/products/{product_id}/replacements"


def of_item(subscription: int | str, running_no: int | str = 1) -> str:
    """The path of an item's replacements."""
    return f"/tollbridge/subscriptions/{subscription}/items/{running_no}/replacements"


def put(world: World, path: str, body: object, content_type: str = "application/json") -> Response:
    """A PUT of bytes as they are, or of anything else as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Authorization": CREDENTIALS, "Content-Type": content_type}
    return world.client.put(path, content=content, headers=headers)


def up(product_id: int) -> dict[str, object]:
    """An upgrade from a product."""
    return {"product_id": product_id, "direction": "up"}


def test_a_list_is_put_and_read(any_world: World) -> None:
    """Both sides show it; putting it again changes nothing."""
    expected = {
        "product_id": PLATINUM.id,
        "name": "Cloudify Platinum",
        "replaces": [up(GOLD.id), {"product_id": SEAT.id, "direction": "down"}],
        "replaced_by": [],
    }
    body = {"replaces": [up(GOLD.id), {"Product_Id": SEAT.id, "direction": "DOWN"}]}
    for _ in range(2):
        answer = put(any_world, of_product(PLATINUM.id), body)
        assert (answer.status_code, answer.json()) == (200, expected)
    assert any_world.get(of_product(PLATINUM.id)).json() == expected
    assert any_world.get(of_product(GOLD.id)).json()["replaced_by"] == [
        {"product_id": PLATINUM.id, "direction": "up", "name": "Cloudify Platinum"}
    ]
    assert put(any_world, of_product(PLATINUM.id), {"replaces": []}).json()["replaces"] == []


def test_the_path_says_which_product(world: World) -> None:
    """A product_id in the body is an unknown key."""
    for given in (SEAT.id, "seat", None):
        body = {"product_id": given, "replaces": [up(GOLD.id)]}
        assert put(world, of_product(PLATINUM.id), body).json()["product_id"] == PLATINUM.id
    assert world.get(of_product(SEAT.id)).json()["replaces"] == []


def test_what_may_take_an_items_place(any_world: World) -> None:
    """With the prices of a change at the billing date and at once, gross = net + VAT."""
    for one in (PLATINUM, PREMIUM):
        put(any_world, of_product(one.id), {"replaces": [up(GOLD.id)]})
    down = {"replaces": [{"product_id": GOLD.id, "direction": "down"}]}
    put(any_world, of_product(SEAT.id), down)
    advance_clock(any_world.platform, 864, to=START + timedelta(days=13))
    answer = any_world.get(of_item(f"S{SINGLE}"))
    assert answer.status_code == 200, answer.text
    read = answer.json()
    assert (read["subscription_id"], read["running_no"], read["currency"]) == (
        f"S{SINGLE}",
        1,
        "USD",
    )
    by = {one["product_id"]: one for one in read["replacements"]}
    assert set(by) == {PLATINUM.id, PREMIUM.id, SEAT.id}
    assert by[PLATINUM.id] == {
        "product_id": PLATINUM.id,
        "direction": "up",
        "name": "Cloudify Platinum",
        "interval": "P1M",
        "billing_interval": None,
        "next_billing": {"gross": 150, "net": 126.05, "vat": 23.95},
        "aligned": {
            "charged": {"gross": 25, "net": 21.01, "vat": 3.99},
            "next_billing": {"gross": 150, "net": 126.05, "vat": 23.95},
        },
        "refusal": "",
    }
    assert by[SEAT.id]["aligned"] is None
    assert by[SEAT.id]["refusal"] == "Alignment CUS price total must be >= 0"


def test_the_prices_are_those_of_the_change(any_world: World) -> None:
    """The call that the customer then makes answers the same."""
    put(any_world, of_product(PLATINUM.id), {"replaces": [up(GOLD.id)]})
    [one] = any_world.get(of_item(SINGLE)).json()["replacements"]
    answer = any_world.update(
        SINGLE,
        ProductId=PLATINUM.id,
        Quantity=1,
        AlignmentSettings={"AlignToCurrentInterval": True},
    ).json()
    assert answer["AlignmentCustomerGrossPrice"] == one["aligned"]["charged"]["gross"]
    assert answer["NextBillingCustomerVatPrice"] == one["aligned"]["next_billing"]["vat"]


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({"replaces": [up(PLATINUM.id)]}, 400, "invalid_value"),
        ({"replaces": [up(GOLD.id), up(GOLD.id)]}, 400, "invalid_value"),
        ({"replaces": [{"product_id": GOLD.id, "direction": "side"}]}, 400, "invalid_value"),
        ({"replaces": [{"product_id": GOLD.id}]}, 400, "missing_field"),
        ({"replaces": GOLD.id}, 400, "invalid_value"),
        ({}, 400, "missing_field"),
        (b"[]", 400, "malformed_json"),
        (b"x" * 70_000, 413, "too_large"),
        ({"replaces": [up(5)]}, 404, "product_unknown"),
    ],
)
def test_lists_that_are_refused(world: World, body: object, status: int, reason: str) -> None:
    """R17: with a reason, and nothing changes."""
    before = world.get(of_product(PLATINUM.id)).content
    answer = put(world, of_product(PLATINUM.id), body)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert world.get(of_product(PLATINUM.id)).content == before


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (of_product(5), 404),
        (of_product(-1), 400),
        ("/tollbridge/products/gold/replacements", 400),
        (of_item(5), 404),
        (of_item(SINGLE, 9), 404),
        (of_item("x"), 400),
        (of_item(SINGLE, "one"), 400),
    ],
)
def test_who_is_unknown(shared_world: World, path: str, status: int) -> None:
    """R17: 400 for what is no number, 404 for a number that nobody has."""
    assert shared_world.get(path).status_code == status
    if path.startswith("/tollbridge/products"):
        assert put(shared_world, path, {"replaces": []}).status_code == status


def test_other_merchants_have_their_own(world: World) -> None:
    """Another merchant's subscription does not exist, and its catalog is its own."""
    put(world, of_product(PLATINUM.id), {"replaces": [up(GOLD.id)]})
    other = basic("other", "other")
    assert world.get(of_item(SEATS), Authorization=other).status_code == 404
    assert world.get(of_product(PLATINUM.id), Authorization=other).json()["replaces"] == []
    assert world.get(of_product(GOLD.id), Authorization=other).json()["replaced_by"] == []


def test_a_put_wants_json(shared_world: World) -> None:
    """As a POST does: no form of a foreign page can send it."""
    answer = put(shared_world, of_product(GOLD.id), b"{}", "text/plain")
    assert (answer.status_code, answer.json()["reason"]) == (400, "wrong_content_type")
