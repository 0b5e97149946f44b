"""Laws: each looks at a whole life and fails when something in it cannot be."""

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise

import msgspec
from msgspec.structs import replace

from tests.billing import ALWAYS_DECLINED, run
from tests.given import Life
from tollbridge.domain import events as ev
from tollbridge.domain.due import Step, next_due, next_step
from tollbridge.domain.evolve import fold
from tollbridge.domain.money import Split, to_minor, total
from tollbridge.domain.posting import Account
from tollbridge.domain.pricing import part_in
from tollbridge.domain.purchase import Line, Purchase, PurchaseStatus, Purpose
from tollbridge.domain.records import ClaimRow, records_of
from tollbridge.domain.subscription import (
    UNPAID,
    ItemStatus,
    Subscription,
    SubscriptionStatus,
    Terms,
)

SUBSCRIPTIONS = msgspec.json.Decoder(Subscription)

New, Active = SubscriptionStatus.NEW, SubscriptionStatus.ACTIVE
Deactivated, Finished = SubscriptionStatus.DEACTIVATED, SubscriptionStatus.FINISHED
Grace, Hold = UNPAID
On, Off, Waits = ItemStatus.ACTIVE, ItemStatus.DEACTIVATED, ItemStatus.AWAITING_REINSTATE
Ended, Out = ItemStatus.FINISHED, ItemStatus.REMOVED

# Table 3.6: what may move a status, and how. Other events move none.
LIFE_OF_SUBSCRIPTIONS = {
    ev.SubscriptionActivated: {(New, Active), (New, Deactivated)},  # the latter: R21, model One
    ev.ItemsDeactivated: {(now, Deactivated) for now in (New, Active, Grace, Hold)},
    ev.GraceStarted: {(Active, Grace)},
    ev.HoldStarted: {(Active, Hold), (Grace, Hold)},
    ev.IntervalAdvanced: {(Grace, Active), (Hold, Active)},
    ev.ItemsFinished: {(Active, Finished)},
    ev.ItemRolledBack: {(Active, Deactivated)},
    ev.ItemsReinstated: {(Deactivated, Active)},
    ev.ItemRemoved: {(Active, Deactivated), (Active, Finished)},
    ev.SubscriptionMerged: {(Active, Finished)},
}
LIFE_OF_ITEMS = {
    ev.SubscriptionActivated: {(On, Waits)},
    ev.ItemsDeactivated: {(On, Off), (On, Ended)},
    ev.ItemsReinstated: {(Off, On), (Waits, On)},
    ev.ItemRemoved: {(On, Out), (Off, Out)},
    ev.ItemRolledBack: {(On, Out)},
    ev.ItemsFinished: {(On, Ended)},
    ev.SubscriptionMerged: {(On, Out), (Off, Out), (Waits, Out)},
}


def moves(life: Life) -> Iterator[tuple[Subscription, ev.Event, Subscription]]:
    """Every event after the first, with the states before and after it."""
    states = [state for change in life.changes for state in change.states]
    for (before, now), event in zip(pairwise(states), life.events[1:], strict=True):
        yield before, event, now


def purchases_of(life: Life) -> dict[int, Purchase]:
    """Every purchase that was ever opened, by its id."""
    return {e.purchase.id: e.purchase for e in life.events if isinstance(e, ev.PurchaseOpened)}


def journal_leads_to_the_document(life: Life) -> None:
    """DESIGN 3: fold(journal) == document, and both survive being stored."""
    stored = [
        (type(entry).__name__, entry.version, ev.encode_event(entry)) for entry in life.events
    ]
    read = [ev.decode_event(*row) for row in stored]
    assert read == life.events
    assert fold(read) == life.subscription
    assert life.subscription.revision == len(life.events)
    document = msgspec.json.encode(life.subscription)
    assert SUBSCRIPTIONS.decode(document) == life.subscription
    assert msgspec.json.encode(SUBSCRIPTIONS.decode(document)) == document


def statuses_move_along_the_table(life: Life) -> None:
    """Table 3.6: only where an event of the right kind moves them."""
    for before, event, now in moves(life):
        if before.status is not now.status:
            assert (before.status, now.status) in LIFE_OF_SUBSCRIPTIONS.get(type(event), set())
        for old, new in zip(before.items, now.items, strict=False):
            if old.status is not new.status:
                assert (old.status, new.status) in LIFE_OF_ITEMS.get(type(event), set())


