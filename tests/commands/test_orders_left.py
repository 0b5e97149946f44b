"""Cancelling a part of an order that is not paid, on both engines: rows, money, doctor (R19)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from msgspec.structs import replace

from tests.given import CATALOG, GOLD, SEAT, STANDARD
from tests.rest.world import CARD, CLOUDIFY, CONTACT, merchant
from tollbridge.commands.deactivate_items import deactivate_items
from tollbridge.commands.saving import require_held
from tollbridge.commands.sign_up import SignUpRequest
from tollbridge.domain.catalog import Product
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.refunding import RefundRequest
from tollbridge.domain.sign_up import OrderItem
from tollbridge.domain.subscription import SubscriptionStatus
from tollbridge.flows.collecting import Collector
from tollbridge.flows.purchases import Outcome, outcome_of, pay, receive, refund, retry
from tollbridge.flows.sign_up import SignedUp, sign_up
from tollbridge.ports import Platform
from tollbridge.queries.doctor import examine
from tollbridge.simulation.laws import Broken, broken_by

DECLINED_ONCE = "T20000000000071T"


@pytest.fixture
def shop(any_collector: Collector) -> Collector:
    """A merchant who sells seats by the month and Standard by the year."""
    any_collector.platform.store.put_merchant(merchant(CLOUDIFY))
    any_collector.platform.store.put_products(CLOUDIFY, CATALOG)
    return any_collector


def declined_order(shop: Collector) -> tuple[int, int, int]:
    """A purchase of two subscriptions, declined: its id, the month's and the year's."""
    bought = declined(shop, SEAT, STANDARD)
    month, year = bought.subscription_ids
    return bought.purchase_id, month, year


def declined_subscription(shop: Collector) -> tuple[int, int]:
    """A purchase of one subscription with two items, declined: its id and the subscription's."""
    bought = declined(shop, SEAT, GOLD)
    [number] = bought.subscription_ids
    return bought.purchase_id, number


def declined(shop: Collector, *products: Product) -> SignedUp:
    """An order of one of each product, whose payment is declined the first time."""
    request = SignUpRequest(
        items=tuple(OrderItem(product_id=each.id, quantity=1) for each in products),
        currency="USD",
        contact=CONTACT,
        card=replace(CARD, number=DECLINED_ONCE),
    )
    return sign_up(shop, CLOUDIFY, request, "test")


def cancel(shop: Collector, number: int) -> None:
    """Deactivate a subscription with its only item."""
    deactivate_items(
        shop.platform, CLOUDIFY, number, [1], allow_reinstate=True, generate_mail=True, actor="test"
    )


def status(platform: Platform, purchase_id: int) -> PurchaseStatus:
    """What the purchase's row says."""
    purchase = platform.store.purchase(CLOUDIFY, purchase_id)
    assert purchase is not None
    return purchase.status


def receive_by_wire(shop: Collector, merchant_id: int, purchase_id: int, actor: str) -> Outcome:
    """The money came without a gateway."""
    return receive(shop.platform, merchant_id, purchase_id, "wire-1", actor)


@pytest.mark.parametrize(
    ("paid", "charged"), [(pay, [9995]), (retry, [9995]), (receive_by_wire, [])]
)
def test_the_rest_of_an_order_is_paid(
    shop: Collector, paid: Callable[[Collector, int, int, str], object], charged: list[int]
) -> None:
    """R1, R19, R20: one subscription leaves, the other pays its part, and all books agree."""
    purchase_id, month, year = declined_order(shop)
    cancel(shop, month)
    assert status(shop.platform, purchase_id) is PurchaseStatus.DECLINED
    assert list(examine(shop.platform)) == []
    paid(shop, CLOUDIFY, purchase_id, "test")
    assert status(shop.platform, purchase_id) is PurchaseStatus.PAID
    assert [entry.amount for entry in shop.platform.gateway.book(CLOUDIFY)] == [10495, *charged]
    held = [require_held(shop.platform, CLOUDIFY, number) for number in (month, year)]
    assert [one.subscription.status for one in held] == [
        SubscriptionStatus.DEACTIVATED,
        SubscriptionStatus.ACTIVE,
    ]
    assert list(examine(shop.platform)) == []
    assert broken_laws(shop.platform, month, year) == []


@pytest.mark.parametrize("paid", [pay, receive_by_wire])
def test_a_purchase_comes_to_what_is_left(
    shop: Collector, paid: Callable[[Collector, int, int, str], Outcome]
) -> None:
    """R14, R19: as owed, as captured and as given back; but all of it once all have left."""
    purchase_id, month, _ = declined_order(shop)
    assert outcome_of(shop.platform, CLOUDIFY, purchase_id).gross == 10495
    cancel(shop, month)
    owed = outcome_of(shop.platform, CLOUDIFY, purchase_id)
    assert (owed.status, owed.gross) == (PurchaseStatus.DECLINED, 9995)
    captured = paid(shop, CLOUDIFY, purchase_id, "test")
    assert (captured.status, captured.gross) == (PurchaseStatus.PAID, 9995)
    back = RefundRequest(reference="" if paid is pay else "wire-2")
    given = refund(shop, CLOUDIFY, purchase_id, back, "test")
    assert (given.status, given.gross, given.refunded) == (PurchaseStatus.REFUNDED, 9995, 9995)


def test_a_cancelled_purchase_is_told_as_it_was_ordered(shop: Collector) -> None:
    """R19: nothing is left of it, and what it was can be read still."""
    purchase_id, month, year = declined_order(shop)
    cancel(shop, month)
    cancel(shop, year)
    gone = outcome_of(shop.platform, CLOUDIFY, purchase_id)
    assert (gone.status, gone.gross) == (PurchaseStatus.CANCELED, 10495)


def broken_laws(platform: Platform, *numbers: int) -> list[Broken]:
    """What the simulation's laws find broken, which know nothing of the doctor's functions."""
    held = merchant(CLOUDIFY)
    return [broken for number in numbers for broken in broken_by(platform, held, number)]


def test_the_rest_of_a_subscription_is_paid(shop: Collector) -> None:
    """R19: of two items one leaves before the order is paid; the books have what is left."""
    purchase_id, number = declined_subscription(shop)
    cancel(shop, number)
    assert broken_laws(shop.platform, number) == []
    assert pay(shop, CLOUDIFY, purchase_id, "test").gross == 10000
    assert [entry.amount for entry in shop.platform.gateway.book(CLOUDIFY)] == [10500, 10000]
    assert status(shop.platform, purchase_id) is PurchaseStatus.PAID
    assert broken_laws(shop.platform, number) == []
    assert list(examine(shop.platform)) == []


def test_the_last_to_leave_cancels_the_purchase(shop: Collector) -> None:
    """R19: one after the other."""
    purchase_id, month, year = declined_order(shop)
    cancel(shop, year)
    cancel(shop, month)
    assert status(shop.platform, purchase_id) is PurchaseStatus.CANCELED
    assert list(examine(shop.platform)) == []
    assert broken_laws(shop.platform, month, year) == []


def test_all_leave_at_once(shop: Collector) -> None:
    """R7, R19: of two that leave at the same time one is the last, whoever it is."""
    orders = [declined_order(shop) for _ in range(5)]
    for purchase_id, month, year in orders:
        together = Barrier(2)

        def leave(number: int, together: Barrier = together) -> None:
            together.wait()
            cancel(shop, number)

        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(leave, (month, year))) == [None, None]
        assert status(shop.platform, purchase_id) is PurchaseStatus.CANCELED
    assert list(examine(shop.platform)) == []
