"""Deliveries: signed, in order, tried again, and nobody held up by anybody else."""

from dataclasses import replace as altered
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from msgspec.structs import replace

from tests.given import GOLD
from tests.posting import (
    AWAY,
    BROKEN,
    GONE,
    OLDER,
    SEALER,
    SECRET,
    TAKEN,
    Inbox,
    credentials,
    endpoint_of,
    is_signed,
    notify,
    sealed,
    with_inbox,
)
from tests.rest.world import CANCELLED, CLOUDIFY, LIVE, SEATS, SINGLE, START, World
from tollbridge.domain.chaos import DELAY
from tollbridge.domain.delivery import (
    ATTEMPTS_MAX,
    RETRY_EVERY,
    Delivery,
    DeliveryAttempt,
    DeliveryState,
)
from tollbridge.domain.endpoint import Chaos, EndpointSecrets, Format
from tollbridge.domain.merchant import Mode
from tollbridge.flows import documents
from tollbridge.flows.delivering import Delivering, Due
from tollbridge.flows.documents import kept_bodies
from tollbridge.flows.posting import Letter, Receiver, sent
from tollbridge.flows.tally import Sent
from tollbridge.flows.telling import Telling
from tollbridge.notices.telling import to_json
from tollbridge.ports import (
    NoticeFilter,
    NoticeHistory,
    Platform,
    Post,
    Receipt,
    StoreUnavailableError,
    Tried,
)
from tollbridge.ports.platform import LOCAL_URL
from tollbridge.ports.sealing import NO_KEY

SECONDS = 60  # whoever waits longer hangs
STREAM = CANCELLED + 2  # signed up and cancelled: two notices in one stream
CANCELED = "RecurringBillingCanceledNotification"


def histories(platform: Platform, stream: int = STREAM) -> list[NoticeHistory]:
    """What became of the notices of a stream, the first first."""
    found = [
        platform.store.notice_history(CLOUDIFY, one.id)
        for one in reversed(platform.store.notifications(CLOUDIFY, NoticeFilter()))
        if one.stream == stream
    ]
    return [one for one in found if one is not None]


def deliveries(platform: Platform, stream: int = STREAM) -> list[Delivery]:
    """All deliveries of a stream."""
    return [delivery for one in histories(platform, stream) for delivery in one.deliveries]


def attempts(platform: Platform, stream: int = STREAM) -> list[DeliveryAttempt]:
    """All attempts in a stream."""
    return [attempt for one in histories(platform, stream) for attempt in one.attempts]


def wait(platform: Platform, length: timedelta) -> None:
    """Let time pass; nothing is done but that the clock moves."""
    merchant = platform.store.merchant(CLOUDIFY)
    assert merchant is not None
    assert platform.store.advance_clock(CLOUDIFY, merchant.sandbox_clock() + length)


def refusing(stream: int, receipt: Receipt = BROKEN) -> Any:  # noqa: ANN401
    """An answer that refuses one stream and takes all others."""

    def answer(post: Post) -> Receipt:
        return receipt if post.headers["Tollbridge-Stream"] == str(stream) else TAKEN

    return answer


def test_what_is_posted(any_world: World) -> None:
    """Standard Webhooks headers, stream and sequence, Basic credentials; the body as it is read."""
    inbox = Inbox()
    platform = with_inbox(any_world.platform, inbox)
    secrets = replace(
        sealed(CLOUDIFY), password=SEALER.seal(CLOUDIFY, "geheim:ß".encode(), Mode.SANDBOX)
    )
    endpoint_of(platform, CLOUDIFY, secrets, username="anna")
    assert notify(platform, CLOUDIFY) == Sent(made=10, delivered=10)
    for post in inbox.posts:
        assert post.url == "https://receiver.example/hook"
        assert post.headers["Content-Type"] == "application/json"
        assert post.headers["webhook-timestamp"] == str(int(START.timestamp()))
        assert is_signed(post)
        assert not is_signed(post, OLDER)
        assert credentials(post) == "anna:geheim:ß"
    assert len(set(inbox.ids)) == 10
    assert inbox.sequences(STREAM) == [1, 2]
    both = [(d.sequence, d.state, d.tries, d.due_at, d.ended_at) for d in deliveries(platform)]
    assert both == [(number, DeliveryState.DELIVERED, 1, None, START) for number in (1, 2)]
    [first, _] = attempts(platform)
    assert (first.number, first.status, first.seconds, first.reply) == (1, 200, 0.01, b"ok")
    assert (first.at, first.posted_at, first.error, first.chaos) == (START, START, "", "")


