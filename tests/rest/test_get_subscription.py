"""getsubscription (subscription-api.md 2.4)."""

from decimal import Decimal

import pytest

from tests.given import GOLD, PLATINUM, SEAT, TAX
from tests.rest.world import (
    CARD,
    CLOUDIFY,
    OTHER,
    PURCHASE,
    SEATS,
    SEVERAL,
    SINGLE,
    World,
    basic,
    decimals,
)
from tollbridge.commands.sign_up import SignUpRequest
from tollbridge.domain.customer import Contact
from tollbridge.domain.links import self_service_token
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.payment import Card
from tollbridge.domain.sign_up import OrderItem
from tollbridge.domain.subscription import ItemStatus, SubscriptionStatus
from tollbridge.domain.totals import next_billing_total
from tollbridge.flows.sign_up import sign_up
from tollbridge.rest.choices import ITEM_STATUS, SUBSCRIPTION_STATUS
from tollbridge.rest.subscription_answer import amounts

ANSWER = (
    '{"Subscription":{"CustomerCurrencyId":"USD","CustomerId":157610360,'
    '"CustomerReferenceId":"customer-of-67531904","CustomerReferenceNo":"","EndDate":null,'
    '"GracePeriodDays":0,"Id":67531904,"IntervalDayCount":0,"IntervalMonthCount":1,'
    '"BillingIntervalDayCount":0,"BillingIntervalMonthCount":0,"Items":[{"Couponcode":"",'
    '"DeactivationDate":null,"EndDate":null,"IsCurrent":true,"LastIntervalNo":0,'
    '"NextBillingCurrencyId":"USD","NextBillingCustomerGrossPrice":50.0,'
    '"NextBillingCustomerNetPrice":42.02,"NextBillingCustomerVatPrice":7.98,'
    '"NextRenewalCustomerGrossPrice":50.0,"NextRenewalCustomerNetPrice":42.02,'
    '"NextRenewalCustomerVatPrice":7.98,"ProductId":292973,"ProductName":"Cloudify Seat",'
    '"ProductNameExtension":"","PromotionId":null,"Quantity":10,"RecurrenceCount":null,'
    '"RunningNo":1,"StartDate":"2026-02-09T15:43:07.20517","Status":1,'
    '"SubscriptionId":67531904,"SubscriptionPurchaseItems":[{"PurchaseId":531157892,'
    '"PurchaseItemRunningNo":1,"SubscriptionIntervalNo":0,"BillingIntervalNo":0}],'
    '"Version":1,"VersionActiveDate":"2026-02-09T15:43:07.20517"}],"LastIntervalNo":0,'
    '"LastBillingIntervalNo":0,"NextBillingCurrencyId":"USD",'
    '"NextBillingCustomerGrossPrice":50.0,"NextBillingCustomerNetPrice":42.02,'
    '"NextBillingCustomerVatPrice":7.98,"NextRenewalCustomerGrossPrice":50.0,'
    '"NextRenewalCustomerNetPrice":42.02,"NextRenewalCustomerVatPrice":7.98,'
    '"NextBillingDate":"2026-03-09T15:43:07.20517","NextRenewalDate":"2026-03-09T15:43:07.20517",'
    '"NextBillingDateReminder":"2026-03-07T15:43:07.20517Z","PaymentInfo":{"CardExpirationDate":'
    '{"Month":12,"Year":2027},"CardLastFourDigits":"765T","Currency":null,"CurrencyId":null,'
    '"IsPurchaseOrder":null,"PaymentType":"Visa","PaymentTypeId":"CCA_VIS"},'
    '"RenewalType":"Automatic","StartDate":"2026-02-09T15:43:07.20517",'
    '"StartIntervalDayCount":0,"StartIntervalMonthCount":1,"Subscriptionstatus":1,'
    '"ManagementModel":"One","SelfServiceUrl":'
    '"http://testserver/864/s/s67531904-c36aYmuFLRGKzfnz"},"ResultMessage":"OK"}'
)


