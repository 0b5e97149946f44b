"""Adding an item, and more units of one (subscription-api.md 2.1, 2.7; R3, R7, R11, R12, R17)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.given import (
    ALIGN,
    CAPTURED,
    DATA_40,
    DATA_80,
    DECLINED,
    EXTEND,
    GOLD,
    PREMIUM,
    SEAT,
    STANDARD,
    TIERED,
    UNKNOWN,
    Addition,
    Life,
    own_price,
    paid,
    product,
)
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.catalog import Product
from tollbridge.domain.events import ItemAdded
from tollbridge.domain.money import ZERO
from tollbridge.domain.refusal import Kind, NotAllowed, NotFound, Refusal
from tollbridge.domain.schedule import Interval, after
from tollbridge.domain.subscription import ItemStatus, PaidPart, SubscriptionStatus
from tollbridge.domain.terms import Names

NEITHER = Alignment()
UNSOLD = product(999, "1")
HUGE = own_price("999999999999999")


def half_a_month() -> Life:
    """Ten seats, with 15 of 30 days left."""
    life = paid((SEAT, 10))
    life.wait(days=15)
    return life


def test_v19_an_item_from_the_next_billing_on() -> None:
    """V19: 3,500 and 300 x 35 from the next billing on: 14,000 then, nothing now."""
    base, add_on = product(60, "3500"), product(61, "50")
    life = paid((base, 1), products=(base, add_on))
    prices = life.add(add_on, 300, customer_price=own_price("35"))
    assert (prices.alignment, prices.next_billing.gross) == (ZERO, 1400000)
    assert life.subscription.purchases == ()


@pytest.mark.parametrize(
    ("alignment", "now_gross", "then_gross", "advances"),
    [(NEITHER, 0, 15000, False), (ALIGN, 5000, 15000, False), (EXTEND, 12500, 15000, True)],
)
def test_rows_of_the_alignment_table(
    *, alignment: Alignment, now_gross: int, then_gross: int, advances: bool
) -> None:
    """Table 3.1: 100.00 x 15/30; with Extend 100.00 + 50.00 - 50.00 x 15/30 for a new month."""
    life = half_a_month()
    before = life.subscription
    preview = life.decide_addition(GOLD, 1, life.around, alignment=alignment).answer
    assert life.subscription is before
    prices = life.add(GOLD, alignment=alignment)
    assert prices == preview
    assert (prices.alignment.gross, prices.next_billing.gross) == (now_gross, then_gross)
    assert life.subscription.payment_in_progress is (now_gross > 0)
    life.settle(CAPTURED)
    moved = after(life.now, Interval(1)) if advances else before.next_billing
    assert life.subscription.next_billing == moved
    assert life.subscription.last_interval_no == int(advances)
    assert life.subscription.status is SubscriptionStatus.ACTIVE


def test_the_new_item() -> None:
    """subscription-api.md 2.1: the next running number, version 1, names as given."""
    life = half_a_month()
    life.add(
        GOLD,
        2,
        names=Names(name="Mein Gold", name_en="My gold", extension="x"),
        affiliate_id=21599,
        generate_mail=False,
    )
    item = life.subscription.item(2)
    assert (item.status, item.version, item.start) == (ItemStatus.ACTIVE, 1, life.now)
    latest = item.latest
    assert (latest.product_name, latest.product_name_en, latest.product_name_extension) == (
        "Mein Gold",
        "My gold",
        "x",
    )
    event = life.events[-1]
    assert isinstance(event, ItemAdded)
    assert (event.affiliate_id, event.generate_mail, event.call) == (
        21599,
        False,
        "addsubscriptionitem",
    )
    assert life.records.versions == []


def test_running_numbers_are_never_used_again() -> None:
    """subscription-api.md 1.4: a removed item keeps its number."""
    life = half_a_month()
    life.add(GOLD)
    life.remove(2)
    life.add(GOLD)
    assert [item.running_no for item in life.subscription.items] == [1, 2, 3]


def test_what_an_aligned_item_paid_is_credited_later() -> None:
    """R11: 50.00 for 15 days; one unit more with 6 days left is one unit's rest."""
    life = half_a_month()
    life.add(GOLD, alignment=ALIGN)
    life.settle(CAPTURED)
    assert life.subscription.item(2).paid == (PaidPart(5000, 4202, 15, 101),)
    life.wait(days=9)
    assert life.preview(running_no=2, quantity=2, alignment=ALIGN).alignment.gross == 2000


