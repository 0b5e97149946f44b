"""Changing an item without regard to amounts: table 3.1, terms, refusals (R3, R7, R9, R12, R18)."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.given import (
    ALIGN,
    CAPTURED,
    DATA_40,
    DATA_80,
    DECLINED,
    EXTEND,
    GOLD,
    NET,
    NOW,
    PLATINUM,
    SEAT,
    STANDARD,
    TIERED,
    UNKNOWN,
    Life,
    Wanted,
    own_price,
    paid,
    price,
    priced,
    product,
)
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.events import ItemChanged
from tollbridge.domain.item_change import UpdateAction
from tollbridge.domain.money import ZERO, Split
from tollbridge.domain.posting import Account
from tollbridge.domain.refusal import Kind, NotAllowed, NotFound, Refusal
from tollbridge.domain.schedule import Interval, after
from tollbridge.domain.subscription import ItemStatus, SubscriptionStatus
from tollbridge.domain.terms import Names

NEITHER = Alignment()
ONLY_EXTEND = Alignment(extend=True)
GOLD_PRICE = Split(10000, 8403, 1597)
PLATINUM_PRICE = Split(15000, 12605, 2395)


def half_a_month() -> Life:
    """Gold, with 15 of 30 days left."""
    life = paid((GOLD, 1))
    life.wait(days=15)
    return life


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize(
    ("alignment", "charged", "following", "advances"),
    [
        (ALIGN, Split(2500, 2101, 399), PLATINUM_PRICE, False),
        (NEITHER, ZERO, PLATINUM_PRICE, False),
        (EXTEND, Split(10000, 8403, 1597), PLATINUM_PRICE, True),
    ],
)
def test_rows_of_the_alignment_table(
    *, preview: bool, alignment: Alignment, charged: Split, following: Split, advances: bool
) -> None:
    """subscription-api.md 3.1: six rows, of which a preview changes nothing."""
    life = half_a_month()
    before, journal = life.subscription, list(life.events)
    ask = life.preview if preview else life.change
    prices = ask(product_id=PLATINUM.id, alignment=alignment)
    assert (prices.alignment, prices.next_billing, prices.next_renewal) == (
        charged,
        following,
        following,
    )
    assert prices.currency == "USD"
    if preview:
        assert (life.subscription, life.events) == (before, journal)
        return
    assert life.subscription.items[0].latest.product_id == PLATINUM.id
    assert life.subscription.payment_in_progress is (charged != ZERO)
    life.settle(CAPTURED)
    moved = after(life.now, Interval(1)) if advances else before.next_billing
    assert life.subscription.next_billing == moved
    assert life.subscription.last_interval_no == int(advances)


@pytest.mark.parametrize("preview", [True, False])
def test_the_seventh_row_of_the_alignment_table(*, preview: bool) -> None:
    """R12: Extend without Align is refused, in a preview too."""
    life = half_a_month()
    with pytest.raises(NotAllowed) as refused:
        (life.preview if preview else life.change)(alignment=ONLY_EXTEND)
    assert refused.value.reason == "extend_requires_align"


def test_a_change_is_a_new_version() -> None:
    """R3: VersionActiveDate is the time of the change; the superseded version becomes a row."""
    life = half_a_month()
    first = life.subscription.items[0]
    life.change(quantity=2, action=UpdateAction.UPGRADE, generate_mail=False)
    (item,) = life.subscription.items
    assert (item.version, item.version_active_at, item.start) == (2, life.now, first.start)
    event = life.events[-1]
    assert isinstance(event, ItemChanged)
    assert (event.action, event.generate_mail, event.call) == (
        "upgrade",
        False,
        "updatesubscriptionitem",
    )
    (row,) = life.records.versions
    assert (row.version, row.running_no, row.item) == (1, 1, first)


@pytest.mark.parametrize(("alignment", "in_force"), [(NEITHER, 1), (ALIGN, 3)])
def test_in_force_and_latest(alignment: Alignment, in_force: int) -> None:
    """R3: with alignment both are new, without only the latest."""
    life = half_a_month()
    life.change(quantity=3, alignment=alignment)
    (item,) = life.subscription.items
    assert (item.in_force.quantity, item.latest.quantity) == (in_force, 3)


def test_the_next_interval_makes_the_latest_terms_in_force() -> None:
    """R3: for every item that the interval bills."""
    life = paid((SEAT, 10), (DATA_40, 1))
    life.change(quantity=12)
    life.change_paid(running_no=2, product_id=DATA_80.id, alignment=EXTEND)
    assert [item.in_force == item.latest for item in life.subscription.items] == [True, True]
    assert life.subscription.items[0].in_force.quantity == 12


def test_renaming_has_no_price_effect() -> None:
    """subscription-api.md 2.15: names are told as given; what is not given stays."""
    life = half_a_month()
    prices = life.change(
        names=Names(name="Gold für Anna", name_en="Gold for Anna"), alignment=ALIGN
    )
    assert (prices.alignment, prices.next_billing) == (ZERO, GOLD_PRICE)
    assert not life.subscription.payment_in_progress
    life.change(names=Names(extension="2026"))
    latest = life.subscription.items[0].latest
    assert (latest.product_name, latest.product_name_en, latest.product_name_extension) == (
        "Gold für Anna",
        "Gold for Anna",
        "2026",
    )
    assert latest.price == GOLD.price_in("USD")


def test_another_product_brings_its_own_name() -> None:
    """R9: names given for the former product do not stay with the new one."""
    life = half_a_month()
    life.change(names=Names(name="Mine", name_en="Mine", extension="x"))
    life.change(product_id=PLATINUM.id)
    latest = life.subscription.items[0].latest
    assert (latest.product_name, latest.product_name_en, latest.product_name_extension) == (
        "Cloudify Platinum",
        "",
        "",
    )
    life.change(product_id=GOLD.id, names=Names(name="Again mine"))
    assert life.subscription.items[0].latest.product_name == "Again mine"


def test_an_edited_catalog_touches_no_running_item() -> None:
    """R9, V25: the tiers of the version are evaluated for the new quantity."""
    life = paid((TIERED, 15))
    life.edit_catalog(priced(TIERED, "99"))
    assert life.preview().next_billing.gross == 14000
    assert life.preview(quantity=20).next_billing.gross == 18000
    assert life.preview(product_id=TIERED.id, quantity=20).next_billing.gross == 18000


def test_the_same_product_need_not_be_sold_any_more() -> None:
    """R9: terms live in the version."""
    life = paid((TIERED, 15))
    life.products = {}
    assert life.preview(product_id=TIERED.id, quantity=20).next_billing.gross == 18000


def test_another_product_takes_the_catalog_of_the_moment() -> None:
    """R9: the price that holds when the change is made."""
    life = half_a_month()
    life.edit_catalog(priced(PLATINUM, "160"))
    assert life.change(product_id=PLATINUM.id).next_billing.gross == 16000
    life.edit_catalog(priced(PLATINUM, "170"))
    assert life.preview(quantity=2).next_billing.gross == 32000


def test_forced_recalculation_reads_the_catalog_again() -> None:
    """R9: ForcePriceRecalculation, without and with a CustomerPrice."""
    life = half_a_month()
    life.edit_catalog(priced(GOLD, "110"))
    assert life.preview(recalculate=True).next_billing.gross == 11000
    own = life.preview(recalculate=True, customer_price=own_price("7"))
    assert own.next_billing.gross == 700
    life.change(customer_price=own_price("95"))
    assert life.subscription.items[0].latest.custom_price
    life.change(recalculate=True)
    assert not life.subscription.items[0].latest.custom_price


def test_a_customer_price_stays_until_changed() -> None:
    """subscription-api.md 3.4: for this and all later billings, also of another quantity."""
    life = half_a_month()
    life.change(customer_price=own_price("80"))
    assert life.change(quantity=3).next_billing.gross == 24000
    life.change(product_id=PLATINUM.id)
    assert life.subscription.items[0].latest.price == PLATINUM.price_in("USD")


def test_a_customer_price_may_be_net() -> None:
    """subscription-api.md 3.4: a mismatch of IsGross only changes what the customer pays."""
    prices = half_a_month().preview(customer_price=own_price("100", NET))
    assert prices.next_billing == Split(11900, 10000, 1900)


def test_a_customer_price_of_nothing_is_a_free_period() -> None:
    """subscription-api.md 3.4: Value 0 is allowed."""
    prices = half_a_month().change(customer_price=own_price("0"))
    assert (prices.alignment, prices.next_billing) == (ZERO, ZERO)


def test_a_customer_price_needs_no_catalog_price() -> None:
    """R9: another product that is not sold in the currency, with a price of its own."""
    life = paid((GOLD, 1), currency="EUR")
    with pytest.raises(NotAllowed) as refused:
        life.preview(product_id=DATA_80.id)
    assert (refused.value.reason, refused.value.field) == ("currency_not_sold", "ProductId")
    own = own_price("70", currency="EUR")
    assert life.preview(product_id=DATA_80.id, customer_price=own).next_billing.gross == 7000


@pytest.mark.parametrize(
    ("wanted", "reason", "message"),
    [
        ({"quantity": 0}, "quantity_not_positive", "Quantity must be > 0"),
        ({"quantity": -1}, "quantity_not_positive", "Quantity must be > 0"),
        (
            {"customer_price": own_price("1", currency="EUR")},
            "currency_differs",
            "'CustomerPrice' currency differs from subscription currency",
        ),
        (
            {"customer_price": own_price("-0.01")},
            "price_negative",
            "CustomerPrice must be >= 0",
        ),
        ({"quantity": 2**31}, "quantity_too_large", "Quantity must be <= 2147483647"),
        ({"more": 2**31 - 1}, "quantity_too_large", "Quantity must be <= 2147483647"),
        (
            {"customer_price": own_price("999999999999999"), "quantity": 2**31 - 1},
            "amount_too_large",
            "The amount is too large",
        ),
    ],
)
@pytest.mark.parametrize("alignment", [NEITHER, ALIGN, EXTEND])
def test_refused_changes(wanted: Wanted, alignment: Alignment, reason: str, message: str) -> None:
    """R17, R26: understood but not allowed, with the literal texts; nothing is changed."""
    life = half_a_month()
    before = life.subscription
    asked: Wanted = {**wanted, "alignment": alignment}
    with pytest.raises(NotAllowed) as refused:
        life.change(**asked)
    assert (refused.value.reason, refused.value.message) == (reason, message)
    assert life.subscription is before


@pytest.mark.parametrize("alignment", [NEITHER, ALIGN, EXTEND])
def test_a_new_interval_needs_a_renewal(alignment: Alignment) -> None:
    """2.15: ResetBillingInterval goes with TriggerImmediateRenewal; unknown things first (R17)."""
    life = half_a_month()
    before = life.subscription
    with pytest.raises(NotFound):
        life.change(product_id=999, reset=True, alignment=alignment)
    with pytest.raises(NotAllowed) as refused:
        life.change(quantity=2, reset=True, alignment=alignment)
    assert refused.value.reason == "reset_requires_renewal"
    assert life.subscription is before


@pytest.mark.parametrize("status", [s for s in SubscriptionStatus if s.name != "ACTIVE"])
def test_changes_need_an_active_subscription(status: SubscriptionStatus) -> None:
    """R18: 402 in every other status, but what is unknown comes first (R17)."""
    life = half_a_month()
    life.subscription = replace(life.subscription, status=status)
    with pytest.raises(NotAllowed) as refused:
        life.preview(quantity=2)
    assert refused.value.reason == "subscription_not_active"
    with pytest.raises(NotFound):
        life.preview(running_no=2, quantity=2)
    with pytest.raises(NotFound):
        life.preview(product_id=999)


@pytest.mark.parametrize("status", [s for s in ItemStatus if s.name != "ACTIVE"])
def test_changes_need_an_active_item(status: ItemStatus) -> None:
    """R18: what has ended is not changed."""
    life = paid((SEAT, 1), (GOLD, 1))
    first, second = life.subscription.items
    life.subscription = replace(life.subscription, items=(first, replace(second, status=status)))
    with pytest.raises(NotAllowed) as refused:
        life.preview(running_no=2, quantity=2)
    assert refused.value.reason == "item_not_active"
    waits = 10000 if status is ItemStatus.AWAITING_REINSTATE else 0  # billed when asked for (R21)
    assert life.preview(quantity=2).next_billing.gross == 1000 + waits


@pytest.mark.parametrize(
    ("wanted", "reason", "message"),
    [
        ({"running_no": 2}, "item_unknown", "Item not found: RunningNumber 2"),
        ({"running_no": 0}, "item_unknown", "Item not found: RunningNumber 0"),
        ({"product_id": 999}, "product_unknown", "Product not found: 999"),
    ],
)
def test_what_is_unknown(wanted: dict[str, int], reason: str, message: str) -> None:
    """R17: not found comes before not allowed."""
    life = half_a_month()
    with pytest.raises(Refusal) as refused:
        life.preview(
            running_no=wanted.get("running_no", 1),
            product_id=wanted.get("product_id", GOLD.id),
            quantity=0,
        )
    assert (refused.value.kind, refused.value.reason) == (Kind.NOT_FOUND, reason)
    assert refused.value.message == message


def test_another_interval_of_a_single_item() -> None:
    """R12: from the next billing date on, or at once with Extend; not aligned to the running."""
    life = half_a_month()
    with pytest.raises(NotAllowed) as refused:
        life.preview(product_id=STANDARD.id, alignment=ALIGN)
    assert refused.value.reason == "interval_differs"
    before = life.subscription.next_billing
    assert life.change(product_id=STANDARD.id).next_billing.gross == 9995
    assert life.subscription.next_billing == before
    assert life.subscription.interval == Interval(1)
    prices = life.change_paid(alignment=EXTEND)
    assert prices.alignment.gross == 9995 - 5000
    assert life.subscription.interval == Interval(12)
    assert life.subscription.next_billing == after(life.now, Interval(12))


@pytest.mark.parametrize("alignment", [NEITHER, ALIGN, EXTEND])
def test_another_interval_among_several_items(alignment: Alignment) -> None:
    """R12: with more than one active item the interval must be the same."""
    life = paid((GOLD, 1), (SEAT, 1))
    with pytest.raises(NotAllowed) as refused:
        life.preview(product_id=STANDARD.id, alignment=alignment)
    assert refused.value.reason == "interval_differs"


def test_ended_items_do_not_hold_the_interval() -> None:
    """R12: only active items count."""
    life = paid((GOLD, 1), (SEAT, 1))
    first, second = life.subscription.items
    removed = replace(second, status=ItemStatus.REMOVED)
    life.subscription = replace(life.subscription, items=(first, removed))
    assert life.preview(product_id=STANDARD.id).next_billing.gross == 9995


def test_a_payment_in_progress_refuses_charges_only() -> None:
    """R7: what would charge is refused, a change without alignment passes."""
    life = half_a_month()
    life.change(quantity=2, alignment=ALIGN)
    for outcome in (None, UNKNOWN):
        if outcome is not None:
            life.settle(outcome)
        for alignment in (ALIGN, EXTEND):
            with pytest.raises(NotAllowed) as refused:
                life.preview(quantity=3, alignment=alignment)
            assert refused.value.reason == "payment_in_progress"
        assert life.change(quantity=3).next_billing.gross == 30000
    life.settle(CAPTURED)
    assert life.preview(quantity=4, alignment=ALIGN).alignment.gross > 0


def test_an_interval_is_billed_once() -> None:
    """R4, R6: a second extension takes the place of one that was declined, claim and postings."""
    life = half_a_month()
    life.change(product_id=PLATINUM.id, alignment=EXTEND)
    life.settle(DECLINED)
    declined = life.opened_last
    life.change(quantity=2, alignment=EXTEND)
    assert [purchase.id for purchase in life.subscription.purchases] == [life.opened_last]
    assert [claim.purchase_id for claim in life.records.released] == [declined]
    of_declined = [p.amount for p in life.records.postings if p.purchase_id == declined]
    assert sum(of_declined) == 0
    assert len(of_declined) == 6
    life.settle(CAPTURED)
    assert life.subscription.last_interval_no == 1


def test_a_declined_difference_is_not_charged_twice() -> None:
    """R2, R11: the next aligned change charges it again, so the unpaid purchase is cancelled."""
    life = half_a_month()
    life.change(quantity=2, alignment=ALIGN)
    life.settle(DECLINED)
    life.change_paid(quantity=3, alignment=ALIGN)
    assert life.subscription.purchases == ()
    cash = sum(p.amount for p in life.records.postings if p.account is Account.CASH)
    assert cash == 10000 + 2 * 5000


def test_terms_in_an_open_purchase_are_frozen() -> None:
    """R6: a change without alignment takes effect one billing later, for every item."""
    life = paid((GOLD, 1), (SEAT, 10))
    life.wait(days=15)
    life.change(product_id=PLATINUM.id, alignment=EXTEND)
    life.change(quantity=2)
    life.change(quantity=3)
    life.change(running_no=2, quantity=20)
    frozen = [item.frozen.quantity for item in life.subscription.items if item.frozen]
    assert frozen == [1, 10]
    life.settle(CAPTURED)
    platinum, seats = life.subscription.items
    assert (platinum.in_force.product_id, platinum.in_force.quantity) == (PLATINUM.id, 1)
    assert (platinum.latest.quantity, platinum.frozen) == (3, None)
    assert (seats.in_force.quantity, seats.latest.quantity, seats.frozen) == (10, 20, None)
    # R3: fifteen seats more than the ten that the new interval was billed with
    assert life.preview(running_no=2, quantity=25, alignment=ALIGN).alignment.gross == 7500


def test_several_changes_in_a_row_count_versions() -> None:
    """R3: each has its own version, and only the superseded ones are rows."""
    life = half_a_month()
    for quantity in range(2, 6):
        life.change(quantity=quantity)
    assert life.subscription.items[0].version == 5
    assert [row.version for row in life.records.versions] == [1, 2, 3, 4]
    assert [row.item.latest.quantity for row in life.records.versions] == [1, 2, 3, 4]


def test_a_net_and_tiered_product_can_be_swapped_in() -> None:
    """R9: the whole price table comes with the product."""
    life = half_a_month()
    life.edit_catalog(product(50, price("10", NET, from11="8")))
    assert life.change(product_id=50, quantity=15).next_billing == Split(16660, 14000, 2660)


def test_time_is_an_input() -> None:
    """R23: the journal is stamped with the time of the decision."""
    life = half_a_month()
    life.wait(seconds=1)
    life.change(quantity=2)
    assert life.events[-1].at == NOW + timedelta(days=15, seconds=1)
