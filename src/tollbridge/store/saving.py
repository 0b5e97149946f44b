"""Saving decisions: one transaction, losers dropped, the rest written in bulk (DESIGN.md 3)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from tollbridge.domain.decision import Decision
from tollbridge.domain.facts import Parties
from tollbridge.ports import Command, Failed, Saved
from tollbridge.store import requests, values
from tollbridge.store.engine import Engine, Writer
from tollbridge.store.errors import UNSTORABLE, CommitLostError, StatementError, TakenError
from tollbridge.store.rows import (
    Rows,
    customer_rows,
    decision_rows,
    payment_method_rows,
    to_microseconds,
)

# Rows are written in this order, whatever the order of the decisions: two savers that meet at
# the same unique key meet in the same order.
WRITE_ORDER = (
    "insert_customers",
    "insert_contacts",
    "insert_payment_methods",
    "update_customers",
    "delete_contacts",
    "put_contacts",
    "update_payment_methods",
    "insert_subscriptions",
    "update_subscriptions",
    "insert_journal",
    "insert_versions",
    "insert_purchases",
    "insert_purchase_items",
    "release_claims",  # first: one decision may void a purchase and claim its interval for another
    "insert_claims",
    "release_coupon_uses",  # first, as above: a merged item takes its use along
    "insert_coupon_uses",
    "insert_attempts",
    "settle_attempts",
    "move_purchases",
    "insert_refunds",
    "insert_refund_items",
    "settle_refunds",  # after they are there: what is given back by hand is settled at once
    "reverse_purchases",
    "insert_postings",
    "insert_facts",
    "insert_untold",
)


class _NoEffectError(Exception):
    """A keyed request came to nothing: it must not be saved either."""


class Draft:
    """One decision on its way into the database.

    `expected` says at which revision each subscription must stand (None: not be there yet), also
    those that were only looked at: what was decided depends on them.
    `parties` are customer and payment method where they are new, `replaced` those that are to be
    replaced.
    """

    def __init__(self, place: int, decision: Decision, command: Command) -> None:
        self.place = place
        self.merchant_id = decision.changes[0].after.merchant_id
        self.parties = decision.parties if decision.new_parties else None
        self.replaced = decision.parties_before
        self.party_rows: Rows = {}
        if self.parties is not None:
            self.customer_rows = customer_rows(self.parties.customer)
            self.method_rows = payment_method_rows(self.merchant_id, self.parties.payment_method)
        self.expected = {
            change.after.id: change.before.revision if change.before else None
            for change in decision.changes
        }
        self.rows = decision_rows(decision, command)

    def fits(self, revisions: dict[int, int]) -> bool:
        """Whether every subscription stands as it did when the decision was made."""
        return all(revisions.get(number) == at for number, at in self.expected.items())


class Batch:
    """The decisions of one call that have something to write, and the answers so far."""

    def __init__(self, decisions: Sequence[Decision], command: Command) -> None:
        self.command = command
        self.answers: list[Saved | Failed] = [Saved.SAVED] * len(decisions)
        self.drafts: list[Draft] = []
        seen: set[int] = set()
        for place, decision in enumerate(decisions):
            if not decision.changed:
                continue
            try:
                draft = Draft(place, decision, command)
            except UNSTORABLE as error:
                self.answers[place] = Failed(str(error))
                continue
            if seen.isdisjoint(draft.expected):
                self.drafts.append(draft)
                seen.update(draft.expected)
            else:  # two decisions on one state of a subscription: the first wins
                self.answers[place] = Saved.CONFLICT
        if self.whole and Saved.CONFLICT in self.answers:
            self.settle([])
            self.drafts = []
        self.merchant_id = self._only_merchant()

    def _only_merchant(self) -> int:
        merchants = {draft.merchant_id for draft in self.drafts}
        if self.drafts and self.command.request is not None:
            merchants.add(self.command.request.key.merchant_id)
        if len(merchants) > 1:
            message = f"one save is of one merchant (DESIGN.md 8), not of {sorted(merchants)}"
            raise ValueError(message)
        return merchants.pop() if merchants else 0

    @property
    def whole(self) -> bool:
        """Whether all is saved or nothing: the effect of a request with a key is not divided."""
        return self.command.request is not None

    @property
    def ids(self) -> list[int]:
        """Every subscription that is changed, in order."""
        return sorted(number for draft in self.drafts for number in draft.expected)

    def settle(self, winners: Iterable[Draft]) -> None:
        """Note whose decisions were made on what is there, and are to be saved."""
        won = {draft.place for draft in winners}
        for draft in self.drafts:
            self.answers[draft.place] = Saved.SAVED if draft.place in won else Saved.CONFLICT

    def refuse(self, draft: Draft, error: Exception) -> None:
        """Note what the database said to one of them."""
        taken = isinstance(error, TakenError)
        self.answers[draft.place] = Saved.CONFLICT if taken else Failed(str(error))


def save(
    engine: Engine, decisions: Sequence[Decision], command: Command
) -> Sequence[Saved | Failed]:
    """What became of each decision; see `ports.Store.save`."""
    batch = Batch(decisions, command)
    if not batch.drafts:
        return batch.answers
    try:
        _save(engine, batch)
    except CommitLostError:
        if not _is_saved(engine, batch):
            raise
    return batch.answers


def _save(engine: Engine, batch: Batch) -> None:
    """All at once, as is nearly always possible; else again, searching for who is in the way."""
    winners: list[Draft] = []
    try:
        with engine.writing() as writer:
            requests.claim(writer, batch.command)
            winners = _winners(engine, writer, batch)
            batch.settle(winners)
            _require_effect(batch.command, effect=bool(winners))
            _write(writer, winners)
    except _NoEffectError:
        return
    except (TakenError, StatementError) as error:
        if not winners:
            raise
        if len(winners) == 1 or batch.whole:
            for draft in winners:
                batch.refuse(draft, error)
            return
        with engine.writing() as writer:
            winners = _winners(engine, writer, batch)
            batch.settle(winners)
            _bisect(writer, batch, winners)


def _winners(engine: Engine, writer: Writer, batch: Batch) -> list[Draft]:
    """Lock the subscriptions in id order; those decisions that were made on what is there now."""
    wanted = {"merchant_id": batch.merchant_id, "ids": engine.array(batch.ids)}
    revisions: dict[int, int] = dict(writer.rows("lock_subscriptions", wanted))
    winners = [
        draft for draft in batch.drafts if draft.fits(revisions) and _parties_fit(writer, draft)
    ]
    return [] if batch.whole and len(winners) < len(batch.drafts) else winners


def _parties_fit(writer: Writer, draft: Draft) -> bool:
    """Add the rows of new parties; False when their ids belong to somebody else.

    A customer that is there already and is the same is left as it is. Parties that are replaced
    must be stored as they were when the decision was made: another subscription of the customer
    may have changed them meanwhile.
    """
    if draft.replaced is not None:
        return _still_stored(writer, draft.merchant_id, draft.replaced)
    if draft.parties is None:
        return True
    draft.party_rows = {}
    customer, method = draft.parties.customer, draft.parties.payment_method
    known = _known_parties(writer, draft.merchant_id, draft.parties)
    if known[0] is None:
        draft.party_rows |= draft.customer_rows
    if known[1] is None:
        draft.party_rows |= draft.method_rows
    return known[0] in (None, customer) and known[1] in (None, method)


def _still_stored(writer: Writer, merchant_id: int, parties: Parties) -> bool:
    customer, method = parties.customer, parties.payment_method
    writer.rows("lock_customer", {"merchant_id": merchant_id, "id": customer.id})
    return _known_parties(writer, merchant_id, parties) == (customer, method)


def _known_parties(writer: Writer, merchant_id: int, parties: Parties) -> tuple[object, object]:
    customer_id, method_id = parties.customer.id, parties.payment_method.id
    person = writer.row("customer", {"merchant_id": merchant_id, "id": customer_id})
    method = writer.row("payment_method", {"merchant_id": merchant_id, "id": method_id})
    return (
        person and values.customer(person[0]),
        method and values.payment_method(method[0]),
    )


def _write(writer: Writer, drafts: Sequence[Draft]) -> None:
    writes: Rows = {statement: [] for statement in WRITE_ORDER}
    for draft in drafts:
        for rows in (draft.party_rows, draft.rows):
            for statement, some in rows.items():
                writes[statement] += some
    writer.write([(statement, rows) for statement, rows in writes.items() if rows])


def _bisect(writer: Writer, batch: Batch, drafts: Sequence[Draft]) -> None:
    """Write all that can be written. Halves until the one in the way is alone."""
    try:
        with writer.savepoint():
            _write(writer, drafts)
    except (TakenError, StatementError) as error:
        if len(drafts) == 1:
            batch.refuse(drafts[0], error)
            return
        half = len(drafts) // 2
        _bisect(writer, batch, drafts[:half])
        _bisect(writer, batch, drafts[half:])


def _is_saved(engine: Engine, batch: Batch) -> bool:
    """Whether the transaction of a lost COMMIT was carried out after all.

    The rows are locked first: so this waits for a COMMIT that is still under way.
    """
    with engine.writing() as writer:
        wanted = {"merchant_id": batch.merchant_id, "ids": engine.array(batch.ids)}
        writer.rows("lock_subscriptions", wanted)
        asked = {"merchant_id": batch.merchant_id, "command_id": batch.command.id}
        return writer.row("command_saved", asked) is not None


def advance_clock(engine: Engine, merchant_id: int, to: datetime, command: Command | None) -> bool:
    """Set a sandbox clock forward, with the request that asked for it (R23)."""
    wanted = {"merchant_id": merchant_id, "to_instant": to_microseconds(to)}
    try:
        with engine.writing() as writer:
            if command is not None:
                requests.claim(writer, command)
            moved = writer.change("advance_clock", wanted) == 1
            _require_effect(command, effect=moved)
    except _NoEffectError:
        return False
    return moved


def _require_effect(command: Command | None, *, effect: bool) -> None:
    """Raise _NoEffectError, which undoes everything, for a keyed request that did nothing."""
    if command is not None and command.request is not None and not effect:
        raise _NoEffectError
