"""Paying without a gateway: by wire, and on the terms of a purchase order (platform.md g)."""

from typing import Unpack

import pytest

from tests.billing import bills, day, days_of, diary, next_date, pay, receive, run
from tests.given import FREE, GOLD, NET_14, NET_30, SEAT, WIRE, Life, Settings, ordered, product
from tollbridge.domain.customer import PaymentMethod
from tollbridge.domain.due import next_due
from tollbridge.domain.events import ItemsDeactivated, PaymentOverdue, PaymentStarted
from tollbridge.domain.posting import Account
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.subscription import RenewalType, SubscriptionStatus

YEARLY = product(50, "1200", every="P1Y")


def signed_up(method: PaymentMethod, **settings: Unpack[Settings]) -> Life:
    """Gold from 1 January 2024 on, to be paid by hand."""
    return ordered((GOLD, 1), now=day("2024-01-01"), method=method, **settings)


def owed(life: Life) -> int:
    """What the book says is still owed."""
    return sum(p.amount for p in life.records.postings if p.account is Account.RECEIVABLE)


@pytest.mark.parametrize("method", [WIRE, NET_14, NET_30])
def test_a_sign_up_waits_for_the_money(method: PaymentMethod) -> None:
    """The customer is told how to pay; status New, in the books, and no attempt is made."""
    life = signed_up(method)
    assert diary(life.events) == ["2024-01-01 SubscriptionStarted PurchaseOpened PaymentAwaited"]
    assert life.subscription.status is SubscriptionStatus.NEW
    assert (owed(life), life.records.attempts) == (10000, [])
    (purchase,) = life.subscription.purchases
    assert (purchase.billed_at, purchase.net_days) == (day("2024-01-01"), method.net_days)


def test_it_begins_with_the_money() -> None:
    """R1: StartDate and dates count from the day on which it came."""
    life = signed_up(WIRE)
    life.now = day("2024-01-09")
    receive(life, "bank-4711")
    assert diary(life.events)[-1] == "2024-01-09 PaymentCaptured SubscriptionActivated"
    assert life.subscription.status is SubscriptionStatus.ACTIVE
    assert (next_date(life), owed(life)) == ("2024-02-09", 0)
    assert life.records.purchase_moves[-1].status is PurchaseStatus.PAID


def test_nothing_to_pay_begins_at_once() -> None:
    """R16: without a charge there is nothing to wait for."""
    life = ordered((FREE, 1), method=WIRE)
    assert life.subscription.status is SubscriptionStatus.ACTIVE


def test_nobody_can_be_charged() -> None:
    """There is no gateway that a link could ask."""
    life = signed_up(WIRE)
    with pytest.raises(NotAllowed) as refused:
        pay(life)
    assert refused.value.reason == "payment_by_hand"


def test_money_for_nothing_open() -> None:
    """R7: what is paid already or cancelled cannot be noted as paid again."""
    life = signed_up(WIRE)
    receive(life)
    with pytest.raises(NotAllowed) as refused:
        receive(life)
    assert refused.value.reason == "purchase_not_open"


def test_a_year_by_wire() -> None:
    """platform.md g: told 7 days ahead; unpaid on the date there is grace, and then the end."""
    life = signed_up(WIRE)
    receive(life)
    assert diary(run(life, until="2024-12-31")) == [
        "2024-01-25 PurchaseOpened PaymentAwaited",
        "2024-02-01 PurchaseBilled PaymentAwaited GraceStarted",
        "2024-02-16 HoldStarted",
        "2024-02-23 ItemsDeactivated PurchaseVoided",
    ]
    assert owed(life) == 0


@pytest.mark.parametrize(
    ("on", "following"),
    [("2024-01-26", "2024-03-01"), ("2024-02-01", "2024-03-01"), ("2024-02-20", "2024-03-20")],
)
def test_a_renewal_by_wire(on: str, following: str) -> None:
    """R5, R6, R20: early, on the date, in hold."""
    life = signed_up(WIRE)
    receive(life)
    run(life, until=on)
    receive(life)
    assert (next_date(life), owed(life)) == (following, 0)
    assert life.subscription.status is SubscriptionStatus.ACTIVE
    assert days_of(life.events, PaymentStarted) == []


