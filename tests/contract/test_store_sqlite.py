"""What SQLite adds to the store's promises: one writer in turn, readers beside it, files."""

import gc
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest

from tests.contract.storing import changed, furnish, held, paid, save, saved
from tests.given import MERCHANT_ID, SEAT
from tollbridge.ports import Saved, Series, Store, StoreUnavailableError
from tollbridge.store import open_store
from tollbridge.store.errors import StatementError, TakenError
from tollbridge.store.fair_lock import FairLock
from tollbridge.store.migrate import bring_up
from tollbridge.store.rows import product_row
from tollbridge.store.sqlite import MemoryEngine, SqliteEngine

FULL = 2  # SQLite's number for it
SOON = 30  # seconds that nothing here ever takes
WAITERS = 8


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database will be."""
    return tmp_path / "platform.db"


@pytest.fixture
def file_store(path: Path) -> Iterator[Store]:
    """A store in a file, with a merchant and a paid subscription."""
    opened = open_store(f"sqlite:///{path}")
    furnish(opened)
    paid(opened, 1)
    yield opened
    opened.close()


def queue_up(lock: FairLock, order: list[int]) -> list[Thread]:
    """Threads that ask for the lock one after the other, and note when they get it."""

    def take(number: int) -> None:
        assert lock.acquire(SOON)
        order.append(number)
        lock.release()

    threads = []
    for number in range(WAITERS):
        thread = Thread(target=take, args=(number,))
        thread.start()
        threads.append(thread)
        while lock.waiting <= number:  # the next one asks only when this one stands in line
            thread.join(0.001)
    return threads


def test_the_lock_serves_in_order_of_asking() -> None:
    """First come, first served (docs/decisions/0006)."""
    lock, order = FairLock(), list[int]()
    assert lock.acquire(0)
    threads = queue_up(lock, order)
    assert order == []
    lock.release()
    for thread in threads:
        thread.join(SOON)
    assert order == list(range(WAITERS))
    assert lock.waiting == 0
    assert lock.acquire(0)


def test_who_waits_too_long_leaves_the_line() -> None:
    """The turn goes to whoever stands behind; nobody is left hanging."""
    lock = FairLock()
    assert lock.acquire(0)
    assert not lock.acquire(0.01)
    assert lock.waiting == 0
    lock.release()
    assert lock.acquire(0)


def test_the_lock_is_held_by_one_at_a_time() -> None:
    """Sixteen threads, each adding to a number that is no number of threads' own."""
    lock, total = FairLock(), [0]

    def add(_: int) -> None:
        assert lock.acquire(SOON)
        seen = total[0]
        total[0] = seen + 1
        lock.release()

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(add, range(2000)))
    assert total == [2000]


def test_a_memory_database_is_gone_when_closed() -> None:
    """File, journal and folder; and also when nobody closed it."""
    for close in (MemoryEngine.close, None):
        engine = MemoryEngine()
        bring_up(engine.ledger())
        folder = engine.path.parent
        assert engine.path.exists()
        if close is not None:
            close(engine)
        del engine
        gc.collect()
        assert not folder.exists()


def test_a_file_is_written_ahead_and_synced(file_store: Store, path: Path) -> None:
    """WAL and synchronous=FULL: a captured charge outlives a power cut (docs/decisions/0006)."""
    saved(file_store, changed(file_store, 1001))
    assert path.with_name("platform.db-wal").exists()
    with closing(SqliteEngine(path)) as engine:
        assert engine.pragma("journal_mode") == "wal"
        assert engine.pragma("synchronous") == FULL


def test_what_was_saved_is_there_when_opened_again(file_store: Store, path: Path) -> None:
    """Documents, history, clock and ids."""
    saved(file_store, changed(file_store, 1001))
    before = file_store.held_with_history(MERCHANT_ID, 1001)
    issued = file_store.issue_ids(MERCHANT_ID, Series.PURCHASE)
    file_store.close()
    with closing(open_store(str(path))) as again:
        assert again.held_with_history(MERCHANT_ID, 1001) == before
        assert again.issue_ids(MERCHANT_ID, Series.PURCHASE)[0] > issued[0]


