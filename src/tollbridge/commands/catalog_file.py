"""The catalog file: a merchant and what it sells and is told (docs/reference/catalog-file.md)."""

import tomllib
from collections.abc import Mapping
from datetime import datetime

import msgspec

from tollbridge.commands.catalog_keys import (
    DAYS_MAX,
    address_of,
    colour_of,
    currency_of,
    email_of,
    instant_of,
    interval_of,
    notices_of,
    retry_days_of,
)
from tollbridge.commands.endpoint_table import EndpointEntry, read_endpoints
from tollbridge.commands.promotion_table import read_promotions
from tollbridge.commands.table_reading import Problem, Problems, Table
from tollbridge.domain.catalog import CatalogPrice, Product
from tollbridge.domain.choices import Choices
from tollbridge.domain.country import is_country
from tollbridge.domain.merchant import (
    COLOUR,
    GRACE_DAYS,
    HOLD_DAYS,
    OFFLINE_REMINDER_DAYS,
    RETRY_DAYS,
    ManagementModel,
    Mode,
)
from tollbridge.domain.money import TaxKind
from tollbridge.domain.price import Price, Tier
from tollbridge.domain.promotion import Promotion
from tollbridge.domain.refusal import Invalid
from tollbridge.domain.replacement import Direction, Replaced, direction_from
from tollbridge.domain.schedule import NO_INTERVAL, Interval, instalments

QUANTITY_MAX = 999_999_999
RENEWALS_MAX = 9999
NOTHING: Mapping[str, str] = {}


class MerchantSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a merchant is set up with. `clock` None is the moment of setting up."""

    id: int
    name: str
    mode: Mode
    clock: datetime | None
    country: str
    currency: str
    management_model: ManagementModel
    reminder_days: int = 0
    offline_reminder_days: int = OFFLINE_REMINDER_DAYS
    grace_days: int = GRACE_DAYS
    hold_days: int = HOLD_DAYS
    retry_days: tuple[int, ...] = RETRY_DAYS
    sync_with_payment_date: bool = True
    enforce_replacements: bool = False
    colour: str = COLOUR
    address: tuple[str, ...] = ()
    support_email: str = ""
    notices: Choices = Choices()


class CatalogFile(msgspec.Struct, frozen=True, kw_only=True):
    """A whole catalog file, checked."""

    merchant: MerchantSettings
    products: tuple[Product, ...]
    promotions: tuple[Promotion, ...] = ()
    endpoints: tuple[EndpointEntry, ...] = ()


class CatalogInvalid(Invalid):
    """What is wrong with a catalog file, all at once; each problem names its key."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        lines = [f"{one.key}: {one.message}" if one.key else one.message for one in problems]
        super().__init__(problems[0].key, "\n".join(lines), reason="catalog_invalid")
        self.problems = problems


