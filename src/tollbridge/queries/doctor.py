"""Proving that what is stored is true: every check of `tollbridge doctor`.

The journal is folded through the same functions that made the document and the money rows, and
the outcome is compared with what is stored. Read only; memory does not grow with the database.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import msgspec

from tollbridge.domain.decision import Change
from tollbridge.domain.events import decode_event
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.money import Split, total
from tollbridge.domain.payment import BookEntry, Outcome, Result
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.records import Records, records_of
from tollbridge.ports import JournalEntry, MoneyRows, Platform, StoredAttempt, StoredPurchase

BOOK_PAGE = 500  # book entries compared at once


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is not as it must be; `check` is a stable word, `message` for people."""

    merchant_id: int
    subscription_id: int | None
    check: str
    message: str


Found = Iterator[tuple[str, str]]  # (check, message)


def examine(platform: Platform) -> Iterator[Finding]:
    """Everything found wrong, merchant by merchant, subscription by subscription."""
    for merchant in platform.store.merchants():
        for subscription_id in platform.store.subscription_ids(merchant.id):
            for check, message in _subscription(platform, merchant, subscription_id):
                yield Finding(
                    merchant_id=merchant.id,
                    subscription_id=subscription_id,
                    check=check,
                    message=message,
                )
        for check, message in _book(platform, merchant):
            yield Finding(
                merchant_id=merchant.id, subscription_id=None, check=check, message=message
            )


def _subscription(platform: Platform, merchant: Merchant, subscription_id: int) -> Found:
    entries = platform.store.journal(merchant.id, subscription_id)
    sequences = [entry.sequence for entry in entries]
    if sequences != list(range(1, len(entries) + 1)):
        yield "journal_gapless", f"sequences {sequences[:5]}... are not 1 to {len(entries)}"
        return
    try:
        change = _replayed(entries)
    except (ValueError, msgspec.ValidationError) as error:
        yield "journal_folds", str(error)
        return
    held = platform.store.held(merchant.id, subscription_id)
    if held is None or held.subscription != change.after:
        yield "journal_folds", "the journal does not fold to the stored document"
    rows = platform.store.money_rows(merchant.id, subscription_id)
    yield from _same_rows(records_of([change]), rows, subscription_id)
    yield from _sound_money(rows)
    yield from _facts(platform, merchant, change)
    yield from _gateway_knows(platform, merchant, rows.attempts)


def _replayed(entries: Iterable[JournalEntry]) -> Change:
    change = Change(None)
    for entry in entries:
        change = change.then(decode_event(entry.type, entry.version, entry.payload))
    return change


def _same_rows(expected: Records, rows: MoneyRows, subscription_id: int) -> Found:
    """Journal and money rows agree: lines, claims, postings, purchases, attempts and the like."""
    own: list[tuple[str, Sequence[msgspec.Struct], Sequence[msgspec.Struct]]] = [
        ("purchase_items", expected.purchase_items, _own(rows.purchase_items, subscription_id)),
        ("claims", _kept(expected.claims, expected.released), rows.claims),
        ("coupon uses", _kept(expected.coupon_uses, expected.released_uses), rows.coupon_uses),
        ("postings", expected.postings, _own(rows.postings, subscription_id)),
        ("versions", expected.versions, _own(rows.versions, subscription_id)),
    ]
    for name, journal, stored in own:
        if _sorted(journal) != _sorted(stored):
            yield "journal_matches_rows", f"the journal and the stored {name} differ"
    yield from _same_purchases(expected, rows)
    yield from _same_attempts(expected, rows)


def _kept(
    claimed: Sequence[msgspec.Struct], released: Sequence[msgspec.Struct]
) -> list[msgspec.Struct]:
    """What was claimed and not given back since."""
    return list((Counter(claimed) - Counter(released)).elements())


def _sorted(rows: Iterable[msgspec.Struct]) -> list[bytes]:
    return sorted(msgspec.json.encode(row) for row in rows)


def _own(rows: Iterable[msgspec.Struct], subscription_id: int) -> list[msgspec.Struct]:
    return [row for row in rows if getattr(row, "subscription_id", None) == subscription_id]


def _same_purchases(expected: Records, rows: MoneyRows) -> Found:
    status = {row.id: PurchaseStatus.NEW for row in expected.purchases}
    status |= {move.purchase_id: move.status for move in expected.purchase_moves}
    stored = {row.id: row.status for row in rows.purchases}
    if status != stored:
        yield "journal_matches_rows", f"purchases are {stored}, by the journal {status}"


