"""What must hold after every step, whatever went wrong: laws over what is stored and taken.

`doctor` proves that journal, document and money rows agree, by the functions that made them. The
laws here know nothing of those functions: calendar, rounding, postings and tries are computed once
more, from the rules.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from tollbridge.domain import events as ev
from tollbridge.domain.decision import Change
from tollbridge.domain.due import REINSTATED_WAIT, next_due
from tollbridge.domain.events import decode_event
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.money import Split, TaxKind, total
from tollbridge.domain.payment import BookEntry, Result
from tollbridge.domain.posting import Account
from tollbridge.domain.purchase import Asker, Line, Purchase, PurchaseStatus
from tollbridge.domain.schedule import Anchor, Instalment, Interval
from tollbridge.domain.stored import MoneyRows
from tollbridge.domain.subscription import UNPAID, RenewalType, Subscription, SubscriptionStatus
from tollbridge.ports import Platform
from tollbridge.queries.doctor import examine_subscription

ASKED_MAX = 8  # R20
CENTS = 100  # every simulated price is in a currency that has them
ENDED = (SubscriptionStatus.DEACTIVATED, SubscriptionStatus.FINISHED)
OWING = (PurchaseStatus.NEW, PurchaseStatus.DECLINED)
DECIDED = (Result.CAPTURED, Result.DECLINED)


class Broken(NamedTuple):
    """A law that does not hold, and how that shows."""

    law: str
    message: str


Breaks = Iterator[Broken]


class Life(NamedTuple):
    """A subscription's journal, folded, with its money rows."""

    change: Change
    rows: MoneyRows

    @property
    def now(self) -> Subscription:
        """The subscription as the journal leaves it."""
        return self.change.after

    def steps(self) -> Iterator[tuple[Subscription, ev.Event, Subscription]]:
        """Each event after the first, with the states before and after it."""
        states = self.change.states
        yield from zip(states, self.change.events[1:], states[1:], strict=False)

    @property
    def purchases(self) -> dict[int, Purchase]:
        """Every purchase ever opened, as it was opened."""
        opened = (e.purchase for e in self.change.events if isinstance(e, ev.PurchaseOpened))
        return {purchase.id: purchase for purchase in opened}


def life_of(platform: Platform, merchant: Merchant, subscription_id: int) -> Life:
    """What is stored of a subscription."""
    change = Change(None)
    for entry in platform.store.journal(merchant.id, subscription_id):
        change = change.then(decode_event(entry.type, entry.version, entry.payload))
    return Life(change, platform.store.money_rows(merchant.id, subscription_id))


def broken_by(platform: Platform, merchant: Merchant, subscription_id: int) -> Breaks:
    """Every law of a single subscription that does not hold."""
    found = list(examine_subscription(platform, merchant, subscription_id))
    for finding in found:
        yield Broken(finding.check, f"S{subscription_id}: {finding.message}")
    if found:
        return
    life = life_of(platform, merchant, subscription_id)
    for law in (_claims, _tries, _answers, _calendar, _instalments, _lines, _postings, _ended):
        for name, message in law(life):
            yield Broken(name, f"S{subscription_id}: {message}")


def broken_money(platform: Platform, merchant: Merchant, *, settled: bool) -> Breaks:
    """What the gateway took stands in the platform's rows, and once for each purchase (R4).

    With `settled` it knows of every decision; else an attempt may be under way still.
    """
    whole_book = list(platform.gateway.book(merchant.id))
    book = [entry for entry in whole_book if not entry.charge_key]
    yield from _given_back(whole_book)
    attempts = {
        attempt.key: attempt
        for attempt in platform.store.attempts(merchant.id, [entry.key for entry in book])
    }
    for entry in book:
        attempt = attempts.get(entry.key)
        if attempt is None:
            yield Broken("money_has_purchase", f"{_named(entry)}: no attempt has its key")
        elif (attempt.amount, attempt.currency) != (entry.amount, entry.currency):
            yield Broken("money_has_purchase", f"{_named(entry)}: not the amount of its attempt")
        elif entry.outcome.result in DECIDED and attempt.result is not entry.outcome.result:
            told = attempt.result in DECIDED
            if told or settled:
                stored = attempt.result.value if attempt.result else "open"
                yield Broken("outcome_is_kept", f"{_named(entry)}: stored as {stored}")
    taken = Counter(e.purchase_id for e in book if e.outcome.result is Result.CAPTURED)
    for purchase_id, times in taken.items():
        if times > 1:
            yield Broken("charged_once", f"purchase {purchase_id} was charged {times} times")


