"""A billing date that is not paid: retries, grace, hold, the end, and the way back (R20, R22)."""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Unpack

import pytest
from msgspec.structs import replace

from tests.billing import (
    ALWAYS_DECLINED,
    bills,
    day,
    days_of,
    diary,
    due_days,
    next_date,
    pay,
    run,
)
from tests.given import (
    ACTION_REQUIRED,
    ALIGN,
    CAPTURED,
    DECLINED,
    GOLD,
    PLATINUM,
    SEAT,
    Life,
    Settings,
    ordered,
    paid,
)
from tollbridge.domain.due import next_due
from tollbridge.domain.events import (
    GraceStarted,
    HoldStarted,
    ItemsDeactivated,
    PaymentStarted,
)
from tollbridge.domain.payment import Outcome
from tollbridge.domain.posting import Account
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.subscription import ItemStatus, SubscriptionStatus

Active, Grace, Hold = (
    SubscriptionStatus.ACTIVE,
    SubscriptionStatus.GRACE,
    SubscriptionStatus.HOLD,
)
HARD = replace(DECLINED, hard=True)


def due_in_march(**settings: Unpack[Settings]) -> Life:
    """Gold, 100.00 a month, billed on 1 March 2024."""
    return paid((GOLD, 1), now=day("2024-02-01"), **settings)


def tried(life: Life) -> list[str]:
    """The days on which the bill was tried."""
    return [on.removeprefix("2024-") for on in days_of(life.events, PaymentStarted)[1:]]


def test_always_declined() -> None:
    """R20: retries on 2, 4, 6 and 8 March, Hold on 16 March, Deactivated on 23 March."""
    life = due_in_march()
    happened = run(life, until="2030-01-01", plan=ALWAYS_DECLINED)
    assert diary(happened) == [
        "2024-03-01 PurchaseOpened PaymentStarted PaymentDeclined GraceStarted",
        "2024-03-02 PaymentStarted PaymentDeclined",
        "2024-03-04 PaymentStarted PaymentDeclined",
        "2024-03-06 PaymentStarted PaymentDeclined",
        "2024-03-08 PaymentStarted PaymentDeclined",
        "2024-03-16 HoldStarted",
        "2024-03-23 ItemsDeactivated PurchaseVoided",
    ]
    subscription = life.subscription
    assert subscription.status is SubscriptionStatus.DEACTIVATED
    assert subscription.items[0].status is ItemStatus.DEACTIVATED
    assert subscription.end == subscription.next_billing == day("2024-03-01")
    assert (subscription.unpaid_until, subscription.purchases) == (None, ())
    (ended,) = (event for event in life.events if isinstance(event, ItemsDeactivated))
    assert (ended.unpaid, ended.final) == (True, False)


def test_the_books_after_the_end() -> None:
    """R4, R19: the bill is cancelled, its claim free, and nothing is owed."""
    life = due_in_march()
    run(life, until="2024-12-01", plan=ALWAYS_DECLINED)
    assert life.records.purchase_moves[-1].status is PurchaseStatus.CANCELED
    assert [row.purchase_id for row in life.records.released] == [bills(life)[0].id]
    owed = sum(p.amount for p in life.records.postings if p.account is Account.RECEIVABLE)
    assert owed == 0


@pytest.mark.parametrize(
    ("grace", "hold", "on_hold", "ended"),
    [
        (15, 7, ["2024-03-16"], "2024-03-23"),
        (0, 7, ["2024-03-01"], "2024-03-08"),
        (15, 0, [], "2024-03-16"),
        (0, 0, [], "2024-03-01"),
        (40, 30, ["2024-04-10"], "2024-05-10"),
    ],
)
def test_days_of_grace_and_hold(grace: int, hold: int, on_hold: list[str], ended: str) -> None:
    """R20: 0 days of either leave it out; the billing date stays, and so nothing else is due."""
    life = due_in_march(grace_days=grace, hold_days=hold)
    happened = run(life, until="2025-01-01", plan=ALWAYS_DECLINED)
    assert days_of(happened, GraceStarted) == (["2024-03-01"] if grace else [])
    assert days_of(happened, HoldStarted) == on_hold
    assert days_of(happened, ItemsDeactivated) == [ended]
    assert due_days(life) == ["2024-03-01"]


