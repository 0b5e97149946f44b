"""Signing many customers up at once: real orders, charged and settled in bulk."""

from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec.structs import asdict

from tollbridge.domain.customer import Contact, Customer, PaymentMethod
from tollbridge.domain.decision import Context, Decision, Fresh
from tollbridge.domain.events import PaymentStarted
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.payment import Card, Charge
from tollbridge.domain.refusal import known_merchant
from tollbridge.domain.settlement import Settlement, decide_settlement
from tollbridge.domain.sign_up import Order, OrderItem, decide_sign_up
from tollbridge.domain.subscription import RenewalType
from tollbridge.ports import Command, Platform, Saved, Series

ACTOR = "enlisting"
BATCH = 500
CARD = Card(number="T20000000000765T", expiry_month=12, expiry_year=2099)


def enlist(platform: Platform, merchant_id: int, items: Sequence[OrderItem], count: int) -> None:
    """So many customers, each with a subscription of these items that is paid and active."""
    merchant = known_merchant(platform.store.merchant(merchant_id), merchant_id)
    numbers = iter(range(count))
    while batch := list(islice(numbers, BATCH)):
        orders = list(_orders(platform, merchant, items, len(batch)))
        _save(platform, orders)
        outcomes = platform.gateway.charge([_charge(order) for order in orders])
        settled = [
            decide_settlement(
                {change.after.id: change.after for change in order.changes},
                Settlement(
                    purchase_id=order.changes[0].after.purchases[0].id, try_no=1, outcome=outcome
                ),
                order.changes[0].events[-1].at,
                order.parties,
            )
            for order, outcome in zip(orders, outcomes, strict=True)
        ]
        _save(platform, settled)


def _orders(
    platform: Platform, merchant: Merchant, items: Sequence[OrderItem], count: int
) -> Iterator[Decision]:
    store = platform.store
    products = store.products(merchant.id, [item.product_id for item in items])
    card = platform.gateway.store_card(merchant.id, CARD)
    customers, methods, purchases, subscriptions = (
        store.issue_ids(merchant.id, series, count)
        for series in (
            Series.CUSTOMER,
            Series.PAYMENT_METHOD,
            Series.PURCHASE,
            Series.SUBSCRIPTION,
        )
    )
    for place in range(count):
        context = Context(
            now=merchant.now(platform.wall()),
            country="DE",
            tax=platform.tax,
            products=products,
            fresh=Fresh(purchases[place], platform.new_key()),
        )
        order = Order(
            customer=Customer(
                merchant_id=merchant.id,
                id=customers[place],
                reference_id=f"customer-{customers[place]}",
                billing=Contact(
                    email=f"customer-{customers[place]}@example.com",
                    firstname="Jana",
                    lastname="Beispiel",
                    country_id="DE",
                    language_id="de",
                ),
            ),
            payment_method=PaymentMethod(id=methods[place], **asdict(card)),
            currency=merchant.currency,
            renewal_type=RenewalType.AUTOMATIC,
            management_model=merchant.management_model,
            items=tuple(items),
        )
        yield decide_sign_up(merchant, order, [subscriptions[place]], context)


def _charge(order: Decision) -> Charge:
    [change] = order.changes
    started = change.events[-1]
    assert isinstance(started, PaymentStarted)
    assert order.parties is not None
    purchase = change.after.purchases[0]
    return Charge(
        key=started.key,
        merchant_id=change.after.merchant_id,
        purchase_id=purchase.id,
        try_no=started.try_no,
        amount=purchase.total.gross,
        currency=purchase.currency,
        payment_method=order.parties.payment_method,
    )


def _save(platform: Platform, decisions: Sequence[Decision]) -> None:
    command = Command(id=platform.new_key(), actor=ACTOR, name=ACTOR, recorded_at=platform.wall())
    saved = platform.store.save(decisions, command)
    assert all(one is Saved.SAVED for one in saved), saved
