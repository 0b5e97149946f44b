"""Coupons: what they take off, for how many billings, and what they never touch (R15)."""

from datetime import datetime, timedelta
from decimal import Decimal

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
    FREE,
    GOLD,
    GROSS,
    NET,
    NOW,
    PLATINUM,
    SEAT,
    STANDARD,
    Life,
    own_price,
    price,
    product,
)
from tests.promoting import (
    CODE,
    Terms,
    around,
    bought,
    change,
    keep,
    offer,
    opened,
    promotion,
    renew,
    signed_up,
)
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.cancellation import decide_deactivation, decide_removal
from tollbridge.domain.coupon import Coupon
from tollbridge.domain.decision import Decision
from tollbridge.domain.events import PaymentStarted, decode_event, encode_event
from tollbridge.domain.evolve import fold
from tollbridge.domain.item_addition import ItemAddition, decide_item_addition
from tollbridge.domain.item_change import Renewal
from tollbridge.domain.merger import decide_merger
from tollbridge.domain.money import Split, TaxKind, total
from tollbridge.domain.price import Price
from tollbridge.domain.promotion import Offer, folded
from tollbridge.domain.purchase import Reduction
from tollbridge.domain.records import CouponUseRow, records_of
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.sign_up import OrderItem
from tollbridge.domain.subscription import SubscriptionStatus

TWENTY = product(50, "20.00")
THIRD = product(51, price("10.00"))


def coupon(life: Life) -> Coupon | None:
    """The coupon of the first item."""
    return life.subscription.items[0].coupon


def gross(life: Life, count: int) -> list[int]:
    """What the next renewals cost, each paid on its date."""
    bills = []
    for _ in range(count):
        renew(life)
        bills.append(opened(life).total.gross)
    return bills


def uses(life: Life) -> tuple[list[int], list[int]]:
    """The use numbers that were claimed and given back."""
    records = life.records
    return [row.use_no for row in records.coupon_uses], [r.use_no for r in records.released_uses]


# What it takes off, and for how long


def test_the_example_of_the_rule() -> None:
    """R15: 50 % for 3 billings at 20.00 are three bills of 10.00, then 20.00."""
    life = bought((TWENTY, 1), products=[TWENTY])
    prices = change(life, offer(percent="50", billings=3))
    assert prices.next_billing == prices.next_renewal == Split(1000, 840, 160)
    assert prices.alignment == Split()
    assert gross(life, 4) == [1000, 1000, 1000, 2000]
    assert coupon(life) is None


def test_billings_are_counted_and_not_dates() -> None:
    """R15: from a 31st on, through short months, three bills are three bills."""
    start = NOW.replace(month=1, day=31)
    life = bought((TWENTY, 1), products=[TWENTY], now=start)
    change(life, offer(percent="50", billings=3))
    assert gross(life, 4) == [1000, 1000, 1000, 2000]
    assert [life.now.month, life.now.day] == [5, 31]


def test_for_ever() -> None:
    """R15: without a number it stays until it is replaced."""
    life = bought((TWENTY, 1), products=[TWENTY])
    change(life, offer(percent="25"))
    assert gross(life, 3) == [1500, 1500, 1500]
    held = coupon(life)
    assert held is not None
    assert (held.code, held.promotion_id, held.used) == (CODE, 17, True)


@pytest.mark.parametrize(
    ("billings", "first", "then"),
    [
        (0, 1000, [2000, 2000]),
        (1, 1000, [1000, 2000]),
        (2, 1000, [1000, 1000, 2000]),
        (None, 1000, [1000] * 3),
    ],
)
def test_from_the_sign_up_on(billings: int | None, first: int, then: list[int]) -> None:
    """R15: the initial purchase has it and is none of its billings; 0 is that purchase alone."""
    life = bought((TWENTY, 1), products=[TWENTY], offered=offer(percent="50", billings=billings))
    assert opened(life).total.gross == first
    assert gross(life, len(then)) == then


