"""What one unit costs: an exact decimal, flat or in graduated tiers, gross or net (R9, V25)."""

from decimal import Decimal
from fractions import Fraction

import msgspec

from tollbridge.domain.money import TaxKind


class Tier(msgspec.Struct, frozen=True):
    """The price of each unit from number `first` on, until the next tier begins."""

    first: int
    amount: Decimal


class Price(msgspec.Struct, frozen=True):
    """A price per unit: tiers in rising order, the first from unit 1; amounts per unit.

    Graduated: each unit costs what its own tier says, so 15 units at 10 each for 1 to 10 and 8
    each from 11 cost 140 (V25).
    """

    tax: TaxKind
    tiers: tuple[Tier, ...]

    def exact_total(self, quantity: int) -> Fraction:
        """The exact price of `quantity` units, before any rounding."""
        if len(self.tiers) == 1:
            over, under = self.tiers[0].amount.as_integer_ratio()
            return Fraction(over * max(quantity, 0), under)
        numerator, denominator = 0, 1  # adding up Fractions takes three times as long
        for i, tier in enumerate(self.tiers):
            last = self.tiers[i + 1].first - 1 if i + 1 < len(self.tiers) else quantity
            units = min(quantity, last) - tier.first + 1
            if units <= 0:
                break
            over, under = tier.amount.as_integer_ratio()
            numerator = numerator * under + over * units * denominator
            denominator *= under
        return Fraction(numerator, denominator)

    def __str__(self) -> str:
        if len(self.tiers) == 1:
            return f"{self.tiers[0].amount} {self.tax.value}"
        steps = ", ".join(f"from {tier.first}: {tier.amount}" for tier in self.tiers)
        return f"{steps} {self.tax.value}"


def flat(amount: Decimal, tax: TaxKind) -> Price:
    """The price of a product whose every unit costs the same."""
    return Price(tax, (Tier(1, amount),))
