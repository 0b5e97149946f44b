"""From the reminder date to the billing date (R6)."""

from collections.abc import Callable

import pytest

from tests.billing import bills, day, days_of, diary, due_days, next_date, pay, run
from tests.given import (
    ALIGN,
    CAPTURED,
    DECLINED,
    EXTEND,
    GOLD,
    SEAT,
    SUBSCRIPTION_ID,
    TAX,
    UNKNOWN,
    WIRE,
    Life,
    Settings,
    ordered,
    paid,
)
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.events import PaymentAwaited, PurchaseOpened, RenewalReminded
from tollbridge.domain.item_change import Renewal
from tollbridge.domain.money import Split
from tollbridge.domain.posting import Account
from tollbridge.domain.purchase import Purchase, PurchaseStatus
from tollbridge.domain.subscription import RenewalType, SubscriptionStatus
from tollbridge.domain.totals import next_billing_total

TWO_DAYS: Settings = {"reminder_days": 2}


def reminded(*, renewal_type: RenewalType = RenewalType.AUTOMATIC) -> Life:
    """Gold and ten seats, billed on 9 March, reminded on 7 March; it is noon of 8 March."""
    life = paid((GOLD, 1), (SEAT, 10), now=day("2024-02-09"), renewal_type=renewal_type, **TWO_DAYS)
    run(life, until="2024-03-08T12:00:00")
    return life


def opened(life: Life) -> list[Purchase]:
    """Every purchase after the sign-up, as it was opened."""
    events = [event for event in life.events if isinstance(event, PurchaseOpened)]
    return [event.purchase for event in events[1:]]


def posted(life: Life, purchase_id: int) -> int:
    """What the book says is owed for a purchase, or was and is paid."""
    return sum(
        p.amount
        for p in life.records.postings
        if p.purchase_id == purchase_id and p.account is Account.REVENUE
    )


def test_the_bill_is_opened_on_the_reminder_date() -> None:
    """R6: status New, lines frozen, the customer is told; nothing is charged and nothing posted."""
    life = reminded()
    assert diary(life.events)[-1] == "2024-03-07 PurchaseOpened RenewalReminded"
    (bill,) = life.subscription.purchases
    assert (bill.status, bill.in_flight) == (PurchaseStatus.NEW, False)
    assert (bill.due, bill.billed_at, bill.posted) == (day("2024-03-09"), None, False)
    assert bill.total == Split(15000, 12605, 2395)
    assert posted(life, bill.id) == 0
    assert next_date(life) == "2024-03-09"


def test_postings_are_made_on_the_billing_date() -> None:
    """R6: the books see the bill on its date, with the lines of the reminder."""
    life = reminded()
    (bill,) = life.subscription.purchases
    happened = run(life, until="2024-03-09")
    assert diary(happened) == [
        "2024-03-09 PurchaseBilled PaymentStarted PaymentCaptured IntervalAdvanced"
    ]
    days = {f"{p.at:%m-%d}" for p in life.records.postings if p.purchase_id == bill.id}
    assert days == {"03-09"}
    assert [row.id for row in bills(life)] == [bill.id]


def test_without_reminder_days_it_is_opened_on_the_billing_date() -> None:
    """R6: 0 is the default, and tells nobody."""
    life = paid((GOLD, 1), now=day("2024-02-09"))
    happened = run(life, until="2024-03-09")
    assert diary(happened) == [
        "2024-03-09 PurchaseOpened PaymentStarted PaymentCaptured IntervalAdvanced"
    ]


def test_a_change_meanwhile_takes_effect_one_billing_later() -> None:
    """R6: on 8 March, without alignment, it is on the bill of 9 April."""
    life = reminded()
    assert life.change(running_no=2, quantity=20).next_billing.gross == 15000
    run(life, until="2024-04-09")
    assert [bill.amount.gross for bill in bills(life)] == [15000, 20000]
    march, april = opened(life)
    assert [line.quantity for line in march.lines] == [1, 10]
    assert [line.quantity for line in april.lines] == [1, 20]
    assert next_billing_total(life.subscription, TAX, "DE").gross == 20000
    assert life.subscription.item(2).in_force.quantity == 20