def _given_back(book: Sequence[BookEntry]) -> Breaks:
    """No more money goes back than was taken."""
    taken = {entry.key: entry.amount for entry in book if not entry.charge_key}
    back: Counter[str] = Counter()
    for entry in book:
        back[entry.charge_key] += entry.amount
    del back[""]
    for key, amount in back.items():
        if amount > taken.get(key, 0):
            yield Broken("no_more_back_than_taken", f"{amount} of {taken.get(key, 0)}: {key}")


def broken_dues(platform: Platform, merchant: Merchant, until: datetime) -> Breaks:
    """Nothing that was due is undone, and nothing is set aside (one cycle of the worker)."""
    for parked in platform.store.parked(merchant.id):
        yield Broken("nothing_parked", f"S{parked.subscription_id}: {parked.error}")
    for number in platform.store.subscription_ids(merchant.id):
        held = platform.store.held(merchant.id, number)
        if held is not None:
            for undone in _undone(held.subscription, until):
                yield Broken("nothing_overdue", f"S{number}, it is {until}: {undone}")


def _undone(subscription: Subscription, until: datetime) -> Iterator[str]:
    """What should have been done by then, by its own account and by the rules (R20, R22)."""
    due = next_due(subscription)
    if due is not None and due <= until:
        yield f"something is due since {due}"
    end = subscription.unpaid_until
    if subscription.status in UNPAID and end is not None and end <= until:
        yield f"{subscription.status.name} has ended"
    if subscription.payment_in_progress:
        return
    billing, bill = subscription.next_billing, subscription.bill
    reinstated = subscription.reinstated_at
    asked_for = billing if reinstated is None else max(billing, reinstated + REINSTATED_WAIT)
    is_billed = bill is not None and bill.posted
    if subscription.status is SubscriptionStatus.ACTIVE and asked_for <= until and not is_billed:
        yield f"it was to be billed at {asked_for}"
    if subscription.status in UNPAID and subscription.renewal_type is RenewalType.AUTOMATIC:
        yield from _untried(subscription, until)


def _untried(subscription: Subscription, until: datetime) -> Iterator[str]:
    """A retry whose day has come, of a bill that is declined and not for good (R20)."""
    bill = subscription.bill
    if bill is None or bill.hard or bill.declined_at is None or bill.tried_at is None:
        return
    first = max(bill.declined_at, subscription.next_billing)
    days = [first + timedelta(days=days) for days in subscription.retry_days]
    come = [day for day in days if day <= until]
    if come and bill.tried_at < come[-1]:
        yield f"purchase {bill.id} was to be tried again at {come[-1]}"


def _named(entry: BookEntry) -> str:
    result = entry.outcome.result.value
    return f"purchase {entry.purchase_id} try {entry.try_no} {result} {entry.amount}"


def _claims(life: Life) -> Iterator[tuple[str, str]]:
    """What is open or paid has its claim, and no two purchases were ever paid for one (R4)."""
    claimed = {row.purchase_id for row in life.rows.claims}
    paid: Counter[tuple[object, ...]] = Counter()
    for row in life.rows.claims:
        paid[row.purpose, row.interval_no, row.billing_interval_no, row.cause] += 1
    for claim, times in paid.items():
        if times > 1:
            yield "claim_is_unique", f"{claim} is claimed {times} times"
    voided = {e.purchase_id for e in life.change.events if isinstance(e, ev.PurchaseVoided)}
    for purchase_id in life.purchases:
        if purchase_id not in claimed and purchase_id not in voided:
            yield "purchase_has_claim", f"purchase {purchase_id} claims nothing"


