"""Applying a coupon, replacing and losing it; for how long it lowers bills (R15)."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from tests.billing import pay
from tests.given import (
    CAPTURED,
    DATA_80,
    DECLINED,
    GOLD,
    NOW,
    PLATINUM,
    SEAT,
    Life,
)
from tests.promoting import (
    CODE,
    TWENTY,
    Terms,
    around,
    bought,
    change,
    coupon,
    gross,
    keep,
    keep_quietly,
    offer,
    opened,
    promotion,
    renew,
    signed_up,
    uses,
)
from tollbridge.domain.cancellation import decide_removal
from tollbridge.domain.events import decode_event, encode_event
from tollbridge.domain.evolve import fold
from tollbridge.domain.item_addition import ItemAddition, decide_item_addition
from tollbridge.domain.item_change import Renewal
from tollbridge.domain.promotion import Offer, folded
from tollbridge.domain.refusal import NotAllowed


def test_a_renewal_at_once_is_its_first_billing() -> None:
    """Seed 002, renewing early with a discount: charged with it, and then it is used up."""
    life = bought((TWENTY, 1), products=[TWENTY])
    life.wait(days=3)
    prices = change(life, offer(percent="50", billings=1), renewal=Renewal())
    assert opened(life).total.gross == 1000
    assert prices.next_billing.gross == 2000  # after the renewal that is under way
    life.settle(CAPTURED)
    assert coupon(life) is None


def test_a_declined_renewal_does_not_count() -> None:
    """R15: what was not captured was no billing."""
    life = bought((TWENTY, 1), products=[TWENTY])
    change(life, offer(percent="50", billings=1))
    renew(life, captured=False)
    life.settle(DECLINED)
    assert coupon(life) is not None
    assert gross(life, 2) == [1000, 2000]


def test_a_coupon_that_comes_after_the_bill_was_opened() -> None:
    """R6, R15: the open bill neither gets it nor counts as one of its billings."""
    life = bought((TWENTY, 1), products=[TWENTY])
    change(life, offer(percent="10", billings=5))
    renew(life, captured=False)
    life.settle(DECLINED)
    change(life, offer(percent="50", billings=1))
    pay(life)
    life.settle(CAPTURED)
    assert opened(life).total.gross == 1800
    assert gross(life, 2) == [1000, 2000]


def test_a_new_one_takes_the_place_of_the_old() -> None:
    """R15: one per item; the item version that had the old one shows it."""
    life = bought((TWENTY, 1), products=[TWENTY])
    change(life, offer(percent="10", id=1))
    change(life, offer(percent="50", id=2))
    assert gross(life, 1) == [1000]
    shown = [row.item.coupon and row.item.coupon.promotion_id for row in life.records.versions]
    assert shown == [None, 1]


def test_another_change_keeps_it() -> None:
    """R15: a change without a code leaves the coupon, also with another price (R9)."""
    life = bought((TWENTY, 1), products=[TWENTY])
    change(life, offer(percent="50"))
    change(life, quantity=3)
    assert gross(life, 1) == [3000]


def test_editing_the_promotion_touches_no_item() -> None:
    """R9: the item holds the terms that were agreed."""
    life = bought((TWENTY, 1), products=[TWENTY])
    change(life, offer(percent="50", billings=2))
    held = coupon(life)
    assert held is not None
    assert (str(held.discount), held.billings_left) == ("50 %", 2)


def test_another_product_that_it_is_not_for_ends_it() -> None:
    """R15: a coupon for Gold does not follow to Platinum."""
    life = bought((GOLD, 1))
    change(life, offer(percent="50", products=(GOLD.id,), use_no=3, max_uses=5))
    change(life, quantity=2)
    assert coupon(life) is not None
    prices = change(life, product_id=PLATINUM.id)
    assert prices.next_billing.gross == 2 * 15000
    assert coupon(life) is None
    assert uses(life) == ([3], [3])


REFUSED: list[tuple[str, Offer | None, str]] = [
    ("nobody knows it", None, "coupon_unknown"),
    ("used up", offer(percent="5", use_no=None, max_uses=3), "coupon_used_up"),
    ("too early", offer(percent="5", valid_from=NOW + timedelta(1)), "coupon_not_valid"),
    ("over", offer(percent="5", valid_to=NOW), "coupon_not_valid"),
    ("another product", offer(percent="5", products=(GOLD.id,)), "coupon_product"),
    ("the first purchase alone", offer(percent="5", billings=0), "coupon_initial_only"),
]


@pytest.mark.parametrize(
    ("offered", "reason"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_cannot_be_applied(offered: Offer | None, reason: str) -> None:
    """R15, R17: refused with a reason, nothing changes."""
    life = bought((SEAT, 1))
    before = life.subscription
    with pytest.raises(NotAllowed) as caught:
        change(life, offered, code=CODE)
    assert (caught.value.reason, caught.value.field) == (reason, "CouponCode")
    assert life.subscription is before


def test_a_currency_without_an_amount() -> None:
    """R15: a fixed amount is per currency, a percentage is for all."""
    life = bought((SEAT, 1))
    euros = replace(offer(), promotion=promotion(fixed="5", currency="EUR"))
    with pytest.raises(NotAllowed, match="no discount in USD"):
        change(life, euros)


@pytest.mark.parametrize("valid_from", [None, NOW])
def test_at_its_first_instant(valid_from: datetime | None) -> None:
    """R23: validity is business time, the first instant in, the last out."""
    terms: Terms = {"valid_to": NOW + timedelta(microseconds=1)}
    if valid_from is not None:
        terms["valid_from"] = valid_from
    assert change(bought((SEAT, 1)), offer(percent="20", **terms)).next_billing.gross == 400


def test_a_subscription_of_several_items() -> None:
    """R15: refused for a change and for an item that joins; items that ended do not count."""
    life = bought((GOLD, 1), (SEAT, 1))
    with pytest.raises(NotAllowed, match="several items"):
        change(life, offer(percent="5"))
    with pytest.raises(NotAllowed, match="several items"):
        add(life)
    context = around(life)
    keep_quietly(life, decide_removal(life.subscription, 2, context, generate_mail=False))
    assert change(life, offer(percent="5")).next_billing.gross == 9500


def add(life: Life) -> None:
    """Add an item with half off for one billing."""
    addition = ItemAddition(product_id=DATA_80.id, quantity=1, coupon_code=CODE, call="test")
    context = around(life, offer(percent="50", billings=1))
    keep(life, decide_item_addition(life.subscription, addition, context))


def test_an_item_joins_with_a_coupon() -> None:
    """subscription-api.md 2.1: it lowers the new item's own bills."""
    life = bought((GOLD, 1))
    add(life)
    assert gross(life, 2) == [10000 + 4000, 10000 + 8000]


def test_an_order_needs_a_product_it_is_for() -> None:
    """R15: a code that is for none of the products is refused, not forgotten."""
    with pytest.raises(NotAllowed) as caught:
        signed_up((GOLD, 1), offered=offer(percent="5", products=(SEAT.id,)))
    assert caught.value.reason == "coupon_product"


@pytest.mark.parametrize("typed", ["bd3-1kk-un3", " BD3-1KK-UN3 ", "Bd3-1kK-uN3"])
def test_codes_in_any_case(typed: str) -> None:
    """R15: customers type codes as they like; the item shows it as the merchant wrote it."""
    assert folded(typed) == folded(CODE)
    assert promotion(percent="5").written(typed) == CODE


def test_the_journal_tells_all_of_it() -> None:
    """DESIGN 3: events with coupons survive being stored, and fold to the same subscription."""
    life = bought((SEAT, 1), offered=offer(fixed="1", use_no=1, max_uses=2, billings=2))
    change(life, offer(percent="12.5", use_no=2, max_uses=2, products=(SEAT.id,)))
    gross(life, 3)
    stored = [(type(event).__name__, event.version, encode_event(event)) for event in life.events]
    assert fold(decode_event(*row) for row in stored) == life.subscription
