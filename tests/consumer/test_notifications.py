"""Reading notifications: every published example, every spelling, and what nobody foresaw."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.consumer.samples import FILES, body_of, changed, is_same, leaves
from tollbridge import consumer
from tollbridge.consumer import (
    TYPES,
    CustomerProfileUpdateNotification,
    ErrorNotification,
    MalformedError,
    NewAffiliateSignup,
    NewPartnerSignup,
    PaidOrderNotification,
    PartialRefundNotification,
    PurchaseNotification,
    RecurringBillingCanceledNotification,
    RecurringBillingOnGraceNotification,
    ReimbursementNotification,
    SubscriptionPaidNotification,
    Unknown,
    parse,
)

NESTED = {
    "ChargebackInformationRequestNotification",
    "ChargebackNotification",
    "PartialRefundNotification",
    "RecurringBillingCanceledNotification",
    "RefundNotification",
    "ReturnDirectDebitNotification",
}


def paid(**changes: object) -> PurchaseNotification:
    """The published PaidOrderNotification with these top-level fields."""
    found = parse(changed("PaidOrderNotification", lambda document: document.update(changes)))
    assert isinstance(found, PaidOrderNotification)
    return found


@pytest.mark.parametrize("name", FILES)
def test_each_published_example_is_read(name: str) -> None:
    """Into the class of its name, with the body as it came."""
    found = parse(body_of(name))
    assert type(found).__name__ == found.meta.type == name
    assert found.body == body_of(name)
    assert found.meta.schema_url.endswith(name)
    assert isinstance(found, ReimbursementNotification) is (name in NESTED)
    assert TYPES[name] is type(found) is getattr(consumer, name)


@pytest.mark.parametrize("name", FILES)
def test_nothing_of_an_example_is_lost(name: str) -> None:
    """Every value of every published example has its place: the library leaves nothing out."""
    written = dict(leaves(json.loads(body_of(name))))
    read = dict(leaves(msgspec.to_builtins(parse(body_of(name)))))
    missing = {place: value for place, value in written.items() if value is not None}
    for place, value in read.items():
        if place in missing and is_same(missing[place], value):
            del missing[place]
    assert missing == {}


def test_a_sign_up() -> None:
    """What a consumer asks first: who, what, how many, until when."""
    purchase = paid().purchase
    [item] = purchase.items
    billing = item.recurring_billing
    assert billing is not None
    assert purchase.internal_customer == "UUID-YOUR-UNIQUE-ID-1234-5678"
    assert (item.product_id, item.quantity) == (97771, 1)
    assert (billing.subscription_id, billing.subscription_event_type_id) == (12345678, "new")
    assert billing.next_billing_date == datetime(2027, 3, 19, 14, 47, 34, 857671, UTC)
    assert item.customer_price
    assert item.customer_price.total_total_price
    assert item.customer_price.total_total_price.vat_price == Decimal("15.97")
    assert purchase.extra_parameters == {"x-source": "website"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019-03-19T14:47:34.857671", datetime(2019, 3, 19, 14, 47, 34, 857671, UTC)),
        ("2019-03-25T14:17:27.4970365Z", datetime(2019, 3, 25, 14, 17, 27, 497037, UTC)),
        ("2019-03-25T14:17:27.49+00:00", datetime(2019, 3, 25, 14, 17, 27, 490000, UTC)),
        ("2019-03-25T14:17:27", datetime(2019, 3, 25, 14, 17, 27, 0, UTC)),
        ("2019-03-25T14:17:27+02:00", datetime(2019, 3, 25, 12, 17, 27, 0, UTC)),
    ],
)
def test_dates_are_aware_whatever_their_spelling(text: str, expected: datetime) -> None:
    """Three spellings are published; all are UTC."""
    found = paid(creationTime=text).purchase.creation_time
    assert found == expected
    assert found is not None
    assert found.tzinfo is UTC


@pytest.mark.parametrize("written", ["S12345678", "s12345678", "12345678", 12345678])
def test_ids_with_or_without_s(written: str | int) -> None:
    """The purchase model writes S, the subscription model none: both are the number."""

    def change(document: dict[str, Any]) -> None:
        document["items"][0]["recurringBilling"]["subscriptionId"] = written

    found = parse(changed("PaidOrderNotification", change))
    assert isinstance(found, PurchaseNotification)
    billing = found.purchase.items[0].recurring_billing
    assert billing
    assert billing.subscription_id == 12345678


@pytest.mark.parametrize("name", ["subscriptionEventtypeId", "subscriptionEventTypeId"])
def test_both_spellings_of_the_event_type(name: str) -> None:
    """The documents have both, in both models; the same goes for other names' case."""

    def rename(values: list[dict[str, Any]]) -> None:
        for value in values:
            value.pop("subscriptionEventtypeId")
            value[name] = "renewed"

    def in_purchase(document: dict[str, Any]) -> None:
        rename([item["recurringBilling"] for item in document["items"]])
        document["items"][0]["couponCode" if "Type" in name else "couponcode"] = "AUTUMN"

    def in_subscription(document: dict[str, Any]) -> None:
        rename(document["subscriptionItems"])
        status = document.pop("subscriptionstatus")
        document["subscriptionStatus" if "Type" in name else "subscriptionstatus"] = status

    order = parse(changed("PaidOrderNotification", in_purchase))
    assert isinstance(order, PaidOrderNotification)
    [item] = order.purchase.items
    assert item.recurring_billing
    assert item.recurring_billing.subscription_event_type_id == "renewed"
    assert item.coupon_code == "AUTUMN"
    subscription = parse(changed("SubscriptionPaidNotification", in_subscription))
    assert isinstance(subscription, SubscriptionPaidNotification)
    assert subscription.subscription.subscription_status == "ACT"
    assert {
        item.subscription_event_type_id for item in subscription.subscription.subscription_items
    } == {"renewed"}


