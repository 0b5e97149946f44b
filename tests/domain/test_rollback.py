"""An aligned change that is not paid is undone (R2)."""

from collections.abc import Sequence
from itertools import chain
from typing import Unpack

import pytest
from msgspec.structs import replace

from tests.billing import ALWAYS_DECLINED, bills, day, days_of, diary, next_date, pay, run
from tests.given import (
    ALIGN,
    CAPTURED,
    DECLINED,
    EXTEND,
    GOLD,
    PLATINUM,
    SEAT,
    TIERED,
    UNKNOWN,
    Life,
    Settings,
    paid,
)
from tests.promoting import offer
from tollbridge.domain.events import ItemRolledBack, PaymentStarted
from tollbridge.domain.item_change import Renewal
from tollbridge.domain.payment import Outcome
from tollbridge.domain.posting import Account
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.subscription import ItemStatus, SubscriptionStatus

HARD = replace(DECLINED, hard=True)
REMINDED: Settings = {"reminder_days": 5}
OFFER = offer(percent="10")


def upgraded(
    on: str = "2024-04-11", outcome: Outcome = DECLINED, **settings: Unpack[Settings]
) -> Life:
    """Gold and ten seats, billed on 1 May; on this day Platinum for Gold, aligned, and declined."""
    life = paid((GOLD, 1), (SEAT, 10), now=day("2024-04-01"), **settings)
    life.now = day(on)
    life.change(product_id=PLATINUM.id, alignment=ALIGN)
    life.settle(outcome)
    return life


def products(life: Life) -> list[tuple[int, int]]:
    """What each item has in force, and its latest."""
    return [(i.in_force.product_id, i.latest.product_id) for i in life.subscription.items]


def tried(life: Life) -> list[str]:
    """The days on which anything was tried after the sign-up."""
    return [on.removeprefix("2024-") for on in days_of(life.events, PaymentStarted)[1:]]


def statuses(life: Life) -> dict[int, str]:
    """What became of each purchase."""
    return {move.purchase_id: move.status.value for move in life.records.purchase_moves}


def owed(life: Life) -> int:
    """What the book says is still owed."""
    return sum(p.amount for p in life.records.postings if p.account is Account.RECEIVABLE)


@pytest.mark.parametrize(
    ("on", "plan", "tries", "undone"),
    [
        # The schedule is used up: on 12, 14, 16 and 18 April.
        ("2024-04-11", ALWAYS_DECLINED, ["11", "12", "14", "16", "18"], "2024-04-18"),
        # A hard decline ends it at once.
        ("2024-04-11", chain([HARD]), ["11", "12"], "2024-04-12"),
        # The next billing date comes first.
        ("2024-04-28", [DECLINED] * 2, ["28", "29", "01"], "2024-05-01"),
        ("2024-04-29T12:00:00", [DECLINED], ["29", "30", "01"], "2024-05-01"),
    ],
)
def test_when_it_is_undone(on: str, plan: Sequence[Outcome], tries: list[str], undone: str) -> None:
    """R2: the schedule used up, or the next billing date, whichever is earlier."""
    life = upgraded(on)
    happened = run(life, until="2024-05-01", plan=plan)
    back = [f"{e.at:%Y-%m-%d}" for e in happened if isinstance(e, ItemRolledBack)]
    assert back == [undone]
    assert [on.split("-")[1] for on in tried(life)][: len(tries)] == tries
    assert products(life)[0] == (GOLD.id, GOLD.id)


def test_a_hard_decline_undoes_it_at_once() -> None:
    """R2: there will be no try that could succeed."""
    life = upgraded("2024-04-11", HARD)
    kinds = [type(event).__name__ for event in life.changes[-1].events]
    assert kinds == ["PaymentDeclined", "ItemRolledBack", "PurchaseVoided"]
    assert life.subscription.status is SubscriptionStatus.ACTIVE
    assert products(life) == [(GOLD.id, GOLD.id), (SEAT.id, SEAT.id)]


def test_what_stands_afterwards() -> None:
    """R2, R4: a version of its own, the purchase CAN, postings reversed, the claim free."""
    life = upgraded("2024-04-11", HARD)
    purchase = life.opened_last
    assert statuses(life)[purchase] == PurchaseStatus.CANCELED.value
    assert owed(life) == 0
    assert [claim.purchase_id for claim in life.records.released] == [purchase]
    item = life.subscription.item(1)
    assert (item.version, item.former, item.version_active_at) == (3, None, life.now)
    assert [row.version for row in life.records.versions] == [1, 2]
    life.change_paid(product_id=PLATINUM.id, alignment=ALIGN)  # it can be asked for again
    assert products(life)[0] == (PLATINUM.id, PLATINUM.id)


