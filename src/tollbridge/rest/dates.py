"""Dates on the wire: .NET style out, any form of RFC 3339 in (R25, R26)."""

import re
from datetime import UTC, datetime, timedelta, timezone

from tollbridge.domain.schedule import LAST_YEAR
from tollbridge.domain.written import plain, zulu

__all__ = ["FIRST_YEAR", "PATTERN", "instant", "offset", "plain", "plain_or_none", "zulu"]

FIRST_YEAR = 1970

PATTERN = (
    r"^(\d{4})-(\d{2})-(\d{2})"
    r"(?:[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,20}))?([Zz]|[+-]\d{2}:\d{2})?)?$"
)
_RFC_3339 = re.compile(PATTERN, re.ASCII)
_LEAP_SECOND = 60


def plain_or_none(at: datetime | None) -> str | None:
    """As `plain`; None, the wire's null, where there is no date."""
    return None if at is None else plain(at)


def offset(at: datetime) -> str:
    """The same with `+00:00`, as renewsubscription has it (R25)."""
    return plain(at) + "+00:00"


def instant(text: str) -> datetime:
    """The instant that a date names, in UTC; no zone means UTC, no time means midnight.

    Fractions beyond microseconds are cut. A leap second is the second after it. Raises
    ValueError for what is no RFC 3339 date and for years outside 1970 to 2200 (R26).
    """
    match = _RFC_3339.fullmatch(text)
    if match is None:
        raise ValueError("must be an RFC 3339 date such as 2026-02-09T15:43:07.20517Z")
    *numbers, fraction, zone = match.groups()
    year, month, day, hour, minute, second = (int(number or 0) for number in numbers)
    leap = second == _LEAP_SECOND
    micros = int((fraction or "0")[:6].ljust(6, "0"))
    try:
        local = datetime(year, month, day, hour, minute, second - leap, micros, _zone(zone))
        at = local.astimezone(UTC) + timedelta(seconds=leap)
    except (ValueError, OverflowError):
        raise ValueError("is a date that does not exist") from None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise ValueError(f"must lie in the years {FIRST_YEAR} to {LAST_YEAR}")
    return at


def _zone(text: str | None) -> timezone:
    if text is None or text in "Zz":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return timezone(-offset if text[0] == "-" else offset)
