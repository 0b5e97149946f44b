"""Deactivating, reinstating and removing items (subscription-api.md 2.3, 2.8, 2.9; table 3.6)."""

import pytest

from tests.given import FREE, GOLD, SEAT
from tests.rest.world import CANCELLED, OK, SEVERAL, SINGLE, World
from tollbridge.domain.merchant import ManagementModel
from tollbridge.domain.subscription import RenewalType

DEACTIVATE, REINSTATE = "deactivatesubscriptionitems", "reinstatesubscriptionitems"
REMOVE = "removesubscriptionitem"
ACTIVE, DEACTIVATED, FINISHED, REMOVED = 1, 2, 3, 4
NOW, BILLED = "2026-02-09T15:43:07.20517", "2026-03-09T15:43:07.20517"
FOR_GOOD = {"AllowReinstate": False, "GenerateMail": False}
ALIGN = {"AlignToCurrentInterval": True}


def ended(subscription_id: int = SEVERAL, /, **fields: object) -> dict[str, object]:
    """A body that names the second item."""
    return {"SubscriptionId": f"S{subscription_id}", "Items": [2], **fields}


def removed(subscription_id: int = SEVERAL, /, **fields: object) -> dict[str, object]:
    """A body of removesubscriptionitem for the second item."""
    return {"SubscriptionId": f"S{subscription_id}", "RunningNumber": 2, **fields}


def statuses(world: World, subscription_id: int = SEVERAL) -> tuple[int, list[int]]:
    """Status of the subscription and of its items."""
    found = world.read(subscription_id, isCurrent="true")
    return int(found["Subscriptionstatus"]), [int(item["Status"]) for item in found["Items"]]


def test_one_of_two_items_is_deactivated(any_world: World) -> None:
    """Table 3.6 and seed 002 line 1895: it ends with what is paid; the other goes on (R19)."""
    answer = any_world.call(DEACTIVATE, ended(GenerateMail=True))
    assert answer.text == OK
    found = any_world.read(SEVERAL)
    assert statuses(any_world) == (ACTIVE, [ACTIVE, DEACTIVATED])
    item = found["Items"][1]
    assert (item["DeactivationDate"], item["EndDate"]) == (NOW, BILLED)
    assert str(item["NextBillingCustomerGrossPrice"]) == "0.0"
    assert str(found["NextBillingCustomerGrossPrice"]) == "100.0"
    assert found["EndDate"] is None
    assert any_world.journal(SEVERAL)[-1]["details"] == {
        "event": "ItemsDeactivated",
        "running_nos": [2],
        "final": False,
        "generate_mail": True,
    }


def test_all_items_are_deactivated(any_world: World) -> None:
    """Table 3.6, 5.15, R19: the subscription is Deactivated and ends at its billing date."""
    assert any_world.call(DEACTIVATE, ended(Items=[2, 1, 2])).text == OK
    assert statuses(any_world) == (DEACTIVATED, [DEACTIVATED, DEACTIVATED])
    found = any_world.read(SEVERAL)
    assert (found["EndDate"], found["NextBillingDate"]) == (BILLED, BILLED)
    assert str(found["NextBillingCustomerGrossPrice"]) == "0.0"


def test_items_are_finished_for_good(world: World) -> None:
    """2.3, table 3.6: AllowReinstate false finishes them; they cannot come back."""
    body = ended(SINGLE, Items=[1], **FOR_GOOD)
    assert world.call(DEACTIVATE, body).text == OK
    assert statuses(world, SINGLE) == (DEACTIVATED, [FINISHED])
    world.refuses(REINSTATE, ended(SINGLE, Items=[1]), 402, "Finished")


@pytest.mark.parametrize("items", [[2], {"Item": [2]}, {"item": [2.0]}, {"Item": [2], "x": 1}])
def test_items_bare_or_wrapped(world: World, items: object) -> None:
    """1.3: an XML list that was turned into JSON as it stands has an Item inside."""
    assert world.call(DEACTIVATE, ended(Items=items)).text == OK
    assert statuses(world) == (ACTIVE, [ACTIVE, DEACTIVATED])


def test_an_unpaid_charge_ends_with_its_item(world: World) -> None:
    """R2, R19: what ends unpaid is undone and its purchase cancelled, in the same transaction."""
    [number] = world.buy((GOLD.id, 1), (SEAT.id, 3), card="T20000000000072T")
    more = {"SubscriptionId": number, "RunningNumber": 2, "Quantity": 2, "AlignmentSettings": ALIGN}
    world.call("increasesubscriptionitemquantity", more)
    assert world.events(number)[-1] == "PaymentDeclined"
    assert world.call(DEACTIVATE, ended(number)).text == OK
    assert world.events(number)[-3:] == ["ItemRolledBack", "PurchaseVoided", "ItemsDeactivated"]


def test_cancelling_passes_while_a_payment_is_in_flight(world: World) -> None:
    """R7: only what would charge or move the date has to wait."""
    [number] = world.buy((FREE.id, 1), (SEAT.id, 1), card="T20000000000067T")
    assert statuses(world, number)[0] == 6
    assert world.call(DEACTIVATE, ended(number, Items=[1, 2])).text == OK
    assert statuses(world, number)[0] == DEACTIVATED