def test_in_the_form_that_is_wanted(any_world: World) -> None:
    """JSON to the one and XML to the other: two bodies of one notification."""
    inbox = Inbox()
    platform = with_inbox(any_world.platform, inbox)
    endpoint_of(platform, CLOUDIFY)
    endpoint_of(platform, CLOUDIFY, format=Format.XML)
    notify(platform, CLOUDIFY)
    kinds = {post.headers["Content-Type"]: post.body[:5] for post in inbox.posts}
    assert kinds == {"application/json": b'{"met', "application/xml": b"<?xml"}
    assert sorted(histories(platform)[0].bodies, key=str) == [Format.JSON, Format.XML]


def test_two_signatures_while_a_secret_is_replaced(any_world: World) -> None:
    """Until the older one ends, by wall time; every attempt is signed anew."""
    inbox = Inbox(lambda _: BROKEN)
    platform = with_inbox(any_world.platform, inbox)
    secrets = EndpointSecrets(
        signing=SEALER.seal(CLOUDIFY, SECRET, Mode.SANDBOX),
        previous=SEALER.seal(CLOUDIFY, OLDER, Mode.SANDBOX),
        previous_until=START + timedelta(hours=1),
    )
    endpoint_of(platform, CLOUDIFY, secrets, types=(CANCELED,))
    notify(platform, CLOUDIFY)
    wait(platform, RETRY_EVERY)
    later = altered(platform, wall=lambda: START + timedelta(hours=1))
    notify(later, CLOUDIFY)
    first, second = inbox.posts
    assert is_signed(first)
    assert is_signed(first, OLDER)
    assert is_signed(second)
    assert not is_signed(second, OLDER)
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]


def test_every_two_hours_and_then_failed(any_world: World) -> None:
    """Platform.md a.2: 24 attempts by the merchant's clock; then the next one is due at once."""
    inbox = Inbox(refusing(STREAM))
    platform = with_inbox(any_world.platform, inbox)
    endpoint_of(platform, CLOUDIFY)
    assert notify(platform, CLOUDIFY) == Sent(made=10, delivered=8, again=1)
    assert notify(platform, CLOUDIFY) == Sent()
    wait(platform, RETRY_EVERY - timedelta(microseconds=1))
    assert notify(platform, CLOUDIFY) == Sent()
    wait(platform, timedelta(microseconds=1))
    for _ in range(ATTEMPTS_MAX - 2):
        assert notify(platform, CLOUDIFY) == Sent(again=1)
        wait(platform, RETRY_EVERY)
    first, second = deliveries(platform)
    assert (first.tries, first.due_at) == (23, START + 23 * RETRY_EVERY)
    assert (second.tries, second.due_at) == (0, None)
    assert notify(platform, CLOUDIFY) == Sent(failed=1, again=1)
    first, second = deliveries(platform)
    now = START + 23 * RETRY_EVERY
    assert (first.state, first.tries, first.ended_at) == (DeliveryState.FAILED, 24, now)
    assert (second.state, second.tries) == (DeliveryState.WAITING, 1)
    assert second.due_at == now + RETRY_EVERY
    assert [one.number for one in attempts(platform)] == [*range(1, 25), 1]
    assert {(one.status, one.reply) for one in attempts(platform)} == {(500, b"sorry")}
    assert inbox.sequences(STREAM) == [1] * 24 + [2]


