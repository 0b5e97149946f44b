"""What units cost: flat, in graduated tiers, in each currency (R9, V25)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.given import GROSS, NET, SEAT, price
from tollbridge.domain.money import TaxKind
from tollbridge.domain.price import Price, Tier, flat
from tollbridge.domain.refusal import Kind, NotAllowed

amounts = st.decimals(0, 10**6, places=4)


@st.composite
def tier_tables(draw: st.DrawFn) -> Price:
    """Any table of up to six tiers."""
    firsts = draw(st.lists(st.integers(2, 60), max_size=5, unique=True).map(sorted))
    tiers = tuple(Tier(first, draw(amounts)) for first in (1, *firsts))
    return Price(draw(st.sampled_from(TaxKind)), tiers)


@pytest.mark.parametrize(
    ("quantity", "exact"), [(1, 10), (10, 100), (11, 108), (15, 140), (20, 180), (0, 0)]
)
def test_graduated_tiers(quantity: int, exact: int) -> None:
    """V25: 1 to 10 at 10, from 11 at 8; fifteen seats cost 140."""
    assert price("10", from11="8").exact_total(quantity) == exact


@given(tier_tables(), st.integers(0, 100))
def test_tiers_are_the_sum_of_their_units(table: Price, quantity: int) -> None:
    """V25: the same as pricing unit by unit."""
    by_unit = Fraction(0)
    for unit in range(1, quantity + 1):
        by_unit += Fraction([tier.amount for tier in table.tiers if tier.first <= unit][-1])
    assert table.exact_total(quantity) == by_unit


@given(amounts, st.integers(0, 10**9))
def test_flat_prices(amount: Decimal, quantity: int) -> None:
    """A flat price is quantity x amount, exactly."""
    assert flat(amount, GROSS).exact_total(quantity) == Fraction(amount) * quantity


def test_prices_below_a_cent_are_exact() -> None:
    """DESIGN 4: usage prices go below a cent."""
    assert flat(Decimal("0.0000000001"), NET).exact_total(3) == Fraction(3, 10**10)


def test_prices_can_be_read() -> None:
    """A price says in a line's explanation what it is."""
    assert str(flat(Decimal("5.00"), GROSS)) == "5.00 gross"
    assert str(price("10", NET, from11="8")) == "from 1: 10, from 11: 8 net"


def test_a_product_has_a_price_in_each_of_its_currencies() -> None:
    """R9: the catalog is asked in the subscription's currency."""
    assert SEAT.price_in("USD") == flat(Decimal("5.00"), GROSS)
    assert SEAT.price_in("EUR") == flat(Decimal("4.50"), GROSS)


def test_a_product_is_not_sold_in_other_currencies() -> None:
    """R17: understood but not allowed."""
    with pytest.raises(NotAllowed) as refused:
        SEAT.price_in("CHF")
    assert refused.value.kind is Kind.NOT_ALLOWED
    assert refused.value.reason == "currency_not_sold"
