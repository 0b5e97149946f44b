"""Due work: which subscriptions, in what order, whose slot, and what is set aside meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

from msgspec.structs import replace

from tests.contract.conftest import Open
from tests.contract.storing import (
    RECORDED,
    changed,
    command,
    held,
    paid,
    saved,
    settled,
    signed_up,
    surroundings,
)
from tests.given import MERCHANT_ID, NOW, UNKNOWN
from tollbridge.domain.billing_date import decide_billing_date_move
from tollbridge.domain.due import next_due
from tollbridge.domain.schedule import Interval, after
from tollbridge.ports import SLOTS, Lease, Parked, Store

DUE = after(NOW, Interval(1))
SECOND = timedelta(seconds=1)
LEASE = Lease(merchant_id=MERCHANT_ID, slot=3, holder="anna", until=RECORDED + timedelta(minutes=1))
ERROR = "ValueError: no price"


def due(store: Store, *, until: datetime = DUE, limit: int = 100) -> list[int]:
    """The ids of what is due, slot by slot."""
    return [
        found.subscription.id
        for slot in range(SLOTS)
        for found in store.due(MERCHANT_ID, slot, until, limit)
    ]


def move(store: Store, number: int, to: datetime) -> None:
    """Bill a subscription next at another time."""
    found = held(store, number)
    decision = decide_billing_date_move(found.subscription, to, surroundings(found))
    saved(store, decision)


def park(store: Store, number: int, *, due_at: datetime = DUE, at: datetime = RECORDED) -> Parked:
    """Set a subscription aside."""
    parked = Parked(
        merchant_id=MERCHANT_ID, subscription_id=number, due_at=due_at, error=ERROR, at=at
    )
    store.park(parked)
    return parked


def test_what_is_due_is_held_whole(store: Store) -> None:
    """As a decision needs it: the same value that is read of one subscription."""
    paid(store, 1)
    assert store.due(MERCHANT_ID, 1001 % SLOTS, DUE, 1) == (held(store, 1001),)
    assert next_due(held(store, 1001).subscription) == DUE
    assert due(store, until=DUE - timedelta(microseconds=1)) == []


def test_a_slot_is_a_part_of_the_subscriptions(store: Store) -> None:
    """Each is in exactly one, by its id; what is not paid for yet is not due at all."""
    numbers = range(1, 2 * SLOTS + 1)
    paid(store, *numbers)
    saved(store, signed_up(100))
    assert sorted(due(store)) == [1000 + n for n in numbers]
    for slot in range(SLOTS):
        found = store.due(MERCHANT_ID, slot, DUE, 100)
        assert [one.subscription.id % SLOTS for one in found] == [slot, slot]
    assert store.due(MERCHANT_ID, SLOTS, DUE, 100) == ()


def test_the_longest_due_comes_first(store: Store) -> None:
    """Then by id; no more than were asked for."""
    first, *others = (1, 1 + SLOTS, 1 + 2 * SLOTS, 1 + 3 * SLOTS)
    paid(store, first, *others)
    move(store, 1000 + others[1], DUE - 3 * SECOND)
    move(store, 1000 + first, DUE + SECOND)
    order = [others[1], others[0], others[2], first]
    assert due(store, until=DUE + SECOND) == [1000 + n for n in order]
    assert due(store) == [1000 + n for n in order[:3]]
    assert due(store, limit=2) == [1000 + n for n in order[:2]]
    assert due(store, limit=0) == []


def test_due_work_is_counted(store: Store) -> None:
    """Over all slots, what is parked left out; no further than was asked for."""
    assert store.count_due(MERCHANT_ID, DUE, 100) == 0
    paid(store, *range(1, SLOTS + 2))
    park(store, 1002)
    assert store.count_due(MERCHANT_ID, DUE - SECOND, 100) == 0
    assert store.count_due(MERCHANT_ID, DUE, 100) == SLOTS
    assert store.count_due(MERCHANT_ID, DUE, 3) == 3
    assert store.count_due(MERCHANT_ID + 1, DUE, 100) == 0


def test_the_earliest_is_that_of_all_slots(store: Store) -> None:
    """None as long as there is none."""
    assert store.earliest_due(MERCHANT_ID) is None
    saved(store, signed_up(1))
    assert store.earliest_due(MERCHANT_ID) is None
    paid(store, *range(2, SLOTS + 2))
    assert store.earliest_due(MERCHANT_ID) == DUE
    for number in (1005, 1017):
        earlier = held(store, number).subscription.next_billing - number * SECOND
        move(store, number, earlier)
        assert store.earliest_due(MERCHANT_ID) == earlier
    park(store, 1017)
    assert store.earliest_due(MERCHANT_ID) == DUE - 1005 * SECOND


def test_what_is_parked_is_not_due(store: Store) -> None:
    """It is listed with its error instead, the longest first, and due again when it is unparked."""
    paid(store, 1, 2, 3)
    second = park(store, 1002)
    first = park(store, 1003, at=RECORDED - SECOND)
    assert due(store) == [1001]
    assert store.parked(MERCHANT_ID) == (first, second)
    assert store.unpark(MERCHANT_ID, 1002)
    assert not store.unpark(MERCHANT_ID, 1002)
    assert not store.unpark(MERCHANT_ID, 1999)
    assert sorted(due(store)) == [1001, 1002]
    assert store.parked(MERCHANT_ID) == (first,)


def test_parking_again_tells_the_latest_error(store: Store) -> None:
    """An error may hold anything: a NUL, which PostgreSQL has no place for, is left out."""
    paid(store, 1)
    parked = park(store, 1001)
    again = replace(parked, error="\0bad \N{GREEK SMALL LETTER ALPHA}", at=RECORDED + SECOND)
    store.park(again)
    assert store.parked(MERCHANT_ID) == (replace(again, error=again.error[1:]),)


def test_a_change_unparks(store: Store) -> None:
    """Whatever was wrong may be right now: the next round will tell."""
    paid(store, 1, 2)
    park(store, 1001)
    park(store, 1002)
    saved(store, changed(store, 1001))
    assert due(store) == [1001]
    assert [one.subscription_id for one in store.parked(MERCHANT_ID)] == [1002]


def test_what_moved_on_meanwhile_is_not_parked(store: Store) -> None:
    """The error is that of a state that is gone: the subscription is due later than that."""
    paid(store, 1)
    move(store, 1001, DUE + SECOND)
    park(store, 1001)
    park(store, 1999)
    assert store.parked(MERCHANT_ID) == ()
    assert due(store, until=DUE + SECOND) == [1001]


def test_a_slot_is_leased_to_one_holder(store: Store) -> None:
    """Until the lease ends or is given back; other slots and merchants are free."""
    rival = replace(LEASE, holder="ben")
    assert store.lease_slot(LEASE, RECORDED)
    assert not store.lease_slot(rival, RECORDED)
    assert store.lease_slot(replace(rival, slot=4), RECORDED)
    assert store.lease_slot(replace(rival, merchant_id=MERCHANT_ID + 1), RECORDED)
    store.release_slot(rival)
    assert not store.lease_slot(rival, RECORDED)
    store.release_slot(LEASE)
    assert store.lease_slot(rival, RECORDED)


def test_a_lease_that_ended_is_taken_over(store: Store) -> None:
    """At its end, not before; who held it then cannot give it back any more."""
    rival = replace(LEASE, holder="ben", until=LEASE.until + timedelta(minutes=1))
    assert store.lease_slot(LEASE, RECORDED)
    assert not store.lease_slot(rival, LEASE.until - timedelta(microseconds=1))
    assert store.lease_slot(rival, LEASE.until)
    store.release_slot(LEASE)
    assert not store.lease_slot(replace(LEASE, until=rival.until), LEASE.until)


def test_a_holder_renews_its_lease(store: Store) -> None:
    """As often as it likes, before or after the end, while nobody else came."""
    longer = replace(LEASE, until=LEASE.until + timedelta(minutes=1))
    assert store.lease_slot(LEASE, RECORDED)
    assert store.lease_slot(longer, RECORDED)
    assert not store.lease_slot(replace(longer, holder="ben"), LEASE.until)
    assert store.lease_slot(replace(longer, until=longer.until + SECOND), longer.until + SECOND)


def test_of_workers_at_once_one_gets_the_slot(open_again: Open) -> None:
    """Each on connections of its own, slot after slot; every slot is somebody's."""
    workers = 4
    stores = [open_again() for _ in range(workers)]
    meet = Barrier(workers)

    def race(worker: int) -> list[bool]:
        got = []
        for slot in range(SLOTS):
            meet.wait()
            lease = replace(LEASE, slot=slot, holder=f"worker-{worker}")
            got.append(stores[worker].lease_slot(lease, RECORDED))
        return got

    with ThreadPoolExecutor(workers) as threads:
        answers = list(threads.map(race, range(workers)))
    assert [sum(of_slot) for of_slot in zip(*answers, strict=True)] == [1] * SLOTS


def test_young_attempts_may_be_on_their_way(store: Store) -> None:
    """By the wall time at which they were saved; what became of one leaves it as old as it is."""
    for number, later in enumerate((5, 0, 1)):
        envelope = replace(command(), recorded_at=RECORDED + later * SECOND)
        store.save([signed_up(number)], envelope)
    saved(store, settled(store, 2000, UNKNOWN))
    for before, expected in (
        (RECORDED, []),
        (RECORDED + SECOND, [2001]),
        (RECORDED + 5 * SECOND, [2001, 2002]),
        (datetime(9999, 12, 31, tzinfo=UTC), [2000, 2001, 2002]),
        (None, [2000, 2001, 2002]),
    ):
        found = store.open_attempts(MERCHANT_ID, before)
        assert [attempt.purchase_id for attempt in found] == expected