def what_has_ended_is_over(life: Life) -> None:
    """R18, R19: with an active item a subscription is active; what has ended owes nothing."""
    for change in life.changes:
        now = change.after
        if now.status in (Active, New, *UNPAID):
            assert now.active_items
            assert now.end is None
            assert (now.unpaid_until is not None) is (now.status in UNPAID)
        else:
            assert not now.active_items
            assert now.unpaid_until is None
            assert next_due(now) is None
            assert all(p.in_flight or now.billed_items for p in now.purchases)
        for item in now.items:
            assert (item.end is None) is item.billed
        if now.status is Deactivated and not now.billed_items:
            assert now.end == now.next_billing


def numbers_only_rise(life: Life) -> None:
    """R1, R3, R4: intervals by one, versions by one with new terms, items by a new number."""
    for before, event, now in moves(life):
        advanced = isinstance(event, ev.IntervalAdvanced)
        assert now.last_billing_interval_no - before.last_billing_interval_no == int(advanced)
        begun = now.term_no - before.term_no
        assert begun in (0, int(advanced))
        whole = now.instalment is None or now.instalment.is_last
        same = now.term_no if advanced and whole else before.last_interval_no  # R16
        assert now.last_interval_no == same
        assert now.currency == before.currency  # R9
        added = len(now.items) - len(before.items)
        assert added == 0 or isinstance(event, ev.ItemAdded | ev.ItemsReceived)
        assert [item.running_no for item in now.items] == list(range(1, len(now.items) + 1))
        for old, new in zip(before.items, now.items, strict=False):
            assert new.version - old.version in (0, 1)
            assert new.latest == old.latest or new.version > old.version
            assert old.last_interval_no <= new.last_interval_no <= now.last_interval_no


def one_version_is_current(life: Life) -> None:
    """R3: superseded versions are rows, numbered 1, 2, ... up to the one before the current."""
    rows: dict[int, list[int]] = defaultdict(list)
    for row in life.records.versions:
        assert (row.item.running_no, row.item.version) == (row.running_no, row.version)
        rows[row.running_no].append(row.version)
    for item in life.subscription.items:
        assert rows[item.running_no] == list(range(1, item.version))


def charges_come_one_by_one(life: Life) -> None:
    """R4, R6, R7: one payment under way, one purchase that would bring the next interval."""
    for change in life.changes:
        now = change.after
        assert sum(purchase.in_flight for purchase in now.purchases) <= 1
        assert sum(purchase.advance is not None for purchase in now.purchases) <= 1
        for purchase in now.purchases:
            if purchase.advance is not None:
                assert purchase.billing_interval_no == now.last_billing_interval_no + 1
                assert purchase.interval_no - now.term_no == int(purchase.advance.begins_term)
        assert all(item.frozen is None for item in now.items) or now.next_interval_open
        assert len({item.latest.cycle for item in now.billed_items}) <= 1  # R12


def a_new_start_voids_the_next_interval(life: Life) -> None:
    """R6: these leave no older purchase open that would bring it, unless it is in flight (R7)."""
    voiding = (ev.BillingDateMoved, ev.RenewalTypeChanged, ev.ItemsReceived)
    for change in life.changes:
        aligned = any(getattr(event, "aligned", False) for event in change.events)
        if change.before and (aligned or any(isinstance(e, voiding) for e in change.events)):
            old = {p.id for p in change.before.purchases if p.advance and not p.in_flight}
            assert old.isdisjoint(p.id for p in change.after.purchases)


def a_new_interval_is_in_force_as_billed(life: Life) -> None:
    """R3, R6: as its purchase billed it, or as it stood at 0; what is not on it stays behind."""
    versions: dict[tuple[int, int], Terms] = {}
    lines: tuple[Line, ...] = ()
    opened = purchases_of(life)
    for before, event, now in moves(life):
        versions |= {(item.running_no, item.version): item.latest for item in before.items}
        if isinstance(event, ev.IntervalAdvanced):
            billed = {item.running_no: item.latest for item in before.active_items}
            for line in lines:
                billed[line.item_running_no] = versions[line.item_running_no, line.item_version]
            for item in now.items:
                if item.running_no in event.paid and item.status is not Out:
                    assert item.in_force == billed[item.running_no]
                    assert item.term_no == now.term_no
                else:
                    assert item.term_no < now.term_no + (not event.advance.begins_term)
        lines = ()
        if isinstance(event, ev.PaymentCaptured):
            lines = opened[event.purchase_id].lines


