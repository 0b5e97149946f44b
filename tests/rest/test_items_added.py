"""addsubscriptionitem and increasesubscriptionitemquantity (subscription-api.md 2.1, 2.7)."""

from decimal import Decimal

import pytest

from tests.given import DATA_80, FREE, GOLD, SEAT, STANDARD, TIERED
from tests.rest.world import SEATS, SEVERAL, SINGLE, YEARLY, World, prices
from tollbridge.domain.money import TaxKind
from tollbridge.domain.sign_up import OrderItem
from tollbridge.domain.terms import CustomerPrice

NOTHING_NOW = "0.0 0.0 0.0"
ALIGN = {"AlignToCurrentInterval": True}
EXTEND = {"AlignToCurrentInterval": True, "ExtendInterval": True}
PREVIEW = {"GetCustomerPricePreviewOnly": True}
ADD, INCREASE = "addsubscriptionitem", "increasesubscriptionitemquantity"


def added(subscription_id: int = SINGLE, /, **fields: object) -> dict[str, object]:
    """A body of addsubscriptionitem: one seat unless it says otherwise."""
    return {
        "SubscriptionId": f"S{subscription_id}",
        "ProductId": SEAT.id,
        "Quantity": 1,
        **fields,
    }


def more(subscription_id: int = SEVERAL, /, **fields: object) -> dict[str, object]:
    """A body of increasesubscriptionitemquantity: one unit of the first item."""
    return {"SubscriptionId": subscription_id, "RunningNumber": 1, "Quantity": 1, **fields}


def own(value: float, currency: str = "USD") -> dict[str, object]:
    """A CustomerPrice."""
    return {"CurrencyId": currency, "IsGross": True, "Value": value}


def guide(*, preview: bool) -> dict[str, object]:
    """The add-on of seed 002, lines 216 and 241."""
    return {
        "AlignmentSettings": {
            "AlignToCurrentInterval": True,
            "ExtendInterval": False,
            "GetCustomerPricePreviewOnly": preview,
        },
        "GenerateMail": not preview,
        "ProductId": 123456,
        "Quantity": 1,
        "SubscriptionId": "S12345678",
    }


def test_the_add_on_of_the_guide(any_world: World) -> None:
    """Seed 002 lines 216 and 241: previewed, then charged for 28 of 30 days (R11, R12)."""
    before = any_world.state()
    preview = any_world.call(ADD, guide(preview=True))
    assert preview.text == (
        '{"AlignmentCustomerGrossPrice":74.67,"AlignmentCustomerNetPrice":62.75,'
        '"AlignmentCustomerVatPrice":11.92,"NextBillingCustomerGrossPrice":195.0,'
        '"NextBillingCustomerNetPrice":163.87,"NextBillingCustomerVatPrice":31.13,'
        '"NextRenewalCustomerGrossPrice":195.0,"NextRenewalCustomerNetPrice":163.87,'
        '"NextRenewalCustomerVatPrice":31.13,"PriceCurrencyId":"USD","ResultMessage":"OK"}'
    )
    assert any_world.state() == before
    old = any_world.read(SEVERAL)
    assert any_world.call(ADD, guide(preview=False)).text == preview.text
    assert any_world.events(SEVERAL)[-4:] == [
        "ItemAdded",
        "PurchaseOpened",
        "PaymentStarted",
        "PaymentCaptured",
    ]
    new = any_world.read(SEVERAL)
    assert new["NextBillingDate"] == old["NextBillingDate"]
    assert new["LastIntervalNo"] == old["LastIntervalNo"]
    item = new["Items"][-1]
    assert (item["RunningNo"], item["ProductId"], item["Version"]) == (3, DATA_80.id, 1)
    assert item["StartDate"] == "2026-02-09T15:43:07.20517"
    assert len(item["SubscriptionPurchaseItems"]) == 1


def test_v19_an_item_from_the_next_billing_date_on(any_world: World) -> None:
    """V19: 3,500 and 300 x 35 from the next bill on: nothing now, 14,000 then."""
    any_world.update(SINGLE, ProductId=GOLD.id, Quantity=1, CustomerPrice=own(3500))
    answer = any_world.call(ADD, added(Quantity=300, CustomerPrice=own(35)))
    assert prices(answer) == {
        "Alignment": NOTHING_NOW,
        "NextBilling": "14000.0 11764.71 2235.29",
        "NextRenewal": "14000.0 11764.71 2235.29",
    }
    assert any_world.events(SINGLE)[-1] == "ItemAdded"
    assert any_world.read(SINGLE)["Items"][-1]["SubscriptionPurchaseItems"] == []


def test_an_addition_that_extends(any_world: World) -> None:
    """R12, table 3.1: 100 + 15 + 80 for a whole new month, less what is left, line by line."""
    any_world.wait(seconds=1)
    body = added(SEVERAL, ProductId=DATA_80.id, AlignmentSettings=EXTEND)
    answer = any_world.call(ADD, body)
    # 100 x (1 - 27/30) + 15 x (1 - 27/30) + 80: 27 whole days are left
    assert prices(answer)["Alignment"] == "91.5 76.89 14.61"
    new = any_world.read(SEVERAL)
    assert new["NextBillingDate"] == "2026-03-09T15:43:08.20517"
    assert (new["LastIntervalNo"], new["Items"][-1]["LastIntervalNo"]) == (1, 1)


