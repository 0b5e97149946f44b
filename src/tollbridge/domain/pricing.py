"""What whole intervals of items cost on one bill, coupons taken off (R10, R15)."""

from collections.abc import Iterable, Mapping, Sequence
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
    """What an item costs: the amount, and the exact figure that it was rounded from."""

    amount: Split
    exact: Fraction
    reduction: Reduction | None = None


def rounded(exact: Fraction, terms: Terms, currency: str, rate: Decimal) -> Split:
    """The split of an exact amount in the tax kind of these terms; NotAllowed when too large."""
    minor = to_minor(exact, currency)
    if abs(minor) > LINE_MAX:
        raise NotAllowed("amount_too_large", "The amount is too large", field="Quantity")
    return split(minor, terms.price.tax, rate)


def full_price(terms: Terms, currency: str, rate: Decimal) -> Split:
    """What one whole interval of these terms costs (V3, V4, V19, V21)."""
    return rounded(terms.price.exact_total(terms.quantity), terms, currency, rate)


def billed_prices(
    items: Sequence[Item], currency: str, rate: Decimal, *, first: bool = False
) -> tuple[Priced, ...]:
    """What one bill for these items asks for each: the initial purchase (`first`) or a renewal.

    A percentage is a part of the line and rounded with it. A fixed amount is shared out over the
    lines of its coupon by largest remainder before they are split (R10), and is never more than
    they come to.
    """
    counted = {
        item.running_no: item.coupon
        for item in items
        if item.coupon is not None and item.coupon.counts(first=first)
    }
    shares = _fixed_shares(items, counted, currency, rate) if counted else {}
    return tuple(
        _priced(item.latest, counted.get(item.running_no), shares, item.running_no, currency, rate)
        for item in items
    )


def part_in(amount: Split, kind: TaxKind) -> int:
    """The side of an amount that a price of this kind names, in minor units."""
    return amount.gross if kind is TaxKind.GROSS else amount.net


def shared_out(minor: int, weights: Sequence[int]) -> tuple[int, ...]:
    """`minor` by weight, and nothing where nothing weighs anything (R10)."""
    return allocate(minor, weights) if any(weights) else (0,) * len(weights)


def _fixed_shares(
    items: Iterable[Item], counted: Mapping[int, Coupon], currency: str, rate: Decimal
) -> dict[int, int]:
    """What each item gets of the fixed amount of its coupon, by running number.

    A coupon that several items hold is one amount; coupons applied apart are one each (R15).
    """
    groups: dict[tuple[Origin, AmountOff], dict[int, int]] = {}
    for item in items:
        coupon = counted.get(item.running_no)
        if coupon is not None and isinstance(coupon.discount, AmountOff):
            whole = full_price(item.latest, currency, rate)
            weights = groups.setdefault((coupon.origin, coupon.discount), {})
            weights[item.running_no] = part_in(whole, coupon.discount.tax)
    shares: dict[int, int] = {}
    for (_, discount), weights in groups.items():
        most = min(discount.minor, sum(weights.values()))
        shares |= zip(weights, shared_out(most, list(weights.values())), strict=True)
    return shares


def _priced(
    terms: Terms,
    coupon: Coupon | None,
    shares: Mapping[int, int],
    running_no: int,
    currency: str,
    rate: Decimal,
) -> Priced:
    whole = terms.price.exact_total(terms.quantity)
    full = rounded(whole, terms, currency, rate)
    if coupon is None:
        return Priced(full, whole)
    if isinstance(coupon.discount, PercentOff):
        off = whole * Fraction(coupon.discount.percent) / 100
        amount = rounded(whole - off, terms, currency, rate)
        return Priced(amount, whole - off, _reduction(coupon, off, str(coupon.discount), full))
    share, kind = shares[running_no], coupon.discount.tax
    left = part_in(full, kind) - share
    rule = f"{exact_text(to_exact(coupon.discount.minor, currency))} {kind.value}"
    return Priced(
        split(left, kind, rate) if share else full,
        to_exact(left, currency),
        _reduction(coupon, to_exact(share, currency), rule, full),
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