@pytest.mark.parametrize("alignment", [NEITHER, ALIGN])
def test_an_item_that_is_not_paid_has_no_credit(alignment: Alignment) -> None:
    """R3, R11: joined for the next bill, or declined: two units' rest is charged, nothing less."""
    life = half_a_month()
    life.add(GOLD, alignment=alignment)
    if alignment.align:
        life.settle(DECLINED)
    prices = life.change(running_no=2, more=1, alignment=ALIGN)
    assert prices.alignment.gross == 10000
    assert len(life.subscription.purchases) == 1  # the declined one is cancelled


def test_an_item_joins_one_bill_later_while_the_next_is_open() -> None:
    """R6: it is not on the open bill, so that interval is not counted as paid for it."""
    life = half_a_month()
    life.change(quantity=11, alignment=EXTEND)
    life.add(GOLD)
    life.settle(CAPTURED)
    seats, gold = life.subscription.items
    assert (seats.last_interval_no, gold.last_interval_no) == (1, 0)
    assert gold.paid == ()
    assert life.preview().next_billing.gross == 5500 + 10000


def test_terms_of_an_item_that_is_not_on_the_open_bill() -> None:
    """R3, R6: changed while that is open, its latest terms are what the next bill is for."""
    life = half_a_month()
    life.change(quantity=11, alignment=EXTEND)
    life.add(GOLD)
    life.change(running_no=2, quantity=3)
    life.settle(CAPTURED)
    assert life.subscription.item(2).frozen is None
    life.renew(reset=True)
    life.settle(CAPTURED)
    assert life.subscription.item(2).in_force.quantity == 3


@pytest.mark.parametrize(
    ("sold", "quantity", "wanted", "reason"),
    [
        (GOLD, 0, {}, "quantity_not_positive"),
        (GOLD, -1, {}, "quantity_not_positive"),
        (GOLD, 1, {"customer_price": own_price("1", currency="EUR")}, "currency_differs"),
        (GOLD, 1, {"customer_price": own_price("-1")}, "price_negative"),
        (GOLD, 1, {"alignment": Alignment(extend=True)}, "extend_requires_align"),
        (STANDARD, 1, {}, "interval_differs"),
        (STANDARD, 1, {"alignment": ALIGN}, "interval_differs"),
        (STANDARD, 1, {"alignment": EXTEND}, "interval_differs"),
        (GOLD, 2**31, {}, "quantity_too_large"),
        (GOLD, 2**31 - 1, {"customer_price": HUGE}, "amount_too_large"),
        (GOLD, 2**31 - 1, {"customer_price": HUGE, "alignment": ALIGN}, "amount_too_large"),
    ],
)
def test_refused_additions(sold: Product, quantity: int, wanted: Addition, reason: str) -> None:
    """R12, R17, R26: understood but not allowed; nothing is changed."""
    life = half_a_month()
    before = life.subscription
    with pytest.raises(NotAllowed) as refused:
        life.add(sold, quantity, **wanted)
    assert refused.value.reason == reason
    assert life.subscription is before


def test_a_product_that_is_not_sold_in_the_currency() -> None:
    """R9: only with a price of its own."""
    life = paid((SEAT, 1), currency="JPY")
    with pytest.raises(NotAllowed) as refused:
        life.add(GOLD)
    assert refused.value.reason == "currency_not_sold"
    life.add(GOLD, customer_price=own_price("9000", currency="JPY"))
    assert life.subscription.item(2).latest.custom_price


@pytest.mark.parametrize("status", [s for s in SubscriptionStatus if s.name != "ACTIVE"])
def test_an_addition_needs_an_active_subscription(status: SubscriptionStatus) -> None:
    """R17, R18: 402 in every other status, but an unknown product is 404 first."""
    life = half_a_month()
    life.subscription = replace(life.subscription, status=status)
    with pytest.raises(NotAllowed) as refused:
        life.add(GOLD)
    assert refused.value.reason == "subscription_not_active"
    with pytest.raises(NotFound) as unknown:
        life.add(UNSOLD, 0, alignment=Alignment(extend=True))
    assert (unknown.value.kind, unknown.value.reason) == (Kind.NOT_FOUND, "product_unknown")


