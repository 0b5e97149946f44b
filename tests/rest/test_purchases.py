"""Purchases over HTTP: read, paid again, received, given back."""

from decimal import Decimal
from typing import Any

import pytest

from tests.given import ALIGN, GOLD, SEAT
from tests.rest.world import CLOUDIFY, PURCHASE, SEATS, World, decimals
from tollbridge.commands.refund import charge_back
from tollbridge.domain.schedule import Interval
from tollbridge.domain.subscription import RenewalType
from tollbridge.flows.recovery import recover
from tollbridge.flows.time_travel import advance
from tollbridge.queries.doctor import examine
from tollbridge.queries.purchase import money_at_risk

REFUNDS = "/tollbridge/purchases/{}/refunds"
DECLINED_ONCE, SOFT, WAITING, LOST = (f"T20000000000{n}T" for n in ("071", "066", "067", "081"))


def purchase_of(world: World, subscription_id: int) -> int:
    """The last purchase of a subscription."""
    rows = world.platform.store.money_rows(CLOUDIFY, subscription_id)
    return max(row.id for row in rows.purchases)


def read(world: World, purchase_id: int) -> dict[str, Any]:
    """The Purchase of getpurchase."""
    answer = world.get(f"/purchase/getpurchase?purchaseid={purchase_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = decimals(answer.content)["Purchase"]
    return found


def refunded(world: World, purchase_id: int, **body: object) -> dict[str, Any]:
    """The answer to a refund that is carried out."""
    answer = world.post(REFUNDS.format(purchase_id), body)
    assert answer.status_code == 200, answer.text
    return decimals(answer.content)


def sound(world: World) -> bool:
    """Whether doctor finds nothing."""
    return list(examine(world.platform)) == []


def test_a_purchase_is_read(shared_world: World) -> None:
    """Its lines, and what it came to."""
    told = read(shared_world, PURCHASE)
    assert (told["StatusId"], told["Status"]) == ("PAY", "Paid")
    assert told["CustomerGrossPrice"] == 50
    [item] = told["Items"]
    assert (item["SubscriptionId"], item["Quantity"]) == (f"S{SEATS}", 10)
    assert shared_world.get("/purchase/getpurchase?purchaseid=4711").status_code == 404
    assert shared_world.get("/purchase/getpurchase").status_code == 400


def test_a_declined_purchase_is_tried_again(any_world: World) -> None:
    """platform.md g: captured at the second charge; then there is nothing to try again (402)."""
    world = any_world
    [number] = world.buy((SEAT.id, 1), card=DECLINED_ONCE)
    purchase_id = purchase_of(world, number)
    assert read(world, purchase_id)["StatusId"] == "DEC"
    answer = world.post("/purchase/retrypayment", {"PurchaseId": purchase_id})
    assert answer.json() == {
        "PurchaseId": purchase_id,
        "TransactionStatus": "Success",
        "ResultMessage": "OK",
    }
    again = world.post("/purchase/retrypayment", {"PurchaseId": purchase_id})
    assert (again.status_code, "paid" in again.json()["ResultMessage"]) == (402, True)
    assert world.post("/purchase/retrypayment", {"PurchaseId": 4711}).status_code == 404
    assert sound(world)


def test_what_was_cancelled_before_it_was_paid_is_not_told(any_world: World) -> None:
    """R19: the lines that are left, and what they come to; those alone can be given back."""
    world = any_world
    [number] = world.buy((SEAT.id, 1), (GOLD.id, 1), card=DECLINED_ONCE)
    purchase_id = purchase_of(world, number)
    assert read(world, purchase_id)["CustomerGrossPrice"] == 105
    world.call("deactivatesubscriptionitems", {"SubscriptionId": number, "Items": [1]})
    world.post("/purchase/retrypayment", {"PurchaseId": purchase_id})
    told = read(world, purchase_id)
    assert (told["StatusId"], told["CustomerGrossPrice"]) == ("PAY", 100)
    [item] = told["Items"]
    assert (item["RunningNumber"], item["ProductId"]) == (2, GOLD.id)
    cancelled = world.post(REFUNDS.format(purchase_id), {"items": [1]})
    assert (cancelled.status_code, cancelled.json()["reason"]) == (404, "line_unknown")
    given = refunded(world, purchase_id)
    assert (given["status"], given["amount"], given["refunded"]) == ("REF", 100, 100)
    assert sound(world)


def test_at_most_eight_tries_by_api(world: World) -> None:
    """R20: beside those by schedule."""
    [number] = world.buy((SEAT.id, 1), card=SOFT)
    body = {"PurchaseId": purchase_of(world, number)}
    for _ in range(8):
        answer = world.post("/purchase/retrypayment", body)
        assert answer.json()["TransactionStatus"] == "Rejected"
    refused = world.post("/purchase/retrypayment", body)
    assert (refused.status_code, "8 times" in refused.json()["ResultMessage"]) == (402, True)


def test_a_waiting_payment_is_in_progress_until_the_customer_confirms(any_world: World) -> None:
    """R7: 402 meanwhile; at risk until the customer has done it."""
    world = any_world
    [number] = world.buy((SEAT.id, 1), card=WAITING)
    purchase_id = purchase_of(world, number)
    refused = world.post("/purchase/retrypayment", {"PurchaseId": purchase_id})
    assert (refused.status_code, "in progress" in refused.json()["ResultMessage"]) == (402, True)
    [at_risk] = money_at_risk(world.platform, CLOUDIFY)[1]
    assert (at_risk.purchase_id, at_risk.amount) == (purchase_id, 500)
    path = f"/tollbridge/sandbox/payments/{purchase_id}/authenticate"
    answer = world.post(path, {"approve": True})
    assert (answer.json()["status"], answer.json()["pending"]) == ("PAY", False)
    assert world.post(path, {"approve": True}).json()["reason"] == "nothing_to_authenticate"
    assert money_at_risk(world.platform, CLOUDIFY)[1] == []
    assert sound(world)


def test_a_customer_may_refuse_to_authenticate(world: World) -> None:
    """The payment is declined then."""
    [number] = world.buy((SEAT.id, 1), card=WAITING)
    path = f"/tollbridge/sandbox/payments/{purchase_of(world, number)}/authenticate"
    assert world.post(path, {"approve": False}).json()["status"] == "DEC"


def test_money_that_came_by_wire_is_received(any_world: World) -> None:
    """R21: a manual renewal is paid without a gateway, and given back by hand."""
    world = any_world
    [number] = world.buy((SEAT.id, 3), renewal_type=RenewalType.MANUAL)
    advance(world.platform, CLOUDIFY, by=Interval(1))
    purchase_id = purchase_of(world, number)
    path = f"/tollbridge/purchases/{purchase_id}/receive"
    answer = world.post(path, {"reference": "statement 17"})
    assert answer.json()["status"] == "PAY", answer.text
    assert world.read(number)["LastIntervalNo"] == 1
    refused = world.post(REFUNDS.format(purchase_id), {})
    assert refused.json()["reason"] == "refund_by_hand"
    assert refunded(world, purchase_id, reference="statement 18")["status"] == "REF"
    assert sound(world)


def test_a_refund_by_amount_by_lines_and_the_rest(any_world: World) -> None:
    """R10, R14: parts make the whole; the gateway's book and the cash account agree."""
    world = any_world
    [number] = world.buy((SEAT.id, 7), (GOLD.id, 2))
    purchase_id = purchase_of(world, number)
    first = refunded(world, purchase_id, amount=33.33, reason="goodwill")
    assert (first["status"], first["refunded"]) == ("PAY", Decimal("33.33"))
    second = refunded(world, purchase_id, items=[1])
    assert second["status"] == "PAY"
    too_much = world.post(REFUNDS.format(purchase_id), {"amount": 500})
    assert (too_much.json()["reason"], too_much.json()["field"]) == ("refund_too_large", "amount")
    last = refunded(world, purchase_id)
    assert (last["status"], last["refunded"]) == ("REF", Decimal("235.0"))
    assert world.post(REFUNDS.format(purchase_id), {}).json()["reason"] == "nothing_to_refund"
    assert read(world, purchase_id)["ReimbursementTime"] is not None
    assert sound(world)


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({"amount": 0.001}, 400, "invalid_value"),
        ({"amount": -1}, 402, "refund_not_positive"),
        ({"amount": 1, "items": [1]}, 400, "invalid_value"),
        ({"items": [9]}, 404, "line_unknown"),
        ({"items": []}, 402, "no_items"),
        ({"reason": "for Jane Doe"}, 400, "invalid_value"),
    ],
)
def test_what_is_refused(
    shared_world: World, body: dict[str, object], status: int, reason: str
) -> None:
    """R17: in the order of its checks."""
    answer = shared_world.post(REFUNDS.format(PURCHASE), body)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)


