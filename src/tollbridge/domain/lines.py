"""Lines of a purchase: where an exact amount becomes money (R10) and is explained."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple

from tollbridge.domain.currency import minor_units
from tollbridge.domain.money import ZERO, Split, conversion, convert, to_exact
from tollbridge.domain.pricing import Priced, billed_prices, exact_text, rounded
from tollbridge.domain.proration import ONE, Remainder, credit_limit, remainder
from tollbridge.domain.purchase import Advance, Explanation, InstalmentShare, Line, Share
from tollbridge.domain.subscription import Item, PaidPart, Subscription, Terms
from tollbridge.domain.tax import TaxRate, TaxTable


def rest_of(subscription: Subscription, now: datetime) -> Remainder:
    """What is left of the running interval of a subscription, or billing interval (R11)."""
    interval = subscription.running_interval
    return remainder(subscription.running, interval, subscription.next_billing, now)


class Part(NamedTuple):
    """What some terms come to for a part of an interval: whole x factor = amount, all exact.

    Where an interval is paid in instalments the part is one of a billing interval, so that each is
    multiplied by its share of the interval as well. `limited` when not the price but what was
    captured sets the amount of a credit (R11); `conversion` tells how a credit came into the tax
    kind of the new terms.
    """

    terms: Terms
    whole: Fraction
    factor: Fraction
    amount: Fraction
    limited: bool = False
    conversion: str = ""

    @property
    def share(self) -> Share:
        """The same for a reader."""
        return Share(
            price=str(self.terms.price),
            quantity=self.terms.quantity,
            whole=exact_text(self.whole),
            factor=self._factor_text,
            amount=exact_text(self.amount),
            conversion=self.conversion,
            limited_by="captured for the days left" if self.limited else "",
        )

    @property
    def _factor_text(self) -> str:
        """`364/365`, or of an instalment `1/12`, or of a part of its days `1/12 x 29/30`."""
        of = self.terms.instalments
        if of == 1:
            return str(self.factor)
        return f"1/{of}" if self.factor == 1 else f"1/{of} x {self.factor}"


def part_of(terms: Terms, factor: Fraction) -> Part:
    """What the terms come to for this part of an interval, or of a billing interval."""
    whole, of = terms.price.exact_total(terms.quantity), terms.instalments
    amount = whole * factor
    return Part(terms, whole, factor, amount if of == 1 else amount / of)


class Drawing:
    """What every line of one purchase has in common: the currency, the tax and the number."""

    def __init__(self, currency: str, tax: TaxTable, country: str, at: datetime) -> None:
        self._currency = currency
        self._rate = tax.rate(country, at)
        self._rate_source = _source(self._rate)
        self._rounding = f"half up to {minor_units(currency)} decimals"
        self._drawn = 0

    def renewed(self, items: Sequence[Item], advance: Advance) -> tuple[Line, ...]:
        """What an advance brings, of each item's latest terms, coupons taken off (R15).

        A whole interval, or the next instalment of one (R16).
        """
        number = advance.instalment.number if advance.instalment else 1
        prices = billed_prices(items, self._currency, self._rate.rate, number=number)
        return tuple(
            self._whole(item, priced, item.latest.billing_step.nominal_days, number)
            for item, priced in zip(items, prices, strict=True)
        )

    def first(self, subscription: Subscription) -> tuple[Line, ...]:
        """The initial purchase: the first interval of every item, or the first instalment.

        Of a trial nothing (R16).
        """
        items, covers_days = subscription.items, subscription.running_interval.nominal_days
        if subscription.trial:
            return tuple(self._free(item, covers_days) for item in items)
        prices = billed_prices(items, self._currency, self._rate.rate, first=True)
        return tuple(
            self._whole(item, priced, covers_days)
            for item, priced in zip(items, prices, strict=True)
        )

    def _whole(self, item: Item, priced: Priced, covers_days: int, number: int = 1) -> Line:
        return self._line(
            item,
            priced.amount,
            covers_days=covers_days,
            explanation=Explanation(
                charge=part_of(item.latest, ONE).share,
                instalment=self._instalment(item.latest, priced, number),
                discount=priced.reduction,
                exact=exact_text(priced.exact),
                rounding=self._rounding,
            ),
        )

    def _instalment(self, terms: Terms, priced: Priced, number: int) -> InstalmentShare | None:
        """Which part of the term it is; None where it is all of it."""
        of = terms.instalments
        if of == 1:
            return None
        before = exact_text(to_exact(priced.before, self._currency))
        return InstalmentShare(number=number, of=of, before=before)

    def _free(self, item: Item, covers_days: int) -> Line:
        charge = part_of(item.latest, Fraction(0))
        return self._line(
            item,
            ZERO,
            covers_days=covers_days,
            explanation=Explanation(
                charge=charge.share,
                exact=exact_text(charge.amount),
                rounding=self._rounding,
            ),
        )

    def rest(self, before: Item | None, after: Item, rest: Remainder) -> Line:
        """The difference that new terms make for the rest of the running interval (R12)."""
        charge = part_of(after.latest, rest.factor)
        return self._difference(before, after, charge, rest, covers_days=rest.covers_days)

    def extended(self, before: Item | None, after: Item, rest: Remainder) -> Line:
        """A full new interval from now on, less what is left of the running one (R12 Extend).

        Where it is paid in instalments, the first of them.
        """
        charge = part_of(after.latest, ONE)
        return self._difference(
            before,
            after,
            charge,
            rest,
            covers_days=after.latest.billing_step.nominal_days,
            worth=rounded(charge.amount, after.latest, self._currency, self._rate.rate),
        )

    def gap(self, item: Item, factor: Fraction, *, covers_days: int) -> Line:
        """A moved item for the days from its old billing date to the new one (V5)."""
        charge = part_of(item.latest, factor)
        return self._line(
            item,
            rounded(charge.amount, item.latest, self._currency, self._rate.rate),
            covers_days=covers_days,
            explanation=Explanation(
                charge=charge.share,
                exact=exact_text(charge.amount),
                rounding=self._rounding,
            ),
        )

    def carried(
        self, item: Item, source: Subscription, now: datetime, *, covers_days: int
    ) -> PaidPart:
        """What is left of what was paid for an item, taken along into `covers_days` (R11)."""
        rest = rest_of(source, now)
        credit = self._credit(item, item.latest, rest)
        amount = credit.amount if credit else Fraction(0)
        worth = rounded(amount, item.latest, self._currency, self._rate.rate)
        return PaidPart(worth.gross, worth.net, covers_days)

    def _credit(self, item: Item | None, new: Terms, rest: Remainder) -> Part | None:
        """What the old part is worth: from the terms in force, and never more than captured.

        None for an item that is new: it has no old part.
        """
        if item is None:
            return None
        old = part_of(item.in_force, rest.factor)
        kind = new.price.tax
        value = convert(old.amount, old.terms.price.tax, kind, self._rate.rate)
        limit = credit_limit(item.paid, kind, rest, self._currency)
        limited = limit < value
        return old._replace(
            amount=limit if limited else value,
            limited=limited,
            conversion=conversion(old.terms.price.tax, kind, self._rate.rate),
        )

    def _difference(
        self,
        before: Item | None,
        after: Item,
        charge: Part,
        rest: Remainder,
        *,
        covers_days: int,
        worth: Split | None = None,
    ) -> Line:
        """What is charged for the new terms, less what is left of the old ones."""
        credit = self._credit(before, after.latest, rest)
        exact = charge.amount - credit.amount if credit else charge.amount
        return self._line(
            after,
            rounded(exact, after.latest, self._currency, self._rate.rate),
            covers_days=covers_days,
            worth=worth,
            explanation=Explanation(
                charge=charge.share,
                credit=credit.share if credit else None,
                days_left=rest.days_left,
                days_nominal=rest.nominal,
                exact=exact_text(exact),
                rounding=self._rounding,
            ),
        )

    def _line(
        self,
        item: Item,
        amount: Split,
        *,
        covers_days: int,
        explanation: Explanation,
        worth: Split | None = None,
    ) -> Line:
        self._drawn += 1
        terms = item.latest
        return Line(
            running_no=self._drawn,
            item_running_no=item.running_no,
            item_version=item.version,
            product_id=terms.product_id,
            product_name=terms.product_name,
            quantity=terms.quantity,
            tax=terms.price.tax,
            rate=self._rate.rate,
            rate_source=self._rate_source,
            amount=amount,
            worth=worth or amount,
            covers_days=covers_days,
            explanation=explanation,
        )


def _source(rate: TaxRate) -> str:
    return f"{rate.country} since {rate.valid_from.isoformat()}, {rate.source}"
