"""What codes are called: every code of the standards has a name."""

import iso4217

from tollbridge.domain.country import COUNTRIES
from tollbridge.domain.currency import MINOR_UNITS
from tollbridge.domain.names import (
    COUNTRY_NAMES,
    CURRENCY_NAMES,
    LANGUAGE_NAMES,
    country_name,
    currency_name,
    language_name,
    locale_of,
)

CALLED_ALIKE = ("EUR", "USD", "CHF", "JPY", "KWD")


def test_every_code_has_a_name() -> None:
    """Of all countries and currencies that are accepted, and no others."""
    assert COUNTRY_NAMES.keys() == COUNTRIES
    assert CURRENCY_NAMES.keys() == MINOR_UNITS.keys()
    assert all(COUNTRY_NAMES.values())
    assert all(CURRENCY_NAMES.values())


def test_names_of_the_examples() -> None:
    """`Germany`, `US Dollar`, `Euro`, `English`, `en-US`."""
    assert country_name("DE") == "Germany"
    assert (currency_name("USD"), currency_name("EUR")) == ("US Dollar", "Euro")
    assert (language_name("en"), locale_of("en")) == ("English", "en-US")
    assert [locale_of(code) for code in ("de", "fr", "es", "ja")] == [
        "de-DE",
        "fr-FR",
        "es-ES",
        "ja-JP",
    ]


def test_names_are_near_those_of_the_standard() -> None:
    """A name that has slipped to its neighbour's code shares no word with the standard's."""
    for code in CALLED_ALIKE:
        standard = set(iso4217.Currency(code).currency_name.lower().split())
        assert standard & set(currency_name(code).lower().split())


def test_codes_without_a_name() -> None:
    """A code that is in no table is told as it is."""
    assert (country_name("XX"), currency_name("XXX"), language_name("xx"), locale_of("xx")) == (
        "XX",
        "XXX",
        "xx",
        "xx",
    )


def test_languages_have_two_letters() -> None:
    """ISO 639-1."""
    assert all(len(code) == 2 and code.isalpha() for code in LANGUAGE_NAMES)
    assert not any(name.startswith("-") for name in LANGUAGE_NAMES.values())
