"""updatesubscriptionitem and updatesubscriptionitemprice (2.15, 2.16, table 3.1), end to end."""

from typing import Any

import pytest

from tests.given import GOLD, PLATINUM, PREMIUM, SEAT, STANDARD
from tests.rest.world import SEATS, SEVERAL, SINGLE, YEARLY, World, decimals, prices

NOTHING_NOW = "0.0 0.0 0.0"
ALIGN = {"AlignToCurrentInterval": True}
EXTEND = {"AlignToCurrentInterval": True, "ExtendInterval": True}
PREVIEW = {"GetCustomerPricePreviewOnly": True}


def own(value: float, currency: str = "USD", *, gross: bool = True) -> dict[str, object]:
    """A CustomerPrice."""
    return {"CurrencyId": currency, "IsGross": gross, "Value": value}


def test_the_answer_byte_for_byte(world: World) -> None:
    """V2 and seed 004 line 309: order, spelling and numbers (R25)."""
    answer = world.update(
        SINGLE, ProductId=PLATINUM.id, Quantity=1, UpdateAction=1, CustomerPrice=own(135.00)
    )
    assert answer.text == (
        '{"AlignmentCustomerGrossPrice":0.0,"AlignmentCustomerNetPrice":0.0,'
        '"AlignmentCustomerVatPrice":0.0,"NextBillingCustomerGrossPrice":135.0,'
        '"NextBillingCustomerNetPrice":113.45,"NextBillingCustomerVatPrice":21.55,'
        '"NextRenewalCustomerGrossPrice":135.0,"NextRenewalCustomerNetPrice":113.45,'
        '"NextRenewalCustomerVatPrice":21.55,"PriceCurrencyId":"USD","ResultMessage":"OK"}'
    )


def test_v1_a_yearly_upgrade_at_once(any_world: World) -> None:
    """V1: 364 of 365 days of 99.95 are credited against 150 (R11, R12)."""
    any_world.wait(seconds=1)
    wanted = {"ProductId": PREMIUM.id, "Quantity": 1}
    preview = any_world.update(YEARLY, **wanted, AlignmentSettings={**EXTEND, **PREVIEW})
    assert prices(preview) == {
        "Alignment": "50.32 42.29 8.03",
        "NextBilling": "150.0 126.05 23.95",
        "NextRenewal": "150.0 126.05 23.95",
    }
    assert any_world.update(YEARLY, **wanted, AlignmentSettings=EXTEND).text == preview.text
    found = any_world.read(YEARLY, isCurrent=True)
    assert found["NextBillingDate"] == "2027-02-09T15:43:08.20517"
    assert found["Items"][0]["ProductId"] == PREMIUM.id


def test_v2_an_upgrade_from_the_next_billing_date(any_world: World) -> None:
    """V2: Gold to Platinum for 135 without alignment charges nothing now (R3)."""
    answer = any_world.update(SINGLE, ProductId=PLATINUM.id, Quantity=1, CustomerPrice=own(135.00))
    assert prices(answer) == {
        "Alignment": NOTHING_NOW,
        "NextBilling": "135.0 113.45 21.55",
        "NextRenewal": "135.0 113.45 21.55",
    }
    assert any_world.read(SINGLE)["NextBillingDate"] == "2026-03-09T15:43:07.20517"


def test_v3_ten_seats(any_world: World) -> None:
    """V3: 10 x 5.00 gross at item and subscription level."""
    answer = any_world.update(Quantity=10, AlignmentSettings=PREVIEW)
    assert prices(answer)["NextBilling"] == "50.0 42.02 7.98"
    assert (
        '"NextBillingCustomerVatPrice":7.98'
        in any_world.get(f"/subscription/getsubscription?subscriptionid={SEATS}").text
    )


def test_v4_one_seat_for_ten(any_world: World) -> None:
    """V4: 1 x 10.00 gross."""
    answer = any_world.update(Quantity=1, CustomerPrice=own(10.00))
    assert prices(answer)["NextBilling"] == "10.0 8.4 1.6"


def test_v29_a_negative_alignment(any_world: World) -> None:
    """V29, R12: fewer seats now would give money back; from the next billing date on it is fine."""
    before = any_world.state()
    refused = any_world.update(Quantity=4, AlignmentSettings=ALIGN)
    assert refused.status_code == 402
    assert refused.json() == {"ResultMessage": "Alignment CUS price total must be >= 0"}
    previewed = any_world.update(Quantity=4, AlignmentSettings={**ALIGN, **PREVIEW})
    assert (previewed.status_code, previewed.text) == (402, refused.text)
    assert any_world.state() == before
    assert prices(any_world.update(Quantity=4)) == {
        "Alignment": NOTHING_NOW,
        "NextBilling": "20.0 16.81 3.19",
        "NextRenewal": "20.0 16.81 3.19",
    }