@pytest.mark.parametrize(
    ("retry_days", "days"),
    [
        ((1, 3, 5, 7), ["03-01", "03-02", "03-04", "03-06", "03-08"]),
        ((), ["03-01"]),
        ((2,), ["03-01", "03-03"]),
        ((10, 20), ["03-01", "03-11", "03-21"]),  # the second in Hold
        ((10, 30), ["03-01", "03-11"]),  # the second after the end
    ],
)
def test_the_schedule(retry_days: tuple[int, ...], days: list[str]) -> None:
    """R20: so many days after the first decline, through grace and hold."""
    life = due_in_march(retry_days=retry_days)
    run(life, until="2025-01-01", plan=ALWAYS_DECLINED)
    assert tried(life) == days


@pytest.mark.parametrize(
    ("plan", "days"),
    [
        ([HARD], ["03-01"]),
        ([DECLINED, HARD], ["03-01", "03-02"]),
        ([DECLINED, DECLINED, HARD], ["03-01", "03-02", "03-04"]),
    ],
)
def test_a_hard_decline_ends_the_tries(plan: Sequence[Outcome], days: list[str]) -> None:
    """R20: it will not change by trying again; grace and hold run all the same."""
    life = due_in_march()
    run(life, until="2025-01-01", plan=chain(plan, ALWAYS_DECLINED))
    assert tried(life) == days
    assert days_of(life.events, ItemsDeactivated) == ["2024-03-23"]


def test_a_soft_decline_does_not_soften_a_hard_one() -> None:
    """R20: the customer tries in vain, and the schedule stays ended."""
    life = due_in_march()
    run(life, until="2024-03-01", plan=[HARD])
    pay(life)
    life.settle(DECLINED)
    run(life, until="2024-03-10")
    assert tried(life) == ["03-01", "03-01"]


@pytest.mark.parametrize(
    ("plan", "paid_on", "following"),
    [
        ([CAPTURED], "03-01", "2024-04-01"),
        ([DECLINED, CAPTURED], "03-02", "2024-04-02"),
        ([*[DECLINED] * 4, CAPTURED], "03-08", "2024-04-08"),
    ],
)
def test_a_retry_that_is_captured(plan: list[Outcome], paid_on: str, following: str) -> None:
    """R5, R20: active again, the interval advances, and later dates count from the payment."""
    life = due_in_march()
    run(life, until="2024-03-20", plan=plan)
    assert (tried(life)[-1], next_date(life)) == (paid_on, following)
    assert (life.subscription.status, life.subscription.last_interval_no) == (Active, 1)
    assert life.subscription.unpaid_until is None


@pytest.mark.parametrize(
    ("on", "status"),
    [("2024-03-01", Grace), ("2024-03-15", Grace), ("2024-03-16", Hold), ("2024-03-22", Hold)],
)
def test_the_customer_pays(on: str, status: SubscriptionStatus) -> None:
    """R20: at each stage the payment by link brings it back."""
    life = due_in_march()
    run(life, until=on, plan=ALWAYS_DECLINED)
    assert life.subscription.status is status
    pay(life)
    life.settle(CAPTURED)
    assert life.subscription.status is Active
    assert life.subscription.last_interval_no == 1
    run(life, until="2024-03-30")
    assert len(bills(life)) == 1


def test_tries_of_the_customer_leave_the_schedule() -> None:
    """R20: they do not use it up, nor shift it."""
    life = due_in_march()
    run(life, until="2024-03-01T06:00:00", plan=[DECLINED])
    pay(life)
    life.settle(DECLINED)
    run(life, until="2024-03-03", plan=[DECLINED])
    pay(life)
    life.settle(DECLINED)
    run(life, until="2024-03-20", plan=ALWAYS_DECLINED)
    days = ["03-01", "03-01", "03-02", "03-03", "03-04", "03-06", "03-08"]
    assert tried(life) == days
    (purchase,) = life.subscription.purchases
    assert (purchase.tries, purchase.asked_tries) == (7, 2)


