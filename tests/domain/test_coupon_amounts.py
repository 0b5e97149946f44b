"""What coupons take off a bill, and what they never touch (R10, R15)."""

import pytest

from tests.given import (
    ALIGN,
    CAPTURED,
    DATA_40,
    EXTEND,
    GOLD,
    GROSS,
    NET,
    NOW,
    PLATINUM,
    SEAT,
    own_price,
    price,
    product,
)
from tests.promoting import (
    CODE,
    TWENTY,
    bought,
    change,
    coupon,
    gross,
    offer,
    opened,
    renew,
)
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.events import PaymentStarted
from tollbridge.domain.money import Split, TaxKind
from tollbridge.domain.price import Price
from tollbridge.domain.promotion import Offer
from tollbridge.domain.purchase import Reduction
from tollbridge.domain.sign_up import OrderItem


def test_the_example_of_the_rule() -> None:
    """R15: 50 % for 3 billings at 20.00 are three bills of 10.00, then 20.00."""
    life = bought((TWENTY, 1), products=[TWENTY])
    prices = change(life, offer(percent="50", billings=3))
    assert prices.next_billing == prices.next_renewal == Split(1000, 840, 160)
    assert prices.alignment == Split()
    assert gross(life, 4) == [1000, 1000, 1000, 2000]
    assert coupon(life) is None


def test_billings_are_counted_and_not_dates() -> None:
    """R15: from a 31st on, through short months, three bills are three bills."""
    start = NOW.replace(month=1, day=31)
    life = bought((TWENTY, 1), products=[TWENTY], now=start)
    change(life, offer(percent="50", billings=3))
    assert gross(life, 4) == [1000, 1000, 1000, 2000]
    assert [life.now.month, life.now.day] == [5, 31]


def test_for_ever() -> None:
    """R15: without a number it stays until it is replaced."""
    life = bought((TWENTY, 1), products=[TWENTY])
    change(life, offer(percent="25"))
    assert gross(life, 3) == [1500, 1500, 1500]
    held = coupon(life)
    assert held is not None
    assert (held.code, held.promotion_id, held.used) == (CODE, 17, True)


@pytest.mark.parametrize(
    ("billings", "first", "then"),
    [
        (0, 1000, [2000, 2000]),
        (1, 1000, [1000, 2000]),
        (2, 1000, [1000, 1000, 2000]),
        (None, 1000, [1000] * 3),
    ],
)
def test_from_the_sign_up_on(billings: int | None, first: int, then: list[int]) -> None:
    """R15: the initial purchase has it and is none of its billings; 0 is that purchase alone."""
    life = bought((TWENTY, 1), products=[TWENTY], offered=offer(percent="50", billings=billings))
    assert opened(life).total.gross == first
    assert gross(life, len(then)) == then


def test_a_percentage_is_rounded_with_its_line() -> None:
    """R10: unit x quantity x (1 - p), rounded once: 3 x 3.35 less 10 % is 9.045, so 9.05."""
    sold = product(50, "3.35")
    life = bought((sold, 3), products=[sold])
    assert change(life, offer(percent="10")).next_billing.gross == 905


def test_a_net_price_is_lowered_before_the_tax() -> None:
    """R10: 10.00 net less 15 % is 8.50 net; VAT 1.615 is 1.62."""
    sold = product(50, price("10.00", NET))
    life = bought((sold, 1), products=[sold])
    assert change(life, offer(percent="15")).next_billing == Split(1012, 850, 162)


@pytest.mark.parametrize(
    ("sold", "fixed", "tax", "expected"),
    [
        (price("20.00"), "5", GROSS, Split(1500, 1261, 239)),
        (price("20.00"), "5", NET, Split(1405, 1181, 224)),  # net 16.81 - 5.00
        (price("20.00", NET), "5", NET, Split(1785, 1500, 285)),
        (price("20.00", NET), "5", GROSS, Split(1880, 1580, 300)),  # gross 23.80 - 5.00
        (price("20.00"), "20", GROSS, Split()),
        (price("20.00"), "99", GROSS, Split()),  # never below 0
    ],
)
def test_a_fixed_amount(sold: Price, fixed: str, tax: TaxKind, expected: Split) -> None:
    """R10, R15: it is taken off in its own kind before the split, and at most the whole line."""
    item = product(50, sold)
    life = bought((item, 1), products=[item])
    assert change(life, offer(fixed=fixed, tax=tax)).next_billing == expected
    renew(life)
    assert opened(life).total == expected


