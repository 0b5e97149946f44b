"""The journal tells every event that there is, closed and in the words of its schema."""

import json
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.given import DATA_40, FREE, GOLD, SEAT
from tests.rest.world import CANCELLED, OK, PRIMARY, SECONDARY, SEVERAL, SINGLE, World
from tollbridge.domain.events import EVENTS

ALIGN = {"AlignToCurrentInterval": True}


def test_every_event_has_a_text(shared_world: World) -> None:
    """What can happen can be told: the schema names every event of the domain."""
    document = shared_world.client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    assert schemas.keys() >= EVENTS.keys()


def test_an_eventful_life_is_told(any_world: World) -> None:
    """Each call leaves its event, and the whole journal fits its closed schema."""
    world = any_world
    [declined] = world.buy((SEAT.id, 1), (GOLD.id, 1), card="T20000000000072T")
    [waiting] = world.buy((FREE.id, 1), card="T20000000000067T")
    more = {"SubscriptionId": declined, "RunningNumber": 1, "Quantity": 1}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("updatenextbillingdate", {"SubscriptionId": SINGLE, "NextBillingDate": "2026-05-05"}),
        ("updatesubscriptionrenewaltype", {"SubscriptionId": SINGLE, "RenewalType": "Manual"}),
        (
            "updatesubscriptionparameters",
            {"SubscriptionId": SINGLE, "Items": [{"Key": "x-a", "Value": "1"}]},
        ),
        ("updatecustomer", {"SubscriptionId": SINGLE, "CustomerReferenceId": "4711"}),
        ("deactivatesubscriptionitems", {"SubscriptionId": SEVERAL, "Items": [2]}),
        ("reinstatesubscriptionitems", {"SubscriptionId": SEVERAL, "Items": [2]}),
        ("removesubscriptionitem", {"SubscriptionId": SEVERAL, "RunningNumber": 2}),
        (
            "alignsubscriptions",
            {"PrimarySubscriptionId": PRIMARY, "SecondarySubscriptionId": SECONDARY},
        ),
        ("increasesubscriptionitemquantity", {**more, "AlignmentSettings": ALIGN}),
        ("deactivatesubscriptionitems", {"SubscriptionId": declined, "Items": [1]}),
        (
            "addsubscriptionitem",
            {
                "SubscriptionId": waiting,
                "ProductId": DATA_40.id,
                "Quantity": 1,
                "AlignmentSettings": ALIGN,
            },
        ),
        ("renewsubscription", {"SubscriptionId": PRIMARY}),
    ]
    for call, body in calls:
        answer = world.call(call, body)
        assert answer.status_code == 200, answer.text
    numbers = (SINGLE, SEVERAL, PRIMARY, SECONDARY, CANCELLED, declined, waiting)
    told = {event for number in numbers for event in world.events(number)}
    assert told == EVENTS.keys()
    document = world.client.get("/openapi.json").json()
    schema = {**document["components"]["schemas"]["Journal"], "components": document["components"]}
    for number in numbers:
        journal = world.get(f"/tollbridge/subscriptions/S{number}/journal").json()
        Draft202012Validator(schema).validate(journal)
        assert [entry["sequence"] for entry in journal["entries"]] == [
            *range(1, len(journal["entries"]) + 1)
        ]


def test_what_is_reinstated_and_cancelled_is_named(world: World) -> None:
    """Items by running number, purchases by id."""
    body = {"SubscriptionId": CANCELLED, "Items": [1], "GenerateMail": False}
    assert world.call("reinstatesubscriptionitems", body).text == OK
    assert world.journal(CANCELLED)[-1]["details"] == {
        "event": "ItemsReinstated",
        "running_nos": [1],
        "generate_mail": False,
    }
    [number] = world.buy((SEAT.id, 1), card="T20000000000072T")
    world.call("renewsubscription", {"SubscriptionId": number})
    unpaid = [e["details"] for e in world.journal(number) if "purchase_id" in e["details"]][-1]
    world.call("deactivatesubscriptionitems", {"SubscriptionId": number, "Items": [1]})
    assert world.journal(number)[-1]["details"] == {
        "event": "PurchaseVoided",
        "purchase_id": unpaid["purchase_id"],
    }


def test_no_personal_detail_stands_in_a_journal(world: World) -> None:
    """DESIGN 3: contacts and references are rows of their own."""
    contact = {"CountryId": "DE", "LanguageId": "de", "Email": "leia@customer.example"}
    body = {"SubscriptionId": SINGLE, "Contact": contact, "ContactType": 1}
    assert world.call("updatecontact", body).text == OK
    reference = {"SubscriptionId": SINGLE, "CustomerReferenceId": "reference-of-leia"}
    assert world.call("updatecustomer", reference).text == OK
    assert "leia" not in json.dumps(world.journal(SINGLE), default=str)
