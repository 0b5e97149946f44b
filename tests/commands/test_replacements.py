"""Upgrade and downgrade relationships (seed 000, step 2): catalog file, preview, enforcement."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from tests.rest.world import CARD, CONTACT
from tollbridge.commands.advance_clock import advance_clock
from tollbridge.commands.apply_catalog import apply_catalog
from tollbridge.commands.catalog_file import CatalogInvalid, parse_catalog
from tollbridge.commands.change_item import preview
from tollbridge.commands.change_replacements import change_replacements
from tollbridge.commands.deactivate_items import deactivate_items
from tollbridge.commands.sign_up import SignUpRequest
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.item_change import ItemChange
from tollbridge.domain.refusal import Invalid, NotAllowed, NotFound
from tollbridge.domain.replacement import Direction, Replaced
from tollbridge.domain.sign_up import OrderItem
from tollbridge.flows.collecting import Collector
from tollbridge.flows.sign_up import sign_up
from tollbridge.queries.replacements import item_replacements, product_replacements

SHOP = 864
START = datetime(2026, 2, 9, 15, 43, 7, tzinfo=UTC)
BRONZE, GOLD, PLATINUM, YEARLY, EUROS = 1, 2, 3, 4, 5


def listed(product_id: int, name: str, amount: str, *, every: str = "P1M", **more: str) -> str:
    """A product of the file."""
    currency = more.get("currency", "USD")
    return f"""