def test_a_percentage_is_rounded_with_its_line() -> None:
    """R10: unit x quantity x (1 - p), rounded once: 3 x 3.35 less 10 % is 9.045, so 9.05."""
    sold = product(50, "3.35")
    life = bought((sold, 3), products=[sold])
    assert change(life, offer(percent="10")).next_billing.gross == 905


def test_a_net_price_is_lowered_before_the_tax() -> None:
    """R10: 10.00 net less 15 % is 8.50 net; VAT 1.615 is 1.62."""
    sold = product(50, price("10.00", NET))
    life = bought((sold, 1), products=[sold])
    assert change(life, offer(percent="15")).next_billing == Split(1012, 850, 162)


@pytest.mark.parametrize(
    ("sold", "fixed", "tax", "expected"),
    [
        (price("20.00"), "5", GROSS, Split(1500, 1261, 239)),
        (price("20.00"), "5", NET, Split(1405, 1181, 224)),  # net 16.81 - 5.00
        (price("20.00", NET), "5", NET, Split(1785, 1500, 285)),
        (price("20.00", NET), "5", GROSS, Split(1880, 1580, 300)),  # gross 23.80 - 5.00
        (price("20.00"), "20", GROSS, Split()),
        (price("20.00"), "99", GROSS, Split()),  # never below 0
    ],
)
def test_a_fixed_amount(sold: Price, fixed: str, tax: TaxKind, expected: Split) -> None:
    """R10, R15: it is taken off in its own kind before the split, and at most the whole line."""
    item = product(50, sold)
    life = bought((item, 1), products=[item])
    assert change(life, offer(fixed=fixed, tax=tax)).next_billing == expected
    renew(life)
    assert opened(life).total == expected


def test_a_full_discount_needs_no_gateway() -> None:
    """R16: a renewal of 0 is paid, the interval advances and the billing counts."""
    life = bought((TWENTY, 1), products=[TWENTY])
    change(life, offer(percent="100", billings=1))
    attempts = len([e for e in life.events if isinstance(e, PaymentStarted)])
    renew(life)
    assert life.subscription.last_interval_no == 1
    assert len([e for e in life.events if isinstance(e, PaymentStarted)]) == attempts
    assert gross(life, 1) == [2000]


def test_a_fixed_amount_is_shared_out() -> None:
    """R10: 10.00 off three lines of 10.00 is 3.34, 3.33 and 3.33; the sum is exact."""
    lines = [(THIRD, 1)] * 3
    life = bought(*lines, products=[THIRD], offered=offer(fixed="10"))
    assert [line.amount.gross for line in opened(life).lines] == [666, 667, 667]
    assert gross(life, 1) == [2000]


def test_only_products_that_it_is_for() -> None:
    """R15: the other lines of the order pay in full, now and later."""
    discount = offer(fixed="5", products=(DATA_40.id,))
    life = bought((GOLD, 1), (DATA_40, 1), offered=discount)
    assert [line.amount.gross for line in opened(life).lines] == [10000, 3500]
    assert [item.coupon is None for item in life.subscription.items] == [True, False]
    assert gross(life, 1) == [13500]


def test_an_order_of_two_intervals() -> None:
    """R10, R15: a fixed amount is shared out over both subscriptions; the use is one."""
    monthly, yearly = signed_up(
        (GOLD, 1), (STANDARD, 1), offered=offer(fixed="20", use_no=4, max_uses=9), ids=(7, 8)
    )
    assert [opened(life).total.gross for life in (monthly, yearly)] == [9000, 8995]
    assert (uses(monthly), uses(yearly)) == (([4], []), ([], []))


