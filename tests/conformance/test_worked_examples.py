"""The worked examples of the documents, through HTTP, on both engines.

Their numbers V1 to V29 are those of the list that was made of them; each test states the dates
and amounts of its page. Products are made for them through the catalog.
"""

from decimal import Decimal
from typing import Any

import pytest

from tests.conformance.printed import DEMO
from tests.conformance.replay import read
from tests.conformance.stages import MEDIUM, SUBSCRIPTION, Player, Stage, at, playing, sold
from tollbridge.bootstrap import Place

ALIGN = {"AlignToCurrentInterval": True}
EXTEND = {**ALIGN, "ExtendInterval": True}
PREVIEW = {"GetCustomerPricePreviewOnly": True}
UPDATE, RENEW, ADD = "updatesubscriptionitem", "renewsubscription", "addsubscriptionitem"
NOTHING = "0.0 0.0 0.0"


def call(player: Player, action: str, subscription: int = SUBSCRIPTION, **fields: object) -> Any:  # noqa: ANN401
    """The answer to a call that must succeed."""
    status, body = attempt(player, action, subscription, **fields)
    assert (status, body["ResultMessage"]) == (200, "OK"), body
    return body


def attempt(
    player: Player, action: str, subscription: int = SUBSCRIPTION, **fields: object
) -> tuple[int, dict[str, Any]]:
    """Status and answer."""
    given = {"SubscriptionId": f"S{subscription}", **fields}
    text = "{" + ",".join(f'"{name}":{_json(value)}' for name, value in given.items()) + "}"
    status, body = player("POST", f"/subscription/{action}", text.encode())
    return status, read(body)


def _json(value: object) -> str:
    """JSON in which a Decimal keeps its digits."""
    if isinstance(value, dict):
        return "{" + ",".join(f'"{name}":{_json(one)}' for name, one in value.items()) + "}"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def subscription(player: Player, number: int = SUBSCRIPTION) -> dict[str, Any]:
    """The Subscription of getsubscription, its current items alone."""
    target = f"/subscription/getsubscription?subscriptionid=S{number}&isCurrent=true"
    status, body = player("GET", target, b"")
    assert status == 200, body
    found: dict[str, Any] = read(body)["Subscription"]
    return found


def prices(answer: dict[str, Any]) -> tuple[str, str]:
    """Gross, net and VAT of what is charged now and of the next bill, which the renewal equals."""
    alignment, billing, renewal = (
        " ".join(str(answer[f"{part}Customer{kind}Price"]) for kind in ("Gross", "Net", "Vat"))
        for part in ("Alignment", "NextBilling", "NextRenewal")
    )
    assert billing == renewal
    return alignment, billing


def last_bill(player: Player, number: int = SUBSCRIPTION) -> tuple[str, Decimal]:
    """Purpose and gross amount of the purchase that was opened last, and that it was captured."""
    _, body = player("GET", f"/tollbridge/subscriptions/S{number}/journal", b"")
    details = [entry["details"] for entry in read(body)["entries"]]
    opened = [one for one in details if one["event"] == "PurchaseOpened"][-1]
    captured = [one for one in details if one["event"] == "PaymentCaptured"][-1]
    assert captured["purchase_id"] == opened["purchase_id"]
    return opened["purpose"], opened["amount"]["gross"]


def own_price(value: str, currency: str = "USD") -> dict[str, object]:
    """A gross CustomerPrice."""
    return {"CurrencyId": currency, "IsGross": True, "Value": Decimal(value)}


def monthly(started: str, now: str, *bought: tuple[int, int], **products: str) -> Stage:
    """A stage of monthly products; `p1="50"` is product 1 at 50."""
    return Stage(
        started=at(started),
        now=at(now),
        products={int(name[1:]): sold(amount) for name, amount in products.items()},
        bought=bought,
    )


def test_v1_a_yearly_plan_is_upgraded_at_once(place: Place) -> None:
    """V1, seed 002 lines 496 to 555: 150 less 99.95 for 364 of 365 days (R11, R12)."""
    upgrade: dict[str, Any] = {
        "ProductId": 123456,
        "Quantity": 1,
        "RunningNumber": 1,
        "UpdateAction": "Upgrade",
    }
    with playing("upgrade", place) as player:
        before = subscription(player)
        preview = call(player, UPDATE, **upgrade, AlignmentSettings={**EXTEND, **PREVIEW})
        assert subscription(player) == before
        done = call(player, UPDATE, **upgrade, AlignmentSettings=EXTEND)
        assert done == preview
        assert prices(done) == ("50.32 42.29 8.03", "150.0 126.05 23.95")
        assert last_bill(player) == ("alignment", Decimal("50.32"))
        assert subscription(player)["NextBillingDate"] == "2019-03-19T14:47:35"