def test_a_cancellation_flat_or_nested() -> None:
    """Nobody published which: both are the same value but for what only the nested form has."""

    def flatten(document: dict[str, Any]) -> None:
        document.update(document.pop("purchase"))

    nested = parse(body_of("RecurringBillingCanceledNotification"))
    flat = parse(changed("RecurringBillingCanceledNotification", flatten))
    assert isinstance(nested, RecurringBillingCanceledNotification)
    assert isinstance(flat, RecurringBillingCanceledNotification)
    assert nested.purchase == flat.purchase
    assert nested.terminate_recurring_billing is flat.terminate_recurring_billing is True


def test_both_names_of_grace() -> None:
    """The XML schema has another than the documents; `meta.type` stays what was sent."""

    def rename(document: dict[str, Any]) -> None:
        document["meta"]["type"] = "RecurringBillingGracePeriodNotification"

    other = parse(changed("RecurringBillingOnGraceNotification", rename))
    one = parse(body_of("RecurringBillingOnGraceNotification"))
    assert isinstance(other, RecurringBillingOnGraceNotification)
    assert isinstance(one, RecurringBillingOnGraceNotification)
    assert other.purchase == one.purchase
    assert other.meta.type == "RecurringBillingGracePeriodNotification"


def test_the_other_models() -> None:
    """Profile, error, refund of a part, and those who sell."""
    profile = parse(body_of("CustomerProfileUpdateNotification"))
    assert isinstance(profile, CustomerProfileUpdateNotification)
    assert profile.customer.customer_id == 101267514
    assert profile.customer.payment_info
    assert profile.customer.payment_info.card_last_four_digits == "1111"
    error = parse(body_of("ErrorNotification"))
    assert isinstance(error, ErrorNotification)
    assert error.purchase.error
    assert error.purchase.error.message
    part = parse(body_of("PartialRefundNotification"))
    assert isinstance(part, PartialRefundNotification)
    assert (part.partial_refund_type, part.remark) == ("RefundAmount", "")
    affiliate, partner = parse(body_of("NewAffiliateSignup")), parse(body_of("NewPartnerSignup"))
    assert isinstance(affiliate, NewAffiliateSignup)
    assert isinstance(partner, NewPartnerSignup)
    assert (affiliate.affiliate.affiliate_id, partner.partner.partner_id) == (4711, 4712)