@given(
    amounts=st.lists(st.decimals(0, 300, places=2), min_size=1, max_size=5),
    fixed=st.decimals(Decimal("0.01"), 400, places=2),
    kinds=st.lists(st.sampled_from(TaxKind), min_size=5, max_size=5),
    tax=st.sampled_from(TaxKind),
)
def test_shares_add_up(
    amounts: list[Decimal], fixed: Decimal, kinds: list[TaxKind], tax: TaxKind
) -> None:
    """R10: whatever the prices, the lines lose just the amount, and none goes below 0."""
    sold = [
        product(50 + i, price(str(amount), kind))
        for i, (amount, kind) in enumerate(zip(amounts, kinds, strict=False))
    ]
    items = [(one, 1) for one in sold]
    full = opened(bought(*items, products=sold)).lines
    lines = opened(bought(*items, products=sold, offered=offer(fixed=str(fixed), tax=tax))).lines
    assert all(line.amount.gross == line.amount.net + line.amount.vat for line in lines)
    assert all(min(line.amount.gross, line.amount.net, line.amount.vat) >= 0 for line in lines)
    sums = [total(line.amount for line in one) for one in (full, lines)]
    whole, left = (s.gross if tax is GROSS else s.net for s in sums)
    assert left == max(0, whole - int(fixed * 100))


def test_the_line_explains_it() -> None:
    """R15: by which rule, how much, and what the line would have cost."""
    life = bought((SEAT, 10), offered=offer(percent="12.5"))
    (line,) = opened(life).lines
    assert line.amount == line.worth == Split(4375, 3676, 699)
    explained = line.explanation
    assert (explained.charge.whole, explained.exact) == ("50", "43.75")
    assert explained.discount == Reduction(
        code=CODE,
        promotion_id=17,
        promotion_name="Spring",
        rule="12.5 %",
        amount="6.25",
        full=Split(5000, 4202, 798),
    )


def test_the_line_explains_its_share() -> None:
    """R10: of a fixed amount the line shows the rule and its own part."""
    life = bought((GOLD, 1), (SEAT, 20), offered=offer(fixed="10"))
    parts = [line.explanation.discount for line in opened(life).lines]
    assert [(part.rule, part.amount) for part in parts if part] == [("10 gross", "5")] * 2


# What it never touches


@pytest.mark.parametrize("alignment", [ALIGN, EXTEND])
@pytest.mark.parametrize("discount", [offer(percent="50"), offer(fixed="7.77")])
def test_an_alignment_amount_is_never_lowered(alignment: Alignment, discount: Offer) -> None:
    """R15: with or without a coupon an upgrade now costs the same; the next bill differs."""
    plain, with_coupon = bought((GOLD, 1)), bought((GOLD, 1))
    change(with_coupon, discount)
    for life in (plain, with_coupon):
        life.wait(days=10)
    upgraded = [
        change(life, product_id=PLATINUM.id, alignment=alignment) for life in (plain, with_coupon)
    ]
    assert upgraded[0].alignment == upgraded[1].alignment
    assert upgraded[0].next_billing.gross > upgraded[1].next_billing.gross


def test_applying_it_with_an_alignment() -> None:
    """R15: the same call may do both; the amount charged now is the full difference."""
    life = bought((GOLD, 1))
    life.wait(days=15)
    discount = offer(percent="50", billings=1)
    prices = change(life, discount, product_id=PLATINUM.id, alignment=ALIGN)
    assert prices.alignment.gross == 2500
    assert prices.next_billing.gross == 7500
    life.settle(CAPTURED)
    assert gross(life, 2) == [7500, 15000]


def test_an_extension_is_no_billing_of_it() -> None:
    """R15: a whole new interval that was charged in full leaves the coupon as it was."""
    life = bought((TWENTY, 1), products=[TWENTY])
    change(life, offer(percent="50", billings=1))
    life.wait(days=15)
    change(life, quantity=2, alignment=EXTEND)
    life.settle(CAPTURED)
    assert life.subscription.last_interval_no == 1
    assert gross(life, 2) == [2000, 4000]


def test_credit_is_what_was_captured() -> None:
    """R11: who paid half for Gold gets at most that half credited for the days left."""
    life = bought((GOLD, 1), offered=offer(percent="50", billings=0))
    life.wait(days=15)
    prices = change(life, product_id=PLATINUM.id, alignment=ALIGN)
    assert prices.alignment.gross == 7500 - 2500


