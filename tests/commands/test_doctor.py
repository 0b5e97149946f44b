"""What was changed behind the platform's back is found, whatever column it is, on both engines.

Each tampering is one statement; afterwards the table is put back and nothing is found again.
"""
# ruff: noqa: S608 - the statements are put together from constants of this file

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import msgspec
import psycopg
import pytest
from msgspec.structs import replace

from tests.conftest import fresh_database
from tests.posting import BROKEN, TAKEN, Inbox, endpoint_of, notify, with_inbox
from tests.rest.world import CARD, CONTACT
from tollbridge import bootstrap
from tollbridge.bootstrap import Place, PlaceError, collecting, migrate, opened
from tollbridge.commands.advance_clock import advance_clock
from tollbridge.commands.apply_catalog import apply_catalog
from tollbridge.commands.catalog_file import parse_catalog
from tollbridge.commands.deactivate_items import deactivate_items
from tollbridge.commands.sign_up import GivenIds, SignUpRequest
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.item_change import ItemChange
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.sign_up import OrderItem
from tollbridge.flows import demo
from tollbridge.flows.change_item import change_item
from tollbridge.flows.collecting import Collector
from tollbridge.flows.sign_up import sign_up
from tollbridge.ports import NoticeFilter, Platform, StoreUnavailableError
from tollbridge.queries.doctor import examine
from tollbridge.store import SchemaError

MERCHANT = 864
SEATS, EARLY = demo.SEATS, demo.EARLY_GOLD
BOUGHT, DECLINED, SHARED = 531157892, 7, 8  # purchases
VOIDED = 71  # a subscription that never began
YEARLY = 300001  # another interval than Gold: a subscription of its own
DECLINES = "4000000000000002"
PROMOTION = """
[[promotion]]
id = 19
name = "Few"
percent = "10"
max_uses = 3
codes = ["few"]
"""
GARBLED = "(SELECT document FROM merchant)"  # a document, but of something else

