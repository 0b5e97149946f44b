"""What happens within a term that is paid in instalments (R3, R6, R11, R12, R15, R16, R20)."""

from fractions import Fraction

import pytest
from msgspec.structs import replace

from tests.billing import next_date, run
from tests.given import (
    ALIGN,
    CAPTURED,
    DECLINED,
    EXTEND,
    GOLD,
    NOW,
    STANDARD,
    SUBSCRIPTION_ID,
    context,
    order,
    paid,
)
from tests.instalments import (
    BIGGER,
    MONTH,
    PLAN,
    QUARTERLY,
    SHORT,
    SOLD,
    YEAR,
    amounts,
    billed,
    counts,
    held,
    opened,
    signed_up,
    totals,
)
from tests.promoting import offer
from tollbridge.domain import events as ev
from tollbridge.domain.catalog import Product
from tollbridge.domain.promotion import Offer
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.schedule import NO_INTERVAL, Cycle, Instalment, Interval
from tollbridge.domain.sign_up import beginnings_of
from tollbridge.domain.subscription import SubscriptionStatus

# Changes within a term


def test_a_change_is_prorated_over_the_billing_interval() -> None:
    """R11, R12: (180.00 - 100.00) / 12 for 15 of 30 days, and no more back than was captured."""
    life = billed(signed_up(PLAN), 2)  # June has 30 days
    life.wait(days=15)
    prices = life.change_paid(product_id=BIGGER.id, alignment=ALIGN)
    assert prices.alignment.gross == 334  # 15.00 x 1/2 - 8.33 x 1/2
    assert (prices.next_billing.gross, prices.next_renewal.gross) == (1500, 18000)
    [line] = opened(life)[-1].lines
    assert line.explanation.charge.factor == "1/12 x 1/2"
    assert (opened(life)[-1].interval_no, opened(life)[-1].billing_interval_no) == (0, 2)
    billed(life, 10)
    assert amounts(life)[-10:] == [1500] * 10
    life.wait(days=1)
    life.change_paid(quantity=2, alignment=ALIGN)  # in the next interval, before it is paid for
    assert (opened(life)[-1].interval_no, opened(life)[-1].billing_interval_no) == (1, 12)
    held(life)


def test_a_change_for_the_next_bill_pays_its_later_instalments() -> None:
    """R3: the parts that are left of the term cost what the new terms say of them."""
    life = billed(signed_up(SHORT), 3)
    life.change(quantity=2)
    billed(life, 2)
    assert amounts(life)[3:] == [3000, 6000, 6000]
    held(life)


def test_another_cycle_begins_a_new_term() -> None:
    """R12: at the next billing date, whatever was left of the running term."""
    life = billed(signed_up(SHORT), 1)
    prices = life.change(product_id=QUARTERLY.id)
    assert (prices.next_billing.gross, prices.next_renewal.gross) == (2500, 10000)
    assert life.subscription.next_renewal == life.subscription.next_billing
    billed(life, 1)
    assert life.subscription.instalment == Instalment(1, 1, 4)
    assert (next_date(life), counts(life)) == ("2026-09-01", (2, 0))
    billed(life, 3)
    assert counts(life) == (5, 1)
    held(life)


@pytest.mark.parametrize("sold", [STANDARD, QUARTERLY], ids=["at once", "in other instalments"])
def test_another_way_to_pay_the_same_interval_is_another_cycle(sold: Product) -> None:
    """R12: not aligned, and not beside an item that is paid otherwise."""
    life = signed_up(PLAN)
    assert sold.interval == PLAN.interval
    with pytest.raises(NotAllowed) as caught:
        life.change(product_id=sold.id, alignment=ALIGN)
    assert caught.value.reason == "interval_differs"
    with pytest.raises(NotAllowed) as caught:
        life.add(sold)
    assert caught.value.reason == "interval_differs"


def test_from_instalments_to_the_whole_and_back() -> None:
    """R16: a term that is paid at once counts when it is paid."""
    life = billed(signed_up(SHORT), 1)
    life.change(product_id=GOLD.id)
    assert totals(life) == (10000, 10000)
    billed(life, 1)
    assert (life.subscription.instalment, counts(life)) == (None, (2, 1))
    life.change(product_id=SHORT.id)
    assert totals(life) == (3000, 9000)
    billed(life, 3)
    assert (life.subscription.instalment, counts(life)) == (Instalment(2, 3, 3), (5, 2))
    assert amounts(life) == [3000, 3000, 10000, 3000, 3000, 3000]
    held(life)