def test_the_customer_has_eight_tries() -> None:
    """R20: the ninth is refused; the automatic ones go on."""
    life = due_in_march()
    run(life, until="2024-03-01", plan=[DECLINED])
    for _ in range(8):
        pay(life)
        life.settle(DECLINED)
    with pytest.raises(NotAllowed) as refused:
        pay(life)
    assert refused.value.reason == "too_many_tries"
    run(life, until="2024-03-02")
    assert life.subscription.status is Active


def test_what_cannot_be_paid() -> None:
    """R7: what is in flight already, or is not open."""
    life = due_in_march()
    with pytest.raises(NotAllowed) as refused:
        pay(life)
    assert refused.value.reason == "purchase_not_open"
    run(life, until="2024-03-01", plan=[ACTION_REQUIRED])
    with pytest.raises(NotAllowed) as refused:
        pay(life)
    assert refused.value.reason == "payment_in_progress"


def test_a_customer_who_has_to_confirm() -> None:
    """R7, R20: grace runs meanwhile, and a confirmation brings it back."""
    life = due_in_march()
    run(life, until="2024-03-03", plan=[ACTION_REQUIRED])
    assert (life.subscription.status, tried(life)) == (Grace, ["03-01"])
    life.settle(CAPTURED)
    assert (life.subscription.status, next_date(life)) == (Active, "2024-04-03")


def test_a_confirmation_that_fails() -> None:
    """R20: the first decline is that of the confirmation, and the schedule counts from it."""
    life = due_in_march()
    run(life, until="2024-03-03", plan=[ACTION_REQUIRED])
    life.settle(DECLINED)
    run(life, until="2024-03-05", plan=ALWAYS_DECLINED)
    assert tried(life) == ["03-01", "03-04"]
    assert days_of(life.events, GraceStarted) == ["2024-03-01"]


def test_confirmed_after_the_end() -> None:
    """R7: money is a fact in any status; it pays the interval and brings nothing back by itself."""
    life = due_in_march()
    run(life, until="2024-04-01", plan=[ACTION_REQUIRED])
    assert life.subscription.status is SubscriptionStatus.DEACTIVATED
    life.settle(CAPTURED)
    assert life.subscription.status is SubscriptionStatus.DEACTIVATED
    assert life.subscription.last_interval_no == 1
    assert life.subscription.end == life.subscription.next_billing


@pytest.mark.parametrize(("cancelled", "left"), [(1, 5000), (2, 10000)])
def test_an_item_is_cancelled_in_grace(cancelled: int, left: int) -> None:
    """R6, R19, R20: the rest is billed anew at once, and grace goes on as it was."""
    life = paid((GOLD, 1), (SEAT, 10), now=day("2024-02-01"))
    run(life, until="2024-03-05", plan=ALWAYS_DECLINED)
    until = life.subscription.unpaid_until
    life.deactivate(cancelled)
    run(life, until=life.now, plan=[DECLINED])
    assert [p.total.gross for p in life.subscription.purchases] == [left]
    assert (life.subscription.status, life.subscription.unpaid_until) == (Grace, until)
    run(life, until="2024-03-07")
    assert (life.subscription.status, next_date(life)) == (Active, "2024-04-06")


def test_everything_is_cancelled_in_grace() -> None:
    """R19: dunning ends in the same transaction, and nothing is due any more."""
    life = due_in_march()
    run(life, until="2024-03-05", plan=ALWAYS_DECLINED)
    life.deactivate(1)
    assert (life.subscription.purchases, life.subscription.unpaid_until) == ((), None)
    assert next_due(life.subscription) is None


def test_back_after_the_end() -> None:
    """R20, R22: reinstated in time it pays for what it missed, from 15 minutes later on."""
    life = due_in_march()
    run(life, until="2024-03-30", plan=ALWAYS_DECLINED)
    life.reinstate(1)
    happened = run(life, until="2024-03-31")
    assert diary(happened) == [
        "2024-03-30 PurchaseOpened PaymentStarted PaymentCaptured IntervalAdvanced"
    ]
    assert f"{life.events[-1].at:%H:%M}" == "00:15"
    assert (life.subscription.status, next_date(life)) == (Active, "2024-04-01")


def renewed(life: Life) -> None:
    """The next interval, asked for in February."""
    life.renew()


def upgraded(life: Life) -> None:
    """Platinum for the rest of the interval, asked for in February."""
    life.change(product_id=PLATINUM.id, alignment=ALIGN)


