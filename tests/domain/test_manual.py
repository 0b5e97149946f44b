"""Manual renewal under both management models (R21)."""

import pytest

from tests.billing import bills, day, days_of, diary, next_date, pay, run
from tests.given import (
    CAPTURED,
    DECLINED,
    FREE,
    GOLD,
    SEAT,
    Life,
    Settings,
    ordered,
    paid,
)
from tollbridge.domain.due import next_due
from tollbridge.domain.events import PaymentAwaited, PaymentStarted
from tollbridge.domain.merchant import ManagementModel
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.subscription import ItemStatus, RenewalType, SubscriptionStatus

MANUAL = RenewalType.MANUAL


def manual(settings: Settings) -> Life:
    """Gold under model Two, renewed by hand, due on 1 March 2024."""
    return paid((GOLD, 1), now=day("2024-02-01"), renewal_type=MANUAL, **settings)


def waiting() -> Life:
    """Gold under model One, renewed by hand, due on 1 March 2024."""
    life = ordered((GOLD, 1), now=day("2024-02-01"), renewal_type=MANUAL, model=ManagementModel.ONE)
    life.settle(CAPTURED)
    return life


@pytest.mark.parametrize(
    ("settings", "story"),
    [
        (
            Settings(),
            [
                "2024-03-01 PurchaseOpened PaymentAwaited GraceStarted",
                "2024-03-16 HoldStarted",
                "2024-03-23 ItemsDeactivated PurchaseVoided",
            ],
        ),
        (
            Settings(reminder_days=5, grace_days=0),
            [
                "2024-02-25 PurchaseOpened PaymentAwaited",
                "2024-03-01 PurchaseBilled PaymentAwaited HoldStarted",
                "2024-03-08 ItemsDeactivated PurchaseVoided",
            ],
        ),
        (
            Settings(grace_days=0, hold_days=0),
            ["2024-03-01 PurchaseOpened PaymentAwaited ItemsDeactivated PurchaseVoided"],
        ),
    ],
)
def test_nobody_pays(settings: Settings, story: list[str]) -> None:
    """R21, model Two: told, never charged; grace if there is any, hold, the end."""
    life = manual(settings)
    assert diary(run(life, until="2025-01-01")) == story
    assert life.subscription.status is SubscriptionStatus.DEACTIVATED
    assert days_of(life.events, PaymentStarted) == ["2024-02-01"]


def test_a_reminder_says_so() -> None:
    """R21: the link comes ahead, and again on the date."""
    life = manual(Settings(reminder_days=5))
    happened = run(life, until="2024-03-01")
    assert [e.reminder for e in happened if isinstance(e, PaymentAwaited)] == [True, False]


@pytest.mark.parametrize(
    ("on", "following"),
    [
        ("2024-02-25", "2024-04-01"),  # early: one interval later than it was
        ("2024-03-01", "2024-04-01"),
        ("2024-03-06", "2024-04-06"),  # late: R5, later dates count from the payment
        ("2024-03-20", "2024-04-20"),  # in hold
    ],
)
def test_payment_by_link(on: str, following: str) -> None:
    """R21: before, on and after the date it renews."""
    life = manual(Settings(reminder_days=5))
    run(life, until=on)
    pay(life)
    life.settle(CAPTURED)
    assert (next_date(life), life.subscription.last_interval_no) == (following, 1)
    assert life.subscription.status is SubscriptionStatus.ACTIVE
    run(life, until=life.subscription.reminder)
    assert diary(life.events)[-1].endswith("PurchaseOpened PaymentAwaited")


def test_a_declined_link_is_not_tried_by_itself() -> None:
    """R21: the customer pays, the platform does not charge."""
    life = manual(Settings())
    run(life, until="2024-03-02")
    pay(life)
    life.settle(DECLINED)
    run(life, until="2025-01-01")
    assert days_of(life.events, PaymentStarted) == ["2024-02-01", "2024-03-02"]


def test_renewal_on_request_spares_the_date() -> None:
    """R21: renewsubscription before the date renews too."""
    life = manual(Settings())
    life.wait(days=10)
    life.renew()
    life.settle(CAPTURED)
    run(life, until="2024-03-31")
    assert (next_date(life), life.subscription.status) == ("2024-04-01", SubscriptionStatus.ACTIVE)


def test_nothing_to_pay_renews_by_itself() -> None:
    """R16, R21: for 0 nobody has to be asked."""
    life = paid((FREE, 1), now=day("2024-02-01"), renewal_type=MANUAL)
    run(life, until="2024-03-01")
    assert next_date(life) == "2024-04-01"


@pytest.mark.parametrize("reminder_days", [0, 5])
def test_from_manual_to_automatic(reminder_days: int) -> None:
    """R6, R21: charged by itself from the next date on."""
    life = manual(Settings(reminder_days=reminder_days))
    run(life, until="2024-02-28")
    life.change_renewal_type(RenewalType.AUTOMATIC)
    run(life, until="2024-03-01")
    assert (next_date(life), bills(life)[-1].amount.gross) == ("2024-04-01", 10000)


def test_model_one_waits_from_sign_up() -> None:
    """R21: Deactivated, AwaitingReinstate; time brings nothing."""
    life = waiting()
    assert life.subscription.status is SubscriptionStatus.DEACTIVATED
    assert life.subscription.items[0].status is ItemStatus.AWAITING_REINSTATE
    assert next_due(life.subscription) is None
    with pytest.raises(NotAllowed) as refused:
        life.change_renewal_type(RenewalType.AUTOMATIC)
    assert refused.value.reason == "management_model_one"


def test_model_one_renews_on_request() -> None:
    """R21: renewsubscription is allowed there; it goes on waiting afterwards."""
    life = waiting()
    life.wait(days=10)
    life.renew()
    life.settle(CAPTURED)
    assert (next_date(life), life.subscription.last_interval_no) == ("2024-04-01", 1)
    assert life.subscription.status is SubscriptionStatus.DEACTIVATED


def test_model_one_declined_and_paid_by_link() -> None:
    """R21: the link of the purchase works there too."""
    life = waiting()
    life.wait(days=10)
    life.renew()
    life.settle(DECLINED)
    pay(life)
    life.settle(CAPTURED)
    assert next_date(life) == "2024-04-01"


def test_model_one_reinstated() -> None:
    """R21, R22: active from then on, and asked to pay on the date."""
    life = waiting()
    life.wait(days=10)
    life.reinstate(1)
    assert diary(run(life, until="2024-03-01")) == [
        "2024-03-01 PurchaseOpened PaymentAwaited GraceStarted"
    ]


def test_one_of_two_reinstated() -> None:
    """R21: the bill that comes by itself is for what is active; what waits stays out of it."""
    life = ordered(
        (GOLD, 1), (SEAT, 10), now=day("2024-02-01"), renewal_type=MANUAL, model=ManagementModel.ONE
    )
    life.settle(CAPTURED)
    life.reinstate(2)
    run(life, until="2024-03-01")
    assert bills(life)[-1].amount.gross == 5000
