"""Signing up: one purchase, a subscription for each interval (R4, R16, R21)."""

import pytest
from msgspec.structs import replace

from tests.given import (
    CAPTURED,
    CARD,
    DATA_40,
    DECLINED,
    FIRST_PURCHASE,
    FREE,
    GOLD,
    NET_14,
    NOW,
    SEAT,
    STANDARD,
    WIRE,
    Settings,
    context,
    customer,
    order,
    ordered,
    own_price,
    paid,
    payment_method,
    product,
    sign_up,
)
from tollbridge.domain.customer import PaymentMethod
from tollbridge.domain.decision import Change
from tollbridge.domain.due import next_due
from tollbridge.domain.events import (
    Event,
    PaymentCaptured,
    PaymentStarted,
    PurchaseOpened,
    SubscriptionActivated,
    SubscriptionStarted,
)
from tollbridge.domain.merchant import ManagementModel
from tollbridge.domain.money import Split
from tollbridge.domain.purchase import PurchaseStatus, Purpose
from tollbridge.domain.records import records_of
from tollbridge.domain.refusal import Kind, NotAllowed, Refusal
from tollbridge.domain.schedule import Interval, after
from tollbridge.domain.settlement import Settlement, decide_settlement
from tollbridge.domain.sign_up import OrderItem, beginnings_of
from tollbridge.domain.subscription import ItemStatus, RenewalType, Subscription, SubscriptionStatus


def types(change: Change) -> list[type[Event]]:
    """The kinds of a change's events."""
    return [type(event) for event in change.events]


def statuses(subscription: Subscription) -> tuple[SubscriptionStatus, set[ItemStatus]]:
    """The status of the subscription and those of its items."""
    return subscription.status, {item.status for item in subscription.items}


def test_a_sign_up_waits_for_its_payment() -> None:
    """Table 3.6: New until captured; the attempt is part of the decision."""
    life = ordered((SEAT, 10))
    assert types(life.changes[0]) == [SubscriptionStarted, PurchaseOpened, PaymentStarted]
    assert statuses(life.subscription) == (SubscriptionStatus.NEW, {ItemStatus.ACTIVE})
    assert life.subscription.payment_in_progress
    assert next_due(life.subscription) is None


def test_ten_seats_cost_fifty() -> None:
    """V3: 50.00 = 42.02 + 7.98, on the line and in total."""
    (purchase,) = ordered((SEAT, 10)).subscription.purchases
    (line,) = purchase.lines
    assert purchase.total == line.amount == line.worth == Split(5000, 4202, 798)
    assert (purchase.purpose, purchase.interval_no, purchase.cause) == (Purpose.SIGNUP, 0, 0)
    assert line.covers_days == 30
    assert line.rate_source == "DE since 2021-01-01, test"
    assert line.explanation.charge.whole == line.explanation.exact == "50"


def test_capture_starts_the_first_interval() -> None:
    """R1: interval 0 begins at the capture, not at the order."""
    life = ordered((SEAT, 10), (GOLD, 1))
    life.wait(days=3)
    life.settle(CAPTURED)
    subscription = life.subscription
    assert types(life.changes[1]) == [PaymentCaptured, SubscriptionActivated]
    assert statuses(subscription) == (SubscriptionStatus.ACTIVE, {ItemStatus.ACTIVE})
    assert subscription.start == subscription.items[0].version_active_at == life.now
    assert subscription.next_billing == after(life.now, Interval(1)) == next_due(subscription)
    assert (subscription.last_interval_no, subscription.purchases) == (0, ())
    assert [part.gross for item in subscription.items for part in item.paid] == [5000, 10000]


def test_a_declined_sign_up_stays_new() -> None:
    """Table 3.6: sign-up with a bad card is New/Active."""
    life = ordered((SEAT, 1))
    life.settle(DECLINED)
    (purchase,) = life.subscription.purchases
    assert statuses(life.subscription) == (SubscriptionStatus.NEW, {ItemStatus.ACTIVE})
    assert (purchase.status, purchase.in_flight) == (PurchaseStatus.DECLINED, False)


@pytest.mark.parametrize(
    ("model", "renewal", "status", "item_status"),
    [
        ("One", "Automatic", SubscriptionStatus.ACTIVE, ItemStatus.ACTIVE),
        ("One", "Manual", SubscriptionStatus.DEACTIVATED, ItemStatus.AWAITING_REINSTATE),
        ("Two", "Automatic", SubscriptionStatus.ACTIVE, ItemStatus.ACTIVE),
        ("Two", "Manual", SubscriptionStatus.ACTIVE, ItemStatus.ACTIVE),
    ],
)
def test_manual_renewal_under_model_one_waits(
    model: str, renewal: str, status: SubscriptionStatus, item_status: ItemStatus
) -> None:
    """R21: Deactivated / AwaitingReinstate from sign-up, and nothing is due."""
    life = ordered((SEAT, 1), model=ManagementModel(model), renewal_type=RenewalType(renewal))
    life.settle(CAPTURED)
    assert statuses(life.subscription) == (status, {item_status})
    assert (next_due(life.subscription) is None) is (status is not SubscriptionStatus.ACTIVE)


