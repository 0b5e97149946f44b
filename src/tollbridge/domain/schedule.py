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


class Anchor(msgspec.Struct, frozen=True):
    """The instant from which billing dates are counted, and the interval number it stands for."""

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
    """When interval `number` begins: anchor + (number - anchor number) x interval (R5).

    Never computed from the previous end, so that a 31st that was clamped in February comes back
    in March.
    """
    return after(anchor.at, interval, number - anchor.number)


def whole_days(start: datetime, end: datetime) -> int:
    """The whole days from `start` to `end`, a started day not counted; 0 when `end` is earlier."""
    return max(0, (end - start) // DAY)