def test_a_later_notice_waits_for_an_earlier_one(any_world: World) -> None:
    """In its stream and endpoint alone: another endpoint has it already."""
    inbox = Inbox(lambda post: AWAY if "dead" in post.url else TAKEN)
    platform = with_inbox(any_world.platform, inbox)
    dead = endpoint_of(platform, CLOUDIFY, url="https://dead.example/")
    endpoint_of(platform, CLOUDIFY)
    notify(platform, CLOUDIFY)
    inbox.posts = [post for post in inbox.posts if "dead" not in post.url]
    assert inbox.sequences(STREAM) == [1, 2]
    states = {
        (one.lane.endpoint_id == dead.id, one.sequence): (one.state, one.due_at)
        for one in deliveries(platform)
    }
    assert states[True, 1] == (DeliveryState.WAITING, START + RETRY_EVERY)
    assert states[True, 2] == (DeliveryState.WAITING, None)
    assert states[False, 2] == (DeliveryState.DELIVERED, None)
    assert {one.error for one in attempts(platform)} == {"connection: refused", ""}
    inbox.answer = lambda _: TAKEN
    wait(platform, RETRY_EVERY)
    notify(platform, CLOUDIFY)
    found = [post for post in inbox.posts if "dead" in post.url]
    assert [
        p.headers["Tollbridge-Sequence"]
        for p in found
        if p.headers["Tollbridge-Stream"] == str(STREAM)
    ] == ["1", "2"]


def test_gone_disables_the_endpoint(any_world: World) -> None:
    """410: nothing more is posted; what waits is kept, and goes on when it is active again."""
    inbox = Inbox(refusing(STREAM, GONE))
    platform = with_inbox(any_world.platform, inbox)
    endpoint = endpoint_of(platform, CLOUDIFY, product_ids=(GOLD.id,), types=())
    notify(platform, CLOUDIFY)
    [disabled] = platform.store.endpoints(CLOUDIFY)
    assert disabled == replace(endpoint, active=False, disabled_at=START)
    first, second = deliveries(platform)
    assert (first.state, first.tries, first.due_at) == (DeliveryState.WAITING, 1, START)
    assert (second.state, second.tries) == (DeliveryState.WAITING, 0)
    assert platform.store.count_deliveries(CLOUDIFY, DeliveryState.WAITING, 10) == 0
    inbox.answer = lambda _: TAKEN
    before = len(inbox.posts)
    any_world.buy((GOLD.id, 1))
    assert notify(platform, CLOUDIFY) == Sent(made=1)
    assert len(inbox.posts) == before
    assert platform.store.earliest_delivery(CLOUDIFY) is None
    secrets = platform.store.endpoint_secrets(CLOUDIFY, endpoint.id)
    assert secrets == sealed(CLOUDIFY)
    platform.store.put_endpoint(endpoint, secrets)
    notify(platform, CLOUDIFY)
    assert {one.state for one in deliveries(platform)} == {DeliveryState.DELIVERED}
    assert inbox.sequences(STREAM) == [1, 1, 2]


def test_a_removed_endpoint_gets_nothing_more(any_world: World) -> None:
    """What was sent to it stays in the log."""
    inbox = Inbox(lambda _: BROKEN)
    platform = with_inbox(any_world.platform, inbox)
    endpoint = endpoint_of(platform, CLOUDIFY)
    notify(platform, CLOUDIFY)
    assert platform.store.remove_endpoint(CLOUDIFY, endpoint.id)
    assert not platform.store.remove_endpoint(CLOUDIFY, endpoint.id)
    assert platform.store.endpoint_secrets(CLOUDIFY, endpoint.id) is None
    wait(platform, RETRY_EVERY)
    posted = len(inbox.posts)
    assert notify(platform, CLOUDIFY) == Sent()
    assert len(inbox.posts) == posted
    assert len(attempts(platform)) == 1


