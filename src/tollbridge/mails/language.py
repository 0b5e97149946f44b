"""The languages of mails: sentences from gettext catalogs, figures and dates from the CLDR.

The catalogs are `languages/*.po`, compiled in memory when they are first needed: they are small,
and so there is no second file that could be out of step. English stands in the program.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from unicodedata import east_asian_width

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import NumberPattern, format_decimal, parse_pattern

from tollbridge.domain.currency import minor_units
from tollbridge.domain.customer import Contact
from tollbridge.domain.schedule import Interval

CATALOGS = Path(__file__).parent / "languages"
SOURCE = "en"
MONTHS_OF_YEAR = 12


def languages() -> tuple[str, ...]:
    """Every language that mails are written in, English first."""
    return (SOURCE, *sorted(path.stem for path in CATALOGS.glob("*.po")))


@dataclass(frozen=True, slots=True)
class Language:
    """How a mail says something: sentences in `tongue`, figures and dates as in `locale`.

    Sentences that the catalog has not are in English.
    """

    tongue: str
    locale: Locale
    catalog: NullTranslations

    def say(self, message: str, /, **values: object) -> str:
        """A sentence; `%(name)s` in it stands for the value of that name."""
        return self.catalog.gettext(message) % values

    def count(self, one: str, several: str, number: int) -> str:
        """A sentence about a number of things, `%(number)s` in it."""
        text = self.catalog.ngettext(one, several, number)
        return text % {"number": self.number(number)}

    def number(self, number: int) -> str:
        """A whole number."""
        return format_decimal(number, locale=self.locale)

    def amount(self, minor: int, currency: str) -> str:
        """An amount of minor units, with all decimals of its currency and no other."""
        digits = minor_units(currency)
        value = Decimal(minor).scaleb(-digits)
        shown: str = _currency_pattern(self.locale, digits).apply(
            value, self.locale, currency=currency, currency_digits=False
        )
        return shown

    def rate(self, rate: Decimal) -> str:
        """A share as a percentage with at most two decimals."""
        shown: str = _percent_pattern(self.locale).apply(rate, self.locale)
        return shown

    def date(self, at: datetime | date) -> str:
        """A day of the UTC calendar (R24)."""
        return format_date(at, "long", locale=self.locale)

    def month(self, year: int, month: int) -> str:
        """A month of a year."""
        return format_skeleton("yMMMM", date(year, month, 1), locale=self.locale)

    def every(self, interval: Interval) -> str:
        """How often something comes again."""
        if interval.days:
            days = interval.nominal_days
            return self.count("every day", "every %(number)s days", days)
        years, months = divmod(interval.months, MONTHS_OF_YEAR)
        if not months:
            return self.count("every year", "every %(number)s years", years)
        return self.count("every month", "every %(number)s months", interval.months)

    def labelled(self, label: str, value: str) -> str:
        """A label and what it stands for, in one line."""
        return self.say("%(label)s: %(value)s", label=label, value=value)

    def name(self, contact: Contact) -> str:
        """A person's name as it is written in a letter; nothing where none is known."""
        if self.tongue == "ja":
            parts: tuple[str, ...] = (contact.lastname, contact.firstname)
        else:
            parts = (contact.title, contact.firstname, contact.lastname)
        return " ".join(part for part in map(one_line, parts) if part)

    def greeting(self, contact: Contact) -> str:
        """How a letter to a contact begins."""
        name, company = self.name(contact), one_line(contact.company)
        if name:
            return self.say("Hello %(name)s,", name=name)
        if company:
            return self.say("Hello %(company)s,", company=company)
        return self.say("Hello,")


@cache
def language_of(language_id: str, country_id: str = "") -> Language:
    """The language of a contact: de-AT is written in German with Austria's figures.

    In English where there is no catalog of the language.
    """
    tongue = next((one for one in _chain(language_id) if one in languages()), SOURCE)
    known = tongue == language_id.partition("-")[0].lower()
    country = language_id.partition("-")[2] or country_id
    locale = _locale(tongue, country.upper() if known else "")
    return Language(tongue, locale, _catalog(tongue))


def one_line(text: str) -> str:
    """A text from outside in one line, without characters that control anything."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _chain(language_id: str) -> Iterator[str]:
    """The language itself, then the one that it is a kind of."""
    yield language_id.lower()
    yield language_id.partition("-")[0].lower()


def _locale(tongue: str, country: str) -> Locale:
    try:
        return Locale(tongue, country or None)
    except (UnknownLocaleError, ValueError):
        return Locale(tongue)


@cache
def _catalog(tongue: str) -> NullTranslations:
    """Every sentence of a language; one without a catalog has those of the program."""
    if tongue == SOURCE:
        return NullTranslations()
    compiled = BytesIO()
    with (CATALOGS / f"{tongue}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=tongue))
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def _currency_pattern(locale: Locale, digits: int) -> NumberPattern:
    """The locale's pattern with the decimals of ISO 4217: the CLDR has fewer for some."""
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    pattern.frac_prec = (digits, digits)
    return pattern


@cache
def _percent_pattern(locale: Locale) -> NumberPattern:
    pattern = parse_pattern(locale.percent_formats[None].pattern)
    pattern.frac_prec = (0, 2)
    return pattern


def width(text: str) -> int:
    """How many columns a text takes where letters have one width: wide characters take two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