def parse_catalog(text: str, environment: Mapping[str, str] = NOTHING) -> CatalogFile:
    """The catalog that a TOML text describes; CatalogInvalid with every problem there is.

    `environment` has the passwords of endpoints, which are in no file.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogInvalid((Problem("", f"not TOML: {error}"),)) from None
    problems = Problems()
    file = Table(document, "", problems)
    merchant = _merchant(file.table("merchant"))
    products = _products(file, merchant.id)
    promotions = read_promotions(file, merchant.id)
    endpoints = read_endpoints(file, environment)
    file.end()
    _refuse(problems)
    return CatalogFile(
        merchant=merchant, products=products, promotions=promotions, endpoints=endpoints
    )


def parse_merchant(values: Mapping[str, object]) -> MerchantSettings:
    """The settings that the keys of a `[merchant]` table describe; CatalogInvalid otherwise."""
    problems = Problems()
    merchant = _merchant(Table(values, "", problems))
    _refuse(problems)
    return merchant


def _refuse(problems: Problems) -> None:
    if problems:
        raise CatalogInvalid(tuple(problems))


def _merchant(table: Table) -> MerchantSettings:
    mode = table.choice("mode", Mode.SANDBOX)
    settings = MerchantSettings(
        id=table.id("id"),
        name=table.text("name"),
        mode=mode,
        clock=_clock(table, mode),
        country=_country(table),
        currency=currency_of(table),
        management_model=table.choice("management_model", ManagementModel.TWO),
        reminder_days=table.count("reminder_days", 0, DAYS_MAX, default=0),
        offline_reminder_days=table.count(
            "offline_reminder_days", 0, DAYS_MAX, default=OFFLINE_REMINDER_DAYS
        ),
        grace_days=table.count("grace_days", 0, DAYS_MAX, default=GRACE_DAYS),
        hold_days=table.count("hold_days", 0, DAYS_MAX, default=HOLD_DAYS),
        retry_days=retry_days_of(table),
        sync_with_payment_date=table.flag("sync_with_payment_date", default=True),
        enforce_replacements=table.flag("enforce_replacements"),
        colour=colour_of(table),
        address=address_of(table),
        support_email=email_of(table, "support_email"),
        notices=notices_of(table),
    )
    table.end()
    return settings


def _clock(table: Table, mode: Mode) -> datetime | None:
    """The instant that a sandbox clock starts at; without an offset it is UTC (R24)."""
    clock = instant_of(table, "clock")
    if clock is not None and mode is Mode.LIVE:
        return table.problem("clock", "a live merchant follows the system's clock (R23)", None)
    return clock


def _country(table: Table) -> str:
    code = table.text("country")
    if code and not is_country(code):
        return table.problem("country", f"{code!r} is no country of ISO 3166 such as 'DE'", "")
    return code


def _products(file: Table, merchant_id: int) -> tuple[Product, ...]:
    first: dict[int, str] = {}
    products = []
    for table in file.tables("product"):
        product = _product(table, merchant_id)
        if product.id in first:
            table.problem("id", f"{product.id} is the id of {first[product.id]} already", None)
        elif product.id:
            first[product.id] = table.path
        products.append(product)
    return tuple(products)


def _product(table: Table, merchant_id: int) -> Product:
    if table.has("trial") and table.has("first_interval"):
        table.problem("trial", "the trial is the first interval: leave first_interval out", None)
    interval = interval_of(table, "interval")
    product = Product(
        merchant_id=merchant_id,
        id=table.id("id"),
        name=table.text("name"),
        interval=interval,
        billing_interval=_billing_interval(table, interval),
        first_interval=_own_first(table, "first_interval"),
        trial=_own_first(table, "trial"),
        recurrence_count=table.optional_count("recurrence_count", 1, RENEWALS_MAX),
        reminder_days=table.optional_count("reminder_days", 0, DAYS_MAX),
        grace_days=table.optional_count("grace_days", 0, DAYS_MAX),
        prices=_prices(table),
        replaces=_replaces(table),
    )
    if direction_from(product.replaces, product.id) is not None:
        table.problem("replaces", "a product does not replace itself", None)
    table.end()
    return product


def _replaces(product: Table) -> tuple[Replaced, ...]:
    """The products whose place the product may take, each once."""
    replaced: dict[int, Replaced] = {}
    for table in product.tables("replaces"):
        one = Replaced(table.id("product"), table.choice("direction", Direction.UP))
        if one.product in replaced:
            table.problem("product", f"product {one.product} is there already", None)
        elif one.product:
            replaced[one.product] = one
        table.end()
    return tuple(replaced.values())


def _billing_interval(table: Table, interval: Interval) -> Interval:
    """The length between the instalments of an interval, if it is paid in several (R16)."""
    if not table.has("billing_interval"):
        return NO_INTERVAL
    billing = interval_of(table, "billing_interval")
    if table.has("first_interval"):
        message = "what is paid in instalments has no first interval of its own: leave it out"
        return table.problem("billing_interval", message, NO_INTERVAL)
    if billing and interval and instalments(interval, billing) is None:
        message = "must fit into interval two times or more, months into months or days into days"
        return table.problem("billing_interval", message, NO_INTERVAL)
    return billing


def _own_first(table: Table, key: str) -> Interval:
    """The length of a first interval of its own, if there is one."""
    return interval_of(table, key) if table.has(key) else NO_INTERVAL


def _prices(product: Table) -> tuple[CatalogPrice, ...]:
    prices: dict[str, CatalogPrice] = {}
    tables = product.tables("prices")
    for table in tables:
        currency = currency_of(table)
        offer = CatalogPrice(currency, _price(table))
        if currency in prices:
            table.problem("currency", f"the product has a price in {currency} already", None)
        elif currency:
            prices[currency] = offer
    if not tables:
        product.problem("prices", "a product needs at least one price", None)
    return tuple(prices.values())


def _price(table: Table) -> Price:
    tax = table.choice("tax", TaxKind.GROSS)
    tiers = [Tier(1, table.amount("amount"))]
    for step in table.tables("tiers"):
        first = step.count("from", 2, QUANTITY_MAX)
        if first and first <= tiers[-1].first:
            step.problem("from", f"tiers must rise: {first} comes after {tiers[-1].first}", None)
        tiers.append(Tier(first or tiers[-1].first, step.amount("amount")))
        step.end()
    table.end()
    return Price(tax, tuple(tiers))