def _same_attempts(expected: Records, rows: MoneyRows) -> Found:
    results: dict[tuple[int, int], tuple[str, Result | None]] = {
        (row.purchase_id, row.try_no): (row.key, None) for row in expected.attempts
    }
    for outcome in expected.attempt_results:
        at = (outcome.purchase_id, outcome.try_no)
        results[at] = (results[at][0] if at in results else "", outcome.result)
    stored = {(row.purchase_id, row.try_no): (row.key, row.result) for row in rows.attempts}
    if results != stored:
        yield "journal_matches_rows", "the journal and the stored payment attempts differ"


def _sound_money(rows: MoneyRows) -> Found:
    for purchase in rows.purchases:
        lines = [row.amount for row in rows.purchase_items if row.purchase_id == purchase.id]
        if total(lines) != purchase.amount:
            yield "purchase_is_sum_of_lines", f"purchase {purchase.id} is not the sum of its lines"
        yield from _split_adds_up(purchase, lines)
        yield from _paid_once(purchase, rows.attempts)
    entries: Counter[tuple[int, int]] = Counter()
    for posting in rows.postings:
        entries[posting.subscription_id, posting.sequence] += posting.amount
    for (_, sequence), balance in entries.items():
        if balance:
            yield "postings_balance", f"the entry of event {sequence} is off by {balance}"


def _split_adds_up(purchase: StoredPurchase, lines: Sequence[Split]) -> Found:
    if any(split.gross != split.net + split.vat for split in (*lines, purchase.amount)):
        yield "gross_is_net_plus_vat", f"purchase {purchase.id}: gross is not net + VAT"


def _paid_once(purchase: StoredPurchase, attempts: Sequence[StoredAttempt]) -> Found:
    own = [attempt for attempt in attempts if attempt.purchase_id == purchase.id]
    captured = [attempt for attempt in own if attempt.result is Result.CAPTURED]
    if len(captured) > 1:
        yield "charged_once", f"purchase {purchase.id} was captured {len(captured)} times"
    if any(attempt.amount != purchase.amount.gross for attempt in own):
        yield "charged_amount", f"an attempt at purchase {purchase.id} is not of its total"


def _facts(platform: Platform, merchant: Merchant, change: Change) -> Found:
    told = platform.store.facts(merchant.id, change.after.id)
    numbers = [fact.sequence for fact in told]
    if numbers != list(range(1, change.after.facts + 1)):
        yield "facts_gapless", f"outbox facts {numbers[:5]}... are not 1 to {change.after.facts}"


def _gateway_knows(
    platform: Platform, merchant: Merchant, attempts: Sequence[StoredAttempt]
) -> Found:
    """What the platform holds for captured or declined, the gateway knows so too."""
    settled = [a for a in attempts if a.result in (Result.CAPTURED, Result.DECLINED)]
    known = platform.gateway.look_up(merchant.id, [attempt.key for attempt in settled])
    for attempt, outcome in zip(settled, known, strict=True):
        if _decided(outcome) is not attempt.result:
            told = f"stored {_word(attempt.result)}, the gateway says {_word(_decided(outcome))}"
            yield "gateway_agrees", f"purchase {attempt.purchase_id} try {attempt.try_no}: {told}"


def _book(platform: Platform, merchant: Merchant) -> Found:
    """What the gateway has taken stands in the platform's rows, with the same amount."""
    book = platform.gateway.book(merchant.id)
    while page := list(islice(book, BOOK_PAGE)):
        taken = [entry for entry in page if entry.outcome.result is Result.CAPTURED]
        attempts = {
            attempt.key: attempt
            for attempt in platform.store.attempts(merchant.id, [entry.key for entry in taken])
        }
        for entry in taken:
            if not _recorded(entry, attempts.get(entry.key)):
                amount = f"{entry.amount} {entry.currency} (minor units)"
                where = f"purchase {entry.purchase_id} try {entry.try_no}"
                yield "gateway_agrees", f"the gateway took {amount} for {where}, stored otherwise"


def _recorded(entry: BookEntry, attempt: StoredAttempt | None) -> bool:
    return (
        attempt is not None
        and attempt.result is Result.CAPTURED
        and (attempt.amount, attempt.currency) == (entry.amount, entry.currency)
    )


def _decided(outcome: Outcome | None) -> Result | None:
    return None if outcome is None else outcome.result


def _word(result: Result | None) -> str:
    return "nothing" if result is None else result.value