[[product]]
id = {product_id}
name = "{name}"
interval = "{every}"
prices = [{{ currency = "{currency}", tax = "gross", amount = "{amount}" }}]
{more.get("replaces", "")}
"""


CATALOG = f"""
[merchant]
id = {SHOP}
name = "Shop"
mode = "sandbox"
clock = 2026-02-09T15:43:07
country = "DE"
currency = "USD"
management_model = "Two"
{listed(BRONZE, "Bronze", "40.00", replaces='replaces = [{ product = 2, direction = "down" }]')}
{listed(GOLD, "Gold", "100.00", replaces='replaces = [{ product = 1, direction = "up" }]')}
{listed(PLATINUM, "Platinum", "150.00", replaces='replaces = [{ product = 2, direction = "up" }]')}
{
    listed(
        YEARLY,
        "Yearly",
        "900.00",
        every="P1Y",
        replaces='replaces = [{ product = 2, direction = "up" }]',
    )
}
{
    listed(
        EUROS,
        "Euros",
        "90.00",
        currency="EUR",
        replaces='replaces = [{ product = 2, direction = "up" }]',
    )
}
"""
UP, DOWN = Direction.UP, Direction.DOWN


@pytest.fixture
def shop(any_collector: Collector) -> Collector:
    """A merchant whose products replace one another."""
    apply_catalog(any_collector.platform, parse_catalog(CATALOG))
    return any_collector


def buy(shop: Collector, *products: int) -> int:
    """A subscription to one unit of each."""
    request = SignUpRequest(
        items=tuple(OrderItem(product_id=product, quantity=1) for product in products),
        currency="USD",
        contact=CONTACT,
        card=CARD,
    )
    return sign_up(shop, SHOP, request, "test").subscription_ids[0]


def possible(shop: Collector, number: int) -> dict[int, tuple[Direction, int, int | None]]:
    """By product: direction, next bill, and what a change at once would cost."""
    return {
        one.product.id: (
            one.direction,
            one.next_billing.next_billing.gross,
            one.aligned.alignment.gross if one.aligned else None,
        )
        for one in item_replacements(shop.platform, SHOP, number, 1).options
    }


def test_what_may_take_an_items_place(shop: Collector) -> None:
    """With the prices that the change would answer; what would be refused is left out."""
    number = buy(shop, GOLD)
    advance_clock(shop.platform, SHOP, to=START + timedelta(days=13))  # 15 days are left
    assert possible(shop, number) == {
        BRONZE: (DOWN, 4000, None),
        PLATINUM: (UP, 15000, 2500),
        YEARLY: (UP, 90000, None),
    }
    [bronze] = [
        one
        for one in item_replacements(shop.platform, SHOP, number, 1).options
        if one.direction is DOWN
    ]
    assert bronze.refusal == "Alignment CUS price total must be >= 0"


def test_the_prices_are_those_of_the_change(shop: Collector) -> None:
    """DESIGN 3: one function makes them."""
    number = buy(shop, GOLD)
    for one in item_replacements(shop.platform, SHOP, number, 1).options:
        change = ItemChange(running_no=1, product_id=one.product.id, call="test")
        assert preview(shop.platform, SHOP, number, change) == one.next_billing
        aligned = replace(change, alignment=Alignment(align=True))
        if one.aligned:
            assert preview(shop.platform, SHOP, number, aligned) == one.aligned


def test_several_items_keep_one_interval(shop: Collector) -> None:
    """R12: another interval is none of the possibilities beside another item."""
    assert set(possible(shop, buy(shop, GOLD, BRONZE))) == {BRONZE, PLATINUM}


def test_nothing_is_possible_when_it_is_over(shop: Collector) -> None:
    """R18: a subscription that is not active has no replacements."""
    number = buy(shop, GOLD)
    deactivate_items(
        shop.platform, SHOP, number, [1], allow_reinstate=True, generate_mail=False, actor="test"
    )
    assert possible(shop, number) == {}


def test_who_is_asked_about_must_be_known(shop: Collector) -> None:
    """R17: unknown subscription, item and product."""
    number = buy(shop, GOLD)
    for asked in ((SHOP, 99, 1), (SHOP, number, 2), (SHOP + 1, number, 1)):
        with pytest.raises(NotFound):
            item_replacements(shop.platform, *asked)
    with pytest.raises(NotFound):
        product_replacements(shop.platform, SHOP, 99)


def test_both_sides_of_a_product(shop: Collector) -> None:
    """What it replaces, and what replaces it."""
    found = product_replacements(shop.platform, SHOP, GOLD)
    assert found.product.replaces == (Replaced(BRONZE, UP),)
    by = [(product.id, direction) for product, direction in found.replaced_by]
    assert by == [(BRONZE, DOWN), (PLATINUM, UP), (YEARLY, UP), (EUROS, UP)]


def test_the_list_is_changed(shop: Collector) -> None:
    """And stays the same when it is put again; running items are not touched (R9)."""
    number = buy(shop, BRONZE)
    assert set(possible(shop, number)) == {GOLD}
    wanted = [Replaced(BRONZE, UP), Replaced(GOLD, UP)]
    for _ in range(2):
        product = change_replacements(shop.platform, SHOP, PLATINUM, wanted)
        assert product.replaces == tuple(wanted)
    assert set(possible(shop, number)) == {GOLD, PLATINUM}
    change_replacements(shop.platform, SHOP, PLATINUM, [])
    assert set(possible(shop, number)) == {GOLD}


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ([Replaced(PLATINUM, UP)], Invalid),
        ([Replaced(GOLD, UP), Replaced(GOLD, DOWN)], Invalid),
        ([Replaced(99, UP)], NotFound),
    ],
)
def test_lists_that_are_refused(
    shop: Collector, wanted: list[Replaced], refusal: type[Exception]
) -> None:
    """Itself, one twice, and one that is not sold; nothing changes."""
    with pytest.raises(refusal):
        change_replacements(shop.platform, SHOP, PLATINUM, wanted)
    found = product_replacements(shop.platform, SHOP, PLATINUM)
    assert found.product.replaces == (Replaced(GOLD, UP),)
    with pytest.raises(NotFound):
        change_replacements(shop.platform, SHOP, 99, [])


def test_nothing_is_enforced_unless_the_merchant_says_so(shop: Collector) -> None:
    """subscription-api.md 5.20: the documents state no enforcement."""
    number = buy(shop, BRONZE)
    change = ItemChange(running_no=1, product_id=PLATINUM, call="test")
    assert preview(shop.platform, SHOP, number, change).next_billing.gross == 15000
    strict = CATALOG.replace('model = "Two"', 'model = "Two"\nenforce_replacements = true')
    assert apply_catalog(shop.platform, parse_catalog(strict)).merchant == "changed"
    with pytest.raises(NotAllowed) as caught:
        preview(shop.platform, SHOP, number, change)
    assert (caught.value.reason, caught.value.field) == ("replacement_not_foreseen", "ProductId")
    allowed = replace(change, product_id=GOLD)
    assert preview(shop.platform, SHOP, number, allowed).next_billing.gross == 10000
    same = replace(change, product_id=BRONZE, quantity=2)
    assert preview(shop.platform, SHOP, number, same).next_billing.gross == 8000
    assert set(possible(shop, number)) == {GOLD}


def test_the_file_twice(shop: Collector) -> None:
    """Applying it again changes nothing; what the API changed meanwhile is as in the file again."""
    assert apply_catalog(shop.platform, parse_catalog(CATALOG)).changed == ()
    change_replacements(shop.platform, SHOP, PLATINUM, [])
    assert apply_catalog(shop.platform, parse_catalog(CATALOG)).changed == (PLATINUM,)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('product = 2, direction = "down"', 'product = 2, direction = "side"', "[0].direction"),
        ('product = 2, direction = "down"', 'product = 0, direction = "up"', "[0].product"),
        ('product = 2, direction = "down"', "product = 2", "[0].direction"),
        ('direction = "down" }', 'direction = "down", at = 1 }', "[0].at"),
        (
            'direction = "down" }',
            'direction = "down" }, { product = 2, direction = "up" }',
            "[1].product",
        ),
        ("product = 2", "product = 1", ""),
    ],
)
def test_a_wrong_key_is_named(old: str, new: str, problem: str) -> None:
    """Errors name the key."""
    assert old in CATALOG
    with pytest.raises(CatalogInvalid) as caught:
        parse_catalog(CATALOG.replace(old, new, 1))
    assert [key for key, _ in caught.value.problems] == [f"product[0].replaces{problem}"]


def test_a_flag_is_true_or_false() -> None:
    """enforce_replacements is no text."""
    with pytest.raises(CatalogInvalid, match=r"enforce_replacements: must be true or false"):
        parse_catalog(CATALOG.replace('"Two"', '"Two"\nenforce_replacements = "no"'))


def test_a_product_that_is_not_sold(shop: Collector) -> None:
    """The key says which; nothing is saved."""
    text = CATALOG.replace("product = 2", "product = 99", 1).replace("Bronze", "Copper")
    with pytest.raises(NotFound) as caught:
        apply_catalog(shop.platform, parse_catalog(text))
    assert caught.value.field == "product[0].replaces[0].product"
    assert product_replacements(shop.platform, SHOP, BRONZE).product.name == "Bronze"
