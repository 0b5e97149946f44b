"""Money is rounded, split and shared out in one place each (R10)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import Currency

from tests.given import GROSS, NET
from tollbridge.domain.currency import MINOR_UNITS, is_currency, minor_units
from tollbridge.domain.money import (
    ZERO,
    Split,
    TaxKind,
    allocate,
    convert,
    round_ratio,
    split,
    to_exact,
    to_minor,
    total,
)

GERMANY = Decimal("0.19")

minors = st.integers(-(10**15), 10**15)
rates = st.decimals(0, 1, places=4)
kinds = st.sampled_from(TaxKind)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [
        (0, 1, 0),
        (1, 2, 1),
        (-1, 2, -1),
        (3, 2, 2),
        (-3, 2, -2),
        (5, 2, 3),
        (-5, 2, -3),
        (1, 3, 0),
        (2, 3, 1),
        (-1, 3, 0),
        (-2, 3, -1),
        (499, 1000, 0),
        (501, 1000, 1),
        (10**30 + 1, 2, 10**30 // 2 + 1),
    ],
)
def test_halves_go_away_from_zero(numerator: int, denominator: int, rounded: int) -> None:
    """R10: half up, and negative amounts mirror positive ones."""
    assert round_ratio(numerator, denominator) == rounded


@given(st.integers(-(10**20), 10**20), st.integers(1, 10**12))
def test_rounding_is_to_the_nearest(numerator: int, denominator: int) -> None:
    """R10: never more than half a unit off, and a reversal is the exact opposite."""
    rounded = round_ratio(numerator, denominator)
    assert abs(Fraction(numerator, denominator) - rounded) <= Fraction(1, 2)
    assert round_ratio(-numerator, denominator) == -rounded


@pytest.mark.parametrize(
    ("minor", "expected"),
    [
        (5000, Split(5000, 4202, 798)),  # V3
        (1000, Split(1000, 840, 160)),  # V4
        (13500, Split(13500, 11345, 2155)),  # V2
        (15000, Split(15000, 12605, 2395)),  # V1
        (5032, Split(5032, 4229, 803)),  # V1
        (-5000, Split(-5000, -4202, -798)),
        (0, ZERO),
    ],
)
def test_gross_lines_of_the_documents(minor: int, expected: Split) -> None:
    """R10, V1 to V4: net = round(gross / 1.19), VAT is the rest."""
    assert split(minor, GROSS, GERMANY) == expected


@pytest.mark.parametrize(
    ("minor", "expected"),
    [
        (10000, Split(11900, 10000, 1900)),
        (4202, Split(5000, 4202, 798)),
        (50, Split(60, 50, 10)),  # 9.5 is rounded up
        (-50, Split(-60, -50, -10)),
    ],
)
def test_net_lines(minor: int, expected: Split) -> None:
    """R10: VAT = round(net x rate), gross is the sum."""
    assert split(minor, NET, GERMANY) == expected


@given(minors, kinds, rates)
def test_gross_is_net_plus_vat(minor: int, kind: TaxKind, rate: Decimal) -> None:
    """R10: always; what was given stays, and each part has the sign of the whole."""
    parts = split(minor, kind, rate)
    assert parts.gross == parts.net + parts.vat
    assert (parts.gross if kind is GROSS else parts.net) == minor
    assert parts.net * parts.vat >= 0
    assert split(-minor, kind, rate) == -parts


@given(minors, rates)
def test_gross_split_is_the_nearest_net(minor: int, rate: Decimal) -> None:
    """R10: the net of a gross line is off by half a cent at most."""
    net = split(minor, GROSS, rate).net
    assert abs(Fraction(minor) / (1 + Fraction(rate)) - net) <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("39210.5", "JPY", 39211),  # subscription-api.md 1.7
        ("39210.49", "JPY", 39210),
        ("-39210.5", "JPY", -39211),
        ("50.32383561", "USD", 5032),
        ("0.005", "USD", 1),
        ("0.0005", "KWD", 1),
        ("1.00005", "CLF", 10001),
    ],
)
def test_rounding_knows_the_currency(amount: str, currency: str, minor: int) -> None:
    """R10: half up to the minor unit of the currency; JPY has none."""
    assert to_minor(Fraction(amount), currency) == minor


@given(minors, st.sampled_from(sorted(MINOR_UNITS)))
def test_minor_units_go_there_and_back(minor: int, currency: str) -> None:
    """Nothing is lost between minor units and exact amounts."""
    assert to_minor(to_exact(minor, currency), currency) == minor


@given(st.lists(st.builds(Split, minors, minors, minors)))
def test_a_total_is_the_sum_of_its_lines(splits: list[Split]) -> None:
    """R10: each part is added up for itself."""
    added = ZERO
    for part in splits:
        added += part
    assert total(splits) == added
    assert total([*splits, *(-part for part in splits)]) == ZERO


@given(st.fractions(-(10**9), 10**9), kinds, rates)
def test_convert_there_and_back_is_exact(amount: Fraction, kind: TaxKind, rate: Decimal) -> None:
    """R11: between gross and net nothing is rounded."""
    other = NET if kind is GROSS else GROSS
    assert convert(convert(amount, kind, other, rate), other, kind, rate) == amount
    assert convert(amount, kind, kind, rate) == amount


def test_convert_adds_or_takes_off_the_tax() -> None:
    """R11: 100.00 net at 19 % are 119.00 gross."""
    assert convert(Fraction(100), NET, GROSS, GERMANY) == 119
    assert convert(Fraction(119), GROSS, NET, GERMANY) == 100


@pytest.mark.parametrize(
    ("minor", "weights", "parts"),
    [
        (100, [1, 1, 1], (34, 33, 33)),  # a tie goes to the earlier
        (200, [1, 1, 1], (67, 67, 66)),
        (-100, [1, 1, 1], (-34, -33, -33)),
        (5, [0, 1, 1], (0, 3, 2)),
        (0, [3, 4], (0, 0)),
        (1000, [3995, 8000, 21500], (119, 239, 642)),
    ],
)
def test_shares_by_largest_remainder(
    minor: int, weights: list[int], parts: tuple[int, ...]
) -> None:
    """R10: how a fixed discount is spread over lines."""
    assert allocate(minor, weights) == parts


@given(minors, st.lists(st.integers(0, 10**12), min_size=1, max_size=12).filter(any))
def test_shares_add_up_and_are_fair(minor: int, weights: list[int]) -> None:
    """R10: the parts sum exactly, and none is a whole unit off its fair share."""
    parts = allocate(minor, weights)
    assert sum(parts) == minor
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(minor * weight, sum(weights))) < 1


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_shares_need_weights(weights: list[int]) -> None:
    """Nothing can be shared out by no weight or a negative one."""
    with pytest.raises(ValueError, match="weights"):
        allocate(100, weights)


def test_currencies_are_those_of_iso_4217() -> None:
    """The table agrees with the `iso4217` package, code by code, exponent by exponent."""
    published = {
        currency.code: currency.exponent for currency in Currency if currency.exponent is not None
    }
    assert published == MINOR_UNITS


def test_what_is_no_currency() -> None:
    """Gold, test codes and other spellings are no currency that an amount can be in."""
    assert is_currency("USD")
    for code in ("XAU", "XXX", "XTS", "usd", "", "US", "USDX"):
        assert not is_currency(code)
        with pytest.raises(KeyError):
            minor_units(code)