TAMPERINGS = [
    # The subscription's row: each column that stands beside the document
    ("UPDATE subscription SET due_at = due_at + 1", "columns_match_document"),
    ("UPDATE subscription SET due_at = NULL", "columns_match_document"),
    ("UPDATE subscription SET status = 'DEA'", "columns_match_document"),
    ("UPDATE subscription SET status = 'XXX'", "unreadable"),
    ("UPDATE subscription SET revision = revision + 1", "columns_match_document"),
    ("UPDATE subscription SET customer_id = customer_id + 1", "columns_match_document"),
    ("UPDATE subscription SET payment_method_id = 99", "columns_match_document"),
    (f"UPDATE subscription SET document = {GARBLED}", "unreadable"),
    (
        (
            "UPDATE subscription SET document = (SELECT s.document FROM subscription s"
            f" WHERE s.id = {EARLY}) WHERE id = {SEATS}"
        ),
        "journal_folds",
    ),
    ("DELETE FROM subscription", "journal_folds"),
    (f"DELETE FROM subscription WHERE id = {SEATS}", "journal_folds"),
    # The journal
    ("DELETE FROM journal", "journal_gapless"),
    (f"DELETE FROM journal WHERE subscription_id = {SEATS}", "journal_gapless"),
    ("DELETE FROM journal WHERE sequence = 2", "journal_gapless"),
    (
        f"DELETE FROM journal WHERE subscription_id = {EARLY} AND type = 'ItemChanged'",
        "journal_folds",
    ),
    ("UPDATE journal SET version = 99", "journal_folds"),
    (f"UPDATE journal SET payload = {GARBLED}", "journal_folds"),
    ("UPDATE journal SET at = at + 1 WHERE sequence = 2", "journal_instants"),
    ("UPDATE journal SET at = at - 1 WHERE sequence = 2", "journal_instants"),
    ("UPDATE journal SET at = 9000000000000000000", "unreadable"),
    ("UPDATE journal SET recorded_at = 9000000000000000000", "unreadable"),
    # Purchases and their lines
    ("UPDATE purchase SET currency = 'EUR'", "journal_matches_rows"),
    ("UPDATE purchase SET customer_id = customer_id + 1", "journal_matches_rows"),
    ("UPDATE purchase SET purpose = 'renewal'", "journal_matches_rows"),
    ("UPDATE purchase SET purpose = 'gift'", "unreadable"),
    ("UPDATE purchase SET status = 'NEW'", "journal_matches_rows"),
    ("UPDATE purchase SET opened_at = opened_at + 1", "journal_matches_rows"),
    ("UPDATE purchase SET paid_at = paid_at + 1", "journal_matches_rows"),
    ("UPDATE purchase SET paid_at = NULL", "journal_matches_rows"),
    (f"UPDATE purchase SET paid_at = 0 WHERE id = {DECLINED}", "journal_matches_rows"),
    ("UPDATE purchase SET gross = gross + 1, net = net + 1", "purchase_is_sum_of_lines"),
    ("UPDATE purchase SET gross = gross + 1", "gross_is_net_plus_vat"),
    (f"DELETE FROM purchase WHERE id = {SHARED}", "journal_matches_rows"),
    (
        f"INSERT INTO purchase VALUES ({MERCHANT}, 1, 1, 'USD', 'signup', 'PAY', 0, 0, 9, 9, 0)",
        "purchase_has_lines",
    ),
    ("UPDATE purchase_item SET product_name = 'Other'", "journal_matches_rows"),
    ("UPDATE purchase_item SET quantity = quantity + 1", "journal_matches_rows"),
    ("UPDATE purchase_item SET interval_no = interval_no + 1", "journal_matches_rows"),
    ("UPDATE purchase_item SET rate = '0.2'", "journal_matches_rows"),
    (f"UPDATE purchase_item SET explanation = {GARBLED}", "unreadable"),
    ("UPDATE purchase_item SET subscription_id = 5", "journal_gapless"),
    (f"DELETE FROM purchase_item WHERE purchase_id = {BOUGHT}", "purchase_has_lines"),
    ("DELETE FROM purchase_item WHERE running_no = 2", "purchase_is_sum_of_lines"),
    # Payment attempts
    ("UPDATE payment_attempt SET amount = amount + 1", "charged_amount"),
    ("UPDATE payment_attempt SET currency = 'EUR'", "journal_matches_rows"),
    ("UPDATE payment_attempt SET reference = 'x'", "journal_matches_rows"),
    ("UPDATE payment_attempt SET code = 'x'", "journal_matches_rows"),
    ("UPDATE payment_attempt SET opened_at = opened_at + 1", "journal_matches_rows"),
    ("UPDATE payment_attempt SET settled_at = settled_at + 1", "journal_matches_rows"),
    ("UPDATE payment_attempt SET settled_at = NULL", "journal_matches_rows"),
    ("UPDATE payment_attempt SET payment_method_id = 99", "journal_matches_rows"),
    ("UPDATE payment_attempt SET result = 'declined'", "gateway_agrees"),
    ("UPDATE payment_attempt SET result = 'lost'", "unreadable"),
    (f"UPDATE payment_attempt SET key = 'x' WHERE purchase_id = {BOUGHT}", "gateway_agrees"),
    (f"DELETE FROM payment_attempt WHERE purchase_id = {BOUGHT}", "journal_matches_rows"),
    (
        (
            "INSERT INTO payment_attempt (merchant_id, purchase_id, try_no, key, amount, currency,"
            f" payment_method_id, opened_at) VALUES ({MERCHANT}, 1, 1, 'k', 9, 'USD', 1, 0)"
        ),
        "purchase_has_lines",
    ),
    (
        (
            "INSERT INTO payment_attempt (merchant_id, purchase_id, try_no, key, amount, currency,"
            f" payment_method_id, opened_at) VALUES ({MERCHANT}, {BOUGHT}, 2, 'k', 9, 'USD', 1, 0)"
        ),
        "charged_amount",
    ),
    # Claims, postings, versions, uses of coupons
    (f"DELETE FROM charge_claim WHERE purchase_id = {BOUGHT}", "journal_matches_rows"),
    ("UPDATE charge_claim SET interval_no = interval_no + 1", "journal_matches_rows"),
    (
        f"INSERT INTO charge_claim VALUES ({MERCHANT}, {VOIDED}, 'signup', 0, 0, 0, {DECLINED})",
        "journal_matches_rows",
    ),
    ("UPDATE posting SET amount = amount + 1", "postings_balance"),
    ("UPDATE posting SET amount = -amount", "journal_matches_rows"),
    ("UPDATE posting SET at = at + 1", "journal_matches_rows"),
    ("UPDATE posting SET currency = 'EUR'", "journal_matches_rows"),
    ("DELETE FROM posting", "journal_matches_rows"),
    ("DELETE FROM item_version", "journal_matches_rows"),
    ("UPDATE item_version SET version = version + 7", "journal_matches_rows"),
    ("DELETE FROM coupon_use", "journal_matches_rows"),
    ("UPDATE coupon_use SET use_no = use_no + 1", "journal_matches_rows"),
    (f"INSERT INTO coupon_use VALUES ({MERCHANT}, 19, 99, 5)", "journal_gapless"),
    # The outbox
    ("UPDATE outbox SET type = 'item_added'", "facts_match_journal"),
    ("UPDATE outbox SET subject = 'purchase/1'", "facts_match_journal"),
    ("UPDATE outbox SET at = at + 1", "facts_match_journal"),
    (f"UPDATE outbox SET frozen = {GARBLED}", "unreadable"),
    (
        (
            "UPDATE outbox SET frozen = (SELECT o.frozen FROM outbox o"
            f" WHERE o.subscription_id = {SEATS} AND o.sequence = 1)"
        ),
        "facts_match_journal",
    ),
    ("UPDATE outbox SET sequence = sequence + 99", "facts_gapless"),
    ("DELETE FROM outbox", "facts_gapless"),
    # What is told, and how it is delivered
    ("DELETE FROM untold", "facts_told_once"),
    (
        (
            "INSERT INTO untold SELECT merchant_id, stream & 15, stream, subscription_id, sequence"
            f" FROM outbox WHERE subscription_id = {SEATS} AND sequence = 1"
        ),
        "facts_told_once",
    ),
    ("DELETE FROM notification_fact", "facts_told_once"),
    ("UPDATE notification_fact SET sequence = sequence + 99", "facts_told_once"),
    ("DELETE FROM delivery WHERE sequence = 1", "deliveries_gapless"),
    ("UPDATE delivery SET sequence = sequence + 99", "deliveries_gapless"),
    ("UPDATE delivery SET state = 'waiting'", "deliveries_in_order"),
    ("UPDATE delivery SET state = 'delivered'", "deliveries_in_order"),
    ("UPDATE delivery SET state = 'lost'", "unreadable"),
    ("UPDATE lane SET last = last + 1", "deliveries_gapless"),
    ("UPDATE lane SET head = head + 1", "deliveries_in_order"),
    ("UPDATE lane SET due_at = NULL", "deliveries_due"),
    ("UPDATE lane SET due_at = 0", "deliveries_due"),
    ("DELETE FROM lane", "deliveries_gapless"),
    # Customers, contacts and payment methods
    ("DELETE FROM customer", "parties_stored"),
    ("UPDATE customer SET reference_id = 'x'", "parties_stored"),
    (f"UPDATE customer SET document = {GARBLED}", "unreadable"),
    (
        "UPDATE customer SET document = (SELECT c.document FROM customer c ORDER BY c.id LIMIT 1)",
        "parties_stored",
    ),
    ("DELETE FROM contact", "parties_stored"),
    ("UPDATE contact SET email = 'x@example.com'", "parties_stored"),
    ("UPDATE contact SET country_id = 'FR'", "parties_stored"),
    ("UPDATE contact SET role = 'delivery'", "parties_stored"),
    ("DELETE FROM payment_method", "parties_stored"),
    (
        (
            "UPDATE payment_method SET document ="
            " (SELECT p.document FROM payment_method p ORDER BY p.id LIMIT 1)"
        ),
        "parties_stored",
    ),
    (f"UPDATE payment_method SET document = {GARBLED}", "unreadable"),
]


