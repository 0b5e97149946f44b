"""What an item change costs, now and later: the worked examples (R3, R10 to R14)."""

from datetime import UTC, date, datetime, timedelta
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
    DATA_215,
    DECLINED,
    EXTEND,
    FREE,
    GOLD,
    GROSS,
    NET,
    NOW,
    PLATINUM,
    PREMIUM,
    SEAT,
    STANDARD,
    TAX,
    TIERED,
    Life,
    own_price,
    paid,
    price,
    product,
)
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.lines import Drawing
from tollbridge.domain.money import ZERO, Split, TaxKind
from tollbridge.domain.proration import paid_part, remainder
from tollbridge.domain.purchase import Explanation, Share
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.schedule import Interval, after
from tollbridge.domain.subscription import ItemStatus
from tollbridge.domain.tax import TaxRate, TaxTable
from tollbridge.domain.terms import Names


def with_days_left(life: Life, days: int) -> Life:
    """The life when so many of its thirty days are left."""
    life.now = life.subscription.next_billing - timedelta(days=days)
    return life


def test_v1_upgrade_of_a_year_at_once() -> None:
    """V1: 150.00 - 99.95 x 364/365 = 50.32, then 150.00 a year; a new year begins now."""
    life = paid((STANDARD, 1))
    life.wait(seconds=1)
    prices = life.change_paid(product_id=PREMIUM.id, alignment=EXTEND)
    assert prices.alignment == Split(5032, 4229, 803)
    assert prices.next_billing == prices.next_renewal == Split(15000, 12605, 2395)
    assert life.subscription.next_billing == after(life.now, Interval(12))
    (item,) = life.subscription.items
    assert [part.gross for part in item.paid] == [15000]  # R11 (a): 50.32 and 99.68 of credit


def test_v1_is_explained() -> None:
    """R11, DESIGN 4: the charge can be followed with a pencil."""
    life = paid((STANDARD, 1))
    life.wait(seconds=1)
    life.change(product_id=PREMIUM.id, alignment=EXTEND)
    (line,) = life.subscription.purchases[0].lines
    assert (line.worth.gross, line.covers_days) == (15000, 365)
    assert line.explanation == Explanation(
        charge=Share(price="150.00 gross", quantity=1, whole="150", factor="1", amount="150"),
        credit=Share(
            price="99.95 gross",
            quantity=1,
            whole="99.95",
            factor="364/365",
            amount="99.676164",
        ),
        days_left=364,
        days_nominal=365,
        exact="50.323836",
        rounding="half up to 2 decimals",
    )
    assert (line.rate, line.rate_source) == (Decimal("0.19"), "DE since 2021-01-01, test")


def test_v1_at_the_same_instant() -> None:
    """R11: at the very instant of purchase all days are left."""
    prices = paid((STANDARD, 1)).preview(product_id=PREMIUM.id, alignment=EXTEND)
    assert prices.alignment.gross == 15000 - 9995


def test_v2_replacement_at_the_next_billing() -> None:
    """V2: Gold to Platinum at 135.00, nothing now."""
    prices = paid((GOLD, 1)).preview(product_id=PLATINUM.id, customer_price=own_price("135"))
    assert prices.alignment == ZERO
    assert prices.next_billing == prices.next_renewal == Split(13500, 11345, 2155)


def test_v3_and_v4_at_the_next_billing() -> None:
    """V3: 10 x 5.00; V4: 1 x 10.00."""
    assert paid((SEAT, 10)).preview().next_billing == Split(5000, 4202, 798)
    ten = own_price("10.00")
    assert paid((SEAT, 1)).preview(customer_price=ten).next_billing == Split(1000, 840, 160)


def test_v19_three_hundred_more() -> None:
    """V19: 3,500 and 300 x 35, aligned to nothing: 14,000 at renewal, nothing now."""
    base, add_on = product(60, "3500"), product(61, "35")
    life = paid((base, 1), (add_on, 1), products=(base, add_on))
    prices = life.change(running_no=2, quantity=300)
    assert (prices.alignment, prices.next_billing.gross) == (ZERO, 1400000)


