"""The simulator's book: a SQLite file with the cards, the attempts received and those lost.

Statements only; what they mean is decided in `simulator.py`. Rows need no time: their order is
the order of receipt.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from threading import RLock
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from tollbridge.domain.payment import BookEntry, Outcome, Result
from tollbridge.gateways.test_cards import Behaviour

PAGE_ROWS = 500
AUTHENTICATION = "/tollbridge/sandbox/payments/{key}/authenticate"  # on the platform itself
SYNCHRONOUS = {True: "PRAGMA synchronous = FULL", False: "PRAGMA synchronous = OFF"}

# Says that a file is such a book, whatever its name, and of which form.
MARKS = (0x544C4247, 2)
SCHEMA = """
BEGIN;
CREATE TABLE card (
    merchant_id INTEGER NOT NULL,
    token TEXT NOT NULL,
    behaviour TEXT NOT NULL,
    code TEXT NOT NULL,
    declined_charge INTEGER NOT NULL,
    charges INTEGER NOT NULL DEFAULT 0, -- counted where declined_charge is not 0
    brand TEXT NOT NULL,
    last_four TEXT NOT NULL CHECK (length(last_four) = 4),
    PRIMARY KEY (merchant_id, token)
) WITHOUT ROWID;
CREATE TABLE attempt (
    line_no INTEGER PRIMARY KEY,
    merchant_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    charge_key TEXT NOT NULL, -- of a refund: the charge that it gives money back of
    token TEXT NOT NULL, -- of a charge: the card
    purchase_id INTEGER NOT NULL,
    try_no INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    result TEXT NOT NULL CHECK (result IN ('captured', 'declined', 'action_required')),
    reference TEXT NOT NULL CHECK ((reference <> '') = (result = 'captured')),
    code TEXT NOT NULL,
    hard INTEGER NOT NULL CHECK (hard IN (0, 1)),
    UNIQUE (merchant_id, key)
);
CREATE INDEX attempt_in_order ON attempt (merchant_id, line_no);
CREATE INDEX refund_of_charge ON attempt (merchant_id, charge_key) WHERE charge_key <> '';
CREATE TABLE lost_request (
    merchant_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (merchant_id, key)
) WITHOUT ROWID;
PRAGMA application_id = 1414283847;
PRAGMA user_version = 2;
COMMIT;
"""
INSERT_CARD = """
INSERT INTO card (merchant_id, token, behaviour, code, declined_charge, brand, last_four)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
INSERT_ATTEMPT = """
INSERT INTO attempt
    (merchant_id, key, charge_key, token, purchase_id, try_no, amount, currency, result, reference,
    code, hard)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
UPDATE_WAITING = """
UPDATE attempt SET result = ?, reference = ?, code = ?, hard = ?
WHERE merchant_id = ? AND key = ? AND result = 'action_required'
"""
INSERT_LOST_REQUEST = "INSERT INTO lost_request (merchant_id, key) VALUES (?, ?)"
UPDATE_CHARGES = "UPDATE card SET charges = ? WHERE merchant_id = ? AND token = ?"
# Places go in as one JSON text, [[merchant, name], ...], however many they are.
SELECT_CARDS = """
SELECT card.merchant_id, token, behaviour, code, declined_charge, charges
FROM json_each(?) AS place
JOIN card ON card.merchant_id = json_extract(place.value, '$[0]')
    AND card.token = json_extract(place.value, '$[1]')
"""
SELECT_ATTEMPTS = """
SELECT attempt.merchant_id, attempt.key, charge_key, purchase_id, try_no, amount, currency, result,
    reference, code, hard
FROM json_each(?) AS place
JOIN attempt ON attempt.merchant_id = json_extract(place.value, '$[0]')
    AND attempt.key = json_extract(place.value, '$[1]')
"""
SELECT_LOST_REQUESTS = """
SELECT lost.merchant_id, lost.key
FROM json_each(?) AS place
JOIN lost_request AS lost ON lost.merchant_id = json_extract(place.value, '$[0]')
    AND lost.key = json_extract(place.value, '$[1]')
