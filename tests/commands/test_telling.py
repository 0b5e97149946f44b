"""From facts to notifications: what is told, once, in order, and to whom."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace as altered
from datetime import timedelta
from threading import Barrier
from typing import Any, cast

import pytest
from msgspec.structs import replace

from tests.given import GOLD, SEAT, STANDARD
from tests.posting import Inbox, endpoint_of, notify, read, with_inbox
from tests.rest.world import (
    CANCELLED,
    CLOUDIFY,
    OTHER,
    PRIMARY,
    SEATS,
    SECONDARY,
    SINGLE,
    START,
    World,
)
from tollbridge.domain.delivery import DeliveryState
from tollbridge.domain.facts import Fact
from tollbridge.domain.notification import Notification
from tollbridge.flows.leases import Leases
from tollbridge.flows.telling import SET_ASIDE, TELLING, Telling, in_order
from tollbridge.ports import SLOTS, NoticeFilter, NoticePlace, Platform, Store, Told

ALL = NoticeFilter()


def told(platform: Platform, merchant_id: int = CLOUDIFY) -> int:
    """How many notifications are made now."""
    telling = Telling(platform, merchant_id, "test")
    made = sum(made.notices for made in telling.batches())
    telling.release()
    return made


def notifications(platform: Platform, wanted: NoticeFilter = ALL) -> list[Notification]:
    """What was made, the oldest first."""
    return list(reversed(platform.store.notifications(CLOUDIFY, wanted)))


def test_facts_become_notifications_once(any_world: World) -> None:
    """Whoever asks again makes nothing; each merchant's are its own."""
    platform = any_world.platform
    assert platform.store.untold_slots(CLOUDIFY) != ()
    assert told(platform) == 10
    assert platform.store.untold_slots(CLOUDIFY) == ()
    assert platform.store.untold_slots(OTHER) != ()
    assert told(platform) == 0
    made = notifications(platform)
    assert len(made) == len({one.id for one in made}) == 10
    assert [one.type for one in made if one.stream == made[0].stream] != []
    assert platform.store.telling_state(CLOUDIFY, CANCELLED + 2, CANCELLED) == (
        {1: ("PaidOrderNotification",), 2: ("RecurringBillingCanceledNotification",)},
        (),
    )


def test_a_shared_purchase_is_told_once(any_world: World) -> None:
    """Two subscriptions of one order: one notification of both facts, in their one stream."""
    platform = any_world.platform
    told(platform)
    [shared] = [one for one in notifications(platform) if len(one.facts) > 1]
    assert shared.type == "PaidOrderNotification"
    assert {fact.subscription_id for fact in shared.facts} == {PRIMARY, SECONDARY}
    assert shared.product_ids == tuple(sorted({GOLD.id, STANDARD.id}))
    streams = {fact.stream for fact in platform.store.facts(CLOUDIFY, PRIMARY)}
    assert streams == {shared.stream}
    for number in (PRIMARY, SECONDARY):
        found = notifications(platform, NoticeFilter(subscription_id=number))
        assert found[0] == shared
        types, _ = platform.store.telling_state(CLOUDIFY, shared.stream, number)
        assert types[1] == (shared.type,)


def test_an_endpoint_gets_what_it_wants(any_world: World) -> None:
    """By type, by product, or everything; nothing while it is not active."""
    platform = any_world.platform
    store = platform.store
    everything = endpoint_of(platform_of(any_world), CLOUDIFY)
    by_type = endpoint_of(
        platform_of(any_world), CLOUDIFY, types=("RecurringBillingCanceledNotification",)
    )
    by_product = endpoint_of(platform_of(any_world), CLOUDIFY, product_ids=(SEAT.id,))
    off = endpoint_of(platform_of(any_world), CLOUDIFY, active=False)
    told(platform)
    sent: dict[int, list[tuple[str, tuple[int, ...]]]] = {}
    for one in notifications(platform):
        history = store.notice_history(CLOUDIFY, one.id)
        assert history is not None
        for delivery in history.deliveries:
            to = delivery.lane.endpoint_id
            sent.setdefault(to, []).append((one.type, one.product_ids))
            assert delivery.state is DeliveryState.WAITING
    assert len(sent[everything.id]) == 10
    assert sent[by_type.id] == [("RecurringBillingCanceledNotification", (GOLD.id,))]
    assert len(sent[by_product.id]) == 2
    assert all(SEAT.id in products for _, products in sent[by_product.id])
    assert off.id not in sent
    assert store.endpoints(CLOUDIFY) == (everything, by_type, by_product, off)