def test_the_answer_byte_for_byte(shared_world: World) -> None:
    """R25 and V3 (10 x 5.00 gross): order, spelling and numbers as in seed 003 line 107."""
    answer = shared_world.get(
        "/subscription/getsubscription?RunningNumber=1&SubscriptionId=S67531904&isCurrent=true"
    )
    assert answer.text == ANSWER
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


def test_one_seat_of_ten(world: World) -> None:
    """V4: 1 x 10.00 gross is 10.0 / 8.4 / 1.6."""
    own = {"CurrencyId": "USD", "IsGross": True, "Value": 10}
    world.update(Quantity=1, CustomerPrice=own)
    assert (
        '"NextBillingCustomerGrossPrice":10.0,"NextBillingCustomerNetPrice":8.4,'
        in world.get(f"/subscription/getsubscription?subscriptionid={SEATS}&iscurrent=1").text
    )


def test_all_versions_unless_only_the_current_is_asked_for(world: World) -> None:
    """3.5: one entry for each version, exactly one of a running number is current."""
    world.wait(days=1)
    world.update(Quantity=20)
    world.wait(days=1)
    world.update(ProductId=GOLD.id, Quantity=1)
    versions = [
        (item["Version"], item["IsCurrent"], item["Quantity"], item["ProductName"])
        for item in world.read()["Items"]
    ]
    assert versions == [
        (1, False, 10, SEAT.name),
        (2, False, 20, SEAT.name),
        (3, True, 1, GOLD.name),
    ]
    [current] = world.read(isCurrent="true")["Items"]
    assert current["Version"] == 3
    assert current["VersionActiveDate"] == "2026-02-11T15:43:07.20517"
    assert current["StartDate"] == "2026-02-09T15:43:07.20517"


def test_what_is_superseded_is_not_billed_again(world: World) -> None:
    """R13: the entries add up to the subscription's totals."""
    world.update(Quantity=20)
    found = world.read()
    prices = [item["NextBillingCustomerGrossPrice"] for item in found["Items"]]
    assert prices == [Decimal("0.0"), Decimal("100.0")]
    assert found["NextBillingCustomerGrossPrice"] == sum(prices)


def test_purchases_stand_with_the_version_that_they_billed(world: World) -> None:
    """2.4: SubscriptionPurchaseItems of each version."""
    world.update(Quantity=20)
    world.update(Quantity=25, AlignmentSettings={"AlignToCurrentInterval": True})
    purchases = [item["SubscriptionPurchaseItems"] for item in world.read()["Items"]]
    assert [len(each) for each in purchases] == [1, 0, 1]
    assert purchases[0][0]["PurchaseId"] == PURCHASE
    assert purchases[2][0]["PurchaseItemRunningNo"] == 1


def test_one_item_of_several(shared_world: World) -> None:
    """RunningNumber filters the items; the totals stay those of the subscription (R13)."""
    whole = shared_world.read(SEVERAL)
    assert [item["RunningNo"] for item in whole["Items"]] == [1, 2]
    second = shared_world.read(SEVERAL, RunningNumber=2)
    assert [item["ProductId"] for item in second["Items"]] == [SEAT.id]
    assert second["NextBillingCustomerGrossPrice"] == Decimal("115.0")
    unknown = shared_world.get(
        f"/subscription/getsubscription?subscriptionid=S{SEVERAL}&RunningNumber=3"
    )
    assert unknown.status_code == 404


def test_totals_are_those_of_the_domain(shared_world: World) -> None:
    """R13: the answer's totals are `domain.totals`."""
    for number in (SEATS, SINGLE, SEVERAL):
        held = shared_world.platform.store.held(CLOUDIFY, number)
        assert held is not None
        expected = amounts(next_billing_total(held.subscription, TAX, "DE"), "USD")
        found = shared_world.read(number)
        assert [found[f"NextBillingCustomer{kind}Price"] for kind in ("Gross", "Net", "Vat")] == [
            *expected
        ]


