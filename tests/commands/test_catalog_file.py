"""Catalog files: what is read, and what each wrong key is told (docs/reference/catalog-file.md)."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.house.source import ROOT
from tollbridge.commands.catalog_file import CatalogInvalid, parse_catalog
from tollbridge.domain.catalog import CatalogPrice
from tollbridge.domain.choices import CanceledShape, Choices, GraceName
from tollbridge.domain.merchant import ManagementModel, Mode
from tollbridge.domain.money import TaxKind
from tollbridge.domain.price import Price, Tier
from tollbridge.domain.schedule import Interval

MERCHANT = """
[merchant]
id = 1
name = "Shop"
mode = "sandbox"
country = "DE"
currency = "EUR"
management_model = "Two"
"""
PRODUCT = """
[[product]]
id = 7
name = "Thing"
interval = "P1M"
prices = [{ currency = "EUR", tax = "gross", amount = "5.00" }]
"""


def problems(text: str) -> list[str]:
    """What is wrong with a file, line by line."""
    with pytest.raises(CatalogInvalid) as caught:
        parse_catalog(text)
    return [f"{key}: {message}" for key, message in caught.value.problems]


def test_the_example_is_read() -> None:
    """The demo's catalog: merchant 864, eight products, prices in four currencies, yen whole."""
    file = parse_catalog((ROOT / "examples" / "cloudify.toml").read_text(encoding="utf-8"))
    merchant = file.merchant
    assert (merchant.id, merchant.mode, merchant.reminder_days) == (864, Mode.SANDBOX, 2)
    assert merchant.clock == datetime(2026, 2, 9, 15, 43, 7, 205170, tzinfo=UTC)
    assert {product.id for product in file.products} >= {292973, 292122, 294581, 123450, 123456}
    for product in file.products:
        currencies = [offer.currency for offer in product.prices]
        assert currencies == ["USD", "EUR", "GBP", "JPY"]
        assert product.price_in("JPY").tiers[0].amount % 1 == 0


def test_what_may_be_left_out() -> None:
    """Clock and days have defaults, and a merchant may sell nothing yet."""
    file = parse_catalog(MERCHANT)
    merchant = file.merchant
    assert (merchant.clock, merchant.reminder_days, merchant.grace_days) == (None, 0, 15)
    assert merchant.management_model is ManagementModel.TWO
    assert file.products == ()


def test_days_are_read() -> None:
    """R5, R6, R20: what a merchant sets, and what a product has in its place."""
    days = """
reminder_days = 3
offline_reminder_days = 10
grace_days = 0
hold_days = 30
retry_days = [2, 4]
sync_with_payment_date = false
"""
    file = parse_catalog(MERCHANT + days + PRODUCT + "reminder_days = 5\ngrace_days = 0\n")
    merchant, [product] = file.merchant, file.products
    assert (merchant.reminder_days, merchant.offline_reminder_days) == (3, 10)
    assert (merchant.grace_days, merchant.hold_days, merchant.retry_days) == (0, 30, (2, 4))
    assert merchant.sync_with_payment_date is False
    assert (product.reminder_days, product.grace_days) == (5, 0)


def test_days_that_are_left_out() -> None:
    """R5, R20: the defaults; a product without its own has the merchant's."""
    merchant, [product] = (
        parse_catalog(MERCHANT).merchant,
        parse_catalog(MERCHANT + PRODUCT).products,
    )
    assert (merchant.offline_reminder_days, merchant.hold_days) == (7, 7)
    assert (merchant.retry_days, merchant.sync_with_payment_date) == ((1, 3, 5, 7), True)
    assert (product.reminder_days, product.grace_days) == (None, None)
    assert parse_catalog(MERCHANT + "retry_days = []").merchant.retry_days == ()


def test_choices_about_notifications() -> None:
    """Each has a default, and each can be turned."""
    assert parse_catalog(MERCHANT).merchant.notices == Choices()
    table = """
[merchant.notifications]
canceled = "flat"
grace = "GracePeriod"
subscription_paid = false
overdue_orders = false
test_orders = true
"""
    assert parse_catalog(MERCHANT + table).merchant.notices == Choices(
        canceled=CanceledShape.FLAT,
        grace=GraceName.GRACE_PERIOD,
        subscription_paid=False,
        overdue_orders=False,
        test_orders=True,
    )
    one = parse_catalog(f"{MERCHANT}[merchant.notifications]\ntest_orders = true").merchant
    assert one.notices == Choices(test_orders=True)


