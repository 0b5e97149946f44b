"""What each notification says: which are caused, of what, and in which words."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from tests.billing import pay, receive, run
from tests.given import (
    ALIGN,
    CAPTURED,
    DECLINED,
    EXTEND,
    GOLD,
    GROSS,
    NOW,
    PLATINUM,
    SEAT,
    STANDARD,
    Life,
    context,
    ordered,
    paid,
)
from tests.notices import scenes
from tests.notices.scenes import INVOICE, SHOP, TRANSFER, VISA, documents, only, told
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.cancellation import decide_deactivation
from tollbridge.domain.choices import Choices
from tollbridge.domain.facts import Fact, Parties
from tollbridge.domain.item_change import ItemChange, UpdateAction, decide_item_change
from tollbridge.domain.outbox import facts_told, read_input
from tollbridge.domain.promotion import FixedAmount, Offer, Promotion
from tollbridge.domain.refunding import RefundRequest
from tollbridge.domain.schedule import Interval
from tollbridge.domain.subscription import RenewalType
from tollbridge.notices import types
from tollbridge.notices.telling import Document, document, to_json, told_once, types_told
from tollbridge.notices.words import INCREASE


def read(document: Document) -> dict[str, Any]:
    """The document as a consumer reads it."""
    found: dict[str, Any] = json.loads(to_json(document))
    return found


def last(life: Life, type_: str = types.PAID) -> dict[str, Any]:
    """The last notification of this type in a life."""
    return read([one for name, one in documents(told(life)) if name == type_][-1])


def item(document: dict[str, Any], number: int = 0) -> dict[str, Any]:
    """A line with its subscription item in one."""
    line: dict[str, Any] = document["items"][number]
    return {**line, **line["recurringBilling"]}


def names(facts: list[Fact], choices: Choices | None = None) -> list[str]:
    """The types that facts cause, in order."""
    return [type_ for type_, _ in documents(facts, choices)]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (scenes.renewed, [types.PAID, types.SUBSCRIPTION_PAID]),
        (scenes.declined, [types.DECLINED, types.ON_GRACE]),
        (
            scenes.unpaid,
            [
                types.DECLINED,
                types.ON_GRACE,
                *[types.DECLINED] * 4,
                types.ON_HOLD,
                types.CANCELED,
            ],
        ),
        (scenes.by_wire, [types.OFFLINE, types.PAID, types.REMINDER_OFFLINE]),
        (scenes.by_invoice, [types.PURCHASE_ORDER, types.ERROR, types.CANCELED]),
        (
            scenes.manual,
            [types.REMINDER_CHARGE, types.ON_GRACE, types.PAID, types.SUBSCRIPTION_PAID],
        ),
        (scenes.canceled, [types.CANCELED, types.REINSTATED]),
        (scenes.moved, [types.DATE_EXTENDED, types.RENEWAL_TYPE]),
        (scenes.charged_back, [types.CHARGEBACK, types.CANCELED]),
        (scenes.two_calendars, [types.DECLINED, types.PAID]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_a_life_causes(facts: Any, expected: list[str]) -> None:  # noqa: ANN401 - a scene
    """platform.md a.6, in the order in which it happens."""
    assert names(facts()) == expected


def test_what_causes_nothing() -> None:
    """A change that waits for the next bill, and a removed item: the table names no notice."""
    life = paid((SEAT, 10), (GOLD, 1))
    known = len(life.changes)
    life.change(quantity=12)
    life.add(PLATINUM)
    life.remove(2)
    life.set_parameters({"x-source": "website"})
    assert names(told(life, known=known)) == []


def test_choices_of_what_is_told() -> None:
    """What a merchant does not want to hear (rows 2 and 12)."""
    quiet = Choices(subscription_paid=False, overdue_orders=False)
    assert names(scenes.renewed(), quiet) == [types.PAID]
    assert types.ERROR not in names(scenes.by_invoice(), quiet)


def test_a_sign_up() -> None:
    """Interval 0, Signup, and the date on which it was paid."""
    life = ordered((SEAT, 10))
    life.wait(seconds=2)
    life.settle(CAPTURED)
    document = last(life)
    assert (document["purchaseId"], document["statusId"]) == (100, "PAY")
    assert document["subscriptionRevenueCategoryId"] == "Signup"
    assert document["creationTime"] == "2026-04-01T09:30:00"
    assert document["paymentArriveTime"] == "2026-04-01T09:30:02"
    one = item(document)
    assert (one["subscriptionId"], one["subscriptionEventtypeId"]) == ("S7", "new")
    assert (one["intervalNumber"], one["subscriptionIntervalNumber"]) == (0, 0)
    assert (one["statusId"], one["itemStatusId"]) == ("ACT", "ACT")
    assert one["nextBillingDate"] == "2026-05-01T09:30:02"
    assert one["customerPrice"]["totalTotalPrice"] == {
        "netPrice": 42.02,
        "vatPrice": 7.98,
        "grossPrice": 50.0,
    }
    assert one["customerPrice"]["productSinglePrice"]["grossPrice"] == 5.0
    assert one["yourPrice"] == one["customerPrice"]
    assert one["profitCalculation"]["yourNetProfit"] == 42.02
    assert document["merchantOfRecord"] == "Cloudify"


def test_amounts_are_numbers_with_their_digits() -> None:
    """R25: at least one decimal, no more than the currency has."""
    text = to_json(only(scenes.renewed(), types.PAID))
    assert b'"grossPrice":50.0' in text
    yen = paid((SEAT, 10), currency="JPY")
    assert b'"grossPrice":39211.0' in to_json(only(told(yen), types.PAID))


def renewal_by(life: Life) -> tuple[str, str]:
    """Category and event type of the payment that came last."""
    document = last(life)
    return document["subscriptionRevenueCategoryId"], item(document)["subscriptionEventtypeId"]


def test_a_renewal_on_its_date() -> None:
    """The platform charges on the billing date."""
    assert renewal_by(charged()) == ("AutoRenewal", "renewed")


def charged(*plan: Any, **settings: Any) -> Life:  # noqa: ANN401 - outcomes and settings of `paid`
    """Ten seats, until two days after the first billing date."""
    life = paid((SEAT, 10), **settings)
    run(life, until=life.subscription.next_billing + timedelta(days=2), plan=plan)
    return life


def test_a_renewal_by_the_retry_schedule() -> None:
    """After the date, and not by the customer."""
    assert renewal_by(charged(DECLINED)) == ("LateRenewal", "renewed")


def test_an_automatic_renewal_that_the_customer_pays() -> None:
    """Online failed, and the customer paid by link."""
    life = charged(DECLINED, DECLINED)
    pay(life)
    life.settle(CAPTURED)
    assert renewal_by(life) == ("SemiAutoRenewal", "renewed")


def test_an_automatic_renewal_before_its_date() -> None:
    """Paid by link between reminder and billing date."""
    life = paid((SEAT, 10), reminder_days=7)
    run(life, until=life.subscription.reminder)
    pay(life)
    life.settle(CAPTURED)
    assert renewal_by(life) == ("EarlyRenewal", "renewed")


def test_a_renewal_by_wire() -> None:
    """An offline method is always by hand."""
    life = ordered((SEAT, 10), method=TRANSFER)
    life.method = TRANSFER
    receive(life)
    run(life, until=life.subscription.next_billing + timedelta(days=2))
    receive(life)
    assert renewal_by(life) == ("SemiAutoRenewal", "renewed")


def test_a_renewal_on_request() -> None:
    """RenewSubscription, before the date; under manual renewal it is the renewal itself."""
    life = paid((SEAT, 10))
    life.renew()
    life.settle(CAPTURED)
    assert renewal_by(life) == ("EarlyRenewal", "renewalReq")
    life = paid((SEAT, 10), renewal_type=RenewalType.MANUAL)
    life.renew()
    life.settle(CAPTURED)
    assert renewal_by(life) == ("ManualRenewal", "renewalReq")


@pytest.mark.parametrize(("days", "category"), [(-2, "ManualRenewal"), (2, "LateRenewal")])
def test_a_manual_renewal(days: int, category: str) -> None:
    """R21: by link, before the date or after it."""
    life = paid((SEAT, 10), renewal_type=RenewalType.MANUAL, reminder_days=7)
    run(life, until=life.subscription.next_billing + timedelta(days=days))
    pay(life)
    life.settle(CAPTURED)
    assert renewal_by(life) == (category, "renewed")


@pytest.mark.parametrize("action", UpdateAction)
def test_an_aligned_change_says_why(action: UpdateAction) -> None:
    """UpdateAction is for reports: here it is reported."""
    life = paid((SEAT, 10))
    life.change_paid(quantity=12, alignment=ALIGN, action=action)
    assert renewal_by(life) == ("Alignment", action.value)
    assert item(last(life))["quantity"] == 12


def test_an_increased_quantity() -> None:
    """`incqty` is known by the call."""
    life = paid((SEAT, 10))
    change = ItemChange(running_no=1, more=2, alignment=ALIGN, call=INCREASE)
    life.keep(decide_item_change(life.subscription, change, life.charging()))
    life.settle(CAPTURED)
    assert renewal_by(life) == ("Alignment", "incqty")


def test_an_item_that_joins_at_once() -> None:
    """Its line is of a purchase of its own, and it has no interval before."""
    life = paid((SEAT, 10))
    life.add(GOLD, alignment=ALIGN)
    life.settle(CAPTURED)
    one = item(last(life))
    assert (one["subscriptionItemRunningNo"], one["subscriptionEventtypeId"]) == (2, "add")
    assert (one["originalPurchaseId"], one["originalPurchaseItemRunningNumber"]) == (101, 1)
    now = last(life, types.SUBSCRIPTION_PAID)["subscriptionItems"]
    assert [(one["runningNumber"], one["isCurrent"]) for one in now] == [(1, True), (2, True)]


def test_an_extension_of_two_items() -> None:
    """R12: the changed item says why, the other one is renewed with it."""
    life = paid((SEAT, 10), (GOLD, 1))
    life.wait(days=10)
    life.change_paid(quantity=12, alignment=EXTEND)
    document = last(life)
    assert [item(document, n)["subscriptionEventtypeId"] for n in (0, 1)] == ["update", "renewed"]
    assert item(document)["nextBillingDate"] == "2026-05-11T09:30:00"


def test_a_renewal_with_another_product() -> None:
    """SubscriptionPaid: what was in force before, and what is now."""
    life = paid((GOLD, 1))
    life.wait(days=3)
    life.change(product_id=PLATINUM.id)
    run(life, until=life.subscription.next_billing)
    now, before = last(life, types.SUBSCRIPTION_PAID)["subscriptionItems"]
    assert (now["productId"], now["version"], now["isCurrent"]) == (PLATINUM.id, 2, True)
    assert (now["lastIntervalNumber"], now["subscriptionEventtypeId"]) == (1, "renewed")
    assert now["startDate"] == "2026-05-01T09:30:00"
    assert now["versionActiveDate"] == "2026-04-04T09:30:00"
    assert (before["productId"], before["version"], before["isCurrent"]) == (GOLD.id, 1, False)
    assert (before["lastIntervalNumber"], before["subscriptionEventtypeId"]) == (0, "new")
    assert before["startDate"] == before["versionActiveDate"] == "2026-04-01T09:30:00"
    assert now["customerRenewalPrice"]["grossPrice"] == 150.0
    assert before["customerRenewalPrice"]["grossPrice"] == 100.0


def test_an_upgrade_within_the_interval() -> None:
    """SubscriptionPaid of a change: the terms that it took the place of."""
    life = paid((SEAT, 10))
    life.wait(days=10)
    life.change_paid(quantity=12, alignment=ALIGN)
    life.wait(days=1)
    life.change_paid(quantity=15, alignment=ALIGN)
    now, before = last(life, types.SUBSCRIPTION_PAID)["subscriptionItems"]
    assert (now["version"], now["quantity"], now["isCurrent"]) == (3, 15, True)
    assert (before["version"], before["quantity"], before["isCurrent"]) == (2, 12, False)
    assert before["versionActiveDate"] == "2026-04-11T09:30:00"


SPRING = Promotion(
    merchant_id=864,
    id=17,
    name="Spring",
    fixed=(FixedAmount("USD", GROSS, Decimal("10.00")),),
    billings=2,
    codes=("spring",),
)


def test_a_coupon() -> None:
    """The price before, what was taken off, and the code."""
    offer = Offer(promotion=SPRING, code="spring", use_no=0)
    life = ordered((SEAT, 10), offer=offer)
    life.settle(CAPTURED)
    one = item(last(life))
    assert (one["couponcode"], one["promotionId"], one["promotionName"]) == ("spring", 17, "Spring")
    prices = one["customerPrice"]
    assert prices["productTotalPrice"]["grossPrice"] == 50.0
    assert prices["promotionDiscountTotalPrice"]["grossPrice"] == 10.0
    assert prices["promotionDiscountSinglePrice"]["grossPrice"] == 1.0
    assert prices["totalTotalPrice"]["grossPrice"] == 40.0
    assert one["nextBillingProfit"]["grossRevenue"] == 40.0


def test_two_calendars_are_one_document() -> None:
    """One order, two subscriptions: one notification with the items of both."""
    facts = scenes.two_calendars()
    assert len(facts) == 4
    declined, done = (read(one) for _, one in documents(facts))
    for each in (declined, done):
        assert each["purchaseId"] == scenes.SHARED
        assert [item(each, n)["subscriptionId"] for n in (0, 1)] == ["S7", "S8"]
        assert [one["runningNumber"] for one in each["items"]] == [1, 2]
    assert [item(done, n)["nextBillingDate"][:7] for n in (0, 1)] == ["2026-05", "2027-04"]


def test_the_order_of_facts_does_not_matter() -> None:
    """Whoever groups them hands them over as they come."""
    facts = [(fact, read_input(fact)) for fact in scenes.two_calendars()[2:]]
    assert to_json(document(types.PAID, facts, SHOP)) == to_json(
        document(types.PAID, facts[::-1], SHOP)
    )


def test_facts_that_are_told_once() -> None:
    """The same attempt at the same sign-up; another attempt is another notification."""
    keys = [told_once(fact) for fact in scenes.two_calendars()]
    assert keys[0] == keys[1] == "payment_declined/100/1"
    assert keys[2] == keys[3] == "purchase_paid/100/1"
    life = charged(DECLINED)
    assert {told_once(fact) for fact in told(life)[1:]} == {None}
    assert told_once(scenes.of_part(RefundRequest(amount=100))[0]) == (
        "purchase_partially_refunded/100/1"
    )


def test_no_facts_make_no_document() -> None:
    """A mistake of the caller is loud."""
    with pytest.raises(ValueError, match="at least one fact"):
        document(types.PAID, [], SHOP)


def test_a_type_that_nothing_causes() -> None:
    """No document is made up."""
    (fact, *_) = scenes.renewed()
    with pytest.raises(KeyError):
        document("AwaitingNotification", [(fact, read_input(fact))], SHOP)


def test_a_whole_refund() -> None:
    """All lines with what was paid for them, and an id of its own."""
    document = read(only(scenes.of_part(RefundRequest(terminate=True)), types.REFUND))
    purchase = document["purchase"]
    assert (purchase["purchaseId"], purchase["reimbursementId"]) == (100, 5001)
    assert (purchase["statusId"], document["reimbursementTypeId"]) == ("REF", "REF")
    assert document["terminateRecurringBilling"] is True
    assert [one["customerPrice"]["totalTotalPrice"]["grossPrice"] for one in purchase["items"]] == [
        50.0,
        100.0,
    ]
    assert item(purchase)["itemStatusId"] == "DEA"
    assert purchase["paymentArriveTime"] == "2026-04-01T09:30:00"


def test_a_part_of_a_line() -> None:
    """The amounts are those that went back; other lines are not told."""
    document = read(only(scenes.of_part(RefundRequest(lines=(2,))), types.PARTIAL_REFUND))
    purchase = document["purchase"]
    assert [one["productId"] for one in purchase["items"]] == [GOLD.id]
    assert item(purchase)["customerPrice"]["totalTotalPrice"]["grossPrice"] == 100.0
    assert (document["partialRefundType"], document["remark"]) == ("RefundAmount", None)
    assert document["terminateRecurringBilling"] is False
    assert item(purchase)["itemStatusId"] == "ACT"


def test_the_last_notice_of_a_purchase_order() -> None:
    """The merchant is told, and has three days (platform.md g)."""
    document = read(only(scenes.by_invoice(), types.ERROR))
    assert document["error"]["code"] == "PURCHASE_ORDER_OVERDUE"
    assert document["statusId"] == "WPO"
    assert document["paymentInfo"]["isPurchaseOrder"] is True


def test_an_unpaid_sign_up_is_canceled() -> None:
    """Its purchase is told as canceled, and with no payment."""
    document = read(only(scenes.by_invoice(), types.CANCELED))
    assert document["purchase"]["statusId"] == "CAN"
    assert "paymentArriveTime" not in document["purchase"]


def test_renewals_that_are_used_up() -> None:
    """Finished items are billed no more: so is told."""
    once = replace(SEAT, recurrence_count=1)
    life = paid((once, 10), products=[once])
    run(life, until=life.subscription.next_billing + timedelta(days=40))
    document = last(life, types.CANCELED)
    one = item(document["purchase"])
    assert (one["statusId"], one["itemStatusId"], one["recurrenceCount"]) == ("FIN", "FIN", 1)


@pytest.mark.parametrize("alignment", [ALIGN, Alignment()])
def test_items_that_move_to_another_subscription(alignment: Alignment) -> None:
    """What leaves one subscription is told there, and what comes is told where it comes."""
    came, left = scenes.merged(alignment)
    gone = read(only(left, types.CANCELED))["purchase"]
    assert (item(gone)["subscriptionId"], item(gone)["itemStatusId"]) == ("S9", "REM")
    assert item(gone)["subscriptionEventtypeId"] == "remove"
    here = read(only(came, types.REINSTATED))
    assert [one["productId"] for one in here["items"]] == [GOLD.id]
    one = item(here)
    assert (one["subscriptionId"], one["subscriptionItemRunningNo"]) == ("S7", 2)
    assert (one["itemStatusId"], one["nextBillingDate"]) == ("ACT", "2026-05-11T09:30:00")
    assert (types.PAID in names(came)) == (alignment is ALIGN)


def test_a_line_of_a_shared_order_keeps_its_number() -> None:
    """The second subscription's item is line 2 of the order, in every notice."""
    year = read_input(scenes.two_calendars()[3]).subscription
    around = replace(context(), parties=Parties(scenes.BUYER, VISA))
    gone = decide_deactivation(year, [1], around, allow_reinstate=True, generate_mail=False)
    purchase = read(only(facts_told(gone), types.CANCELED))["purchase"]
    assert (purchase["purchaseId"], item(purchase)["runningNumber"]) == (scenes.SHARED, 2)
    assert (item(purchase)["subscriptionId"], item(purchase)["subscriptionItemRunningNo"]) == (
        "S8",
        1,
    )


