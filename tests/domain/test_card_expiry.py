"""The notice that a card will have expired when it is charged next (platform.md g)."""

import pytest
from msgspec import convert
from msgspec.structs import replace

from tests.billing import day, days_of, run
from tests.given import CARD, GOLD, STANDARD, WIRE, Life, customer, paid, product
from tollbridge.domain.customer import PaymentMethod
from tollbridge.domain.events import CardChecked, CardExpiring
from tollbridge.domain.facts import Parties
from tollbridge.domain.payment import StoredCard
from tollbridge.domain.profile import decide_card_update, decide_reference_change
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


@pytest.mark.parametrize(
    ("every", "start", "told"),
    [("P1M", "2024-01-03", ["2024-02-03"]), ("P2M", "2023-12-03", ["2024-03-03"])],
)
def test_once_for_each_card(every: str, start: str, told: list[str]) -> None:
    """However often it is billed since, be the notice with the bill or a month before one."""
    life = living(every, start, expiring(3, 2024))
    assert days_of(run(life, until="2025-02-01"), CardExpiring) == told


@pytest.mark.parametrize("every", ["P1M", "P2M"])
def test_a_new_card_is_told_of_anew(every: str) -> None:
    """What was told was of the card before; another part of the profile makes no new card."""
    life = living(every, "2024-01-03", expiring(3, 2024))
    assert len(days_of(run(life, until="2024-06-10"), CardExpiring)) == 1
    life.keep(decide_reference_change(life.subscription, parties(life), "4711", life.around))
    assert days_of(run(life, until="2024-08-10"), CardExpiring) == []
    change_card(life, expiring(1, 2025))
    assert life.subscription.card_told is False
    assert days_of(run(life, until="2025-06-01"), CardExpiring) == ["2024-12-03"]


def test_a_new_card_that_does_not_last_either_is_told_at_once() -> None:
    """The month before the billing date has begun, and the old card was looked at already."""
    life = living("P1Y", "2023-06-15", expiring(5, 2024))
    assert days_of(run(life, until="2024-05-20"), CardExpiring) == ["2024-05-15"]
    change_card(life, expiring(6, 2024))
    assert days_of(run(life, until="2024-06-14"), CardExpiring) == ["2024-05-20"]


def parties(life: Life) -> Parties:
    """The customer with the card that is stored."""
    return Parties(customer(), life.method)


def change_card(life: Life, card: PaymentMethod) -> None:
    """The customer's card is another one from now on."""
    stored = convert(card, StoredCard, from_attributes=True)
    life.keep(decide_card_update(life.subscription, parties(life), stored, life.around))
    life.method = card


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
