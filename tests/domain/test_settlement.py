"""What the gateway's answer does to a subscription (R1, R7)."""

import pytest
from msgspec.structs import replace

from tests.billing import pay
from tests.given import (
    ACTION_REQUIRED,
    ALIGN,
    CAPTURED,
    DATA_40,
    DECLINED,
    EXTEND,
    FIRST_PURCHASE,
    GOLD,
    NOW,
    PLATINUM,
    SEAT,
    UNKNOWN,
    Life,
    ordered,
    paid,
)
from tollbridge.domain.decision import Change
from tollbridge.domain.events import (
    AuthenticationAsked,
    Event,
    IntervalAdvanced,
    PaymentCaptured,
    PaymentDeclined,
    PaymentUndecided,
)
from tollbridge.domain.money import Split
from tollbridge.domain.payment import Outcome, Result
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.schedule import Interval, after
from tollbridge.domain.subscription import UNPAID, ItemStatus, SubscriptionStatus

OUTCOMES = pytest.mark.parametrize("outcome", [CAPTURED, DECLINED, UNKNOWN, ACTION_REQUIRED])


def aligning() -> Life:
    """Gold goes to Platinum with half of the month left; the charge is under way."""
    life = paid((GOLD, 1))
    life.wait(days=15)
    life.change(product_id=PLATINUM.id, alignment=ALIGN)
    return life


def extending() -> Life:
    """Gold goes to Platinum with Extend and half of the month left; the charge is under way."""
    life = paid((GOLD, 1), (DATA_40, 1))
    life.wait(days=15)
    life.change(product_id=PLATINUM.id, alignment=EXTEND)
    return life


def with_status(life: Life, status: SubscriptionStatus) -> Life:
    """The life with a status that came about in some other way meanwhile."""
    life.subscription = replace(life.subscription, status=status)
    return life


def last_events(life: Life) -> tuple[Event, ...]:
    """What the last change consists of."""
    change: Change = life.changes[-1]
    return change.events


def test_a_captured_alignment_is_paid_for_the_item() -> None:
    """R1, R11: the purchase is closed, its amount counts for later credits; no date moves."""
    life = aligning()
    before = life.subscription
    life.settle(CAPTURED)
    (item,) = life.subscription.items
    assert life.subscription.purchases == ()
    assert [(part.gross, part.covers_days) for part in item.paid] == [(10000, 30), (2500, 15)]
    assert life.subscription.next_billing == before.next_billing
    assert life.subscription.last_interval_no == 0


def test_a_declined_alignment_leaves_the_change() -> None:
    """R1, R2: the new version stands, the subscription stays active, nothing was paid."""
    life = aligning()
    life.settle(DECLINED)
    (event,) = last_events(life)
    assert isinstance(event, PaymentDeclined)
    assert (event.code, event.hard) == ("card_declined", False)
    (purchase,) = life.subscription.purchases
    assert (purchase.status, purchase.in_flight) == (PurchaseStatus.DECLINED, False)
    assert life.subscription.status is SubscriptionStatus.ACTIVE
    (item,) = life.subscription.items
    assert (item.latest.product_id, len(item.paid)) == (PLATINUM.id, 1)


@pytest.mark.parametrize(
    ("outcome", "told"),
    [(UNKNOWN, [PaymentUndecided]), (ACTION_REQUIRED, [PaymentUndecided, AuthenticationAsked])],
)
def test_an_undecided_payment_stays_in_flight(outcome: Outcome, told: list[type[Event]]) -> None:
    """R7: unknown, or waiting for the customer, who is told of it; it is not guessed."""
    life = aligning()
    life.settle(outcome)
    assert [type(event) for event in last_events(life)] == told
    (purchase,) = life.subscription.purchases
    assert (purchase.in_flight, purchase.undecided) == (True, outcome.result)
    assert life.subscription.payment_in_progress


@pytest.mark.parametrize("undecided", [UNKNOWN, ACTION_REQUIRED])
@pytest.mark.parametrize("decided", [CAPTURED, DECLINED])
def test_an_undecided_payment_is_decided_later(undecided: Outcome, decided: Outcome) -> None:
    """R7: the same attempt, asked again, gets its answer."""
    life = aligning()
    life.settle(undecided)
    assert life.settle(decided).changed
    assert not life.subscription.payment_in_progress
    assert (life.subscription.purchases == ()) is (decided is CAPTURED)


def test_an_unknown_payment_may_turn_out_to_wait_for_the_customer() -> None:
    """R7: each new answer is a fact of its own."""
    life = aligning()
    life.settle(UNKNOWN)
    assert life.settle(ACTION_REQUIRED).changed
    assert life.subscription.purchases[0].undecided is Result.ACTION_REQUIRED


@OUTCOMES
def test_the_same_answer_twice_changes_nothing(outcome: Outcome) -> None:
    """R7: a repeated answer has no events and leaves the value."""
    life = aligning()
    life.settle(outcome)
    settled = life.subscription
    assert not life.settle(outcome).changed
    assert life.subscription == settled


@OUTCOMES
def test_an_answer_for_an_older_try_changes_nothing(outcome: Outcome) -> None:
    """R4, R7: only the attempt that is under way can be settled."""
    life = aligning()
    life.settle(DECLINED)
    pay(life)
    retried = life.subscription.purchases[0]
    assert (retried.tries, retried.in_flight, retried.undecided) == (2, True, None)
    assert not life.settle(outcome, try_no=1).changed
    assert life.settle(outcome, try_no=2).changed