def test_each_interval_becomes_a_subscription() -> None:
    """One purchase, lines numbered over all of it, items numbered in each subscription."""
    bought = order((SEAT, 10), (STANDARD, 1), (DATA_40, 2))
    intervals = [one.cycle.interval for one in beginnings_of(bought, context())]
    assert intervals == [Interval(1), Interval(12)]
    monthly, yearly = sign_up(bought, ids=(7, 8)).changes
    assert [item.latest.product_id for item in monthly.after.items] == [SEAT.id, DATA_40.id]
    assert [item.latest.product_id for item in yearly.after.items] == [STANDARD.id]
    assert [item.running_no for item in monthly.after.items] == [1, 2]
    numbers = [
        (change.after.id, line.running_no, line.item_running_no)
        for change in (monthly, yearly)
        for line in change.after.purchases[0].lines
    ]
    assert numbers == [(7, 1, 1), (7, 2, 2), (8, 3, 1)]
    assert [change.after.interval for change in (monthly, yearly)] == [Interval(1), Interval(12)]


def test_a_shared_purchase_is_one_row() -> None:
    """R4: one purchase, one attempt over the whole amount, a claim for each subscription."""
    decision = sign_up(order((SEAT, 10), (STANDARD, 1)), ids=(7, 8))
    records = records_of(decision.changes)
    (purchase,), (attempt,) = records.purchases, records.attempts
    assert purchase.amount == Split(5000, 4202, 798) + Split(9995, 8399, 1596)
    assert (attempt.amount, attempt.try_no) == (14995, 1)
    assert [(claim.subscription_id, claim.purchase_id) for claim in records.claims] == [
        (7, FIRST_PURCHASE),
        (8, FIRST_PURCHASE),
    ]
    assert [item.running_no for item in records.purchase_items] == [1, 2]


def test_one_capture_starts_all_subscriptions() -> None:
    """R1: settling is of the purchase, and its rows come once."""
    changes = sign_up(order((SEAT, 1), (STANDARD, 1)), ids=(7, 8)).changes
    settlement = Settlement(purchase_id=FIRST_PURCHASE, try_no=1, outcome=CAPTURED)
    subscriptions = {change.after.id: change.after for change in changes}
    decision = decide_settlement(subscriptions, settlement, NOW)
    assert [change.after.status for change in decision.changes] == [SubscriptionStatus.ACTIVE] * 2
    records = records_of(decision.changes)
    assert len(records.attempt_results) == len(records.purchase_moves) == 1
    cash = [posting.amount for posting in records.postings if posting.amount > 0]
    assert cash == [500, 9995]


def test_a_free_order_needs_no_gateway() -> None:
    """R16: a total of 0 is paid at once, without an attempt."""
    (change,) = sign_up(order((FREE, 1))).changes
    assert types(change) == [
        SubscriptionStarted,
        PurchaseOpened,
        PaymentCaptured,
        SubscriptionActivated,
    ]
    assert statuses(change.after) == (SubscriptionStatus.ACTIVE, {ItemStatus.ACTIVE})
    records = records_of([change])
    assert (records.attempts, records.attempt_results, records.postings) == ([], [], [])
    assert [move.status for move in records.purchase_moves] == [PurchaseStatus.PAID]


def test_a_partly_free_order_waits_as_a_whole() -> None:
    """R16: the total of the purchase counts, not that of one subscription."""
    free_year = product(4, "0", every="P1Y")
    changes = sign_up(
        order((SEAT, 1), (free_year, 1)), ids=(7, 8), products=(SEAT, free_year)
    ).changes
    assert [change.after.status for change in changes] == [SubscriptionStatus.NEW] * 2


def test_a_price_of_the_order_overrides_the_catalog() -> None:
    """subscription-api.md 3.4: per unit; the version says that the price is its own."""
    own = OrderItem(product_id=SEAT.id, quantity=300, customer_price=own_price("35"))
    (item,) = paid(own).subscription.items
    assert (item.paid[0].gross, item.latest.custom_price) == (1050000, True)


def test_terms_come_from_the_catalog() -> None:
    """R9: name, interval and price of the product in the order's currency."""
    (item,) = paid((SEAT, 10), currency="JPY").subscription.items
    assert item.latest == item.in_force
    assert (item.latest.product_name, item.latest.custom_price) == ("Cloudify Seat", False)
    assert item.paid[0].gross == 39211  # 10 x 3921.05, V3's yen


def test_merchant_settings_are_kept() -> None:
    """R20, R21: stored per subscription, so that a later setting changes no running one."""
    settings = Settings(
        reminder_days=2,
        grace_days=3,
        hold_days=4,
        retry_days=(5, 6),
        sync_with_payment_date=False,
    )
    kept = ordered((SEAT, 1), **settings).subscription
    assert {name: getattr(kept, name) for name in settings} == settings
    assert kept.next_billing - kept.reminder == after(NOW, Interval(0, 2)) - NOW


