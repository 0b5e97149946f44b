"""Coupons through the commands, on both engines: prices, uses, what doctor says of them (R15)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.rest.world import CARD, CONTACT
from tollbridge.commands.add_item import preview as preview_addition
from tollbridge.commands.advance_clock import advance_clock
from tollbridge.commands.apply_catalog import apply_catalog
from tollbridge.commands.catalog_file import parse_catalog
from tollbridge.commands.change_item import preview
from tollbridge.commands.deactivate_items import deactivate_items
from tollbridge.commands.sign_up import GivenIds, SignUpRequest
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.coupon_uses import CouponUseRow
from tollbridge.domain.item_addition import ItemAddition
from tollbridge.domain.item_change import ItemChange, Renewal
from tollbridge.domain.refusal import Busy, Refusal
from tollbridge.domain.sign_up import OrderItem
from tollbridge.domain.subscription import Subscription
from tollbridge.flows.align_subscriptions import align_subscriptions
from tollbridge.flows.change_item import change_item
from tollbridge.flows.collecting import Collector
from tollbridge.flows.renew import renew
from tollbridge.flows.sign_up import sign_up
from tollbridge.queries.doctor import examine

SHOP = 864
CATALOG = """
[merchant]
id = 864
name = "Shop"
mode = "sandbox"
clock = 2026-02-09T15:43:07
country = "DE"
currency = "USD"
management_model = "Two"

[[product]]
id = 7
name = "Thing"
interval = "P1M"
prices = [{ currency = "USD", tax = "gross", amount = "20.00" }]

[[product]]
id = 8
name = "Other"
interval = "P1M"
trial = "P7D"
prices = [{ currency = "USD", tax = "gross", amount = "30.00" }]

[[promotion]]
id = 17
name = "Half"
percent = "50"
billings = 1
codes = ["BD3-1KK-UN3"]

[[promotion]]
id = 18
name = "Few"
fixed = [{ currency = "USD", tax = "gross", amount = "5.00" }]
max_uses = 3
codes = ["few"]