# Applying, replacing, losing


def test_a_renewal_at_once_is_its_first_billing() -> None:
    """Seed 002, renewing early with a discount: charged with it, and then it is used up."""
    life = bought((TWENTY, 1), products=[TWENTY])
    life.wait(days=3)
    prices = change(life, offer(percent="50", billings=1), renewal=Renewal())
    assert opened(life).total.gross == 1000
    assert prices.next_billing.gross == 2000  # after the renewal that is under way
    life.settle(CAPTURED)
    assert coupon(life) is None


def test_a_declined_renewal_does_not_count() -> None:
    """R15: what was not captured was no billing."""
    life = bought((TWENTY, 1), products=[TWENTY])
    change(life, offer(percent="50", billings=1))
    renew(life, captured=False)
    life.settle(DECLINED)
    assert coupon(life) is not None
    assert gross(life, 2) == [1000, 2000]


def test_a_coupon_that_comes_after_the_bill_was_opened() -> None:
    """R6, R15: the open bill neither gets it nor counts as one of its billings."""
    life = bought((TWENTY, 1), products=[TWENTY])
    change(life, offer(percent="10", billings=5))
    renew(life, captured=False)
    life.settle(DECLINED)
    change(life, offer(percent="50", billings=1))
    life.retry()
    life.settle(CAPTURED)
    assert opened(life).total.gross == 1800
    assert gross(life, 2) == [1000, 2000]


def test_a_new_one_takes_the_place_of_the_old() -> None:
    """R15: one per item; the item version that had the old one shows it."""
    life = bought((TWENTY, 1), products=[TWENTY])
    change(life, offer(percent="10", id=1))
    change(life, offer(percent="50", id=2))
    assert gross(life, 1) == [1000]
    shown = [row.item.coupon and row.item.coupon.promotion_id for row in life.records.versions]
    assert shown == [None, 1]


def test_another_change_keeps_it() -> None:
    """R15: a change without a code leaves the coupon, also with another price (R9)."""
    life = bought((TWENTY, 1), products=[TWENTY])
    change(life, offer(percent="50"))
    change(life, quantity=3)
    assert gross(life, 1) == [3000]


def test_editing_the_promotion_touches_no_item() -> None:
    """R9: the item holds the terms that were agreed."""
    life = bought((TWENTY, 1), products=[TWENTY])
    change(life, offer(percent="50", billings=2))
    held = coupon(life)
    assert held is not None
    assert (str(held.discount), held.billings_left) == ("50 %", 2)


def test_another_product_that_it_is_not_for_ends_it() -> None:
    """R15: a coupon for Gold does not follow to Platinum."""
    life = bought((GOLD, 1))
    change(life, offer(percent="50", products=(GOLD.id,), use_no=3, max_uses=5))
    change(life, quantity=2)
    assert coupon(life) is not None
    prices = change(life, product_id=PLATINUM.id)
    assert prices.next_billing.gross == 2 * 15000
    assert coupon(life) is None
    assert uses(life) == ([3], [3])


REFUSED: list[tuple[str, Offer | None, str]] = [
    ("nobody knows it", None, "coupon_unknown"),
    ("used up", offer(percent="5", use_no=None, max_uses=3), "coupon_used_up"),
    ("too early", offer(percent="5", valid_from=NOW + timedelta(1)), "coupon_not_valid"),
    ("over", offer(percent="5", valid_to=NOW), "coupon_not_valid"),
    ("another product", offer(percent="5", products=(GOLD.id,)), "coupon_product"),
    ("the first purchase alone", offer(percent="5", billings=0), "coupon_initial_only"),
]


