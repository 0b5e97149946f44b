"""What the wire tells of a term that is paid in instalments (R13, R16; subscription-api.md 2.4)."""

from decimal import Decimal
from typing import Any

import pytest

from tests.given import GOLD, STANDARD, product
from tests.rest.world import CLOUDIFY, World, decimals
from tollbridge.domain.schedule import Interval
from tollbridge.flows.time_travel import advance
from tollbridge.queries.doctor import examine

PLAN = product(70, "100.00", every="P1Y", paid="P1M", name="Plan")
BIGGER = product(71, "180.00", every="P1Y", paid="P1M", name="Bigger")
QUARTERLY = product(72, "100.00", every="P1Y", paid="P3M", name="Quarterly")
TRIPLE = ("GrossPrice", "NetPrice", "VatPrice")


def sold(world: World, *lines: tuple[int, int]) -> int:
    """A subscription to something that is paid in instalments, one plan unless told."""
    world.platform.store.put_products(CLOUDIFY, [PLAN, BIGGER, QUARTERLY])
    [number] = world.buy(*(lines or ((PLAN.id, 1),)))
    return number


def prices(told: dict[str, Any], which: str) -> list[Decimal]:
    """Gross, net and VAT of a subscription, an item or a changing answer."""
    return [told[f"{which}Customer{part}"] for part in TRIPLE]


def advanced(world: World, months: int) -> None:
    """Let so many months pass, with all that falls due."""
    advance(world.platform, CLOUDIFY, by=Interval(months))


def test_the_fields_of_a_term_in_instalments(any_world: World) -> None:
    """R13: the lengths of both, NextBilling the next instalment, NextRenewal the next year."""
    told = any_world.read(sold(any_world))
    [item] = told["Items"]
    lengths = {name: told[f"{name}MonthCount"] for name in ("Interval", "BillingInterval")}
    assert lengths == {"Interval": 12, "BillingInterval": 1}
    assert (told["IntervalDayCount"], told["BillingIntervalDayCount"]) == (0, 0)
    assert told["StartIntervalMonthCount"] == 12
    assert (told["LastIntervalNo"], told["LastBillingIntervalNo"]) == (0, 0)
    assert told["NextBillingDate"] == "2026-03-09T15:43:07.20517"
    assert told["NextBillingDateReminder"] == "2026-03-07T15:43:07.20517Z"
    assert told["NextRenewalDate"] == "2027-02-09T15:43:07.20517"
    year = [Decimal("100.0"), Decimal("84.04"), Decimal("15.96")]  # twelve lines (R10)
    for part in (told, item):
        assert prices(part, "NextBilling") == [Decimal("8.34"), Decimal("7.01"), Decimal("1.33")]
        assert prices(part, "NextRenewal") == year


