"""Many decisions in one save: the same rows as one by one, and nobody fails for another."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

import psycopg
import pytest
from msgspec.structs import replace

from tests.contract.storing import (
    changed,
    command,
    furnish,
    held,
    paid,
    save,
    saved,
    settled,
    signed_up,
    surroundings,
    under_key,
)
from tests.given import DECLINED, EXTEND, GOLD, MERCHANT_ID, SEAT
from tollbridge.domain.decision import Decision
from tollbridge.domain.events import Event, PaymentStarted, PurchaseOpened
from tollbridge.domain.item_change import Renewal
from tollbridge.domain.renewal import decide_renewal
from tollbridge.ports import Failed, Saved, Store
from tollbridge.store import open_store

MANY = 60  # more than are written one by one
NUMBERS = range(1, MANY + 1)
BEYOND = 2**63  # the first number that no column holds
BEYOND_INTEGER = 2**31  # the first that a column of PostgreSQL's INTEGER does not hold

SAVED, CONFLICT = Saved.SAVED, Saved.CONFLICT
Step = Callable[[Store, int], Decision]


@pytest.fixture
def single() -> Iterator[Store]:
    """Another store, in which the same is saved one by one."""
    with closing(open_store("", memory=True)) as store:
        furnish(store)
        yield store


def renewed(store: Store, number: int, purchase_id: int) -> Decision:
    """The decision to renew a subscription at once."""
    found = held(store, 1000 + number)
    context = surroundings(found, purchase_id)
    return decide_renewal(found.subscription, Renewal(), context)


# A life in which every kind of row is written: two items, a superseded version, an extension
# that is declined, and a renewal that voids it.
LIFE: Sequence[Step] = (
    lambda _store, n: signed_up(n, (SEAT, 10), (GOLD, 2)),
    lambda store, n: settled(store, 2000 + n),
    lambda store, n: changed(store, 1000 + n, quantity=10 + n),
    lambda store, n: changed(
        store, 1000 + n, quantity=11 + n, alignment=EXTEND, purchase_id=3000 + n
    ),
    lambda store, n: settled(store, 3000 + n, DECLINED),
    lambda store, n: renewed(store, n, 4000 + n),
    lambda store, n: settled(store, 4000 + n),
)


def kept(store: Store, number: int) -> tuple[object, ...]:
    """Everything that a store has of a subscription."""
    own = (MERCHANT_ID, 1000 + number)
    return (
        store.stored_subscription(*own),
        store.held_with_history(*own),
        store.journal(*own),
        store.facts(*own),
        store.money_rows(*own),
    )


def test_many_at_once_are_the_same_as_one_by_one(store: Store, single: Store) -> None:
    """Row by row: documents, journal, outbox and money, on whatever engine."""
    for place, step in enumerate(LIFE):
        envelope = command(f"step-{place}")
        together = [step(store, number) for number in NUMBERS]
        assert set(store.save(together, envelope)) == {SAVED}
        for number in NUMBERS:
            assert single.save([step(single, number)], envelope) == [SAVED]
    for number in NUMBERS:
        assert kept(store, number) == kept(single, number)
    rows = store.money_rows(MERCHANT_ID, 1001)
    assert {row.status.value for row in rows.purchases} == {"PAY", "CAN"}
    assert len(rows.versions) >= 2
    assert store.open_attempts(MERCHANT_ID) == ()


def altered(decision: Decision, alter: Callable[[Event], Event]) -> Decision:
    """The decision with other events, though the states stay those that it led to."""
    changes = tuple(
        replace(change, events=tuple(map(alter, change.events))) for change in decision.changes
    )
    return replace(decision, changes=changes)


def oversized(decision: Decision) -> Decision:
    """The decision of a program that has lost all measure: too many of the first item."""

    def alter(event: Event) -> Event:
        if not isinstance(event, PurchaseOpened):
            return event
        first, *others = event.purchase.lines
        lines = (replace(first, quantity=BEYOND), *others)
        return replace(event, purchase=replace(event.purchase, lines=lines))

    return altered(decision, alter)


def bad_batch(store: Store) -> list[Decision]:
    """Renewals of many, among them a stale one, a taken claim, a taken key and a bad row."""
    paid(store, *NUMBERS, 98, 99)
    saved(store, under_key(signed_up(100), "key-taken"))
    decisions = [renewed(store, number, 3000 + number) for number in NUMBERS]
    saved(store, changed(store, 1000 + NUMBERS[5]))
    saved(store, changed(store, 1098, alignment=EXTEND, purchase_id=20981))
    unaware = replace(held(store, 1098).subscription, purchases=())
    decisions[20] = changed(store, 1098, alignment=EXTEND, purchase_id=20982, believed=unaware)
    decisions[21] = under_key(renewed(store, 99, 20991), "key-taken")
    decisions[40] = oversized(decisions[40])
    return decisions


def test_nobody_fails_for_another(store: Store) -> None:
    """Each gets the answer that it would have got alone; the others are saved, in full."""
    decisions = bad_batch(store)
    answers = save(store, *decisions)
    assert [place for place, answer in enumerate(answers) if answer is CONFLICT] == [5, 20, 21]
    [failed] = [answer for answer in answers if isinstance(answer, Failed)]
    assert answers.index(failed) == 40
    assert "too large" in failed.error or "too big" in failed.error
    for place, decision in enumerate(decisions):
        after = decision.changes[0].after
        is_there = held(store, after.id).subscription == after
        assert is_there is (answers[place] is SAVED), place
        assert (store.purchase(MERCHANT_ID, 3001 + place) is not None) is is_there
    assert save(store, *decisions[:1]) == [CONFLICT]


@pytest.mark.parametrize("many", [1, 2, MANY])
def test_what_no_column_holds_fails_alone(store: Store, many: int) -> None:
    """Whether few or many are saved; nothing of it is left."""
    decisions = [signed_up(number) for number in range(1, many + 1)]
    decisions[-1] = oversized(decisions[-1])
    *others, last = save(store, *decisions)
    assert isinstance(last, Failed)
    assert others == [SAVED] * (many - 1)
    assert store.held(MERCHANT_ID, 1000 + many) is None
    assert len(store.open_attempts(MERCHANT_ID)) == many - 1


def test_what_no_document_holds_fails_alone(store: Store) -> None:
    """A text that is no Unicode cannot even be written down."""
    people = signed_up(1).parties
    assert people is not None
    nobody = replace(people.customer, reference_id="\ud800")
    bad = replace(signed_up(1), parties=replace(people, customer=nobody))
    answers = save(store, bad, signed_up(2))
    assert isinstance(answers[0], Failed)
    assert answers[1] is SAVED
    assert store.held(MERCHANT_ID, 1001) is None


@pytest.mark.parametrize("many", [1, MANY])
def test_postgres_never_cuts_a_number_off(migrated_url: str, many: int) -> None:
    """Binary COPY would write the lower half of one that is too large for INTEGER."""

    def beyond(event: Event) -> Event:
        return replace(event, try_no=BEYOND_INTEGER) if isinstance(event, PaymentStarted) else event

    with closing(open_store(migrated_url)) as store:
        furnish(store)
        decisions = [signed_up(number) for number in range(1, many + 1)]
        decisions[0] = altered(decisions[0], beyond)
        first, *others = save(store, *decisions)
    assert isinstance(first, Failed)
    assert others == [SAVED] * (many - 1)
    with psycopg.connect(migrated_url) as connection:
        tries = connection.execute("SELECT DISTINCT try_no FROM payment_attempt").fetchall()
    assert tries == ([(1,)] if others else [])
