"""Billing what was missed after a reinstatement (R22; V14, V15)."""

import pytest

from tests.billing import ALWAYS_DECLINED, bills, day, days_of, diary, due_days, next_date, pay, run
from tests.given import CAPTURED, DECLINED, GOLD, SEAT, Life, paid, product
from tollbridge.domain.due import next_due
from tollbridge.domain.events import GraceStarted, PurchaseOpened, RenewalReminded
from tollbridge.domain.subscription import RenewalType, SubscriptionStatus

USAGE = product(30, "250")
YEARLY = product(31, "120", every="P1Y")


def missed(*, until: str = "2023-09-09", reminder_days: int = 0) -> Life:
    """V14: 250.00 a month, cancelled before July, reinstated on 9 September unless told."""
    life = paid((USAGE, 1), now=day("2023-06-01"), products=[USAGE], reminder_days=reminder_days)
    life.now = day("2023-06-30")
    life.deactivate(1)
    life.now = day(until)
    life.reinstate(1)
    return life


def test_v14_what_was_missed_is_billed_one_by_one() -> None:
    """V14: 250.00 each for July, August and September, and 250.00 on 1 October."""
    life = missed()
    happened = run(life, until="2023-10-01")
    assert diary(happened) == [
        "2023-09-09 "
        + " ".join(3 * ["PurchaseOpened PaymentStarted PaymentCaptured IntervalAdvanced"]),
        "2023-10-01 PurchaseOpened PaymentStarted PaymentCaptured IntervalAdvanced",
    ]
    assert due_days(life) == ["2023-07-01", "2023-08-01", "2023-09-01", "2023-10-01"]
    assert [bill.amount.gross for bill in bills(life)] == [25000] * 4
    assert next_date(life) == "2023-11-01"


def test_fifteen_minutes_pass_before_the_first() -> None:
    """R22: time for the documented second call."""
    life = missed()
    assert next_due(life.subscription) == day("2023-09-09T00:15:00")
    assert run(life, until="2023-09-09T00:14:59") == []
    assert run(life, until="2023-09-09T00:15:00") != []


def test_v15_a_moved_date_prevents_it() -> None:
    """V15: reinstated and moved to a minute later: one bill, and the next a year after it."""
    life = paid((YEARLY, 1), now=day("2020-01-01"), products=[YEARLY])
    life.deactivate(1)
    life.now = day("2023-08-03")
    life.reinstate(1)
    life.wait(minutes=1)
    life.move_billing_date(day("2023-08-03T00:02:00"))
    run(life, until="2024-08-02")
    assert due_days(life) == ["2023-08-03"]
    assert f"{life.subscription.next_billing:%Y-%m-%d %H:%M}" == "2024-08-03 00:02"


def test_each_waits_for_the_one_before() -> None:
    """R22: the second is opened when the first is captured, and not before."""
    life = missed()
    run(life, until="2023-09-10", plan=[DECLINED])
    assert len(days_of(life.events, PurchaseOpened)) == 2
    assert life.subscription.status is SubscriptionStatus.GRACE
    run(life, until="2023-09-12")
    assert due_days(life) == ["2023-07-01", "2023-08-01", "2023-09-01"]
    assert {f"{row.opened_at:%m-%d}" for row in bills(life)} == {"09-09", "09-10"}


def test_late_payment_of_what_was_missed_moves_nothing() -> None:
    """R5, R22: what is billed after the fact keeps its dates; what is late afterwards does not."""
    life = missed()
    run(life, until="2023-09-20", plan=[DECLINED] * 2)
    assert next_date(life) == "2023-10-01"
    run(life, until="2023-10-20", plan=[DECLINED])
    assert next_date(life) == "2023-11-02"


def test_it_is_deactivated_again_when_nothing_is_paid() -> None:
    """R20, R22: grace counts from the bill, not from the date that it is for."""
    life = missed()
    run(life, until="2024-01-01", plan=ALWAYS_DECLINED)
    assert days_of(life.events, GraceStarted) == ["2023-09-09"]
    assert life.subscription.status is SubscriptionStatus.DEACTIVATED
    assert (len(bills(life)), life.subscription.end) == (1, day("2023-07-01"))


def test_nobody_is_reminded_of_what_was_missed() -> None:
    """R6, R22: reminders begin with the first date to come."""
    life = missed(reminder_days=2)
    happened = run(life, until="2023-10-05")
    assert days_of(happened, RenewalReminded) == ["2023-09-29"]


def test_nothing_missed_is_billed_on_its_date() -> None:
    """R22: reinstated in time it is as if nothing had happened."""
    life = missed(until="2023-06-30")
    assert next_due(life.subscription) == day("2023-07-01")


def test_reinstated_on_the_date_itself() -> None:
    """R22: the date is not past yet, and the bill comes at once."""
    life = missed(until="2023-07-01")
    assert next_due(life.subscription) == day("2023-07-01")
    run(life, until="2023-07-01")
    assert next_date(life) == "2023-08-01"


def test_one_item_of_several_joins_the_next_bill() -> None:
    """R22: what it missed is not billed."""
    life = paid((GOLD, 1), (SEAT, 10), now=day("2024-01-01"))
    life.deactivate(2)
    run(life, until="2024-03-15")
    life.reinstate(2)
    run(life, until="2024-04-01")
    assert [bill.amount.gross for bill in bills(life)] == [10000, 10000, 15000]


@pytest.mark.parametrize("reminder_days", [0, 20])
def test_it_joins_a_bill_that_is_open_already(reminder_days: int) -> None:
    """R6, R22: the bill is opened again with it."""
    life = paid((GOLD, 1), (SEAT, 10), now=day("2024-01-01"), reminder_days=reminder_days)
    life.deactivate(2)
    run(life, until="2024-01-15")
    life.reinstate(2)
    run(life, until="2024-02-01")
    assert bills(life)[-1].amount.gross == 15000


def test_a_worker_that_sleeps_does_not_make_it_retroactive() -> None:
    """R5, R22: an item that comes back while a bill is overdue waits for no quarter of an hour."""
    life = paid((GOLD, 1), (SEAT, 10), now=day("2024-01-01"))
    life.deactivate(2)
    life.now = day("2024-02-02")
    life.reinstate(2)
    assert next_due(life.subscription) == day("2024-02-01")


def test_manual_renewal_pays_one_after_the_other() -> None:
    """R21, R22: each missed interval is awaited in turn."""
    life = paid(
        (USAGE, 1), now=day("2023-06-01"), products=[USAGE], renewal_type=RenewalType.MANUAL
    )
    life.deactivate(1)
    life.now = day("2023-08-09")
    life.reinstate(1)
    run(life, until="2023-08-10")
    assert due_days(life) == ["2023-07-01"]
    pay_now(life)
    run(life, until="2023-08-10")
    assert due_days(life) == ["2023-07-01", "2023-08-01"]
    pay_now(life)
    assert next_date(life) == "2023-09-01"


def pay_now(life: Life) -> None:
    """The customer pays by link, at once."""
    pay(life)
    life.settle(CAPTURED)
