"""getsubscriptionsforcustomer and getsubscriptionsbypurchase (subscription-api.md 2.5, 2.6)."""

from typing import Any
from urllib.parse import urlencode

import pytest
from httpx2 import Response

from tests.given import GOLD, SEAT, STANDARD
from tests.rest.world import (
    CANCELLED,
    CUSTOMER,
    PRIMARY,
    PURCHASE,
    SEATS,
    SECONDARY,
    World,
    basic,
    decimals,
)
from tollbridge.domain.customer import Contact

CUSTOMERS = "/subscription/getsubscriptionsforcustomer"
PURCHASES = "/subscription/getsubscriptionsbypurchase"
PAIR = SECONDARY + 1  # the customer of two subscriptions


def asked(world: World, url: str, **query: object) -> Response:
    """The answer to a query."""
    return world.get(f"{url}?{urlencode(query)}")


def found(answer: Response) -> list[dict[str, Any]]:
    """The subscriptions in an answer."""
    assert answer.status_code == 200, answer.text
    body = decimals(answer.content)
    assert list(body) == ["Subscriptions", "ResultMessage"]
    assert body["ResultMessage"] == "OK"
    several: list[dict[str, Any]] = body["Subscriptions"]
    return several


def ids(answer: Response) -> list[int]:
    """The subscriptions in an answer, by id."""
    return [int(one["Id"]) for one in found(answer)]


@pytest.mark.parametrize(
    "query",
    [
        {"customerId": CUSTOMER},
        {"customerid": CUSTOMER, "customerReferenceId": "", "customerEmail": ""},
        {"CustomerReferenceId": "customer-of-67531904"},
        {"customerreferenceid": "customer-of-67531904", "subscriptionstatus": "Active"},
    ],
)
def test_a_customer_by_each_key(any_world: World, query: dict[str, object]) -> None:
    """2.5, seed 001: by id or reference, in any case; empty ones do not count."""
    [one] = found(asked(any_world, CUSTOMERS, **query))
    assert one == any_world.read(SEATS)


def test_a_customer_by_e_mail(any_world: World) -> None:
    """2.5: of any contact and in any case; several customers may share it."""
    [own] = any_world.buy(
        (SEAT.id, 1), contact=Contact(email="Kim@Muster.example", country_id="DE", language_id="de")
    )
    assert ids(asked(any_world, CUSTOMERS, customerEmail="kim@muster.EXAMPLE")) == [own]
    everybody = ids(asked(any_world, CUSTOMERS, customerEmail="jana@customer.example"))
    assert everybody == sorted(everybody)
    assert {SEATS, PRIMARY, SECONDARY, CANCELLED} <= {*everybody}
    assert own not in everybody


def test_all_statuses_unless_asked_for_one(world: World) -> None:
    """2.5: with the filter omitted all statuses are returned."""
    body = {"SubscriptionId": SECONDARY, "Items": [1]}
    world.call("deactivatesubscriptionitems", body)
    assert ids(asked(world, CUSTOMERS, customerId=PAIR)) == [SECONDARY, PRIMARY]
    for active in ("Active", "active", "1", "ACT"):
        query = {"customerId": PAIR, "subscriptionStatus": active}
        assert ids(asked(world, CUSTOMERS, **query)) == [PRIMARY]
    for deactivated in ("Deactivated", "2", "dea"):
        query = {"customerId": PAIR, "subscriptionStatus": deactivated}
        assert ids(asked(world, CUSTOMERS, **query)) == [SECONDARY]
    for none in ("Finished", "3", "FIN", "Grace", "4", "Hold", "5", "New", "6", "HBC", "7", "8"):
        query = {"customerId": PAIR, "subscriptionStatus": none}
        answer = asked(world, CUSTOMERS, **query)
        assert answer.text == '{"Subscriptions":[],"ResultMessage":"OK"}'