@pytest.mark.parametrize(
    ("offered", "reason"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_cannot_be_applied(offered: Offer | None, reason: str) -> None:
    """R15, R17: refused with a reason, nothing changes."""
    life = bought((SEAT, 1))
    before = life.subscription
    with pytest.raises(NotAllowed) as caught:
        change(life, offered, code=CODE)
    assert (caught.value.reason, caught.value.field) == (reason, "CouponCode")
    assert life.subscription is before


def test_a_currency_without_an_amount() -> None:
    """R15: a fixed amount is per currency, a percentage is for all."""
    life = bought((SEAT, 1))
    euros = replace(offer(), promotion=promotion(fixed="5", currency="EUR"))
    with pytest.raises(NotAllowed, match="no discount in USD"):
        change(life, euros)


@pytest.mark.parametrize("valid_from", [None, NOW])
def test_at_its_first_instant(valid_from: datetime | None) -> None:
    """R23: validity is business time, the first instant in, the last out."""
    terms: Terms = {"valid_to": NOW + timedelta(microseconds=1)}
    if valid_from is not None:
        terms["valid_from"] = valid_from
    assert change(bought((SEAT, 1)), offer(percent="20", **terms)).next_billing.gross == 400


def test_a_subscription_of_several_items() -> None:
    """R15: refused for a change and for an item that joins; items that ended do not count."""
    life = bought((GOLD, 1), (SEAT, 1))
    with pytest.raises(NotAllowed, match="several items"):
        change(life, offer(percent="5"))
    with pytest.raises(NotAllowed, match="several items"):
        add(life)
    context = around(life)
    keep_quietly(life, decide_removal(life.subscription, 2, context, generate_mail=False))
    assert change(life, offer(percent="5")).next_billing.gross == 9500


def add(life: Life) -> None:
    """Add an item with half off for one billing."""
    addition = ItemAddition(product_id=DATA_80.id, quantity=1, coupon_code=CODE, call="test")
    context = around(life, offer(percent="50", billings=1))
    keep(life, decide_item_addition(life.subscription, addition, context))


def keep_quietly(life: Life, decision: Decision) -> None:
    """Keep a decision that answers no prices."""
    (made,) = decision.changes
    life.changes.append(made)
    life.subscription = made.after


def test_an_item_joins_with_a_coupon() -> None:
    """subscription-api.md 2.1: it lowers the new item's own bills."""
    life = bought((GOLD, 1))
    add(life)
    assert gross(life, 2) == [10000 + 4000, 10000 + 8000]


def test_an_order_needs_a_product_it_is_for() -> None:
    """R15: a code that is for none of the products is refused, not forgotten."""
    with pytest.raises(NotAllowed) as caught:
        signed_up((GOLD, 1), offered=offer(percent="5", products=(SEAT.id,)))
    assert caught.value.reason == "coupon_product"


def test_nothing_off_nothing() -> None:
    """R10: a fixed amount on free products has nobody to be shared out to."""
    life = bought((FREE, 1), offered=offer(fixed="5"))
    assert opened(life).total == Split()


@pytest.mark.parametrize("typed", ["bd3-1kk-un3", " BD3-1KK-UN3 ", "Bd3-1kK-uN3"])
def test_codes_in_any_case(typed: str) -> None:
    """R15: customers type codes as they like; the item shows it as the merchant wrote it."""
    assert folded(typed) == folded(CODE)
    assert promotion(percent="5").written(typed) == CODE


# Uses


def test_a_use_is_counted_when_applied() -> None:
    """R15: one row for the item's use."""
    life = bought((SEAT, 1))
    change(life, offer(percent="5", use_no=3, max_uses=5))
    assert life.records.coupon_uses == [
        CouponUseRow(merchant_id=864, promotion_id=17, use_no=3, subscription_id=7)
    ]
    assert life.records.released_uses == []


def test_without_a_limit_nothing_is_counted() -> None:
    """R15: who may be used for ever needs no rows."""
    life = bought((SEAT, 1), offered=offer(percent="5"))
    assert uses(life) == ([], [])


def test_a_use_that_was_replaced_unused_is_given_back() -> None:
    """R15: the other promotion's use is counted in its place."""
    life = bought((SEAT, 1))
    change(life, offer(percent="5", use_no=3, max_uses=5, id=1))
    change(life, offer(percent="7", use_no=8, max_uses=9, id=2))
    assert uses(life) == ([3, 8], [3])


def test_a_use_that_lowered_a_bill_stays_counted() -> None:
    """R15: replaced or run out, it was used."""
    life = bought((TWENTY, 1), products=[TWENTY])
    change(life, offer(percent="5", use_no=3, max_uses=5, id=1))
    renew(life)
    change(life, offer(percent="7", use_no=8, max_uses=9, id=2, billings=1))
    assert gross(life, 2) == [1860, 2000]
    assert uses(life) == ([3, 8], [])


def test_the_same_promotion_again_keeps_its_use() -> None:
    """R15: applying the code twice is one use, even when there is no other left."""
    life = bought((TWENTY, 1), products=[TWENTY])
    change(life, offer(percent="50", use_no=1, max_uses=1, billings=1))
    change(life, offer(percent="50", use_no=None, max_uses=1, billings=1))
    assert uses(life) == ([1], [])
    assert gross(life, 2) == [1000, 2000]


def test_a_sign_up_that_is_voided_gives_its_use_back() -> None:
    """R15, R19: cancelled before it was paid."""
    (life,) = signed_up((SEAT, 1), offered=offer(percent="5", use_no=3, max_uses=5))
    life.settle(DECLINED)
    decision = decide_deactivation(
        life.subscription, [1], around(life), allow_reinstate=True, generate_mail=False
    )
    keep_quietly(life, decision)
    assert life.subscription.status is SubscriptionStatus.DEACTIVATED
    assert uses(life) == ([3], [3])
    assert coupon(life) is None


@pytest.mark.parametrize(("final", "given_back"), [(True, [3]), (False, [])])
def test_an_item_that_ends_for_good_gives_it_back(final: bool, given_back: list[int]) -> None:  # noqa: FBT001 - a table of outcomes
    """R15: one that may be reinstated keeps its coupon."""
    life = bought((SEAT, 1))
    change(life, offer(percent="5", use_no=3, max_uses=5))
    decision = decide_deactivation(
        life.subscription, [1], around(life), allow_reinstate=not final, generate_mail=False
    )
    keep_quietly(life, decision)
    assert uses(life) == ([3], given_back)


def test_a_merged_item_takes_its_coupon_along() -> None:
    """R15, V5: the use changes hands, and billings go on counting."""
    secondary = bought((TWENTY, 1), products=[TWENTY])
    change(secondary, offer(percent="50", use_no=3, max_uses=5, billings=1))
    (primary,) = signed_up((GOLD, 1), ids=(8,), now=NOW + timedelta(days=5))
    primary.settle(CAPTURED)
    decision = decide_merger(
        primary.subscription,
        secondary.subscription,
        Alignment(),
        around(primary),
        generate_mail=False,
    )
    rows = records_of(decision.changes)
    assert [(row.subscription_id, row.use_no) for row in rows.coupon_uses] == [(8, 3)]
    assert [(row.subscription_id, row.use_no) for row in rows.released_uses] == [(7, 3)]
    keep(primary, decision)
    assert gross(primary, 2) == [11000, 12000]


def test_the_journal_tells_all_of_it() -> None:
    """DESIGN 3: events with coupons survive being stored, and fold to the same subscription."""
    life = bought((SEAT, 1), offered=offer(fixed="1", use_no=1, max_uses=2, billings=2))
    change(life, offer(percent="12.5", use_no=2, max_uses=2, products=(SEAT.id,)))
    gross(life, 3)
    stored = [(type(event).__name__, event.version, encode_event(event)) for event in life.events]
    assert fold(decode_event(*row) for row in stored) == life.subscription


def test_an_item_with_its_own_price() -> None:
    """R9, R15: a CustomerPrice is lowered like any other."""
    own = OrderItem(product_id=SEAT.id, quantity=2, customer_price=own_price("4.00"))
    life = bought(own, offered=offer(percent="50"))
    assert opened(life).total.gross == 400
