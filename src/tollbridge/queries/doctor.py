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
from tollbridge.domain.due import next_due
from tollbridge.domain.events import (
    ChargedBack,
    PaymentCaptured,
    PurchaseRefunded,
    PurchaseVoided,
    SubscriptionMerged,
    decode_event,
)
from tollbridge.domain.facts import Fact, Parties, fact_type, subject_of, tells_fact
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.money import Split, total
from tollbridge.domain.outbox import input_of, purchase_of, read_input
from tollbridge.domain.payment import BookEntry, Outcome, Result
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.records import Records, records_of
from tollbridge.domain.refund import Captured
from tollbridge.domain.stored import (
    MoneyRows,
    StoredAttempt,
    StoredContact,
    StoredPurchase,
    StoredSubscription,
)
from tollbridge.domain.subscription import Subscription
from tollbridge.ports import GatewayUnavailableError, JournalEntry, Platform, StoreUnavailableError
from tollbridge.queries.doctor_notices import sound_lanes, sound_telling
from tollbridge.queries.doctor_refunds import (
    booked_refunds,
    expected_refunds,
    gateway_knows_refunds,
    sound_refunds,
    without_amounts,
)

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
            yield from examine_subscription(platform, merchant, subscription_id)
        yield from _of(merchant, None, _book(platform, merchant))


def examine_subscription(
    platform: Platform, merchant: Merchant, subscription_id: int
) -> Iterator[Finding]:
    """Everything found wrong with one subscription."""
    yield from _of(merchant, subscription_id, _subscription(platform, merchant, subscription_id))


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
    expected = records_of([change])
    told = _until_left(change, expected, rows)
    yield from _same_rows(expected, told, change.after.id)
    yield from _sound_money(told)
    yield from _tried_amounts(expected, told)
    yield from sound_refunds(rows, change.after.id)
    yield from _gateway_knows(platform, merchant, rows.attempts)
    yield from gateway_knows_refunds(platform, merchant.id, rows.refunds)


def _until_left(change: Change, expected: Records, rows: MoneyRows) -> MoneyRows:
    """The rows without what became of a shared purchase after this subscription's part was voided.

    The journals of the others tell that.
    """
    voided = [event for event in change.events if isinstance(event, PurchaseVoided)]
    left = {event.purchase_id for event in voided if event.shared}
    known = {row.id: row for row in _purchases(expected)}
    tried = {(row.purchase_id, row.try_no) for row in expected.attempts}
    return replace(
        rows,
        purchases=tuple(
            replace(row, status=known[row.id].status, paid_at=known[row.id].paid_at)
            if row.id in left & known.keys()
            else row
            for row in rows.purchases
        ),
        attempts=tuple(
            row
            for row in rows.attempts
            if row.purchase_id not in left or (row.purchase_id, row.try_no) in tried
        ),
    )


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
        ("refunds", expected_refunds(expected), without_amounts(rows.refunds)),
        ("refund lines", expected.refund_items, _own(rows.refund_items, subscription_id)),
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
    paid = {m.purchase_id: m.at for m in expected.purchase_moves if m.status is PurchaseStatus.PAID}
    return [
        StoredPurchase(
            merchant_id=row.merchant_id,
            id=row.id,
            customer_id=row.customer_id,
            currency=row.currency,
            purpose=row.purpose,
            status=move.status if move else PurchaseStatus.NEW,
            opened_at=row.opened_at,
            paid_at=paid.get(row.id),
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


def _tried_amounts(expected: Records, rows: MoneyRows) -> Found:
    """An attempt is of what was owed then: this subscription's part, and the parts of others."""
    wholes = {row.id: row.amount.gross for row in rows.purchases}
    parts = {row.id: row.amount.gross for row in expected.purchases}
    tried = {(row.purchase_id, row.try_no): row.amount for row in expected.attempts}
    for row in rows.attempts:
        part = parts.get(row.purchase_id, 0)
        least = tried.get((row.purchase_id, row.try_no), part)
        most = least + wholes.get(row.purchase_id, 0) - part
        if not least <= row.amount <= most:
            yield "charged_amount", f"an attempt at purchase {row.purchase_id} is not of its total"


def _facts(platform: Platform, merchant: Merchant, change: Change) -> Found:
    """The outbox tells what the journal tells; whom it concerned then, only it knows."""
    told = platform.store.facts(merchant.id, change.after.id)
    numbers = [fact.sequence for fact in told]
    if numbers != list(range(1, change.after.facts + 1)):
        yield "facts_gapless", f"outbox facts {numbers[:5]}... are not 1 to {change.after.facts}"
        return
    telling = (place for place, event in enumerate(change.events) if tells_fact(event))
    for fact, place in zip(told, telling, strict=True):
        yield from _readable(_fact(fact, change, place))
    yield from _readable(sound_telling(platform, merchant, told))
    for stream in {fact.stream for fact in told}:
        yield from _readable(sound_lanes(platform, merchant, stream))


def _fact(fact: Fact, change: Change, place: int) -> Found:
    """The subscription is frozen as the whole command left it: at the event or a later one."""
    event, state = change.events[place], change.states[place]
    expected = (fact_type(event), subject_of(event, state.id), event.at)
    if (fact.type, fact.subject, fact.at) != expected:
        yield "facts_match_journal", f"outbox fact {fact.sequence} is not what the journal tells"
    frozen = read_input(fact)
    left = change.states[place:][: frozen.subscription.revision - state.revision + 1][-1:]
    concerned = (frozen.customer.id, frozen.payment_method.id)
    if isinstance(event, SubscriptionMerged):  # told with the way to pay of who takes the items
        concerned = (frozen.customer.id, state.payment_method_id)
    gives_back = isinstance(event, PurchaseRefunded | ChargedBack)
    captured = tuple(_captured(change, place)) if gives_back else ()
    due = [
        input_of(
            event,
            change.states[place - 1] if place else None,
            after,
            Parties(frozen.customer, frozen.payment_method),
            captured,
        )
        for after in left
    ]
    if (
        frozen.event != event
        or [replace(one, payload=frozen.payload) for one in due] != [frozen]
        or concerned != (state.customer_id, state.payment_method_id)
    ):
        yield "facts_match_journal", f"outbox fact {fact.sequence} is frozen otherwise"


def _captured(change: Change, place: int) -> Iterator[Captured]:
    """The purchases that were paid before an event, as they were then."""
    before = change.before
    for event, state in zip(change.events[:place], change.states, strict=False):
        purchase = purchase_of(event, before)
        if isinstance(event, PaymentCaptured) and purchase is not None:
            yield Captured(subscription_id=state.id, purchase=purchase, at=event.at)
        before = state


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
        yield from booked_refunds(platform, merchant.id, page)
        charges = [entry for entry in page if not entry.charge_key]
        taken = [entry for entry in charges if entry.outcome.result is Result.CAPTURED]
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
