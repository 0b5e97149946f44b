"""renewsubscription, and TriggerImmediateRenewal of updatesubscriptionitem (2.10, 2.15; R1)."""

from decimal import Decimal

import pytest

from tests.given import DATA_40, DATA_80, FREE, GOLD, PLATINUM, SEAT, STANDARD
from tests.rest.world import (
    CANCELLED,
    CLOUDIFY,
    SEATS,
    SINGLE,
    YEARLY,
    World,
    decimals,
    prices,
)
from tollbridge.domain.links import confirmation_token, self_service_token
from tollbridge.domain.merchant import ManagementModel
from tollbridge.domain.subscription import RenewalType

RENEW, UPDATE = "renewsubscription", "updatesubscriptionitem"
OLD = "2026-03-09T15:43:07.20517"
NOTHING_NOW = "0.0 0.0 0.0"


def renewed(world: World, subscription_id: int, **fields: object) -> dict[str, object]:
    """The answer of a renewal that was understood."""
    answer = world.call(RENEW, {"SubscriptionId": f"S{subscription_id}", **fields})
    assert answer.status_code == 200, answer.text
    return decimals(answer.content)


def last_purchase(world: World, subscription_id: int) -> dict[str, object]:
    """The purchase that was opened last, as the journal tells it."""
    told = [entry["details"] for entry in world.journal(subscription_id)]
    found: dict[str, object] = [one for one in told if one["event"] == "PurchaseOpened"][-1]
    return found


def test_the_answer_byte_for_byte(any_world: World) -> None:
    """Seed 002 line 1003: order, spelling, the date with +00:00 (R25), the link of the purchase."""
    answer = any_world.call(RENEW, {"SubscriptionId": f"S{SINGLE}"})
    merchant = any_world.platform.store.merchant(CLOUDIFY)
    assert merchant is not None
    purchase_id = last_purchase(any_world, SINGLE)["purchase_id"]
    token = confirmation_token(merchant, int(str(purchase_id)))
    assert answer.text == (
        f'{{"ContinueUrl":"http://testserver/864/p/{purchase_id}-{token}",'
        '"NextBillingDate":"2026-04-09T15:43:07.20517+00:00",'
        '"TransactionStatus":"Success","ResultMessage":"OK"}'
    )
    assert len(token) == 16
    assert token != self_service_token(merchant, int(str(purchase_id)))
    found = any_world.read(SINGLE)
    assert found["NextBillingDate"] == "2026-04-09T15:43:07.20517"
    assert (found["LastIntervalNo"], found["LastBillingIntervalNo"]) == (1, 1)
    assert any_world.events(SINGLE)[-4:] == [
        "PurchaseOpened",
        "PaymentStarted",
        "PaymentCaptured",
        "IntervalAdvanced",
    ]


def test_v10_a_year_is_renewed_early(any_world: World) -> None:
    """V10: the full price now; the time that is left is kept: old date and one year."""
    any_world.wait(days=303)
    answer = renewed(any_world, YEARLY)
    assert answer["NextBillingDate"] == "2028-02-09T15:43:07.20517+00:00"
    purchase = last_purchase(any_world, YEARLY)
    assert purchase["amount"] == {
        "gross": Decimal("99.95"),
        "net": Decimal("83.99"),
        "vat": Decimal("15.96"),
    }
    assert purchase["purpose"] == "renewal"


def test_v13_a_month_begins_anew(any_world: World) -> None:
    """V13: full price now and a new month from now on; what was left is lost."""
    [number] = any_world.buy((DATA_80.id, 1))
    any_world.wait(days=14)
    answer = renewed(any_world, number, ResetBillingInterval=True)
    assert answer["NextBillingDate"] == "2026-03-23T15:43:07.20517+00:00"
    assert last_purchase(any_world, number)["amount"]["gross"] == Decimal("80.0")  # type: ignore[index]
    assert any_world.read(number)["NextBillingDate"] == "2026-03-23T15:43:07.20517"


def test_a_month_may_begin_anew_again(world: World) -> None:
    """2.10: with a reset the new interval has begun, so that it may be renewed in turn."""
    renewed(world, SINGLE, ResetBillingInterval=True)
    world.wait(days=3)
    answer = renewed(world, SINGLE, ResetBillingInterval=True)
    assert answer["NextBillingDate"] == "2026-03-12T15:43:07.20517+00:00"
    assert world.read(SINGLE)["LastIntervalNo"] == 2


