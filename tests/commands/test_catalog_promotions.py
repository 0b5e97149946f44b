"""Catalog files: promotions, and how a product begins and ends (R15, R16)."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tollbridge.commands.apply_catalog import apply_catalog
from tollbridge.commands.catalog_file import CatalogFile, CatalogInvalid, parse_catalog
from tollbridge.domain.money import TaxKind
from tollbridge.domain.promotion import FixedAmount, Promotion
from tollbridge.domain.refusal import NotAllowed, NotFound
from tollbridge.domain.schedule import NO_INTERVAL, Cycle, Interval, parse_interval
from tollbridge.ports import Platform

SHOP = """
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
prices = [{ currency = "USD", tax = "gross", amount = "5.00" }]
"""
SPRING = """
[[promotion]]
id = 17
name = "Spring"
percent = "12.5"
billings = 3
valid_from = 2026-03-01T00:00:00
valid_to = 2026-06-01T00:00:00
products = [7]
max_uses = 100
codes = ["BD3-1KK-UN3", "total50"]
"""
FIVE = """
[[promotion]]
id = 18
name = "Five off"
fixed = [
    { currency = "USD", tax = "gross", amount = "5.00" },
    { currency = "EUR", tax = "net", amount = "4" },
]
codes = ["YMR-DZZ-Z5J"]
"""


def read(text: str = SHOP + SPRING + FIVE, old: str = "", new: str = "") -> CatalogFile:
    """The file with something replaced."""
    assert old in text
    return parse_catalog(text.replace(old, new) if old else text)


def problems(text: str) -> list[str]:
    """What is wrong with a file, line by line."""
    with pytest.raises(CatalogInvalid) as caught:
        parse_catalog(text)
    return [f"{key}: {message}" for key, message in caught.value.problems]


def test_promotions_are_read() -> None:
    """Every key of a promotion, and what may be left out."""
    assert read().promotions == (
        Promotion(
            merchant_id=864,
            id=17,
            name="Spring",
            percent=Decimal("12.5"),
            billings=3,
            valid_from=datetime(2026, 3, 1, tzinfo=UTC),
            valid_to=datetime(2026, 6, 1, tzinfo=UTC),
            products=(7,),
            max_uses=100,
            codes=("BD3-1KK-UN3", "total50"),
        ),
        Promotion(
            merchant_id=864,
            id=18,
            name="Five off",
            fixed=(
                FixedAmount("USD", TaxKind.GROSS, Decimal(5)),
                FixedAmount("EUR", TaxKind.NET, Decimal(4)),
            ),
            codes=("YMR-DZZ-Z5J",),
        ),
    )


@pytest.mark.parametrize(
    ("keys", "trial", "first", "count"),
    [
        ("", NO_INTERVAL, NO_INTERVAL, None),
        ('trial = "P14D"\n', Interval(0, 14), NO_INTERVAL, None),
        ('first_interval = "P1Y"\n', NO_INTERVAL, Interval(12), None),
        ("recurrence_count = 12\n", NO_INTERVAL, NO_INTERVAL, 12),
    ],
)
def test_how_a_product_begins_and_ends(
    keys: str, trial: Interval, first: Interval, count: int | None
) -> None:
    """R16: trial, first_interval and recurrence_count may be left out."""
    [product] = read(SHOP, 'interval = "P1M"\n', f'interval = "P1M"\n{keys}').products
    assert (product.trial, product.first_interval, product.recurrence_count) == (
        trial,
        first,
        count,
    )


@pytest.mark.parametrize(
    ("interval", "billing"),
    [("P1Y", "P1M"), ("P1Y", "P3M"), ("P2Y", "P1Y"), ("P4W", "P7D"), ("P10Y", "P1M")],
)
def test_a_product_in_instalments(interval: str, billing: str) -> None:
    """R16: `billing_interval` is the length between them; a trial may come before."""
    keys = f'interval = "{interval}"\nbilling_interval = "{billing}"\n'
    for more, trial in (("", NO_INTERVAL), ('trial = "P14D"\n', Interval(0, 14))):
        [product] = read(SHOP, 'interval = "P1M"\n', keys + more).products
        assert product.cycle == Cycle(parse_interval(interval), parse_interval(billing))
        assert product.trial == trial


WRONG = [
    ("id = 17", "id = 0", "promotion[0].id: must be from 1 to 999999999999999"),
    ("id = 17", "id = 18", "promotion[1].id: 18 is the id of promotion[0] already"),
    ('name = "Spring"', "", "promotion[0].name: missing"),
    ('percent = "12.5"', "", "promotion[0].percent: a promotion needs either percent or fixed"),
    ('"4" },\n]', '"4" },\n]\npercent = "5"', "promotion[1].percent: a promotion needs either"),
    ('percent = "12.5"', "percent = 12.5", "promotion[0].percent: amounts are exact"),
    ('percent = "12.5"', 'percent = "0"', 'promotion[0].percent: must be above "0" and at most'),
    ('percent = "12.5"', 'percent = "100.1"', 'promotion[0].percent: must be above "0" and at'),
    ('percent = "12.5"', 'percent = "-5"', "promotion[0].percent: must be an amount such as"),
    ('"EUR", tax', '"USD", tax', "promotion[1].fixed[1].currency: the promotion has an amount in"),
    ('"EUR", tax', '"EURO", tax', "promotion[1].fixed[1].currency: 'EURO' is no currency"),
    ('tax = "net"', 'tax = "none"', "promotion[1].fixed[1].tax: must be"),
    ('"4" }', '"4", each = 1 }', "promotion[1].fixed[1].each: unknown key"),
    ("billings = 3", "billings = -1", "promotion[0].billings: must be from 0 to 9999"),
    ("billings = 3", 'billings = "3"', "promotion[0].billings: must be a whole number"),
    ("2026-06-01", "2026-03-01", "promotion[0].valid_to: must be later than valid_from"),
    ("2026-06-01T00:00:00", '"June"', "promotion[0].valid_to: must be a date with a time"),
    ("2026-06-01T00:00:00", "2201-01-01T00:00:00", "promotion[0].valid_to: the year must be"),
    ("products = [7]", 'products = ["7"]', "promotion[0].products: must be a list of whole"),
    ("products = [7]", "products = [0]", "promotion[0].products: must be a list of whole numbers"),
    ("max_uses = 100", "max_uses = 0", "promotion[0].max_uses: must be from 1 to 1000000"),
    ('"total50"', '"total 50"', "promotion[0].codes: 'total 50' must be one word of at most 50"),
    ('"total50"', '"bd3-1kk-un3"', "promotion[0].codes: 'bd3-1kk-un3' is there already"),
    ('"YMR-DZZ-Z5J"', '"TOTAL50"', "promotion[1].codes: 'TOTAL50' is a code of promotion[0]"),
    ('"YMR-DZZ-Z5J"', "", "promotion[1].codes: a promotion needs at least one code"),
    ('"YMR-DZZ-Z5J"', '"\\u0007"', "promotion[1].codes: must be texts without control"),
    ('["YMR-DZZ-Z5J"]', '"YMR-DZZ-Z5J"', "promotion[1].codes: must be a list of texts in quotes"),
    ("max_uses = 100", "max_use = 100", "promotion[0].max_use: unknown key; known here are"),
    ('"P1M"', '"P1M"\ntrial = "14"', "product[0].trial: '14' is not a duration"),
    ('"P1M"', '"P1M"\nfirst_interval = "P11Y"', "product[0].first_interval: 'P11Y' is longer than"),
    ('"P1M"', '"P1M"\nrecurrence_count = 0', "product[0].recurrence_count: must be from 1 to 9999"),
    *[
        (
            '"P1M"',
            f'"P1Y"\nbilling_interval = "{billing}"',
            "product[0].billing_interval: must fit into interval two times or more",
        )
        for billing in ("P1Y", "P2Y", "P5M", "P7D", "P1M1D")
    ],
    ('"P1M"', '"P30D"\nbilling_interval = "P1M"', "product[0].billing_interval: must fit into"),
    (
        '"P1M"',
        '"P1Y"\nbilling_interval = "P0M"',
        "product[0].billing_interval: 'P0M' has no length",
    ),
    ('"P1M"', '"P1Y"\nbilling_interval = 1', "product[0].billing_interval: must be text in quotes"),
    ('"P1M"', '"P11Y"\nbilling_interval = "P1M"', "product[0].interval: 'P11Y' is longer than"),
    (
        '"P1M"',
        '"P1Y"\nbilling_interval = "P1M"\nfirst_interval = "P1M"',
        "product[0].billing_interval: what is paid in instalments has no first interval of its own",
    ),
    (
        '"P1M"',
        '"P1M"\ntrial = "P7D"\nfirst_interval = "P7D"',
        "product[0].trial: the trial is the first interval: leave first_interval out",
    ),
]


@pytest.mark.parametrize(("old", "new", "problem"), WRONG)
def test_a_wrong_key_is_named(old: str, new: str, problem: str) -> None:
    """Whatever cannot be read is refused with its key."""
    good = SHOP + SPRING + FIVE
    assert old in good
    found = problems(good.replace(old, new, 1))
    assert [line for line in found if line.startswith(problem)], found
    assert len(found) <= 2


def test_applying_twice_changes_nothing(any_platform: Platform) -> None:
    """The second time all promotions are unchanged, byte for byte."""
    first = apply_catalog(any_platform, read())
    assert (first.promotions_added, first.promotions_changed) == ((17, 18), ())
    before = any_platform.store.promotions(864)
    second = apply_catalog(any_platform, read())
    assert (second.promotions_added, second.promotions_changed) == ((), ())
    assert second.promotions_unchanged == (17, 18)
    assert any_platform.store.promotions(864) == before == read().promotions


def test_what_differs_is_saved(any_platform: Platform) -> None:
    """Codes follow the file; what it does not name stays."""
    apply_catalog(any_platform, read())
    applied = apply_catalog(any_platform, read(SHOP + SPRING, '"total50"', '"total60"'))
    assert (applied.promotions_changed, applied.promotions_unchanged) == ((17,), ())
    store = any_platform.store
    assert store.promotion_of_code(864, "total50") is None
    found = [store.promotion_of_code(864, code) for code in ("total60", "ymr-dzz-z5j")]
    assert [promotion and promotion.id for promotion in found] == [17, 18]
    assert store.promotion_of_code(865, "total60") is None


def test_codes_may_change_places(any_platform: Platform) -> None:
    """A code that one promotion of the file loses is free for another of the file."""
    apply_catalog(any_platform, read())
    text = (SHOP + SPRING + FIVE).replace("total50", "x1").replace("YMR-DZZ-Z5J", "total50")
    assert apply_catalog(any_platform, parse_catalog(text)).promotions_changed == (17, 18)
    found = any_platform.store.promotion_of_code(864, "total50")
    assert found is not None
    assert found.id == 18


def test_a_code_of_another_promotion(any_platform: Platform) -> None:
    """One code is never worth two things; nothing of the file is saved."""
    apply_catalog(any_platform, read(SHOP + SPRING))
    with pytest.raises(NotAllowed) as caught:
        apply_catalog(any_platform, read(SHOP + FIVE, "YMR-DZZ-Z5J", "Total50"))
    assert caught.value.field == "promotion[0].codes"
    assert [one.id for one in any_platform.store.promotions(864)] == [17]
    assert not any_platform.store.put_promotions(
        864, [read(SHOP + FIVE, "YMR-DZZ-Z5J", "Total50").promotions[0]]
    )
    assert [one.id for one in any_platform.store.promotions(864)] == [17]


def test_a_product_that_is_not_sold(platform: Platform) -> None:
    """A promotion for it would never be applied: the key says so, and nothing is saved."""
    with pytest.raises(NotFound) as caught:
        apply_catalog(platform, read(SHOP + SPRING, "products = [7]", "products = [7, 8]"))
    assert caught.value.field == "promotion[0].products"
    assert platform.store.merchant(864) is None