def test_what_is_said_of_an_item_is_kept(world: World) -> None:
    """2.1: names, affiliate and GenerateMail; RecommendationsetId 0 is none."""
    body = added(
        productname="Sitzplatz",
        ProductNameEn="Seat",
        ProductNameExtension="Standard",
        AffiliateId=21599,
        GenerateMail=False,
        RecommendationsetId=0,
        Couponcode="",
    )
    world.call(ADD, body)
    item = world.read(SINGLE)["Items"][-1]
    assert (item["ProductName"], item["ProductNameExtension"]) == ("Sitzplatz", "Standard")
    told = world.journal(SINGLE)[-1]["details"]
    assert told["terms"]["product_name_en"] == "Seat"
    assert (told["affiliate_id"], told["generate_mail"]) == (21599, False)
    assert (told["running_no"], told["aligned"], told["call"]) == (2, False, ADD)


@pytest.mark.parametrize("nobody", [{}, {"AffiliateId": None}, {"AffiliateId": 0}])
def test_no_affiliate(world: World, nobody: dict[str, object]) -> None:
    """1.5: clients send 0 for numbers that they do not set."""
    world.call(ADD, added(**nobody))
    assert world.journal(SINGLE)[-1]["details"]["affiliate_id"] is None


REFUSED: list[tuple[str, int, dict[str, object], str]] = [
    ("no product", 400, {"ProductId": None}, "Missing required field: ProductId"),
    ("no quantity", 400, {"Quantity": None}, "Missing required field: Quantity"),
    ("half a price", 400, {"CustomerPrice": {"Value": 1}}, "Missing required field: CustomerPrice"),
    ("unknown, and no units", 404, {"SubscriptionId": 5, "Quantity": 0}, "not found: S5"),
    ("an unknown product, no units", 404, {"ProductId": 5, "Quantity": 0}, "Product not found: 5"),
    (
        "an unknown product with a coupon",
        404,
        {"ProductId": 5, "CouponCode": "BD3-1KK-UN3"},
        "Product not found: 5",
    ),
    ("no units", 402, {"Quantity": 0}, "Quantity must be > 0"),
    ("a foreign currency", 402, {"CustomerPrice": own(1, "EUR")}, "currency differs"),
    ("a negative price", 402, {"CustomerPrice": own(-1)}, "must be >= 0"),
    ("another interval", 402, {"ProductId": STANDARD.id}, "interval"),
    (
        "another interval, extended",
        402,
        {"ProductId": STANDARD.id, "AlignmentSettings": EXTEND},
        "interval",
    ),
    (
        "extending alone",
        402,
        {"AlignmentSettings": {"ExtendInterval": True}},
        "ExtendInterval requires AlignToCurrentInterval",
    ),
]


