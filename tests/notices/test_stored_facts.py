"""From commands on a real store to documents, on both engines."""

import json

import pytest

from tests.commands.conftest import any_collector, any_platform
from tests.given import CATALOG, SEAT, STANDARD
from tests.notices.scenes import SHOP, documents
from tests.rest.world import CARD, CLOUDIFY, CONTACT, merchant
from tollbridge.commands.move_billing_date import move_billing_date
from tollbridge.commands.sign_up import SignUpRequest
from tollbridge.domain.facts import Fact
from tollbridge.domain.refunding import RefundRequest
from tollbridge.domain.sign_up import OrderItem
from tollbridge.flows.collecting import Collector
from tollbridge.flows.purchases import charge_back, refund
from tollbridge.flows.sign_up import sign_up
from tollbridge.notices import types
from tollbridge.notices.telling import to_json

__all__ = ["any_collector", "any_platform"]


@pytest.fixture
def shop(any_collector: Collector) -> Collector:
    """A merchant who sells seats by the month and Standard by the year."""
    any_collector.platform.store.put_merchant(merchant(CLOUDIFY))
    any_collector.platform.store.put_products(CLOUDIFY, CATALOG)
    return any_collector


def order(shop: Collector) -> tuple[int, tuple[int, ...]]:
    """An order for a month and a year: its purchase and its two subscriptions."""
    request = SignUpRequest(
        items=tuple(OrderItem(product_id=each.id, quantity=1) for each in (SEAT, STANDARD)),
        currency="USD",
        contact=CONTACT,
        card=CARD,
    )
    bought = sign_up(shop, CLOUDIFY, request, "test")
    return bought.purchase_id, bought.subscription_ids


def facts(shop: Collector, subscription_ids: tuple[int, ...]) -> list[Fact]:
    """All facts of some subscriptions as they are stored."""
    store = shop.platform.store
    return [fact for number in subscription_ids for fact in store.facts(CLOUDIFY, number)]


def test_an_order_for_two_calendars(shop: Collector) -> None:
    """Two facts in one stream, one document."""
    purchase_id, both = order(shop)
    stored = facts(shop, both)
    assert {fact.stream for fact in stored} == {purchase_id}
    [(type_, paid)] = documents(stored)
    read = json.loads(to_json(paid))
    assert (type_, read["purchaseId"]) == (types.PAID, purchase_id)
    ids = [item["recurringBilling"]["subscriptionId"] for item in read["items"]]
    assert ids == [f"S{number}" for number in both]


def test_money_that_goes_back(shop: Collector) -> None:
    """A part by the gateway, the rest by the bank: each with the purchase and an id of its own."""
    purchase_id, both = order(shop)
    refund(shop, CLOUDIFY, purchase_id, RefundRequest(amount=2000), "test")
    charge_back(shop.platform, CLOUDIFY, purchase_id, terminate=True, actor="test")
    made = documents(facts(shop, both))
    told = {type_: json.loads(to_json(one)) for type_, one in made}
    part, rest = told[types.PARTIAL_REFUND]["purchase"], told[types.CHARGEBACK]["purchase"]
    assert part["purchaseId"] == rest["purchaseId"] == purchase_id
    assert 0 < part["reimbursementId"] != rest["reimbursementId"] > 0
    assert given_back(part) == 20.0
    assert given_back(part) + given_back(rest) == pytest.approx(5.0 + 99.95)
    assert len(part["items"]) == len(rest["items"]) == 2
    assert [type_ for type_, _ in made].count(types.CANCELED) == 2


def given_back(purchase: dict[str, list[dict[str, dict[str, dict[str, float]]]]]) -> float:
    """The sum of what the lines tell."""
    return sum(one["customerPrice"]["totalTotalPrice"]["grossPrice"] for one in purchase["items"])


def test_what_is_told_of_one_of_them(shop: Collector) -> None:
    """A change of one subscription names that one alone."""
    _, both = order(shop)
    month, _ = both
    held = shop.platform.store.held(CLOUDIFY, month)
    assert held is not None
    to = held.subscription.next_billing.replace(day=28)
    move_billing_date(shop.platform, CLOUDIFY, month, to, actor="test")
    [(type_, moved)] = documents(facts(shop, both)[1:2])
    assert (type_, SHOP.merchant.id) == (types.DATE_EXTENDED, CLOUDIFY)
    assert [
        one["recurringBilling"]["subscriptionId"] for one in json.loads(to_json(moved))["items"]
    ] == [f"S{month}"]