def paid_early(life: Life) -> None:
    """The bill of March, paid by link on its reminder date."""
    run(life, until="2024-02-27")
    pay(life)


@pytest.mark.parametrize("asked_for", [renewed, upgraded, paid_early])
def test_who_never_confirms_is_not_served_for_ever(asked_for: Callable[[Life], None]) -> None:
    """R8, R20: a payment that waits for its customer holds up the bill, but not the dunning."""
    life = due_in_march(reminder_days=3)
    life.now = day("2024-02-11")
    asked_for(life)
    life.settle(ACTION_REQUIRED)
    assert days_of(run(life, until="2025-01-01"), ItemsDeactivated) == ["2024-03-23"]
    assert days_of(life.events, GraceStarted) == ["2024-03-01"]
    assert days_of(life.events, HoldStarted) == ["2024-03-16"]


@pytest.mark.parametrize("reminder_days", [0, 3])
def test_the_bill_comes_after_the_confirmation(reminder_days: int) -> None:
    """R7, R8, R20: in grace too, be it opened on its reminder date or not."""
    life = due_in_march(reminder_days=reminder_days)
    life.now = day("2024-02-11")
    upgraded(life)
    life.settle(ACTION_REQUIRED)
    run(life, until="2024-03-02")
    life.settle(CAPTURED)
    assert days_of(run(life, until="2024-03-02"), PaymentStarted) == ["2024-03-02"]
    assert (life.subscription.status, bills(life)[-1].amount.gross) == (Active, 15000)


@pytest.mark.parametrize(
    ("asked_for", "tried_on"),
    [
        (renewed, "2024-03-02"),
        (upgraded, "2024-03-02"),
        (paid_early, "2024-03-03"),  # it is the bill, which has its own schedule
    ],
)
def test_a_confirmation_that_fails_gives_way_to_the_bill(
    asked_for: Callable[[Life], None], tried_on: str
) -> None:
    """R2, R4, R20: what was waited for is declined, and the bill is tried in grace."""
    life = due_in_march(reminder_days=3)
    life.now = day("2024-02-11")
    asked_for(life)
    life.settle(ACTION_REQUIRED)
    run(life, until="2024-03-02")
    life.settle(replace(DECLINED, hard=asked_for is upgraded))  # R2: then it is undone at once
    assert days_of(run(life, until="2024-03-04"), PaymentStarted) == [tried_on]
    assert (life.subscription.status, bills(life)[-1].amount.gross) == (Active, 10000)


def test_reinstated_while_a_confirmation_is_waited_for() -> None:
    """R7, R22: the bill that is waited for is that of the missed interval; it is not forgotten."""
    life = due_in_march(grace_days=0)
    run(life, until="2024-04-10", plan=[ACTION_REQUIRED])
    life.reinstate(1)
    assert diary(run(life, until="2025-01-01")) == [
        "2024-04-10 HoldStarted",
        "2024-04-17 ItemsDeactivated",
    ]


def test_what_the_customer_asked_for_is_not_tried_again() -> None:
    """R20: a declined sign-up waits for the customer, who may pay it by link."""
    life = ordered((GOLD, 1))
    life.settle(DECLINED)
    assert next_due(life.subscription) is None
    pay(life)
    life.settle(CAPTURED)
    assert life.subscription.status is Active


def test_a_declined_renewal_on_request_gives_way_to_the_bill() -> None:
    """R4, R6: it is not tried again; on the billing date the bill takes its claim."""
    life = due_in_march()
    life.wait(days=10)
    life.renew()
    life.settle(DECLINED)
    happened = run(life, until="2024-03-01")
    assert diary(happened) == [
        "2024-03-01 PurchaseVoided PurchaseOpened PaymentStarted PaymentCaptured IntervalAdvanced"
    ]
    assert next_date(life) == "2024-04-01"


def test_a_year_of_late_payments() -> None:
    """R5, R20: when the second try is captured each time, the date moves on by a day each time."""
    life = due_in_march()
    run(life, until="2025-03-01", plan=[DECLINED, CAPTURED] * 12)
    assert due_days(life)[:3] == ["2024-03-01", "2024-04-02", "2024-05-03"]
    assert (life.subscription.last_interval_no, next_date(life)) == (12, "2025-03-13")