def test_test_orders() -> None:
    """By default a test card pays like any other; a merchant may want to see the difference."""
    life = paid((SEAT, 10))
    test_card = replace(VISA, last_four="142T")
    wanted = Choices(test_orders=True)
    for card, choices, status in [
        (test_card, None, "PAY"),
        (test_card, wanted, "TST"),
        (VISA, wanted, "PAY"),
    ]:
        document = read(only(told(life, card), types.PAID, choices))
        assert document["statusId"] == status


def test_links() -> None:
    """They are absolute, signed, and good for 99 days from the fact."""
    document = read(only(scenes.renewed(), types.PAID))
    one = item(document)
    assert document["customerConfirmationPageUrl"].startswith("https://shop.example/864/p/101-")
    assert document["customerPdfDocumentUrl"].startswith("https://shop.example/864/invoice/")
    assert document["customerPdfDocumentUrl"].endswith("/101.pdf")
    page = one["cancellationUrl"].removesuffix("/cancel")
    assert page.startswith("https://shop.example/864/s/s7-")
    assert one["changePaymentSubscriptionUrl"] == f"{page}/payment"


def test_a_purchase_order_renews() -> None:
    """Its bill is an order of its own; a manual renewal by wire is none until it is paid."""
    life = ordered((SEAT, 10), method=INVOICE)
    life.method = INVOICE
    receive(life)
    known = len(life.changes)
    run(life, until=life.subscription.next_billing + timedelta(days=1))
    assert names(told(life, INVOICE, known)) == [types.REMINDER_OFFLINE, types.PURCHASE_ORDER]
    life = ordered((SEAT, 10), method=TRANSFER, renewal_type=RenewalType.MANUAL)
    life.method = TRANSFER
    receive(life)
    known = len(life.changes)
    run(life, until=life.subscription.next_billing + timedelta(days=1))
    assert names(told(life, TRANSFER, known)) == [types.ON_GRACE]