def instalments_add_up(life: Life) -> None:
    """R16: those of one item version in one interval come to its price, to the minor unit."""
    parts: dict[tuple[int, int, int], list[Line]] = defaultdict(list)
    captured = {e.purchase_id for e in life.events if isinstance(e, ev.PaymentCaptured)}
    for purchase in purchases_of(life).values():
        for line in purchase.lines:
            if purchase.id in captured and line.explanation.instalment is not None:
                term = purchase.interval_no, line.item_running_no, line.item_version
                parts[term].append(line)
    for lines in parts.values():
        told = [line.explanation.instalment for line in lines]
        whole = [part.number for part in told if part] == list(range(1, len(lines) + 1))
        last, kind = told[-1], lines[0].tax
        if whole and last and last.number == last.of and not any(map(is_reduced, lines)):
            exact = Fraction(lines[0].explanation.charge.whole)
            paid = sum(part_in(line.amount, kind) for line in lines)
            assert paid == to_minor(exact, life.subscription.currency)


def is_reduced(line: Line) -> bool:
    """Whether a coupon lowered it."""
    return line.explanation.discount is not None


def lines_add_up(life: Life) -> None:
    """R10: every line and row is net and VAT, and every total is the sum of its lines."""
    records = life.records
    amounts = [row.amount for row in records.purchases]
    amounts += [row.amount for row in records.purchase_items]
    amounts += [line.worth for purchase in purchases_of(life).values() for line in purchase.lines]
    assert all(amount.gross == amount.net + amount.vat for amount in amounts)
    by_purchase: dict[int, list[Split]] = defaultdict(list)
    for row in records.purchase_items:
        by_purchase[row.purchase_id].append(row.amount)
    for purchase in records.purchases:
        assert by_purchase[purchase.id]
        assert purchase.amount == total(by_purchase[purchase.id])
        assert purchase.amount.gross > 0 or purchase.purpose is not Purpose.ALIGNMENT  # R12, R16


def the_book_balances(life: Life) -> None:
    """Entries sum to 0; cash is the captured, receivables are the open, cancelled is nothing."""
    records = life.records
    entries: dict[int, int] = defaultdict(int)
    accounts: dict[Account, int] = defaultdict(int)
    canceled: dict[tuple[int, Account], int] = defaultdict(int)
    voided = {
        event.purchase_id
        for _, event, now in moves(life)
        if isinstance(event, ev.PurchaseVoided) and now.purchase(event.purchase_id) is None
    }
    for posting in records.postings:
        entries[posting.sequence] += posting.amount
        accounts[posting.account] += posting.amount
        if posting.purchase_id in voided:
            canceled[posting.purchase_id, posting.account] += posting.amount
    assert not any(entries.values())
    assert not any(canceled.values())
    captured = {e.purchase_id for e in life.events if isinstance(e, ev.PaymentCaptured)}
    by_status = defaultdict(set)
    for move in records.purchase_moves:
        by_status[move.status].add(move.purchase_id)
    assert by_status[PurchaseStatus.PAID] == captured
    assert by_status[PurchaseStatus.CANCELED] == voided
    assert captured.isdisjoint(voided)
    left = what_is_left(life)
    gross = {row.id: left[row.id] for row in records.purchases if row.id not in voided}
    still_open = life.subscription.purchases
    open_amounts = sum(purchase.total.gross for purchase in still_open)
    posted_amounts = sum(purchase.total.gross for purchase in still_open if purchase.posted)
    assert accounts[Account.CASH] == sum(gross[purchase_id] for purchase_id in captured)
    assert accounts[Account.RECEIVABLE] == posted_amounts
    assert accounts[Account.CASH] == sum(gross.values()) - open_amounts


def what_is_left(life: Life) -> dict[int, int]:
    """What each purchase comes to without the lines of items that were cancelled (R19)."""
    opened = purchases_of(life)
    gone = {e.purchase_id: set[int]() for e in life.events if isinstance(e, ev.PurchaseVoided)}
    for event in life.events:
        if isinstance(event, ev.PurchaseVoided):
            gone[event.purchase_id].update(event.items)
    return {
        number: sum(
            line.amount.gross
            for line in purchase.lines
            if line.item_running_no not in gone.get(number, ())
        )
        for number, purchase in opened.items()
    }


def claims_are_held_once(life: Life) -> None:
    """R4: no two purchases claim the same at a time, and no purchase is captured twice."""
    held: dict[ClaimRow, int] = {}
    for change in life.changes:
        records = records_of([change])
        at_once = set(records.claims) & set(records.released)
        for claim in set(records.released) - at_once:
            assert held.pop(replace(claim, purchase_id=0)) == claim.purchase_id
        for claim in set(records.claims) - at_once:
            key = replace(claim, purchase_id=0)
            assert key not in held
            held[key] = claim.purchase_id
    captures = [e.purchase_id for e in life.events if isinstance(e, ev.PaymentCaptured)]
    assert len(captures) == len(set(captures))
    still_open = [purchase.id for purchase in life.subscription.purchases]
    assert sorted(held.values()) == sorted(captures + still_open)
    attempts = [(row.purchase_id, row.try_no) for row in life.records.attempts]
    assert len(attempts) == len(set(attempts))


