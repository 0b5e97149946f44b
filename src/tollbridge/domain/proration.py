"""Proration: the one replaceable policy for what part of an interval costs (R11, R12).

Days, not seconds: whole days left (a started day counts as used) over the nominal days of the
interval. Everything is exact here; the line is rounded once, in `lines.py`.
"""

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction

import msgspec

from tollbridge.domain.currency import minor_units
from tollbridge.domain.money import TaxKind
from tollbridge.domain.purchase import Line, Purchase
from tollbridge.domain.schedule import Interval, whole_days
from tollbridge.domain.subscription import Bounds, PaidPart

ONE = Fraction(1)


class Remainder(msgspec.Struct, frozen=True):
    """What is left of the running interval.

    `days_left` are whole days until the billing date, `nominal` the days of the interval,
    `extra` the days by which the billing date was moved beyond the nominal end.
    """

    days_left: int
    nominal: int
    extra: int

    @property
    def factor(self) -> Fraction:
        """The part of an interval that is left: at most 1 unless the date was moved beyond it."""
        days = self.days_left if self.extra else min(self.days_left, self.nominal)
        return Fraction(days, self.nominal)

    @property
    def covers_days(self) -> int:
        """The nominal days that a charge for the rest of the interval pays for.

        No more than the factor counts: the 31st day of a month is not charged, so it takes
        nothing of a later credit either.
        """
        return self.days_left - self.extra if self.extra else min(self.days_left, self.nominal)


def remainder(
    running: Bounds, interval: Interval, next_billing: datetime, now: datetime
) -> Remainder:
    """What is left at `now` of the interval that runs until `next_billing` (R11)."""
    return Remainder(
        days_left=whole_days(now, next_billing),
        nominal=interval.nominal_days,
        extra=whole_days(running.end, next_billing),
    )


def credit_limit(
    paid: Iterable[PaidPart], kind: TaxKind, rest: Remainder, currency: str
) -> Fraction:
    """The most that may be credited for an item: what was captured for the days still left (R11).

    Each part counts with the days left over the days it covers. Nothing captured (a trial, a
    full discount, a charge that was declined) is nothing to credit.
    """
    numerator, denominator = 0, 1  # as in `Price.exact_total`
    for part in paid:
        covers = max(part.covers_days + rest.extra, 0)
        over, under = (min(rest.days_left, covers), covers) if covers else (1, 1)
        minor = part.gross if kind is TaxKind.GROSS else part.net
        numerator = numerator * under + minor * over * denominator
        denominator *= under
    return Fraction(numerator, denominator * 10 ** minor_units(currency))


def paid_part(line: Line, purchase_id: int = 0) -> PaidPart:
    """What the capture of a line leaves to be credited later (R11)."""
    return PaidPart(line.worth.gross, line.worth.net, line.covers_days, purchase_id)


def worths(purchase: Purchase) -> dict[int, PaidPart]:
    """What the lines of one interval leave to later credits, by the item's running number."""
    return {line.item_running_no: paid_part(line, purchase.id) for line in purchase.lines}