def test_the_open_bill_of_a_term_is_not_changed() -> None:
    """R6, R13: another cycle waits for the bill after it, and so does the renewal date."""
    life = billed(paid((SHORT, 1), products=SOLD, reminder_days=5), 0)
    run(life, until=life.subscription.reminder)
    life.change(product_id=QUARTERLY.id)
    assert totals(life) == (3000, 10000)
    assert f"{life.subscription.next_renewal:%Y-%m-%d}" == "2026-06-01"
    billed(life, 1)
    assert next_date(life) == "2026-06-01"
    assert totals(life) == (2500, 10000)
    held(life)


def test_a_moved_date_moves_the_term() -> None:
    """R5: the later instalments count from it, and so does the end of the term."""
    life = billed(signed_up(SHORT), 1)
    life.move_billing_date(NOW.replace(month=7, day=10))
    assert f"{life.subscription.next_renewal:%Y-%m-%d}" == "2026-08-10"
    billed(life, 2)
    assert (counts(life), next_date(life)) == ((3, 0), "2026-09-10")
    held(life)


# Renewal on request


def test_a_renewal_pays_the_next_instalment() -> None:
    """R4, R6: early, at its price; the term goes on."""
    life = signed_up(SHORT)
    life.wait(days=3)
    life.renew()
    life.settle(CAPTURED)
    assert (counts(life), next_date(life)) == ((1, 0), "2026-06-01")
    assert life.subscription.instalment == Instalment(0, 2, 3)
    with pytest.raises(NotAllowed) as caught:
        life.change(quantity=2, alignment=ALIGN)
    assert caught.value.reason == "interval_paid_ahead"
    held(life)


def test_a_reset_begins_a_new_term() -> None:
    """R16: what was left of the term is not billed, and it never counts as paid."""
    life = billed(signed_up(SHORT), 1)
    life.wait(days=10)
    prices = life.renew(reset=True)
    assert (prices.next_billing.gross, prices.next_renewal.gross) == (3000, 9000)
    life.settle(CAPTURED)
    assert life.subscription.instalment == Instalment(1, 1, 3)
    assert (counts(life), next_date(life)) == ((2, 0), "2026-06-11")
    billed(life, 2)
    assert (counts(life), next_date(life)) == ((4, 1), "2026-08-11")
    held(life)


def test_an_extension_begins_a_new_term() -> None:
    """R12: a full billing interval from now on, less what is left of the running one."""
    life = billed(signed_up(SHORT), 2)  # the term is paid for; June has 30 days
    life.wait(days=15)
    prices = life.change_paid(quantity=2, alignment=EXTEND)
    assert prices.alignment.gross == 4500  # 60.00 - 30.00 x 15/30
    assert (prices.next_billing.gross, prices.next_renewal.gross) == (6000, 18000)
    assert (life.subscription.instalment, next_date(life)) == (Instalment(1, 1, 3), "2026-07-16")
    life.wait(days=15)
    assert life.preview(quantity=3, alignment=ALIGN).alignment.gross == 1500  # 30.00 x 15/30
    billed(life, 2)
    assert counts(life) == (5, 1)
    held(life)


def test_a_reset_is_a_renewal_of_those_agreed() -> None:
    """R16: an instalment is none, a new term is; beyond the last it is refused."""
    life = billed(signed_up(SHORT, renewals=1), 3)
    life.wait(days=1)
    with pytest.raises(NotAllowed) as caught:
        life.renew(reset=True)
    assert caught.value.reason == "recurrence_finished"
    with pytest.raises(NotAllowed) as caught:
        life.change(quantity=2, alignment=EXTEND)
    assert caught.value.reason == "recurrence_finished"
    life.renew()
    life.settle(CAPTURED)
    assert counts(life) == (4, 0)
    held(life)


# Dunning, coupons, mergers


def test_a_declined_instalment_stays_the_next_one() -> None:
    """R20: grace and retries as for any bill; nothing counts until it is paid."""
    life = signed_up(SHORT)
    run(life, until="2026-05-02", plan=[DECLINED])
    assert (life.subscription.status, counts(life)) == (SubscriptionStatus.GRACE, (0, 0))
    run(life, until="2026-05-03")
    assert (life.subscription.status, counts(life)) == (SubscriptionStatus.ACTIVE, (1, 0))
    assert next_date(life) == "2026-06-02"  # R5: paid on a later day
    held(life)


@pytest.mark.parametrize(
    ("offered", "parts"),
    [
        (offer(percent="10", billings=2), [3000, 2700, 2700, 3000, 3000]),
        (offer(percent="33.3"), [3000, 2001, 2001, 2001, 2001]),
        (offer(fixed="5.00", billings=1), [3000, 2500, 3000, 3000, 3000]),
        (offer(fixed="50.00", billings=1), [3000, 0, 3000, 3000, 3000]),
    ],
)
def test_a_coupon_counts_instalments(offered: Offer, parts: list[int]) -> None:
    """R15: a billing is an instalment, and never takes off more than it comes to."""
    life = signed_up(SHORT)
    life.offer = offered
    life.change(coupon_code=offered.code)
    billed(life, 4)
    assert amounts(life) == parts
    reduction = opened(life)[1].lines[0].explanation.discount
    assert reduction is not None
    taken = Fraction(reduction.amount) * 100
    assert (reduction.full.gross, round(taken)) == (3000, 3000 - parts[1])
    held(life)


