"""The kinds of value that messages are made of: how each is read and how it is described.

A kind reads a value as JSON gives it (`from_json`) and as text gives it (`from_text`: query
strings, paths, XML). Both raise ValueError with the end of a sentence that begins with the field's
name and never repeats the value, which may be a secret. `schema` is its JSON Schema.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from tollbridge.domain.country import is_country
from tollbridge.domain.currency import is_currency
from tollbridge.domain.payment import CARD_PATTERN, is_card_number
from tollbridge.domain.refusal import Invalid
from tollbridge.domain.schedule import Interval, parse_interval
from tollbridge.rest.dates import PATTERN as DATE_PATTERN
from tollbridge.rest.dates import instant
from tollbridge.rest.numbers import INTEGER_DIGITS, TEXT_MAX, Figure, bounded, exact

Schema = Mapping[str, Any]
INT32 = 2**31
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[Ee][+-]?[0-9]+)?")
E = TypeVar("E", bound=Enum)


class Kind(Protocol):
    """What every kind of single value can do."""

    @property
    def schema(self) -> Schema:
        """The JSON Schema of what `from_json` reads."""

    def from_json(self, value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
        """The value of a JSON value; ValueError when it is none."""

    def from_text(self, text: str) -> Any:  # noqa: ANN401 - each kind has a type of its own
        """The value of a text; ValueError when it is none."""


class Text:
    """A text of bounded length without the NUL character."""

    def __init__(self, longest: int, shortest: int = 0) -> None:
        self._longest = longest
        self._shortest = shortest
        self.schema: Schema = {
            "type": "string",
            "minLength": shortest,
            "maxLength": longest,
            "pattern": r"^[^\u0000]*$",
        }

    def from_json(self, value: object) -> str:
        """A JSON string."""
        if type(value) is not str:
            raise ValueError("must be a text")
        return self.from_text(value)

    def from_text(self, text: str) -> str:
        """The text itself."""
        if len(text) > self._longest:
            raise ValueError(f"must have at most {self._longest} characters")
        if len(text) < self._shortest:
            raise ValueError("must not be empty")
        if "\0" in text:
            raise ValueError("must not contain the character NUL")
        return text


class Letters:
    """A code of a fixed number of letters, in the case that its standard writes.

    With `known`, only the codes that it says are in the standard; `called` is what they are.
    """

    def __init__(
        self,
        count: int,
        *,
        upper: bool,
        known: Callable[[str], bool] | None = None,
        called: str = "",
    ) -> None:
        self._count = count
        self._upper = upper
        self._known = known
        self._called = called
        self.schema: Schema = {"type": "string", "pattern": f"^[A-Za-z]{{{count}}}$"}

    def from_json(self, value: object) -> str:
        """A JSON string."""
        if type(value) is not str:
            raise ValueError("must be a text")
        return self.from_text(value)

    def from_text(self, text: str) -> str:
        """The code in any case."""
        if len(text) != self._count or not (text.isascii() and text.isalpha()):
            raise ValueError(f"must be {self._count} letters")
        code = text.upper() if self._upper else text.lower()
        if self._known is not None and not self._known(code):
            raise ValueError(f"must be {self._called}")
        return code


class CardNumber:
    """The number of a card as it is typed, with spaces or dashes or without."""

    schema: ClassVar[Schema] = {"type": "string", "pattern": CARD_PATTERN, "maxLength": 32}

    def from_json(self, value: object) -> str:
        """A JSON string."""
        if type(value) is not str:
            raise ValueError("must be a text")
        return self.from_text(value)

    def from_text(self, text: str) -> str:
        """The number as it is typed."""
        if len(text) > self.schema["maxLength"] or not is_card_number(text):
            raise ValueError("must be a card number")
        return text


class Whole:
    """A whole number from `low` to `high`."""

    def __init__(self, low: int, high: int) -> None:
        self._low = low
        self._high = high
        self.schema: Schema = {"type": "integer", "minimum": low, "maximum": high}

    def from_json(self, value: object) -> int:
        """A JSON number without a fraction; `10.0` is one."""
        if type(value) is Figure:
            number = exact(value)
            if number != int(number):
                raise ValueError("must be a whole number")
            return self._within(int(number))
        if type(value) is not int:
            raise ValueError("must be a whole number")
        return self._within(value)

    def from_text(self, text: str) -> int:
        """Digits, with or without a sign."""
        digits = text[1:] if text[:1] in "+-" else text
        if not (digits.isascii() and digits.isdigit()) or len(digits) > INTEGER_DIGITS:
            raise ValueError("must be a whole number")
        return self._within(int(text))

    def _within(self, number: int) -> int:
        if not self._low <= number <= self._high:
            raise ValueError(f"must lie between {self._low} and {self._high}")
        return number


class Exact:
    """A decimal number, exactly as written (R26)."""

    schema: ClassVar[Schema] = {
        "type": "number",
        "exclusiveMinimum": -(10**INTEGER_DIGITS),
        "exclusiveMaximum": 10**INTEGER_DIGITS,
    }

    def from_json(self, value: object) -> Decimal:
        """A JSON number."""
        if type(value) is Figure:
            return exact(value)
        if type(value) is not int:
            raise ValueError("must be a number")
        return Decimal(bounded(value))

    def from_text(self, text: str) -> Decimal:
        """Digits with or without a fraction; only what JSON and XML call a number."""
        if len(text) <= TEXT_MAX and not _NUMBER.fullmatch(text):
            raise ValueError("must be a number")
        return exact(text)


class Flag:
    """True or false."""

    schema: ClassVar[Schema] = {"type": "boolean"}
    _WORDS: ClassVar[Mapping[str, bool]] = {"true": True, "false": False, "1": True, "0": False}

    def from_json(self, value: object) -> bool:
        """A JSON boolean."""
        if value is True or value is False:
            return value
        raise ValueError("must be true or false")

    def from_text(self, text: str) -> bool:
        """`true` or `false` in any case, `1` or `0`."""
        flag = self._WORDS.get(text.lower())
        if flag is None:
            raise ValueError("must be true or false")
        return flag


class SubscriptionNumber:
    """The id of a subscription: `S123`, `s123`, `123` or a number (subscription-api.md 1.4)."""

    schema: ClassVar[Schema] = {
        "type": ["string", "integer"],
        "pattern": f"^[Ss]?[0-9]{{1,{INTEGER_DIGITS}}}$",
        "minimum": 0,
        "maximum": 10**INTEGER_DIGITS - 1,
    }

    def from_json(self, value: object) -> int:
        """A JSON string or number."""
        if type(value) is str:
            return self.from_text(value)
        if type(value) is int and value >= 0:
            return bounded(value)
        raise ValueError("must be a subscription id such as S12345678")

    def from_text(self, text: str) -> int:
        """Digits with or without the letter."""
        digits = text[1:] if text[:1] in ("S", "s") else text
        if not (digits.isascii() and digits.isdigit()) or len(digits) > INTEGER_DIGITS:
            raise ValueError("must be a subscription id such as S12345678")
        return int(digits)


class Choice(Generic[E]):
    """One of some words, in any case, or the number that stands for it (subscription-api.md 1.5).

    `members` lists word and member; `first` is the number of the first, None where the words
    have no numbers; `codes` are further words for some of them.
    """

    def __init__(
        self,
        members: Mapping[str, E],
        first: int | None = None,
        codes: Mapping[str, E] | None = None,
    ) -> None:
        words = {**members, **(codes or {})}
        self._by_text = {word.lower(): member for word, member in words.items()}
        self._expected = "must be one of " + ", ".join(members)
        accepted: list[str | int] = []
        for word in words:
            accepted += dict.fromkeys((word, word.lower(), word.title()))
        if first is not None:
            for number, member in enumerate(members.values(), first):
                self._by_text[str(number)] = member
                accepted += [number, str(number)]
        self.schema: Schema = {"enum": accepted}

    def from_json(self, value: object) -> E:
        """A JSON string or number."""
        if type(value) is int:
            return self.from_text(str(bounded(value)))
        if type(value) is str:
            return self.from_text(value)
        raise ValueError(self._expected)

    def from_text(self, text: str) -> E:
        """The word or the number."""
        member = self._by_text.get(text.lower())
        if member is None:
            raise ValueError(self._expected)
        return member


class Instant:
    """A date with time, in any RFC 3339 form."""

    schema: ClassVar[Schema] = {"type": "string", "pattern": DATE_PATTERN}

    def from_json(self, value: object) -> datetime:
        """A JSON string."""
        if type(value) is not str:
            raise ValueError("must be an RFC 3339 date such as 2026-02-09T15:43:07.20517Z")
        return instant(value)

    def from_text(self, text: str) -> datetime:
        """The date."""
        return instant(text)


class Length:
    """A length of time such as `P1M` (ISO 8601)."""

    schema: ClassVar[Schema] = {
        "type": "string",
        "pattern": r"^P(?:[0-9]{1,2}Y)?(?:[0-9]{1,4}M)?(?:[0-9]{1,3}W)?(?:[0-9]{1,4}D)?$",
        "minLength": 3,
    }

    def from_json(self, value: object) -> Interval:
        """A JSON string."""
        if type(value) is not str:
            raise ValueError("must be a duration such as P1M")
        return self.from_text(value)

    def from_text(self, text: str) -> Interval:
        """The duration."""
        try:
            return parse_interval(text)
        except Invalid:
            raise ValueError("must be a duration such as P1M, P1Y, P7D or P3M") from None


TEXT = Text(255)
NAME = Text(255, shortest=1)
FLAG = Flag()
EXACT = Exact()
INSTANT = Instant()
LENGTH = Length()
SUBSCRIPTION = SubscriptionNumber()
NUMBER = Whole(-INT32, INT32 - 1)
ID = Whole(0, 10**INTEGER_DIGITS - 1)
CURRENCY = Letters(3, upper=True)
CURRENCY_OF_ISO = Letters(3, upper=True, known=is_currency, called="a currency of ISO 4217")
COUNTRY = Letters(2, upper=True, known=is_country, called="a country of ISO 3166")
LANGUAGE = Letters(2, upper=False)
CARD_NUMBER = CardNumber()
