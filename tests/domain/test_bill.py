"""The bill that comes by itself on the billing date (R1, R3, R10, R14 to R16; V10 to V27)."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.billing import bills, day, diary, due_days, next_date, run
from tests.given import (
    ALIGN,
    CAPTURED,
    DATA_40,
    DATA_80,
    FREE,
    GOLD,
    PLATINUM,
    SEAT,
    TIERED,
    Life,
    Wanted,
    ordered,
    own_price,
    paid,
    product,
)
from tests.promoting import offer
from tollbridge.domain.catalog import Product
from tollbridge.domain.events import IntervalAdvanced, ItemsFinished
from tollbridge.domain.item_change import Renewal
from tollbridge.domain.money import Split
from tollbridge.domain.posting import Account
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.schedule import Interval
from tollbridge.domain.subscription import ItemStatus, SubscriptionStatus
from tollbridge.domain.tax import TaxRate, TaxTable

JANUARY = day("2024-01-01")


def sold(*lines: tuple[Product, int], now: str = "2024-01-01") -> Life:
    """A paid subscription of products that need not be in the catalog of all tests."""
    return paid(*lines, now=day(now), products=[product for product, _ in lines])


def billed(life: Life) -> list[int]:
    """What each bill came to, gross."""
    return [bill.amount.gross for bill in bills(life)]


def test_a_bill_from_beginning_to_end() -> None:
    """R1, R3: opened, charged, captured; the date moves with the money."""
    life = sold((GOLD, 1))
    assert diary(run(life, until="2024-02-01")) == [
        "2024-02-01 PurchaseOpened PaymentStarted PaymentCaptured IntervalAdvanced"
    ]
    subscription = life.subscription
    assert (next_date(life), subscription.last_interval_no) == ("2024-03-01", 1)
    assert subscription.last_billing_interval_no == 1
    assert bills(life)[0].amount == Split(10000, 8403, 1597)
    assert subscription.purchases == ()
    assert life.records.purchase_moves[-1].status is PurchaseStatus.PAID
    claim = life.records.claims[-1]
    assert (claim.interval_no, claim.billing_interval_no, claim.cause) == (1, 1, 0)


def test_several_items_are_one_bill() -> None:
    """R4, R10: one purchase with a line for each item, and its total the sum of them."""
    life = sold((GOLD, 1), (SEAT, 10))
    run(life, until="2024-02-01")
    (row,) = bills(life)
    lines = [line for line in life.records.purchase_items if line.purchase_id == row.id]
    assert [(line.item_running_no, line.amount.gross) for line in lines] == [(1, 10000), (2, 5000)]
    assert [line.interval_no for line in lines] == [1, 1]
    assert row.amount.gross == 15000


def test_what_is_cancelled_or_removed_is_not_billed() -> None:
    """R19: the bill is for the items that are active then."""
    life = sold((GOLD, 1), (SEAT, 10), (DATA_40, 1))
    life.deactivate(1)
    life.remove(3)
    run(life, until="2024-02-01")
    assert billed(life) == [5000]
    gold, seats, data = life.subscription.items
    assert (gold.last_interval_no, seats.last_interval_no, data.last_interval_no) == (0, 1, 0)


def test_a_total_of_0_needs_no_gateway() -> None:
    """R16: paid at once, and the interval advances."""
    life = sold((FREE, 3))
    assert diary(run(life, until="2024-02-01")) == [
        "2024-02-01 PurchaseOpened PaymentCaptured IntervalAdvanced"
    ]
    assert life.records.attempts == []
    assert next_date(life) == "2024-03-01"


@pytest.mark.parametrize(
    ("trial", "dates"),
    [
        (Interval(days=14), ["2024-01-15", "2024-02-15", "2024-03-15"]),
        (Interval(1), ["2024-02-01", "2024-03-01", "2024-04-01"]),
    ],
)
def test_a_trial_ends_with_the_first_bill(trial: Interval, dates: list[str]) -> None:
    """R16: interval 0 costs nothing; its end is charged in full and is the new anchor (R5)."""
    life = ordered((GOLD, 1), now=JANUARY, products=[replace(GOLD, trial=trial)])
    run(life, until=dates[2])
    assert due_days(life) == dates
    assert billed(life) == [10000] * 3
    assert life.subscription.items[0].renewals == 3


def test_a_first_interval_of_its_own_length() -> None:
    """R16: billed after it, and from then on at the usual interval."""
    life = sold((replace(GOLD, first_interval=Interval(2)), 1))
    run(life, until="2024-05-01")
    assert due_days(life) == ["2024-03-01", "2024-04-01", "2024-05-01"]


@pytest.mark.parametrize(
    ("billings", "amounts"),
    [
        (3, [5000, 5000, 5000, 10000, 10000]),
        (1, [5000, 10000, 10000, 10000, 10000]),
        (None, [5000] * 5),
        (0, [10000] * 5),
    ],
)
def test_a_coupon_is_used_up_by_bills(billings: int | None, amounts: list[int]) -> None:
    """R15: it counts the bills that it lowered, and ends with the last of them."""
    life = ordered((GOLD, 1), now=JANUARY, offer=offer(percent="50", billings=billings))
    life.settle(CAPTURED)
    run(life, until="2024-06-01")
    assert billed(life) == amounts
    assert (life.subscription.items[0].coupon is None) is (billings is not None)


def test_a_coupon_of_everything_needs_no_gateway() -> None:
    """R15, R16: a bill that is lowered to 0 is paid, and counts as one of its billings."""
    life = ordered((GOLD, 1), now=JANUARY, offer=offer(percent="100", billings=1))
    run(life, until="2024-03-01")
    assert billed(life) == [0, 10000]
    assert len(life.records.attempts) == 1


def test_all_items_reach_their_count() -> None:
    """R16: paid on 1 January, 1 February and 1 March, Finished on 1 April."""
    life = sold((replace(GOLD, recurrence_count=2), 1))
    happened = run(life, until="2030-01-01")
    assert due_days(life) == ["2024-02-01", "2024-03-01"]
    assert diary(happened)[-1] == "2024-04-01 ItemsFinished"
    subscription = life.subscription
    assert subscription.status is SubscriptionStatus.FINISHED
    assert subscription.end == day("2024-04-01")
    assert subscription.items[0].status is ItemStatus.FINISHED


def test_one_item_of_two_reaches_its_count() -> None:
    """R16: it ends with its last interval, and the other is billed alone."""
    life = sold((replace(GOLD, recurrence_count=1), 1), (SEAT, 10))
    run(life, until="2024-03-01")
    assert billed(life) == [15000, 5000]
    gold, seats = life.subscription.items
    assert (gold.status, gold.end) == (ItemStatus.FINISHED, day("2024-03-01"))
    assert (seats.status, life.subscription.status) == (
        ItemStatus.ACTIVE,
        SubscriptionStatus.ACTIVE,
    )
    (finished,) = (event for event in life.events if isinstance(event, ItemsFinished))
    assert finished.running_nos == (1,)


def test_an_item_that_joined_counts_from_then_on() -> None:
    """R16: two renewals of its own, whatever the subscription had before."""
    short = replace(SEAT, recurrence_count=2)
    life = paid((GOLD, 1), now=JANUARY, products=[GOLD, short])
    run(life, until="2024-03-15")
    life.add(short, 1)
    run(life, until="2024-06-01")
    assert billed(life) == [10000, 10000, 10500, 10500, 10000]


def test_terms_that_waited_are_billed_and_in_force() -> None:
    """R3: a change without alignment comes with the next bill."""
    life = sold((GOLD, 1))
    life.wait(days=3)
    life.products = {PLATINUM.id: PLATINUM}
    life.change(product_id=PLATINUM.id)
    assert life.subscription.item(1).in_force.product_id == GOLD.id
    run(life, until="2024-02-01")
    assert billed(life) == [15000]
    assert life.subscription.item(1).in_force.product_id == PLATINUM.id


def test_another_interval_begins_with_its_bill() -> None:
    """R5, R9: a year is billed on the month's date, and later dates count from there."""
    year = product(61, "900", every="P1Y")
    life = paid((GOLD, 1), now=day("2024-01-31"), products=[GOLD, year])
    life.change(product_id=61)
    run(life, until="2024-02-29")
    assert (billed(life), next_date(life)) == ([90000], "2025-02-28")