def test_r3_the_trap_of_two_changes(any_world: World) -> None:
    """R3: 10 seats in force, 20 from the next billing on, 25 now: fifteen seats are charged."""
    any_world.update(Quantity=20)
    answer = any_world.update(Quantity=25, AlignmentSettings=ALIGN)
    # 15 x 5.00 x 28/30 days, February being short
    assert prices(answer)["Alignment"] == "70.0 58.82 11.18"
    assert prices(answer)["NextBilling"] == "125.0 105.04 19.96"


TABLE = [
    # preview, align, extend, charged now, changed
    (True, True, False, "46.67 39.22 7.45", False),
    (False, True, False, "46.67 39.22 7.45", True),
    (True, False, False, NOTHING_NOW, False),
    (False, False, False, NOTHING_NOW, True),
    (True, True, True, "53.33 44.82 8.51", False),
    (False, True, True, "53.33 44.82 8.51", True),
]


@pytest.mark.parametrize(("preview", "align", "extend", "now", "changed"), TABLE)
def test_the_alignment_table(
    world: World, *, preview: bool, align: bool, extend: bool, now: str, changed: bool
) -> None:
    """Table 3.1, rows 1 to 6: ten seats become twenty at the instant of the purchase."""
    before = world.state()
    answer = world.update(
        Quantity=20,
        AlignmentSettings={
            "AlignToCurrentInterval": align,
            "ExtendInterval": extend,
            "GetCustomerPricePreviewOnly": preview,
        },
    )
    assert prices(answer)["Alignment"] == now
    assert prices(answer)["NextBilling"] == "100.0 84.03 15.97"
    assert (world.state() != before) is changed
    charged = [entry["details"]["event"] for entry in world.journal()].count("PaymentCaptured") - 1
    assert charged == (1 if changed and align else 0)


@pytest.mark.parametrize("preview", [True, False])
def test_extending_needs_aligning(world: World, *, preview: bool) -> None:
    """Table 3.1, row 7, and R12: ExtendInterval without AlignToCurrentInterval is refused."""
    before = world.state()
    settings = {"ExtendInterval": True, "GetCustomerPricePreviewOnly": preview}
    answer = world.update(Quantity=20, AlignmentSettings=settings)
    assert answer.status_code == 402
    assert answer.json() == {"ResultMessage": "ExtendInterval requires AlignToCurrentInterval"}
    assert world.state() == before


def test_updating_the_price(world: World) -> None:
    """Seed 003 step 2: twenty seats at 4.00 from the next billing date on."""
    body = {
        "SubscriptionId": "S67531904",
        "RunningNumber": 1,
        "UpdateAction": "upgrade",
        "ForcePriceRecalculation": False,
        "Quantity": 20,
        "CustomerPrice": own(4.0),
        "AlignmentSettings": {
            "AlignToCurrentInterval": False,
            "GetCustomerPricePreviewOnly": False,
        },
    }
    answer = world.post("/subscription/updatesubscriptionitemprice", body)
    assert prices(answer) == {
        "Alignment": NOTHING_NOW,
        "NextBilling": "80.0 67.23 12.77",
        "NextRenewal": "80.0 67.23 12.77",
    }


def test_the_quantity_of_a_price_update_may_be_left_out(world: World) -> None:
    """5.11: Quantity is optional there and stays as it is."""
    body = {"SubscriptionId": SEATS, "RunningNumber": 1, "CustomerPrice": own(4.85)}
    answer = world.post("/subscription/updatesubscriptionitemprice", body)
    assert prices(answer)["NextBilling"] == "48.5 40.76 7.74"


def test_a_net_price_gets_the_tax_on_top(world: World) -> None:
    """3.4: IsGross false adds the tax to the price (R10)."""
    answer = world.update(Quantity=10, CustomerPrice=own(5, gross=False))
    assert prices(answer)["NextBilling"] == "59.5 50.0 9.5"


def test_a_price_of_nothing(world: World) -> None:
    """3.4: 0 gives a free period; aligned it opens no purchase (R12)."""
    answer = world.update(Quantity=10, CustomerPrice=own(0))
    assert prices(answer)["NextBilling"] == NOTHING_NOW


def test_another_product_takes_the_catalogs_price(world: World) -> None:
    """R9: without CustomerPrice; the same product keeps its own terms."""
    world.update(Quantity=10, CustomerPrice=own(4))
    assert prices(world.update(Quantity=11))["NextBilling"] == "44.0 36.97 7.03"
    answer = world.update(ProductId=GOLD.id, Quantity=1)
    assert prices(answer)["NextBilling"] == "100.0 84.03 15.97"


