"""Coupons on the wire: CouponCode in, Couponcode and PromotionId out, and why (R15)."""

import pytest

from tests.given import GOLD, SEAT
from tests.promoting import CODE, promotion
from tests.rest.test_sandbox import BUY, cart
from tests.rest.world import CLOUDIFY, SEVERAL, SINGLE, World

ADD = "addsubscriptionitem"


@pytest.fixture
def promoting(any_world: World) -> World:
    """A world with promotions: 20 % for one renewal, and 7.50 off for ever, five times."""
    made = (
        promotion(percent="20", billings=1),
        promotion(fixed="7.50", id=18, codes=("fifteen",), max_uses=5),
    )
    assert any_world.platform.store.put_promotions(CLOUDIFY, made)
    return any_world


def apply(world: World, code: str, **fields: object) -> dict[str, str]:
    """The prices that updatesubscriptionitem answers with, as they are printed."""
    body = {"ProductId": GOLD.id, "Quantity": 1, "CouponCode": code, **fields}
    answer = world.update(SINGLE, **body)
    assert answer.status_code == 200, answer.text
    return {key: str(value) for key, value in answer.json().items()}


def test_the_call_of_the_guide(promoting: World) -> None:
    """Seed 002, a discount for the next billing interval: all settings false, code in any case."""
    settings = {
        "AlignToCurrentInterval": False,
        "ExtendInterval": False,
        "GetCustomerPricePreviewOnly": False,
    }
    prices = apply(promoting, CODE.lower(), AlignmentSettings=settings, UpdateAction="Update")
    assert prices["AlignmentCustomerGrossPrice"] == "0.0"
    assert prices["NextBillingCustomerGrossPrice"] == "80.0"
    assert prices["NextRenewalCustomerGrossPrice"] == "80.0"
    found = promoting.read(SINGLE)
    assert str(found["NextBillingCustomerGrossPrice"]) == "80.0"
    *_, item = found["Items"]
    assert (item["Couponcode"], item["PromotionId"]) == (CODE, 17)
    assert str(item["NextBillingCustomerNetPrice"]) == "67.23"
    assert str(item["NextRenewalCustomerVatPrice"]) == "12.77"


def test_former_versions_show_what_they_had(promoting: World) -> None:
    """One entry for each version: without, with the first, with the second coupon."""
    apply(promoting, CODE)
    apply(promoting, "FIFTEEN")
    shown = [(item["Couponcode"], item["PromotionId"]) for item in promoting.read(SINGLE)["Items"]]
    assert shown == [("", None), (CODE, 17), ("fifteen", 18)]
    [item] = promoting.read(SINGLE, isCurrent="true")["Items"]
    assert str(item["NextBillingCustomerGrossPrice"]) == "92.5"


def test_a_preview_changes_nothing(promoting: World) -> None:
    """Table 3.1: the same prices, and no version, coupon or use."""
    before = promoting.state()
    settings = {"GetCustomerPricePreviewOnly": True}
    prices = apply(promoting, CODE, AlignmentSettings=settings)
    assert prices["NextBillingCustomerGrossPrice"] == "80.0"
    assert promoting.state() == before


def test_an_item_with_a_coupon(promoting: World) -> None:
    """subscription-api.md 2.1: a coupon for the item that joins, spelt as the client spells it."""
    body = {"SubscriptionId": SINGLE, "ProductId": SEAT.id, "Quantity": 2, "Couponcode": CODE}
    answer = promoting.call(ADD, body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["NextBillingCustomerGrossPrice"] == 108
    shown = [item["Couponcode"] for item in promoting.read(SINGLE)["Items"]]
    assert shown == ["", CODE]


@pytest.mark.parametrize(
    ("subscription", "code", "text"),
    [
        (SINGLE, "nobody-knows", "The coupon is unknown"),
        (SEVERAL, CODE, "several items"),
    ],
)
def test_what_is_refused(promoting: World, subscription: int, code: str, text: str) -> None:
    """R15, R17: 402 with the reason, for both calls; nothing changes."""
    fields = {"SubscriptionId": subscription, "ProductId": SEAT.id, "Quantity": 1}
    body = {**fields, "CouponCode": code, "RunningNumber": 1}
    promoting.refuses("updatesubscriptionitem", body, 402, text)
    promoting.refuses(ADD, {**fields, "CouponCode": code}, 402, text)


def test_a_purchase_with_a_coupon(promoting: World) -> None:
    """The sandbox purchase: one code for the cart; the journal explains every line (R10)."""
    lines = cart((GOLD.id, 1), (SEAT.id, 10), coupon_code="Fifteen")
    answer = promoting.post(BUY, lines).json()
    [number] = answer["subscription_ids"]
    journal = promoting.get(f"/tollbridge/subscriptions/{number}/journal").json()["entries"]
    started, opened = journal[0]["details"], journal[1]["details"]
    assert opened["amount"]["gross"] == 142.5
    explained = [line["explanation"]["discount"] for line in opened["lines"]]
    assert [(one["code"], one["rule"], one["amount"]) for one in explained] == [
        ("fifteen", "7.5 gross", "5"),
        ("fifteen", "7.5 gross", "2.5"),
    ]
    assert explained[0]["full"] == {"gross": 100, "net": 84.03, "vat": 15.97}
    assert [one["item_running_no"] for one in started["coupons"]] == [1, 2]
    assert promoting.read(int(number[1:]))["NextBillingCustomerGrossPrice"] == 142.5


def test_a_purchase_with_an_unknown_coupon(promoting: World) -> None:
    """R17: 402 and a reason; no customer, no purchase."""
    before = promoting.state()
    answer = promoting.post(BUY, cart((GOLD.id, 1), coupon_code="nobody"))
    assert (answer.status_code, answer.json()["reason"]) == (402, "coupon_unknown")
    assert promoting.state() == before
