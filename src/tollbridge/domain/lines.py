"""Lines of a purchase: where an exact amount becomes money (R10) and is explained."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple

from tollbridge.domain.currency import minor_units
from tollbridge.domain.money import ZERO, Split, convert
from tollbridge.domain.pricing import Priced, billed_prices, exact_text, rounded
from tollbridge.domain.proration import Remainder, credit_limit, remainder
from tollbridge.domain.purchase import Explanation, Line, Share
from tollbridge.domain.subscription import Item, PaidPart, Subscription, Terms
from tollbridge.domain.tax import TaxRate, TaxTable


def rest_of(subscription: Subscription, now: datetime) -> Remainder:
    """What is left of the running interval of a subscription (R11)."""
    interval = subscription.running_interval
    return remainder(subscription.running, interval, subscription.next_billing, now)


class Credit(NamedTuple):
    """What is credited for the terms in force; `limited` when by what was captured (R11)."""

    terms: Terms
    amount: Fraction
    limited: bool


class Drawing:
    """What every line of one purchase has in common: the currency, the tax and the number."""

    def __init__(self, currency: str, tax: TaxTable, country: str, at: datetime) -> None:
        self._currency = currency
        self._rate = tax.rate(country, at)
        self._drawn = 0

    def renewed(self, items: Sequence[Item]) -> tuple[Line, ...]:
        """A whole interval of each item's latest terms, coupons taken off (R15)."""
        prices = billed_prices(items, self._currency, self._rate.rate)
        return tuple(
            self._whole(item, priced, item.latest.interval.nominal_days)
            for item, priced in zip(items, prices, strict=True)
        )

    def first(self, subscription: Subscription) -> tuple[Line, ...]:
        """The initial purchase: the first interval of every item; of a trial nothing (R16)."""
        items, covers_days = subscription.items, subscription.running_interval.nominal_days
        if subscription.trial:
            return tuple(self._free(item, covers_days) for item in items)
        prices = billed_prices(items, self._currency, self._rate.rate, first=True)
        return tuple(
            self._whole(item, priced, covers_days)
            for item, priced in zip(items, prices, strict=True)
        )

    def _whole(self, item: Item, priced: Priced, covers_days: int) -> Line:
        whole = item.latest.price.exact_total(item.latest.quantity)
        return self._drawn_line(
            item,
            priced.amount,
            covers_days=covers_days,
            explanation=Explanation(
                charge=_share(item.latest, whole, Fraction(1)),
                discount=priced.reduction,
                exact=exact_text(priced.exact),
                rounding=self._rounding,
            ),
        )

    def _free(self, item: Item, covers_days: int) -> Line:
        nothing = Fraction(0)
        return self._drawn_line(
            item,
            ZERO,
            covers_days=covers_days,
            explanation=Explanation(
                charge=_share(item.latest, nothing, nothing),
                exact=exact_text(nothing),
                rounding=self._rounding,
            ),
        )

    def rest(self, before: Item | None, after: Item, rest: Remainder) -> Line:
        """The difference that new terms make for the rest of the running interval (R12)."""
        charge = after.latest.price.exact_total(after.latest.quantity) * rest.factor
        credit = self._credit(before, after.latest, rest)
        return self._line(
            after,
            charge - (credit.amount if credit else 0),
            covers_days=rest.covers_days,
            explanation=self._explained(after, charge, rest.factor, credit, rest),
        )

    def extended(self, before: Item | None, after: Item, rest: Remainder) -> Line:
        """A full new interval from now on, less what is left of the running one (R12 Extend)."""
        charge = after.latest.price.exact_total(after.latest.quantity)
        credit = self._credit(before, after.latest, rest)
        return self._line(
            after,
            charge - (credit.amount if credit else 0),
            covers_days=after.latest.interval.nominal_days,
            worth=rounded(charge, after.latest, self._currency, self._rate.rate),
            explanation=self._explained(after, charge, Fraction(1), credit, rest),
        )

    def gap(self, item: Item, factor: Fraction, *, covers_days: int) -> Line:
        """A moved item for the days from its old billing date to the new one (V5)."""
        charge = item.latest.price.exact_total(item.latest.quantity) * factor
        return self._line(
            item,
            charge,
            covers_days=covers_days,
            explanation=Explanation(
                charge=_share(item.latest, charge, factor),
                exact=exact_text(charge),
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

    def _credit(self, item: Item | None, new: Terms, rest: Remainder) -> Credit | None:
        """What the old part is worth: from the terms in force, and never more than captured.

        None for an item that is new: it has no old part.
        """
        if item is None:
            return None
        old = item.in_force
        kind = new.price.tax
        price = old.price.exact_total(old.quantity) * rest.factor
        value = convert(price, old.price.tax, kind, self._rate.rate)
        limit = credit_limit(item.paid, kind, rest, self._currency)
        return Credit(old, min(value, limit), limited=limit < value)

    def _line(
        self,
        item: Item,
        exact: Fraction,
        *,
        covers_days: int,
        explanation: Explanation,
        worth: Split | None = None,
    ) -> Line:
        amount = rounded(exact, item.latest, self._currency, self._rate.rate)
        return self._drawn_line(
            item, amount, covers_days=covers_days, explanation=explanation, worth=worth
        )

    def _drawn_line(
        self,
        item: Item,
        amount: Split,
        *,
        covers_days: int,
        explanation: Explanation,
        worth: Split | None = None,
    ) -> Line:
        self._drawn += 1
        return Line(
            running_no=self._drawn,
            item_running_no=item.running_no,
            item_version=item.version,
            product_id=item.latest.product_id,
            product_name=item.latest.product_name,
            quantity=item.latest.quantity,
            tax=item.latest.price.tax,
            rate=self._rate.rate,
            rate_source=_source(self._rate),
            amount=amount,
            worth=worth or amount,
            covers_days=covers_days,
            explanation=explanation,
        )

    def _explained(
        self,
        after: Item,
        charge: Fraction,
        factor: Fraction,
        credit: Credit | None,
        rest: Remainder,
    ) -> Explanation:
        return Explanation(
            charge=_share(after.latest, charge, factor),
            credit=_credit_share(credit, rest),
            days_left=rest.days_left,
            days_nominal=rest.nominal,
            exact=exact_text(charge - (credit.amount if credit else 0)),
            rounding=self._rounding,
        )

    @property
    def _rounding(self) -> str:
        return f"half up to {minor_units(self._currency)} decimals"


def _credit_share(credit: Credit | None, rest: Remainder) -> Share | None:
    if credit is None:
        return None
    limited_by = "captured for the days left" if credit.limited else ""
    return _share(credit.terms, credit.amount, rest.factor, limited_by)


def _share(terms: Terms, amount: Fraction, factor: Fraction, limited_by: str = "") -> Share:
    return Share(
        price=str(terms.price),
        quantity=terms.quantity,
        whole=exact_text(terms.price.exact_total(terms.quantity)),
        factor=str(factor),
        amount=exact_text(amount),
        limited_by=limited_by,
    )


def _source(rate: TaxRate) -> str:
    return f"{rate.country} since {rate.valid_from.isoformat()}, {rate.source}"
