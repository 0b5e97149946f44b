"""What is due, when, and in which order at one instant (R8; next_due by status)."""

from datetime import timedelta
from typing import Unpack

import pytest
from msgspec.structs import replace

from tests.billing import ALWAYS_DECLINED, bills, day, diary, due_days, run, step
from tests.given import (
    ACTION_REQUIRED,
    ALIGN,
    CAPTURED,
    DATA_40,
    DECLINED,
    GOLD,
    NET_14,
    PLATINUM,
    SECOND,
    STANDARD,
    UNKNOWN,
    WIRE,
    Life,
    Settings,
    ordered,
    paid,
)
from tollbridge.domain.due import Due, Step, next_due, next_step
from tollbridge.domain.merchant import ManagementModel
from tollbridge.domain.payment import Outcome
from tollbridge.domain.purchase import Purpose
from tollbridge.domain.subscription import RenewalType, SubscriptionStatus
from tollbridge.domain.tick import tick

JANUARY = day("2024-01-01")
Grace, Hold = SubscriptionStatus.GRACE, SubscriptionStatus.HOLD


def monthly(**settings: Unpack[Settings]) -> Life:
    """Gold from 1 January 2024 on, billed next on 1 February."""
    return paid((GOLD, 1), now=JANUARY, **settings)


def unpaid_until(status: SubscriptionStatus) -> Life:
    """Gold whose February was declined until it came to this status."""
    life = monthly(grace_days=15 if status is Grace else 0)
    run(life, until="2024-02-01", plan=ALWAYS_DECLINED)
    assert life.subscription.status is status
    return life


def what(life: Life) -> str:
    """The step that is due first, with its date; "" for none."""
    due = next_step(life.subscription)
    return f"{due.at:%Y-%m-%d} {due.step.name}" if due else ""


def deactivated() -> Life:
    """Gold that was cancelled."""
    life = monthly()
    life.deactivate(1)
    return life


def finished() -> Life:
    """Gold whose only item is taken out."""
    life = monthly()
    life.remove(1)
    return life


def waiting() -> Life:
    """Manual renewal under model One (R21)."""
    life = ordered((GOLD, 1), renewal_type=RenewalType.MANUAL, model=ManagementModel.ONE)
    life.settle(CAPTURED)
    return life


def declined_sign_up() -> Life:
    """An order that was declined."""
    life = ordered((GOLD, 1))
    life.settle(DECLINED)
    return life


@pytest.mark.parametrize(
    ("life", "due"),
    [
        (monthly(), "2024-02-01 BILL"),
        (monthly(reminder_days=2), "2024-01-30 REMIND"),
        (paid((STANDARD, 1), now=JANUARY), "2024-12-01 CHECK_CARD"),
        (unpaid_until(Grace), "2024-02-02 RETRY"),
        (unpaid_until(Hold), "2024-02-02 RETRY"),
        (deactivated(), ""),
        (finished(), ""),
        (waiting(), ""),
        (ordered((GOLD, 1)), ""),
        (declined_sign_up(), ""),  # what the customer asked for is not tried again by itself
        (ordered((GOLD, 1), method=WIRE), ""),
        (ordered((GOLD, 1), method=NET_14, now=JANUARY), "2024-01-15 NOTICE"),
    ],
)
def test_what_is_due_by_status(life: Life, due: str) -> None:
    """R8, R18 to R21: the next step of a subscription as it stands."""
    assert what(life) == due


def test_the_order_at_one_instant() -> None:
    """R8: retry, bill, end of grace, end of hold, remind."""
    at = JANUARY
    assert [due.step.name for due in sorted(Due(at, step) for step in reversed(Step))] == [
        "RETRY",
        "BILL",
        "END_GRACE",
        "END_HOLD",
        "REMIND",
        "CHECK_CARD",
        "NOTICE",
    ]
    assert Due(at - SECOND, Step.REMIND) < Due(at, Step.RETRY)


