"""What the simulated merchants sell: intervals and prices of every kind."""

from decimal import Decimal

from tollbridge.commands.catalog_file import CatalogFile, MerchantSettings
from tollbridge.domain.catalog import CatalogPrice, Product
from tollbridge.domain.merchant import ManagementModel, Mode
from tollbridge.domain.money import TaxKind
from tollbridge.domain.price import Price, Tier, flat
from tollbridge.domain.promotion import Promotion
from tollbridge.domain.schedule import NO_INTERVAL, Interval

SANDBOX, LIVE = 1, 2  # the merchants
CURRENCY = "USD"
COUNTRIES = ("DE", "AT", "FR", "US")
CODES = ("TENTH", "FIVE", "FEW")

MONTH, YEAR, WEEK = Interval(1), Interval(12), Interval(days=7)
GROSS, NET = TaxKind.GROSS, TaxKind.NET


def catalog_of(merchant_id: int) -> CatalogFile:
    """All that a merchant sells, and how it is set up."""
    return CatalogFile(
        merchant=settings_of(merchant_id, reminder_days=3, grace_days=5),
        products=products_of(merchant_id),
        promotions=_promotions_of(merchant_id),
    )


def settings_of(merchant_id: int, *, reminder_days: int, grace_days: int) -> MerchantSettings:
    """The merchant with these days; the rest of its settings stays."""
    live = merchant_id == LIVE
    return MerchantSettings(
        id=merchant_id,
        name="Live" if live else "Sandbox",
        mode=Mode.LIVE if live else Mode.SANDBOX,
        clock=None,
        country="DE",
        currency=CURRENCY,
        management_model=ManagementModel.TWO,
        reminder_days=reminder_days,
        grace_days=grace_days,
    )


def products_of(merchant_id: int) -> tuple[Product, ...]:
    """Products by interval and price: odd cents, tiers, shares of a cent, nothing."""
    return (
        _product(merchant_id, 1, MONTH, _price("19.99")),
        _product(merchant_id, 2, MONTH, _price("49.95", NET)),
        _product(merchant_id, 3, MONTH, Price(GROSS, (_tier(1, "10"), _tier(11, "8.5")))),
        _product(merchant_id, 4, MONTH, _price("0.0049", NET)),
        _product(merchant_id, 5, YEAR, _price("99.95")),
        _product(merchant_id, 6, YEAR, _price("150", NET)),
        _product(merchant_id, 7, WEEK, _price("3.33")),
        _product(merchant_id, 8, MONTH, _price("12.34"), trial=Interval(days=14)),
        _product(merchant_id, 9, MONTH, _price("7.77"), recurrence_count=3),
        _product(merchant_id, 10, MONTH, _price("0")),
        _product(merchant_id, 11, YEAR, _price("80"), first_interval=MONTH),
        _product(merchant_id, 12, YEAR, _price("99.99"), billing_interval=MONTH),
        _product(merchant_id, 13, YEAR, _price("150", NET), billing_interval=MONTH),
        _product(
            merchant_id,
            14,
            Interval(4),
            _price("49.95"),
            billing_interval=MONTH,
            trial=Interval(days=14),
            recurrence_count=2,
        ),
    )


def repriced(product: Product, cents: int) -> Product:
    """The product at another price: an edit of the catalog, which touches no running item (R9)."""
    price = flat(Decimal(cents).scaleb(-2), GROSS)
    return _product(
        product.merchant_id,
        product.id,
        product.interval,
        price,
        trial=product.trial,
        recurrence_count=product.recurrence_count,
        first_interval=product.first_interval,
        billing_interval=product.billing_interval,
    )


def _product(
    merchant_id: int,
    number: int,
    interval: Interval,
    price: Price,
    *,
    trial: Interval = NO_INTERVAL,
    first_interval: Interval = NO_INTERVAL,
    billing_interval: Interval = NO_INTERVAL,
    recurrence_count: int | None = None,
) -> Product:
    return Product(
        merchant_id=merchant_id,
        id=number,
        name=f"Product {number}",
        interval=interval,
        trial=trial,
        first_interval=first_interval,
        billing_interval=billing_interval,
        recurrence_count=recurrence_count,
        prices=(CatalogPrice(CURRENCY, price),),
    )


def _promotions_of(merchant_id: int) -> tuple[Promotion, ...]:
    ten, five = Decimal(10), Decimal("33.3")
    return (
        Promotion(merchant_id=merchant_id, id=1, name="Ten", percent=ten, codes=(CODES[0],)),
        Promotion(
            merchant_id=merchant_id, id=2, name="Third", percent=five, billings=2, codes=(CODES[1],)
        ),
        Promotion(
            merchant_id=merchant_id, id=3, name="Few", percent=ten, max_uses=5, codes=(CODES[2],)
        ),
    )


def _price(amount: str, tax: TaxKind = GROSS) -> Price:
    return flat(Decimal(amount), tax)


def _tier(first: int, amount: str) -> Tier:
    return Tier(first, Decimal(amount))