@pytest.mark.parametrize("alignment", [ALIGN, EXTEND])
def test_a_payment_in_progress_refuses_charges_only(alignment: Alignment) -> None:
    """R7: an aligned item waits, one for the next bill does not."""
    life = half_a_month()
    life.add(GOLD, alignment=ALIGN)
    life.settle(UNKNOWN)
    with pytest.raises(NotAllowed) as refused:
        life.add(DATA_40, alignment=alignment)
    assert refused.value.reason == "payment_in_progress"
    life.add(DATA_40)
    assert len(life.subscription.items) == 3


def test_an_interval_that_is_yet_to_come_counts() -> None:
    """R12: after a change to yearly from the next billing on, only a yearly item may join."""
    life = half_a_month()
    life.change(product_id=STANDARD.id, quantity=1)
    for alignment in (NEITHER, ALIGN, EXTEND):
        with pytest.raises(NotAllowed) as refused:
            life.add(GOLD, alignment=alignment)
        assert refused.value.reason == "interval_differs"
    with pytest.raises(NotAllowed):
        life.add(PREMIUM, alignment=ALIGN)  # the running interval is a month
    assert life.add(PREMIUM).next_billing.gross == 9995 + 15000


# increasesubscriptionitemquantity


def test_v23_five_units_more() -> None:
    """V23: five more at 50.00 with 26 of 30 days left: 216.67 now, 750.00 then."""
    fifty = product(60, "50")
    life = paid((fifty, 10), products=(fifty,))
    life.now = life.subscription.next_billing - timedelta(days=26)
    prices = life.change(more=5, alignment=ALIGN)
    assert (prices.alignment.gross, prices.next_billing.gross) == (21667, 75000)
    assert life.subscription.item(1).latest.quantity == 15


def test_v25_more_units_reach_the_next_tier() -> None:
    """V25: 9 and 6 more are 15 tiered seats: 140.00 a month."""
    life = paid((TIERED, 9))
    prices = life.change(more=6)
    assert (prices.alignment, prices.next_billing.gross) == (ZERO, 14000)


def test_more_units_come_on_top_of_the_latest_quantity() -> None:
    """R3: 10 to 20 for the next bill, then five more at once: fifteen seats' rest is charged."""
    life = half_a_month()
    life.change(quantity=20)
    assert life.change(more=5, alignment=ALIGN).alignment.gross == 3750
    assert life.subscription.item(1).latest.quantity == 25


@pytest.mark.parametrize("more", [0, -1])
def test_more_units_are_at_least_one(more: int) -> None:
    """R17: a number that is not positive is refused; what is unknown comes first."""
    life = half_a_month()
    with pytest.raises(NotAllowed) as refused:
        life.change(more=more)
    assert refused.value.reason == "quantity_not_positive"
    with pytest.raises(Refusal) as unknown:
        life.change(running_no=9, more=more)
    assert unknown.value.kind is Kind.NOT_FOUND


def test_more_units_of_an_item_that_is_not_active() -> None:
    """subscription-api.md 2.7: the item is reinstated first."""
    life = paid((SEAT, 10), (GOLD, 1))
    life.deactivate(2)
    with pytest.raises(NotAllowed) as refused:
        life.change(running_no=2, more=1)
    assert refused.value.reason == "item_not_active"
    life.reinstate(2)
    assert life.change(running_no=2, more=1).next_billing.gross == 25000


@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 30), st.sampled_from([ALIGN, EXTEND]))
def test_more_units_cost_what_the_total_costs(
    quantity: int, more: int, days: int, alignment: Alignment
) -> None:
    """subscription-api.md 2.7, 2.15: n more units are the change to the sum."""
    life = paid((TIERED, quantity), (DATA_80, 1))
    life.now = life.subscription.next_billing - timedelta(days=days)
    total = life.preview(quantity=quantity + more, alignment=alignment)
    assert life.preview(more=more, alignment=alignment) == total