def _tries(life: Life) -> Iterator[tuple[str, str]]:
    """The platform tries once by itself, then by the schedule; a hard decline ends it (R20)."""
    tries: Counter[tuple[int, Asker]] = Counter()
    hard: set[int] = set()
    for event in life.change.events:
        if isinstance(event, ev.PaymentDeclined) and event.hard:
            hard.add(event.purchase_id)
        if isinstance(event, ev.PaymentStarted):
            tries[event.purchase_id, event.asker] += 1
            if event.asker is Asker.SCHEDULE and event.purchase_id in hard:
                yield "hard_ends_tries", f"purchase {event.purchase_id} is tried again"
    most = {
        Asker.PLATFORM: 1,
        Asker.SCHEDULE: len(life.now.retry_days),
        Asker.CUSTOMER: ASKED_MAX,
    }
    for (purchase_id, asker), times in tries.items():
        if times > most[asker]:
            yield "tries_are_limited", f"purchase {purchase_id}: {times} times by {asker.value}"


def _answers(life: Life) -> Iterator[tuple[str, str]]:
    """R7: what the gateway says of a try is noted once, and after a decision only that it paid."""
    noted: dict[tuple[int, int], Result] = {}
    for event in life.change.events:
        result = _answer(event)
        if result is None or not isinstance(event, Answer):
            continue
        place = (event.purchase_id, event.try_no)
        known = noted.get(place)
        if known is result or (known in DECIDED and result is not Result.CAPTURED):
            yield "answer_is_noted_once", f"purchase {place[0]} try {place[1]}: {result.value}"
        noted[place] = result


Answer = ev.PaymentCaptured | ev.PaymentDeclined | ev.PaymentUndecided


def _answer(event: ev.Event) -> Result | None:
    if isinstance(event, ev.PaymentUndecided):
        return event.result
    if isinstance(event, ev.PaymentDeclined):
        return Result.DECLINED
    return Result.CAPTURED if isinstance(event, ev.PaymentCaptured) else None


def _calendar(life: Life) -> Iterator[tuple[str, str]]:
    """R5: dates count from the anchor, which a renewal moves only when it is paid too late."""
    waited: set[int] = set()  # purchases whose payment was late by more than platform and gateway
    captured: int | None = None  # just before
    for before, event, after in life.steps():
        if isinstance(event, ev.PaymentDeclined):
            waited.add(event.purchase_id)
        if isinstance(event, ev.PaymentUndecided) and event.result is Result.ACTION_REQUIRED:
            waited.add(event.purchase_id)
        if isinstance(event, ev.PaymentAwaited):
            waited.add(event.purchase_id)
        expected = dated(after.anchor, _step(after), after.last_billing_interval_no + 1)
        if after.next_billing != expected:
            message = f"{after.next_billing} after {type(event).__name__}, by the anchor {expected}"
            yield "dates_count_from_anchor", message
        purchase = life.purchases[captured] if captured else None
        captured = event.purchase_id if isinstance(event, ev.PaymentCaptured) else None
        if not isinstance(event, ev.IntervalAdvanced) or purchase is None or purchase.due is None:
            continue
        if purchase.id in waited:
            continue
        if event.advance.started_at != purchase.due:
            yield "delay_shifts_no_date", f"purchase {purchase.id} was in time, its interval is not"
        if after.anchor != before.anchor and not _begins_anew(before, after, purchase.due):
            yield "renewal_keeps_anchor", f"purchase {purchase.id} moved it to {after.anchor}"


def _begins_anew(before: Subscription, after: Subscription, due: datetime) -> bool:
    """Whether dates count from the billing date on: another interval, or the end of the first."""
    first = before.last_billing_interval_no == 0 and (
        before.trial or before.start_interval != after.interval
    )
    other_interval = first or _step(before) != _step(after)
    return other_interval and after.anchor == Anchor(due, after.last_billing_interval_no)