def test_reinstating_as_in_the_guide(any_world: World) -> None:
    """Seed 002 line 1635, table 3.6: item and subscription are Active; the date stays (2.8)."""
    assert statuses(any_world, CANCELLED) == (DEACTIVATED, [DEACTIVATED])
    body = {"GenerateMail": True, "Items": [1], "SubscriptionId": f"S{CANCELLED}"}
    assert any_world.call(REINSTATE, body).text == OK
    assert statuses(any_world, CANCELLED) == (ACTIVE, [ACTIVE])
    found = any_world.read(CANCELLED)
    assert (found["EndDate"], found["NextBillingDate"]) == (None, BILLED)
    item = found["Items"][0]
    assert (item["DeactivationDate"], item["EndDate"]) == (None, None)
    assert str(found["NextBillingCustomerGrossPrice"]) == "100.0"
    assert any_world.events(CANCELLED)[-1] == "ItemsReinstated"


def test_one_of_two_items_comes_back(world: World) -> None:
    """Table 3.6, R22: it joins the next bill."""
    world.call(DEACTIVATE, ended())
    assert world.call(REINSTATE, ended(Items={"Item": [2]})).text == OK
    assert statuses(world) == (ACTIVE, [ACTIVE, ACTIVE])
    assert str(world.read(SEVERAL)["NextBillingCustomerGrossPrice"]) == "115.0"


def test_reinstating_what_waits_for_the_customer(world: World) -> None:
    """R21: manual renewal under model One waits from the sign-up on, and may be reinstated."""
    [number] = world.buy(
        (SEAT.id, 2), renewal_type=RenewalType.MANUAL, management_model=ManagementModel.ONE
    )
    assert statuses(world, number) == (DEACTIVATED, [5])
    assert world.call(REINSTATE, ended(number, Items=[1])).text == OK
    assert statuses(world, number) == (ACTIVE, [ACTIVE])


def test_one_of_two_items_is_removed(any_world: World) -> None:
    """2.9, table 3.6: Removed for good; the other goes on."""
    assert any_world.call(REMOVE, removed(GenerateMail=False)).text == OK
    assert statuses(any_world) == (ACTIVE, [ACTIVE, REMOVED])
    assert str(any_world.read(SEVERAL)["NextBillingCustomerGrossPrice"]) == "100.0"
    assert any_world.journal(SEVERAL)[-1]["details"] == {
        "event": "ItemRemoved",
        "running_no": 2,
        "generate_mail": False,
    }
    any_world.refuses(REINSTATE, ended(), 402, "Removed")
    any_world.refuses(REMOVE, removed(), 402, "Removed")


def test_the_last_item_is_removed(world: World) -> None:
    """5.12: the subscription is Finished then. One guide writes RunningNumbers."""
    body = {"SubscriptionId": SINGLE, "RunningNumbers": 1}
    assert world.call(REMOVE, body).text == OK
    assert statuses(world, SINGLE) == (FINISHED, [REMOVED])


REFUSED: list[tuple[str, str, dict[str, object], int, str]] = [
    ("deactivate: no items", DEACTIVATE, ended(Items=None), 400, "Missing required field: Items"),
    ("deactivate: no list", DEACTIVATE, ended(Items=2), 400, "Items must be a list"),
    ("deactivate: no numbers", DEACTIVATE, ended(Items=["2"]), 400, "Items[0] must be a whole"),
    ("deactivate: an object", DEACTIVATE, ended(Items={}), 400, "Items must be a list"),
    ("deactivate: too many", DEACTIVATE, ended(Items=[1] * 101), 400, "at most 100"),
    ("deactivate: unknown", DEACTIVATE, ended(5, Items=[]), 404, "not found: S5"),
    ("deactivate: unknown item", DEACTIVATE, ended(Items=[2, 9]), 404, "RunningNumber 9"),
    (
        "deactivate: unknown item for good with a mail",
        DEACTIVATE,
        ended(Items=[9], AllowReinstate=False),
        404,
        "RunningNumber 9",
    ),
    ("deactivate: empty", DEACTIVATE, ended(Items=[]), 402, "at least one item"),
    (
        "deactivate: for good with a mail",
        DEACTIVATE,
        ended(AllowReinstate=False),
        402,
        "AllowReinstate=false requires GenerateMail=false",
    ),
    ("deactivate: again", DEACTIVATE, ended(CANCELLED, Items=[1]), 402, "has ended"),
    ("reinstate: no items", REINSTATE, ended(Items=None), 400, "Missing required field: Items"),
    ("reinstate: unknown", REINSTATE, ended(5, Items=[]), 404, "not found: S5"),
    ("reinstate: unknown item", REINSTATE, ended(CANCELLED, Items=[9]), 404, "RunningNumber 9"),
    ("reinstate: empty", REINSTATE, ended(CANCELLED, Items=[]), 402, "at least one item"),
    ("reinstate: active", REINSTATE, ended(), 402, "has the status Active"),
    ("reinstate: one is active", REINSTATE, ended(Items=[1, 2]), 402, "has the status Active"),
    ("remove: no number", REMOVE, removed(RunningNumber=None), 400, "Missing required field"),
    ("remove: unknown", REMOVE, removed(5), 404, "not found: S5"),
    ("remove: unknown item", REMOVE, removed(RunningNumber=9), 404, "RunningNumber 9"),
    ("remove: unknown item of ended", REMOVE, removed(CANCELLED), 404, "RunningNumber 2"),
    ("remove: ended", REMOVE, removed(CANCELLED, RunningNumber=1), 402, "not active"),
]


@pytest.mark.parametrize(
    ("call", "body", "status", "text"), [row[1:] for row in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_what_is_refused(
    shared_world: World, call: str, body: dict[str, object], status: int, text: str
) -> None:
    """R17, R18, and the preconditions of 2.3, 2.8 and 2.9."""
    shared_world.refuses(call, body, status, text)
