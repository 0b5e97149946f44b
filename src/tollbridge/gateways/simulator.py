"""A payment gateway that moves no money: test cards with fixed outcomes and a book of its own.

The book is a SQLite file beside the platform's database, never in it: so the platform can be
killed at any line and compared with what the gateway saw (DESIGN.md 5). Any number of threads and
processes may use one book at once.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from time import sleep

from msgspec.structs import replace

from tollbridge.domain.customer import PaymentMethod
from tollbridge.domain.payment import (
    BookEntry,
    Card,
    CardToken,
    Charge,
    Outcome,
    Refund,
    Result,
    StoredCard,
    is_card_number,
)
from tollbridge.domain.refusal import Invalid, NotAllowed
from tollbridge.gateways.simulator_book import (
    Book,
    BookedCard,
    CapturedCharge,
    Place,
    action_required,
)
from tollbridge.gateways.test_cards import Behaviour, KnownCard, known_card
from tollbridge.ports import GatewayUnavailableError

NAME = "simulator"
BUSY_SECONDS = 10.0
MONTHS = range(1, 13)
YEARS = range(1970, 2201)  # R26
YEARS_NEWER = 3  # how much longer a replaced card lives
UNKNOWN = Outcome(result=Result.UNKNOWN)
NO_SUCH_CARD = Outcome(result=Result.DECLINED, code="no_such_card", hard=True)
NO_SUCH_CHARGE = Outcome(result=Result.DECLINED, code="no_such_charge", hard=True)
TOO_MUCH = Outcome(result=Result.DECLINED, code="refund_exceeds_charge", hard=True)
CANCELED = Outcome(result=Result.DECLINED, code="canceled")
NOT_AUTHENTICATED = Outcome(result=Result.DECLINED, code="authentication_failed")


class Simulator:
    """The `Gateway` of tests and sandboxes; takes only the numbers of docs/reference/test-cards.md.

    The book at `book_path` is made when it is not there. `memory` gives up durability for speed:
    the book then outlives a killed process but no power cut. `busy_seconds` is how long a charge
    waits for other processes that write the same book. `latency_seconds` is how long each call
    that moves money takes at least, however much it asks for: what a real gateway takes, for
    benchmarks. Raises ValueError for a file that is no book.
    """

    def __init__(
        self,
        book_path: Path | str,
        *,
        memory: bool = False,
        busy_seconds: float = BUSY_SECONDS,
        latency_seconds: float = 0.0,
    ) -> None:
        self._latency_seconds = latency_seconds
        self._book = Book(Path(book_path), durable=not memory, busy_seconds=busy_seconds)

    def store_card(self, merchant_id: int, card: Card | CardToken) -> StoredCard:
        """A token for a test card; it carries the card's behaviour, and the number is forgotten.

        Raises Invalid when it cannot be read as a card, NotAllowed when it is no test card, and
        GatewayUnavailableError where the book cannot be written. The expiry is read but not
        compared with today: the simulator has no clock (R23), and a card that is declined as
        expired has a number of its own.
        """
        if isinstance(card, CardToken):
            raise Invalid("card.token", "The simulator has no page that gives tokens.")
        known = _accepted(card)
        token = f"sim_card_{token_hex(12)}"
        booked = BookedCard(
            behaviour=known.behaviour, code=known.code, declined_charge=known.declined_charge
        )
        with _reached(), self._book.writing():
            self._book.add_card(
                Place(merchant_id, token),
                booked,
                brand=known.brand.type_id,
                last_four=known.last_four,
            )
        return StoredCard(
            gateway=NAME,
            token=token,
            type_id=known.brand.type_id,
            type_name=known.brand.type_name,
            last_four=known.last_four,
            expiry_month=card.expiry_month,
            expiry_year=card.expiry_year,
        )

    def charge(self, charges: Sequence[Charge]) -> Sequence[Outcome]:
        """One outcome for each charge in order, all written in one transaction.

        The same key again gives the first outcome. Raises ValueError, and takes nothing at all,
        for an amount that is not positive and for a key that came before with another purchase
        or amount: that is a mistake in the program and must not pass for a decline.
        """
        _require_amounts(charges)
        self._take_time()
        try:
            with self._book.writing():
                batch = _Charges(self._book, charges)
                outcomes = [batch.take(charge) for charge in charges]
                batch.write()
        except sqlite3.OperationalError:  # locked for too long, disk full: cannot be reached
            return [UNKNOWN] * len(charges)
        return outcomes

    def refund(self, refunds: Sequence[Refund]) -> Sequence[Outcome]:
        """One outcome for each refund in order, all written in one transaction.

        Raises ValueError, and gives nothing back at all, where `charge` would, and for a refund
        whose charge was of another purchase, currency or reference.
        """
        _require_amounts(refunds)
        self._take_time()
        try:
            with self._book.writing():
                batch = _Refunds(self._book, refunds)
                outcomes = [batch.give(refund) for refund in refunds]
                batch.write()
        except sqlite3.OperationalError:
            return [UNKNOWN] * len(refunds)
        return outcomes

    def authenticate(self, merchant_id: int, key: str, *, approve: bool) -> bool:
        """The customer authenticates a charge that waits for it, or refuses to.

        The charge is captured or declined then, as `look_up` tells. False when none waits under
        this key. Raises GatewayUnavailableError where the book cannot be written.
        """
        outcome = _captured() if approve else NOT_AUTHENTICATED
        with _reached(), self._book.writing():
            return self._book.settle_waiting(Place(merchant_id, key), outcome)

    def look_up(self, merchant_id: int, keys: Sequence[str]) -> Sequence[Outcome | None]:
        """What became of charges and refunds by their keys, in order; None if never received.

        UNKNOWN where the book cannot be read: None would say that no money was taken.
        """
        places = [Place(merchant_id, key) for key in keys]
        try:
            found = self._book.attempts(places)
        except sqlite3.OperationalError:
            return [UNKNOWN] * len(keys)
        return [found[place].outcome if place in found else None for place in places]

    def cancel(self, merchant_id: int, keys: Sequence[str]) -> Sequence[Outcome]:
        """Decline what waits for its customer; what each charge is then, in order.

        UNKNOWN where the book cannot be reached, and for a key that it has never seen.
        """
        try:
            with self._book.writing():
                for key in keys:
                    self._book.settle_waiting(Place(merchant_id, key), CANCELED)
        except sqlite3.OperationalError:
            return [UNKNOWN] * len(keys)
        return [outcome or UNKNOWN for outcome in self.look_up(merchant_id, keys)]

    def update_card(self, merchant_id: int, method: PaymentMethod) -> StoredCard | None:
        """The newer card of one whose behaviour says that there is one; None for all others.

        It has the same token and expires three years later, in 2200 at the latest (R26). None
        too where the book cannot be read.
        """
        place = Place(merchant_id, method.token)
        try:
            kept = self._book.cards([place]).get(place)
        except sqlite3.OperationalError:
            return None
        expiry_year = min(method.expiry_year + YEARS_NEWER, YEARS[-1])
        is_newer = expiry_year > method.expiry_year
        if kept is None or kept.behaviour is not Behaviour.RENEW or not is_newer:
            return None
        return StoredCard(
            gateway=NAME,
            token=method.token,
            type_id=method.type_id,
            type_name=method.type_name,
            last_four=method.last_four,
            expiry_month=method.expiry_month,
            expiry_year=expiry_year,
        )

    def book(self, merchant_id: int) -> Iterator[BookEntry]:
        """Every attempt of this merchant that was received, oldest first.

        Raises GatewayUnavailableError where the book cannot be read.
        """
        with _reached():
            yield from self._book.entries(merchant_id)

    def close(self) -> None:
        """Close the book; what was charged is in it."""
        self._book.close()

    def _take_time(self) -> None:
        if self._latency_seconds:
            sleep(self._latency_seconds)


@contextmanager
def _reached() -> Iterator[None]:
    """Say of a book that is locked for too long, or on a full disk, that it cannot be reached."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise GatewayUnavailableError(f"the simulator's book: {error}") from error