def test_the_rate_is_that_of_the_billing_date() -> None:
    """R14: gross prices keep the gross; what is billed late is taxed by its own date."""
    life = sold((GOLD, 1), now="2024-11-30")
    life.tax = TaxTable(
        [
            TaxRate("DE", Decimal("0.19"), date(2007, 1, 1), "test"),
            TaxRate("DE", Decimal("0.25"), date(2025, 1, 1), "test"),
        ]
    )
    life.now = day("2025-02-15")
    run(life, until=life.now)
    assert [bill.amount for bill in bills(life)] == [
        Split(10000, 8403, 1597),
        Split(10000, 8000, 2000),
    ]


def test_what_is_posted() -> None:
    """R6, R10: receivable, revenue and VAT with the opening, cash with the capture."""
    life = sold((GOLD, 1))
    run(life, until="2024-02-01")
    (row,) = bills(life)
    amounts = [(p.account, p.amount) for p in life.records.postings if p.purchase_id == row.id]
    assert amounts == [
        (Account.RECEIVABLE, 10000),
        (Account.REVENUE, -8403),
        (Account.VAT, -1597),
        (Account.CASH, 10000),
        (Account.RECEIVABLE, -10000),
    ]


# Usage and changes of the published use cases, billed by themselves on the next date.
EURO_50 = product(20, "50", name="Base")
GB_25 = product(21, "1", name="25 GB")
BASE_3500 = product(22, "3500")
SEAT_10 = product(23, "10")
SEAT_50 = product(24, "50")
QUARTER_100 = product(25, "100", every="P3M")
QUARTER_75 = product(26, "75", every="P3M")
USAGE = {p.id: p for p in (EURO_50, GB_25, BASE_3500, SEAT_10, SEAT_50, QUARTER_100, QUARTER_75)}