def test_replayed_at_once_and_outside_the_order(any_world: World) -> None:
    """The same id and the same bytes; neither waits for a head, nor a head for it."""
    inbox = Inbox(refusing(STREAM))
    platform = with_inbox(any_world.platform, inbox)
    endpoint = endpoint_of(platform, CLOUDIFY)
    newcomer = endpoint_of(platform, CLOUDIFY, active=False)
    notify(platform, CLOUDIFY)
    platform.store.put_endpoint(replace(newcomer, active=True), sealed(CLOUDIFY))
    inbox.posts.clear()
    inbox.answer = lambda _: TAKEN
    second = histories(platform)[1].notification
    done = histories(platform, SINGLE + 2)[0]
    for _ in range(2):
        pairs = [(second, endpoint.id), (done.notification, endpoint.id), (second, newcomer.id)]
        platform.store.replay(CLOUDIFY, pairs, START)
        assert notify(platform, CLOUDIFY) == Sent(delivered=3)
    ids = [second.message_id, second.message_id, done.notification.message_id]
    assert sorted(inbox.ids) == sorted(ids * 2)
    same = {post.body for post in inbox.posts if post.headers["webhook-id"] == ids[2]}
    assert same == set(done.bodies.values())
    told = sorted(
        (d.lane.endpoint_id, d.lane.replay, d.sequence, d.state.value)
        for d in histories(platform)[1].deliveries
    )
    assert told == [
        (endpoint.id, 0, 2, "waiting"),
        (endpoint.id, 1, 2, "delivered"),
        (endpoint.id, 2, 2, "delivered"),
        (newcomer.id, 1, 0, "delivered"),
        (newcomer.id, 2, 0, "delivered"),
    ]
    numbered = [p.headers.get("Tollbridge-Sequence") for p in inbox.posts]
    assert sorted(numbered, key=str) == ["1", "1", "2", "2", None, None]


def test_what_a_dead_worker_had_is_posted_again(any_world: World) -> None:
    """When its lease has ended; until then nobody has it, and what it says later is not heard."""
    inbox = Inbox()
    platform = with_inbox(any_world.platform, inbox)
    endpoint = endpoint_of(platform, CLOUDIFY, types=(CANCELED,))
    inbox.answer = lambda _: BROKEN
    notify(platform, CLOUDIFY)
    wait(platform, RETRY_EVERY)
    now = START + RETRY_EVERY
    store, until = platform.store, START + timedelta(seconds=30)
    [dead] = store.claim(endpoint, now, START, until, 10)
    assert store.claim(endpoint, now, until - timedelta(seconds=1), until, 10) == ()
    assert store.due_endpoints(CLOUDIFY, now, START) == ()
    inbox.answer = lambda _: TAKEN
    assert notify(platform, CLOUDIFY) == Sent()
    assert notify(altered(platform, wall=lambda: until), CLOUDIFY) == Sent(delivered=1)
    assert len(set(inbox.ids)) == 1
    bodies = kept_bodies(platform, merchant_of(platform), Format.JSON, [dead.notification])
    assert bodies == {dead.notification.id: inbox.posts[0].body}
    letter = Letter(
        to=Receiver(endpoint, Mode.SANDBOX, (SECRET,)),
        claimed=dead,
        body=b"{}",
        at=now,
        seconds=1.0,
    )
    answered = sent(platform, letter)
    late = Tried(claimed=dead, attempts=answered.attempts, verdict=answered.verdict, at=now)
    assert list(store.record(CLOUDIFY, [late])) == [False]
    assert [one.number for one in attempts(platform)] == [1, 2]


def merchant_of(platform: Platform) -> Any:  # noqa: ANN401
    """The merchant."""
    return platform.store.merchant(CLOUDIFY)