class Backdoor(Protocol):
    """The database, past the platform."""

    def execute(self, statement: str, /) -> object:
        """Run a statement and commit it."""


class World:
    """A platform with something of everything, and a way into its database."""

    def __init__(self, url: str, platform: Platform, backdoor: Backdoor) -> None:
        self.url = url
        self.platform = platform
        self.backdoor = backdoor

    def checks(self) -> set[str]:
        """The checks that found something."""
        return {finding.check for finding in examine(self.platform)}

    def after(self, statement: str) -> set[str]:
        """What is found after a statement that is undone again."""
        [table] = re.findall(r"^(?:UPDATE|DELETE FROM|INSERT INTO) (\w+)", statement)
        self.backdoor.execute(f"CREATE TABLE kept AS SELECT * FROM {table}")
        try:
            self.backdoor.execute(statement)
            return self.checks()
        finally:
            self.backdoor.execute(f"DELETE FROM {table}")
            self.backdoor.execute(f"INSERT INTO {table} SELECT * FROM kept")
            self.backdoor.execute("DROP TABLE kept")


def live_a_little(collector: Collector) -> None:
    """The demo, an aligned change, a voided purchase, a shared one, and a use of a coupon."""
    bootstrap.build_demo(collector)
    catalog = bootstrap.DEMO_CATALOG.read_text(encoding="utf-8") + PROMOTION
    apply_catalog(collector.platform, parse_catalog(catalog))
    change = ItemChange(
        running_no=1,
        product_id=demo.SEAT,
        quantity=15,
        alignment=Alignment(align=True),
        call="test",
    )
    change_item(collector, MERCHANT, SEATS, change, "test")
    _buy(collector, DECLINED, (VOIDED,), DECLINES, demo.GOLD)
    deactivate_items(
        collector.platform,
        MERCHANT,
        VOIDED,
        [1],
        allow_reinstate=True,
        generate_mail=False,
        actor="test",
    )
    _buy(collector, SHARED, (81, 82), CARD.number, demo.GOLD, YEARLY)
    told(collector.platform)
    use = ItemChange(running_no=1, coupon_code="few", call="test")
    change_item(collector, MERCHANT, EARLY, use, "test")