def test_v21_another_quantity_at_renewal() -> None:
    """V21: 50 + 10 x 5; 15 of them at the next date: 125."""
    life = paid((product(60, "50"), 1), (SEAT, 10), products=(product(60, "50"), SEAT))
    prices = life.change(running_no=2, quantity=15)
    assert (prices.alignment, prices.next_billing.gross) == (ZERO, 12500)


def test_v23_more_units_at_once() -> None:
    """V23: five more at 50.00 with 26 of 30 days left: 216.67 now, 750.00 then."""
    fifty = product(60, "50")
    life = with_days_left(paid((fifty, 10), products=(fifty,)), 26)
    prices = life.change(quantity=15, alignment=ALIGN)
    assert (prices.alignment.gross, prices.next_billing.gross) == (21667, 75000)


def test_v25_fifteen_tiered_seats() -> None:
    """V25: 140 a month; five more of them are the difference between the tables' totals."""
    life = with_days_left(paid((TIERED, 9)), 15)
    prices = life.change(quantity=15, alignment=ALIGN)
    assert (prices.next_billing.gross, prices.alignment.gross) == (14000, (14000 - 9000) // 2)


@pytest.mark.parametrize("preview", [True, False])
def test_v29_a_negative_alignment(*, preview: bool) -> None:
    """V29, R12: refused with the literal text, in a preview too; without Align it is fine."""
    life = with_days_left(paid((SEAT, 10)), 15)
    before = life.subscription
    with pytest.raises(NotAllowed) as refused:
        (life.preview if preview else life.change)(quantity=4, alignment=ALIGN)
    assert str(refused.value) == "Alignment CUS price total must be >= 0"
    assert refused.value.reason == "negative_alignment"
    assert life.subscription is before
    assert life.change(quantity=4).next_billing.gross == 2000


def test_r3_trap() -> None:
    """R3: 10 paid, 20 without alignment, 25 with: fifteen seats' difference is charged."""
    life = with_days_left(paid((SEAT, 10)), 15)
    assert life.change(quantity=20).alignment == ZERO
    assert life.change(quantity=25, alignment=ALIGN).alignment.gross == 3750


def test_r3_the_trap_the_other_way() -> None:
    """R3: 10 paid, 4 without alignment, 10 again with: nothing is charged."""
    life = with_days_left(paid((SEAT, 10)), 15)
    life.change(quantity=4)
    assert life.change(quantity=10, alignment=ALIGN).alignment == ZERO


def test_r11_parts_are_counted_one_by_one() -> None:
    """R11 (a): 10 to 20 with 15 days left, then with 6 left the credit is 20.00, not 15.00."""
    life = with_days_left(paid((SEAT, 10)), 15)
    assert life.change_paid(quantity=20, alignment=ALIGN).alignment.gross == 2500
    with_days_left(life, 6)
    assert life.preview(quantity=25, alignment=ALIGN).alignment.gross == 2500 - 2000
    assert life.preview(quantity=20, alignment=EXTEND).alignment.gross == 10000 - 2000


def test_r11_what_was_not_captured_is_not_credited() -> None:
    """R11: a declined charge is nothing to credit; the explanation says what set the limit."""
    life = with_days_left(paid((SEAT, 10)), 15)
    life.change(quantity=20, alignment=ALIGN)
    life.settle(DECLINED)
    prices = life.change(quantity=30, alignment=ALIGN)
    assert prices.alignment.gross == 7500 - 2500
    credit = life.subscription.purchases[-1].lines[0].explanation.credit
    assert credit is not None
    assert (credit.amount, credit.limited_by) == ("25", "captured for the days left")


def test_r11_a_free_interval_gives_no_credit() -> None:
    """R11: in an interval paid with 0 the credit is 0, whatever the price in force says."""
    life = with_days_left(paid((FREE, 1)), 15)
    assert life.preview(product_id=GOLD.id, alignment=ALIGN).alignment.gross == 5000
    life.change(customer_price=own_price("80"), alignment=ALIGN)
    life.settle(DECLINED)
    assert life.preview(product_id=GOLD.id, alignment=ALIGN).alignment.gross == 5000


def test_r11_extra_days_of_a_moved_date() -> None:
    """R11 (b): 30.00 to 60.00 on 16 April, the date moved from 1 to 31 May: 67.50."""
    thirty = product(60, "30")
    life = paid((thirty, 1), products=(thirty,))
    life.move_billing_date(NOW + timedelta(days=60))
    life.wait(days=15)
    prices = life.change(customer_price=own_price("60"), alignment=ALIGN)
    assert prices.alignment.gross == 6750
    explanation = life.subscription.purchases[0].lines[0].explanation
    assert (explanation.charge.amount, explanation.days_left) == ("90", 45)
    assert explanation.credit is not None
    assert explanation.credit.amount == "22.5"


def test_r11_150_extra_days() -> None:
    """R11: Gold moved by 150 days beyond its end; the old money is spread over all of them."""
    life = paid((GOLD, 1))
    life.move_billing_date(life.subscription.next_billing + timedelta(days=150))
    life.wait(days=30)
    prices = life.preview(product_id=PLATINUM.id, alignment=ALIGN)
    # 150 x 150/30 = 750.00 for 150 days; of 100.00 for 180 days 150 are left: 83.33
    assert prices.alignment.gross == 75000 - 8333


def test_r11_a_date_moved_forward_shortens_the_rest() -> None:
    """R11: ten days before the nominal end, ten days fewer are left."""
    life = paid((GOLD, 1))
    life.move_billing_date(NOW + timedelta(days=20))
    life.wait(days=14)
    prices = life.preview(product_id=PLATINUM.id, alignment=ALIGN)
    assert prices.alignment.gross == 1000  # 50.00 x 6/30


def test_r11_net_terms_become_gross() -> None:
    """R11 (c): 100.00 net are 119.00 gross: (150.00 - 119.00) x 15/30 = 15.50 gross."""
    net = product(60, price("100", NET))
    life = with_days_left(paid((net, 1), products=(net,)), 15)
    prices = life.change(customer_price=own_price("150"), alignment=ALIGN)
    assert prices.alignment == Split(1550, 1303, 247)
    [line] = life.subscription.purchases[0].lines
    assert line.explanation.credit == Share(
        price="100 net",
        quantity=1,
        whole="100",
        factor="1/2",
        conversion="net to gross: x 1.19",
        amount="59.5",
    )


def test_r11_gross_terms_become_net() -> None:
    """R11 (c): 119.00 gross are 100.00 net: (150.00 - 100.00) x 15/30 = 25.00 net."""
    gross = product(60, "119")
    life = with_days_left(paid((gross, 1), products=(gross,)), 15)
    prices = life.change(customer_price=own_price("150", NET), alignment=ALIGN)
    assert prices.alignment == Split(2975, 2500, 475)
    [line] = life.subscription.purchases[0].lines
    credit = line.explanation.credit
    assert credit is not None
    assert (credit.conversion, credit.amount) == ("gross to net: / 1.19", "50")


def test_r12_extend_moves_every_item() -> None:
    """R12: 215.00 + 80.00 - (40.00 + 80.00) x 12/30 = 247.00, both renew in a month."""
    life = with_days_left(paid((DATA_40, 1), (DATA_80, 1)), 12)
    prices = life.change(product_id=DATA_215.id, alignment=EXTEND)
    assert prices.alignment.gross == 24700
    assert prices.next_billing.gross == 29500
    (purchase,) = life.subscription.purchases
    assert [(line.amount.gross, line.worth.gross) for line in purchase.lines] == [
        (21500 - 1600, 21500),
        (8000 - 3200, 8000),
    ]
    life.settle(CAPTURED)
    assert life.subscription.next_billing == after(life.now, Interval(1))
    assert [item.in_force.product_id for item in life.subscription.items] == [
        DATA_215.id,
        DATA_80.id,
    ]


def test_r12_extend_leaves_ended_items_out() -> None:
    """R12: over all items that are active after the change."""
    life = with_days_left(paid((DATA_40, 1), (DATA_80, 1)), 15)
    first, second = life.subscription.items
    removed = replace(second, status=ItemStatus.REMOVED)
    life.subscription = replace(life.subscription, items=(first, removed))
    prices = life.preview(product_id=DATA_215.id, alignment=EXTEND)
    assert (prices.alignment.gross, prices.next_billing.gross) == (21500 - 2000, 21500)


def test_r12_extend_charges_the_latest_terms_of_the_others() -> None:
    """R3, R12: what was changed without alignment begins with the new interval."""
    life = with_days_left(paid((DATA_40, 1), (SEAT, 10)), 15)
    life.change(running_no=2, quantity=12)
    prices = life.change_paid(product_id=DATA_80.id, alignment=EXTEND)
    assert prices.alignment.gross == 8000 + 6000 - 2000 - 2500
    assert life.subscription.items[1].in_force.quantity == 12


def test_r12_extend_with_one_line_below_zero() -> None:
    """R12: the total counts, not each line."""
    life = with_days_left(paid((DATA_40, 1), (DATA_215, 1)), 29)
    life.change(running_no=2, customer_price=own_price("1"))
    life.change(product_id=DATA_40.id, quantity=8, alignment=EXTEND)
    first, second = life.subscription.purchases[0].lines
    assert second.amount.gross < 0 < first.amount.gross
    assert second.worth.gross == 100


def test_r12_extend_at_zero_moves_the_calendar_at_once() -> None:
    """R12, R16: no purchase, no attempt; the interval advances."""
    life = paid((GOLD, 1))
    prices = life.change(alignment=EXTEND)
    assert (prices.alignment, prices.next_billing.gross) == (ZERO, 10000)
    assert len(life.records.purchases) == 1  # that of the sign-up
    assert life.subscription.last_interval_no == 1
    assert life.subscription.next_billing == after(life.now, Interval(1))
    assert life.subscription.items[0].paid[0].gross == 10000
    life.wait(days=15)
    assert life.preview(product_id=PLATINUM.id, alignment=ALIGN).alignment.gross == 2500


def test_r12_align_at_zero_charges_nothing() -> None:
    """R12: zero is allowed and opens no purchase; the terms are in force."""
    life = with_days_left(paid((GOLD, 1)), 15)
    assert life.change(names=Names(name="Gold 2"), alignment=ALIGN).alignment == ZERO
    assert life.subscription.purchases == ()
    assert life.subscription.items[0].in_force.product_name == "Gold 2"


def test_after_the_billing_date_nothing_is_left() -> None:
    """R11: an overdue interval has 0 days left and nothing to credit."""
    life = paid((GOLD, 1))
    life.wait(days=40)
    assert life.preview(product_id=PLATINUM.id, alignment=ALIGN).alignment == ZERO
    assert life.preview(product_id=PLATINUM.id, alignment=EXTEND).alignment.gross == 15000


def test_r14_rates_of_now_and_of_the_billing_date() -> None:
    """R14: alignments are taxed as of now, the next billing as of its date; gross stays gross."""
    new = TaxRate("DE", Decimal("0.20"), date(2026, 5, 10), "test")
    old = TaxRate("DE", Decimal("0.19"), date(2021, 1, 1), "test")
    sold = product(60, "119")
    life = with_days_left(paid((sold, 1), products=(sold,)), 15)
    life.tax = TaxTable([old, new])
    prices = life.preview(customer_price=own_price("238"), alignment=ALIGN)
    assert prices.alignment == Split(5950, 5000, 950)
    assert life.preview().next_billing == Split(11900, 10000, 1900)  # of 1 May
    extended = life.preview(alignment=EXTEND)
    assert extended.next_billing == Split(11900, 9917, 1983)  # of 16 May


def test_r14_the_customers_country_counts() -> None:
    """R14: French customers pay 20 %; where no rate is known there is no tax."""
    life = paid((SEAT, 10))
    life.country = "FR"
    assert life.preview().next_billing == Split(5000, 4167, 833)
    life.country = "US"
    assert life.preview().next_billing == Split(5000, 5000, 0)


def test_yen_have_no_decimals() -> None:
    """R10: a line is rounded to whole yen, once."""
    life = with_days_left(paid((SEAT, 10), currency="JPY"), 15)
    prices = life.preview(quantity=11, alignment=ALIGN)
    assert (prices.alignment.gross, prices.next_billing.gross) == (1961, 43132)


def test_totals_are_of_the_whole_subscription() -> None:
    """R13: next billing is the sum over all active items, the alignment of the changed one."""
    life = with_days_left(paid((GOLD, 1), (SEAT, 10)), 15)
    prices = life.change(running_no=2, quantity=12, alignment=ALIGN)
    assert prices.alignment.gross == 500
    assert prices.next_billing == Split(10000, 8403, 1597) + Split(6000, 5042, 958)


amounts = st.decimals("0.01", 10**5, places=2)


@given(amounts, amounts, st.integers(0, 30 * 24), st.sampled_from(TaxKind))
def test_there_and_back_costs_nothing(
    first: Decimal, second: Decimal, hours: int, kind: TaxKind
) -> None:
    """R11: aligning a to b and b to a at one instant cancels out to a minor unit."""
    sold = product(60, price(str(first), kind))
    started = paid((sold, 1), products=(sold,)).subscription
    now = NOW + timedelta(hours=hours)
    rest = remainder(started.running, started.interval, started.next_billing, now)
    draw = Drawing("USD", TAX, "DE", now)
    item = started.items[0]
    other = replace(item.latest, price=price(str(second), kind))
    there = draw.rest(item, replace(item, latest=other), rest)
    changed = replace(item, in_force=other, latest=other, paid=(*item.paid, paid_part(there)))
    back = draw.rest(changed, item, rest)
    cancelled = there.amount + back.amount
    assert abs(cancelled.gross if kind is GROSS else cancelled.net) <= 1


@given(
    st.lists(st.integers(1, 60), min_size=2, max_size=5),
    st.integers(0, 30 * 24),
    st.sampled_from([ALIGN, EXTEND]),
)
def test_preview_and_charge_are_one(
    quantities: list[int], hours: int, alignment: Alignment
) -> None:
    """DESIGN 3: a preview is the same decision, not saved."""
    life = paid((TIERED, 1))
    life.wait(hours=hours)
    charged = [row.amount for row in life.records.attempts]
    for quantity in sorted(quantities):
        preview = life.preview(quantity=quantity, alignment=alignment)
        assert life.change_paid(quantity=quantity, alignment=alignment) == preview
        charged += [preview.alignment.gross] if preview.alignment.gross else []
        assert [row.amount for row in life.records.attempts] == charged


@given(st.lists(st.integers(1, 500), min_size=1, max_size=5), st.integers(1, 30))
def test_growing_in_steps_costs_what_one_step_costs(steps: list[int], days: int) -> None:
    """R11 (a): at one instant, several aligned changes cost what one does, but for rounding."""
    at_once = with_days_left(paid((TIERED, 1)), days)
    by_step = with_days_left(paid((TIERED, 1)), days)
    rising = sorted(steps)
    whole = at_once.change_paid(quantity=rising[-1], alignment=ALIGN).alignment.gross
    parts = [by_step.change_paid(quantity=q, alignment=ALIGN).alignment.gross for q in rising]
    assert abs(sum(parts) - whole) <= len(parts)


def test_leap_years_never_charge_more_than_a_year() -> None:
    """R11: 366 days left of 365 nominal ones are capped at 1."""
    life = paid((STANDARD, 1), now=datetime(2027, 3, 1, tzinfo=UTC))
    life.wait(seconds=1)
    prices = life.preview(product_id=PREMIUM.id, alignment=ALIGN)
    assert prices.alignment.gross == 15000 - 9995
