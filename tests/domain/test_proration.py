"""What part of an interval costs, and how much of it is credited (R11; worked examples there)."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.given import GROSS, NET
from tollbridge.domain.proration import Remainder, credit_limit, remainder
from tollbridge.domain.schedule import Interval, after
from tollbridge.domain.subscription import Bounds, PaidPart

MONTH, YEAR = Interval(1), Interval(12)
SECOND = timedelta(seconds=1)
START = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)


def left(
    passed: timedelta,
    *,
    start: datetime = START,
    interval: Interval = MONTH,
    moved: timedelta = timedelta(0),
) -> Remainder:
    """What is left of an interval when some time of it has passed, its date moved or not."""
    end = after(start, interval)
    return remainder(Bounds(start, end), interval, end + moved, start + passed)


@pytest.mark.parametrize(
    ("passed", "factor"),
    [
        (timedelta(0), Fraction(1)),
        (SECOND, Fraction(364, 365)),  # V1
        (timedelta(days=1), Fraction(364, 365)),
        (timedelta(days=1) + SECOND, Fraction(363, 365)),
        (timedelta(days=364), Fraction(1, 365)),
        (timedelta(days=365), Fraction(0)),
        (timedelta(days=400), Fraction(0)),
    ],
)
def test_days_left_of_a_year(passed: timedelta, factor: Fraction) -> None:
    """R11, V1: at the same instant all days are left, a second later 364 of 365."""
    assert left(passed, interval=YEAR).factor == factor


@pytest.mark.parametrize(
    ("month", "factor"), [(1, Fraction(1)), (2, Fraction(27, 30)), (4, Fraction(29, 30))]
)
def test_months_have_thirty_nominal_days(month: int, factor: Fraction) -> None:
    """R11: in a month of 31 days the first day changes nothing; February never reaches 1."""
    start = datetime(2026, month, 1, tzinfo=UTC)
    assert left(SECOND, start=start).factor == factor


def test_the_factor_of_a_long_month_is_capped() -> None:
    """R11: 31 days left of 30 nominal ones are the whole interval and no more."""
    rest = left(timedelta(0), start=datetime(2026, 5, 1, tzinfo=UTC))
    assert (rest.days_left, rest.nominal, rest.factor) == (31, 30, Fraction(1))


def test_a_moved_date_lets_the_factor_exceed_one() -> None:
    """R11 (b): moved from 1 May to 31 May, on 16 April 45 days are left of 30."""
    rest = left(timedelta(days=15), moved=timedelta(days=30))
    assert rest == Remainder(days_left=45, nominal=30, extra=30)
    assert (rest.factor, rest.covers_days) == (Fraction(45, 30), 15)


@pytest.mark.parametrize("moved", [timedelta(days=-10), timedelta(hours=23)])
def test_less_than_a_day_or_backwards_adds_no_days(moved: timedelta) -> None:
    """R11: extra days are whole days beyond the nominal end."""
    rest = left(timedelta(days=5), moved=moved)
    assert (rest.extra, rest.covers_days) == (0, rest.days_left)
    assert rest.days_left == 25 + moved // timedelta(days=1)


def test_captured_parts_each_count_for_their_own_days() -> None:
    """R11 (a): 50.00 for 30 days and 25.00 for 15 are worth 20.00 when 6 are left."""
    parts = (PaidPart(5000, 4202, 30), PaidPart(2500, 2101, 15))
    rest = left(timedelta(days=24))
    assert credit_limit(parts, GROSS, rest, "USD") == 20
    assert credit_limit(parts, NET, rest, "USD") == Fraction(4202 * 6, 3000) + Fraction(2101, 250)


def test_extra_days_lengthen_what_a_part_covers() -> None:
    """R11 (b): 30.00 paid for 30 + 30 days is worth 22.50 when 45 are left."""
    rest = left(timedelta(days=15), moved=timedelta(days=30))
    assert credit_limit((PaidPart(3000, 2521, 30),), GROSS, rest, "USD") == Fraction("22.5")


def test_a_part_charged_after_the_move_has_the_extra_days_once() -> None:
    """R11 (b): 67.50 charged with 45 days left is whole then, and a third with 15 left."""
    moved = timedelta(days=30)
    rest = left(timedelta(days=15), moved=moved)
    part = PaidPart(6750, 5672, rest.covers_days)
    assert credit_limit((part,), GROSS, rest, "USD") == Fraction("67.5")
    later = left(timedelta(days=45), moved=moved)
    assert credit_limit((part,), GROSS, later, "USD") == Fraction("22.5")


def test_a_part_charged_in_the_extra_days_alone() -> None:
    """R11 (b): charged with 10 of 30 extra days left, 5 days later half of it is left."""
    moved = timedelta(days=30)
    rest = left(timedelta(days=50), moved=moved)
    assert (rest.days_left, rest.covers_days) == (10, -20)
    part = PaidPart(1000, 840, rest.covers_days)
    later = left(timedelta(days=55), moved=moved)
    assert credit_limit((part,), GROSS, later, "USD") == 5


@pytest.mark.parametrize("parts", [(), (PaidPart(0, 0, 30),)])
def test_nothing_captured_is_nothing_to_credit(parts: tuple[PaidPart, ...]) -> None:
    """R11: trials, full discounts and declined charges."""
    assert credit_limit(parts, GROSS, left(timedelta(days=3)), "USD") == 0


@given(
    st.lists(st.builds(PaidPart, st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 31))),
    st.integers(0, 60 * 24),
    st.integers(-29, 60),
)
def test_credit_is_never_more_than_captured(
    parts: list[PaidPart], hours: int, moved_days: int
) -> None:
    """R11: and never grows while time passes."""
    moved = timedelta(days=moved_days)
    rest = left(timedelta(hours=hours), moved=moved)
    limit = credit_limit(parts, GROSS, rest, "JPY")
    assert 0 <= limit <= sum(part.gross for part in parts)
    assert (
        credit_limit(parts, GROSS, left(timedelta(hours=hours + 24), moved=moved), "JPY") <= limit
    )