class _Charges:
    """Charges decided against what the book held when the transaction began, written at the end.

    The transaction holds the book's write lock from its beginning: nobody adds a line in between.
    """

    def __init__(self, book: Book, charges: Sequence[Charge]) -> None:
        keys = [_key_of(charge) for charge in charges]
        self._book = book
        self._received = book.attempts(keys)
        self._lost = book.lost_requests(keys)
        self._cards = book.cards({_card_of(charge) for charge in charges})
        self._counts: dict[Place, int] = {}
        self._new_entries: list[tuple[BookEntry, str]] = []
        self._new_lost: list[Place] = []

    def take(self, charge: Charge) -> Outcome:
        """The answer to one charge; ValueError where its key came before with other terms."""
        key = _key_of(charge)
        earlier = self._received.get(key)
        if earlier is not None:
            return _first_outcome(_entry(charge, earlier.outcome), earlier)
        card = self._cards.get(_card_of(charge))
        behaviour = card.behaviour if card else None
        if behaviour is Behaviour.REQUEST_LOST and key not in self._lost:
            self._lost.add(key)
            self._new_lost.append(key)
            return UNKNOWN
        entry = _entry(charge, self._decide(card, charge))
        self._received[key] = entry
        self._new_entries.append((entry, charge.payment_method.token))
        return UNKNOWN if behaviour is Behaviour.ANSWER_LOST else entry.outcome

    def write(self) -> None:
        """Add what was decided to the book."""
        self._book.add_attempts(self._new_entries)
        self._book.add_lost_requests(self._new_lost)
        self._book.count_charges(self._counts.items())

    def _decide(self, card: BookedCard | None, charge: Charge) -> Outcome:
        """What becomes of a charge that arrived; counts it where that depends on the count."""
        if card is None:
            return NO_SUCH_CARD
        if card.behaviour is Behaviour.AUTHENTICATE:
            return action_required(charge.key)
        declined = card.behaviour in {Behaviour.DECLINE_SOFT, Behaviour.DECLINE_HARD}
        if card.behaviour is Behaviour.DECLINE_ONCE:
            place = _card_of(charge)
            self._counts[place] = self._counts.get(place, card.charges) + 1
            declined = self._counts[place] == card.declined_charge
        if declined:
            hard = card.behaviour is Behaviour.DECLINE_HARD
            return Outcome(result=Result.DECLINED, code=card.code, hard=hard)
        return _captured()


