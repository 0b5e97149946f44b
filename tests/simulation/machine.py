"""A machine on which processes start, end at a boundary and start again; what they begin with."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from secrets import token_hex

from tests.simulation.boundaries import Boundaries
from tollbridge.commands.sign_up import SignUpRequest
from tollbridge.domain.catalog import CatalogPrice, Product
from tollbridge.domain.customer import Contact
from tollbridge.domain.money import TaxKind
from tollbridge.domain.payment import Card
from tollbridge.domain.price import flat
from tollbridge.domain.schedule import Interval
from tollbridge.domain.sign_up import OrderItem
from tollbridge.domain.tax import TaxRate, TaxTable
from tollbridge.flows.collecting import Collector
from tollbridge.gateways.simulator import Simulator
from tollbridge.ports import Gateway, Platform, Store
from tollbridge.store import migrate_store, open_store

NOW = datetime(2026, 2, 9, 15, 43, 7, tzinfo=UTC)
MERCHANT = 864
MONTHLY = 3  # a product of another interval: a subscription of its own, but the same purchase
BOUNDARIES_MAX = 100  # an aligned change is far shorter; a loop here would be a fault of the test
TAX = TaxTable([TaxRate("DE", Decimal("0.19"), date(2007, 1, 1), "test")])


class Machine:
    """One database and one gateway's book, on which processes start, end and start again."""

    def __init__(self, database: str, book: Path) -> None:
        self._database = database
        self._book = book
        migrate_store(database)

    def start(self, exit_at: int | None = None) -> Collector:
        """A process that ends at its `exit_at`-th boundary, or lives."""
        store: Store = open_store(self._database)
        gateway: Gateway = Simulator(self._book)
        if exit_at is not None:
            boundaries = Boundaries(exit_at)
            store, gateway = boundaries.store(store), boundaries.gateway(gateway)
        return Collector(
            Platform(store=store, gateway=gateway, wall=lambda: NOW, tax=TAX, new_key=_key)
        )


def _key() -> str:
    return token_hex(20)


def stop(process: Collector) -> None:
    """End a process and let go of its files and connections."""
    process.close()
    for port in (process.platform.store, process.platform.gateway):
        getattr(port, "inner", port).close()


def yearly(product_id: int, amount: str) -> Product:
    """A product that is billed once a year."""
    price = CatalogPrice("USD", flat(Decimal(amount), TaxKind.GROSS))
    return Product(
        merchant_id=MERCHANT,
        id=product_id,
        name=f"Product {product_id}",
        interval=Interval(12),
        prices=(price,),
    )


def order(*products: int, number: str = "4242424242424242") -> SignUpRequest:
    """What a German customer buys: one of each product, on this card."""
    return SignUpRequest(
        items=tuple(OrderItem(product_id=product, quantity=1) for product in products),
        currency="USD",
        contact=Contact(email="ada@example.com", country_id="DE", language_id="de"),
        card=Card(number=number, expiry_month=12, expiry_year=2030),
    )


def exits() -> Iterator[int]:
    """The boundaries to end at, one after the other; whoever survives one stops asking."""
    for exit_at in count(1):
        assert exit_at < BOUNDARIES_MAX
        yield exit_at