def test_tiers_follow_the_first_price() -> None:
    """`amount` holds from unit 1, each tier from its `from` on (V25)."""
    tiers = 'amount = "10", tiers = [{ from = 11, amount = "8" }, { from = 101, amount = "0.001" }]'
    file = parse_catalog(MERCHANT + PRODUCT.replace('amount = "5.00"', tiers))
    [product] = file.products
    steps = (Tier(1, Decimal(10)), Tier(11, Decimal(8)), Tier(101, Decimal("0.001")))
    assert product.prices == (CatalogPrice("EUR", Price(TaxKind.GROSS, steps)),)


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("P1M", Interval(1)),
        ("P3M", Interval(3)),
        ("P1Y", Interval(12)),
        ("P7D", Interval(0, 7)),
        ("P10Y", Interval(120)),
    ],
)
def test_intervals(text: str, interval: Interval) -> None:
    """Durations of ISO 8601 up to ten years."""
    [product] = parse_catalog(MERCHANT + PRODUCT.replace("P1M", text)).products
    assert product.interval == interval


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-02-09T15:43:07.20517", datetime(2026, 2, 9, 15, 43, 7, 205170, tzinfo=UTC)),
        ("2026-02-09T15:43:07Z", datetime(2026, 2, 9, 15, 43, 7, tzinfo=UTC)),
        ("2026-02-09T15:43:07+02:00", datetime(2026, 2, 9, 13, 43, 7, tzinfo=UTC)),
    ],
)
def test_a_clock_without_offset_is_utc(text: str, instant: datetime) -> None:
    """The zone of all calendars is UTC (R24)."""
    assert parse_catalog(f"{MERCHANT}clock = {text}").merchant.clock == instant


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("id = 1\n", "", "merchant.id: missing"),
        ("id = 1", "id = 0", "merchant.id: must be from 1 to 999999999999999"),
        ("id = 1", "id = 1000000000000000", "merchant.id: must be from 1 to 999999999999999"),
        ("id = 1", 'id = "1"', 'merchant.id: must be a whole number, not "1"'),
        ("id = 1", "id = true", "merchant.id: must be a whole number, not true or false"),
        ("id = 1", "id = 1.0", "merchant.id: must be a whole number, not a number"),
        ('"Shop"', '" "', "merchant.name: must be a text without control characters, not empty"),
        ('"Shop"', '"a\\u0007"', "merchant.name: must be a text without control characters, not"),
        ('"Shop"', '"%s"' % ("x" * 201), "merchant.name: must have at most 200 characters"),
        ('"Shop"', "2026-01-01", "merchant.name: must be text in quotes, not a date or time"),
        ('"sandbox"', '"test"', 'merchant.mode: must be "live" or "sandbox", not "test"'),
        ('"sandbox"', "1", 'merchant.mode: must be "live" or "sandbox", not a number'),
        ('"DE"', '"UK"', "merchant.country: 'UK' is no country of ISO 3166"),
        ('"DE"', '"de"', "merchant.country: 'de' is no country of ISO 3166"),
        ('"EUR"\nm', '"EURO"\nm', "merchant.currency: 'EURO' is no currency of ISO 4217"),
        ('"EUR"\nm', '"XAU"\nm', "merchant.currency: 'XAU' is no currency of ISO 4217"),
        ('"Two"', '"2"', 'merchant.management_model: must be "One" or "Two", not "2"'),
        ('"Two"', '"Two"\ngrace_days = -1', "merchant.grace_days: must be from 0 to 365"),
        ('"Two"', '"Two"\nreminder_days = 366', "merchant.reminder_days: must be from 0 to 365"),
        ('"Two"', '"Two"\nhold_days = 366', "merchant.hold_days: must be from 0 to 365"),
        ('"Two"', '"Two"\nretry_days = [3, 1]', "merchant.retry_days: must rise and be at most"),
        ('"Two"', '"Two"\nretry_days = [1, 366]', "merchant.retry_days: must rise and be at most"),
        ('"Two"', '"Two"\nretry_days = [0]', "merchant.retry_days: must be a list of whole"),
        ('"Two"', '"Two"\nsync_with_payment_date = 1', "merchant.sync_with_payment_date: must be"),
        ('"P1M"', '"P1M"\ngrace_days = 400', "product[0].grace_days: must be from 0 to 365"),
        ('"Two"', '"Two"\nremider_days = 2', "merchant.remider_days: unknown key; known here are"),
        ('"Two"', '"Two"\nclock = "2026-01-01"', "merchant.clock: must be a date with a time"),
        ('"Two"', '"Two"\nclock = 2026-01-01', "merchant.clock: must be a date with a time"),
        ('"Two"', '"Two"\nclock = 1969-01-01T00:00:00', "merchant.clock: the year must be from"),
        ('"Two"', '"Two"\nclock = 0001-01-01T00:00:00+01:00', "merchant.clock: out of range"),
        (
            "[[product]]",
            "[merchant.notifications]\ngrace = 'Grace'\n[[product]]",
            'merchant.notifications.grace: must be "OnGrace" or "GracePeriod", not "Grace"',
        ),
        (
            "[[product]]",
            "[merchant.notifications]\ncancelled = 'flat'\n[[product]]",
            "merchant.notifications.cancelled: unknown key; known here are canceled, grace",
        ),
        (
            "[[product]]",
            "[merchant.notifications]\ntest_orders = 1\n[[product]]",
            "merchant.notifications.test_orders: must be true or false, not a number",
        ),
        ('"Two"', '"Two"\nnotifications = 1', "merchant.notifications: must be a table"),
        ("[[product]]", "[product]", "product: must be a list of tables, not a table"),
        (
            "[[product]]",
            "[[products]]",
            "products: unknown key; known here are endpoint, merchant, product",
        ),
        ("id = 7", "", "product[0].id: missing"),
        ('"Thing"', "7", "product[0].name: must be text in quotes, not a number"),
        ('"P1M"', '"1M"', "product[0].interval: '1M' is not a duration"),
        ('"P1M"', '"P0M"', "product[0].interval: 'P0M' has no length"),
        ('"P1M"', '"P11Y"', "product[0].interval: 'P11Y' is longer than ten years"),
        ("prices =", "price =", "product[0].prices: a product needs at least one price"),
        ("prices =", "price =", "product[0].price: unknown key"),
        ("[{", "[1, {", "product[0].prices: must be a list of tables, not a list"),
        ('"EUR", tax', '"XYZ", tax', "product[0].prices[0].currency: 'XYZ' is no currency"),
        ('"gross"', '"none"', 'product[0].prices[0].tax: must be "gross" or "net", not "none"'),
        (', amount = "5.00"', "", "product[0].prices[0].amount: missing"),
        ('"5.00"', "5.00", "product[0].prices[0].amount: amounts are exact: write it in quotes"),
        ('"5.00"', "5", "product[0].prices[0].amount: amounts are exact: write it in quotes, as"),
        ('"5.00"', "nan", "product[0].prices[0].amount: amounts are exact"),
        ('"5.00"', '"-5"', "product[0].prices[0].amount: must be an amount such as"),
        ('"5.00"', '"5,00"', "product[0].prices[0].amount: must be an amount such as"),
        ('"5.00"', '"5."', "product[0].prices[0].amount: must be an amount such as"),
        ('"5.00"', '"1e3"', "product[0].prices[0].amount: must be an amount such as"),
        ('"5.00"', '"NaN"', "product[0].prices[0].amount: must be an amount such as"),
        ('"5.00"', '"\u0665"', "product[0].prices[0].amount: must be an amount such as"),
        ('"5.00"', '"5\\n"', "product[0].prices[0].amount: must be an amount such as"),
        ('"5.00"', '"1234567890123456"', "product[0].prices[0].amount: must be an amount such"),
        ('"5.00"', '"0.12345678901"', "product[0].prices[0].amount: must be an amount such as"),
        (
            '"5.00"',
            '"5", tiers = [{ from = 1, amount = "4" }]',
            "product[0].prices[0].tiers[0].from: must be from 2 to 999999999",
        ),
        (
            '"5.00"',
            '"5", tiers = [{ from = 5, amount = "4" }, { from = 5, amount = "3" }]',
            "product[0].prices[0].tiers[1].from: tiers must rise: 5 comes after 5",
        ),
        (
            '"5.00"',
            '"5", tiers = [{ from = 5, amount = 4.5 }]',
            "product[0].prices[0].tiers[0].amount: amounts are exact",
        ),
        (
            '"5.00" }',
            '"5" }, { currency = "EUR", tax = "net", amount = "4" }',
            "product[0].prices[1].currency: the product has a price in EUR already",
        ),
    ],
)
def test_a_wrong_key_is_named(old: str, new: str, problem: str) -> None:
    """R26: whatever cannot be read is refused with its key, and nothing else is complained of."""
    good = MERCHANT + PRODUCT
    assert old in good
    found = problems(good.replace(old, new, 1))
    assert [line for line in found if line.startswith(problem)]
    assert len(found) <= 2