def test_v2_an_upgrade_from_the_next_bill_on(place: Place) -> None:
    """V2, seed 004: Gold at 100 becomes Platinum at 135 instead of 150; nothing is charged now."""
    with playing(DEMO, place) as player:
        answer = call(
            player,
            UPDATE,
            67645948,
            ProductId=294581,
            Quantity=1,
            RunningNumber=1,
            CustomerPrice=own_price("135.00"),
        )
        assert prices(answer) == (NOTHING, "135.0 113.45 21.55")
        found = subscription(player, 67645948)
        assert found["NextBillingDate"] == "2026-07-16T13:06:58.54819"
        assert found["Items"][0]["ProductName"] == "Cloudify Platinum"


def test_v3_ten_seats(place: Place) -> None:
    """V3, seed 003 line 170: 10 x 5.00, of the item and of the subscription."""
    with playing(DEMO, place) as player:
        found = subscription(player, 67531904)
    for one in (found, found["Items"][0]):
        amounts = [one[f"NextBillingCustomer{kind}Price"] for kind in ("Gross", "Net", "Vat")]
        assert amounts == [Decimal("50.0"), Decimal("42.02"), Decimal("7.98")]


def test_v4_one_for_ten(place: Place) -> None:
    """V4: 1 x 10.00 gross is 8.40 and 1.60."""
    with playing(monthly("2020-04-01", "2020-04-02", (1, 1), p1="10.00"), place) as player:
        item = subscription(player)["Items"][0]
    amounts = [item[f"NextBillingCustomer{kind}Price"] for kind in ("Gross", "Net", "Vat")]
    assert amounts == [Decimal("10.0"), Decimal("8.4"), Decimal("1.6")]


def test_v5_two_subscriptions_are_aligned(place: Place) -> None:
    """V5: 20 a month until 1 March, 10 a month until 10 March: 6.00 now, 30 on 10 March."""
    storage, backup = SUBSCRIPTION, SUBSCRIPTION + 1
    stage = Stage(
        started=at("2017-02-01"),
        now=at("2017-02-10"),
        # A year at 0 first: one customer's second subscription needs another interval
        products={1: sold("20"), 2: sold("0", "P1Y"), 3: sold("10")},
        bought=((1, 1), (2, 1)),
        subscriptions=(storage, backup),
    )
    with playing(stage, place) as player:
        call(player, UPDATE, backup, ProductId=3, Quantity=1, AlignmentSettings=EXTEND)
        assert subscription(player, storage)["NextBillingDate"] == "2017-03-01T00:00:00"
        assert subscription(player, backup)["NextBillingDate"] == "2017-03-10T00:00:00"
        answer = call(
            player,
            "alignsubscriptions",
            PrimarySubscriptionId=f"S{backup}",
            SecondarySubscriptionId=f"S{storage}",
            AlignmentSettings=ALIGN,
        )
        assert prices(answer) == ("6.0 5.04 0.96", "30.0 25.21 4.79")
        assert last_bill(player, backup)[1] == Decimal("6.0")
        merged = subscription(player, backup)
        assert merged["NextBillingDate"] == "2017-03-10T00:00:00"
        assert [item["RunningNo"] for item in merged["Items"]] == [1, 2]
        assert subscription(player, storage)["Subscriptionstatus"] == 3


YEARLY = Stage(
    started=at("2016-05-15"),
    now=at("2017-03-15"),
    products={1: sold("80", "P1Y"), 2: sold("19.95", "P1Y")},
    bought=((1, 1),),
)


def test_v10_a_year_is_renewed_early(place: Place) -> None:
    """V10: from 15 May 2016, renewed on 15 March 2017: 80 now, next bill on 15 May 2018."""
    with playing(YEARLY, place) as player:
        answer = call(player, RENEW)
        assert answer["NextBillingDate"] == "2018-05-15T00:00:00+00:00"
        assert answer["TransactionStatus"] == "Success"
        assert last_bill(player) == ("renewal", Decimal("80.0"))
        assert subscription(player)["LastIntervalNo"] == 1


def test_v10_an_upgrade_with_a_renewal(place: Place) -> None:
    """V10: upgraded with TriggerImmediateRenewal: 19.95 now, next bill on 15 May 2018."""
    with playing(YEARLY, place) as player:
        call(player, UPDATE, ProductId=2, Quantity=1, TriggerImmediateRenewal=True)
        assert last_bill(player) == ("renewal", Decimal("19.95"))
        assert subscription(player)["NextBillingDate"] == "2018-05-15T00:00:00"


def test_v13_a_month_begins_anew(place: Place) -> None:
    """V13: 80 a month from 1 January 2020, renewed on the 15th with a reset: 15 February."""
    with playing("data plan", place) as player:
        answer = call(player, RENEW, ResetBillingInterval=True)
        assert answer["NextBillingDate"] == "2020-02-15T00:00:00+00:00"
        assert last_bill(player) == ("renewal", Decimal("80.0"))