class _Refunds:
    """Refunds decided against what their charges had left when the transaction began."""

    def __init__(self, book: Book, refunds: Sequence[Refund]) -> None:
        self._book = book
        self._received = book.attempts([_key_of(refund) for refund in refunds])
        self._charges = book.captured_charges({_charge_of(refund) for refund in refunds})
        self._new_entries: list[BookEntry] = []

    def give(self, refund: Refund) -> Outcome:
        """The answer to one refund; ValueError where its key came before with other terms."""
        earlier = self._received.get(_key_of(refund))
        if earlier is not None:
            return _first_outcome(_refund_entry(refund, earlier.outcome), earlier)
        charge = self._charges.get(_charge_of(refund))
        entry = _refund_entry(refund, self._decide(charge, refund))
        self._received[_key_of(refund)] = entry
        self._new_entries.append(entry)
        lost = charge is not None and charge.behaviour is Behaviour.REFUND_LOST
        return UNKNOWN if lost else entry.outcome

    def write(self) -> None:
        """Add what was decided to the book."""
        self._book.add_attempts((entry, "") for entry in self._new_entries)

    def _decide(self, charge: CapturedCharge | None, refund: Refund) -> Outcome:
        """What becomes of a refund that arrived; takes it off what its charge has left."""
        if charge is None:
            return NO_SUCH_CHARGE
        asked = (refund.purchase_id, refund.currency, refund.reference)
        if asked != (charge.purchase_id, charge.currency, charge.reference):
            raise ValueError(f"refund {refund.key} does not fit the charge {refund.charge_key}")
        if refund.amount > charge.left:
            return TOO_MUCH
        left = charge.left - refund.amount
        self._charges[_charge_of(refund)] = replace(charge, left=left)
        return _captured()


def _accepted(card: Card) -> KnownCard:
    """The test card that was typed; raises what `store_card` says.

    The number is bound to no variable here, so that no traceback with locals can show it.
    """
    if not is_card_number(card.number):
        raise Invalid("card.number", "This is not a card number.")
    if card.expiry_month not in MONTHS:
        raise Invalid("card.expiry_month", "The month of expiry must be from 1 to 12.")
    if card.expiry_year not in YEARS:
        raise Invalid("card.expiry_year", "The year of expiry must be from 1970 to 2200.")
    known = known_card(card.number)
    if known is None:
        raise NotAllowed(
            "card_not_a_test_card",
            "No real card may be typed here: the simulator takes only the test cards that are"
            " listed in docs/reference/test-cards.md.",
            field="card.number",
        )
    return known


def _require_amounts(asked: Sequence[Charge | Refund]) -> None:
    for one in asked:
        if one.amount <= 0:
            raise ValueError(f"{one.key} of {one.amount}: not a positive amount")


def _first_outcome(asked: BookEntry, earlier: BookEntry) -> Outcome:
    """The outcome of a key that came before; ValueError where it came with other terms."""
    if asked != earlier:
        raise ValueError(f"key {asked.key} came before with another purchase or amount")
    return earlier.outcome


def _captured() -> Outcome:
    return Outcome(result=Result.CAPTURED, reference=f"sim_{token_hex(12)}")


def _key_of(asked: Charge | Refund) -> Place:
    return Place(asked.merchant_id, asked.key)


def _charge_of(refund: Refund) -> Place:
    return Place(refund.merchant_id, refund.charge_key)


def _card_of(charge: Charge) -> Place:
    return Place(charge.merchant_id, charge.payment_method.token)


def _entry(charge: Charge, outcome: Outcome) -> BookEntry:
    return BookEntry(
        key=charge.key,
        merchant_id=charge.merchant_id,
        purchase_id=charge.purchase_id,
        try_no=charge.try_no,
        amount=charge.amount,
        currency=charge.currency,
        outcome=outcome,
    )


def _refund_entry(refund: Refund, outcome: Outcome) -> BookEntry:
    return BookEntry(
        key=refund.key,
        merchant_id=refund.merchant_id,
        purchase_id=refund.purchase_id,
        try_no=refund.refund_no,
        amount=refund.amount,
        currency=refund.currency,
        outcome=outcome,
        charge_key=refund.charge_key,
    )
