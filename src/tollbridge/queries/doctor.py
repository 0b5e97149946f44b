"""Proving that what is stored is true: every check of `tollbridge doctor`.

The journal is folded through the same functions that made the document and the money rows, and
the outcome is compared with what is stored. Read only; memory does not grow with the database.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise

import msgspec
from msgspec.structs import replace

from tollbridge.domain.customer import ContactRole, Customer
from tollbridge.domain.decision import Change
from tollbridge.domain.events import Event, decode_event
from tollbridge.domain.facts import Fact, fact_type, subject_of, tells_fact
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.money import Split, total
from tollbridge.domain.outbox import read_input
from tollbridge.domain.payment import BookEntry, Outcome, Result
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.records import Records, records_of
from tollbridge.domain.stored import (
    MoneyRows,
    StoredAttempt,
    StoredContact,
    StoredPurchase,
    StoredSubscription,
)
from tollbridge.domain.subscription import Subscription, next_due
from tollbridge.ports import GatewayUnavailableError, JournalEntry, Platform, StoreUnavailableError

BOOK_PAGE = 500  # book entries compared at once
DECIDED = (Result.CAPTURED, Result.DECLINED)
NONE = Split(0, 0, 0)


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
        yield from _of(merchant, None, _lines(platform, merchant))
        for subscription_id in platform.store.subscription_ids(merchant.id):
            found = _subscription(platform, merchant, subscription_id)
            yield from _of(merchant, subscription_id, found)
        yield from _of(merchant, None, _book(platform, merchant))


def _of(merchant: Merchant, subscription_id: int | None, found: Found) -> Iterator[Finding]:
    for check, message in _readable(found):
        yield Finding(
            merchant_id=merchant.id,
            subscription_id=subscription_id,
            check=check,
            message=message,
        )


def _readable(found: Found) -> Found:
    """What is found, the last of it that something cannot be read where that is so."""
    try:
        yield from found
    except (StoreUnavailableError, GatewayUnavailableError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever a row does to us is a finding about it
        yield "unreadable", f"{type(error).__name__}: {error}"


def _lines(platform: Platform, merchant: Merchant) -> Found:
    """No purchase and no payment attempt without lines: nothing else would lead to them."""
    for purchase_id in platform.store.purchases_without_lines(merchant.id):
        yield "purchase_has_lines", f"purchase {purchase_id} or an attempt at it has no lines"


def _subscription(platform: Platform, merchant: Merchant, subscription_id: int) -> Found:
    entries = platform.store.journal(merchant.id, subscription_id)
    sequences = [entry.sequence for entry in entries]
    if not entries or sequences != list(range(1, len(entries) + 1)):
        yield "journal_gapless", f"sequences {sequences[:5]}... are not 1 to {len(entries) or 'n'}"
        return
    try:
        change = _replayed(entries)
    except (ValueError, msgspec.ValidationError) as error:
        yield "journal_folds", str(error)
        return
    yield from _readable(_instants(entries, change))
    yield from _readable(_row(platform, merchant, change.after))
    yield from _readable(_money(platform, merchant, change))
    yield from _readable(_facts(platform, merchant, change))


def _instants(entries: Sequence[JournalEntry], change: Change) -> Found:
    """Each row of the journal stands at its event's instant, and none before its predecessor's."""
    for entry, event in zip(entries, change.events, strict=True):
        if entry.at != event.at:
            yield "journal_instants", f"row {entry.sequence} is not of its event's instant"
    for earlier, later in pairwise(entries):
        if later.at < earlier.at:
            yield "journal_instants", f"row {later.sequence} is before row {earlier.sequence}"


def _row(platform: Platform, merchant: Merchant, folded: Subscription) -> Found:
    """The subscription's row says in document and columns what the journal says."""
    stored = platform.store.stored_subscription(merchant.id, folded.id)
    if stored is None:
        yield "journal_folds", "the subscription has a journal and no row"
        return
    if stored.subscription != folded:
        yield "journal_folds", "the journal does not fold to the stored document"
    columns = {
        "customer_id": (stored.customer_id, folded.customer_id),
        "payment_method_id": (stored.payment_method_id, folded.payment_method_id),
        "status": (stored.status, folded.status),
        "due_at": (stored.due_at, next_due(folded)),
        "revision": (stored.revision, folded.revision),
    }
    for name, (found, expected) in columns.items():
        if found != expected:
            yield "columns_match_document", f"{name} is {found}, by the journal {expected}"
    yield from _parties(stored, merchant)


def _parties(stored: StoredSubscription, merchant: Merchant) -> Found:
    """Customer, contacts and payment method are there, and customers are found by what they are."""
    wanted, customer = stored.subscription, stored.customer
    if stored.payment_method is None:
        yield "parties_stored", f"payment method {wanted.payment_method_id} is missing"
    elif stored.payment_method.id != wanted.payment_method_id:
        yield "parties_stored", f"payment method {wanted.payment_method_id} is another"
    if customer is None:
        yield "parties_stored", f"customer {wanted.customer_id} is missing"
        return
    if (customer.merchant_id, customer.id) != (merchant.id, wanted.customer_id):
        yield "parties_stored", f"customer {wanted.customer_id} is another"
    if stored.reference_id != customer.reference_id:
        yield "parties_stored", f"the reference of customer {customer.id} is not as in its document"
    if _sorted(stored.contacts) != _sorted(_contacts(customer)):
        yield "parties_stored", f"the contacts of customer {customer.id} are not as in its document"