def platform_of(world: World) -> Platform:
    """The platform with an inbox, so that it can keep secrets."""
    return with_inbox(world.platform, Inbox())


def test_two_tell_at_one_time(any_world: World) -> None:
    """Without leases, on the same facts: each is told by one of them, and every lane is whole."""
    platform = platform_of(any_world)
    endpoint_of(platform, CLOUDIFY)
    store = platform.store
    barrier = Barrier(2)
    begun: list[tuple[int, list[Told]]] = []
    for slot in range(SLOTS):
        untold = store.untold(CLOUDIFY, slot, -1, 100)
        if untold:
            begun.append((slot, []))

    def tell(ids: int) -> list[bool]:
        won = []
        for slot, _ in begun:
            untold = store.untold(CLOUDIFY, slot, -1, 100)
            made = [
                Told(
                    notification=Notification(
                        merchant_id=CLOUDIFY,
                        id=ids + 1000 * slot + place,
                        type="T",
                        stream=one.stream,
                        subject="",
                        at=START,
                        product_ids=(),
                        facts=(),
                    ),
                    endpoint_ids=(1,),
                )
                for place, one in enumerate(untold)
            ]
            barrier.wait(60)
            won.append(store.tell(CLOUDIFY, slot, untold, made))
            barrier.wait(60)
        return won

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(tell, (1, 500_000))
    assert [one + other for one, other in zip(first, second, strict=True)] == [1] * len(begun)
    assert store.untold_slots(CLOUDIFY) == ()
    for one in notifications(platform):
        [state] = store.stream_states(CLOUDIFY, one.stream)
        assert [number for number, _ in state.deliveries] == [1]
        assert (state.head, state.last, state.due_at) == (1, 1, START)


def test_a_stream_that_cannot_be_told_keeps_no_other_waiting(any_world: World) -> None:
    """It is tried again a while later; the rest is told."""
    platform = any_world.platform
    store = Altered(platform.store)
    store.spoilt = SINGLE
    now = [START]
    late = altered(platform, store=cast("Store", store), wall=lambda: now[0])
    telling = Telling(late, CLOUDIFY, "test")
    assert sum(made.notices for made in telling.batches()) == 9
    assert platform.store.telling_state(CLOUDIFY, SINGLE + 2, SINGLE) == ({}, (1,))
    assert not telling.left
    store.spoilt = 0
    assert sum(made.notices for made in telling.batches()) == 0
    now[0] = START + SET_ASIDE + timedelta(seconds=1)
    assert sum(made.notices for made in telling.batches()) == 1


class Altered:
    """The store, with facts of one subscription that nobody can read."""

    spoilt = 0

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(self._store, name)
        return method

    def untold(self, *place: int) -> list[object]:
        """What the store says, the facts of one subscription spoilt."""
        return [
            replace(one, facts=tuple(map(self._spoil, one.facts)))
            for one in self._store.untold(*place)
        ]

    def _spoil(self, fact: Fact) -> Fact:
        return replace(fact, frozen=b"{}") if fact.subscription_id == self.spoilt else fact


def test_whose_slot_somebody_has_is_left_to_them(any_world: World) -> None:
    """Until it is given back or its lease ends."""
    platform = any_world.platform
    other = Leases(platform, CLOUDIFY, "somebody")
    slots = platform.store.untold_slots(CLOUDIFY)
    assert all(other.take(TELLING + slot) for slot in slots)
    telling = Telling(platform, CLOUDIFY, "test")
    assert sum(made.notices for made in telling.batches()) == 0
    assert telling.left
    other.release()
    assert sum(made.notices for made in telling.batches()) == 10
    assert not telling.left


