"""What `Store.save` promises: whole decisions or none, one winner, rows that follow from events."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from msgspec.structs import replace

from tests.contract.storing import (
    RECORDED,
    changed,
    command,
    held,
    paid,
    parties,
    save,
    saved,
    settled,
    signed_up,
    under_key,
    upgraded,
)
from tests.given import (
    ACTION_REQUIRED,
    DECLINED,
    EXTEND,
    GOLD,
    MERCHANT_ID,
    NOW,
    SEAT,
    STANDARD,
    UNKNOWN,
)
from tollbridge.domain.decision import Change, Decision
from tollbridge.domain.events import (
    PaymentCaptured,
    PaymentStarted,
    SubscriptionStarted,
    decode_event,
)
from tollbridge.domain.evolve import fold
from tollbridge.domain.facts import tells_fact
from tollbridge.domain.money import Split
from tollbridge.domain.outbox import read_input
from tollbridge.domain.payment import Result
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.records import records_of
from tollbridge.domain.subscription import SubscriptionStatus
from tollbridge.ports import Failed, Saved, Store
from tollbridge.store.sql_store import IDS_PER_PAGE

SAVED, CONFLICT = Saved.SAVED, Saved.CONFLICT


def journal_of(store: Store, subscription_id: int) -> Change:
    """The whole life of a subscription, replayed from its stored journal."""
    change = Change(None)
    for entry in store.journal(MERCHANT_ID, subscription_id):
        change = change.then(decode_event(entry.type, entry.version, entry.payload))
    return change


def test_a_sign_up_is_held_with_all_that_surrounds_it(store: Store) -> None:
    """The document, the customer with every contact and the card come back as they were."""
    decision = signed_up(1, (SEAT, 10), (GOLD, 2))
    assert save(store, decision) == [SAVED]
    found = held(store, 1001)
    assert found.subscription == decision.changes[0].after
    assert found.customer == parties(1).customer
    assert found.payment_method == parties(1).payment_method
    assert store.payment_method(MERCHANT_ID, 4001) == parties(1).payment_method
    assert store.held(MERCHANT_ID, 1002) is None
    assert store.held(MERCHANT_ID + 1, 1001) is None


def test_a_purchase_of_two_intervals_holds_both_subscriptions(store: Store) -> None:
    """R4: one purchase, two subscriptions, a claim of each; one capture settles both."""
    saved(store, signed_up(1, (STANDARD, 1), (SEAT, 10), ids=(1009, 1001)))
    found = store.held_of_purchase(MERCHANT_ID, 2001)
    assert [one.subscription.id for one in found] == [1001, 1009]
    assert found == (held(store, 1001), held(store, 1009))
    saved(store, settled(store, 2001))
    purchase = store.purchase(MERCHANT_ID, 2001)
    assert purchase is not None
    assert (purchase.status, purchase.paid_at) == (PurchaseStatus.PAID, NOW)
    assert purchase.amount.gross == 9995 + 5000
    for number in (1001, 1009):
        assert held(store, number).subscription.status is SubscriptionStatus.ACTIVE
        assert len(store.money_rows(MERCHANT_ID, number).claims) == 1
    assert store.held_of_purchase(MERCHANT_ID, 1) == ()


def test_the_journal_folds_to_the_document(store: Store) -> None:
    """Every event with who, when and what for; nothing missing between them."""
    paid(store, 1)
    assert store.save([changed(store, 1001)], command("mine", "updatesubscriptionitem")) == [SAVED]
    entries = store.journal(MERCHANT_ID, 1001)
    assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
    assert fold(decode_event(e.type, e.version, e.payload) for e in entries) == (
        held(store, 1001).subscription
    )
    last = entries[-1]
    assert (last.type, last.actor, last.command) == (
        "ItemChanged",
        "test",
        "updatesubscriptionitem",
    )
    assert (last.command_id, last.at, last.recorded_at) == ("mine", NOW, RECORDED)


def test_money_rows_are_what_follows_from_the_journal(store: Store) -> None:
    """After a sign-up, an aligned change that was captured and one that was declined (R4)."""
    paid(store, 1)
    saved(store, upgraded(store, 1001, 2011))
    saved(store, settled(store, 2011))
    saved(store, changed(store, 1001, quantity=15))
    saved(store, upgraded(store, 1001, 2012, quantity=15))
    saved(store, settled(store, 2012, DECLINED))
    expected = records_of([journal_of(store, 1001)])
    rows = store.money_rows(MERCHANT_ID, 1001)
    assert list(rows.purchase_items) == expected.purchase_items
    assert list(rows.claims) == expected.claims
    assert set(rows.postings) == set(expected.postings)
    assert list(rows.versions) == expected.versions
    assert [row.amount for row in rows.purchases] == [row.amount for row in expected.purchases]
    assert [row.status.value for row in rows.purchases] == ["PAY", "PAY", "DEC"]
    assert [(row.key, row.result) for row in rows.attempts] == [
        ("key-2001", Result.CAPTURED),
        ("key-2011", Result.CAPTURED),
        ("key-2012", Result.DECLINED),
    ]
    assert rows.attempts[2].code == DECLINED.code


def test_a_shared_purchase_is_given_whole(store: Store) -> None:
    """Lines and attempts of a purchase also where another subscription shares it; claims not."""
    saved(store, signed_up(1, (STANDARD, 1), (SEAT, 10), ids=(1001, 1002)))
    rows = store.money_rows(MERCHANT_ID, 1002)
    assert [line.subscription_id for line in rows.purchase_items] == [1001, 1002]
    assert [attempt.amount for attempt in rows.attempts] == [14995]
    assert [claim.subscription_id for claim in rows.claims] == [1002]


def test_history_grows_beside_the_document(store: Store) -> None:
    """Superseded versions and purchase links, oldest first, in the same answer."""
    paid(store, 1, lines=((SEAT, 10), (GOLD, 1)))
    for quantity in (11, 12, 13):
        saved(store, changed(store, 1001, quantity=quantity))
        saved(store, upgraded(store, 1001, 2000 + quantity, quantity))
        saved(store, settled(store, 2000 + quantity))
    found = store.held_with_history(MERCHANT_ID, 1001)
    assert found is not None
    surroundings, history = found
    assert surroundings == held(store, 1001)
    assert list(history.versions) == records_of([journal_of(store, 1001)]).versions
    assert [version.version for version in history.versions] == [1, 2, 3, 4, 5, 6]
    links = [(link.purchase_id, link.item_running_no, link.item_version) for link in history.links]
    assert links == [(2001, 1, 1), (2001, 2, 1), (2011, 1, 3), (2012, 1, 5), (2013, 1, 7)]
    assert history.links[1].purchase_item_running_no == 2


def test_a_young_subscription_has_no_history(store: Store) -> None:
    """No version was superseded yet, and the sign-up is the one purchase."""
    saved(store, signed_up(1))
    found = store.held_with_history(MERCHANT_ID, 1001)
    assert found is not None
    assert found[1].versions == ()
    assert [link.purchase_id for link in found[1].links] == [2001]


def test_a_stale_decision_is_a_conflict(store: Store) -> None:
    """R7: what was decided on an older state leaves nothing behind."""
    paid(store, 1)
    stale, first = upgraded(store, 1001, 2011), changed(store, 1001, quantity=11)
    assert save(store, first) == [SAVED]
    before = (held(store, 1001), store.journal(MERCHANT_ID, 1001))
    assert save(store, stale) == [CONFLICT]
    assert (held(store, 1001), store.journal(MERCHANT_ID, 1001)) == before
    assert store.purchase(MERCHANT_ID, 2011) is None


def test_a_decision_is_saved_whole_or_not_at_all(store: Store) -> None:
    """One of two subscriptions moved on meanwhile: neither is settled."""
    saved(store, signed_up(1, (STANDARD, 1), (SEAT, 10), ids=(1001, 1002)))
    outdated = settled(store, 2001)
    saved(store, settled(store, 2001, UNKNOWN))
    half = replace(outdated, changes=(outdated.changes[0], settled(store, 2001).changes[1]))
    assert save(store, half) == [CONFLICT]
    assert len(store.open_attempts(MERCHANT_ID)) == 1
    assert save(store, settled(store, 2001)) == [SAVED]


def test_one_loser_does_not_stop_the_others(store: Store) -> None:
    """Answers come in the order of the decisions."""
    paid(store, 1, 2, 3)
    stale = changed(store, 1002, quantity=99)
    saved(store, changed(store, 1002))
    decisions = [changed(store, 1003), stale, changed(store, 1001)]
    assert save(store, *decisions) == [SAVED, CONFLICT, SAVED]
    assert [held(store, n).subscription.items[0].latest.quantity for n in (1001, 1002, 1003)] == [
        12,
        12,
        12,
    ]


def test_of_two_decisions_on_one_subscription_the_first_wins(store: Store) -> None:
    """Both were made on the same state."""
    paid(store, 1, 2)
    decisions = [changed(store, 1001, quantity=n) for n in (20, 21)]
    assert save(store, decisions[0], changed(store, 1002), decisions[1]) == [SAVED, SAVED, CONFLICT]
    assert held(store, 1001).subscription.items[0].latest.quantity == 20


def test_a_taken_claim_is_a_conflict(store: Store) -> None:
    """R4: an interval is claimed once, even if the program believes that no purchase is open."""
    paid(store, 1)
    saved(store, changed(store, 1001, alignment=EXTEND, purchase_id=2011))
    unaware = replace(held(store, 1001).subscription, purchases=())
    second = changed(store, 1001, alignment=EXTEND, purchase_id=2012, believed=unaware)
    assert save(store, second) == [CONFLICT]
    assert store.purchase(MERCHANT_ID, 2012) is None
    assert [row.purchase_id for row in store.money_rows(MERCHANT_ID, 1001).claims] == [2001, 2011]


def test_one_bad_decision_among_many_is_found(store: Store) -> None:
    """The others of the batch are saved, in full, whatever their number."""
    many = 60
    saved(store, *(signed_up(n) for n in range(1, many + 1)))
    decisions = [settled(store, 2000 + n) for n in range(1, many + 1)]
    decisions[17] = signed_up(900, ids=(1900,))  # its attempt's key is not its own
    decisions[17] = under_key(decisions[17], "key-2001")
    assert save(store, *decisions) == [CONFLICT if n == 17 else SAVED for n in range(many)]
    assert store.held(MERCHANT_ID, 1900) is None
    assert store.payment_method(MERCHANT_ID, 4900) is None
    for number in (1001, 1017, 1019, 1060):
        assert held(store, number).subscription.status is SubscriptionStatus.ACTIVE
    assert [attempt.purchase_id for attempt in store.open_attempts(MERCHANT_ID)] == [2018]


def test_several_bad_decisions_are_all_found(store: Store) -> None:
    """At both ends and side by side; an only decision needs no search."""
    bad = [under_key(signed_up(n), "key-taken") for n in (1, 2, 3, 4)]
    good = [signed_up(n) for n in (11, 12, 13)]
    saved(store, under_key(signed_up(99), "key-taken"))
    order = [bad[0], bad[1], good[0], good[1], bad[2], good[2], bad[3]]
    answers = [CONFLICT, CONFLICT, SAVED, SAVED, CONFLICT, SAVED, CONFLICT]
    assert save(store, *order) == answers
    assert save(store, bad[0]) == [CONFLICT]
    assert list(store.subscription_ids(MERCHANT_ID)) == [1011, 1012, 1013, 1099]


def test_a_command_is_recorded_once(store: Store) -> None:
    """The same id again for the same subscription is refused, even with a fresh decision."""
    paid(store, 1)
    assert store.save([changed(store, 1001, quantity=11)], command("once")) == [SAVED]
    assert store.save([changed(store, 1001, quantity=12)], command("once")) == [CONFLICT]
    assert held(store, 1001).subscription.items[0].latest.quantity == 11


def test_nothing_to_save_is_saved(store: Store) -> None:
    """No decision, an empty one, and one whose changes have no events."""
    paid(store, 1)
    idle = Decision(changes=(Change(held(store, 1001).subscription),))
    before = store.journal(MERCHANT_ID, 1001)
    assert save(store) == []
    assert save(store, Decision(changes=()), idle) == [SAVED, SAVED]
    assert store.journal(MERCHANT_ID, 1001) == before


def test_a_save_is_of_one_merchant(store: Store) -> None:
    """DESIGN 8: no transaction crosses merchants; asking for one is a fault of the program."""
    started = signed_up(2).changes[0].events[0]
    assert isinstance(started, SubscriptionStarted)
    theirs = Change(None).then(replace(started, merchant_id=MERCHANT_ID + 1))
    with pytest.raises(ValueError, match="one merchant"):
        save(store, signed_up(1), Decision(changes=(theirs,)))
    assert store.held(MERCHANT_ID, 1001) is None


def test_of_two_threads_exactly_one_is_saved(store: Store) -> None:
    """R7: both decided on the same state; the other has to decide again."""
    paid(store, 1)
    for _ in range(3):
        meet = Barrier(2)
        rivals = [changed(store, 1001, quantity=n) for n in (20, 21)]

        def race(decision: Decision, meet: Barrier = meet) -> Saved | Failed:
            meet.wait()
            return save(store, decision)[0]

        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(race, rivals))
        assert set(answers) == {SAVED, CONFLICT}
        winner = rivals[answers.index(SAVED)]
        assert held(store, 1001).subscription == winner.changes[0].after


def test_batches_that_overlap_never_block_each_other(store: Store) -> None:
    """Rows are locked in id order, whatever the order of the decisions; no deadlock, no loss."""
    numbers = range(1, 9)
    paid(store, *numbers)
    forth = [changed(store, 1000 + n, quantity=20) for n in numbers]
    back = [changed(store, 1000 + n, quantity=21) for n in reversed(numbers)]
    meet = Barrier(2)

    def race(decisions: list[Decision]) -> list[Saved | Failed]:
        meet.wait()
        return list(save(store, *decisions))

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(race, (forth, back))
    assert [a is SAVED for a in first] == [a is CONFLICT for a in reversed(second)]


def test_sign_ups_may_share_a_customer(store: Store) -> None:
    """A customer who is there already is left alone; one who differs is somebody else."""
    people = parties(1)
    saved(store, signed_up(1))
    again = replace(signed_up(2), parties=people)
    assert save(store, again) == [SAVED]
    stranger = replace(people.customer, reference_id="somebody else")
    third = replace(signed_up(3), parties=replace(people, customer=stranger))
    assert save(store, third) == [CONFLICT]
    card = replace(people.payment_method, token="tok_other")
    fourth = replace(signed_up(4), parties=replace(people, payment_method=card))
    assert save(store, fourth) == [CONFLICT]
    assert held(store, 1001).customer == people.customer


def test_facts_are_numbered_by_the_subscription_and_frozen(store: Store) -> None:
    """Without a gap; each with the event, the state after it and whom it concerns."""
    saved(store, signed_up(1))
    assert store.facts(MERCHANT_ID, 1001) == ()
    saved(store, settled(store, 2001))
    saved(store, changed(store, 1001))
    facts = store.facts(MERCHANT_ID, 1001)
    assert [(fact.sequence, fact.type, fact.subject) for fact in facts] == [
        (1, "purchase_paid", "purchase/2001"),
        (2, "item_changed", "subscription/1001"),
    ]
    told = read_input(facts[1])
    assert told.subscription == held(store, 1001).subscription
    assert told.customer == parties(1).customer
    assert told.payment_method == replace(parties(1).payment_method, token="")  # shows, not pays
    entry = store.journal(MERCHANT_ID, 1001)[-1]
    assert told.event == decode_event(entry.type, entry.version, entry.payload)
    telling = [event for event in journal_of(store, 1001).events if tells_fact(event)]
    assert [read_input(fact).event for fact in facts] == telling
    assert facts[1].at == NOW


def test_facts_without_parties_are_a_fault(store: Store) -> None:
    """The program must say whom a fact concerns; nothing is saved."""
    paid(store, 1)
    with pytest.raises(ValueError, match="parties"):
        save(store, replace(changed(store, 1001), parties=None))
    assert held(store, 1001).subscription.items[0].version == 1


def test_open_attempts_are_those_without_an_outcome(store: Store) -> None:
    """R7: sent, unknown or waiting for the customer; captured and declined ones are settled."""
    saved(store, *(signed_up(n) for n in (1, 2, 3, 4, 5)))
    outcomes = {2002: UNKNOWN, 2003: ACTION_REQUIRED, 2004: DECLINED}
    for purchase_id, outcome in outcomes.items():
        saved(store, settled(store, purchase_id, outcome))
    saved(store, settled(store, 2005))
    attempts = store.open_attempts(MERCHANT_ID)
    assert [attempt.purchase_id for attempt in attempts] == [2001, 2002, 2003]
    assert attempts[0] == records_of(signed_up(1).changes).attempts[0]
    assert store.open_attempts(MERCHANT_ID + 1) == ()


def test_attempts_are_found_by_key(store: Store) -> None:
    """With what became of them; unknown keys and other merchants' are left out."""
    saved(store, signed_up(1), signed_up(2))
    saved(store, settled(store, 2002))
    found = store.attempts(MERCHANT_ID, ["key-2002", "nobody's", "key-2001"])
    assert [(one.key, one.result, one.settled_at) for one in found] == [
        ("key-2001", None, None),
        ("key-2002", Result.CAPTURED, NOW),
    ]
    assert found[1].reference == "capture-1"
    assert store.attempts(MERCHANT_ID, []) == ()
    assert store.attempts(MERCHANT_ID + 1, ["key-2001"]) == ()