def test_a_live_merchant_has_no_clock_of_its_own() -> None:
    """R23: a live merchant follows the system's clock."""
    text = MERCHANT.replace("sandbox", "live") + "clock = 2026-01-01T00:00:00"
    assert problems(text) == ["merchant.clock: a live merchant follows the system's clock (R23)"]


def test_an_id_stands_for_one_product() -> None:
    """Of two products with one id neither is taken for the other."""
    assert problems(MERCHANT + PRODUCT + PRODUCT) == [
        "product[1].id: 7 is the id of product[0] already"
    ]


def test_all_problems_come_at_once() -> None:
    """Who mends a file needs to run it once to see everything."""
    text = MERCHANT.replace('"DE"', '"XX"') + PRODUCT.replace("5.00", "five") + "extra = 1"
    assert [line.partition(":")[0] for line in problems(text)] == [
        "merchant.country",
        "product[0].prices[0].amount",
        "product[0].extra",
    ]


@pytest.mark.parametrize("text", ["", "merchant = 1", "[[product]]\nid = 1"])
def test_a_merchant_is_needed(text: str) -> None:
    """Without a merchant its keys are not asked for one by one."""
    lines = [line for line in problems(text) if line.startswith("merchant")]
    assert lines in (["merchant: missing"], ["merchant: must be a table, not a number"])


@pytest.mark.parametrize("text", ["[merchant", "id = 1\nid = 2", "\x00"])
def test_what_is_no_toml(text: str) -> None:
    """The parser's own words, with the line."""
    [line] = problems(text)
    assert line.startswith(": not TOML: ")