def test_manual_renewal_by_wire_is_not_reminded_by_itself() -> None:
    """platform.md g: manual and offline gets no mail ahead unless the merchant has set days."""
    life = ordered((GOLD, 1), now=day("2024-01-01"), method=WIRE, renewal_type=RenewalType.MANUAL)
    receive(life)
    assert next_due(life.subscription) == day("2024-02-01")


@pytest.mark.parametrize(
    ("method", "notices", "end"),
    [
        (NET_14, ["2024-01-15", "2024-01-29", "2024-02-12", "2024-02-19"], "2024-02-22"),
        (NET_30, ["2024-01-31", "2024-02-14", "2024-02-28", "2024-03-06"], "2024-03-09"),
    ],
)
def test_an_unpaid_sign_up_on_terms(method: PaymentMethod, notices: list[str], end: str) -> None:
    """platform.md g: Net 14 on days 14, 28, 42, 49; Net 30 on 30, 44, 58, 65; 3 days later off."""
    life = signed_up(method)
    happened = run(life, until="2025-01-01")
    assert days_of(happened, PaymentOverdue) == notices
    assert [e.notice_no for e in happened if isinstance(e, PaymentOverdue)] == [1, 2, 3, 4]
    assert days_of(happened, ItemsDeactivated) == [end]
    assert life.subscription.status is SubscriptionStatus.DEACTIVATED
    assert (life.subscription.purchases, owed(life)) == ((), 0)


@pytest.mark.parametrize(("on", "told"), [("2024-01-10", 0), ("2024-02-01", 2), ("2024-02-20", 4)])
def test_paid_before_the_end(on: str, told: int) -> None:
    """No notice follows the money."""
    life = signed_up(NET_14)
    run(life, until=on)
    receive(life)
    happened = run(life, until="2024-02-23")
    assert len(days_of(life.events, PaymentOverdue)) == told
    assert days_of(happened, ItemsDeactivated) == []


def test_a_renewal_on_terms() -> None:
    """The invoice comes on the date, the subscription stays active, and notices follow."""
    life = ordered((YEARLY, 1), now=day("2023-01-01"), products=[YEARLY], method=NET_30)
    receive(life)
    happened = run(life, until="2024-12-31")
    lines = [line for line in diary(happened) if "CardChecked" not in line]
    assert lines == [
        "2023-12-25 PurchaseOpened PaymentAwaited",
        "2024-01-01 PurchaseBilled PaymentAwaited",
        "2024-01-31 PaymentOverdue",
        "2024-02-14 PaymentOverdue",
        "2024-02-28 PaymentOverdue",
        "2024-03-06 PaymentOverdue",
        "2024-03-09 ItemsDeactivated PurchaseVoided",
    ]
    assert life.subscription.status is SubscriptionStatus.DEACTIVATED


def test_a_month_on_terms_of_thirty_days() -> None:
    """R1, R5: the date waits for the money; what became due meanwhile is billed after it."""
    life = signed_up(NET_30)
    receive(life)
    run(life, until="2024-03-05")
    assert next_date(life) == "2024-02-01"
    receive(life)
    run(life, until="2024-03-05")
    assert [bill.amount.gross for bill in bills(life)] == [10000, 10000]
    assert f"{life.subscription.purchases[0].due:%Y-%m-%d}" == "2024-03-01"


def test_what_is_cancelled_is_not_owed() -> None:
    """R19: the customer cancels before the money comes."""
    life = ordered((GOLD, 1), (SEAT, 10), now=day("2024-01-01"), method=NET_14)
    life.deactivate(1)
    assert owed(life) == 5000
    life.deactivate(2)
    assert (owed(life), next_due(life.subscription)) == (0, None)