@OUTCOMES
def test_an_answer_for_another_purchase_changes_nothing(outcome: Outcome) -> None:
    """A purchase that is settled, or is not this subscription's."""
    life = aligning()
    assert not life.settle(outcome, purchase_id=FIRST_PURCHASE).changed
    assert not life.settle(outcome, purchase_id=999).changed


def test_a_captured_extension_moves_the_calendar() -> None:
    """R1, R12: interval 1 begins at the change, all items move to a month from there."""
    life = extending()
    changed_at = life.now
    assert life.subscription.last_interval_no == 0
    life.wait(days=2)
    life.settle(CAPTURED)
    captured, advanced = last_events(life)
    assert isinstance(captured, PaymentCaptured)
    assert isinstance(advanced, IntervalAdvanced)
    subscription = life.subscription
    assert subscription.next_billing == after(changed_at, Interval(1))
    assert (subscription.running.start, subscription.running.end) == (
        changed_at,
        subscription.next_billing,
    )
    assert (subscription.last_interval_no, subscription.last_billing_interval_no) == (1, 1)
    assert [item.last_interval_no for item in subscription.items] == [1, 1]
    assert [[part.gross for part in item.paid] for item in subscription.items] == [
        [15000],  # credit carried into the interval counts as captured for it (R11 a)
        [4000],
    ]


def test_a_declined_extension_moves_nothing() -> None:
    """R1: dates and interval numbers wait for the money."""
    life = paid((GOLD, 1))
    life.wait(days=15)
    before = life.subscription
    life.change(product_id=PLATINUM.id, alignment=EXTEND)
    life.settle(DECLINED)
    assert life.subscription.next_billing == before.next_billing
    assert life.subscription.running == before.running
    assert life.subscription.last_interval_no == 0


@pytest.mark.parametrize(
    "status", [status for status in SubscriptionStatus if status is not SubscriptionStatus.NEW]
)
def test_a_late_capture_counts_in_any_status(status: SubscriptionStatus) -> None:
    """R7, R20: money for interval n advances it, whatever has become of it; grace and hold end."""
    life = with_status(extending(), status)
    life.settle(CAPTURED)
    assert life.subscription.last_interval_no == 1
    assert life.subscription.status is (SubscriptionStatus.ACTIVE if status in UNPAID else status)


@OUTCOMES
def test_settling_is_never_refused(outcome: Outcome) -> None:
    """R7: in any status each answer is taken."""
    for status in SubscriptionStatus:
        assert with_status(aligning(), status).settle(outcome).changed


def test_items_that_are_not_active_do_not_advance() -> None:
    """R7, R12: an item that ended before a late capture stays as it was."""
    life = extending()
    first, second = life.subscription.items
    ended = replace(second, status=ItemStatus.REMOVED)
    life.subscription = replace(life.subscription, items=(first, ended))
    life.settle(CAPTURED)
    assert life.subscription.items[0].last_interval_no == 1
    assert life.subscription.items[1] == ended


def test_a_late_answer_is_stamped_with_the_time_it_came() -> None:
    """R23: business time of the settlement, not of the attempt."""
    life = ordered((SEAT, 1))
    life.wait(hours=6)
    life.settle(CAPTURED)
    assert {event.at for event in last_events(life)} == {life.now}
    assert life.now != NOW


def test_rows_of_a_declined_and_retried_payment() -> None:
    """R4: each attempt has its result, the purchase each of its moves."""
    life = aligning()
    life.settle(UNKNOWN)
    life.settle(DECLINED)
    records = life.records
    assert [row.result for row in records.attempt_results] == [
        Result.CAPTURED,
        Result.UNKNOWN,
        Result.DECLINED,
    ]
    assert [move.status for move in records.purchase_moves] == [
        PurchaseStatus.PAID,
        PurchaseStatus.DECLINED,
    ]
    assert records.purchases[-1].amount == Split(2500, 2101, 399)


def test_an_aligned_change_cancels_a_declined_extension() -> None:
    """R6: what would bring the next interval is cancelled, and the change counts for this one."""
    life = paid((GOLD, 1))
    life.wait(days=15)
    life.change(product_id=PLATINUM.id, alignment=EXTEND)
    life.settle(DECLINED)
    life.change_paid(quantity=4, alignment=ALIGN)
    (item,) = life.subscription.items
    assert (item.in_force.quantity, item.latest.quantity, item.frozen) == (4, 4, None)
    assert (life.subscription.purchases, life.subscription.last_interval_no) == ((), 0)


def test_a_capture_is_a_fact_even_after_a_decline() -> None:
    """R7: money that the gateway took after all is recorded, whatever it said before."""
    life = paid((GOLD, 1))
    life.wait(days=15)
    life.change(product_id=PLATINUM.id, alignment=EXTEND)
    life.settle(DECLINED)
    life.settle(CAPTURED, purchase_id=life.opened_last)
    assert (life.subscription.purchases, life.subscription.last_interval_no) == ((), 1)


def test_no_answer_takes_nothing_back_that_is_known() -> None:
    """R7: a customer who has to act is not asked again because the gateway was silent once."""
    life = ordered((SEAT, 1))
    life.settle(ACTION_REQUIRED)
    before = life.events
    life.settle(UNKNOWN)
    life.settle(ACTION_REQUIRED)
    assert life.events == before