[[promotion]]
id = 19
name = "Very few"
percent = "10"
max_uses = 1
codes = ["one"]
"""
DECLINES = "4000000000000002"


@pytest.fixture
def shop(any_collector: Collector) -> Collector:
    """A merchant with promotions."""
    apply_catalog(any_collector.platform, parse_catalog(CATALOG))
    return any_collector


def buy(shop: Collector, code: str = "", *, card: str = CARD.number, product: int = 7) -> int:
    """A subscription to one unit, with a coupon."""
    request = SignUpRequest(
        items=(OrderItem(product_id=product, quantity=1),),
        currency="USD",
        contact=CONTACT,
        card=replace(CARD, number=card),
        coupon_code=code,
    )
    return sign_up(shop, SHOP, request, "test").subscription_ids[0]


def stored(shop: Collector, number: int) -> Subscription:
    """The subscription as it stands."""
    held = shop.platform.store.held(SHOP, number)
    assert held is not None
    return held.subscription


def applied(shop: Collector, number: int, code: str, renewal: Renewal | None = None) -> int:
    """Apply a coupon; what the next bill will be."""
    change = ItemChange(running_no=1, coupon_code=code, renewal=renewal, call="update")
    previewed = preview(shop.platform, SHOP, number, change)
    prices = change_item(shop, SHOP, number, change, "test")
    assert prices == previewed
    return prices.next_billing.gross


def renewed(shop: Collector, number: int) -> int:
    """Renew on the billing date; what was charged."""
    advance_clock(shop.platform, SHOP, to=stored(shop, number).next_billing)
    purchase_id = renew(shop, SHOP, number, Renewal(), "test").purchase_id
    purchase = shop.platform.store.purchase(SHOP, purchase_id)
    assert purchase is not None
    return purchase.amount.gross


def uses(shop: Collector, *numbers: int) -> list[tuple[int, int]]:
    """Promotions and subscriptions of the uses that are held."""
    rows = (row for n in numbers for row in shop.platform.store.money_rows(SHOP, n).coupon_uses)
    return sorted((row.promotion_id, row.subscription_id) for row in rows)


def refused(shop: Collector, number: int, code: str) -> str:
    """Why the coupon cannot be applied; nothing has changed."""
    before = stored(shop, number)
    with pytest.raises(Refusal) as caught:
        applied(shop, number, code)
    assert stored(shop, number) == before
    return caught.value.reason


def test_a_coupon_on_a_running_subscription(shop: Collector) -> None:
    """Seed 002: the next bill is lowered, in any case of letters, and the one after is not."""
    number = buy(shop)
    assert applied(shop, number, "bd3-1KK-un3") == 1000
    item = stored(shop, number).items[0]
    assert item.coupon is not None
    assert item.coupon.code == "BD3-1KK-UN3"
    assert [renewed(shop, number), renewed(shop, number)] == [1000, 2000]
    assert list(examine(shop.platform)) == []


def test_a_coupon_with_a_renewal_at_once(shop: Collector) -> None:
    """Seed 002, renewing early with a discount."""
    number = buy(shop)
    assert applied(shop, number, "BD3-1KK-UN3", renewal=Renewal()) == 2000
    assert stored(shop, number).last_interval_no == 1
    assert list(examine(shop.platform)) == []


def test_a_coupon_at_sign_up(shop: Collector) -> None:
    """R15: the initial purchase, then one renewal."""
    number = buy(shop, "BD3-1KK-UN3")
    (purchase,) = shop.platform.store.money_rows(SHOP, number).purchases
    assert purchase.amount.gross == 1000
    assert [renewed(shop, number), renewed(shop, number)] == [1000, 2000]
    assert list(examine(shop.platform)) == []


def test_a_preview_takes_no_use(shop: Collector) -> None:
    """R15: a use is counted when the coupon is applied, not when somebody asks."""
    number = buy(shop)
    change = ItemChange(running_no=1, coupon_code="one", call="updatesubscriptionitem")
    addition = ItemAddition(product_id=7, quantity=1, coupon_code="one", call="test")
    for _ in range(3):
        assert preview(shop.platform, SHOP, number, change).next_billing.gross == 1800
        prices = preview_addition(shop.platform, SHOP, number, addition)
        assert prices.next_billing.gross == 2000 + 1800
    assert uses(shop, number) == []


def test_uses_come_to_an_end(shop: Collector) -> None:
    """R15: three may have it; the fourth is refused, at sign-up and later."""
    numbers = [buy(shop, "few") for _ in range(3)]
    assert uses(shop, *numbers) == [(18, number) for number in sorted(numbers)]
    last = buy(shop)
    assert refused(shop, last, "FEW") == "coupon_used_up"
    with pytest.raises(Refusal) as caught:
        buy(shop, "few")
    assert caught.value.reason == "coupon_used_up"
    assert list(examine(shop.platform)) == []


def test_a_use_that_is_given_back_is_free_again(shop: Collector) -> None:
    """R15: replaced before it lowered a bill, the next customer gets it."""
    first, second = buy(shop), buy(shop)
    applied(shop, first, "one")
    assert refused(shop, second, "one") == "coupon_used_up"
    applied(shop, first, "BD3-1KK-UN3")
    assert applied(shop, second, "one") == 1800
    assert uses(shop, first, second) == [(19, second)]
    assert list(examine(shop.platform)) == []


def test_a_use_that_lowered_a_bill_is_not_given_back(shop: Collector) -> None:
    """R15: it was used."""
    first, second = buy(shop), buy(shop)
    applied(shop, first, "one")
    assert renewed(shop, first) == 1800
    applied(shop, first, "BD3-1KK-UN3")
    assert refused(shop, second, "one") == "coupon_used_up"
    assert list(examine(shop.platform)) == []


def test_a_declined_sign_up_that_is_cancelled(shop: Collector) -> None:
    """R15, R19: its purchase is voided, its use is given back."""
    first, second = buy(shop, "one", card=DECLINES), buy(shop)
    assert uses(shop, first) == [(19, first)]
    deactivate_items(
        shop.platform, SHOP, first, [1], allow_reinstate=True, generate_mail=False, actor="test"
    )
    assert uses(shop, first) == []
    assert applied(shop, second, "one") == 1800
    assert list(examine(shop.platform)) == []


def test_an_item_that_moves_takes_its_use_along(shop: Collector) -> None:
    """V5, R15: one use, now of the other subscription."""
    secondary = buy_as_one(shop, 1)
    applied(shop, secondary, "one")
    later = stored(shop, secondary).start + timedelta(days=5)
    advance_clock(shop.platform, SHOP, to=later)
    primary = buy_as_one(shop, 2)
    other = buy(shop)
    align_subscriptions(
        shop, SHOP, primary, secondary, Alignment(), generate_mail=False, actor="test"
    )
    assert uses(shop, primary, secondary) == [(19, primary)]
    assert refused(shop, other, "one") == "coupon_used_up"
    assert renewed(shop, primary) == 2000 + 1800
    assert list(examine(shop.platform)) == []


def buy_as_one(shop: Collector, number: int) -> int:
    """A subscription of one and the same customer."""
    ids = GivenIds(customer=5, purchase=100 + number, subscriptions=(number,))
    request = SignUpRequest(
        items=(OrderItem(product_id=7, quantity=1),),
        currency="USD",
        contact=CONTACT,
        card=CARD,
        reference_id="one",
        ids=ids,
    )
    return sign_up(shop, SHOP, request, "test").subscription_ids[0]


def test_many_at_once_share_what_there_is(shop: Collector) -> None:
    """R15, R7: without a lock, three of twelve have it, and nobody is told a wrong reason."""

    def attempt(_: int) -> str:
        try:
            return str(buy(shop, "few"))
        except Busy:
            return "busy"
        except Refusal as refusal:
            return refusal.reason

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(attempt, range(12)))
    numbers = [int(answer) for answer in answers if answer.isdigit()]
    assert len(numbers) <= 3
    assert set(answers) - {str(n) for n in numbers} <= {"coupon_used_up", "busy"}
    while len(numbers) < 3:  # who was told to try again does
        numbers.append(buy(shop, "few"))
    assert uses(shop, *numbers) == [(18, number) for number in sorted(numbers)]
    with pytest.raises(Refusal) as caught:
        buy(shop, "few")
    assert caught.value.reason == "coupon_used_up"
    assert list(examine(shop.platform)) == []


def test_a_trial(shop: Collector) -> None:
    """R16: nothing is charged, the card is kept, and the first bill is in full at its end."""
    number = buy(shop, product=8)
    subscription = stored(shop, number)
    assert subscription.next_billing == subscription.start + timedelta(days=7)
    rows = shop.platform.store.money_rows(SHOP, number)
    assert [purchase.amount.gross for purchase in rows.purchases] == [0]
    assert rows.attempts == ()
    assert list(shop.platform.gateway.book(SHOP)) == []
    assert renewed(shop, number) == 3000
    assert list(examine(shop.platform)) == []


def test_free_uses(shop: Collector) -> None:
    """R15: numbers behind the highest first, then those that were given back."""
    store = shop.platform.store
    assert store.free_uses(SHOP, 18, 3) == (1, 2, 3)
    assert len(store.free_uses(SHOP, 18, 1000)) == 64
    running = [buy(shop) for _ in range(3)]
    for number in running:
        applied(shop, number, "few")
    assert store.free_uses(SHOP, 18, 3) == ()
    assert store.free_uses(SHOP, 18, 5) == (4, 5)
    assert store.free_uses(SHOP, 18, 2) == ()
    for number in running[:2]:
        [row] = store.money_rows(SHOP, number).coupon_uses
        applied(shop, number, "BD3-1KK-UN3")
        given_back = {1, 2, 3} - {row.use_no for n in running for row in held_uses(shop, n)}
        assert row.use_no in given_back
        assert set(store.free_uses(SHOP, 18, max(3, row.use_no))) <= given_back
    others = [buy(shop) for _ in range(3)]
    assert [applied(shop, number, "few") for number in others[:2]] == [1500, 1500]
    assert refused(shop, others[2], "few") == "coupon_used_up"


def held_uses(shop: Collector, number: int) -> tuple[CouponUseRow, ...]:
    """The uses that a subscription holds of the promotion with three."""
    rows = shop.platform.store.money_rows(SHOP, number).coupon_uses
    return tuple(row for row in rows if row.promotion_id == 18)