@pytest.mark.parametrize(
    ("card", "status"),
    [
        ("T20000000000064T", "Rejected"),  # declined
        ("4000000000009987", "Rejected"),  # declined for ever
        ("T20000000000067T", "Pending"),  # the customer has to authenticate
        ("T20000000000068T", "Pending"),  # the answer got lost
        ("T20000000000765T", "Success"),
    ],
)
def test_how_the_payment_went(world: World, card: str, status: str) -> None:
    """R1: a payment problem is 200 with its status; the date moves on Success alone."""
    [number] = world.buy((FREE.id, 1), card=card)
    world.call(
        "addsubscriptionitem", {"SubscriptionId": number, "ProductId": 292122, "Quantity": 1}
    )
    answer = renewed(world, number)
    assert (answer["TransactionStatus"], answer["ResultMessage"]) == (status, "OK")
    date = "2026-04-09T15:43:07.20517" if status == "Success" else OLD
    assert answer["NextBillingDate"] == f"{date}+00:00"
    assert world.read(number)["NextBillingDate"] == date
    assert world.read(number)["Subscriptionstatus"] == 1


def test_a_renewal_of_nothing(world: World) -> None:
    """R16: total 0 is paid without the gateway."""
    [number] = world.buy((FREE.id, 1), card="4000000000000002")
    assert renewed(world, number)["TransactionStatus"] == "Success"
    assert world.read(number)["LastIntervalNo"] == 1


def test_a_declined_renewal_may_be_tried_again(world: World) -> None:
    """R4, R6: the new purchase takes the place of the unpaid one: nothing is charged twice."""
    [number] = world.buy((SEAT.id, 1), card="T20000000000072T")
    assert renewed(world, number)["TransactionStatus"] == "Rejected"
    assert renewed(world, number)["TransactionStatus"] == "Success"
    assert "PurchaseVoided" in world.events(number)
    assert world.read(number)["LastIntervalNo"] == 1


def test_manual_renewal_under_model_one(world: World) -> None:
    """R21: what waits for the customer may be renewed by this call."""
    [number] = world.buy(
        (SEAT.id, 2), renewal_type=RenewalType.MANUAL, management_model=ManagementModel.ONE
    )
    found = world.read(number)
    assert (found["Subscriptionstatus"], found["Items"][0]["Status"]) == (2, 5)
    assert str(found["NextBillingCustomerGrossPrice"]) == "10.0"
    assert renewed(world, number)["TransactionStatus"] == "Success"
    assert world.read(number)["LastIntervalNo"] == 1


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ({}, 400, "Missing required field: SubscriptionId"),
        ({"SubscriptionId": 5, "ResetBillingInterval": "x"}, 400, "ResetBillingInterval"),
        ({"SubscriptionId": 5}, 404, "not found: S5"),
        ({"SubscriptionId": CANCELLED}, 402, "not active"),
    ],
)
def test_renewals_that_are_refused(
    shared_world: World, body: dict[str, object], status: int, text: str
) -> None:
    """R17, R18."""
    shared_world.refuses(RENEW, body, status, text)


def test_a_second_renewal_in_one_interval(world: World) -> None:
    """2.10: only between the start of the running interval and the next billing date."""
    renewed(world, SINGLE)
    world.refuses(RENEW, {"SubscriptionId": SINGLE}, 402, "renewed once")


def test_a_renewal_after_the_billing_date(world: World) -> None:
    """2.10: the billing date has passed, so the renewal is due anyway."""
    world.wait(days=29)
    world.refuses(RENEW, {"SubscriptionId": SINGLE}, 402, "renewed once")


def test_a_renewal_while_a_payment_is_in_flight(world: World) -> None:
    """R7: nobody is charged twice while an outcome is not known."""
    [number] = world.buy((FREE.id, 1), card="T20000000000068T")
    world.call(
        "addsubscriptionitem", {"SubscriptionId": number, "ProductId": 292122, "Quantity": 1}
    )
    assert renewed(world, number)["TransactionStatus"] == "Pending"
    world.refuses(RENEW, {"SubscriptionId": number}, 402, "in progress")


def own(value: float) -> dict[str, object]:
    """A CustomerPrice."""
    return {"CurrencyId": "USD", "IsGross": True, "Value": value}


def data_plan(*, preview: bool, **fields: object) -> dict[str, object]:
    """The renewal at a custom price of seed 002, lines 1202 and 1236."""
    return {
        "AlignmentSettings": {
            "AlignToCurrentInterval": False,
            "ExtendInterval": False,
            "GetCustomerPricePreviewOnly": preview,
        },
        "CustomerPrice": own(75),
        "GenerateMail": not preview,
        "ProductId": 123456,
        "Quantity": 1,
        "RunningNumber": 1,
        "TriggerImmediateRenewal": True,
        "ResetBillingInterval": True,
        "UpdateAction": "Update",
        **fields,
    }