def only_money_of_this_interval_is_credited(life: Life) -> None:
    """R11: what an item may be credited with came in since the running interval began."""
    since: set[int] = set()
    opened = purchases_of(life)
    for before, event, now in moves(life):
        if isinstance(event, ev.PaymentCaptured):
            since |= opened[event.purchase_id].items
        elif isinstance(event, ev.IntervalAdvanced):
            since = set(event.paid)
        elif isinstance(event, ev.ItemsReceived):
            since |= {item.running_no for item in now.items[len(before.items) :]}
        for item in now.items:
            assert not item.paid or item.running_no in since or item.status is Out


def no_more_is_credited_than_was_captured(life: Life) -> None:
    """R11: carried parts included; each line and each carried part may be rounded by a unit."""
    income, roundings = 0, 0
    paid = what_is_left(life)
    for _, event, now in moves(life):
        if isinstance(event, ev.PaymentCaptured):
            income += paid[event.purchase_id]
        if isinstance(event, ev.ItemsReceived):
            income += sum(item.paid.gross for item in event.items)
            roundings += len(event.items)
        if isinstance(event, ev.IntervalAdvanced | ev.PaymentCaptured):
            roundings += 2 * len(now.items)
        worth = sum(part.gross for item in now.items for part in item.paid)
        assert worth <= income + roundings


def times_never_go_backwards(life: Life) -> None:
    """DESIGN 3: the journal is in the order of business time."""
    times = [entry.at for entry in life.events]
    assert times == sorted(times)
    assert life.subscription.last_event_at == times[-1]


def a_claim_is_captured_once(life: Life) -> None:
    """R4: whatever was charged, cancelled and charged again was paid for once."""
    captured = {e.purchase_id for e in life.events if isinstance(e, ev.PaymentCaptured)}
    claims = [
        replace(claim, purchase_id=0)
        for claim in life.records.claims
        if claim.purchase_id in captured
    ]
    assert len(claims) == len(set(claims))


def bills_are_posted_in_time(life: Life) -> None:
    """R6: on the billing date, or when they are paid before it; none before, and each once."""
    opened = purchases_of(life)
    in_books = {number for number, purchase in opened.items() if purchase.posted}
    for change in life.changes:
        paying = any(isinstance(e, ev.PaymentStarted | ev.PaymentCaptured) for e in change.events)
        for event in change.events:
            if isinstance(event, ev.PurchaseBilled):
                assert event.purchase_id not in in_books
                in_books.add(event.purchase_id)
                due = opened[event.purchase_id].due
                assert due is not None
                assert event.at >= due or paying
    assert {posting.purchase_id for posting in life.records.postings} <= in_books


def a_paid_bill_moves_the_date_on(life: Life) -> None:
    """R1, R5: the date waits for the money, and later dates follow."""
    opened = purchases_of(life)
    captured = 0
    for before, event, now in moves(life):
        due = opened[captured].due if captured else None
        if isinstance(event, ev.IntervalAdvanced) and due:
            assert now.next_billing > due
            assert now.anchor.at >= before.anchor.at or now.anchor == before.anchor
        captured = event.purchase_id if isinstance(event, ev.PaymentCaptured) else 0


def who_is_in_dunning_can_pay(life: Life) -> None:
    """R20: in grace and hold the bill is open, or is opened again at once."""
    for change in life.changes:
        now = change.after
        if now.status in UNPAID and now.bill is None and not now.payment_in_progress:
            step = next_step(now)
            assert step is not None
            assert step.step is Step.BILL


def what_is_due_comes_to_an_end(life: Life) -> None:
    """DESIGN 3: ticked until now, even if every charge is declined, nothing due is left undone."""
    ticked = dataclasses.replace(life, changes=list(life.changes))
    run(ticked, until=life.now, plan=ALWAYS_DECLINED)
    due = next_due(ticked.subscription)
    assert due is None or due > life.now


LAWS: tuple[Callable[[Life], None], ...] = (
    journal_leads_to_the_document,
    statuses_move_along_the_table,
    what_has_ended_is_over,
    numbers_only_rise,
    one_version_is_current,
    charges_come_one_by_one,
    a_new_start_voids_the_next_interval,
    a_new_interval_is_in_force_as_billed,
    instalments_add_up,
    lines_add_up,
    the_book_balances,
    claims_are_held_once,
    only_money_of_this_interval_is_credited,
    no_more_is_credited_than_was_captured,
    times_never_go_backwards,
    a_claim_is_captured_once,
    bills_are_posted_in_time,
    a_paid_bill_moves_the_date_on,
    who_is_in_dunning_can_pay,
    what_is_due_comes_to_an_end,
)