def test_what_is_in_force_after_a_change_meanwhile() -> None:
    """R3, R6: the capture of March puts the frozen terms in force, not the newest."""
    life = reminded()
    life.change(running_no=2, quantity=20)
    run(life, until="2024-03-09")
    item = life.subscription.item(2)
    assert (item.in_force.quantity, item.latest.quantity, item.frozen) == (10, 20, None)


def test_an_item_that_joins_meanwhile_is_billed_one_billing_later() -> None:
    """R6: the frozen lines stay as they are."""
    life = reminded()
    life.add(SEAT, 2)
    run(life, until="2024-04-09")
    assert [bill.amount.gross for bill in bills(life)] == [15000, 16000]


def other() -> Life:
    """Another subscription of the customer, billed earlier."""
    return paid((GOLD, 1), now=day("2024-02-08"), subscription_id=SUBSCRIPTION_ID + 1)


def reinstate(life: Life) -> None:
    """The second item is cancelled and brought back."""
    life.deactivate(2)
    run(life, until=life.now)
    life.reinstate(2)


Call = Callable[[Life], object]
CALLS: dict[str, tuple[Call, list[int]]] = {  # the bill that is opened again that day, if one is
    "deactivate": (lambda life: life.deactivate(2), [10000]),
    "remove": (lambda life: life.remove(2), [10000]),
    "aligned change": (lambda life: life.change(quantity=2, alignment=ALIGN), [25000]),
    "extended change": (lambda life: life.change(quantity=2, alignment=EXTEND), []),
    "aligned addition": (lambda life: life.add(SEAT, 2, alignment=ALIGN), [16000]),
    "renewal": (lambda life: life.renew(), []),
    "renewal with a change": (lambda life: life.change(more=1, renewal=Renewal()), []),
    "moved date": (lambda life: life.move_billing_date(day("2024-03-20")), []),
    "moved by a day": (lambda life: life.move_billing_date(day("2024-03-10")), [15000]),
    "items received": (lambda life: life.merge(other(), Alignment()), [25000]),
    "renewal type": (lambda life: life.change_renewal_type(RenewalType.MANUAL), [15000]),
    "reinstatement": (reinstate, [15000]),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_voids_the_bill_and_opens_it_again(name: str) -> None:
    """R6: cancelled without a trace in the books, and opened afresh from the state then."""
    life = reminded()
    (first,) = life.subscription.purchases
    call, again = CALLS[name]
    call(life)
    if life.under_way:
        life.settle(CAPTURED)
    assert life.subscription.purchase(first.id) is None
    canceled = [
        move.purchase_id
        for move in life.records.purchase_moves
        if move.status is PurchaseStatus.CANCELED
    ]
    assert first.id in canceled
    assert posted(life, first.id) == 0
    run(life, until=life.now)
    assert [p.total.gross for p in life.subscription.purchases] == again


@pytest.mark.parametrize("name", ["parameters", "change", "same type"])
def test_what_leaves_the_bill(name: str) -> None:
    """R6: everything else."""
    calls: dict[str, Call] = {
        "parameters": lambda life: life.set_parameters({"a": "1"}),
        "change": lambda life: life.change(quantity=3),
        "same type": lambda life: life.change_renewal_type(RenewalType.AUTOMATIC),
    }
    life = reminded()
    before = life.subscription.purchases
    calls[name](life)
    assert life.subscription.purchases == before


def test_a_bill_that_was_voided_twice() -> None:
    """R4, R6: each time its claim is free again; in the end one purchase is captured."""
    life = reminded()
    for month in ("2024-03-15", "2024-03-25"):
        life.move_billing_date(day(month))
        run(life, until=life.subscription.reminder)
    run(life, until="2024-03-25")
    assert due_days(life) == ["2024-03-09", "2024-03-15", "2024-03-25"]
    assert len(life.records.released) == 2
    assert (life.subscription.last_interval_no, next_date(life)) == (1, "2024-04-25")


def test_paying_early_by_link() -> None:
    """R6: the open purchase is captured and the date moves by one interval."""
    life = reminded()
    (bill,) = life.subscription.purchases
    pay(life)
    assert posted(life, bill.id) == -12605
    life.settle(CAPTURED)
    assert (next_date(life), life.subscription.last_interval_no) == ("2024-04-09", 1)
    happened = run(life, until="2024-04-09")
    assert diary(happened) == [
        "2024-04-07 PurchaseOpened RenewalReminded",
        "2024-04-09 PurchaseBilled PaymentStarted PaymentCaptured IntervalAdvanced",
    ]


def test_paying_early_by_link_and_being_declined() -> None:
    """R6, R20: before the date that is no harm; on it the bill is charged, and posted once."""
    life = reminded()
    pay(life)
    life.settle(DECLINED)
    assert life.subscription.status is SubscriptionStatus.ACTIVE
    happened = run(life, until="2024-03-09")
    assert diary(happened) == ["2024-03-09 PaymentStarted PaymentCaptured IntervalAdvanced"]
    assert posted(life, bills(life)[0].id) == -12605


def test_an_early_payment_that_is_not_known_on_the_date() -> None:
    """R7, R8: it is waited for, and nothing is charged twice."""
    life = reminded()
    pay(life)
    life.settle(UNKNOWN)
    run(life, until="2024-03-10")
    assert len(life.records.attempts) == 2
    life.settle(CAPTURED)
    assert (next_date(life), len(bills(life))) == ("2024-04-09", 1)


def test_an_early_payment_that_is_declined_after_the_date() -> None:
    """R5, R20: the bill is charged again then, and paid a day late."""
    life = reminded()
    pay(life)
    life.settle(UNKNOWN)
    life.now = day("2024-03-10")
    life.settle(DECLINED)
    assert life.subscription.status is SubscriptionStatus.ACTIVE
    run(life, until=life.now)
    assert next_date(life) == "2024-04-10"


@pytest.mark.parametrize(
    ("renewal_type", "offline", "told"),
    [
        (RenewalType.AUTOMATIC, False, "RenewalReminded"),
        (RenewalType.MANUAL, False, "PaymentAwaited"),
        (RenewalType.AUTOMATIC, True, "PaymentAwaited"),
    ],
)
def test_what_the_customer_is_told(renewal_type: RenewalType, told: str, *, offline: bool) -> None:
    """R6, R21: of a charge that will come, or with a link to pay by."""
    life = paid((GOLD, 1), now=day("2024-02-09"), renewal_type=renewal_type, **TWO_DAYS)
    if offline:
        life.method = WIRE
    happened = run(life, until="2024-03-08")
    assert diary(happened) == [f"2024-03-07 PurchaseOpened {told}"]
    reminders = [e.reminder for e in happened if isinstance(e, PaymentAwaited)]
    assert all(reminders)


@pytest.mark.parametrize(("merchant", "offline", "reminders"), [(0, 7, 1), (3, 10, 1), (0, 0, 0)])
def test_offline_reminders_have_days_of_their_own(
    merchant: int, offline: int, reminders: int
) -> None:
    """platform.md g: 7 days before an automatic renewal that nobody can charge, unless set."""
    life = ordered(
        (GOLD, 1),
        now=day("2024-02-09"),
        method=WIRE,
        reminder_days=merchant,
        offline_reminder_days=offline,
    )
    assert life.subscription.reminder_days == offline
    assert (life.subscription.reminder < life.subscription.next_billing) is bool(reminders)


def test_a_reminder_that_comes_late_is_still_before_the_charge() -> None:
    """R5, R8: a worker that slept tells of the bill, and then makes it."""
    life = paid((GOLD, 1), now=day("2024-02-09"), **TWO_DAYS)
    life.now = day("2024-03-12")
    happened = run(life, until=life.now)
    [line] = diary(happened)
    assert line.split()[1:4] == ["PurchaseOpened", "RenewalReminded", "PurchaseBilled"]
    assert line.split()[4:] == ["PaymentStarted", "PaymentCaptured", "IntervalAdvanced"]
    assert next_date(life) == "2024-04-09"


def test_one_reminder_each_interval() -> None:
    """R6: once for each bill, also over months of different lengths."""
    life = paid((GOLD, 1), now=day("2023-12-31"), **TWO_DAYS)
    happened = run(life, until="2024-04-30")
    assert days_of(happened, RenewalReminded) == [
        "2024-01-29",
        "2024-02-27",
        "2024-03-29",
        "2024-04-28",
    ]
