"""Value added tax: a dated table of rates by country (R14)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec


class TaxRate(msgspec.Struct, frozen=True):
    """The standard rate of a country from a day on, as a share (0.19), and where it is from."""

    country: str
    rate: Decimal
    valid_from: date
    source: str


_NO_TAX_SINCE = date(1970, 1, 1)


class TaxTable:
    """Every known rate, looked up by country and UTC date."""

    def __init__(self, rates: Sequence[TaxRate]) -> None:
        by_country: dict[str, list[TaxRate]] = {}
        for rate in sorted(rates, key=lambda r: r.valid_from, reverse=True):
            by_country.setdefault(rate.country, []).append(rate)
        self._newest_first: Mapping[str, Sequence[TaxRate]] = by_country

    def rate(self, country: str, at: datetime) -> TaxRate:
        """The rate that holds in the country on the UTC date of `at`; 0 where none is known."""
        day = at.date()
        for rate in self._newest_first.get(country, ()):
            if rate.valid_from <= day:
                return rate
        return TaxRate(country, Decimal(0), _NO_TAX_SINCE, "no rate known for this country")