def test_v13_at_a_price_of_its_own(any_world: World) -> None:
    """V13, seed 002 lines 1202 and 1236: 75 now and a new month from now on."""
    [number] = any_world.buy((DATA_80.id, 1))
    any_world.wait(days=14)
    before = any_world.state()
    preview = any_world.call(UPDATE, data_plan(preview=True, SubscriptionId=number))
    assert prices(preview) == {
        "Alignment": NOTHING_NOW,
        "NextBilling": "75.0 63.03 11.97",
        "NextRenewal": "75.0 63.03 11.97",
    }
    assert any_world.state() == before
    done = any_world.call(UPDATE, data_plan(preview=False, SubscriptionId=number))
    assert done.text == preview.text
    assert last_purchase(any_world, number)["amount"]["gross"] == Decimal("75.0")  # type: ignore[index]
    found = any_world.read(number, isCurrent="true")
    assert found["NextBillingDate"] == "2026-03-23T15:43:07.20517"
    assert (found["LastIntervalNo"], found["Items"][0]["Version"]) == (1, 2)


def test_an_upgrade_with_a_renewal_keeps_the_time_that_is_left(world: World) -> None:
    """V10: TriggerImmediateRenewal without a reset: the old date and one interval."""
    [number] = world.buy((DATA_40.id, 1))
    world.wait(days=14)
    body = data_plan(preview=False, SubscriptionId=number, ResetBillingInterval=False)
    del body["CustomerPrice"]
    assert prices(world.call(UPDATE, body))["NextBilling"] == "80.0 67.23 12.77"
    assert last_purchase(world, number)["amount"]["gross"] == Decimal("80.0")  # type: ignore[index]
    assert world.read(number)["NextBillingDate"] == "2026-04-09T15:43:07.20517"


def test_a_renewal_into_another_interval(world: World) -> None:
    """2.15: a single item may go from monthly to yearly with a renewal."""
    body = {
        "SubscriptionId": SINGLE,
        "ProductId": STANDARD.id,
        "Quantity": 1,
        "TriggerImmediateRenewal": True,
        "ResetBillingInterval": True,
    }
    world.wait(days=1)
    assert prices(world.call(UPDATE, body))["NextBilling"] == "99.95 83.99 15.96"
    found = world.read(SINGLE)
    assert (found["IntervalMonthCount"], found["NextBillingDate"]) == (
        12,
        "2027-02-10T15:43:07.20517",
    )


def test_a_declined_renewal_of_an_item_is_answered_like_any_change(world: World) -> None:
    """R1: the change stands, the date does not move."""
    [number] = world.buy((SEAT.id, 1), card="T20000000000072T")
    body = {
        "SubscriptionId": number,
        "ProductId": SEAT.id,
        "Quantity": 2,
        "TriggerImmediateRenewal": True,
    }
    assert prices(world.call(UPDATE, body))["NextBilling"] == "10.0 8.4 1.6"
    assert world.events(number)[-1] == "PaymentDeclined"
    assert world.read(number)["NextBillingDate"] == OLD


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"AlignToCurrentInterval": True}, "cannot be combined"),
        ({"AlignToCurrentInterval": True, "ExtendInterval": True}, "cannot be combined"),
        ({"ExtendInterval": True}, "ExtendInterval requires"),
    ],
)
def test_a_renewal_goes_with_no_alignment(
    shared_world: World, fields: dict[str, object], text: str, *, preview: bool
) -> None:
    """R12: TriggerImmediateRenewal with AlignmentSettings is refused, previews too."""
    body = {
        "SubscriptionId": SEATS,
        "ProductId": SEAT.id,
        "Quantity": 20,
        "TriggerImmediateRenewal": True,
        "AlignmentSettings": {**fields, "GetCustomerPricePreviewOnly": preview},
    }
    shared_world.refuses(UPDATE, body, 402, text)


def test_a_change_without_its_renewal(world: World) -> None:
    """2.15: TriggerImmediateRenewal false, as seed 002 line 956 has it, renews nothing."""
    body = {
        "SubscriptionId": SINGLE,
        "ProductId": PLATINUM.id,
        "Quantity": 1,
        "TriggerImmediateRenewal": False,
    }
    assert world.call(UPDATE, body).status_code == 200
    assert world.events(SINGLE)[-1] == "ItemChanged"
    assert world.read(SINGLE, isCurrent="true")["Items"][0]["ProductId"] != GOLD.id
