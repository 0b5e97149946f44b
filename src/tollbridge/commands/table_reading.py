"""Reading a table of a TOML file key by key, noting every problem instead of stopping at one.

Each method takes one key. Where something is wrong it notes a problem that names the key and
answers a blank, so that reading goes on; whoever reads must look at the problems at the end.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import NamedTuple, TypeVar

TEXT_LENGTH_MAX = 200
ID_MAX = 10**15 - 1  # R26

# ASCII digits alone, at most 15 before and 10 after the point (R26).
_AMOUNT = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,10})?")

E = TypeVar("E", bound=Enum)
T = TypeVar("T")

_MISSING = object()


class Problem(NamedTuple):
    """One thing that is wrong: the key (`product[3].prices[0].amount`) and a sentence."""

    key: str
    message: str


class Problems(list[Problem]):
    """All problems of a file, in the order of reading."""


class Table:
    """A table with its path; `path` and keys together name a value for people."""

    def __init__(self, values: Mapping[str, object], path: str, problems: Problems) -> None:
        self.path = path
        self._values = values
        self._problems = problems
        self._taken: set[str] = set()

    def problem(self, key: str, message: str, blank: T) -> T:
        """Note a problem with a key; the blank, to go on with."""
        self._problems.append(Problem(self._named(key), message))
        return blank

    def text(self, key: str, longest: int = TEXT_LENGTH_MAX) -> str:
        """A text that is not empty, "" when it cannot be read."""
        value = self._take(key)
        if value is _MISSING:
            return self.problem(key, "missing", "")
        if not isinstance(value, str):
            return self.problem(key, f"must be text in quotes, not {_kind(value)}", "")
        if not value.strip() or not value.isprintable():
            return self.problem(key, "must be a text without control characters, not empty", "")
        if len(value) > longest:
            return self.problem(key, f"must have at most {longest} characters", "")
        return value

    def id(self, key: str) -> int:
        """A positive whole number, 0 when it cannot be read."""
        return self.count(key, 1, ID_MAX)

    def count(self, key: str, least: int, most: int, *, default: int | None = None) -> int:
        """A whole number within bounds; 0 when it cannot be read."""
        value = self._take(key)
        if value is _MISSING:
            return self.problem(key, "missing", 0) if default is None else default
        if not isinstance(value, int) or isinstance(value, bool):
            return self.problem(key, f"must be a whole number, not {_kind(value)}", 0)
        if not least <= value <= most:
            return self.problem(key, f"must be from {least} to {most}", 0)
        return value

    def optional_count(self, key: str, least: int, most: int) -> int | None:
        """A whole number within bounds; None when it is not there."""
        return self.count(key, least, most) if self.has(key) else None

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self._values

    def flag(self, key: str, *, default: bool = False) -> bool:
        """True or false; the default when it is not there."""
        value = self._take(key)
        if value is _MISSING:
            return default
        if isinstance(value, bool):
            return value
        return self.problem(key, f"must be true or false, not {_kind(value)}", blank=False)

    def ids(self, key: str) -> tuple[int, ...]:
        """Positive whole numbers, none when the key is not there or cannot be read."""
        value = self._take(key)
        if value is _MISSING:
            return ()
        numbers = value if isinstance(value, list) else [value]
        if not all(type(one) is int and 1 <= one <= ID_MAX for one in numbers):
            return self.problem(key, f"must be a list of whole numbers from 1 to {ID_MAX}", ())
        return tuple(dict.fromkeys(numbers))

    def texts(self, key: str) -> tuple[str, ...]:
        """Texts that are not empty, none when the key is not there or cannot be read."""
        value = self._take(key)
        if value is _MISSING:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            return self.problem(key, f"must be a list of texts in quotes, not {_kind(value)}", ())
        if not all(one.strip() and one.isprintable() for one in value):
            return self.problem(key, "must be texts without control characters, not empty", ())
        return tuple(value)

    def amount(self, key: str) -> Decimal:
        """An exact amount, written as text so that it is no float on the way; 0 when unreadable."""
        value = self._take(key)
        if value is _MISSING:
            return self.problem(key, "missing", Decimal(0))
        if isinstance(value, int | float) and not isinstance(value, bool):
            message = f'amounts are exact: write it in quotes, as in "{value}"'
            return self.problem(key, message, Decimal(0))
        if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
            message = 'must be an amount such as "5.00" with at most 15 digits before and 10 after'
            return self.problem(key, f"{message} the point", Decimal(0))
        return Decimal(value)

    def choice(self, key: str, blank: E) -> E:
        """One of the values of the blank's enum; the blank when it cannot be read."""
        value = self._take(key)
        if value is _MISSING:
            return self.problem(key, "missing", blank)
        for option in type(blank):
            if option.value == value:
                return option
        allowed = " or ".join(f'"{option.value}"' for option in type(blank))
        return self.problem(key, f"must be {allowed}, not {_kind(value)}", blank)

    def optional_choice(self, key: str, default: E) -> E:
        """One of the values of the default's enum; the default when the key is not there."""
        self._taken.add(key)
        return self.choice(key, default) if self.has(key) else default

    def instant(self, key: str) -> datetime | None:
        """A date with a time; UTC where it has no offset. None when it is not there."""
        value = self._take(key)
        if value is _MISSING:
            return None
        if not isinstance(value, datetime):
            message = "must be a date with a time such as 2026-02-09T15:43:07, without quotes"
            return self.problem(key, message, None)
        try:
            return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        except OverflowError:
            return self.problem(key, "out of range", None)

    def table(self, key: str) -> "Table":
        """The table under a key; an empty one when it cannot be read."""
        value = self._take(key)
        if isinstance(value, Mapping):
            return Table(value, self._named(key), self._problems)
        message = "missing" if value is _MISSING else f"must be a table, not {_kind(value)}"
        # Its keys are missing too, and that is nothing new.
        return Table({}, self._named(key), self.problem(key, message, Problems()))

    def tables(self, key: str) -> Sequence["Table"]:
        """The tables under a key, none when it is not there."""
        value = self._take(key)
        if value is _MISSING:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            return self.problem(key, f"must be a list of tables, not {_kind(value)}", ())
        return [
            Table(one, f"{self._named(key)}[{i}]", self._problems) for i, one in enumerate(value)
        ]

    def end(self) -> None:
        """Note every key that nobody asked for: most are slips of the pen."""
        known = ", ".join(sorted(self._taken))
        for key in self._values:
            if key not in self._taken:
                self.problem(key, f"unknown key; known here are {known}", None)

    def _take(self, key: str) -> object:
        self._taken.add(key)
        return self._values.get(key, _MISSING)

    def _named(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def _kind(value: object) -> str:
    """How an error calls a value that does not fit."""
    kinds = {bool: "true or false", int: "a number", float: "a number", list: "a list"}
    if isinstance(value, str):
        return f'"{value[:40]}"'
    if isinstance(value, Mapping):
        return "a table"
    return kinds.get(type(value), "a date or time")
