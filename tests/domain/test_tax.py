"""The dated table of VAT rates (R14)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.given import TAX
from tollbridge.domain.tax import TaxRate, TaxTable


@pytest.mark.parametrize(
    ("country", "day", "rate"),
    [
        ("DE", date(2026, 4, 1), "0.19"),
        ("DE", date(2020, 6, 30), "0.19"),
        ("DE", date(2020, 7, 1), "0.16"),
        ("DE", date(2020, 12, 31), "0.16"),
        ("DE", date(2021, 1, 1), "0.19"),
        ("DE", date(2006, 12, 31), "0"),  # before the first rate known
        ("FR", date(2026, 4, 1), "0.20"),
        ("US", date(2026, 4, 1), "0"),  # no rate known
        ("", date(2026, 4, 1), "0"),
    ],
)
def test_rates_hold_from_a_day_on(country: str, day: date, rate: str) -> None:
    """R14: by country and day; 0 where none is known."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    assert TAX.rate(country, noon).rate == Decimal(rate)


def test_a_rate_begins_with_the_utc_day() -> None:
    """R14: the last microsecond of the day before still has the former rate."""
    assert TAX.rate("DE", datetime(2020, 6, 30, 23, 59, 59, 999999, UTC)).rate == Decimal("0.19")
    assert TAX.rate("DE", datetime(2020, 7, 1, tzinfo=UTC)).rate == Decimal("0.16")


def test_an_unknown_rate_says_so() -> None:
    """R14: every line keeps where its rate is from, also when there is none."""
    found = TAX.rate("US", datetime(2026, 4, 1, tzinfo=UTC))
    assert (found.country, found.source) == ("US", "no rate known for this country")


@given(st.lists(st.dates(date(1990, 1, 1), date(2050, 1, 1)), min_size=1, unique=True), st.data())
def test_the_newest_rate_that_has_begun_holds(days: list[date], data: st.DataObject) -> None:
    """R14: whatever the order of the table."""
    table = TaxTable([TaxRate("DE", Decimal(n), day, "") for n, day in enumerate(days)])
    asked = data.draw(st.dates(date(1980, 1, 1), date(2060, 1, 1)))
    begun = [day for day in days if day <= asked]
    expected = Decimal(days.index(max(begun))) if begun else Decimal(0)
    at = datetime(asked.year, asked.month, asked.day, tzinfo=UTC)
    assert table.rate("DE", at).rate == expected