def test_a_refund_whose_answer_is_lost_is_asked_about(world: World) -> None:
    """Pending, and refused again, until recovery knows; given back once."""
    [number] = world.buy((SEAT.id, 1), card=LOST)
    purchase_id = purchase_of(world, number)
    assert refunded(world, purchase_id)["pending"] is True
    refused = world.post(REFUNDS.format(purchase_id), {})
    assert refused.json()["reason"] == "refund_in_progress"
    [at_risk] = money_at_risk(world.platform, CLOUDIFY)[1]
    assert at_risk.kind == "refund"
    assert recover(world.platform) == 1
    assert read(world, purchase_id)["StatusId"] == "REF"
    assert sound(world)


def test_a_refund_lowers_what_a_later_change_credits(world: World) -> None:
    """R11: everything given back, so a change for the rest costs its whole price."""
    settings = {"AlignToCurrentInterval": ALIGN.align, "GetCustomerPricePreviewOnly": True}
    refunded(world, PURCHASE)
    world.wait(days=10)
    answer = world.update(Quantity=10, AlignmentSettings=settings)
    assert decimals(answer.content)["AlignmentCustomerGrossPrice"] > 0


def test_terminate_deactivates(world: World) -> None:
    """Once the money is back (R19)."""
    refunded(world, PURCHASE, terminate=True)
    assert world.get(f"/tollbridge/subscriptions/S{SEATS}").json()["status"] == "DEA"