@pytest.mark.parametrize(
    ("url", "query"), [(CUSTOMERS, {"customerId": CUSTOMER}), (PURCHASES, {"purchaseid": PURCHASE})]
)
def test_superseded_versions_are_left_out_on_demand(
    world: World, url: str, query: dict[str, object]
) -> None:
    """2.5, 2.6: isCurrent is false by default."""
    world.update(Quantity=20)
    [all_versions] = found(asked(world, url, **query))
    assert [item["Version"] for item in all_versions["Items"]] == [1, 2]
    [current] = found(asked(world, url, **query, isCurrent="true"))
    assert [item["Version"] for item in current["Items"]] == [2]
    assert current == world.read(SEATS, isCurrent="true")


def test_a_purchase_of_several_subscriptions(any_world: World) -> None:
    """2.6: a sign-up starts one for each interval; an alignment bills one."""
    month, year = any_world.buy((GOLD.id, 1), (STANDARD.id, 1))
    [link] = any_world.read(month)["Items"][0]["SubscriptionPurchaseItems"]
    assert ids(asked(any_world, PURCHASES, purchaseid=link["PurchaseId"])) == [month, year]
    change = {
        "SubscriptionId": year,
        "RunningNumber": 1,
        "Quantity": 1,
        "AlignmentSettings": {"AlignToCurrentInterval": True},
    }
    any_world.call("increasesubscriptionitemquantity", change)
    links = any_world.read(year)["Items"][-1]["SubscriptionPurchaseItems"]
    assert ids(asked(any_world, PURCHASES, PurchaseId=links[-1]["PurchaseId"])) == [year]


REFUSED: list[tuple[str, dict[str, object], int]] = [
    (CUSTOMERS, {}, 400),
    (CUSTOMERS, {"subscriptionStatus": "Active"}, 400),
    (CUSTOMERS, {"customerId": CUSTOMER, "customerEmail": "jana@customer.example"}, 400),
    (CUSTOMERS, {"customerId": CUSTOMER, "customerReferenceId": "customer-of-67531904"}, 400),
    (CUSTOMERS, {"customerId": 0}, 400),
    (CUSTOMERS, {"customerId": "S1"}, 400),
    (CUSTOMERS, {"customerId": -1}, 400),
    (CUSTOMERS, {"customerId": 10**15}, 400),
    (CUSTOMERS, {"customerEmail": "x" * 256}, 400),
    (CUSTOMERS, {"customerId": CUSTOMER, "subscriptionStatus": "Sleeping"}, 400),
    (CUSTOMERS, {"customerId": CUSTOMER, "subscriptionStatus": 9}, 400),
    (CUSTOMERS, {"customerId": CUSTOMER, "isCurrent": "perhaps"}, 400),
    (CUSTOMERS, {"customerId": 5}, 404),
    (CUSTOMERS, {"customerEmail": "nobody@customer.example"}, 404),
    (CUSTOMERS, {"customerReferenceId": "CUSTOMER-OF-67531904"}, 404),
    (PURCHASES, {}, 400),
    (PURCHASES, {"purchaseid": "x"}, 400),
    (PURCHASES, {"purchaseid": "1.5"}, 400),
    (PURCHASES, {"purchaseid": 5}, 404),
]


@pytest.mark.parametrize(("url", "query", "status"), REFUSED)
def test_what_is_refused(
    shared_world: World, url: str, query: dict[str, object], status: int
) -> None:
    """R17: exactly one key; 404 for a customer or purchase that is unknown."""
    answer = asked(shared_world, url, **query)
    assert answer.status_code == status
    assert list(answer.json()) == ["ResultMessage"]


@pytest.mark.parametrize(
    "query", [{"customerId": CUSTOMER}, {"customerReferenceId": "customer-of-67531904"}]
)
def test_another_merchants_customer_is_unknown(
    shared_world: World, query: dict[str, object]
) -> None:
    """R17: 404 for what is unknown to this merchant."""
    url = f"{CUSTOMERS}?{urlencode(query)}"
    assert shared_world.get(url, Authorization=basic("other", "other")).status_code == 404
    url = f"{PURCHASES}?purchaseid={PURCHASE}"
    assert shared_world.get(url, Authorization=basic("other", "other")).status_code == 404
