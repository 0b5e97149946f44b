"""The billing calendar: intervals and the dates that follow from an anchor (R5).

All instants are aware datetimes in UTC; the zone of all calendars is UTC (R24).
"""

import re
from calendar import monthrange
from datetime import datetime, timedelta

import msgspec

from tollbridge.domain.refusal import Invalid

DAY = timedelta(days=1)
SHORTEST_MONTH = 28  # days
LAST_YEAR = 2200  # R26

_ISO_INTERVAL = re.compile(
    r"P(?:([0-9]{1,2})Y)?(?:([0-9]{1,4})M)?(?:([0-9]{1,3})W)?(?:([0-9]{1,4})D)?"
)


class Interval(msgspec.Struct, frozen=True):
    """A length of time in calendar months and days, as the wire's IntervalMonthCount/DayCount."""

    months: int = 0
    days: int = 0

    def __bool__(self) -> bool:
        return self.months > 0 or self.days > 0

    @property
    def nominal_days(self) -> int:
        """The days that proration divides by: floor(months x 365 / 12) + days (R11)."""
        return self.months * 365 // 12 + self.days

    def __str__(self) -> str:
        parts = (f"{self.months}M" if self.months else "") + (f"{self.days}D" if self.days else "")
        return f"P{parts or '0D'}"


NO_INTERVAL = Interval()


def parse_interval(text: str) -> Interval:
    """An ISO 8601 duration of years, months, weeks and days (`P1M`, `P1Y`, `P7D`, `P3M`).

    Raises Invalid when the text is no such duration, is empty (`P`) or is zero.
    """
    match = _ISO_INTERVAL.fullmatch(text)
    if match is None:
        raise Invalid("interval", f"{text!r} is not a duration such as P1M, P1Y, P7D or P3M")
    years, months, weeks, days = (int(part or 0) for part in match.groups())
    interval = Interval(years * 12 + months, weeks * 7 + days)
    if not interval:
        raise Invalid("interval", f"{text!r} has no length")
    return interval


def instalments(interval: Interval, billing: Interval) -> int | None:
    """How often the billing interval fits into the interval: months by months, days by days.

    None unless that is a whole number greater than 1 (R16).
    """
    times = interval.months // billing.months if billing.months else interval.days // billing.days
    fits = interval == Interval(billing.months * times, billing.days * times)
    return times if fits and times > 1 else None


class Cycle(msgspec.Struct, frozen=True):
    """How long a term is, and the billing interval in which it is paid by instalments (R16).

    Without a billing interval a term is paid at once.
    """

    interval: Interval
    billing_interval: Interval = NO_INTERVAL

    @property
    def step(self) -> Interval:
        """The length from one billing date to the next: the step of the calendar (R5)."""
        return self.billing_interval or self.interval

    @property
    def instalments(self) -> int:
        """In how many parts a term is paid; ValueError where the lengths do not fit."""
        if not self.billing_interval:
            return 1
        times = instalments(self.interval, self.billing_interval)
        if times is None:
            message = f"{self.interval} is not paid in instalments of {self.billing_interval}"
            raise ValueError(message)
        return times


class Instalment(msgspec.Struct, frozen=True):
    """Which part of which term: the `number`-th, from 1, `of` so many (R16)."""

    term_no: int
    number: int
    of: int

    @property
    def is_last(self) -> bool:
        """Whether the term is paid with it."""
        return self.number == self.of

    @property
    def next_in_term(self) -> "Instalment":
        """The one after it, which must not be the last."""
        return Instalment(self.term_no, self.number + 1, self.of)


def first_of_term(term_no: int, cycle: Cycle) -> Instalment | None:
    """The first instalment of a term; None where it is paid at once."""
    return Instalment(term_no, 1, cycle.instalments) if cycle.billing_interval else None


class Anchor(msgspec.Struct, frozen=True):
    """The instant from which billing dates are counted, and the billing number it stands for.

    Without instalments that is the interval number.
    """

    at: datetime
    number: int = 0


def after(start: datetime, interval: Interval, times: int = 1) -> datetime:
    """`start` plus `times` intervals: months in the UTC calendar, clamped to the month's last day.

    The time of day is kept. Months are added first, then days.
    """
    months = start.month - 1 + interval.months * times
    year, month = start.year + months // 12, months % 12 + 1
    day = start.day
    if day > SHORTEST_MONTH:
        day = min(day, monthrange(year, month)[1])
    return start.replace(year=year, month=month, day=day) + interval.days * times * DAY


def date_of(anchor: Anchor, interval: Interval, number: int) -> datetime:
    """When billing interval `number` begins: anchor + (number - anchor number) x its length (R5).

    Never computed from the previous end, so that a 31st that was clamped in February comes back
    in March.
    """
    return after(anchor.at, interval, number - anchor.number)


def whole_days(start: datetime, end: datetime) -> int:
    """The whole days from `start` to `end`, a started day not counted; 0 when `end` is earlier."""
    return max(0, (end - start) // DAY)