@pytest.mark.parametrize("settings", [{}, PREVIEW])
@pytest.mark.parametrize(
    ("status", "fields", "text"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_additions_that_are_refused(
    shared_world: World,
    status: int,
    fields: dict[str, object],
    text: str,
    settings: dict[str, object],
) -> None:
    """R17, R18, and the preconditions of 2.1: previews are refused for the same reasons."""
    given = fields.get("AlignmentSettings", {})
    assert isinstance(given, dict)
    body = added(**{**fields, "AlignmentSettings": {**given, **settings}})
    shared_world.refuses(ADD, body, status, text)


def test_a_coupon_is_not_taken_for_done(shared_world: World) -> None:
    """Promotions are not there yet: nobody may believe that a coupon was taken."""
    shared_world.refuses(ADD, added(Couponcode="BD3-1KK-UN3"), 402, "coupon is unknown")


def test_an_addition_to_what_is_deactivated(world: World) -> None:
    """R18: the subscription has to be Active."""
    world.call("deactivatesubscriptionitems", {"SubscriptionId": SINGLE, "Items": [1]})
    world.refuses(ADD, added(), 402, "not active")


def test_an_aligned_addition_waits_for_a_payment(world: World) -> None:
    """R7: what would charge is refused while an attempt is in flight; the rest passes."""
    [number] = world.buy((FREE.id, 1), card="T20000000000067T")
    aligned = added(number, AlignmentSettings=ALIGN)
    assert world.call(ADD, aligned).status_code == 200
    assert world.events(number)[-1] == "AuthenticationAsked"
    world.refuses(ADD, aligned, 402, "in progress")
    assert world.call(ADD, added(number)).status_code == 200


def test_more_seats_as_in_the_guide(any_world: World) -> None:
    """Seed 002 lines 306 and 331: five on top of one (5.2), for 28 of 30 days."""
    body = {
        "AlignmentSettings": {
            "AlignToCurrentInterval": True,
            "ExtendInterval": False,
            "GetCustomerPricePreviewOnly": True,
        },
        "GenerateMail": False,
        "Quantity": 5,
        "RunningNumber": 1,
        "SubscriptionId": "S12345678",
    }
    before = any_world.state()
    preview = any_world.call(INCREASE, body)
    assert prices(preview) == {
        "Alignment": "466.67 392.16 74.51",
        "NextBilling": "615.0 516.81 98.19",
        "NextRenewal": "615.0 516.81 98.19",
    }
    assert any_world.state() == before
    committed = any_world.call(INCREASE, {**body, "AlignmentSettings": ALIGN})
    assert committed.text == preview.text
    first = any_world.read(SEVERAL, isCurrent="true")["Items"][0]
    assert (first["Quantity"], first["Version"]) == (6, 2)
    told = any_world.journal(SEVERAL)[-4]["details"]
    assert (told["event"], told["call"]) == ("ItemChanged", INCREASE)


def test_v21_more_from_the_next_billing_date_on(world: World) -> None:
    """V21: 50 and 10 x 5; five more without alignment: 125 at the next date, nothing now."""
    fifty = CustomerPrice(currency="USD", tax=TaxKind.GROSS, amount=Decimal(50))
    base = OrderItem(product_id=GOLD.id, quantity=1, customer_price=fifty)
    [number] = world.buy(base, (SEAT.id, 10))
    answer = world.call(INCREASE, more(number, RunningNumber=2, Quantity=5))
    assert prices(answer)["Alignment"] == NOTHING_NOW
    assert prices(answer)["NextBilling"] == "125.0 105.05 19.95"


def test_v23_more_now(world: World) -> None:
    """V23: 10 x 50 and five more with 26 days left: 250 x 26/30 now, 750 at the next date."""
    fifty = CustomerPrice(currency="USD", tax=TaxKind.GROSS, amount=Decimal(50))
    [number] = world.buy(OrderItem(product_id=SEAT.id, quantity=10, customer_price=fifty))
    world.wait(days=2)
    answer = world.call(INCREASE, more(number, Quantity=5, AlignmentSettings=ALIGN))
    assert prices(answer)["Alignment"] == "216.67 182.08 34.59"
    assert prices(answer)["NextBilling"] == "750.0 630.25 119.75"


def test_v25_more_at_the_price_of_their_tier(world: World) -> None:
    """V25: 1 to 10 cost 10 each, more 8 each; ten and five more are 140."""
    [number] = world.buy((TIERED.id, 10))
    answer = world.call(INCREASE, more(number, Quantity=5))
    assert prices(answer)["NextBilling"] == "140.0 117.65 22.35"


MORE_REFUSED: list[tuple[str, int, dict[str, object], str]] = [
    ("no quantity", 400, {"Quantity": None}, "Missing required field: Quantity"),
    ("no item", 400, {"RunningNumber": None}, "Missing required field: RunningNumber"),
    ("unknown, and no units", 404, {"SubscriptionId": 5, "Quantity": 0}, "not found: S5"),
    ("an unknown item, no units", 404, {"RunningNumber": 9, "Quantity": 0}, "Item not found"),
    ("no units", 402, {"Quantity": 0}, "Quantity must be > 0"),
    ("fewer units", 402, {"Quantity": -1}, "Quantity must be > 0"),
    ("extending alone", 402, {"AlignmentSettings": {"ExtendInterval": True}}, "requires"),
]


@pytest.mark.parametrize(
    ("status", "fields", "text"),
    [row[1:] for row in MORE_REFUSED],
    ids=[row[0] for row in MORE_REFUSED],
)
def test_increases_that_are_refused(
    shared_world: World, status: int, fields: dict[str, object], text: str
) -> None:
    """R17 and the preconditions of 2.7."""
    shared_world.refuses(INCREASE, more(**fields), status, text)


def test_more_of_an_item_that_is_deactivated(world: World) -> None:
    """2.7: the item has to be Active; clients reinstate it first."""
    world.call("deactivatesubscriptionitems", {"SubscriptionId": SEVERAL, "Items": [2]})
    world.refuses(INCREASE, more(RunningNumber=2), 402, "item is not active")


def test_a_declined_card_changes_no_answer(world: World) -> None:
    """R1: the answer is OK whatever the gateway says; the decline is in the journal."""
    [number] = world.buy((SEAT.id, 10), card="T20000000000072T")
    answer = world.call(INCREASE, more(number, AlignmentSettings=ALIGN))
    assert prices(answer)["Alignment"] == "4.67 3.92 0.75"
    assert world.events(number)[-1] == "PaymentDeclined"
    assert world.read(number)["Subscriptionstatus"] == 1


def test_the_interval_of_a_year(world: World) -> None:
    """R11: a year has 365 nominal days, also for what joins."""
    world.wait(days=140)
    body = added(YEARLY, ProductId=STANDARD.id, CustomerPrice=own(1000), AlignmentSettings=ALIGN)
    # V7: 225/365 of 1,000 is 616.44; the page's 616.45 is hand-made
    assert prices(world.call(ADD, body))["Alignment"] == "616.44 518.02 98.42"


def test_the_seats_are_untouched_by_all_this(shared_world: World) -> None:
    """Refusals and previews leave the first subscription with its one item."""
    assert len(shared_world.read(SEATS)["Items"]) == 1
