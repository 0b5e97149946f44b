"""Values of a catalog file: currencies, intervals, instants, days of retries, notifications."""

import re
from datetime import datetime

from tollbridge.commands.table_reading import Table
from tollbridge.domain.choices import Choices
from tollbridge.domain.currency import is_currency
from tollbridge.domain.mail import is_address
from tollbridge.domain.merchant import COLOUR, RETRY_DAYS
from tollbridge.domain.refusal import Invalid
from tollbridge.domain.schedule import NO_INTERVAL, Interval, parse_interval

DAYS_MAX = 365  # of reminder, grace, hold and retries
INTERVAL_DAYS_MAX = 3650
YEARS = range(1970, 2201)  # R26
LINES_MAX = 8  # of a postal address

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def currency_of(table: Table) -> str:
    """A currency; "" when it is missing or unknown."""
    code = table.text("currency")
    if code and not is_currency(code):
        return table.problem("currency", f"{code!r} is no currency of ISO 4217 such as 'EUR'", "")
    return code


def interval_of(table: Table, key: str) -> Interval:
    """A duration; NO_INTERVAL when it is missing or cannot be read."""
    text = table.text(key)
    if not text:
        return NO_INTERVAL
    try:
        interval = parse_interval(text)
    except Invalid as error:
        return table.problem(key, error.message, NO_INTERVAL)
    if interval.nominal_days > INTERVAL_DAYS_MAX:
        return table.problem(key, f"{text!r} is longer than ten years", NO_INTERVAL)
    return interval


def retry_days_of(table: Table) -> tuple[int, ...]:
    """The days after the first decline on which a charge is tried again (R20), rising."""
    if not table.has("retry_days"):
        return RETRY_DAYS
    days = table.ids("retry_days")
    if list(days) != sorted(set(days)) or any(day > DAYS_MAX for day in days):
        message = f"must rise and be at most {DAYS_MAX}"
        return table.problem("retry_days", message, ())
    return days


def instant_of(table: Table, key: str) -> datetime | None:
    """A date with a time, UTC without an offset (R24); None when it is not there."""
    instant = table.instant(key)
    if instant is not None and instant.year not in YEARS:
        return table.problem(key, "the year must be from 1970 to 2200", None)
    return instant


def colour_of(table: Table) -> str:
    """The colour of mails and pages, `#rrggbb` in small letters."""
    colour = table.text("colour") if table.has("colour") else COLOUR
    if colour and not _COLOUR.fullmatch(colour):
        return table.problem("colour", f'must be a colour such as "{COLOUR}"', COLOUR)
    return colour.lower()


def address_of(table: Table) -> tuple[str, ...]:
    """The lines of a postal address; none when there is none."""
    lines = table.texts("address")
    if len(lines) > LINES_MAX:
        return table.problem("address", f"must have at most {LINES_MAX} lines", ())
    return lines


def email_of(table: Table, key: str) -> str:
    """An e-mail address; "" when there is none."""
    email = table.text(key) if table.has(key) else ""
    if email and not is_address(email):
        return table.problem(key, f"{email!r} is no e-mail address", "")
    return email


def notices_of(merchant: Table) -> Choices:
    """The merchant's choices about notifications; the defaults for what is not there."""
    if not merchant.has("notifications"):
        return Choices()
    table = merchant.table("notifications")
    known = Choices()
    choices = Choices(
        canceled=table.optional_choice("canceled", known.canceled),
        grace=table.optional_choice("grace", known.grace),
        subscription_paid=table.flag("subscription_paid", default=known.subscription_paid),
        overdue_orders=table.flag("overdue_orders", default=known.overdue_orders),
        test_orders=table.flag("test_orders", default=known.test_orders),
    )
    table.end()
    return choices
