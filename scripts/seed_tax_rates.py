# ruff: noqa: INP001 (a script, not a package)
"""Write src/tollbridge/tax_rates.json: the dated table of standard VAT rates (R14).

Run once, and again when rates have changed; nothing at run time depends on the package it reads:

    python -m venv /tmp/vat && /tmp/vat/bin/pip install eu-vat-rates-data==2026.9.29
    /tmp/vat/bin/python scripts/seed_tax_rates.py

The package knows today's rates, not since when. Days since when they hold, and the rates before,
are the tables below. A rate that the tables do not date holds from ASSUMED on; before that day
no tax is computed for its country.
"""

import json
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

import eu_vat_rates_data

TARGET = Path(__file__).resolve().parents[1] / "src" / "tollbridge" / "tax_rates.json"
PACKAGE = "eu-vat-rates-data"
ASSUMED = "2020-01-01"

NOT_COUNTRIES = {"XI"}  # Northern Ireland: a prefix of VAT ids; its country is GB

# Since when today's standard rate holds.
SINCE = {
    "AT": "1984-01-01",
    "BE": "1996-01-01",
    "BG": "1999-01-01",
    "CH": "2024-01-01",
    "CY": "2014-01-13",
    "CZ": "2013-01-01",
    "DE": "2021-01-01",
    "DK": "1992-01-01",
    "EE": "2025-07-01",
    "ES": "2012-09-01",
    "FI": "2024-09-01",
    "FR": "2014-01-01",
    "GB": "2011-01-04",
    "GR": "2016-06-01",
    "HR": "2012-03-01",
    "HU": "2012-01-01",
    "IE": "2021-03-01",
    "IS": "2015-01-01",
    "IT": "2013-10-01",
    "LI": "2024-01-01",
    "LT": "2009-09-01",
    "LU": "2024-01-01",
    "LV": "2012-07-01",
    "MC": "2014-01-01",
    "MT": "2004-01-01",
    "NL": "2012-10-01",
    "NO": "2005-01-01",
    "PL": "2011-01-01",
    "PT": "2011-01-01",
    "RO": "2025-08-01",
    "RS": "2012-10-01",
    "SE": "1990-07-01",
    "SI": "2013-07-01",
    "SK": "2025-01-01",
    "TR": "2023-07-10",
}

# Standard rates that held before, in percent, with their first day.
BEFORE = [
    ("CH", "7.7", "2018-01-01"),
    ("DE", "19", "2007-01-01"),
    ("DE", "16", "2020-07-01"),
    ("EE", "20", "2009-07-01"),
    ("EE", "22", "2024-01-01"),
    ("FI", "24", "2013-01-01"),
    ("IE", "23", "2012-01-01"),
    ("IE", "21", "2020-09-01"),
    ("LI", "7.7", "2018-01-01"),
    ("LU", "17", "2015-01-01"),
    ("LU", "16", "2023-01-01"),
    ("RO", "19", "2017-01-01"),
    ("SK", "20", "2011-01-01"),
    ("TR", "18", "2001-05-15"),
]


def share(percent: str) -> str:
    """A percentage as a share: `25.5` is `0.255`."""
    return str((Decimal(percent) / 100).normalize())


def today(source: str) -> list[dict[str, str]]:
    """Today's rates: the package gives floats, and str() of a float is what was written."""
    rates = eu_vat_rates_data.get_all_rates()
    return [
        {
            "country": country,
            "rate": share(str(rate["standard"])),
            "valid_from": SINCE.get(country, ASSUMED),
            "source": source if country in SINCE else f"{source}, first day assumed",
        }
        for country, rate in rates.items()
        if country not in NOT_COUNTRIES
    ]


def before() -> list[dict[str, str]]:
    """The rates that held before today's."""
    return [
        {"country": country, "rate": share(percent), "valid_from": day, "source": "former rate"}
        for country, percent, day in BEFORE
    ]


def main() -> None:
    """Write the table, sorted, one rate a line."""
    source = f"{PACKAGE} {version(PACKAGE)}"
    rates = sorted(today(source) + before(), key=lambda r: (r["country"], r["valid_from"]))
    lines = ",\n".join("  " + json.dumps(rate) for rate in rates)
    about = (
        f"Standard VAT rates as shares. Seeded by scripts/seed_tax_rates.py from {source}"
        " (MIT, Copyright (c) 2026 Iurii Rogulia; see NOTICE); former rates and first days are"
        " Tollbridge's own."
    )
    TARGET.write_text(
        f'{{"about": {json.dumps(about)},\n "rates": [\n{lines}\n]}}\n', encoding="utf-8"
    )


if __name__ == "__main__":
    main()