def _contacts(customer: Customer) -> list[StoredContact]:
    contacts = {
        ContactRole.BILLING: customer.billing,
        ContactRole.DELIVERY: customer.delivery,
        ContactRole.LICENSEE: customer.licensee,
    }
    return [
        StoredContact(role=role, email=one.email.casefold(), country_id=one.country_id)
        for role, one in contacts.items()
        if one is not None
    ]


def _money(platform: Platform, merchant: Merchant, change: Change) -> Found:
    rows = platform.store.money_rows(merchant.id, change.after.id)
    yield from _same_rows(records_of([change]), rows, change.after.id)
    yield from _sound_money(rows)
    yield from _gateway_knows(platform, merchant, rows.attempts)


def _replayed(entries: Iterable[JournalEntry]) -> Change:
    change = Change(None)
    for entry in entries:
        change = change.then(decode_event(entry.type, entry.version, entry.payload))
    return change


def _same_rows(expected: Records, rows: MoneyRows, subscription_id: int) -> Found:
    """Journal and money rows agree in all columns.

    But for the amounts of purchases and attempts, which several subscriptions may share: they
    are compared with the lines of all (`_sound_money`).
    """
    own: list[tuple[str, Sequence[msgspec.Struct], Sequence[msgspec.Struct]]] = [
        ("purchase_items", expected.purchase_items, _own(rows.purchase_items, subscription_id)),
        ("claims", _kept(expected.claims, expected.released), rows.claims),
        ("coupon uses", _kept(expected.coupon_uses, expected.released_uses), rows.coupon_uses),
        ("postings", expected.postings, _own(rows.postings, subscription_id)),
        ("versions", expected.versions, _own(rows.versions, subscription_id)),
        ("purchases", _purchases(expected), [replace(r, amount=NONE) for r in rows.purchases]),
        ("attempts", _attempts(expected), [replace(row, amount=0) for row in rows.attempts]),
    ]
    for name, journal, stored in own:
        if _sorted(journal) != _sorted(stored):
            yield "journal_matches_rows", f"the journal and the stored {name} differ"


def _kept(
    claimed: Sequence[msgspec.Struct], released: Sequence[msgspec.Struct]
) -> list[msgspec.Struct]:
    """What was claimed and not given back since."""
    return list((Counter(claimed) - Counter(released)).elements())


def _sorted(rows: Iterable[msgspec.Struct]) -> list[bytes]:
    return sorted(msgspec.json.encode(row) for row in rows)


def _own(rows: Iterable[msgspec.Struct], subscription_id: int) -> list[msgspec.Struct]:
    return [row for row in rows if getattr(row, "subscription_id", None) == subscription_id]


def _purchases(expected: Records) -> list[StoredPurchase]:
    """The purchases as their rows must stand, without amounts."""
    moves = {move.purchase_id: move for move in expected.purchase_moves}  # the last one counts
    return [
        StoredPurchase(
            merchant_id=row.merchant_id,
            id=row.id,
            customer_id=row.customer_id,
            currency=row.currency,
            purpose=row.purpose,
            status=move.status if move else PurchaseStatus.NEW,
            opened_at=row.opened_at,
            paid_at=move.at if move and move.status is PurchaseStatus.PAID else None,
            amount=NONE,
        )
        for row in expected.purchases
        for move in [moves.get(row.id)]
    ]


def _attempts(expected: Records) -> list[StoredAttempt]:
    """The payment attempts as their rows must stand, without amounts."""
    results = {(one.purchase_id, one.try_no): one for one in expected.attempt_results}
    return [
        StoredAttempt(
            merchant_id=row.merchant_id,
            purchase_id=row.purchase_id,
            try_no=row.try_no,
            key=row.key,
            amount=0,
            currency=row.currency,
            payment_method_id=row.payment_method_id,
            opened_at=row.opened_at,
            result=one.result if one else None,
            reference=one.reference if one else "",
            code=one.code if one else "",
            settled_at=one.at if one and one.result in DECIDED else None,
        )
        for row in expected.attempts
        for one in [results.get((row.purchase_id, row.try_no))]
    ]


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
    """The outbox tells what the journal tells; whom it concerned then, only it knows."""
    told = platform.store.facts(merchant.id, change.after.id)
    numbers = [fact.sequence for fact in told]
    if numbers != list(range(1, change.after.facts + 1)):
        yield "facts_gapless", f"outbox facts {numbers[:5]}... are not 1 to {change.after.facts}"
        return
    telling = (
        (event, state)
        for event, state in zip(change.events, change.states, strict=True)
        if tells_fact(event)
    )
    for fact, (event, state) in zip(told, telling, strict=True):
        yield from _readable(_fact(fact, event, state))


def _fact(fact: Fact, event: Event, state: Subscription) -> Found:
    expected = (fact_type(event), subject_of(event, state.id), event.at)
    if (fact.type, fact.subject, fact.at) != expected:
        yield "facts_match_journal", f"outbox fact {fact.sequence} is not what the journal tells"
    frozen = read_input(fact)
    parties = (frozen.customer.id, frozen.payment_method.id)
    if (frozen.event, frozen.subscription) != (event, state) or parties != (
        state.customer_id,
        state.payment_method_id,
    ):
        yield "facts_match_journal", f"outbox fact {fact.sequence} is frozen otherwise"


def _gateway_knows(
    platform: Platform, merchant: Merchant, attempts: Sequence[StoredAttempt]
) -> Found:
    """What the platform holds for captured or declined, the gateway knows so too."""
    settled = [a for a in attempts if a.result in DECIDED]
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
