"""Numbers on the wire, in and out: decimals as JSON numbers, never a float (R25, R26)."""

from decimal import Decimal

from tollbridge.domain.written import amount

__all__ = [
    "FRACTION_DIGITS",
    "INTEGER_DIGITS",
    "LIMIT",
    "TEXT_MAX",
    "ZERO",
    "Figure",
    "amount",
    "bounded",
    "exact",
]

INTEGER_DIGITS = 15
FRACTION_DIGITS = 10
TEXT_MAX = 64  # characters of a number; longer ones are refused before they are read
LIMIT = 10**INTEGER_DIGITS


class Figure(str):
    """The text of a JSON number with a fraction or an exponent, kept as it was written."""

    __slots__ = ()


def exact(text: str) -> Decimal:
    """The decimal that the text of a number stands for, bounded before any arithmetic (R26).

    Raises ValueError for what is no finite number, for more than 15 integer or 10 fraction
    digits and for text longer than any such number needs. An exponent is resolved: the answer
    prints in plain digits.
    """
    if len(text) > TEXT_MAX:
        raise ValueError("is too long for a number")
    try:
        number = Decimal(text)
    except ArithmeticError:
        raise ValueError("must be a number") from None
    if not number.is_finite():
        raise ValueError("must be a finite number")
    if number.adjusted() >= INTEGER_DIGITS:
        raise ValueError(f"must have at most {INTEGER_DIGITS} integer digits")
    return _in_plain_digits(number)


def _in_plain_digits(number: Decimal) -> Decimal:
    """The same number without exponent; ValueError for more than 10 fraction digits."""
    if not number:
        return Decimal(0)
    _, digits, exponent = number.as_tuple()
    surplus = -int(exponent) - FRACTION_DIGITS
    if surplus > 0 and any(digits[-surplus:]):
        raise ValueError(f"must have at most {FRACTION_DIGITS} fraction digits")
    return Decimal(f"{number:f}")


def bounded(number: int) -> int:
    """The same whole number; ValueError when it has more than 15 digits (R26)."""
    if not -LIMIT < number < LIMIT:
        raise ValueError(f"must have at most {INTEGER_DIGITS} digits")
    return number


ZERO = Decimal("0.0")