def test_a_retry_comes_before_the_end_of_grace() -> None:
    """R8: who can be charged on the last day of grace is not put on hold."""
    life = monthly(grace_days=1)
    run(life, until="2024-02-02", plan=[DECLINED, CAPTURED])
    assert life.subscription.status is SubscriptionStatus.ACTIVE
    assert diary(life.events)[-1] == "2024-02-02 PaymentStarted PaymentCaptured IntervalAdvanced"


def test_a_declined_alignment_is_tried_before_the_bill() -> None:
    """R2, R8: on the billing date the retry goes first, and the bill then finds it paid."""
    life = monthly()
    life.now = day("2024-01-31")
    life.change(product_id=PLATINUM.id, alignment=ALIGN)
    life.settle(DECLINED)
    run(life, until="2024-02-01")
    assert [bill.purpose for bill in bills(life)] == [Purpose.ALIGNMENT, Purpose.RENEWAL]
    assert life.subscription.item(1).in_force.product_id == PLATINUM.id
    assert life.subscription.next_billing == day("2024-03-01")


def test_an_outcome_is_settled_before_the_bill() -> None:
    """R7, R8: while that of an alignment is not known nothing is billed, however late it gets."""
    life = monthly()
    life.now = day("2024-01-20")
    life.change(product_id=PLATINUM.id, alignment=ALIGN)
    life.settle(UNKNOWN)
    assert next_due(life.subscription) is None
    life.now = day("2024-02-03")
    life.settle(CAPTURED)
    assert what(life) == "2024-02-01 BILL"


@pytest.mark.parametrize(
    ("outcome", "status", "due"),
    [
        (UNKNOWN, SubscriptionStatus.ACTIVE, ""),
        (ACTION_REQUIRED, Grace, "2024-02-16 END_GRACE"),
    ],
)
def test_dunning_waits_for_the_gateway_only(
    outcome: Outcome, status: SubscriptionStatus, due: str
) -> None:
    """R7, R8, R20: an outcome that is not known is waited for; the customer has grace to act."""
    life = monthly()
    run(life, until="2024-02-01", plan=[outcome])
    assert life.subscription.status is status
    assert what(life) == due


def test_hold_does_not_end_while_the_outcome_is_unknown() -> None:
    """R8: settle comes before end of hold, so money that was taken still brings it back."""
    life = monthly(grace_days=0)
    run(life, until="2024-02-08", plan=[*[DECLINED] * 4, UNKNOWN])
    assert what(life) == ""
    life.now = day("2024-02-20")
    life.settle(CAPTURED)
    assert life.subscription.status is SubscriptionStatus.ACTIVE


def test_nothing_is_done_before_its_time() -> None:
    """A tick that comes too early does nothing; at the instant it does."""
    life = monthly()
    life.now = day("2024-02-01") - timedelta(microseconds=1)
    assert step(life) == ()
    life.now = day("2024-02-01")
    assert [type(event).__name__ for event in step(life)] == ["PurchaseOpened", "PaymentStarted"]
    assert step(life) == ()


def test_a_tick_needs_to_know_who_pays() -> None:
    """A context without parties is a slip of the caller, not a refusal."""
    life = monthly()
    life.now = day("2024-02-01")
    with pytest.raises(ValueError, match="payment method"):
        tick(life.subscription, replace(life.charging(), parties=None))


def test_work_of_many_years_is_caught_up_with() -> None:
    """R5: due dates years in the past are billed one by one, each for its own date."""
    life = paid((GOLD, 1), (DATA_40, 1), now=day("2019-01-31"))
    life.now = day("2024-01-15")
    run(life, until=life.now)
    dates = due_days(life)
    assert (len(dates), dates[:3]) == (59, ["2019-02-28", "2019-03-31", "2019-04-30"])
    assert {bill.amount.gross for bill in bills(life)} == {14000}
    assert life.subscription.next_billing == day("2024-01-31")
