"""The billing calendar follows from an anchor (R5)."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollbridge.domain.refusal import Invalid, Kind
from tollbridge.domain.schedule import (
    NO_INTERVAL,
    Anchor,
    Interval,
    after,
    date_of,
    parse_interval,
    whole_days,
)

MONTH, YEAR = Interval(1), Interval(12)
MONTHS = 48  # from January 2026, so that a leap February is among them

# hypothesis takes naive bounds and makes aware instants of them
instants = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
intervals = st.builds(Interval, st.integers(0, 36), st.integers(0, 400)).filter(bool)
numbers = st.integers(0, 600)


def utc(*parts: int) -> datetime:
    """An instant in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize("day", range(1, 32))
def test_monthly_dates_never_drift(day: int) -> None:
    """R5: over 48 months each date is the anchor's day, or the last of a shorter month."""
    anchor = Anchor(utc(2026, 1, day, 15, 43, 7, 205170))
    for number in range(MONTHS + 1):
        year, month = 2026 + number // 12, number % 12 + 1
        expected = utc(year, month, min(day, monthrange(year, month)[1]), 15, 43, 7, 205170)
        assert date_of(anchor, MONTH, number) == expected


@pytest.mark.parametrize("months", [1, 3, 6, 12])
def test_a_31st_comes_back_after_february(months: int) -> None:
    """R5: 31 January, 28 February, 31 March: never computed from the previous end."""
    anchor = Anchor(utc(2027, 1, 31))
    dates = [date_of(anchor, Interval(months), number) for number in range(MONTHS // months + 1)]
    assert [at.day for at in dates] == [monthrange(at.year, at.month)[1] for at in dates]
    if months == 1:
        assert [(at.month, at.day) for at in dates[:4]] == [(1, 31), (2, 28), (3, 31), (4, 30)]
        assert dates[13] == utc(2028, 2, 29)


def test_a_leap_day_comes_back_every_four_years() -> None:
    """R5: 29 February is 28 February in common years."""
    anchor = Anchor(utc(2028, 2, 29))
    days = [date_of(anchor, YEAR, number).day for number in range(9)]
    assert days == [29, 28, 28, 28, 29, 28, 28, 28, 29]


def test_an_anchor_may_stand_for_any_interval() -> None:
    """R5: a moved date is the anchor of the interval that begins there."""
    anchor = Anchor(utc(2026, 7, 16, 13, 6, 58, 548190), 6)
    assert date_of(anchor, MONTH, 6) == anchor.at
    assert date_of(anchor, MONTH, 7) == utc(2026, 8, 16, 13, 6, 58, 548190)
    assert date_of(anchor, MONTH, 5) == utc(2026, 6, 16, 13, 6, 58, 548190)


@given(instants, intervals, numbers, numbers)
def test_a_date_depends_on_its_number_only(
    at: datetime, interval: Interval, number: int, anchor_number: int
) -> None:
    """R5: n intervals are one interval of n times the length, wherever the anchor's number is."""
    date = date_of(Anchor(at, anchor_number), interval, anchor_number + number)
    assert date == date_of(Anchor(at), interval, number)
    assert date == after(at, Interval(interval.months * number, interval.days * number))


@given(instants, intervals, st.integers(0, 600))
def test_dates_rise_and_keep_the_time_of_day(at: datetime, interval: Interval, number: int) -> None:
    """R5: each interval begins after the one before, at the anchor's time of day."""
    first, second = (date_of(Anchor(at), interval, n) for n in (number, number + 1))
    assert first < second
    assert first.timetz() == at.timetz()


@given(instants, st.integers(1, 400), numbers)
def test_intervals_in_days(at: datetime, days: int, number: int) -> None:
    """R5: intervals in days are plain multiples of 24 hours."""
    assert date_of(Anchor(at), Interval(days=days), number) == at + timedelta(days=days * number)


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("P1M", MONTH),
        ("P3M", Interval(3)),
        ("P1Y", YEAR),
        ("P12M", YEAR),
        ("P7D", Interval(0, 7)),
        ("P1W", Interval(0, 7)),
        ("P1Y6M", Interval(18)),
        ("P1M15D", Interval(1, 15)),
        ("P1Y1M1W1D", Interval(13, 8)),
        ("P9999M", Interval(9999)),
    ],
)
def test_durations(text: str, interval: Interval) -> None:
    """ISO 8601 durations of years, months, weeks and days are understood."""
    assert parse_interval(text) == interval


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "P0M",
        "P0Y0M0W0D",
        "1M",
        "PM",
        "P1",
        "P-1M",
        "P1.5M",
        "P1H",
        "PT1H",
        "P1M1Y",
        "P99999M",
        "p1m",
        " P1M",
        "P1M ",
        "P1M\n",
        "P\uff11M",
        "P\u0661M",
        "1 month",
    ],
)
def test_what_is_no_duration(text: str) -> None:
    """R17: a wrong or empty duration cannot be read, and the refusal names the field."""
    with pytest.raises(Invalid) as refused:
        parse_interval(text)
    assert (refused.value.kind, refused.value.field) == (Kind.INVALID, "interval")


@given(intervals)
def test_intervals_go_there_and_back_as_text(interval: Interval) -> None:
    """What an interval prints is read as the same interval."""
    assert parse_interval(str(interval)) == interval


@pytest.mark.parametrize(
    ("interval", "days"),
    [
        (Interval(1), 30),
        (Interval(2), 60),
        (Interval(3), 91),
        (Interval(6), 182),
        (Interval(12), 365),
        (Interval(24), 730),
        (Interval(0, 7), 7),
        (Interval(1, 15), 45),
    ],
)
def test_nominal_days(interval: Interval, days: int) -> None:
    """R11: floor(months x 365 / 12) + days."""
    assert interval.nominal_days == days


def test_an_interval_has_a_length() -> None:
    """Only the interval of nothing is false; it prints as a duration of zero."""
    assert not NO_INTERVAL
    assert str(NO_INTERVAL) == "P0D"
    assert Interval(1)
    assert Interval(0, 1)


@pytest.mark.parametrize(
    ("left", "days"),
    [
        (timedelta(days=30), 30),
        (timedelta(days=30, microseconds=-1), 29),
        (timedelta(days=1), 1),
        (timedelta(hours=23, minutes=59), 0),
        (timedelta(0), 0),
        (timedelta(seconds=-1), 0),
        (timedelta(days=-3), 0),
    ],
)
def test_a_started_day_is_used(left: timedelta, days: int) -> None:
    """R11: whole days only, never fewer than none."""
    now = utc(2026, 4, 1, 9, 30)
    assert whole_days(now, now + left) == days
