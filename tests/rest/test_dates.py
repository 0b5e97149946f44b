"""Dates on the wire: R25 out, R26 in."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollbridge.rest.dates import instant, plain, plain_or_none, zulu

AT = datetime(2026, 2, 9, 15, 43, 7, 205170, tzinfo=UTC)
INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (AT, "2026-02-09T15:43:07.20517"),
        (AT.replace(microsecond=0), "2026-02-09T15:43:07"),
        (AT.replace(microsecond=500000), "2026-02-09T15:43:07.5"),
        (AT.replace(microsecond=1), "2026-02-09T15:43:07.000001"),
        (AT.replace(second=0, microsecond=0), "2026-02-09T15:43:00"),
    ],
)
def test_dates_are_written_like_the_samples(at: datetime, written: str) -> None:
    """R25: no zone, and no zeros at the end of the fraction."""
    assert plain(at) == written
    assert zulu(at) == written + "Z"


def test_no_date_is_null() -> None:
    """R25: an absent date is null."""
    assert plain_or_none(None) is None
    assert plain_or_none(AT) == "2026-02-09T15:43:07.20517"


@given(INSTANTS)
def test_written_dates_read_back(at: datetime) -> None:
    """R25, R26: the two directions agree."""
    assert instant(plain(at)) == instant(zulu(at)) == at


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-02-09T15:43:07.20517Z", AT),
        ("2026-02-09T15:43:07.20517", AT),
        ("2026-02-09T15:43:07.2051700Z", AT),
        ("2026-02-09T15:43:07.205170999Z", AT),
        ("2026-02-09t15:43:07.20517z", AT),
        ("2026-02-09 15:43:07.20517Z", AT),
        ("2026-02-09T17:43:07.20517+02:00", AT),
        ("2026-02-09T10:13:07.20517-05:30", AT),
        ("2026-02-09T15:43:07.20517-00:00", AT),
        ("2026-02-10T01:43:07.20517+10:00", AT),
        ("2026-02-09T15:43:07Z", AT.replace(microsecond=0)),
        ("2026-02-09", datetime(2026, 2, 9, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("2200-12-31T23:59:59Z", datetime(2200, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_every_form_of_rfc_3339_is_read(text: str, expected: datetime) -> None:
    """R26: no zone means UTC."""
    assert instant(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-02-30T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-02-09T24:00:00Z",
        "2026-02-09T15:60:00Z",
        "2026-02-09T15:43Z",
        "2026-2-9T15:43:07Z",
        "20260209T154307Z",
        "2026-W07-1",
        "2026-02-09T15:43:07+2",
        "2026-02-09T15:43:07+24:00",
        "2026-02-09T15:43:07Z\n",
        "2026-02-09T15:43:07.Z",
        "٢٠٢٦-02-09T15:43:07Z",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+01:00",
        "2201-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        "0000-01-01T00:00:00Z",
        "2026-02-09T15:43:07." + "1" * 5000 + "Z",
        "/Date(1770651787205)/",
    ],
)
def test_other_dates_are_refused(text: str) -> None:
    """R26: what is no RFC 3339 date, does not exist, or lies outside 1970 to 2200."""
    with pytest.raises(ValueError, match=r"RFC 3339|does not exist|years"):
        instant(text)


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    """R26: nothing else can come of a text."""
    try:
        at = instant(text)
    except ValueError:
        return
    assert 1970 <= at.year <= 2200
