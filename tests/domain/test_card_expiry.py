"""The notice that a card will have expired when it is charged next (platform.md g)."""

import pytest
from msgspec.structs import replace

from tests.billing import day, days_of, run
from tests.given import CARD, GOLD, STANDARD, WIRE, Life, paid, product
from tollbridge.domain.customer import PaymentMethod
from tollbridge.domain.events import CardChecked, CardExpiring
from tollbridge.domain.subscription import RenewalType


def expiring(month: int, year: int) -> PaymentMethod:
    """The card, expiring at the end of this month."""
    return replace(CARD, expiry_month=month, expiry_year=year)


def living(every: str, start: str, card: PaymentMethod = CARD) -> Life:
    """A subscription with this interval and card."""
    one = product(43, "5", every=every)
    life = paid((one, 1), now=day(start), products=[one])
    life.method = card
    return life


@pytest.mark.parametrize(
    ("every", "start", "card", "until", "told"),
    [
        # With intervals of a month or less the notice comes with the bill before: 3 February for
        # a card of March that is charged on 3 March.
        ("P1M", "2024-01-03", expiring(3, 2024), "2024-02-28", ["2024-02-03"]),
        ("P1M", "2024-01-03", expiring(4, 2024), "2024-02-28", []),
        ("P1M", "2023-12-31", expiring(2, 2024), "2024-02-28", ["2024-01-31"]),
        ("P31D", "2024-01-01", expiring(3, 2024), "2024-02-28", ["2024-02-01"]),
        ("P7D", "2024-01-01", expiring(1, 2024), "2024-01-10", ["2024-01-08"]),
        # Longer ones: a month before.
        ("P1Y", "2023-06-15", expiring(6, 2024), "2024-06-14", ["2024-05-15"]),
        ("P1Y", "2023-06-15", expiring(1, 2024), "2024-06-14", ["2024-05-15"]),
        ("P1Y", "2023-06-15", expiring(7, 2024), "2024-06-14", []),
        ("P3M", "2023-12-31", expiring(3, 2024), "2024-03-30", ["2024-02-29"]),
        ("P2M", "2024-01-01", expiring(3, 2024), "2024-02-29", ["2024-02-01"]),
        ("P1Y", "2023-06-15", WIRE, "2024-06-14", []),
    ],
)
def test_when_the_customer_is_told(
    every: str, start: str, card: PaymentMethod, until: str, told: list[str]
) -> None:
    """Before the charge for which it will be too old, and not otherwise."""
    life = living(every, start, card)
    assert days_of(run(life, until=until), CardExpiring) == told


def test_a_card_that_lasts_is_looked_at_once() -> None:
    """The journal keeps that it was, so that nobody looks again."""
    life = living("P1Y", "2020-01-01")
    happened = run(life, until="2022-12-31")
    assert days_of(happened, CardChecked) == ["2020-12-01", "2021-12-01", "2022-12-01"]
    numbers = [event.number for event in happened if isinstance(event, CardChecked)]
    assert numbers == [1, 2, 3]


def test_once_for_each_bill() -> None:
    """As long as the card is not replaced, each bill of it is announced once."""
    life = living("P1M", "2024-01-03", expiring(1, 2024))
    happened = run(life, until="2024-04-30")
    numbers = [event.number for event in happened if isinstance(event, CardExpiring)]
    assert numbers == [2, 3, 4]


def test_manual_renewal_is_not_told() -> None:
    """The customer pays with what is at hand then."""
    for sold in (GOLD, STANDARD):
        life = paid((sold, 1), now=day("2024-01-01"), renewal_type=RenewalType.MANUAL)
        life.method = expiring(2, 2024)
        assert days_of(run(life, until="2026-01-01"), CardExpiring) == []


def test_a_moved_date_is_looked_at_again() -> None:
    """A card that lasted until the old date may not last until the new one."""
    life = living("P1Y", "2023-06-15", expiring(9, 2024))
    assert days_of(run(life, until="2024-06-01"), CardExpiring) == []
    life.move_billing_date(day("2024-10-15"))
    assert days_of(run(life, until="2024-10-01"), CardExpiring) == ["2024-09-15"]


def test_what_is_cancelled_is_not_told() -> None:
    """R19: nothing is due any more."""
    life = living("P1Y", "2023-06-15", expiring(6, 2024))
    life.deactivate(1)
    assert run(life, until="2025-01-01") == []


def test_the_last_bill_has_no_next_one() -> None:
    """R16: with all its renewals done nothing will be charged, so nothing is announced."""
    short = replace(GOLD, recurrence_count=1)
    life = paid((short, 1), now=day("2024-01-03"), products=[short])
    life.method = expiring(3, 2024)
    assert days_of(run(life, until="2024-04-01"), CardExpiring) == []