def test_items_that_move_pay_the_rest_of_the_other_term() -> None:
    """V5: charged for the days between the dates at the price of a billing interval."""
    life = billed(signed_up(SHORT), 1)
    other = paid((SHORT, 1), now=life.now, products=SOLD, subscription_id=SUBSCRIPTION_ID + 1)
    life.wait(days=10)
    other.now = life.now
    other.move_billing_date(life.now.replace(day=22))
    prices = life.merge(other, ALIGN)
    assert prices.alignment.gross == 1000  # ten days of a month at 30.00
    assert (prices.next_billing.gross, prices.next_renewal.gross) == (6000, 18000)
    life.settle(CAPTURED)
    billed(life, 1)
    assert counts(life) == (2, 0)
    assert [item.renewals for item in life.subscription.items] == [0, 0]
    held(life)


def test_items_that_move_into_a_later_term_keep_their_count() -> None:
    """R16: their renewals come with them."""
    life, sold = billed(signed_up(SHORT), 4), replace(SHORT, recurrence_count=2)
    other = paid((sold, 1), now=NOW, products=[sold], subscription_id=SUBSCRIPTION_ID + 1)
    billed(other, 4)
    for one in (life, other):
        one.wait(days=5)
    life.move_billing_date(life.subscription.next_billing.replace(day=20))
    life.merge(other, ALIGN)
    life.settle(CAPTURED)
    assert [item.renewals for item in life.subscription.items] == [1, 1]
    billed(life, 2)
    assert [item.renewals for item in life.subscription.items] == [2, 2]
    billed(life, 3)
    assert [item.active for item in life.subscription.items] == [True, False]
    held(life)


def test_instalments_that_are_yet_to_come_do_not_merge() -> None:
    """R12: a change that waits for the next bill counts as well."""
    life = signed_up(SHORT)
    other = paid((SHORT, 1), products=SOLD, subscription_id=SUBSCRIPTION_ID + 1)
    other.wait(days=1)
    other.change(product_id=QUARTERLY.id)
    other.move_billing_date(NOW.replace(day=20))
    life.now = other.now
    with pytest.raises(NotAllowed) as caught:
        life.merge(other, ALIGN)
    assert caught.value.reason == "interval_differs"


def test_subscriptions_of_other_instalments_do_not_merge() -> None:
    """R12: neither does one that pays at once."""
    for sold in (STANDARD, QUARTERLY):
        life = signed_up(PLAN)
        other = paid((sold, 1), products=SOLD, subscription_id=SUBSCRIPTION_ID + 1)
        life.wait(days=1)
        other.now = life.now
        other.move_billing_date(life.now.replace(day=20))
        with pytest.raises(NotAllowed) as caught:
            life.merge(other, ALIGN)
        assert caught.value.reason == "interval_differs"


def test_what_makes_up_one_subscription() -> None:
    """platform.md f: a year paid in months and a year paid at once are two."""
    bought = order((PLAN, 1), (STANDARD, 1), (BIGGER, 1), (QUARTERLY, 1))
    cycles = [one.cycle for one in beginnings_of(bought, context(products=SOLD))]
    assert cycles == [Cycle(YEAR, MONTH), Cycle(YEAR, NO_INTERVAL), Cycle(YEAR, Interval(3))]


def test_the_card_is_looked_at_by_billing() -> None:
    """platform.md g: instalments of a quarter are checked a month ahead, each once."""
    life = billed(signed_up(QUARTERLY), 4)
    numbers = [e.number for e in life.events if isinstance(e, ev.CardChecked)]
    assert numbers == [1, 2, 3, 4]


def test_the_card_of_a_monthly_bill_is_looked_at_with_the_bill() -> None:
    """platform.md g: the time between bills counts, and not the length of the term."""
    life = billed(signed_up(PLAN), 13)
    assert not any(isinstance(event, ev.CardChecked) for event in life.events)


def test_a_card_that_expires_within_a_term_is_told_of() -> None:
    """platform.md g: with the monthly bill before it, once."""
    life = signed_up(SHORT, renewals=1)
    life.method = replace(life.method, expiry_year=2026, expiry_month=8)
    billed(life, 5)
    expiring = [e.number for e in life.events if isinstance(e, ev.CardExpiring)]
    assert expiring == [4]  # and is not told again of the same card
