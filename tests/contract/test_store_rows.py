"""Rows stand in the order of their statement's signature: each value is at its name."""

from collections.abc import Sequence

from tests.contract.storing import command
from tests.contract.test_store_bulk import LIFE
from tests.given import MERCHANT_ID
from tollbridge.domain.records import records_of
from tollbridge.ports import Store
from tollbridge.store.engine import Row, row_statements
from tollbridge.store.rows import decision_rows

# What `records_of` gives, by the statement that writes it.
WRITTEN = {
    "insert_versions": "versions",
    "insert_purchases": "purchases",
    "insert_purchase_items": "purchase_items",
    "release_claims": "released",
    "insert_claims": "claims",
    "insert_attempts": "attempts",
    "settle_attempts": "attempt_results",
    "move_purchases": "purchase_moves",
    "insert_postings": "postings",
}


def at_their_names(statement: str, rows: Sequence[Row], values: Sequence[object]) -> int:
    """How many values of a column were compared with that of the same name; all are equal."""
    names = row_statements("sqlite", "sqlite3")[statement].names
    compared = 0
    for row, value in zip(rows, values, strict=True):
        for name, written in zip(names, row, strict=True):
            wanted = getattr(value, name, None)
            if isinstance(wanted, int | str):
                assert written == wanted, (statement, name)
                compared += 1
    return compared


def test_every_value_is_written_at_its_name(store: Store) -> None:
    """Of all that follows from a whole life: versions, purchases, claims, attempts, postings."""
    compared = dict.fromkeys(WRITTEN, 0)
    for step in LIFE:
        decision = step(store, 1)
        written = decision_rows(decision, command())
        records = records_of(decision.changes)
        for statement, kind in WRITTEN.items():
            compared[statement] += at_their_names(
                statement, written[statement], getattr(records, kind)
            )
        [change] = decision.changes
        [document] = written["insert_subscriptions"] + written["update_subscriptions"]
        assert at_their_names("update_subscriptions", [document], [change.after]) >= 4
        store.save([decision], command())
    assert min(compared.values()) >= 2, compared
    assert store.held(MERCHANT_ID, 1001) is not None