@pytest.mark.parametrize("written", ["S67531904", "s67531904", "67531904", "%5367531904"])
def test_ids_with_and_without_s(shared_world: World, written: str) -> None:
    """1.4."""
    answer = shared_world.get(f"/subscription/getsubscription?subscriptionID={written}")
    assert decimals(answer.content)["Subscription"]["Id"] == SEATS


def test_another_merchants_subscription_is_unknown(shared_world: World) -> None:
    """R17: 404 for what is unknown to this merchant, whoever else knows it."""
    url = f"/subscription/getsubscription?subscriptionid=S{SEATS}"
    answer = shared_world.get(url, Authorization=basic("other", "other"))
    assert answer.status_code == 404
    assert answer.json() == {"ResultMessage": "Subscription not found: S67531904"}
    own = "/subscription/getsubscription?subscriptionid=S99"
    assert shared_world.get(own, Authorization=basic("other", "other")).status_code == 200
    assert shared_world.get(own).status_code == 404
    assert shared_world.platform.store.held(OTHER, 99) is not None


def test_amounts_in_yen_have_one_decimal(world: World) -> None:
    """R25: 10 x 3921.05 JPY is 39,210.5, rounded half up to 39211.0 (1.7)."""
    request = SignUpRequest(
        items=(OrderItem(product_id=SEAT.id, quantity=10),),
        currency="JPY",
        contact=Contact(email="k@customer.example", country_id="JP", language_id="ja"),
        card=CARD,
    )
    [number] = sign_up(world.collector, CLOUDIFY, request, "test").subscription_ids
    text = world.get(f"/subscription/getsubscription?subscriptionid={number}").text
    assert '"NextBillingCustomerGrossPrice":39211.0,"NextBillingCustomerNetPrice":39211.0,' in text


def test_every_status_has_its_number() -> None:
    """1.5: the two tables of statuses."""
    assert [SUBSCRIPTION_STATUS[SubscriptionStatus(code)] for code in STATUSES] == [*range(1, 9)]
    assert [ITEM_STATUS[ItemStatus(code)] for code in ITEM_STATUSES] == [*range(1, 8)]
    assert len(SUBSCRIPTION_STATUS) == len(SubscriptionStatus)
    assert len(ITEM_STATUS) == len(ItemStatus)


STATUSES = ("ACT", "DEA", "FIN", "GRA", "HLD", "NEW", "HBC", "WNO")
ITEM_STATUSES = ("ACT", "DEA", "FIN", "REM", "WAT", "HBC", "OTH")


def test_self_service_links_cannot_be_guessed(shared_world: World) -> None:
    """2.4: 16 URL-safe characters that differ by subscription, merchant and key."""
    tokens = {self_service_token(_merchant(shared_world), number) for number in (1, 2, 3)}
    tokens.add(self_service_token(_merchant(shared_world, OTHER), 1))
    assert len(tokens) == 4
    assert all(len(token) == 16 and token.isascii() for token in tokens)
    assert not any(set(token) & set("+/=") for token in tokens)


def test_a_declined_sign_up_is_new(world: World) -> None:
    """3.6: an unpaid sign-up shows status New (6)."""
    request = SignUpRequest(
        items=(OrderItem(product_id=PLATINUM.id, quantity=1),),
        currency="USD",
        contact=Contact(email="d@customer.example", country_id="DE", language_id="de"),
        card=Card(number="4000 0000 0000 0002", expiry_month=1, expiry_year=2030),
    )
    [number] = sign_up(world.collector, CLOUDIFY, request, "test").subscription_ids
    assert world.read(number)["Subscriptionstatus"] == 6
    refused = world.update(number, ProductId=PLATINUM.id, Quantity=2)
    assert refused.status_code == 402


def _merchant(world: World, merchant_id: int = CLOUDIFY) -> Merchant:
    merchant = world.platform.store.merchant(merchant_id)
    assert merchant is not None
    return merchant