def test_readers_see_what_is_committed_while_one_writes(path: Path) -> None:
    """A reader is never in the way of the writer, nor the writer in that of a reader."""
    engine = SqliteEngine(path)
    bring_up(engine.ledger())
    wanted = product_row(1, SEAT)
    with engine.writing() as writer:
        writer.write([("put_products", [wanted])])
        with ThreadPoolExecutor(4) as threads:
            seen = list(threads.map(lambda _: engine.row("catalog", {"merchant_id": 1}), range(8)))
        assert seen == [None] * 8
    assert engine.row("catalog", {"merchant_id": 1}) is not None
    engine.close()


def test_several_statements_read_one_snapshot(path: Path) -> None:
    """What is written between them is not seen (doctor compares rows with each other)."""
    engine = SqliteEngine(path)
    bring_up(engine.ledger())
    with engine.reading() as reader:
        assert reader.rows("merchants", {}) == []
        with engine.writing() as writer:
            writer.change(
                "put_merchant",
                {"merchant_id": 1, "mode": "live", "clock": None, "document": b"{}"},
            )
        assert reader.rows("merchants", {}) == []
    assert len(engine.rows("merchants", {})) == 1
    engine.close()


def test_an_exception_undoes_the_transaction(path: Path) -> None:
    """Whatever it is; the next writer finds the lock free."""
    engine = SqliteEngine(path)
    bring_up(engine.ledger())
    row = {"merchant_id": 1, "mode": "live", "clock": None, "document": b"{}"}

    def interrupted() -> None:
        with engine.writing() as writer:
            writer.change("put_merchant", row)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert engine.rows("merchants", {}) == []
    with engine.writing() as writer:
        writer.change("put_merchant", row)
    assert len(engine.rows("merchants", {})) == 1
    engine.close()


def test_the_drivers_exceptions_do_not_leave_the_store(path: Path) -> None:
    """A taken key, a value that is wrong, a statement that is wrong."""
    engine = SqliteEngine(path)
    bring_up(engine.ledger())
    row, wrong = (1, 1, b"{}"), (1, 1, None)
    for rows, expected in (([row, row], TakenError), ([wrong], StatementError)):
        with pytest.raises(expected), engine.writing() as writer:
            writer.write([("insert_payment_methods", rows)])
        with engine.writing() as writer, pytest.raises(expected), writer.savepoint():
            writer.write([("insert_payment_methods", rows)])
    with pytest.raises(StatementError):
        engine.rows("merchant", {"another": 1})
    assert engine.row("payment_method", {"merchant_id": 1, "id": 1}) is None
    engine.close()


def test_threads_that_end_leave_no_connection(path: Path) -> None:
    """A thread pool may start and end threads as it likes."""
    engine = SqliteEngine(path)
    bring_up(engine.ledger())
    meet = Barrier(WAITERS)

    def read(_: int) -> None:
        engine.rows("merchants", {})
        meet.wait(SOON)

    with ThreadPoolExecutor(WAITERS) as threads:
        list(threads.map(read, range(WAITERS)))
        assert engine.readers == WAITERS
    gc.collect()
    assert engine.readers == 0
    engine.close()


def test_another_program_may_hold_the_file_for_a_while(file_store: Store, path: Path) -> None:
    """Our writer waits for it (SQLite's busy timeout) and then goes on."""
    held_by_other, let_go = Event(), Event()

    def other_program() -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            held_by_other.set()
            assert let_go.wait(SOON)
            other.execute("COMMIT")

    decision = changed(file_store, 1001)
    with ThreadPoolExecutor(2) as threads:
        other = threads.submit(other_program)
        assert held_by_other.wait(SOON)
        ours = threads.submit(save, file_store, decision)
        assert held(file_store, 1001).subscription.items[0].version == 1
        let_go.set()
        other.result(SOON)
        assert ours.result(SOON) == [Saved.SAVED]


def test_a_closed_store_is_unavailable(file_store: Store) -> None:
    """Reading, writing and issuing ids; closing twice is no harm."""
    decision = changed(file_store, 1001)
    file_store.close()
    file_store.close()
    with pytest.raises(StoreUnavailableError):
        file_store.held(MERCHANT_ID, 1001)
    with pytest.raises(StoreUnavailableError):
        save(file_store, decision)
    with pytest.raises(StoreUnavailableError):
        file_store.issue_ids(MERCHANT_ID, Series.PURCHASE)