def test_what_was_claimed_and_not_posted_is_given_back(any_world: World) -> None:
    """At the end of a process: somebody else posts it at once."""
    platform = with_inbox(any_world.platform, Inbox())
    endpoint = endpoint_of(platform, CLOUDIFY, types=(CANCELED,))
    notify(with_inbox(platform, Inbox(lambda _: BROKEN)), CLOUDIFY)
    wait(platform, RETRY_EVERY)
    until = START + timedelta(days=1)
    claimed = platform.store.claim(endpoint, START + RETRY_EVERY, START, until, 10)
    platform.store.release(claimed)
    assert platform.store.due_endpoints(CLOUDIFY, START + RETRY_EVERY, START) == (endpoint.id,)
    platform.store.release(claimed)
    assert notify(platform, CLOUDIFY) == Sent(delivered=1)


def test_a_hanging_endpoint_keeps_no_other_waiting(any_world: World) -> None:
    """It has its own places; while it hangs the others have all of theirs."""
    released = Event()

    def answer(post: Post) -> Receipt:
        if "hangs" in post.url:
            assert released.wait(SECONDS)
            return AWAY
        return TAKEN

    platform = with_inbox(any_world.platform, Inbox(answer))
    endpoint_of(platform, CLOUDIFY, url="https://hangs.example/")
    well = endpoint_of(platform, CLOUDIFY)
    delivering = Delivering(platform)
    try:
        telling = Telling(platform, CLOUDIFY, "test")
        assert sum(made.notices for made in telling.batches()) == 10
        telling.release()
        total = Sent()
        while total.delivered < 10:
            total.add(delivering.turn([Due(merchant_of(platform), START)], SECONDS))
        assert (total.delivered, total.again) == (10, 0)
        assert not delivering.idle
    finally:
        released.set()
        delivering.close()
    waiting = [d for d in deliveries(platform) if d.lane.endpoint_id != well.id]
    assert {d.state for d in waiting} == {DeliveryState.WAITING}


def test_what_came_back_while_the_database_was_away(any_world: World) -> None:
    """It is kept and recorded by the next turn: nothing is posted twice."""
    inbox = Inbox()
    platform = with_inbox(any_world.platform, inbox)
    endpoint_of(platform, CLOUDIFY, types=(CANCELED,))

    class Away:
        """The store, which cannot record once."""

        failures = 1

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401
            return getattr(platform.store, name)

        def record(self, *given: Any) -> Any:  # noqa: ANN401
            """The first time it is away."""
            if self.failures:
                self.failures -= 1
                raise StoreUnavailableError
            return platform.store.record(*given)

    shaky: Any = Away()
    delivering = Delivering(altered(platform, store=shaky))
    telling = Telling(platform, CLOUDIFY, "test")
    assert sum(made.notices for made in telling.batches()) == 10
    telling.release()
    due = [Due(merchant_of(platform), START)]
    with pytest.raises(StoreUnavailableError):
        delivering.turn(due, SECONDS)
    assert delivering.turn(due, SECONDS) == Sent(delivered=1)
    assert delivering.idle
    delivering.close()
    assert len(inbox.posts) == 1


def test_without_its_key_an_endpoint_waits(any_world: World) -> None:
    """Nothing is posted unsigned, and nothing is lost."""
    inbox = Inbox()
    platform = with_inbox(any_world.platform, inbox)
    endpoint_of(platform, CLOUDIFY, types=(CANCELED,))
    keyless = altered(platform, sealer=NO_KEY)
    assert notify(keyless, CLOUDIFY) == Sent(made=10)
    assert inbox.posts == []
    assert notify(platform, CLOUDIFY) == Sent(delivered=1)


def test_live_merchants_are_posted_for_by_the_system_clock(any_world: World) -> None:
    """R23: what is due by it."""
    inbox = Inbox(lambda _: BROKEN)
    platform = with_inbox(any_world.platform, inbox)
    endpoint_of(platform, LIVE)
    any_world.buy((GOLD.id, 1), merchant_id=LIVE)
    assert notify(platform, LIVE) == Sent(made=1, again=1)
    later = altered(platform, wall=lambda: START + RETRY_EVERY)
    assert notify(platform, LIVE) == Sent()
    assert notify(later, LIVE) == Sent(again=1)


