"""What takes money survives an exit at any boundary: exactly one charge, and doctor is clean.

An aligned change, a sign-up of two subscriptions with one purchase, and recovery itself. The k-th
boundary to the store or the gateway ends the process, for every k until a process
survives. After the restart, recovery finishes what was begun, and a client that got no answer
asks again (DESIGN.md 5, R4, R7).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from secrets import token_hex

import pytest
from msgspec.structs import replace

from tests.simulation.boundaries import Boundaries, Exit
from tollbridge.commands.saving import require_held
from tollbridge.commands.sign_up import SignUpRequest
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.catalog import CatalogPrice, Product
from tollbridge.domain.customer import Contact
from tollbridge.domain.item_change import ItemChange
from tollbridge.domain.merchant import ManagementModel, Merchant, Mode
from tollbridge.domain.money import TaxKind
from tollbridge.domain.payment import Card, Result
from tollbridge.domain.price import flat
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.schedule import Interval
from tollbridge.domain.sign_up import OrderItem
from tollbridge.domain.subscription import SubscriptionStatus
from tollbridge.domain.tax import TaxRate, TaxTable
from tollbridge.flows.change_item import change_item
from tollbridge.flows.collecting import Collector
from tollbridge.flows.recovery import recover
from tollbridge.flows.sign_up import sign_up
from tollbridge.gateways.simulator import Simulator
from tollbridge.ports import Gateway, Platform, Store
from tollbridge.queries.doctor import examine
from tollbridge.store import migrate_store, open_store

NOW = datetime(2026, 2, 9, 15, 43, 7, tzinfo=UTC)
MERCHANT = 864
MONTHLY = 3  # a product of another interval: a subscription of its own, but the same purchase
BOUNDARIES_MAX = 100  # an aligned change is far shorter; a loop here would be a fault of the test
TAX = TaxTable([TaxRate("DE", Decimal("0.19"), date(2007, 1, 1), "test")])
LOST_ANSWERS = ("T20000000000068T", "T20000000000069T")  # unknown, then captured or nothing
UPGRADE = ItemChange(
    running_no=1,
    product_id=2,
    quantity=1,
    alignment=Alignment(align=True, extend=True),
    call="test",
)


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


@pytest.fixture(params=["sqlite", "postgres"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    """A machine with a merchant and two yearly products, on each engine."""
    database = (
        f"sqlite:///{tmp_path}/platform.db"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres_url")
    )
    machine = Machine(database, tmp_path / "book.db")
    process = machine.start()
    store = process.platform.store
    store.put_merchant(
        Merchant(
            id=MERCHANT,
            name="Cloudify",
            mode=Mode.SANDBOX,
            clock=NOW,
            country="DE",
            currency="USD",
            management_model=ManagementModel.TWO,
        )
    )
    yearly = [_yearly(1, "99.95"), _yearly(2, "150.00")]
    store.put_products(MERCHANT, [*yearly, replace(_yearly(MONTHLY, "9.95"), interval=Interval(1))])
    stop(process)
    return machine


def _yearly(product_id: int, amount: str) -> Product:
    price = CatalogPrice("USD", flat(Decimal(amount), TaxKind.GROSS))
    return Product(
        merchant_id=MERCHANT,
        id=product_id,
        name=f"Product {product_id}",
        interval=Interval(12),
        prices=(price,),
    )


def _signed_up(machine: Machine) -> int:
    process = machine.start()
    signed_up = sign_up(process, MERCHANT, _order(1), "test")
    stop(process)
    return signed_up.subscription_ids[0]


def _order(*products: int, number: str = "4242424242424242") -> SignUpRequest:
    return SignUpRequest(
        items=tuple(OrderItem(product_id=product, quantity=1) for product in products),
        currency="USD",
        contact=Contact(email="ada@example.com", country_id="DE", language_id="de"),
        card=Card(number=number, expiry_month=12, expiry_year=2030),
    )


def _taken(process: Collector, *purchases: int) -> list[int]:
    """What the gateway has captured for these purchases."""
    return [
        entry.amount
        for entry in process.platform.gateway.book(MERCHANT)
        if entry.purchase_id in purchases and entry.outcome.result is Result.CAPTURED
    ]


def _alignments_in_book(process: Collector, subscription_id: int) -> int:
    rows = process.platform.store.money_rows(MERCHANT, subscription_id)
    return len(_taken(process, *(row.id for row in rows.purchases))) - 1  # less the sign-up


def _exits() -> Iterator[int]:
    for exit_at in count(1):
        assert exit_at < BOUNDARIES_MAX
        yield exit_at


def test_exactly_one_charge_whichever_boundary_the_process_ends_at(machine: Machine) -> None:
    """R4, R7 and DESIGN.md 5, on both engines: the upgrade is charged once for every exit."""
    for exit_at in _exits():
        subscription_id = _signed_up(machine)
        doomed = machine.start(exit_at)
        try:
            change_item(doomed, MERCHANT, subscription_id, UPGRADE, "test")
            survived = True
        except Exit:
            survived = False
        stop(doomed)

        restarted = machine.start()
        recover(restarted.platform)
        held = require_held(restarted.platform, MERCHANT, subscription_id)
        if held.subscription.item(1).version == 1:
            change_item(restarted, MERCHANT, subscription_id, UPGRADE, "test")
        held = require_held(restarted.platform, MERCHANT, subscription_id)
        assert held.subscription.item(1).version == 2, exit_at
        assert held.subscription.last_interval_no == 1, exit_at
        assert not held.subscription.purchases, exit_at
        assert _alignments_in_book(restarted, subscription_id) == 1, exit_at
        assert list(examine(restarted.platform)) == [], exit_at
        stop(restarted)
        if survived:
            break
    assert exit_at > 10  # the change crosses the store and the gateway many times


def test_a_shared_purchase_is_charged_once_whichever_boundary_the_process_ends_at(
    machine: Machine,
) -> None:
    """R4, R7, R16: two intervals make two subscriptions of one purchase, paid both or neither."""
    known: set[int] = set()
    for exit_at in _exits():
        doomed = machine.start(exit_at)
        try:
            sign_up(doomed, MERCHANT, _order(1, MONTHLY), "test")
            survived = True
        except Exit:
            survived = False
        stop(doomed)

        restarted = machine.start()
        recover(restarted.platform)
        store = restarted.platform.store
        begun = set(store.subscription_ids(MERCHANT)) - known
        known |= begun
        if begun:
            _require_shared(restarted, begun)
        assert list(store.open_attempts(MERCHANT)) == [], exit_at
        assert list(examine(restarted.platform)) == [], exit_at
        stop(restarted)
        if survived:
            break
    assert exit_at > 10  # before and after the save
    assert len(known) >= 4


def _require_shared(process: Collector, subscription_ids: set[int]) -> None:
    """Two active subscriptions with one purchase, which the gateway has captured once."""
    store = process.platform.store
    first, second = (store.money_rows(MERCHANT, number) for number in sorted(subscription_ids))
    [purchase] = first.purchases
    assert second.purchases == (purchase,)
    assert purchase.status is PurchaseStatus.PAID
    assert _taken(process, purchase.id) == [purchase.amount.gross] == [9995 + 995]
    for number in subscription_ids:
        subscription = require_held(process.platform, MERCHANT, number).subscription
        assert subscription.status is SubscriptionStatus.ACTIVE
        assert not subscription.purchases


@pytest.mark.parametrize("number", LOST_ANSWERS)
def test_recovery_that_ends_at_any_boundary_is_finished_by_the_next(
    machine: Machine, number: str
) -> None:
    """R7, DESIGN.md 5: whatever was left half done is asked about again, and never charged twice.

    Of two open attempts one may be settled when the process ends, so that the next finds the
    other alone.
    """
    for exit_at in _exits():
        process = machine.start()
        opened = [
            sign_up(process, MERCHANT, _order(1, MONTHLY, number=number), "test"),
            sign_up(process, MERCHANT, _order(2, number=number), "test"),
        ]
        stop(process)

        doomed = machine.start(exit_at)
        assert len(_inner(doomed).open_attempts(MERCHANT)) == 2
        try:
            recover(doomed.platform)
            survived = True
        except Exit:
            survived = False
        stop(doomed)

        restarted = machine.start()
        recover(restarted.platform)
        _require_shared(restarted, set(opened[0].subscription_ids))
        assert _taken(restarted, opened[1].purchase_id) == [15000], exit_at
        assert list(restarted.platform.store.open_attempts(MERCHANT)) == [], exit_at
        assert list(examine(restarted.platform)) == [], exit_at
        stop(restarted)
        if survived:
            break
    assert exit_at > 10  # merchants, attempts, and for each of two: ask, read, save


def _inner(process: Collector) -> Store:
    """The store without boundaries: looking at it is no step of the process."""
    inner: Store = getattr(process.platform.store, "inner", process.platform.store)
    return inner