def _step(subscription: Subscription) -> Interval:
    """From one billing date to the next: an interval, or the time between its instalments."""
    by_instalments = subscription.billing_interval != Interval()
    return subscription.billing_interval if by_instalments else subscription.interval


def dated(anchor: Anchor, interval: Interval, number: int) -> datetime:
    """When an interval begins, month by month in the calendar (R5)."""
    times = number - anchor.number
    months = anchor.at.year * 12 + anchor.at.month - 1 + interval.months * times
    year, month = divmod(months, 12)
    last = monthrange(year, month + 1)[1]
    day = anchor.at.replace(year=year, month=month + 1, day=min(anchor.at.day, last))
    return day + timedelta(days=interval.days * times)


def _instalments(life: Life) -> Iterator[tuple[str, str]]:
    """R16: an interval is paid by one instalment after the other, and has been with the last."""
    for before, event, after in life.steps():
        if not isinstance(event, ev.IntervalAdvanced):
            continue
        was, now = before.instalment, after.instalment
        follows = was is not None and now == Instalment(was.term_no, was.number + 1, was.of)
        if now is not None and not follows and (now.number, now.term_no) != (1, before.term_no + 1):
            yield "instalments_follow", f"{now} after {was}"
        paid = before.last_interval_no
        if now is None or now.number == now.of:
            paid = before.term_no + (not follows)
        if after.last_interval_no != paid:
            yield "last_instalment_counts", f"{now}: {after.last_interval_no} is paid"
    for purchase in life.purchases.values():
        for line in purchase.lines:
            part, discount = line.explanation.instalment, line.explanation.discount
            if part is not None and discount is None:
                whole = Fraction(line.explanation.charge.whole) * CENTS
                due = _half_up(whole * (part.number - 1) / part.of)
                if Fraction(part.before) * CENTS != due:
                    yield "instalments_add_up", f"purchase {purchase.id}: {part}, whole {whole}"


def _lines(life: Life) -> Iterator[tuple[str, str]]:
    """R10: a line is rounded once, half up, and its tax taken from the rounded amount."""
    for purchase in life.purchases.values():
        for line in purchase.lines:
            if line.amount != rounded_once(line):
                yield (
                    "rounded_once",
                    f"purchase {purchase.id} line {line.running_no}: {line.amount}",
                )
            charge = line.explanation.charge
            plain = _plain_amount(line)
            if plain is not None and Fraction(charge.whole) != plain:
                yield "price_times_quantity", f"purchase {purchase.id}: {charge}"


def rounded_once(line: Line) -> Split:
    """What the exact amount of a line comes to, less the instalments before it."""
    exact, rate = Fraction(line.explanation.exact) * CENTS, Fraction(line.rate)
    part = line.explanation.instalment
    minor = _half_up(exact) - (_half_up(Fraction(part.before) * CENTS) if part else 0)
    if line.tax is TaxKind.GROSS:
        net = _half_up(Fraction(minor) / (1 + rate))
        return Split(minor, net, minor - net)
    vat = _half_up(Fraction(minor) * rate)
    return Split(minor + vat, minor, vat)


