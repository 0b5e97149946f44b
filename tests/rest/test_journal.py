"""The journal tells every event that there is, closed and in the words of its schema."""

import json
from typing import Any

import msgspec
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.given import DATA_40, FREE, GOLD, SEAT
from tests.rest.world import CANCELLED, OK, PRIMARY, SECONDARY, SEVERAL, SINGLE, START, World
from tollbridge.domain import events as ev
from tollbridge.domain.events import EVENTS, encode_event
from tollbridge.domain.money import Split
from tollbridge.domain.refund import RefundedLine, RefundPart
from tollbridge.ports import JournalEntry
from tollbridge.rest.journal_answer import journal_of

ALIGN = {"AlignToCurrentInterval": True}
PURCHASE_ID = 531157892
PART = RefundPart(
    purchase_id=PURCHASE_ID,
    refund_no=1,
    lines=(RefundedLine(running_no=1, item_running_no=1, amount=Split(5000, 4202, 798)),),
    whole=True,
)
BY_TIME: dict[str, ev.Event] = {
    type(event).__name__: event
    for event in (
        ev.PurchaseBilled(at=START, purchase_id=PURCHASE_ID),
        ev.PaymentAwaited(at=START, purchase_id=PURCHASE_ID, reminder=True),
        ev.RenewalReminded(at=START, purchase_id=PURCHASE_ID),
        ev.AuthenticationAsked(at=START, purchase_id=PURCHASE_ID),
        ev.PaymentOverdue(at=START, purchase_id=PURCHASE_ID, notice_no=2),
        ev.CardChecked(at=START, number=3),
        ev.CardExpiring(at=START, number=3),
        ev.GraceStarted(at=START, until=START),
        ev.HoldStarted(at=START, until=START),
        ev.ItemRolledBack(at=START, running_no=1, item_version=3, in_force=None, latest=None),
        ev.ItemsFinished(at=START, running_nos=(1, 2)),
        ev.RefundStarted(at=START, refund=PART, key="a", charge_key="b", charge_reference="c"),
        ev.PurchaseRefunded(
            at=START,
            purchase_id=PURCHASE_ID,
            refund_no=1,
            reference="d",
            lines=PART.lines,
            whole=True,
        ),
        ev.RefundDeclined(at=START, purchase_id=PURCHASE_ID, refund_no=1, code="e"),
        ev.ChargedBack(at=START, purchase_id=PURCHASE_ID, lines=PART.lines),
    )
}


def test_every_event_has_a_text(shared_world: World) -> None:
    """What can happen can be told: the schema names every event of the domain."""
    document = shared_world.client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    assert schemas.keys() >= EVENTS.keys()


def test_what_time_brings_is_told(world: World) -> None:
    """After a beginning as it is stored, each event of the billing engine has its own words."""
    store = world.platform.store
    [first, *_] = store.journal(864, SINGLE)
    entries = [first, *(entry_of(event) for event in BY_TIME.values())]
    told = json.loads(
        msgspec.json.Encoder(decimal_format="number").encode(journal_of(SINGLE, entries))
    )
    document = world.client.get("/openapi.json").json()
    schema = {"$ref": "#/components/schemas/Journal", "components": document["components"]}
    Draft202012Validator(schema).validate(told)
    assert {entry["details"]["event"] for entry in told["entries"][1:]} == BY_TIME.keys()


def entry_of(event: ev.Event) -> JournalEntry:
    """A row of the journal with this event."""
    return JournalEntry(
        merchant_id=864,
        subscription_id=SINGLE,
        sequence=2,
        type=type(event).__name__,
        version=event.version,
        payload=encode_event(event),
        at=event.at,
        recorded_at=event.at,
        actor="worker",
        command="tick",
        command_id="1",
    )


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
    assert told | BY_TIME.keys() == EVENTS.keys()
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
        "items": [],
        "shared": False,
    }


def test_the_conversion_of_a_tax_kind_is_named(any_world: World) -> None:
    """R11 (c): 100.00 gross are 84.0336 net; 84.03 net were captured, of which 14 days are left."""
    any_world.wait(days=13, hours=1)
    price = {"CurrencyId": "USD", "IsGross": False, "Value": 150}
    body = {
        "SubscriptionId": SINGLE,
        "RunningNumber": 1,
        "CustomerPrice": price,
        "AlignmentSettings": ALIGN,
    }
    answer = any_world.call("updatesubscriptionitemprice", body)
    assert answer.status_code == 200, answer.text
    told = [entry["details"] for entry in any_world.journal(SINGLE)]
    [opened] = [each for each in told if each.get("purpose") == "alignment"]
    credit = opened["lines"][0]["explanation"]["credit"]
    assert (credit["price"], credit["conversion"]) == ("100.00 gross", "gross to net: / 1.19")
    assert (credit["factor"], credit["amount"]) == ("7/15", "39.214")
    assert credit["limited_by"] == "captured for the days left"
    assert not opened["lines"][0]["explanation"]["charge"]["conversion"]


def test_no_personal_detail_stands_in_a_journal(world: World) -> None:
    """DESIGN 3: contacts and references are rows of their own."""
    contact = {"CountryId": "DE", "LanguageId": "de", "Email": "leia@customer.example"}
    body = {"SubscriptionId": SINGLE, "Contact": contact, "ContactType": 1}
    assert world.call("updatecontact", body).text == OK
    reference = {"SubscriptionId": SINGLE, "CustomerReferenceId": "reference-of-leia"}
    assert world.call("updatecustomer", reference).text == OK
    assert "leia" not in json.dumps(world.journal(SINGLE), default=str)
