"""Terms that are paid in instalments: amounts, counts and dates (R5, R10, R13, R16)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.billing import days_of, next_date, run
from tests.given import (
    GOLD,
    NET,
    NOW,
    TAX,
    own_price,
    paid,
    price,
    product,
)
from tests.instalments import (
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
from tollbridge.domain.catalog import CatalogPrice, Product
from tollbridge.domain.forecast import forecast
from tollbridge.domain.money import Split, TaxKind, to_minor, total
from tollbridge.domain.price import flat
from tollbridge.domain.pricing import full_price, part_in
from tollbridge.domain.purchase import InstalmentShare
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.schedule import Cycle, Instalment, Interval, instalments
from tollbridge.domain.subscription import SubscriptionStatus
from tollbridge.domain.terms import from_catalog
from tollbridge.domain.totals import next_totals

YEN = [250, 250, 249, 250]


# Lengths


@pytest.mark.parametrize(
    ("interval", "billing", "times"),
    [
        (Interval(12), Interval(1), 12),
        (Interval(12), Interval(3), 4),
        (Interval(24), Interval(12), 2),
        (Interval(0, 28), Interval(0, 7), 4),
        (Interval(2, 30), Interval(1, 15), 2),
        (Interval(12), Interval(12), None),
        (Interval(12), Interval(5), None),
        (Interval(1), Interval(12), None),
        (Interval(12), Interval(0, 30), None),
        (Interval(0, 30), Interval(1), None),
        (Interval(0, 30), Interval(0, 7), None),
        (Interval(2, 30), Interval(1), None),
    ],
    ids=str,
)
def test_how_often_one_length_fits_into_the_other(
    interval: Interval, billing: Interval, times: int | None
) -> None:
    """R16: a whole number of times, two or more, months into months and days into days."""
    assert instalments(interval, billing) == times


def test_lengths_that_do_not_fit_are_no_cycle() -> None:
    """The catalog file refuses them; what comes past it must not be billed by guess."""
    assert Cycle(YEAR).instalments == 1
    with pytest.raises(ValueError, match="P12M is not paid in instalments of P5M"):
        _ = Cycle(YEAR, Interval(5)).instalments


# Amounts


@pytest.mark.parametrize(
    ("sold", "currency", "parts"),
    [
        (PLAN, "USD", [833, 834, 833] * 4),
        (QUARTERLY, "USD", [2500] * 4),
        (product(70, "10.00", every="P4M", paid="P1M"), "USD", [250] * 4),
        (product(70, "0.03", every="P4M", paid="P1M"), "USD", [1, 1, 0, 1]),
        (product(70, "0", every="P2M", paid="P1M"), "USD", [0, 0]),
        (PLAN, "JPY", [833, 834, 833] * 4),
        (
            product(70, "0", every="P4M", paid="P1M", also={"JPY": "999"}),
            "JPY",
            [250, 250, 249, 250],
        ),
    ],
)
def test_instalments_of_a_term_come_to_its_price(
    sold: Product, currency: str, parts: list[int]
) -> None:
    """R10, R16: what is due up to each is rounded, so that none of them drifts."""
    life = paid((sold, 1), products=[sold], currency=currency)
    billed(life, len(parts) - 1)
    assert amounts(life) == parts
    billed(life, len(parts))
    assert amounts(life)[len(parts) :] == parts  # the next term begins anew
    held(life)


@given(
    amount=st.decimals(0, 10_000, places=4),
    quantity=st.integers(1, 50),
    times=st.integers(2, 60),
    tax=st.sampled_from(TaxKind),
    currency=st.sampled_from(["USD", "JPY", "KWD"]),
)
def test_any_term_is_paid_to_the_minor_unit(
    amount: Decimal, quantity: int, times: int, tax: TaxKind, currency: str
) -> None:
    """R10, R16: their sum is the rounded price, and no two differ by more than a minor unit."""
    sold = replace(
        product(70, "0", every=f"P{times}M", paid="P1M"),
        prices=(CatalogPrice(currency, flat(amount, tax)),),
    )
    terms = from_catalog(sold, quantity, currency, None)
    rate = Decimal("0.19")
    splits = [full_price(terms, currency, rate, number) for number in range(1, times + 1)]
    parts = [part_in(split, tax) for split in splits]
    assert sum(parts) == to_minor(Fraction(amount) * quantity, currency)
    assert max(parts) - min(parts) <= 1
    assert all(split.gross == split.net + split.vat for split in splits)


def test_a_price_that_is_too_large_is_refused_at_once() -> None:
    """R26: not with the instalment that makes it so."""
    terms = from_catalog(PLAN, 2**31 - 1, "USD", own_price("20000.00"))
    with pytest.raises(NotAllowed) as caught:
        full_price(terms, "USD", Decimal("0.19"))
    assert caught.value.reason == "amount_too_large"
    plain = from_catalog(GOLD, 2**31 - 1, "USD", own_price("4000.00"))
    assert full_price(plain, "USD", Decimal("0.19")).gross < 10**15


def test_a_line_tells_which_part_it_is() -> None:
    """R10: due with all up to it, rounded, less what was due before it."""
    life = billed(signed_up(PLAN), 1)
    [line] = opened(life)[-1].lines
    told = line.explanation
    assert (told.charge.whole, told.charge.factor, told.charge.amount) == (
        "100",
        "1/12",
        "8.333333",
    )
    assert told.instalment == InstalmentShare(number=2, of=12, before="8.33")
    assert (told.exact, line.amount.gross) == ("16.666667", 834)
    assert opened(life)[0].lines[0].explanation.instalment == InstalmentShare(
        number=1, of=12, before="0"
    )


def test_tax_is_taken_from_each_instalment() -> None:
    """R10: net prices keep the net, and a total is a sum of lines."""
    sold = product(70, price("100.00", NET), every="P3M", paid="P1M")
    life = billed(paid((sold, 1), products=[sold]), 2)
    splits = [purchase.amount for purchase in life.records.purchases]
    assert splits == [Split(3966, 3333, 633), Split(3967, 3334, 633), Split(3966, 3333, 633)]


# Counts and dates


def test_two_years_in_months() -> None:
    """R16: a bill a month; LastIntervalNo moves with the last one of each term, after the first."""
    life = signed_up(PLAN)
    seen = []
    for number in range(1, 37):
        billed(life, 1)
        assert counts(life) == (number, max(0, (number + 1) // 12 - 1))
        seen.append((opened(life)[-1].interval_no, opened(life)[-1].billing_interval_no))
    assert seen == [(number // 12, number) for number in range(1, 37)]
    assert next_date(life) == "2029-05-01"
    held(life)


def test_dates_count_from_the_anchor() -> None:
    """R5: from the 31st, by the month."""
    life = paid((PLAN, 1), products=SOLD, now=NOW.replace(month=1, day=31))
    billed(life, 4)
    days = days_of(life.events, ev.IntervalAdvanced)
    assert days == ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]


def test_prices_and_dates_of_the_next_bill_and_term() -> None:
    """R13: the next instalment, and all of the next term on the date on which it begins."""
    life = signed_up(QUARTERLY)
    for days in (("2026-07-01", "2027-04-01"), ("2026-10-01", "2027-04-01")):
        now = life.subscription
        assert (f"{now.next_billing:%Y-%m-%d}", f"{now.next_renewal:%Y-%m-%d}") == days
        assert totals(life) == (2500, 10000)
        billed(life, 1)
    billed(life, 1)
    now = life.subscription
    assert now.next_billing == now.next_renewal
    assert totals(life) == (2500, 10000)


def test_answers_tell_the_two_apart() -> None:
    """R13: without instalments they are one."""
    prices = signed_up(PLAN).preview(quantity=3)
    assert (prices.next_billing.gross, prices.next_renewal.gross) == (2500, 30000)
    plain = signed_up(GOLD).preview(quantity=3)
    assert plain.next_billing == plain.next_renewal


@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize("billings", [None, 1, 4])
def test_the_next_term_costs_what_its_bills_come_to(before: int, billings: int | None) -> None:
    """R13, R15: coupons count bills, also those before the term begins."""
    life = paid((SHORT, 1), products=SOLD, reminder_days=5)
    life.offer = offer(percent="33.3", billings=billings)
    life.change(coupon_code=life.offer.code)
    billed(life, before)
    run(life, until=life.subscription.reminder)
    for _ in range(2):  # with the bill open, and without
        start = life.subscription.next_renewal
        _, renewal = next_totals(life.subscription, TAX, "DE")
        steps = forecast(life.subscription, life.around)
        foreseen = [p for _, step in zip(range(20), steps, strict=False) if (p := step.purchase)]
        of_term = {p.id: p for p in foreseen if p.due and p.due >= start}
        assert renewal == total(p.total for p in list(of_term.values())[:3])
        run(life, until=life.subscription.next_billing)


def test_a_count_is_of_terms() -> None:
    """R16: one renewal is a term more, with all its instalments, and then it is over."""
    life = signed_up(SHORT, renewals=1)
    run(life, until="2030-01-01")
    assert amounts(life) == [3000] * 6
    assert counts(life) == (5, 1)
    assert life.subscription.status is SubscriptionStatus.FINISHED
    assert days_of(life.events, ev.ItemsFinished) == ["2026-10-01"]
    held(life)


def test_in_the_last_term_no_other_is_foreseen() -> None:
    """R13, R16: its instalments are billed still."""
    life = billed(signed_up(SHORT, renewals=1), 3)
    assert life.subscription.items[0].renewals_left == 0
    assert totals(life) == (3000, 0)
    billed(life, 2)
    assert totals(life) == (0, 0)


def test_an_item_that_joins_pays_the_rest_of_the_term() -> None:
    """R16: it has all its renewals before it, and ends with a term of the others."""
    late = replace(SHORT, id=75, recurrence_count=1)
    life = billed(signed_up(SHORT, renewals=None), 4)  # the second instalment of interval 1
    life.edit_catalog(late)
    life.add(late, 1)
    assert totals(life) == (6000, 18000)
    billed(life, 1)
    assert life.subscription.items[1].renewals == 0
    billed(life, 3)
    assert [item.renewals for item in life.subscription.items] == [2, 1]
    billed(life, 1)
    assert [item.active for item in life.subscription.items] == [True, False]
    held(life)


def test_a_trial_comes_before_the_instalments() -> None:
    """R16: interval 0 at price 0 is paid for whole; the first instalment is due at its end."""
    sold = replace(SHORT, trial=Interval(0, 14))
    life = paid((sold, 1), products=[sold])
    assert (next_date(life), life.subscription.instalment) == ("2026-04-15", Instalment(0, 1, 1))
    assert totals(life) == (3000, 9000)
    assert life.subscription.next_renewal == life.subscription.next_billing
    billed(life, 3)
    assert (amounts(life), counts(life)) == ([0, 3000, 3000, 3000], (3, 1))
    assert next_date(life) == "2026-07-15"
    held(life)