def test_the_fields_after_a_year_and_a_month(any_world: World) -> None:
    """R16: LastIntervalNo moves with the last instalment of a term, the other with each."""
    world = any_world
    number = sold(world)
    seen = []
    for _ in range(24):
        advanced(world, 1)
        told = world.read(number)
        assert told["Items"][0]["LastIntervalNo"] == told["LastIntervalNo"]
        seen.append((told["LastBillingIntervalNo"], told["LastIntervalNo"]))
    assert seen == [(n, max(0, (n + 1) // 12 - 1)) for n in range(1, 25)]
    told = world.read(number)
    links = told["Items"][0]["SubscriptionPurchaseItems"]
    numbers = [(link["SubscriptionIntervalNo"], link["BillingIntervalNo"]) for link in links]
    assert numbers == [(n // 12, n) for n in range(25)]
    assert told["NextRenewalDate"] == "2029-02-09T15:43:07.20517"
    assert list(examine(world.platform)) == []


def test_without_instalments_the_two_are_one(world: World) -> None:
    """R13: 0/0, and NextRenewal is NextBilling."""
    [number] = world.buy((STANDARD.id, 1))
    told = world.read(number)
    assert (told["BillingIntervalMonthCount"], told["BillingIntervalDayCount"]) == (0, 0)
    assert told["NextRenewalDate"] == told["NextBillingDate"]
    assert prices(told, "NextRenewal") == prices(told, "NextBilling")


def test_a_change_answers_both(any_world: World) -> None:
    """R11, R12, R13: charged for the days left of the month; previews say the same."""
    world = any_world
    number = sold(world)
    world.wait(days=14)
    aligned = {"AlignToCurrentInterval": True, "GetCustomerPricePreviewOnly": True}
    wanted = {"ProductId": BIGGER.id, "RunningNumber": 1, "Quantity": 1}
    preview = world.update(number, **wanted, AlignmentSettings=aligned)
    assert preview.status_code == 200, preview.text
    aligned["GetCustomerPricePreviewOnly"] = False
    answer = world.update(number, **wanted, AlignmentSettings=aligned)
    assert answer.text == preview.text
    told = decimals(answer.content)
    assert told["AlignmentCustomerGrossPrice"] == Decimal("3.11")  # for 14 of 30 days
    assert told["NextBillingCustomerGrossPrice"] == Decimal("15.0")
    assert told["NextRenewalCustomerGrossPrice"] == Decimal("180.0")
    assert prices(world.read(number), "NextRenewal") == prices(told, "NextRenewal")


@pytest.mark.parametrize("other", [STANDARD, QUARTERLY, GOLD], ids=lambda sold: sold.name)
def test_what_is_paid_otherwise_does_not_join(world: World, other: Any) -> None:  # noqa: ANN401
    """R12: the interval and its instalments, 402."""
    number = sold(world)
    body = {"SubscriptionId": f"S{number}", "ProductId": other.id, "Quantity": 1}
    settings = {"AlignToCurrentInterval": False}
    world.refuses(
        "addsubscriptionitem", {**body, "AlignmentSettings": settings}, 402, "differs from that of"
    )


def test_alike_in_the_interval_alone_is_two_subscriptions(any_world: World) -> None:
    """platform.md f: one purchase, a subscription for each way to pay."""
    any_world.platform.store.put_products(CLOUDIFY, [PLAN, QUARTERLY])
    numbers = any_world.buy((PLAN.id, 1), (STANDARD.id, 1), (QUARTERLY.id, 1))
    months = [any_world.read(number)["BillingIntervalMonthCount"] for number in numbers]
    assert sorted(months) == [0, 1, 3]


def test_a_renewal_on_request_is_the_next_instalment(any_world: World) -> None:
    """R16: NextBillingDate moves by a month, and with a reset a new year begins."""
    world = any_world
    number = sold(world)
    body = {"SubscriptionId": f"S{number}"}
    answer = world.call("renewsubscription", body).json()
    assert answer["TransactionStatus"] == "Success"
    assert answer["NextBillingDate"].startswith("2026-04-09T15:43:07")
    assert world.read(number)["NextRenewalDate"] == "2027-02-09T15:43:07.20517"
    world.wait(days=30)
    answer = world.call("renewsubscription", {**body, "ResetBillingInterval": True}).json()
    assert answer["TransactionStatus"] == "Success"
    told = world.read(number)
    assert told["NextBillingDate"].startswith("2026-04-11T")
    assert told["NextRenewalDate"].startswith("2027-03-11T")
    assert (told["LastIntervalNo"], told["LastBillingIntervalNo"]) == (0, 2)


def test_tollbridges_own_words(any_world: World) -> None:
    """State, forecast, timeline and journal name the instalment and its arithmetic."""
    world = any_world
    number = sold(world)
    at = f"/tollbridge/subscriptions/S{number}"
    advanced(world, 1)
    state = world.get(at).json()
    assert (state["interval"], state["billing_interval"]) == ("P12M", "P1M")
    assert state["instalment"] == {"interval_no": 0, "number": 2, "of": 12}
    assert state["next_billing_at"] == "2026-04-09T15:43:07.20517Z"
    assert state["next_renewal_at"] == "2027-02-09T15:43:07.20517Z"
    assert state["items"][0]["terms"]["billing_interval"] == "P1M"
    forecast = decimals(world.get(f"{at}/forecast?count=24").content)["steps"]
    bill_list = [step["bill"] for step in forecast if step["reason"] == "bill"]
    assert bill_list[0]["instalment"] == {"interval_no": 0, "number": 3, "of": 12}
    of_term = [bill for bill in bill_list if bill["interval_no"] == 1]
    assert [bill["instalment"]["number"] for bill in of_term] == list(range(1, len(of_term) + 1))
    moments = [moment["what"] for moment in world.get(f"{at}/timeline?count=2").json()["moments"]]
    assert "bill for interval 0, instalment 2 of 12" in moments
    assert "now: interval 0, instalment 2 of 12, next billing 2026-04-09" in moments
    details = [entry["details"] for entry in world.journal(number)]
    opened = [one for one in details if one["event"] == "PurchaseOpened"]
    explanation = opened[-1]["lines"][0]["explanation"]
    assert explanation["instalment"] == {"number": 2, "of": 12, "before": "8.33"}
    assert (explanation["charge"]["factor"], explanation["exact"]) == ("1/12", "16.666667")
    assert opened[-1]["advance"]["instalment"]["number"] == 2
    assert details[0]["billing_interval"] == "P1M"