def test_a_purchase_is_captured_once(store: Store) -> None:
    """R4: a second captured attempt is refused by the database, whatever the program believes."""
    saved(store, signed_up(1))
    purchases = held(store, 1001).subscription.purchases
    saved(store, settled(store, 2001))
    unaware = replace(held(store, 1001).subscription, purchases=purchases)
    again = (
        Change(unaware)
        .then(PaymentStarted(at=NOW, purchase_id=2001, try_no=2, key="key-second"))
        .then(PaymentCaptured(at=NOW, purchase_id=2001, try_no=2, reference="capture-2"))
    )
    assert save(store, Decision(changes=(again,), parties=parties(1))) == [CONFLICT]
    assert [row.try_no for row in store.money_rows(MERCHANT_ID, 1001).attempts] == [1]


def test_a_purchase_keeps_its_amount(store: Store) -> None:
    """Gross, net and VAT in minor units; None for an unknown one."""
    saved(store, signed_up(1))
    purchase = store.purchase(MERCHANT_ID, 2001)
    assert purchase is not None
    assert purchase.amount == Split(5000, 4202, 798)
    assert (purchase.status, purchase.paid_at) == (PurchaseStatus.NEW, None)
    assert store.purchase(MERCHANT_ID, 2002) is None


def test_many_are_saved_and_listed_page_by_page(store: Store) -> None:
    """More than a page in one save; listed by id, each merchant its own."""
    numbers = range(1, IDS_PER_PAGE + 11)
    answers = save(store, *(signed_up(n) for n in reversed(numbers)))
    assert set(answers) == {SAVED}
    assert list(store.subscription_ids(MERCHANT_ID)) == [1000 + n for n in numbers]
    assert list(store.subscription_ids(MERCHANT_ID + 1)) == []