def test_plain_settings() -> None:
    """R5, R6, R20: no reminder, 15 days of grace, 7 of hold, retries on days 1, 3, 5 and 7."""
    kept = ordered((SEAT, 1)).subscription
    assert (kept.reminder_days, kept.grace_days, kept.hold_days) == (0, 15, 7)
    assert (kept.retry_days, kept.sync_with_payment_date) == ((1, 3, 5, 7), True)


@pytest.mark.parametrize(
    ("own", "reminder_days", "grace_days"),
    [
        ([(None, None), (None, None)], 2, 15),
        ([(5, None), (None, 30)], 5, 30),
        ([(1, 10), (None, None)], 2, 15),  # the longest, be it the merchant's
        ([(1, 0), (0, 5)], 1, 5),
        ([(0, 0), (0, 0)], 0, 0),
    ],
)
def test_products_have_days_of_their_own(
    own: list[tuple[int | None, int | None]], reminder_days: int, grace_days: int
) -> None:
    """platform.md f: in place of the merchant's; the longest of a subscription's items wins."""
    sold = [
        replace(SEAT, id=70 + i, reminder_days=reminder, grace_days=grace)
        for i, (reminder, grace) in enumerate(own)
    ]
    kept = ordered(*((one, 1) for one in sold), products=sold, reminder_days=2).subscription
    assert (kept.reminder_days, kept.grace_days) == (reminder_days, grace_days)


@pytest.mark.parametrize(
    ("method", "renewal_type", "own", "days"),
    [
        (CARD, RenewalType.AUTOMATIC, None, 2),
        (WIRE, RenewalType.AUTOMATIC, None, 7),
        (WIRE, RenewalType.AUTOMATIC, 10, 10),
        (WIRE, RenewalType.MANUAL, None, 2),
        (NET_14, RenewalType.AUTOMATIC, None, 7),
    ],
)
def test_who_pays_by_hand_is_reminded_earlier(
    method: PaymentMethod, renewal_type: RenewalType, own: int | None, days: int
) -> None:
    """platform.md g: an automatic renewal that nobody can charge has a default of its own."""
    sold = replace(SEAT, reminder_days=own)
    life = ordered(
        (sold, 1), products=[sold], method=method, renewal_type=renewal_type, reminder_days=2
    )
    assert life.subscription.reminder_days == days


def test_the_parties_are_new() -> None:
    """The customer and the payment method are stored with the sign-up."""
    decision = sign_up(order((SEAT, 1)))
    assert decision.new_parties
    assert decision.parties is not None
    assert decision.parties.customer == customer()
    assert decision.parties.payment_method == payment_method()


@pytest.mark.parametrize(
    ("item", "currency", "kind", "reason"),
    [
        (OrderItem(product_id=999, quantity=1), "USD", Kind.NOT_FOUND, "product_unknown"),
        (OrderItem(product_id=1, quantity=0), "USD", Kind.NOT_ALLOWED, "quantity_not_positive"),
        (OrderItem(product_id=1, quantity=-2), "USD", Kind.NOT_ALLOWED, "quantity_not_positive"),
        (OrderItem(product_id=1, quantity=1), "CHF", Kind.NOT_ALLOWED, "currency_not_sold"),
        (OrderItem(product_id=1, quantity=1), "XXX", Kind.INVALID, "invalid_value"),
        (
            OrderItem(product_id=1, quantity=1, customer_price=own_price("1", currency="XXX")),
            "XXX",
            Kind.INVALID,
            "invalid_value",
        ),
        (
            OrderItem(product_id=1, quantity=1, customer_price=own_price("1", currency="EUR")),
            "USD",
            Kind.NOT_ALLOWED,
            "currency_differs",
        ),
        (
            OrderItem(product_id=1, quantity=1, customer_price=own_price("-0.01")),
            "USD",
            Kind.NOT_ALLOWED,
            "price_negative",
        ),
        (OrderItem(product_id=1, quantity=2**31), "USD", Kind.NOT_ALLOWED, "quantity_too_large"),
        (
            OrderItem(
                product_id=1, quantity=2**31 - 1, customer_price=own_price("999999999999999")
            ),
            "USD",
            Kind.NOT_ALLOWED,
            "amount_too_large",
        ),
    ],
)
def test_refused_orders(item: OrderItem, currency: str, kind: Kind, reason: str) -> None:
    """R17, R26: what is wrong with an order, by kind and reason."""
    with pytest.raises(Refusal) as refused:
        sign_up(order(item, currency=currency))
    assert (refused.value.kind, refused.value.reason) == (kind, reason)


def test_an_empty_order_is_refused() -> None:
    """R17: empty Items are understood and not allowed."""
    with pytest.raises(NotAllowed) as refused:
        sign_up(order(), ids=())
    assert refused.value.reason == "empty_order"
