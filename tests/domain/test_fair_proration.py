"""Nobody pays for a change that changes nothing, whatever the month and the steps (R11, R12)."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.given import ALIGN, CAPTURED, GOLD, SEAT, STANDARD, Life, paid
from tollbridge.domain.schedule import Anchor, after
from tollbridge.domain.subscription import Bounds

STARTS = st.integers(0, 6 * 365 * 24).map(
    lambda hours: datetime(2023, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
)


def beginning_at(start: datetime, *, yearly: bool, quantity: int) -> Life:
    """Seats that were paid at this instant, for a month or a year."""
    life = paid((STANDARD if yearly else SEAT, quantity))
    interval = life.subscription.interval
    life.subscription = replace(
        life.subscription,
        start=start,
        anchor=Anchor(start),
        running=Bounds(start, after(start, interval)),
    )
    life.now = start
    return life


@given(
    start=STARTS,
    yearly=st.booleans(),
    quantity=st.integers(1, 40),
    steps=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20)), max_size=4),
)
def test_changing_nothing_costs_nothing(
    start: datetime, *, yearly: bool, quantity: int, steps: list[tuple[int, int]]
) -> None:
    """R11: after any aligned increases, aligning to the same terms is free to a minor unit each.

    Every captured part is rounded, so the credit may miss the exact value by half a minor unit
    for each.
    """
    life = beginning_at(start, yearly=yearly, quantity=quantity)
    for days, more in steps:
        life.now = min(life.now + timedelta(days=days), life.subscription.next_billing)
        quantity += more
        life.change(quantity=quantity, alignment=ALIGN)
        if life.under_way:
            life.settle(CAPTURED)
    assert life.preview(quantity=quantity, alignment=ALIGN).alignment.gross <= len(steps)


@pytest.mark.parametrize("month", range(1, 13))
def test_two_steps_cost_what_one_step_costs(month: int) -> None:
    """R11, R12: 10 to 20 to 30 seats as 10 to 30, in months of 28 to 31 days."""
    one = beginning_at(datetime(2027, month, 1, tzinfo=UTC), yearly=False, quantity=10)
    two = beginning_at(datetime(2027, month, 1, tzinfo=UTC), yearly=False, quantity=10)
    direct = one.preview(quantity=30, alignment=ALIGN).alignment.gross
    first = two.change_paid(quantity=20, alignment=ALIGN).alignment.gross
    second = two.change_paid(quantity=30, alignment=ALIGN).alignment.gross
    assert abs(first + second - direct) <= 1


def test_a_day_that_is_not_charged_takes_no_credit() -> None:
    """R11: 1 January, 10 to 20 seats at once; with 15 days left, 20 to 25 costs 12.50."""
    life = beginning_at(datetime(2026, 1, 1, tzinfo=UTC), yearly=False, quantity=10)
    assert life.change_paid(quantity=20, alignment=ALIGN).alignment.gross == 5000
    life.now = life.subscription.next_billing - timedelta(days=15)
    assert life.preview(quantity=25, alignment=ALIGN).alignment.gross == 1250


def test_a_gold_month_of_thirty_one_days() -> None:
    """R11: the factor is 1 on the first day of 31 and 30/30 on the second."""
    life = paid((GOLD, 1))
    life.subscription = replace(
        life.subscription,
        anchor=Anchor(datetime(2026, 1, 1, tzinfo=UTC)),
        running=Bounds(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
    )
    for days, share in ((0, Fraction(1)), (1, Fraction(1)), (2, Fraction(29, 30))):
        life.now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=days)
        charged = life.preview(quantity=2, alignment=ALIGN).alignment.gross
        assert charged == round(10000 * share)