def test_the_customers_own_id_under_both_names() -> None:
    """The table has another name than the examples."""
    own = {"internalCustomer": None, "customerReferenceNumber": "C-1"}
    assert paid(**own).purchase.internal_customer == "C-1"
    both = paid(internalCustomer="C-2", customerReferenceNumber="C-1")
    assert both.purchase.internal_customer == "C-2"


def test_unknown_fields_and_values_are_tolerated() -> None:
    """At every level; fields are added all the time, and statuses too."""

    def grow(document: object) -> None:
        if isinstance(document, dict):
            for inner in list(document.values()):
                grow(inner)
            document["newField"] = {"deep": [1, None, {"x": "y"}]}
        elif isinstance(document, list):
            for inner in document:
                grow(inner)

    for name in FILES:
        parse(changed(name, grow))
    assert paid(statusId="ZZZ").purchase.status_id == "ZZZ"


def test_null_is_what_is_missing() -> None:
    """For every field that is not needed to say what it is about."""
    without = paid(status=None, billingContact=None, creationTime=None, extraParameters=None)
    assert (without.purchase.status, without.purchase.billing_contact) == ("", None)
    assert (without.purchase.creation_time, without.purchase.extra_parameters) == (None, {})


def test_an_unknown_type_is_a_value() -> None:
    """With its body, so that it can be kept or read by hand."""
    body = b'{"meta": {"type": "CanceledNotification", "date": "2019-03-25T14:17:27"}, "x": 1}'
    found = parse(body)
    assert isinstance(found, Unknown)
    assert (found.meta.type, found.body) == ("CanceledNotification", body)
    assert found.meta.date == datetime(2019, 3, 25, 14, 17, 27, 0, UTC)


def test_no_personal_data_is_printed() -> None:
    """Whoever logs a notification logs its type and date."""
    assert repr(paid()) == "<PaidOrderNotification of 2026-03-19 14:47:34.857671+00:00>"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"\xff", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "no JSON object"),
        (b"null", "no JSON object"),
        (b"{}", "no type"),
        (b'{"meta": "PaidOrderNotification"}', "no type"),
        (b'{"meta": {"type": 1}}', "no type"),
        (b'{"meta": {"type": null}}', "no type"),
        (b'{"meta": {"type": "PaidOrderNotification"}}', "PaidOrderNotification: .*purchaseid"),
        (b'{"meta": {"type": "RefundNotification"}, "purchase": 7}', "RefundNotification: "),
        (b'{"meta": {"type": "CustomerProfileUpdateNotification"}}', "customer"),
        (b'{"meta": {"type": "X", "date": "yesterday"}}', "X: .*date"),
    ],
)
def test_what_is_no_notification_is_refused(body: bytes, message: str) -> None:
    """With what is wrong; nothing else is raised."""
    with pytest.raises(MalformedError, match=message):
        parse(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.sampled_from(sorted(FILES)), st.data())
def test_only_malformed_is_raised(name: str, data: st.DataObject) -> None:
    """Whatever stands in place of any value of an example."""
    document = json.loads(body_of(name))
    place = document
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else [0]))
        inner = place[key]
        if not (inner and isinstance(inner, dict | list)) or data.draw(st.booleans()):
            break
        place = inner
    place[key] = data.draw(JSON)
    try:
        found = parse(json.dumps(document).encode())
    except MalformedError:
        return
    assert msgspec.json.encode(found, enc_hook=str)
