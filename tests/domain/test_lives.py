"""What holds in every life of a subscription, whatever happens to it."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

import msgspec
from hypothesis import event, given

from tests.domain.lives import Step, beginnings
from tests.given import Life
from tollbridge.domain.events import (
    PaymentCaptured,
    PurchaseOpened,
    decode_event,
    encode_event,
)
from tollbridge.domain.evolve import fold
from tollbridge.domain.money import Split, total
from tollbridge.domain.purchase import PurchaseStatus, Purpose
from tollbridge.domain.records import Account
from tollbridge.domain.refusal import Refusal
from tollbridge.domain.subscription import ItemStatus, Subscription, SubscriptionStatus, Terms

SUBSCRIPTIONS = msgspec.json.Decoder(Subscription)
LIFE_OF_ITEMS = {
    (ItemStatus.ACTIVE, ItemStatus.ACTIVE),
    (ItemStatus.ACTIVE, ItemStatus.AWAITING_REINSTATE),
    (ItemStatus.AWAITING_REINSTATE, ItemStatus.AWAITING_REINSTATE),
}
LIFE_OF_SUBSCRIPTIONS = {
    (SubscriptionStatus.NEW, SubscriptionStatus.NEW),
    (SubscriptionStatus.NEW, SubscriptionStatus.ACTIVE),
    (SubscriptionStatus.NEW, SubscriptionStatus.DEACTIVATED),  # R21, model One
    (SubscriptionStatus.ACTIVE, SubscriptionStatus.ACTIVE),
    (SubscriptionStatus.DEACTIVATED, SubscriptionStatus.DEACTIVATED),
}


def lived(life: Life, steps: list[Step]) -> Life:
    """The life after its steps; a step that is refused leaves everything as it was (R17)."""
    for step in steps:
        before, journal = life.subscription, len(life.changes)
        document = msgspec.json.encode(before)
        try:
            step.take(life)
        except Refusal as refusal:
            event(f"refused: {refusal.reason}")
            assert life.subscription is before
            assert msgspec.json.encode(before) == document
            assert len(life.changes) == journal
    return life


def states(life: Life) -> Iterator[Subscription]:
    """Every state that the subscription was in."""
    for change in life.changes:
        yield from change.states


@given(beginnings())
def test_what_holds_in_every_life(beginning: tuple[Life, list[Step]]) -> None:
    """DESIGN 3, R1, R3, R4, R7, R9, R10, R12, R16: one life, looked at from all sides."""
    life = lived(*beginning)
    check_journal(life)
    check_order(life)
    check_terms(life)
    check_lines(life)
    check_book(life)
    check_claims(life)


def check_journal(life: Life) -> None:
    """DESIGN 3: fold(journal) == document, and both survive being stored."""
    stored = [(type(entry).__name__, entry.version, encode_event(entry)) for entry in life.events]
    read = [decode_event(*row) for row in stored]
    assert read == life.events
    assert fold(read) == life.subscription
    assert life.subscription.revision == len(life.events)
    document = msgspec.json.encode(life.subscription)
    assert SUBSCRIPTIONS.decode(document) == life.subscription
    assert msgspec.json.encode(SUBSCRIPTIONS.decode(document)) == document


def check_order(life: Life) -> None:
    """Table 3.6, R1, R3: statuses, interval numbers and versions only move as they may."""
    for before, now in pairwise(states(life)):
        assert (before.status, now.status) in LIFE_OF_SUBSCRIPTIONS
        assert now.last_interval_no - before.last_interval_no in (0, 1)
        assert now.currency == before.currency  # R9
        assert sum(purchase.in_flight for purchase in now.purchases) <= 1  # R7
        for old, new in zip(before.items, now.items, strict=True):
            assert (old.status, new.status) in LIFE_OF_ITEMS
            assert new.version - old.version in (0, 1)
            assert new.latest == old.latest or new.version > old.version


def check_terms(life: Life) -> None:
    """R3, R6: a new interval is in force with the terms that its purchase billed."""
    versions: dict[tuple[int, int], Terms] = {}
    for state in states(life):
        versions |= {(item.running_no, item.version): item.latest for item in state.items}
    opened = {e.purchase.id: e.purchase for e in life.events if isinstance(e, PurchaseOpened)}
    for change in life.changes:
        after = change.after
        assert all(item.frozen is None for item in after.items) or after.next_interval_open
        captured = [opened[e.purchase_id] for e in change.events if isinstance(e, PaymentCaptured)]
        for line in (line for p in captured if p.advance for line in p.lines):
            billed = versions[line.item_running_no, line.item_version]
            assert after.item(line.item_running_no).in_force == billed


def check_lines(life: Life) -> None:
    """R10: every line and row, and every total is the sum of its lines."""
    records = life.records
    amounts = [row.amount for row in records.purchases]
    amounts += [row.amount for row in records.purchase_items]
    opened = [e.purchase for e in life.events if isinstance(e, PurchaseOpened)]
    amounts += [line.worth for purchase in opened for line in purchase.lines]
    assert all(amount.gross == amount.net + amount.vat for amount in amounts)
    by_purchase: dict[int, list[Split]] = defaultdict(list)
    for row in records.purchase_items:
        by_purchase[row.purchase_id].append(row.amount)
    for purchase in records.purchases:
        assert purchase.amount == total(by_purchase[purchase.id])
        assert purchase.amount.gross > 0 or purchase.purpose is Purpose.SIGNUP  # R12, R16


def check_book(life: Life) -> None:
    """Every entry sums to 0; cash is the captured purchases, receivables are the open ones."""
    records = life.records
    entries: dict[int, int] = defaultdict(int)
    accounts: dict[Account, int] = defaultdict(int)
    for posting in records.postings:
        entries[posting.sequence] += posting.amount
        accounts[posting.account] += posting.amount
    assert not any(entries.values())
    captured = {e.purchase_id for e in life.events if isinstance(e, PaymentCaptured)}
    paid = {m.purchase_id for m in records.purchase_moves if m.status is PurchaseStatus.PAID}
    assert captured == paid
    gross = {row.id: row.amount.gross for row in records.purchases}
    open_amounts = sum(purchase.total.gross for purchase in life.subscription.purchases)
    assert accounts[Account.CASH] == sum(gross[purchase_id] for purchase_id in captured)
    assert accounts[Account.RECEIVABLE] == open_amounts
    assert accounts[Account.CASH] == sum(gross.values()) - open_amounts


def check_claims(life: Life) -> None:
    """R4: no two purchases claim the same, and no purchase is captured twice."""
    keys = [msgspec.structs.replace(claim, purchase_id=0) for claim in life.records.claims]
    assert len(keys) == len(set(keys)) == len(life.records.purchases)
    captures = [e.purchase_id for e in life.events if isinstance(e, PaymentCaptured)]
    assert len(captures) == len(set(captures))
    attempts = [(row.purchase_id, row.try_no) for row in life.records.attempts]
    assert len(attempts) == len(set(attempts))