@pytest.mark.parametrize(
    ("chaos", "came", "log", "state"),
    [
        (Chaos(drop=100), [2], ["1 dropped", "1 dropped"], "dropped"),
        (Chaos(server_error=100), [], ["1 taken for a 500"], "waiting"),
        (Chaos(delay=100), [], ["1 delayed"], "waiting"),
        (
            Chaos(duplicate=100),
            [1, 1, 2, 2],
            ["1 posted twice", "2 posted twice"] * 2,
            "delivered",
        ),
        (
            Chaos(reorder=100),
            [2, 1, 2],
            ["1 posted after the next one", "0 posted before its turn", "1 "],
            "delivered",
        ),
    ],
)
def test_chaos(any_world: World, chaos: Chaos, came: list[int], log: list[str], state: str) -> None:
    """On purpose, at a sandbox endpoint, and told in the log."""
    inbox = Inbox()
    platform = with_inbox(any_world.platform, inbox)
    endpoint_of(platform, CLOUDIFY, chaos=chaos)
    notify(platform, CLOUDIFY)
    if chaos.drop:
        came = []
    assert inbox.sequences(STREAM) == came
    found = [f"{one.number} {one.chaos}" for one in attempts(platform)]
    assert found == log
    assert deliveries(platform)[0].state.value == state
    if chaos.delay:
        assert deliveries(platform)[0].due_at == START + DELAY
        wait(platform, DELAY)
        notify(platform, CLOUDIFY)
        wait(platform, DELAY)
        notify(platform, CLOUDIFY)
        assert inbox.sequences(STREAM) == [1, 2]
    if chaos.server_error:
        assert deliveries(platform)[0].due_at == START + RETRY_EVERY
        assert attempts(platform)[0].status == 500


def test_chaos_is_for_sandboxes(any_world: World) -> None:
    """A live merchant's customers are not played with, whatever is stored."""
    inbox = Inbox()
    platform = with_inbox(any_world.platform, inbox)
    endpoint_of(platform, LIVE, chaos=Chaos(drop=100))
    any_world.buy((GOLD.id, 1), merchant_id=LIVE)
    assert notify(platform, LIVE) == Sent(made=1, delivered=1)


def test_documents_are_made_once(any_world: World) -> None:
    """When they are first needed; who makes one again gets what is kept."""
    inbox = Inbox()
    platform = with_inbox(any_world.platform, inbox)
    notify(platform, CLOUDIFY)
    [first, _] = histories(platform)
    assert first.bodies == {}
    merchant = merchant_of(platform)
    made = kept_bodies(platform, merchant, Format.JSON, [first.notification] * 2)
    moved = altered(platform, public_url="https://elsewhere.example")
    again = kept_bodies(moved, merchant, Format.JSON, [first.notification])
    assert again == made
    assert LOCAL_URL.encode() in made[first.notification.id]
    assert histories(platform)[0].bodies == {Format.JSON: made[first.notification.id]}


def test_without_a_document_it_is_tried_again(
    any_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the program keeps no other notice waiting, and stands in the log."""
    inbox = Inbox()
    platform = with_inbox(any_world.platform, inbox)
    endpoint_of(platform, CLOUDIFY)
    writers: Any = documents.WRITERS

    def failing(document: Any) -> bytes:  # noqa: ANN401
        if document.meta.type == CANCELED:
            raise KeyError(CANCELED)
        return to_json(document)

    with monkeypatch.context() as patch:
        patch.setitem(writers, Format.JSON, failing)
        assert notify(platform, CLOUDIFY) == Sent(made=10, delivered=9, again=1)
    [*_, last] = attempts(platform)
    assert last.error == "document: its document could not be made"
    wait(platform, RETRY_EVERY)
    assert notify(platform, CLOUDIFY) == Sent(delivered=1)
    assert inbox.sequences(SEATS) == []
