"""How a subscription begins and how often it is renewed: trials, first intervals, counts (R16)."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.given import (
    ALIGN,
    CAPTURED,
    EXTEND,
    GOLD,
    NOW,
    PLATINUM,
    STANDARD,
    Life,
    order,
    product,
)
from tests.promoting import around, bought, change, keep, offer, opened, renew, signed_up
from tollbridge.domain.catalog import Product
from tollbridge.domain.events import PaymentStarted, decode_event, encode_event
from tollbridge.domain.evolve import fold
from tollbridge.domain.item_addition import ItemAddition, decide_item_addition
from tollbridge.domain.item_change import Renewal
from tollbridge.domain.money import Split, total
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.renewal import decide_renewal
from tollbridge.domain.schedule import Interval, after, parse_interval
from tollbridge.domain.sign_up import beginnings_of
from tollbridge.domain.subscription import SubscriptionStatus

WEEK = timedelta(days=7)
MONTHLY = product(60, "30.00")


def begins(
    sold: Product = MONTHLY, *, trial: str = "", first: str = "", renewals: int | None = None
) -> Product:
    """The product with another beginning or a number of renewals."""
    none = Interval()
    return replace(
        sold,
        trial=parse_interval(trial) if trial else none,
        first_interval=parse_interval(first) if first else none,
        recurrence_count=renewals,
    )


def life_of(*sold: Product) -> Life:
    """One subscription to one unit of each, paid."""
    return bought(*((one, 1) for one in sold), products=[*sold, GOLD, PLATINUM])


# Trials


def test_a_trial_costs_nothing_and_asks_no_gateway() -> None:
    """R16: interval 0 at price 0 is paid at once; the card is authorised and not charged."""
    life = life_of(begins(trial="P7D"))
    subscription = life.subscription
    assert subscription.status is SubscriptionStatus.ACTIVE
    assert not any(isinstance(event, PaymentStarted) for event in life.events)
    [move] = life.records.purchase_moves
    assert move.status is PurchaseStatus.PAID
    (line,) = opened(life).lines
    assert (line.amount, line.explanation.charge.whole, line.explanation.charge.factor) == (
        Split(),
        "30",
        "0",
    )
    assert subscription.start_interval == Interval(0, 7)
    assert subscription.interval == Interval(1)
    assert subscription.next_billing == NOW + WEEK


def test_after_the_trial_comes_the_full_price() -> None:
    """R16, R5: the first bill at its end, and the dates count from there."""
    life = life_of(begins(trial="P7D"))
    renew(life)
    assert opened(life).total.gross == 3000
    assert life.subscription.last_interval_no == 1
    assert life.subscription.next_billing == after(NOW + WEEK, Interval(1))


def test_the_end_of_a_trial_is_the_anchor() -> None:
    """R5: a trial that ends on a 31st is billed on the last days, and comes back to the 31st."""
    start = NOW.replace(month=1, day=17)
    life = bought((begins(trial="P14D"), 1), products=[begins(trial="P14D")], now=start)
    dates = [life.subscription.next_billing]
    for _ in range(3):
        renew(life)
        dates.append(life.subscription.next_billing)
    assert [(date.month, date.day) for date in dates] == [(1, 31), (2, 28), (3, 31), (4, 30)]


def test_an_upgrade_in_a_trial_has_no_credit() -> None:
    """R11: nothing was paid; the days left are of the interval that the price is for."""
    life = life_of(begins(trial="P15D"))
    life.wait(days=5)
    prices = change(life, product_id=GOLD.id, alignment=ALIGN)
    assert prices.alignment.gross == 3333  # 100.00 x 10/30
    assert prices.next_billing.gross == 10000


def test_a_trial_is_renewed_early() -> None:
    """V10 on a trial: the days that are left are kept."""
    life = life_of(begins(trial="P7D"))
    life.wait(days=2)
    keep(life, decide_renewal(life.subscription, Renewal(), around(life)))
    life.settle(CAPTURED)
    assert life.subscription.next_billing == after(NOW + WEEK, Interval(1))


def test_a_coupon_waits_for_the_first_bill() -> None:
    """R15, R16: a trial has nothing to take off."""
    sold = begins(trial="P7D")
    life = bought((sold, 1), products=[sold], offered=offer(percent="50", billings=1))
    bills = []
    for _ in range(2):
        renew(life)
        bills.append(opened(life).total.gross)
    assert bills == [1500, 3000]


def test_a_product_in_trial_beside_one_without() -> None:
    """What begins otherwise is a subscription of its own; the order is one purchase."""
    trial = begins(trial="P7D")
    trying, paying = signed_up((trial, 1), (GOLD, 2), products=[trial, GOLD], ids=(7, 8))
    assert [opened(life).total.gross for life in (trying, paying)] == [0, 20000]
    assert opened(trying).id == opened(paying).id
    for life in (trying, paying):
        life.settle(CAPTURED)
        assert life.subscription.status is SubscriptionStatus.ACTIVE
    assert trying.subscription.next_billing == NOW + WEEK
    assert paying.subscription.next_billing == after(NOW, Interval(1))


# First intervals


def test_a_first_interval_of_its_own() -> None:
    """StartInterval*: paid in full, and the next dates count from its end (R5)."""
    life = life_of(begins(STANDARD, first="P1M"))
    subscription = life.subscription
    assert opened(life).total.gross == 9995
    assert (subscription.start_interval, subscription.interval) == (Interval(1), Interval(12))
    assert subscription.next_billing == after(NOW, Interval(1))
    renew(life)
    assert life.subscription.next_billing == after(NOW, Interval(13))
    assert life.subscription.start_interval == Interval(1)


def test_a_first_interval_is_counted_from_the_payment() -> None:
    """R1: it begins when the sign-up is paid, not when it was ordered."""
    (life,) = signed_up((begins(first="P7D"), 1), products=[begins(first="P7D")])
    life.wait(hours=5)
    life.settle(CAPTURED)
    assert life.subscription.next_billing == NOW + timedelta(hours=5) + WEEK


def test_the_days_of_the_first_interval() -> None:
    """R11: what is left of it is measured by its own days, and so is what was paid."""
    life = life_of(begins(first="P10D"))
    life.wait(days=5)
    prices = change(life, product_id=GOLD.id, alignment=ALIGN)
    assert prices.alignment.gross == 3500  # (100.00 - 30.00) x 5/10


def test_the_days_of_the_second_interval() -> None:
    """R11: from the first renewal on it is the normal interval."""
    life = life_of(begins(first="P10D"))
    renew(life)
    life.wait(days=15)
    prices = change(life, product_id=GOLD.id, alignment=ALIGN)
    left = (life.subscription.next_billing - life.now).days
    assert prices.alignment.gross == round(7000 * left / 30)


def test_what_makes_up_one_subscription() -> None:
    """platform.md f: the same interval, and the same beginning."""
    sold = [begins(replace(MONTHLY, id=n), trial=t) for n, t in ((1, ""), (2, "P7D"), (3, ""))]
    bought_now = order(*((one, 1) for one in sold))
    context = replace(around(life_of(GOLD)), products={one.id: one for one in sold})
    assert [one.first for one in beginnings_of(bought_now, context)] == [
        Interval(1),
        Interval(0, 7),
    ]


# Counts


def test_renewals_are_counted_and_no_more_is_sold() -> None:
    """R16: recurrence_count 2 on a monthly item: paid three times, and that is all."""
    life = life_of(begins(renewals=2))
    assert life.subscription.items[0].latest.recurrence_count == 2
    renew(life)
    prices = renew(life)
    assert prices.next_billing == prices.next_renewal == Split()
    with pytest.raises(NotAllowed) as caught:
        renew(life)
    assert caught.value.reason == "recurrence_finished"
    assert life.subscription.last_interval_no == 2


def test_an_extension_is_a_renewal() -> None:
    """R12, R16: it counts as the next interval, and is refused where there is none left."""
    life = life_of(begins(renewals=1))
    life.wait(days=3)
    change(life, quantity=2, alignment=EXTEND)
    life.settle(CAPTURED)
    with pytest.raises(NotAllowed, match="has had all its renewals: 1"):
        change(life, quantity=3, alignment=EXTEND)


def test_an_alignment_is_none() -> None:
    """R12: the rest of the running interval may be changed to the end."""
    life = life_of(begins(renewals=1))
    renew(life)
    life.wait(days=10)
    assert change(life, quantity=2, alignment=ALIGN).alignment.gross == 2100  # 21 days left


def test_an_item_counts_its_own_renewals() -> None:
    """R16: an item that joins later has all of them before it."""
    life = life_of(MONTHLY)
    renew(life)
    limited = begins(replace(MONTHLY, id=61), renewals=1)
    life.edit_catalog(limited)
    addition = ItemAddition(product_id=limited.id, quantity=1, call="test")
    keep(life, decide_item_addition(life.subscription, addition, around(life)))
    prices = renew(life)
    assert opened(life).total.gross == 6000
    assert prices.next_billing.gross == 3000
    assert [item.renewals for item in life.subscription.items] == [2, 1]


def test_another_product_brings_its_own_count() -> None:
    """R9: recurrence is a term of the catalog, like the price."""
    life = life_of(begins(renewals=1))
    renew(life)
    change(life, product_id=GOLD.id)
    renew(life)
    assert opened(life).total.gross == 10000


def test_the_journal_tells_how_it_began() -> None:
    """DESIGN 3: fold(journal) == document, beginnings included."""
    for sold in (begins(trial="P7D", renewals=3), begins(first="P2M")):
        life = life_of(sold)
        renew(life)
        rows = [(type(event).__name__, event.version, encode_event(event)) for event in life.events]
        assert fold(decode_event(*row) for row in rows) == life.subscription
        assert total(line.amount for line in opened(life).lines).gross == 3000