def test_a_full_discount_needs_no_gateway() -> None:
    """R16: a renewal of 0 is paid, the interval advances and the billing counts."""
    life = bought((TWENTY, 1), products=[TWENTY])
    change(life, offer(percent="100", billings=1))
    attempts = len([e for e in life.events if isinstance(e, PaymentStarted)])
    renew(life)
    assert life.subscription.last_interval_no == 1
    assert len([e for e in life.events if isinstance(e, PaymentStarted)]) == attempts
    assert gross(life, 1) == [2000]


def test_only_products_that_it_is_for() -> None:
    """R15: the other lines of the order pay in full, now and later."""
    discount = offer(fixed="5", products=(DATA_40.id,))
    life = bought((GOLD, 1), (DATA_40, 1), offered=discount)
    assert [line.amount.gross for line in opened(life).lines] == [10000, 3500]
    assert [item.coupon is None for item in life.subscription.items] == [True, False]
    assert gross(life, 1) == [13500]


def test_the_line_explains_it() -> None:
    """R15: by which rule, how much, and what the line would have cost."""
    life = bought((SEAT, 10), offered=offer(percent="12.5"))
    (line,) = opened(life).lines
    assert line.amount == line.worth == Split(4375, 3676, 699)
    explained = line.explanation
    assert (explained.charge.whole, explained.exact) == ("50", "43.75")
    assert explained.discount == Reduction(
        code=CODE,
        promotion_id=17,
        promotion_name="Spring",
        rule="12.5 %",
        amount="6.25",
        full=Split(5000, 4202, 798),
    )


def test_an_item_with_its_own_price() -> None:
    """R9, R15: a CustomerPrice is lowered like any other."""
    own = OrderItem(product_id=SEAT.id, quantity=2, customer_price=own_price("4.00"))
    life = bought(own, offered=offer(percent="50"))
    assert opened(life).total.gross == 400


@pytest.mark.parametrize("alignment", [ALIGN, EXTEND])
@pytest.mark.parametrize("discount", [offer(percent="50"), offer(fixed="7.77")])
def test_an_alignment_amount_is_never_lowered(alignment: Alignment, discount: Offer) -> None:
    """R15: with or without a coupon an upgrade now costs the same; the next bill differs."""
    plain, with_coupon = bought((GOLD, 1)), bought((GOLD, 1))
    change(with_coupon, discount)
    for life in (plain, with_coupon):
        life.wait(days=10)
    upgraded = [
        change(life, product_id=PLATINUM.id, alignment=alignment) for life in (plain, with_coupon)
    ]
    assert upgraded[0].alignment == upgraded[1].alignment
    assert upgraded[0].next_billing.gross > upgraded[1].next_billing.gross


def test_applying_it_with_an_alignment() -> None:
    """R15: the same call may do both; the amount charged now is the full difference."""
    life = bought((GOLD, 1))
    life.wait(days=15)
    discount = offer(percent="50", billings=1)
    prices = change(life, discount, product_id=PLATINUM.id, alignment=ALIGN)
    assert prices.alignment.gross == 2500
    assert prices.next_billing.gross == 7500
    life.settle(CAPTURED)
    assert gross(life, 2) == [7500, 15000]


def test_an_extension_is_no_billing_of_it() -> None:
    """R15: a whole new interval that was charged in full leaves the coupon as it was."""
    life = bought((TWENTY, 1), products=[TWENTY])
    change(life, offer(percent="50", billings=1))
    life.wait(days=15)
    change(life, quantity=2, alignment=EXTEND)
    life.settle(CAPTURED)
    assert life.subscription.last_interval_no == 1
    assert gross(life, 2) == [2000, 4000]


def test_credit_is_what_was_captured() -> None:
    """R11: who paid half for Gold gets at most that half credited for the days left."""
    life = bought((GOLD, 1), offered=offer(percent="50", billings=0))
    life.wait(days=15)
    prices = change(life, product_id=PLATINUM.id, alignment=ALIGN)
    assert prices.alignment.gross == 7500 - 2500