def test_the_bill_after_it_is_of_the_former_terms() -> None:
    """R2, R3: Gold and the seats, as before."""
    life = upgraded("2024-04-29T12:00:00")
    happened = run(life, until="2024-05-01", plan=[DECLINED])
    assert diary(happened)[-1].split()[1:] == [
        "ItemRolledBack",
        "PurchaseVoided",
        "PurchaseOpened",
        "PaymentStarted",
        "PaymentCaptured",
        "IntervalAdvanced",
    ]
    assert bills(life)[-1].amount.gross == 15000
    assert next_date(life) == "2024-06-01"


def test_a_retry_that_is_captured_keeps_it() -> None:
    """R2: paid in time, it stays; the next bill is of the new terms."""
    life = upgraded()
    run(life, until="2024-05-01", plan=[DECLINED, CAPTURED])
    assert not any(isinstance(event, ItemRolledBack) for event in life.events)
    assert [bill.amount.gross for bill in bills(life)] == [3333, 20000]
    assert products(life)[0] == (PLATINUM.id, PLATINUM.id)


def test_the_customer_pays_it_by_link() -> None:
    """R2, R20: tries of the customer count for nothing, and one that succeeds keeps the change."""
    life = upgraded()
    pay(life)
    life.settle(DECLINED)
    run(life, until="2024-04-13", plan=[DECLINED])
    pay(life)
    life.settle(CAPTURED)
    run(life, until="2024-04-30")
    assert tried(life) == ["04-11", "04-11", "04-12", "04-13"]
    assert products(life)[0] == (PLATINUM.id, PLATINUM.id)


def test_in_flight_on_the_billing_date_it_is_waited_for() -> None:
    """R7: money that may be captured is not cancelled; the bill comes after it."""
    life = upgraded("2024-04-30", UNKNOWN)
    run(life, until="2024-05-02")
    assert life.subscription.last_interval_no == 0
    life.settle(CAPTURED)
    run(life, until="2024-05-02")
    assert [bill.amount.gross for bill in bills(life)] == [167, 20000]
    assert next_date(life) == "2024-06-01"


@pytest.mark.parametrize("quantity", [1, 4])
def test_an_item_that_changed_since_keeps_its_terms(quantity: int) -> None:
    """R2: be it the same once more; the purchase is cancelled all the same."""
    life = upgraded()
    life.change(quantity=quantity)
    run(life, until="2024-04-20", plan=ALWAYS_DECLINED)
    item = life.subscription.item(1)
    assert (item.latest.product_id, item.latest.quantity) == (PLATINUM.id, quantity)
    assert item.version == 3
    assert (life.subscription.purchases, owed(life)) == ((), 0)


def test_a_renamed_item_of_another_number_is_no_change() -> None:
    """R2: what happens to other items does not matter."""
    life = upgraded()
    life.change(running_no=2, quantity=20)
    run(life, until="2024-04-20", plan=ALWAYS_DECLINED)
    assert products(life)[0] == (GOLD.id, GOLD.id)
    assert life.subscription.item(2).latest.quantity == 20


def test_two_unpaid_changes_fall_back_to_what_was_paid() -> None:
    """R2: the second takes the place of the first, and falls back to what was before both."""
    life = upgraded()
    life.change(quantity=3, alignment=ALIGN)
    life.settle(HARD)
    item = life.subscription.item(1)
    assert (item.in_force.product_id, item.in_force.quantity) == (GOLD.id, 1)


def test_a_paid_change_in_between_is_what_it_falls_back_to() -> None:
    """R2: to two of Platinum, which were paid."""
    life = upgraded("2024-04-11", DECLINED)
    life.change_paid(quantity=2, alignment=ALIGN)
    life.change(quantity=3, alignment=ALIGN)
    life.settle(HARD)
    item = life.subscription.item(1)
    assert (item.in_force.product_id, item.in_force.quantity) == (PLATINUM.id, 2)


def test_unpaid_changes_of_two_items() -> None:
    """R2, R4: each has its purchase, its schedule and its end."""
    life = upgraded()
    run(life, until="2024-04-14T12:00:00", plan=ALWAYS_DECLINED)
    life.change(running_no=2, quantity=20, alignment=ALIGN)
    life.settle(DECLINED)
    run(life, until="2024-04-19", plan=ALWAYS_DECLINED)
    assert products(life)[0] == (GOLD.id, GOLD.id)
    assert life.subscription.item(2).in_force.quantity == 20
    run(life, until="2024-04-25", plan=ALWAYS_DECLINED)
    assert life.subscription.item(2).in_force.quantity == 10
    assert owed(life) == 0