def _half_up(amount: Fraction) -> int:
    """To the next whole number, a half away from zero."""
    sign = -1 if amount < 0 else 1
    return sign * ((2 * abs(amount.numerator) + amount.denominator) // (2 * amount.denominator))


def _plain_amount(line: Line) -> Fraction | None:
    """Price times quantity, where the price is a single one."""
    amount, _, kind = line.explanation.charge.price.partition(" ")
    if kind not in {"gross", "net"}:
        return None
    return Fraction(Decimal(amount)) * line.quantity


def _postings(life: Life) -> Iterator[tuple[str, str]]:
    """Each purchase stands in the books as its status says, and what was cancelled not at all.

    Of an order that others owe too the status is theirs, once this part is cancelled (R19).
    """
    voids = [e for e in life.change.events if isinstance(e, ev.PurchaseVoided)]
    statuses = {row.id: row.status for row in life.rows.purchases}
    for purchase in life.purchases.values():
        own = [event for event in voids if event.purchase_id == purchase.id]
        gone = {number for event in own for number in event.items or purchase.items}
        left = total(line.amount for line in purchase.lines if line.item_running_no not in gone)
        status = statuses[purchase.id]
        expected = _expected(life.now, purchase, left + -_refunded(life, purchase.id), status)
        posted = _posted(life, purchase.id)
        if posted != expected:
            yield "posted_once", f"purchase {purchase.id}: {posted}, expected {expected}"
        whole = any(not event.items and not event.shared for event in own)
        if whole and status is not PurchaseStatus.CANCELED:
            yield "void_is_cancelled", f"purchase {purchase.id} is {status.value}"


def _posted(life: Life, purchase_id: int) -> dict[Account, int]:
    posted: Counter[Account] = Counter()
    for row in life.rows.postings:
        if row.purchase_id == purchase_id and row.subscription_id == life.now.id:
            posted[row.account] += row.amount
    return {account: amount for account, amount in posted.items() if amount}


def _refunded(life: Life, purchase_id: int) -> Split:
    """Refunds and chargebacks of this subscription's part of a purchase (R14)."""
    backs = (e for e in life.change.events if isinstance(e, ev.PurchaseRefunded | ev.ChargedBack))
    return total(b.amount for e in backs if e.purchase_id == purchase_id for b in e.lines)


def _expected(
    now: Subscription, opened: Purchase, amount: Split, status: PurchaseStatus
) -> Mapping[Account, int]:
    still_open = now.purchase(opened.id)
    if still_open is not None and not still_open.posted:
        return {}
    owed = Account.RECEIVABLE if status in OWING else Account.CASH
    sides = {owed: amount.gross, Account.REVENUE: -amount.net, Account.VAT: -amount.vat}
    return {account: side for account, side in sides.items() if side}


def _ended(life: Life) -> Iterator[tuple[str, str]]:
    """R19: what has ended owes nothing and awaits nothing, but for money under way."""
    if life.now.status not in ENDED or life.now.billed_items:
        return
    left = [purchase.id for purchase in life.now.purchases if not purchase.in_flight]
    if left:
        yield "ended_owes_nothing", f"purchases {left} are open still"


def same_course(foreseen: Sequence[ev.Event], came: Sequence[ev.Event]) -> str | None:
    """Where the forecast differs from what happened; None when it does not, as far as it goes.

    It foresees every charge captured: it is compared up to the first that was not. That the
    gateway answers for a refund that was under way is not brought by time, and foreseen by nobody.
    """
    came = [e for e in came if not isinstance(e, ev.PurchaseRefunded | ev.RefundDeclined)]
    for number, (wanted, event) in enumerate(zip(foreseen, came, strict=False), start=1):
        if isinstance(event, ev.PaymentDeclined | ev.PaymentUndecided):
            return None
        if _shape(wanted) != _shape(event):
            return f"event {number}: foreseen {_shape(wanted)}, came {_shape(event)}"
    undecided = any(isinstance(e, ev.PaymentDeclined | ev.PaymentUndecided) for e in came)
    if not undecided and len(foreseen) != len(came):
        return f"{len(foreseen)} events foreseen, {len(came)} came"
    return None


def _shape(event: ev.Event) -> tuple[object, ...]:
    """What a forecast tells of an event: all but ids and keys, which come with the day."""
    detail: object = None
    if isinstance(event, ev.PurchaseOpened):
        lines = [(line.item_running_no, line.amount) for line in event.purchase.lines]
        detail = (event.purchase.purpose, event.purchase.due, lines)
    elif isinstance(event, ev.IntervalAdvanced):
        detail = event.advance
    elif isinstance(event, ev.ItemsFinished):
        detail = event.running_nos
    return (type(event).__name__, event.at, detail)