def test_a_shared_purchase_is_given_back_in_every_subscription(any_world: World) -> None:
    """Two intervals, two subscriptions, one purchase: one refund row, both journals."""
    world = any_world
    numbers = world.buy((SEAT.id, 1), (1, 1))
    purchase_id = purchase_of(world, numbers[0])
    part = refunded(world, purchase_id, amount=50)
    assert part["status"] == "PAY"
    whole = refunded(world, purchase_id)
    assert (whole["status"], whole["refunded"]) == ("REF", whole["amount"])
    for number in numbers:
        assert "PurchaseRefunded" in world.events(number)
    assert sound(world)


def test_a_chargeback_is_noted(any_world: World) -> None:
    """CHB, books reversed, subscription deactivated; nothing is left to give back."""
    world = any_world
    refunded(world, PURCHASE, amount=10)
    charge_back(world.platform, CLOUDIFY, PURCHASE, terminate=True, actor="test")
    assert read(world, PURCHASE)["StatusId"] == "CHB"
    assert world.get(f"/tollbridge/subscriptions/S{SEATS}").json()["status"] == "DEA"
    assert world.post(REFUNDS.format(PURCHASE), {}).json()["reason"] == "nothing_to_refund"
    assert world.events()[-2:] == ["ChargedBack", "ItemsDeactivated"]
    assert sound(world)


def test_a_keyed_refund_is_carried_out_once(world: World) -> None:
    """Idempotency-Key: the same answer again, and nothing is given back twice."""
    first, again = (
        world.post(REFUNDS.format(PURCHASE), {"amount": 10}, Idempotency_Key="once")
        for _ in range(2)
    )
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    given = [e.amount for e in world.platform.gateway.book(CLOUDIFY) if e.charge_key]
    assert given == [1000]