def test_many_streams_are_told_in_pages(any_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole streams at a time, from the lowest number on."""
    monkeypatch.setattr("tollbridge.flows.telling.STREAMS", 1)
    platform = any_world.platform
    made = [any_world.buy((GOLD.id, 1)) for _ in range(2 * SLOTS + 1)]
    batches = list(Telling(platform, CLOUDIFY, "test").batches())
    assert sum(made.notices for made in batches) == 10 + len(made)
    assert max(made.notices for made in batches) < 5


def test_facts_of_several_subscriptions_in_order() -> None:
    """Each by its own count; across them by time; what is shared when it is the turn of all."""

    def fact(subscription: int, sequence: int, minute: int, shared: str = "") -> Fact:
        frozen = f'{{"payload":{{"try_no":{shared[1:]}}}}}' if shared else "{}"
        return Fact(
            merchant_id=1,
            subscription_id=subscription,
            stream=100,
            sequence=sequence,
            type="purchase_paid" if shared else "item_changed",
            subject="purchase/100" if shared else f"subscription/{subscription}",
            at=START + timedelta(minutes=minute),
            frozen=frozen.encode(),
        )

    facts = [
        fact(1, 1, 1, "p1"),
        fact(1, 2, 1),
        fact(1, 3, 5, "p2"),
        fact(2, 1, 1),
        fact(2, 2, 1, "p1"),
        fact(2, 3, 3),
        fact(2, 4, 5, "p2"),
    ]
    found = [[(one.subscription_id, one.sequence) for one in group] for group in in_order(facts)]
    assert found == [
        [(2, 1)],
        [(1, 1), (2, 2)],
        [(1, 2)],
        [(2, 3)],
        [(1, 3), (2, 4)],
    ]


def test_notifications_are_listed_the_newest_first(any_world: World) -> None:
    """Page by page, by type, subscription, time and state."""
    platform = platform_of(any_world)
    endpoint_of(platform, CLOUDIFY, types=("PaidOrderNotification",))
    told(platform)
    store = platform.store
    newest = store.notifications(CLOUDIFY, ALL)
    keys = [(one.at, one.id) for one in newest]
    assert keys == sorted(keys, reverse=True)
    paged: list[Notification] = []
    place = None
    while page := store.notifications(CLOUDIFY, ALL, place, 3):
        assert len(page) <= 3
        paged += page
        place = NoticePlace(page[-1].at, page[-1].id)
    assert tuple(paged) == newest
    for kind in {one.type for one in newest}:
        found = store.notifications(CLOUDIFY, NoticeFilter(type=kind))
        assert found == tuple(one for one in newest if one.type == kind)
    later = NoticeFilter(since=START + timedelta(seconds=1))
    assert store.notifications(CLOUDIFY, later) == ()
    assert store.notifications(CLOUDIFY, NoticeFilter(until=START)) == ()
    assert len(store.notifications(CLOUDIFY, NoticeFilter(since=START, until=later.since))) == 10
    assert store.notifications(OTHER, ALL) == ()
    waiting = NoticeFilter(state=DeliveryState.WAITING)
    assert {one.type for one in store.notifications(CLOUDIFY, waiting)} == {"PaidOrderNotification"}
    delivered = NoticeFilter(state=DeliveryState.DELIVERED)
    assert store.notifications(CLOUDIFY, delivered) == ()
    notify(platform, CLOUDIFY)
    assert store.notifications(CLOUDIFY, waiting) == ()
    assert len(store.notifications(CLOUDIFY, delivered)) == 7
    both = NoticeFilter(
        subscription_id=SEATS, type="PaidOrderNotification", state=DeliveryState.DELIVERED
    )
    assert len(store.notifications(CLOUDIFY, both)) == 1


def test_a_notification_is_read_with_its_document(any_world: World) -> None:
    """What is posted is what is read, and stays as it is when the platform is reached elsewhere."""
    inbox = Inbox()
    platform = with_inbox(any_world.platform, inbox)
    endpoint_of(platform, CLOUDIFY)
    notify(platform, CLOUDIFY)
    post = inbox.posts[0]
    number = int(post.headers["webhook-id"].rpartition("_")[2])
    history = platform.store.notice_history(CLOUDIFY, number)
    assert history is not None
    assert list(history.bodies.values()) == [post.body]
    assert history.notification.type == read(post)["meta"]["type"]
    assert history.notification.message_id == post.headers["webhook-id"]
    assert platform.store.notice_history(OTHER, number) is None
    assert platform.store.notice_history(CLOUDIFY, 999) is None
