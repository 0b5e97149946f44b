"""Amounts of money and the only places where they are rounded, split or shared out (R10).

Amounts are whole minor units (cents) of an ISO 4217 currency. Exact values that are not yet
money (price x quantity x factor) are `fractions.Fraction`; no float is ever used.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import Enum
from fractions import Fraction

import msgspec

from tollbridge.domain.currency import minor_units


class TaxKind(Enum):
    """Whether a price includes value added tax."""

    GROSS = "gross"
    NET = "net"


class Split(msgspec.Struct, frozen=True):
    """An amount with its tax split, in minor units; gross = net + vat always (R10)."""

    gross: int = 0
    net: int = 0
    vat: int = 0

    def __add__(self, other: "Split") -> "Split":
        return Split(self.gross + other.gross, self.net + other.net, self.vat + other.vat)

    def __neg__(self) -> "Split":
        return Split(-self.gross, -self.net, -self.vat)


ZERO = Split()


def total(splits: Iterable[Split]) -> Split:
    """The sum of lines. A total is only ever a sum and is never split again (R10)."""
    gross = net = vat = 0
    for split in splits:
        gross += split.gross
        net += split.net
        vat += split.vat
    return Split(gross, net, vat)


def round_ratio(numerator: int, denominator: int) -> int:
    """The whole number nearest to numerator/denominator, halves away from zero.

    The one function that rounds money (R10, half up; negative amounts mirror positive ones, so
    that a reversal is the exact opposite). `denominator` must be positive.
    """
    if numerator < 0:
        return -((-2 * numerator + denominator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def to_minor(amount: Fraction, currency: str) -> int:
    """An exact amount in the currency's main unit, rounded once to minor units (R10)."""
    numerator, denominator = amount.as_integer_ratio()
    return round_ratio(numerator * 10 ** minor_units(currency), denominator)


def to_exact(minor: int, currency: str) -> Fraction:
    """Minor units as an exact amount in the currency's main unit."""
    return Fraction(minor, 10 ** minor_units(currency))


def split(minor: int, kind: TaxKind, rate: Decimal) -> Split:
    """The gross, net and VAT of one line whose rounded amount is known (R10; V3, V4).

    Gross: net = round(gross / (1 + rate)), vat = gross - net.
    Net: vat = round(net x rate), gross = net + vat.
    `minor` is the line's amount in minor units, `rate` the tax rate as a share (0.19).
    """
    rate_numerator, rate_denominator = rate.as_integer_ratio()
    if kind is TaxKind.GROSS:
        net = round_ratio(minor * rate_denominator, rate_denominator + rate_numerator)
        return Split(minor, net, minor - net)
    vat = round_ratio(minor * rate_numerator, rate_denominator)
    return Split(minor + vat, minor, vat)


def convert(amount: Fraction, kind: TaxKind, wanted: TaxKind, rate: Decimal) -> Fraction:
    """An exact amount of one tax kind in the other, without rounding (R11)."""
    if kind is wanted:
        return amount
    factor = 1 + Fraction(rate)
    return amount / factor if wanted is TaxKind.NET else amount * factor


def conversion(kind: TaxKind, wanted: TaxKind, rate: Decimal) -> str:
    """What `convert` does, for a reader; nothing to tell within one kind."""
    if kind is wanted:
        return ""
    sign = "/" if wanted is TaxKind.NET else "x"
    return f"{kind.value} to {wanted.value}: {sign} {1 + rate}"


def allocate(minor: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Share `minor` out by weight so that the parts add up exactly: largest remainder (R10).

    Weights are not negative and not all zero (ValueError otherwise). Ties go to the earlier part.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        message = "weights must not be negative and must have a positive sum"
        raise ValueError(message)
    sign = -1 if minor < 0 else 1
    shares = [divmod(abs(minor) * weight, whole) for weight in weights]
    parts = [quotient for quotient, _ in shares]
    missing = abs(minor) - sum(parts)
    by_remainder = sorted(range(len(shares)), key=lambda i: (-shares[i][1], i))
    for i in by_remainder[:missing]:
        parts[i] += 1
    return tuple(sign * part for part in parts)