@pytest.mark.parametrize(
    ("start", "lines", "wanted", "amount", "on"),
    [
        ("2024-03-01", [(EURO_50, 1), (GB_25, 1)], {"quantity": 8}, 5800, "2024-04-01"),
        (
            "2024-03-01",
            [(replace(SEAT_50, id=27), 1), (replace(SEAT, id=28), 10)],
            {"quantity": 15},
            12500,
            "2024-04-01",
        ),
        ("2019-08-27", [(SEAT_50, 10)], {"more": 5, "alignment": ALIGN}, 75000, "2019-09-27"),
        ("2024-10-01", [(QUARTER_100, 1)], {"product_id": 26}, 7500, "2025-01-01"),
    ],
)
def test_usage_is_on_the_next_bill(
    start: str,
    lines: list[tuple[Product, int]],
    wanted: Wanted,
    amount: int,
    on: str,
) -> None:
    """V18, V21, V23, V27: changed in between, billed on the date with the new total."""
    products = [*USAGE.values(), *(line[0] for line in lines)]
    life = paid(*lines, now=day(start), products=products)
    life.wait(days=5)
    life.change(running_no=len(lines), **wanted)
    if life.under_way:
        life.settle(CAPTURED)
    run(life, until=on)
    assert bills(life)[-1].amount.gross == amount
    assert due_days(life) == [on]


def test_v19_an_item_of_its_own_price_joins_the_bill() -> None:
    """V19: 3,500 and 300 x 35 that joined without alignment are 14,000 on the date."""
    life = paid((BASE_3500, 1), now=JANUARY, products=USAGE.values())
    life.add(SEAT_10, 300, customer_price=own_price("35"))
    assert life.records.purchases[-1].id == 100  # nothing now
    run(life, until="2024-02-01")
    assert billed(life) == [1400000]


def test_v25_tiers_are_billed_every_month() -> None:
    """V25: 15 units at 10, from the 11th at 8, are 140 a month."""
    life = sold((TIERED, 15))
    run(life, until="2024-04-01")
    assert billed(life) == [14000] * 3


def test_v10_after_an_early_renewal() -> None:
    """V10: from 15 May 2016, renewed in March 2017: the bill after it is of 15 May 2018."""
    life = sold((replace(DATA_80, interval=Interval(12)), 1), now="2016-05-15")
    life.now = day("2017-03-15")
    life.renew()
    life.settle(CAPTURED)
    run(life, until="2019-05-15")
    assert due_days(life) == ["2018-05-15", "2019-05-15"]


@pytest.mark.parametrize(("amount", "gross"), [("80", 8000), ("75", 7500)])
def test_v13_after_a_month_that_started_again(amount: str, gross: int) -> None:
    """V13: reset on 15 January 2020, billed with the new price on 15 February."""
    life = sold((DATA_80, 1), now="2020-01-01")
    life.now = day("2020-01-15")
    life.change(customer_price=own_price(amount), renewal=Renewal(reset=True))
    life.settle(CAPTURED)
    run(life, until="2020-02-15")
    assert due_days(life) == ["2020-02-15"]
    assert billed(life) == [gross, gross]


def test_the_journal_tells_each_interval_once() -> None:
    """R1, R4: two years of months are 24 advances, numbered without a gap."""
    life = sold((GOLD, 1))
    run(life, until="2026-01-01")
    advances = [e.advance.interval_no for e in life.events if isinstance(e, IntervalAdvanced)]
    assert advances == list(range(1, 25))
