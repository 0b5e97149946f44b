"""A payment gateway that decides by chance and keeps a book of its own.

It outlives every exit of the platform. While it is `calm` every call arrives and is answered.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random

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
)
from tollbridge.domain.refusal import Invalid
from tollbridge.simulation.plan import Fault

NAME = "simulation"
UNKNOWN = Outcome(result=Result.UNKNOWN)
SOFT = Outcome(result=Result.DECLINED, code="card_declined")
HARD = Outcome(result=Result.DECLINED, code="lost_card", hard=True)
CANCELED = Outcome(result=Result.DECLINED, code="canceled")
NOT_AUTHENTICATED = Outcome(result=Result.DECLINED, code="authentication_failed")
WAITING = Outcome(result=Result.ACTION_REQUIRED, code="authentication_required", url="/confirm")

# How often in a hundred; of those that arrive, and of all calls.
DECISIONS = {Fault.DECLINE: (14, SOFT), Fault.HARD_DECLINE: (3, HARD)}
DECISIONS |= {Fault.AUTHENTICATION: (4, WAITING)}
LOST_OF_100 = {Fault.TIMEOUT_BEFORE: 5, Fault.TIMEOUT_AFTER: 5}
TWICE_OF_100 = 10

Place = tuple[int, str]  # merchant and key


class ChanceGateway:
    """The `Gateway` of a simulation; `counts` are told of every fault."""

    def __init__(self, chance: Random, faults: frozenset[Fault], counts: "Counter[Fault]") -> None:
        self.calm = False
        self._chance = chance
        self._faults = faults
        self._counts = counts
        self._entries: dict[Place, BookEntry] = {}
        self._under_way: list[Charge] = []
        self._repeated: list[BookEntry] = []
        self._cards = 0

    def store_card(self, merchant_id: int, card: Card | CardToken) -> StoredCard:
        """Any card is taken; there is no page that would have taken one before."""
        if isinstance(card, CardToken):
            raise Invalid("card", "no page of this gateway takes cards")
        self._cards += 1
        return StoredCard(
            gateway=NAME,
            token=f"card-{merchant_id}-{self._cards}",
            type_id="CCA_VIS",
            type_name="Visa",
            last_four=card.number[-4:],
            expiry_month=card.expiry_month,
            expiry_year=card.expiry_year,
        )

    def charge(self, charges: Sequence[Charge]) -> Sequence[Outcome]:
        """Decided by chance; the same key again gives the first outcome."""
        return [self._charged(charge) for charge in charges]

    def refund(self, refunds: Sequence[Refund]) -> Sequence[Outcome]:
        """Money is given back, once for each key."""
        return [self._refunded(refund) for refund in refunds]

    def look_up(self, merchant_id: int, keys: Sequence[str]) -> Sequence[Outcome | None]:
        """What is in the book, where the answer arrives."""
        return [self._looked_up((merchant_id, key)) for key in keys]

    def cancel(self, merchant_id: int, keys: Sequence[str]) -> Sequence[Outcome]:
        """What waits is declined; where the answer is lost, that is seen when it is looked up."""
        for key in keys:
            at = (merchant_id, key)
            if at in self._entries and self._entries[at].outcome is WAITING:
                self._entries[at] = _decided(self._entries[at], CANCELED)
        return [outcome or UNKNOWN for outcome in self.look_up(merchant_id, keys)]

    def update_card(self, merchant_id: int, method: PaymentMethod) -> StoredCard | None:
        """Nothing newer is known of any card."""
        _ = merchant_id, method
        return None

    def book(self, merchant_id: int) -> Iterator[BookEntry]:
        """Everything that arrived, oldest first."""
        return iter([entry for (of, _), entry in self._entries.items() if of == merchant_id])

    def close(self) -> None:
        """The gateway goes on when the platform ends."""

    def authenticate(self) -> bool:
        """Some customer confirms a payment, or does not; False when nobody has to."""
        waiting = [at for at, entry in self._entries.items() if entry.outcome is WAITING]
        if not waiting:
            return False
        at = self._chance.choice(waiting)
        approved = self._chance.random() < 0.7  # noqa: PLR2004 - most people do
        outcome = self._captured() if approved else NOT_AUTHENTICATED
        self._entries[at] = _decided(self._entries[at], outcome)
        return True

    def deliver(self) -> bool:
        """A request arrives that timed out on its way; False when there is none."""
        if not self._under_way:
            return False
        charge = self._under_way.pop(self._chance.randrange(len(self._under_way)))
        if (charge.merchant_id, charge.key) not in self._entries:
            self._decide(charge)
        return True

    def repeated(self) -> BookEntry | None:
        """An answer that is given once more; None when none is."""
        if not self._repeated:
            return None
        return self._repeated.pop(self._chance.randrange(len(self._repeated)))

    def _charged(self, charge: Charge) -> Outcome:
        earlier = self._entries.get((charge.merchant_id, charge.key))
        if earlier is not None:
            if _entry(charge, earlier.outcome) != earlier:
                message = f"key {charge.key} came before with another purchase or amount"
                raise ValueError(message)
            return UNKNOWN if self._lost(Fault.TIMEOUT_AFTER) else earlier.outcome
        if self._lost(Fault.TIMEOUT_BEFORE):
            self._under_way.append(charge)
            return UNKNOWN
        entry = self._decide(charge)
        return UNKNOWN if self._lost(Fault.TIMEOUT_AFTER) else entry.outcome

    def _decide(self, charge: Charge) -> BookEntry:
        entry = _entry(charge, self._outcome())
        self._entries[charge.merchant_id, charge.key] = entry
        if entry.outcome is not WAITING and self._happens(Fault.ANSWER_TWICE, TWICE_OF_100):
            self._repeated.append(entry)
        return entry

    def _outcome(self) -> Outcome:
        for fault, (often, outcome) in DECISIONS.items():
            if self._happens(fault, often):
                return outcome
        return self._captured()

    def _captured(self) -> Outcome:
        reference = f"capture-{self._chance.getrandbits(64):016x}"
        return Outcome(result=Result.CAPTURED, reference=reference)

    def _refunded(self, refund: Refund) -> Outcome:
        place = (refund.merchant_id, refund.key)
        if place not in self._entries:
            self._entries[place] = BookEntry(
                key=refund.key,
                merchant_id=refund.merchant_id,
                purchase_id=refund.purchase_id,
                try_no=refund.refund_no,
                amount=refund.amount,
                currency=refund.currency,
                outcome=self._captured(),
                charge_key=refund.charge_key,
            )
        return self._entries[place].outcome

    def _looked_up(self, place: Place) -> Outcome | None:
        if self._lost(Fault.TIMEOUT_AFTER):
            return UNKNOWN
        entry = self._entries.get(place)
        return None if entry is None else entry.outcome

    def _lost(self, fault: Fault) -> bool:
        return not self.calm and self._happens(fault, LOST_OF_100[fault])

    def _happens(self, fault: Fault, of_100: int) -> bool:
        happens = fault in self._faults and self._chance.randrange(100) < of_100
        self._counts[fault] += happens
        return happens


def _decided(entry: BookEntry, outcome: Outcome) -> BookEntry:
    return BookEntry(
        key=entry.key,
        merchant_id=entry.merchant_id,
        purchase_id=entry.purchase_id,
        try_no=entry.try_no,
        amount=entry.amount,
        currency=entry.currency,
        outcome=outcome,
    )


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
