"""A forecast is what happens if nobody interferes (DESIGN 3)."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import islice, takewhile

import pytest
from hypothesis import given
from msgspec.structs import replace

from tests.billing import bills, day, due_days, run
from tests.domain.lives import Step, beginnings
from tests.given import (
    ACTION_REQUIRED,
    ALIGN,
    CAPTURED,
    DATA_40,
    DECLINED,
    GOLD,
    PLATINUM,
    SEAT,
    STANDARD,
    UNKNOWN,
    Life,
    Settings,
    paid,
)
from tollbridge.domain.events import (
    Event,
    IntervalAdvanced,
    PaymentCaptured,
    PaymentStarted,
    PurchaseOpened,
)
from tollbridge.domain.forecast import Foreseen, forecast
from tollbridge.domain.refusal import Refusal
from tollbridge.domain.subscription import RenewalType

YEARS = timedelta(days=3 * 365)


def foreseen(life: Life, until: timedelta = YEARS) -> list[Foreseen]:
    """What is foreseen from now on for a while."""
    end = life.now + until
    return list(takewhile(lambda one: one.at <= end, forecast(life.subscription, life.around)))


def bills_of(life: Life) -> Iterator[tuple[str, int]]:
    """The date and the gross amount of each bill that is foreseen."""
    for one in forecast(life.subscription, life.around):
        if one.purchase is not None:
            yield f"{one.at:%Y-%m-%d}", one.purchase.total.gross


def nameless(event: Event) -> Event:
    """The event without the ids and keys that only what really happens has."""
    if isinstance(event, PurchaseOpened):
        return replace(event, purchase=replace(event.purchase, id=0))
    if isinstance(event, PaymentStarted):
        return replace(event, purchase_id=0, key="")
    if isinstance(event, PaymentCaptured):
        return replace(event, purchase_id=0, reference="")
    if isinstance(event, IntervalAdvanced):
        paid = {number: replace(part, purchase_id=0) for number, part in event.paid.items()}
        return replace(event, paid=paid)
    return replace(event, purchase_id=0) if hasattr(event, "purchase_id") else event


def assert_foreseen(life: Life) -> None:
    """What is foreseen for three years is what then happens, event by event."""
    expected = [nameless(event) for one in foreseen(life) for event in one.events]
    happened = [nameless(event) for event in run(life, until=life.now + YEARS)]
    assert happened == expected


@pytest.mark.parametrize(
    "settings", [Settings(), Settings(reminder_days=3), Settings(grace_days=0, hold_days=0)]
)
@pytest.mark.parametrize("renewal_type", RenewalType)
def test_what_is_foreseen_happens(settings: Settings, renewal_type: RenewalType) -> None:
    """R5, R6, R16, R21: months and years, with counts, reminders and manual renewal."""
    short = replace(SEAT, recurrence_count=5)
    for lines in ([(GOLD, 1), (short, 10)], [(STANDARD, 1)], [(DATA_40, 2)]):
        life = paid(
            *lines,
            now=day("2021-01-31"),
            products=[GOLD, STANDARD, DATA_40, short],
            renewal_type=renewal_type,
            **settings,
        )
        assert_foreseen(life)


@given(beginnings())
def test_whatever_has_happened(beginning: tuple[Life, list[Step]]) -> None:
    """DESIGN 3: after any life, three more years are as foreseen."""
    life, steps = beginning
    for step in steps:
        with suppress(Refusal):
            step.take(life)
    if life.under_way:
        life.settle(CAPTURED)
    assert_foreseen(life)


def test_nothing_is_kept() -> None:
    """A forecast reads, and changes nothing."""
    life = paid((GOLD, 1))
    before, known = life.subscription, len(life.events)
    foreseen(life)
    assert (life.subscription, len(life.events)) == (before, known)


def test_it_has_no_end() -> None:
    """It is asked for as far as somebody wants to look."""
    life = paid((GOLD, 1), now=day("2024-01-31"))
    assert [amount for _, amount in islice(bills_of(life), 100)] == [10000] * 100


def test_bills_with_their_dates() -> None:
    """The next three bills, a change that waits included."""
    life = paid((GOLD, 1), now=day("2024-01-31"))
    life.change(product_id=PLATINUM.id)
    assert list(islice(bills_of(life), 3)) == [
        ("2024-02-29", 15000),
        ("2024-03-31", 15000),
        ("2024-04-30", 15000),
    ]


def test_a_retry_names_what_it_charges() -> None:
    """R20: the open bill, with the retry that is foreseen to succeed."""
    life = paid((GOLD, 1), now=day("2024-01-01"))
    run(life, until="2024-02-01", plan=[DECLINED])
    first = next(forecast(life.subscription, life.around))
    assert (first.at, first.purchase and first.purchase.id) == (day("2024-02-02"), 101)
    assert first.after.next_billing == day("2024-03-02")


def test_it_stops_before_what_nobody_knows() -> None:
    """R7: an outcome that is not known is not guessed."""
    life = paid((GOLD, 1), now=day("2024-01-01"))
    life.wait(days=10)
    life.change(product_id=PLATINUM.id, alignment=ALIGN)
    life.settle(UNKNOWN)
    assert foreseen(life) == []


def test_it_guesses_nothing_of_a_customer_either() -> None:
    """R7, R20: who does not confirm is on hold after grace, and then out."""
    life = paid((GOLD, 1), now=day("2024-01-01"))
    run(life, until="2024-02-01", plan=[ACTION_REQUIRED])
    kinds = [type(event).__name__ for one in foreseen(life) for event in one.events]
    assert kinds == ["HoldStarted", "ItemsDeactivated"]


def test_what_is_overdue_is_foreseen_for_now() -> None:
    """R5: each missed bill is at once, for its own date."""
    life = paid((GOLD, 1), now=day("2023-01-01"))
    life.now = day("2023-04-15")
    dates = [on for on, _ in islice(bills_of(life), 4)]
    assert dates == ["2023-04-15"] * 3 + ["2023-05-01"]
    run(life, until=life.now)
    assert (due_days(life), len(bills(life))) == (["2023-02-01", "2023-03-01", "2023-04-01"], 3)


def test_what_was_missed_is_foreseen_one_after_the_other() -> None:
    """R22, R24: the first bill waits 15 minutes, and no later step is foreseen before it."""
    life = paid((GOLD, 1), now=day("2023-01-01"))
    life.wait(days=5)
    life.deactivate(1)
    life.now = day("2023-04-15")
    life.reinstate(1)
    times = [one.at for one in islice(forecast(life.subscription, life.around), 4)]
    assert times[0] == life.now + timedelta(minutes=15)
    assert times == sorted(times)