def test_names_change_without_the_price(world: World) -> None:
    """2.15: ProductName, ProductNameEn and ProductNameExtension."""
    world.update(
        Quantity=10,
        ProductName="Sitzplatz",
        ProductNameEn="Seat",
        ProductNameExtension="Standard",
        GenerateMail=False,
        UpdateAction="Downgrade",
    )
    [item] = world.read(isCurrent="true")["Items"]
    assert (item["ProductName"], item["ProductNameExtension"]) == ("Sitzplatz", "Standard")
    changed = world.journal()[-1]["details"]
    assert changed["terms"]["product_name_en"] == "Seat"
    assert (changed["generate_mail"], changed["action"]) == (False, "downgrade")
    world.update(Quantity=10, ProductName="")
    assert world.read(isCurrent="true")["Items"][0]["ProductName"] == "Sitzplatz"


def test_the_second_item(world: World) -> None:
    """RunningNumber addresses the item; prices are of the whole subscription (R13)."""
    answer = world.update(SEVERAL, RunningNumber=2, Quantity=4)
    assert prices(answer)["NextBilling"] == "120.0 100.84 19.16"


def test_a_card_that_is_declined_changes_no_answer(world: World) -> None:
    """R1: the answer of a change is the same whatever the gateway says."""
    buy: dict[str, Any] = {
        "items": [{"product_id": SEAT.id, "quantity": 1}],
        "currency": "USD",
        "customer": {
            "contact": {"email": "a@customer.example", "country_id": "DE", "language_id": "de"}
        },
        "card": {"number": "T20000000000072T", "expiry_month": 1, "expiry_year": 2030},
    }
    bought = world.post("/tollbridge/sandbox/purchases", buy).json()
    [number] = bought["subscription_ids"]
    body = {
        "SubscriptionId": number,
        "ProductId": SEAT.id,
        "Quantity": 2,
        "AlignmentSettings": ALIGN,
    }
    answer = world.post("/subscription/updatesubscriptionitem", body)
    assert decimals(answer.content)["ResultMessage"] == "OK"
    events = [entry["details"]["event"] for entry in world.journal(int(number[1:]))]
    assert events[-1] == "PaymentDeclined"
    assert world.read(int(number[1:]))["Subscriptionstatus"] == 1


REFUSED: list[tuple[str, int, dict[str, object], str]] = [
    ("an unknown item", 404, {"RunningNumber": 9, "Quantity": 1}, "Item not found"),
    ("an unknown product", 404, {"ProductId": 5, "Quantity": 1}, "Product not found: 5"),
    ("an unknown subscription", 404, {"SubscriptionId": 5, "Quantity": 1}, "not found: S5"),
    ("no quantity", 400, {}, "Missing required field: Quantity"),
    ("no units", 402, {"Quantity": 0}, "Quantity must be > 0"),
    ("fewer than no units", 402, {"Quantity": -3}, "Quantity must be > 0"),
    (
        "a foreign currency",
        402,
        {"Quantity": 1, "CustomerPrice": own(1, "EUR")},
        "'CustomerPrice' currency differs from subscription currency",
    ),
    ("a negative price", 402, {"Quantity": 1, "CustomerPrice": own(-1)}, "must be >= 0"),
    (
        "an endless amount",
        402,
        {"Quantity": 2**31 - 1, "CustomerPrice": own(999999999999999)},
        "too large",
    ),
    ("a coupon", 402, {"Quantity": 1, "CouponCode": "BD3-1KK-UN3"}, "coupon is unknown"),
    (
        "renewing at once and aligning",
        402,
        {"Quantity": 20, "TriggerImmediateRenewal": True, "AlignmentSettings": ALIGN},
        "TriggerImmediateRenewal cannot be combined with AlignToCurrentInterval",
    ),
    (
        "a new interval",
        402,
        {"Quantity": 1, "ResetBillingInterval": True},
        "ResetBillingInterval requires TriggerImmediateRenewal",
    ),
    (
        "a coupon for an unknown item",
        404,
        {"RunningNumber": 9, "Quantity": 1, "CouponCode": "BD3-1KK-UN3"},
        "Item not found",
    ),
    (
        "a new interval of an unknown subscription",
        404,
        {"SubscriptionId": 5, "Quantity": 1, "ResetBillingInterval": True},
        "not found: S5",
    ),
    (
        "another interval now",
        402,
        {"ProductId": STANDARD.id, "Quantity": 1, "AlignmentSettings": ALIGN},
        "interval",
    ),
]


@pytest.mark.parametrize(
    ("status", "fields", "text"),
    [row[1:] for row in REFUSED],
    ids=[row[0] for row in REFUSED],
)
def test_what_is_refused_changes_nothing(
    world: World, status: int, fields: dict[str, object], text: str
) -> None:
    """R17: unknown things are 404, what a rule forbids is 402; the text says why."""
    before = world.state()
    body = {"SubscriptionId": "S67531904", "ProductId": SEAT.id, **fields}
    answer = world.post("/subscription/updatesubscriptionitem", body)
    assert answer.status_code == status
    assert text in answer.json()["ResultMessage"]
    assert list(answer.json()) == ["ResultMessage"]
    assert world.state() == before