"""
# What a charge has left, the money that was given back of it already taken off.
SELECT_CHARGES = """
SELECT charge.merchant_id, charge.key, purchase_id, currency, reference, card.behaviour,
    amount - (
        SELECT coalesce(sum(refund.amount), 0) FROM attempt AS refund
        WHERE refund.merchant_id = charge.merchant_id AND refund.charge_key = charge.key
            AND refund.charge_key <> '' AND refund.result = 'captured'
    )
FROM json_each(?) AS place
JOIN attempt AS charge ON charge.merchant_id = json_extract(place.value, '$[0]')
    AND charge.key = json_extract(place.value, '$[1]')
JOIN card ON card.merchant_id = charge.merchant_id AND card.token = charge.token
WHERE charge.charge_key = '' AND charge.result = 'captured'
"""
SELECT_PAGE = """
SELECT line_no, merchant_id, key, charge_key, purchase_id, try_no, amount, currency, result,
    reference, code, hard
FROM attempt WHERE merchant_id = ? AND line_no > ? ORDER BY line_no LIMIT ?
"""


def action_required(key: str) -> Outcome:
    """The outcome of an attempt that waits for the customer, with the page to go to."""
    url = AUTHENTICATION.format(key=quote(key, safe=""))
    return Outcome(result=Result.ACTION_REQUIRED, code="authentication_required", url=url)


class Place(NamedTuple):
    """Where something stands in the book: a merchant's token or key."""

    merchant_id: int
    name: str


class BookedCard(msgspec.Struct, frozen=True, kw_only=True):
    """A stored card with what it does; `charges` counts them where that depends on the count."""

    behaviour: Behaviour
    code: str
    declined_charge: int
    charges: int = 0


class CapturedCharge(msgspec.Struct, frozen=True, kw_only=True):
    """A charge that took money; `left` is what was not given back yet, in minor units."""

    purchase_id: int
    currency: str
    reference: str
    behaviour: Behaviour
    left: int


