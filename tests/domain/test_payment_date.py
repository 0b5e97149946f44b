"""Whether a late payment moves the later dates (R5)."""

from datetime import timedelta

import pytest

from tests.billing import day, due_days, next_date, pay, receive, run
from tests.given import (
    ACTION_REQUIRED,
    CAPTURED,
    DECLINED,
    GOLD,
    NET_14,
    SECOND,
    STANDARD,
    UNKNOWN,
    WIRE,
    Life,
    ordered,
    paid,
)
from tollbridge.domain.payment import Outcome
from tollbridge.domain.subscription import RenewalType


def due_on(date: str, *, sync: bool = True) -> Life:
    """Gold, billed next on this date, the last day of February aside."""
    life = paid((GOLD, 1), now=day(date) - timedelta(days=40), sync_with_payment_date=sync)
    life.move_billing_date(day(date))
    return life


@pytest.mark.parametrize(
    ("due", "sync", "paid_on", "following"),
    [
        ("2024-03-01", True, "2024-03-02", ["2024-04-02", "2024-05-02"]),
        ("2024-03-01", False, "2024-03-02", ["2024-04-01", "2024-05-01"]),
        # Month ends: the day of the payment is the new day, and comes back after short months.
        ("2024-01-30", True, "2024-01-31", ["2024-02-29", "2024-03-31"]),
        ("2024-01-31", True, "2024-02-01", ["2024-03-01", "2024-04-01"]),
        ("2024-01-31", False, "2024-02-01", ["2024-02-29", "2024-03-31"]),
        ("2023-01-30", True, "2023-01-31", ["2023-02-28", "2023-03-31"]),
        # A leap day as a payment day.
        ("2024-02-28", True, "2024-02-29", ["2024-03-29", "2024-04-29"]),
        # Years in the past, across the end of a year.
        ("1999-12-31", True, "2000-01-01", ["2000-02-01", "2000-03-01"]),
    ],
)
def test_paid_by_a_retry_on_the_next_day(
    due: str, paid_on: str, following: list[str], *, sync: bool
) -> None:
    """R5: with the setting, the capture on a later calendar day is the new anchor."""
    life = due_on(due, sync=sync)
    run(life, until=paid_on, plan=[DECLINED])
    dates = [next_date(life)]
    run(life, until=life.subscription.next_billing)
    assert [*dates, next_date(life)] == following


@pytest.mark.parametrize(
    ("at", "following"),
    [("2024-03-01T23:59:59", "2024-04-01 00:00"), ("2024-03-02T00:00:00", "2024-04-02 00:00")],
)
def test_the_same_calendar_day_is_in_time(at: str, following: str) -> None:
    """R5: UTC days count, not hours; the anchor keeps the time of the payment."""
    life = due_on("2024-03-01")
    run(life, until="2024-03-01", plan=[DECLINED])
    life.now = day(at)
    pay(life)
    life.settle(CAPTURED)
    assert f"{life.subscription.next_billing:%Y-%m-%d %H:%M}" == following


def test_a_year_from_a_leap_day() -> None:
    """R5: 29 February is 28 February in common years and comes back in 2028."""
    life = paid((STANDARD, 1), now=day("2023-02-28"))
    run(life, until="2024-02-29", plan=[DECLINED])
    assert next_date(life) == "2025-02-28"
    run(life, until="2027-03-01")
    assert due_days(life) == ["2024-02-28", "2025-02-28", "2026-02-28", "2027-02-28"]
    assert next_date(life) == "2028-02-29"


@pytest.mark.parametrize("late", [timedelta(hours=30), timedelta(days=12), timedelta(days=400)])
def test_a_late_worker_moves_nothing(late: timedelta) -> None:
    """R5: interval arithmetic uses the nominal instant, however late the bill is made."""
    life = due_on("2024-03-01")
    run(life, until="2026-06-01", late=late)
    assert {on[-2:] for on in due_days(life)} == {"01"}
    assert life.subscription.next_billing.day == 1


@pytest.mark.parametrize(
    ("first", "following"), [(UNKNOWN, "2024-04-01"), (ACTION_REQUIRED, "2024-04-05")]
)
def test_a_late_answer(first: Outcome, following: str) -> None:
    """R5: what the gateway is late with moves nothing; what the customer is late with does."""
    life = due_on("2024-03-01")
    run(life, until="2024-03-01", plan=[first])
    life.now = day("2024-03-05")
    life.settle(CAPTURED)
    assert next_date(life) == following


def test_an_unknown_retry_counts_from_when_it_was_tried() -> None:
    """R5: the second try was on 2 March, whenever its answer came."""
    life = due_on("2024-03-01")
    run(life, until="2024-03-02", plan=[DECLINED, UNKNOWN])
    life.now = day("2024-03-09")
    life.settle(CAPTURED)
    assert next_date(life) == "2024-04-02"


def test_the_new_interval_begins_with_the_payment() -> None:
    """R5, R11: so proration divides by days that were paid for."""
    life = due_on("2024-03-01")
    run(life, until="2024-03-02", plan=[DECLINED])
    running = life.subscription.running
    assert (running.start, running.end) == (day("2024-03-02"), day("2024-04-02"))
    life.now = running.start + SECOND
    assert life.preview(quantity=2).alignment.gross == 0


def test_money_by_wire() -> None:
    """R5: received late moves the dates, like any payment of the customer's own."""
    life = ordered((GOLD, 1), now=day("2024-02-01"), method=WIRE)
    receive(life)
    run(life, until="2024-03-04")
    receive(life)
    assert next_date(life) == "2024-04-04"


def test_an_invoice_on_terms() -> None:
    """R5: may be paid later, and so moves nothing."""
    life = ordered((GOLD, 1), now=day("2024-02-01"), method=NET_14)
    receive(life)
    run(life, until="2024-03-12")
    receive(life)
    assert next_date(life) == "2024-04-01"


def test_an_early_payment() -> None:
    """R5, R6: never moves the anchor."""
    life = paid((GOLD, 1), now=day("2024-01-31"), renewal_type=RenewalType.MANUAL, reminder_days=5)
    run(life, until="2024-02-25")
    pay(life)
    life.settle(CAPTURED)
    assert next_date(life) == "2024-03-31"