def test_parameters_are_told() -> None:
    """`x-` parameters come back with every notice."""
    life = paid((SEAT, 10))
    life.set_parameters({"x-source": "website & <more>"})
    life.deactivate(1)
    document = read(only(told(life), types.CANCELED))
    assert document["purchase"]["extraParameters"] == {"x-source": "website & <more>"}


def test_a_year_is_told_in_months() -> None:
    """The interval of the subscription."""
    one = item(last(paid((STANDARD, 1))))
    assert (one["intervalLengthInMonths"], one["intervalLengthInDays"]) == (12, 0)


def test_a_trial() -> None:
    """R16: interval 0 costs nothing, and is an order that is paid."""
    trial = replace(SEAT, trial=Interval(days=14))
    life = ordered((trial, 10), products=[trial])
    document = last(life)
    one = item(document)
    assert document["subscriptionRevenueCategoryId"] == "Signup"
    assert one["customerPrice"]["totalTotalPrice"]["grossPrice"] == 0.0
    assert one["nextBillingProfit"]["grossRevenue"] == 50.0
    assert one["nextBillingDate"] == "2026-04-15T09:30:00"


def test_types_are_told_by_the_fact_alone() -> None:
    """A fact that nothing is said of causes nothing."""
    (fact, *_) = scenes.renewed()
    assert types_told(read_input(fact), replace(fact, type="item_removed"), Choices()) == ()
    assert fact.at == NOW + timedelta(days=30)