class Book:
    """One open book, for all threads of this process: a connection behind a lock.

    Raises ValueError for a file that is no book, sqlite3.OperationalError where the file cannot
    be reached or another process holds it for longer than `busy_seconds`.
    """

    def __init__(self, path: Path, *, durable: bool, busy_seconds: float) -> None:
        if not path.exists():
            _create(path, durable=durable)
        self._lock = RLock()
        self._connection = _connect(path, busy_seconds)
        try:
            _check_marks(self._connection, path)
            self._connection.execute(SYNCHRONOUS[durable])
        except Exception:
            self._connection.close()
            raise

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction that nobody else writes beside; undone when the block raises."""
        with self._lock, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._connection.close()

    def add_card(self, place: Place, card: BookedCard, *, brand: str, last_four: str) -> None:
        """Keep a card under its token."""
        terms = (card.behaviour.value, card.code, card.declined_charge)
        self._connection.execute(INSERT_CARD, (*place, *terms, brand, last_four))

    def cards(self, places: Iterable[Place]) -> dict[Place, BookedCard]:
        """The cards with these tokens; unknown ones are left out."""
        return {
            Place(merchant_id, token): BookedCard(
                behaviour=Behaviour(behaviour),
                code=code,
                declined_charge=declined_charge,
                charges=charges,
            )
            for merchant_id, token, behaviour, code, declined_charge, charges in self._rows(
                SELECT_CARDS, _json(places)
            )
        }

    def count_charges(self, counts: Iterable[tuple[Place, int]]) -> None:
        """Set how often cards were charged."""
        self._connection.executemany(UPDATE_CHARGES, [(n, *place) for place, n in counts])

    def attempts(self, places: Iterable[Place]) -> dict[Place, BookEntry]:
        """The attempts with these keys; unknown ones are left out."""
        found = map(_entry, self._rows(SELECT_ATTEMPTS, _json(places)))
        return {Place(entry.merchant_id, entry.key): entry for entry in found}

    def captured_charges(self, places: Iterable[Place]) -> dict[Place, CapturedCharge]:
        """The charges with these keys that took money; all others are left out."""
        return {
            Place(merchant_id, key): CapturedCharge(
                purchase_id=purchase_id,
                currency=currency,
                reference=reference,
                behaviour=Behaviour(behaviour),
                left=left,
            )
            for merchant_id, key, purchase_id, currency, reference, behaviour, left in self._rows(
                SELECT_CHARGES, _json(places)
            )
        }

    def add_attempts(self, entries: Iterable[tuple[BookEntry, str]]) -> None:
        """Add lines in this order, each with the token of its card; a refund has none."""
        self._connection.executemany(INSERT_ATTEMPT, [_row(*entry) for entry in entries])

    def settle_waiting(self, place: Place, outcome: Outcome) -> bool:
        """Decide an attempt that waits for the customer; False when none does."""
        terms = (outcome.result.value, outcome.reference, outcome.code, outcome.hard)
        return self._connection.execute(UPDATE_WAITING, (*terms, *place)).rowcount == 1

    def lost_requests(self, places: Iterable[Place]) -> set[Place]:
        """Which of these keys were sent once without arriving."""
        return {Place(*row) for row in self._rows(SELECT_LOST_REQUESTS, _json(places))}

    def add_lost_requests(self, places: Iterable[Place]) -> None:
        """Remember keys that were sent without arriving."""
        self._connection.executemany(INSERT_LOST_REQUEST, places)

    def entries(self, merchant_id: int) -> Iterator[BookEntry]:
        """All attempts of a merchant in order, read page by page and not held up by writers."""
        line_no = 0
        while page := self._rows(SELECT_PAGE, merchant_id, line_no, PAGE_ROWS):
            yield from (_entry(row[1:]) for row in page)
            line_no = page[-1][0]

    def _rows(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(statement, parameters).fetchall()


def _connect(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """A connection that begins no transaction by itself."""
    return sqlite3.connect(
        path, timeout=busy_seconds, isolation_level=None, check_same_thread=False
    )


def _create(path: Path, *, durable: bool) -> None:
    """Make an empty book that is there as a whole or not at all, whoever else makes it too.

    Two processes that switch one new file to WAL can meet SQLITE_BUSY at once, without waiting:
    so each makes a file of its own, and the first to give it the name wins.
    """
    draft = path.with_name(f"{path.name}.{token_hex(8)}.new")
    connection = _connect(draft, busy_seconds=0.0)
    try:
        connection.execute(SYNCHRONOUS[durable])
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(SCHEMA)
    finally:
        connection.close()
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()
    if durable:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make a new name survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_marks(connection: sqlite3.Connection, path: Path) -> None:
    try:
        [application_id] = connection.execute("PRAGMA application_id").fetchone()
        [version] = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
            raise
        application_id = version = None
    if (application_id, version) != MARKS:
        raise ValueError(f"{path} is not a book that this version of the simulator can read")


def _json(places: Iterable[Place]) -> str:
    return msgspec.json.encode(list(places)).decode()


def _row(entry: BookEntry, token: str) -> tuple[object, ...]:
    outcome = entry.outcome
    return (
        entry.merchant_id,
        entry.key,
        entry.charge_key,
        token,
        entry.purchase_id,
        entry.try_no,
        entry.amount,
        entry.currency,
        outcome.result.value,
        outcome.reference,
        outcome.code,
        outcome.hard,
    )


def _entry(row: tuple[Any, ...]) -> BookEntry:
    merchant_id, key, charge_key, purchase_id, try_no, amount, currency, *answer = row
    return BookEntry(
        key=key,
        merchant_id=merchant_id,
        purchase_id=purchase_id,
        try_no=try_no,
        amount=amount,
        currency=currency,
        outcome=_outcome(key, *answer),
        charge_key=charge_key,
    )


def _outcome(key: str, result: str, reference: str, code: str, hard: int) -> Outcome:
    if result == Result.ACTION_REQUIRED.value:
        return action_required(key)
    return Outcome(result=Result(result), reference=reference, code=code, hard=bool(hard))