def told(platform: Platform) -> None:
    """An endpoint that has not taken everything, and facts that are not told yet."""
    inbox = Inbox(lambda post: BROKEN if post.headers["Tollbridge-Stream"] == "8" else TAKEN)
    posting = with_inbox(platform, inbox)
    endpoint = endpoint_of(posting, MERCHANT)
    notify(posting, MERCHANT)
    [done, *_] = platform.store.notifications(MERCHANT, NoticeFilter(subscription_id=SEATS))
    platform.store.replay(MERCHANT, [(done, endpoint.id)], done.at)
    deactivate_items(
        platform, MERCHANT, 81, [1], allow_reinstate=True, generate_mail=False, actor="test"
    )
    notify(posting, MERCHANT)
    deactivate_items(
        platform, MERCHANT, 82, [1], allow_reinstate=True, generate_mail=False, actor="test"
    )


def _buy(
    collector: Collector, purchase: int, subscriptions: tuple[int, ...], card: str, *products: int
) -> None:
    request = SignUpRequest(
        items=tuple(OrderItem(product_id=product, quantity=1) for product in products),
        currency="USD",
        contact=CONTACT,
        card=replace(CARD, number=card),
        ids=GivenIds(customer=purchase, purchase=purchase, subscriptions=subscriptions),
    )
    sign_up(collector, MERCHANT, request, "test")


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """One for each engine; every test leaves it as it was."""
    folder = tmp_path_factory.mktemp("world")
    if request.param == "sqlite":
        file = folder / "platform.db"
        with _living(Place(str(file), folder / "book.db", new=True)) as platform:
            backdoor = sqlite3.connect(file, isolation_level=None)
            yield World(str(file), platform, backdoor)
            backdoor.close()
        return
    with (
        fresh_database(request.getfixturevalue("postgres_server")) as url,
        _living(Place(url, folder / "book.db", new=False)) as platform,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        yield World(url, platform, connection)


@contextmanager
def _living(place: Place) -> Iterator[Platform]:
    migrate(place)
    with opened(place) as platform:
        with collecting(platform) as collector:
            live_a_little(collector)
        yield platform


def test_a_life_has_no_findings(world: World) -> None:
    """Released claims, cancelled and shared purchases and uses of coupons are as they must be."""
    assert list(examine(world.platform)) == []
    store = world.platform.store
    [voided] = store.money_rows(MERCHANT, VOIDED).purchases
    assert voided.status is PurchaseStatus.CANCELED
    rows = [store.money_rows(MERCHANT, number) for number in (81, 82, SEATS, EARLY)]
    assert rows[0].purchases == rows[1].purchases
    assert rows[2].versions
    assert rows[3].coupon_uses


@pytest.mark.parametrize(("statement", "check"), TAMPERINGS, ids=lambda text: text[:60])
def test_a_tampering_is_found(world: World, statement: str, check: str) -> None:
    """Every column that follows from the journal, and every row that is gone or too many."""
    assert check in world.after(statement)
    assert world.checks() == set()


def test_a_journal_that_goes_back_in_time(world: World) -> None:
    """R23: a row and its event agree with each other, but stand before the row above."""
    store = world.platform.store
    [moved] = [e for e in store.journal(MERCHANT, EARLY) if e.type == "BillingDateMoved"]
    event = msgspec.json.decode(moved.payload)
    payload = msgspec.json.encode({**event, "at": "2020-01-01T00:00:00Z"}).hex()
    blob = f"X'{payload}'" if isinstance(world.backdoor, sqlite3.Connection) else rf"'\x{payload}'"
    statement = (
        f"UPDATE journal SET at = 1577836800000000, payload = {blob}"
        f" WHERE subscription_id = {EARLY} AND sequence = {moved.sequence}"
    )
    assert "journal_instants" in world.after(statement)
    assert world.checks() == set()


def test_it_only_looks(tmp_path: Path) -> None:
    """Neither a file nor a row changes, and a store that is opened to look at cannot change one."""
    file, book = tmp_path / "platform.db", tmp_path / "book.db"
    place = Place(str(file), book, new=False)
    with opened(place._replace(new=True)) as platform, collecting(platform) as collector:
        bootstrap.build_demo(collector)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with opened(place, read_only=True) as platform:
        assert list(examine(platform)) == []
        with pytest.raises(StoreUnavailableError, match="readonly"):
            advance_clock(platform, MERCHANT, to=datetime(2027, 1, 1, tzinfo=UTC))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_an_older_database_is_not_migrated(tmp_path: Path) -> None:
    """What is missing is named, and stays missing."""
    file = tmp_path / "platform.db"
    place = Place(str(file), tmp_path / "book.db", new=False)
    migrate(place)
    with sqlite3.connect(file) as database:
        database.execute("DELETE FROM schema_migration WHERE number > 1")
    database.close()
    with pytest.raises(SchemaError, match="lacks migration 0002"), opened(place, read_only=True):
        pass
    with sqlite3.connect(file) as database:
        assert database.execute("SELECT count(*) FROM schema_migration").fetchone() == (1,)
    database.close()


def test_a_file_that_is_no_database_of_ours_stays_as_it_is(tmp_path: Path) -> None:
    """An empty file gets no tables."""
    file = tmp_path / "platform.db"
    file.touch()
    place = Place(str(file), tmp_path / "book.db", new=False)
    with pytest.raises(SchemaError, match="tollbridge migrate"), opened(place, read_only=True):
        pass
    assert [(path.name, path.stat().st_size) for path in tmp_path.iterdir()] == [(file.name, 0)]


def test_no_book_is_made_for_looking(world: World, tmp_path: Path) -> None:
    """A missing book is an error on both engines, with and without payments."""
    book = tmp_path / "book.db"
    missing = pytest.raises(PlaceError, match="TOLLBRIDGE_SIMULATOR_BOOK")
    with missing, opened(Place(world.url, book, new=False), read_only=True):
        pass
    empty = Place(str(tmp_path / "empty.db"), book, new=False)
    migrate(empty)
    with missing, opened(empty, read_only=True):
        pass
    assert not book.exists()


def test_payments_are_not_served_without_their_book(world: World, tmp_path: Path) -> None:
    """DESIGN.md 5: beside an empty book recovery would take captured money for declined."""
    book = tmp_path / "book.db"
    missing = pytest.raises(PlaceError, match="TOLLBRIDGE_SIMULATOR_BOOK")
    with missing, opened(Place(world.url, book, new=False)):
        pass
    assert not book.exists()


def test_a_database_without_payments_gets_a_book(tmp_path: Path) -> None:
    """As at the first start, whatever else stands in it."""
    place = Place(str(tmp_path / "platform.db"), tmp_path / "book.db", new=True)
    catalog = parse_catalog(bootstrap.DEMO_CATALOG.read_text(encoding="utf-8"))
    with opened(place) as platform:
        apply_catalog(platform, catalog)
    place.book.unlink()
    with opened(place._replace(new=False)) as platform:
        assert list(examine(platform)) == []
    assert place.book.exists()