def test_v13_at_a_price_of_its_own(place: Place) -> None:
    """V13: the same at a CustomerPrice of 75."""
    with playing("data plan", place) as player:
        answer = call(
            player,
            UPDATE,
            ProductId=123456,
            Quantity=1,
            CustomerPrice=own_price("75"),
            TriggerImmediateRenewal=True,
            ResetBillingInterval=True,
        )
        assert prices(answer) == (NOTHING, "75.0 63.03 11.97")
        assert last_bill(player) == ("renewal", Decimal("75.0"))
        assert subscription(player)["NextBillingDate"] == "2020-02-15T00:00:00"


def test_v19_an_item_at_a_price_of_its_own_joins_the_next_bill(place: Place) -> None:
    """V19: 3,500 pounds, and 300 at 35 from the next bill on: 14,000, nothing now."""
    stage = Stage(
        started=at("2020-04-01"),
        now=at("2020-04-11"),
        products={1: sold("3500", currency="GBP"), 2: sold("40", currency="GBP")},
        bought=((1, 1),),
        currency="GBP",
    )
    with playing(stage, place) as player:
        answer = call(player, ADD, ProductId=2, Quantity=300, CustomerPrice=own_price("35", "GBP"))
        assert prices(answer) == (NOTHING, "14000.0 11764.71 2235.29")
        assert answer["PriceCurrencyId"] == "GBP"


def test_v21_more_seats_from_the_next_bill_on(place: Place) -> None:
    """V21: 50 and 10 x 5; the quantity becomes 15: 125 at the next date (R10: 42.02 and 63.03)."""
    stage = monthly("2020-04-01", "2020-04-11", (1, 1), (2, 10), p1="50", p2="5")
    with playing(stage, place) as player:
        answer = call(player, UPDATE, ProductId=2, Quantity=15, RunningNumber=2)
        assert prices(answer) == (NOTHING, "125.0 105.05 19.95")
        assert subscription(player)["NextBillingCustomerGrossPrice"] == Decimal("125.0")


def test_v23_more_seats_at_once(place: Place) -> None:
    """V23: 10 x 50, five more on 1 September, next bill on the 27th: 250 x 26/30 now, then 750."""
    with playing(monthly("2019-08-27", "2019-09-01", (1, 10), p1="50"), place) as player:
        answer = call(
            player,
            "increasesubscriptionitemquantity",
            Quantity=5,
            RunningNumber=1,
            AlignmentSettings=ALIGN,
        )
        alignment, billing = prices(answer)
        assert alignment.split()[0] == "216.67"
        assert billing == "750.0 630.25 119.75"
        assert subscription(player)["NextBillingDate"] == "2019-09-27T00:00:00"


@pytest.mark.parametrize(("seats", "total"), [(10, "100.0"), (11, "108.0"), (15, "140.0")])
def test_v25_seats_by_tiers(place: Place, seats: int, total: str) -> None:
    """V25: 10 for each of the first ten, 8 from the eleventh on: 15 cost 140."""
    tiers = ', tiers = [{ from = 11, amount = "8" }]'
    stage = Stage(
        started=at("2020-04-01"),
        now=at("2020-04-11"),
        products={1: sold("10", more=tiers)},
        bought=((1, 1),),
    )
    with playing(stage, place) as player:
        answer = call(player, UPDATE, ProductId=1, Quantity=seats)
        assert prices(answer)[1].split()[0] == total
        assert str(subscription(player)["NextBillingCustomerGrossPrice"]) == total


def test_v29_a_negative_alignment(place: Place) -> None:
    """V29: 10 become 4 at once: the literal text, no change; without alignment it works."""
    stage = Stage(
        started=at("2020-04-01"), now=at("2020-04-11"), products=MEDIUM, bought=((123456, 10),)
    )
    fewer = {"ProductId": 123456, "Quantity": 4, "RunningNumber": 1}
    with playing(stage, place) as player:
        before = subscription(player)
        status, body = attempt(player, UPDATE, **fewer, AlignmentSettings=ALIGN)
        assert (status, body) == (
            402,
            {"ResultMessage": "Alignment CUS price total must be >= 0"},
        )
        assert subscription(player) == before
        assert prices(call(player, UPDATE, **fewer)) == (NOTHING, "320.0 268.91 51.09")


def test_a_coupon_for_the_next_bill(place: Place) -> None:
    """Seed 002 lines 932 to 975, R15: a quarter off one bill of 80, and nothing now."""
    coupon: dict[str, Any] = {"ProductId": 123456, "Quantity": 1, "CouponCode": "YMR-DZZ-Z5J"}
    with playing("coupon", place) as player:
        answer = call(player, UPDATE, SUBSCRIPTION, **coupon)
        assert prices(answer) == (NOTHING, "60.0 50.42 9.58")
        assert subscription(player)["Items"][0]["Couponcode"] == "YMR-DZZ-Z5J"
        call(player, RENEW)
        assert last_bill(player) == ("renewal", Decimal("60.0"))
        assert subscription(player)["NextBillingCustomerGrossPrice"] == Decimal("80.0")
