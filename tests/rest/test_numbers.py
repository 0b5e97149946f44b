"""Numbers on the wire: R25 out, R26 in."""

from decimal import Decimal
from time import process_time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollbridge.domain.currency import MINOR_UNITS
from tollbridge.rest.numbers import amount, bounded, exact

_ENCODE = msgspec.json.Encoder(decimal_format="number").encode
SECONDS_MAX = 0.05  # of processor time: arithmetic on a million digits takes many times as long


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (5000, "USD", b"50.0"),
        (4202, "USD", b"42.02"),
        (4210, "USD", b"42.1"),
        (0, "USD", b"0.0"),
        (1, "USD", b"0.01"),
        (-798, "USD", b"-7.98"),
        (-5, "EUR", b"-0.05"),
        (39211, "JPY", b"39211.0"),
        (0, "JPY", b"0.0"),
        (1500, "KWD", b"1.5"),
        (1501, "KWD", b"1.501"),
        (10**15, "USD", b"10000000000000.0"),
        (10**15, "JPY", b"1000000000000000.0"),
    ],
)
def test_amounts_are_written_like_the_samples(minor: int, currency: str, written: bytes) -> None:
    """R25: at the minor unit, without trailing zeros, with at least one decimal."""
    assert _ENCODE(amount(minor, currency)) == written


@given(st.integers(-(10**15), 10**15), st.sampled_from(sorted(MINOR_UNITS)))
def test_written_amounts_read_back(minor: int, currency: str) -> None:
    """R25: what is written is exactly the amount, as a plain decimal."""
    text = _ENCODE(amount(minor, currency)).decode()
    assert Decimal(text).scaleb(MINOR_UNITS[currency]) == minor
    whole, _, fraction = text.partition(".")
    assert fraction == "0" or not fraction.endswith("0")
    assert whole.lstrip("-").isdigit()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("4.0", "4.0"),
        ("135.00", "135.00"),
        ("0.0000000001", "0.0000000001"),
        ("999999999999999.9999999999", "999999999999999.9999999999"),
        ("-1.5", "-1.5"),
        ("1e2", "100"),
        ("1E+5", "100000"),
        ("12.5e-1", "1.25"),
        ("1.50000000000000000000", "1.50000000000000000000"),
        ("0e-999999", "0"),
        ("-0.0", "0"),
    ],
)
def test_numbers_are_read_exactly(text: str, number: str) -> None:
    """R26: every digit counts, and an exponent is resolved."""
    assert f"{exact(text):f}" == number


@pytest.mark.parametrize(
    "text",
    [
        "1e999999",
        "-1e999999",
        "1e99999999999999999999",
        "0e999999",
        "1e-999999",
        "NaN",
        "sNaN",
        "Infinity",
        "-Infinity",
        "1000000000000000",
        "1e15",
        "0.00000000001",
        "1.00000000001",
        "9" * 5000,
        "0." + "9" * 5000,
        "",
        "abc",
        "1,5",
        "1_0000_0e999999",
    ],
)
def test_numbers_without_bounds_are_refused_cheaply(text: str) -> None:
    """R26: what no price can be is refused before any arithmetic."""
    began = process_time()
    with pytest.raises(ValueError, match=r"number|digits"):
        exact(text)
    assert process_time() - began < SECONDS_MAX


@given(st.text(st.characters(codec="ascii"), max_size=80))
def test_reading_a_number_gives_a_bounded_one_or_refuses(text: str) -> None:
    """R26: no text leads anywhere else."""
    try:
        number = exact(text)
    except ValueError:
        return
    assert abs(number) < 10**15
    assert number == number.quantize(Decimal(1).scaleb(-10))


def test_whole_numbers_have_the_same_bounds() -> None:
    """R26: at most 15 digits."""
    assert bounded(10**15 - 1) == 10**15 - 1
    for number in (10**15, -(10**15), 10**400):
        with pytest.raises(ValueError, match="15 digits"):
            bounded(number)
