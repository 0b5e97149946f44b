"""What items cost on one bill, coupons taken off: an interval, or an instalment (R10, R15, R16)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from tollbridge.domain.coupon import AmountOff, Coupon, Origin, PercentOff
from tollbridge.domain.money import Split, TaxKind, allocate, split, to_exact, to_minor
from tollbridge.domain.purchase import Reduction
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.subscription import Item, Terms

LINE_MAX = 10**15  # minor units; totals stay far inside a BIGINT (R26)


class Priced(NamedTuple):
    """What an item costs: the amount, and the exact figure that it was rounded from.

    Of an instalment that figure is what is due with all up to it, and `before` what was due
    before it, in minor units.
    """

    amount: Split
    exact: Fraction
    before: int = 0
    reduction: Reduction | None = None


def rounded(
    exact: Fraction, terms: Terms, currency: str, rate: Decimal, *, before: int = 0
) -> Split:
    """The split of an exact amount in the tax kind of these terms, less the minor units `before`.

    NotAllowed when it is too large.
    """
    return split(_minor(exact, currency) - before, terms.price.tax, rate)


def _minor(exact: Fraction, currency: str) -> int:
    minor = to_minor(exact, currency)
    if abs(minor) > LINE_MAX:
        raise NotAllowed("amount_too_large", "The amount is too large", field="Quantity")
    return minor


def full_price(terms: Terms, currency: str, rate: Decimal, number: int = 1) -> Split:
    """What a bill for these terms asks for without a coupon (V3, V4, V19, V21).

    That is a whole interval, or the instalment with this number (R16).
    """
    whole = terms.price.exact_total(terms.quantity)
    return _part(whole, terms, currency, rate, number).amount


def billed_prices(
    items: Sequence[Item], currency: str, rate: Decimal, *, number: int = 1, first: bool = False
) -> tuple[Priced, ...]:
    """What one bill for these items asks for each: the initial purchase (`first`) or a renewal.

    `number` is that of the instalment where they are paid in several (R16). A percentage is a part
    of the line and rounded with it. A fixed amount is shared out over the lines of its coupon by
    largest remainder before they are split (R10), and is never more than they come to.
    """
    counted = {
        item.running_no: item.coupon
        for item in items
        if item.coupon is not None and item.coupon.counts(first=first)
    }
    fulls = {
        item.running_no: full_price(item.latest, currency, rate, number)
        for item in items
        if item.running_no in counted
    }
    shares = _fixed_shares(counted, fulls) if counted else {}
    return tuple(
        _reduced(item.latest, coupon, shares.get(item.running_no, 0), currency, rate, number)
        if (coupon := counted.get(item.running_no))
        else _part(
            item.latest.price.exact_total(item.latest.quantity), item.latest, currency, rate, number
        )
        for item in items
    )


def _part(whole: Fraction, terms: Terms, currency: str, rate: Decimal, number: int) -> Priced:
    """The instalment of a term that costs `whole`, exact; all of it where there is but one.

    What is due up to an instalment is rounded, and not the instalment, so that those of a term add
    up to its price (R16).
    """
    of = terms.instalments
    if of == 1:
        return Priced(rounded(whole, terms, currency, rate), whole)
    _minor(whole, currency)  # what is agreed to must not turn out to be too large later
    exact, before = whole * number / of, to_minor(whole * (number - 1) / of, currency)
    return Priced(rounded(exact, terms, currency, rate, before=before), exact, before)


def part_in(amount: Split, kind: TaxKind) -> int:
    """The side of an amount that a price of this kind names, in minor units."""
    return amount.gross if kind is TaxKind.GROSS else amount.net


def shared_out(minor: int, weights: Sequence[int]) -> tuple[int, ...]:
    """`minor` by weight, and nothing where nothing weighs anything (R10)."""
    return allocate(minor, weights) if any(weights) else (0,) * len(weights)


def _fixed_shares(counted: Mapping[int, Coupon], fulls: Mapping[int, Split]) -> dict[int, int]:
    """What each item gets of the fixed amount of its coupon, by running number.

    A coupon that several items hold is one amount; coupons applied apart are one each (R15).
    """
    groups: dict[tuple[Origin, AmountOff], dict[int, int]] = {}
    for running_no, coupon in counted.items():
        if isinstance(coupon.discount, AmountOff):
            weights = groups.setdefault((coupon.origin, coupon.discount), {})
            weights[running_no] = part_in(fulls[running_no], coupon.discount.tax)
    shares: dict[int, int] = {}
    for (_, discount), weights in groups.items():
        most = min(discount.minor, sum(weights.values()))
        shares |= zip(weights, shared_out(most, list(weights.values())), strict=True)
    return shares


def _reduced(
    terms: Terms, coupon: Coupon, share: int, currency: str, rate: Decimal, number: int
) -> Priced:
    """What is left when a coupon is taken off; `share` is the item's of a fixed amount."""
    whole = terms.price.exact_total(terms.quantity)
    full = _part(whole, terms, currency, rate, number)
    if isinstance(coupon.discount, PercentOff):
        off = whole * Fraction(coupon.discount.percent) / 100
        left = _part(whole - off, terms, currency, rate, number)
        taken = _reduction(coupon, off / terms.instalments, str(coupon.discount), full.amount)
        return left._replace(reduction=taken)
    kind = coupon.discount.tax
    rule = f"{exact_text(to_exact(coupon.discount.minor, currency))} {kind.value}"
    minor = part_in(full.amount, kind) - share
    return Priced(
        split(minor, kind, rate) if share else full.amount,
        to_exact(minor, currency),
        reduction=_reduction(coupon, to_exact(share, currency), rule, full.amount),
    )


def _reduction(coupon: Coupon, off: Fraction, rule: str, full: Split) -> Reduction:
    return Reduction(
        code=coupon.code,
        promotion_id=coupon.promotion_id,
        promotion_name=coupon.promotion_name,
        rule=rule,
        amount=exact_text(off),
        full=full,
    )


def exact_text(exact: Fraction) -> str:
    """An exact figure for a reader: at most six decimals."""
    numerator, denominator = exact.as_integer_ratio()
    if denominator == 1:
        return str(numerator)
    whole = Decimal(numerator) / Decimal(denominator)
    text = f"{whole:.6f}".rstrip("0").rstrip(".")
    return text or "0"