def test_an_added_item_is_removed() -> None:
    """R2: it was not there before."""
    life = paid((GOLD, 1), now=day("2024-04-01"))
    life.now = day("2024-04-11")
    life.add(TIERED, 15, alignment=ALIGN)
    life.settle(HARD)
    added = life.subscription.item(2)
    assert (added.status, added.end) == (ItemStatus.REMOVED, life.now)
    run(life, until="2024-05-01")
    assert bills(life)[-1].amount.gross == 10000


def test_an_added_item_that_was_the_last() -> None:
    """R2, R19: the others were cancelled meanwhile, so nothing is left to bill."""
    life = paid((GOLD, 1), now=day("2024-04-01"))
    life.add(TIERED, 15, alignment=ALIGN)
    life.settle(DECLINED)
    life.deactivate(1)
    run(life, until="2024-05-01", plan=ALWAYS_DECLINED)
    assert life.subscription.status is SubscriptionStatus.DEACTIVATED
    assert life.subscription.end == day("2024-05-01")


def test_an_extension_is_undone() -> None:
    """R2, R12: nothing had moved, and the bill comes on the old date with the old terms."""
    life = paid((GOLD, 1), (SEAT, 10), now=day("2024-04-01"))
    life.now = day("2024-04-16")
    life.change(product_id=PLATINUM.id, alignment=EXTEND)
    life.settle(DECLINED)
    run(life, until="2024-05-01", plan=[DECLINED] * 4)
    assert products(life)[0] == (GOLD.id, GOLD.id)
    assert (bills(life)[-1].amount.gross, next_date(life)) == (15000, "2024-06-01")


def test_an_extension_that_is_paid_late() -> None:
    """R2, R5: a retry captures it: the interval that it asked for, from when it was asked."""
    life = paid((GOLD, 1), now=day("2024-04-01"))
    life.now = day("2024-04-16")
    life.change(product_id=PLATINUM.id, alignment=EXTEND)
    life.settle(DECLINED)
    run(life, until="2024-04-20")
    assert next_date(life) == "2024-05-16"


def test_a_coupon_falls_back_too() -> None:
    """R2, R15: the coupon before comes back; the use of the other is given back."""
    life = paid((GOLD, 1), now=day("2024-04-01"))
    life.offer = OFFER
    life.change(coupon_code=OFFER.code)
    life.wait(days=10)
    life.offer = offer(percent="50", id=18, use_no=3)
    life.change(product_id=PLATINUM.id, coupon_code=OFFER.code, alignment=ALIGN)
    life.settle(HARD)
    coupon = life.subscription.item(1).coupon
    assert coupon is not None
    assert coupon.promotion_id == OFFER.promotion.id
    assert [use.promotion_id for use in life.records.released_uses] == [18]


def test_a_bill_that_was_opened_meanwhile_is_opened_again() -> None:
    """R2, R6: with the terms that are then agreed."""
    life = upgraded("2024-04-25", **REMINDED)
    run(life, until="2024-04-26", plan=ALWAYS_DECLINED)
    assert [p.total.gross for p in life.subscription.purchases] == [1000, 20000]
    run(life, until="2024-05-01", plan=[DECLINED] * 2)
    assert bills(life)[-1].amount.gross == 15000


def test_who_pays_the_next_bill_early_keeps_the_new_terms() -> None:
    """R2: what was billed and paid is in force, whatever becomes of the change before."""
    life = upgraded("2024-04-25", **REMINDED)
    run(life, until="2024-04-26T06:00:00", plan=ALWAYS_DECLINED)
    pay(life, life.opened_last)
    life.settle(CAPTURED)
    run(life, until="2024-05-05", plan=ALWAYS_DECLINED)
    assert products(life)[0] == (PLATINUM.id, PLATINUM.id)
    assert not any(isinstance(event, ItemRolledBack) for event in life.events)
    assert owed(life) == 0


def test_a_renewal_on_request_takes_the_place_of_it() -> None:
    """R2, R6: the next interval is charged in full at the new terms; nothing is undone later."""
    life = upgraded()
    life.change(quantity=2, renewal=Renewal())
    life.settle(CAPTURED)
    run(life, until="2024-05-20")
    assert products(life)[0] == (PLATINUM.id, PLATINUM.id)
    assert next_date(life) == "2024-06-01"
