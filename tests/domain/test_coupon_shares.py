"""A fixed amount is shared out over the lines of its coupon (R10, R15)."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.given import (
    CAPTURED,
    FREE,
    GOLD,
    GROSS,
    NOW,
    SEAT,
    STANDARD,
    Life,
    price,
    product,
)
from tests.promoting import (
    TWENTY,
    bought,
    change,
    gross,
    offer,
    opened,
    signed_up,
    uses,
)
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.money import Split, TaxKind, total
from tollbridge.domain.schedule import Interval

THIRD = product(51, price("10.00"))


def test_a_fixed_amount_is_shared_out() -> None:
    """R10: 10.00 off three lines of 10.00 is 3.34, 3.33 and 3.33; the sum is exact."""
    lines = [(THIRD, 1)] * 3
    life = bought(*lines, products=[THIRD], offered=offer(fixed="10"))
    assert [line.amount.gross for line in opened(life).lines] == [666, 667, 667]
    assert gross(life, 1) == [2000]


def test_an_order_of_two_intervals() -> None:
    """R10, R15: a fixed amount is shared out over both subscriptions; the use is one."""
    monthly, yearly = signed_up(
        (GOLD, 1), (STANDARD, 1), offered=offer(fixed="20", use_no=4, max_uses=9), ids=(7, 8)
    )
    assert [opened(life).total.gross for life in (monthly, yearly)] == [9000, 8995]
    assert (uses(monthly), uses(yearly)) == (([4], []), ([], []))


def merged(primary: Life, secondary: Life) -> Life:
    """Both on the primary's bill from now on."""
    primary.now = secondary.now = max(primary.now, secondary.now)
    primary.merge(secondary, Alignment())
    return primary


def test_coupons_that_meet_count_one_each() -> None:
    """R15: two customers' amounts of 5.00 are 10.00 when alignsubscriptions brings them together.

    Neither has a use number, as their promotion is not limited.
    """
    secondary = bought((TWENTY, 1), products=[TWENTY])
    (primary,) = signed_up((GOLD, 1), ids=(8,), now=NOW + timedelta(days=5))
    primary.settle(CAPTURED)
    for life in (primary, secondary):
        change(life, offer(fixed="5", billings=2))
    assert gross(merged(primary, secondary), 3) == [11000, 11000, 12000]


def test_the_parts_of_an_order_count_one_each() -> None:
    """R10, R15: each subscription has its share for good, also where the shares are equal."""
    later = replace(product(52, "20.00"), first_interval=Interval(days=40))
    monthly, other = signed_up(
        (TWENTY, 1),
        (later, 1),
        products=[TWENTY, later],
        offered=offer(fixed="10"),
        ids=(7, 8),
    )
    for life in (monthly, other):
        life.settle(CAPTURED)
    assert [opened(life).total.gross for life in (monthly, other)] == [1500, 1500]
    assert gross(merged(other, monthly), 1) == [3000]


def test_one_coupon_of_several_items_stays_one() -> None:
    """R15: wherever its items move, and though it is applied again, it is taken off once."""
    secondary = bought((TWENTY, 1), (THIRD, 1), products=[TWENTY, THIRD], offered=offer(fixed="6"))
    assert opened(secondary).total.gross == 2400
    (primary,) = signed_up((GOLD, 1), ids=(8,), now=NOW + timedelta(days=5))
    primary.settle(CAPTURED)
    assert gross(merged(primary, secondary), 2) == [12400, 12400]


def test_a_coupon_applied_again_is_the_same() -> None:
    """R15: not used yet, it keeps its use and is shared with the item that comes back."""
    trial = replace(TWENTY, trial=Interval(days=7))
    life = bought((trial, 1), (trial, 1), products=[trial], offered=offer(fixed="5"))
    life.deactivate(2)
    change(life, offer(fixed="5"))
    life.reinstate(2)
    assert gross(life, 2) == [3500, 3500]


def test_a_coupon_applied_anew_is_another() -> None:
    """R15: the one until now has lowered a bill, so this is a use of its own."""
    life = bought((TWENTY, 1), (TWENTY, 1), products=[TWENTY], offered=offer(fixed="5"))
    life.deactivate(2)
    change(life, offer(fixed="5"))
    life.reinstate(2)
    assert gross(life, 2) == [3000, 3000]


@given(
    amounts=st.lists(st.decimals(0, 300, places=2), min_size=1, max_size=5),
    fixed=st.decimals(Decimal("0.01"), 400, places=2),
    kinds=st.lists(st.sampled_from(TaxKind), min_size=5, max_size=5),
    tax=st.sampled_from(TaxKind),
)
def test_shares_add_up(
    amounts: list[Decimal], fixed: Decimal, kinds: list[TaxKind], tax: TaxKind
) -> None:
    """R10: whatever the prices, the lines lose just the amount, and none goes below 0."""
    sold = [
        product(50 + i, price(str(amount), kind))
        for i, (amount, kind) in enumerate(zip(amounts, kinds, strict=False))
    ]
    items = [(one, 1) for one in sold]
    full = opened(bought(*items, products=sold)).lines
    lines = opened(bought(*items, products=sold, offered=offer(fixed=str(fixed), tax=tax))).lines
    assert all(line.amount.gross == line.amount.net + line.amount.vat for line in lines)
    assert all(min(line.amount.gross, line.amount.net, line.amount.vat) >= 0 for line in lines)
    sums = [total(line.amount for line in one) for one in (full, lines)]
    whole, left = (s.gross if tax is GROSS else s.net for s in sums)
    assert left == max(0, whole - int(fixed * 100))


def test_the_line_explains_its_share() -> None:
    """R10: of a fixed amount the line shows the rule and its own part."""
    life = bought((GOLD, 1), (SEAT, 20), offered=offer(fixed="10"))
    parts = [line.explanation.discount for line in opened(life).lines]
    assert [(part.rule, part.amount) for part in parts if part] == [("10 gross", "5")] * 2


def test_nothing_off_nothing() -> None:
    """R10: a fixed amount on free products has nobody to be shared out to."""
    life = bought((FREE, 1), offered=offer(fixed="5"))
    assert opened(life).total == Split()
