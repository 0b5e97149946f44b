"""Requests with an Idempotency-Key: once, with their effect, and the same answer ever after.

All instants are wall time (R23).
"""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from msgspec.structs import replace

from tests.contract.storing import (
    RECORDED,
    changed,
    command,
    furnish,
    held,
    paid,
    save,
    signed_up,
    under_key,
    upgraded,
)
from tests.given import MERCHANT_ID, NOW
from tollbridge.domain.decision import Change, Decision
from tollbridge.domain.events import PurchaseOpened, decode_event
from tollbridge.domain.request import (
    REQUESTS_KEPT,
    KeptAnswer,
    KeyedRequest,
    RequestKey,
    StoredRequest,
)
from tollbridge.ports import AlreadyAskedError, Command, Saved, Store
from tollbridge.store import open_store

ROOT = Path(__file__).resolve().parents[2]
OTHER = MERCHANT_ID + 1
KEY = RequestKey(
    merchant_id=MERCHANT_ID,
    username="cloudify",
    path="/subscription/updatesubscriptionitem",
    key="8e03978e-40d5-43e8-bc93-6894a57f9324",
)
OK = KeptAnswer(status=200, content_type="application/json", body=b'{"ResultMessage":"OK"}\x00\xff')
REFUSED = KeptAnswer(status=402, content_type="application/json", body=b'{"ResultMessage":"No"}')
MICROSECOND = timedelta(microseconds=1)


def keyed(
    answer: KeptAnswer | None = OK, *, key: RequestKey = KEY, at: datetime = RECORDED
) -> Command:
    """The envelope of a save with a key."""
    request = KeyedRequest(key=key, body_hash=b"hash\x00", answer=answer)
    return replace(command(name="updatesubscriptionitem"), request=request, recorded_at=at)


def asked(store: Store, key: RequestKey = KEY, at: datetime = RECORDED) -> StoredRequest | None:
    """What is stored under a key."""
    return store.request(key, at)


def stored(wanted: Command) -> StoredRequest:
    """What should be stored of a command's request."""
    request = wanted.request
    assert request is not None
    return StoredRequest(
        key=request.key,
        body_hash=request.body_hash,
        answer=request.answer,
        started_at=wanted.recorded_at,
        command_id=wanted.id,
    )


def test_a_request_is_saved_with_its_effect(store: Store) -> None:
    """The answer comes back byte for byte, with what it was asked and when."""
    paid(store, 1)
    wanted = keyed()
    assert asked(store) is None
    assert store.save([changed(store, 1001)], wanted) == [Saved.SAVED]
    assert asked(store) == stored(wanted)
    assert held(store, 1001).subscription.items[0].latest.quantity == 12


def test_a_key_that_was_used_does_nothing(store: Store) -> None:
    """Whatever is decided by then; the first answer stays."""
    paid(store, 1)
    first = keyed()
    store.save([changed(store, 1001)], first)
    before = (held(store, 1001), store.journal(MERCHANT_ID, 1001))
    for decision in (changed(store, 1001, quantity=13), signed_up(2), under_key(signed_up(3), "x")):
        with pytest.raises(AlreadyAskedError):
            store.save([decision], keyed(REFUSED))
    assert (held(store, 1001), store.journal(MERCHANT_ID, 1001)) == before
    assert list(store.subscription_ids(MERCHANT_ID)) == [1001]
    assert asked(store) == stored(first)


@pytest.mark.parametrize("field", ["username", "path", "key"])
def test_a_key_is_of_a_merchant_a_credential_and_a_path(store: Store, field: str) -> None:
    """The same text elsewhere is another key."""
    elsewhere = replace(KEY, **{field: "other"})
    store.save([signed_up(1)], keyed())
    assert asked(store, elsewhere) is None
    assert store.save([signed_up(2)], keyed(REFUSED, key=elsewhere)) == [Saved.SAVED]
    ours, theirs = asked(store), asked(store, elsewhere)
    assert ours is not None
    assert theirs is not None
    assert (ours.answer, theirs.answer) == (OK, REFUSED)
    assert asked(store, replace(KEY, merchant_id=OTHER)) is None


def test_what_loses_keeps_its_key(store: Store) -> None:
    """R7: a stale decision, a taken unique row: the request is not saved, and may come again."""
    paid(store, 1)
    stale = changed(store, 1001, quantity=11)
    save(store, changed(store, 1001))
    assert store.save([stale], keyed()) == [Saved.CONFLICT]
    assert store.save([under_key(signed_up(2), "key-2001")], keyed()) == [Saved.CONFLICT]
    assert asked(store) is None
    again = keyed()
    assert store.save([changed(store, 1001, quantity=11)], again) == [Saved.SAVED]
    assert asked(store) == stored(again)


def test_a_request_is_saved_with_all_its_decisions(store: Store) -> None:
    """Several customers of one reference: one transaction, one key."""
    wanted = keyed()
    assert store.save([signed_up(1), signed_up(2)], wanted) == [Saved.SAVED] * 2
    assert asked(store) == stored(wanted)
    assert list(store.subscription_ids(MERCHANT_ID)) == [1001, 1002]


def test_one_that_loses_makes_all_lose(store: Store) -> None:
    """R7: stale, twice of one subscription, or a unique row that is taken: nothing is saved."""
    paid(store, 1, 2)
    stale = changed(store, 1001, quantity=11)
    save(store, changed(store, 1001))
    before = (held(store, 1002), store.journal(MERCHANT_ID, 1001))
    fresh = changed(store, 1002)
    for decisions in (
        [fresh, stale],
        [fresh, changed(store, 1002, quantity=3)],
        [fresh, under_key(signed_up(3), "key-2001")],
    ):
        assert store.save(decisions, keyed()) == [Saved.CONFLICT] * 2
        assert asked(store) is None
    assert (held(store, 1002), store.journal(MERCHANT_ID, 1001)) == before
    assert list(store.subscription_ids(MERCHANT_ID)) == [1001, 1002]


def test_a_request_is_of_the_merchant_that_asks(store: Store) -> None:
    """Anything else is a fault of the program and saves nothing."""
    with pytest.raises(ValueError, match="one merchant"):
        store.save([signed_up(1)], keyed(key=replace(KEY, merchant_id=OTHER)))
    assert asked(store) is None
    assert list(store.subscription_ids(MERCHANT_ID)) == []


def test_what_had_no_effect_is_kept_with_its_answer(store: Store) -> None:
    """A preview, a refusal: the first answer stays, whoever keeps one later gets that."""
    paid(store, 1)
    first = keyed(REFUSED)
    assert store.keep_answer(first) == stored(first)
    assert store.keep_answer(keyed(OK)) == stored(first)
    with pytest.raises(AlreadyAskedError):
        store.save([changed(store, 1001)], keyed())
    assert held(store, 1001).subscription.items[0].version == 1
    with pytest.raises(ValueError, match="with its answer"):
        store.keep_answer(keyed(None))
    with pytest.raises(ValueError, match="with its answer"):
        store.keep_answer(command())


def test_decisions_that_change_nothing_save_no_request(store: Store) -> None:
    """There is no effect that it could be saved with: that is what `keep_answer` is for."""
    paid(store, 1)
    idle = Decision(changes=(Change(held(store, 1001).subscription),))
    assert store.save([idle], keyed()) == [Saved.SAVED]
    assert asked(store) is None


def test_a_clock_is_turned_once(store: Store) -> None:
    """R23: the sandbox clock and the request that turns it are one transaction."""
    later = NOW + timedelta(days=1)
    first = keyed()
    assert store.advance_clock(MERCHANT_ID, later, first)
    with pytest.raises(AlreadyAskedError):
        store.advance_clock(MERCHANT_ID, later + timedelta(days=1), keyed())
    merchant = store.merchant(MERCHANT_ID)
    assert merchant is not None
    assert merchant.clock == later
    assert asked(store) == stored(first)
    elsewhere = replace(KEY, key="backwards")
    assert not store.advance_clock(MERCHANT_ID, NOW, keyed(key=elsewhere))
    assert asked(store, elsewhere) is None


def test_an_answer_may_come_later(store: Store) -> None:
    """The answer to a renewal depends on its payment; whoever finishes first is right."""
    paid(store, 1)
    wanted = keyed(None)
    store.save([upgraded(store, 1001, 2011)], wanted)
    running = asked(store)
    assert running == stored(wanted)
    assert running.answer is None
    assert store.finish_request(running, OK) == OK
    assert store.finish_request(running, REFUSED) == OK
    assert asked(store) == replace(running, answer=OK)


def test_what_was_cut_off_is_finished_by_the_repeat(open_again: Callable[[], Store]) -> None:
    """The program died after the save: another one finds what was done, and answers."""
    first = open_again()
    paid(first, 1)
    first.save([upgraded(first, 1001, 2011)], keyed(None))
    first.close()
    second = open_again()
    cut_off = asked(second)
    assert cut_off is not None
    assert cut_off.answer is None
    done = second.journal_of_command(MERCHANT_ID, cut_off.command_id)
    events = [decode_event(entry.type, entry.version, entry.payload) for entry in done]
    [opened] = [event.purchase.id for event in events if isinstance(event, PurchaseOpened)]
    assert opened == 2011
    assert done == second.journal(MERCHANT_ID, 1001)[-len(done) :]
    assert second.journal_of_command(OTHER, cut_off.command_id) == ()
    assert second.journal_of_command(MERCHANT_ID, "nobody's") == ()
    assert second.finish_request(cut_off, OK) == OK
    assert asked(open_again()) == replace(cut_off, answer=OK)


def test_requests_are_forgotten_after_thirty_days(store: Store) -> None:
    """To the microsecond, before they are deleted too: then the key may be used anew."""
    store.save([signed_up(1)], keyed())
    end = RECORDED + REQUESTS_KEPT
    assert asked(store, at=end - MICROSECOND) is not None
    assert asked(store, at=end) is None
    with pytest.raises(AlreadyAskedError):
        store.save([signed_up(2)], keyed(REFUSED, at=end - MICROSECOND))
    anew = keyed(REFUSED, at=end)
    assert store.save([signed_up(2)], anew) == [Saved.SAVED]
    assert asked(store, at=end) == stored(anew)


def test_old_requests_are_deleted(store: Store) -> None:
    """Of one merchant, those that are forgotten and no others."""
    theirs = replace(KEY, merchant_id=OTHER)
    store.keep_answer(keyed(key=theirs))
    for number in range(5):
        key = replace(KEY, key=str(number))
        store.keep_answer(keyed(key=key, at=RECORDED + timedelta(days=number)))
    now = RECORDED + timedelta(days=2) + REQUESTS_KEPT
    assert store.forget_requests(MERCHANT_ID, now) == 3
    assert store.forget_requests(MERCHANT_ID, now) == 0
    found = [asked(store, replace(KEY, key=str(number))) for number in range(5)]
    assert [one is not None for one in found] == [False, False, False, True, True]
    assert asked(store, theirs) is not None


def test_of_two_threads_with_one_key_one_has_an_effect(store: Store) -> None:
    """The other waits, is told so, and finds the answer of the first."""
    paid(store, 1)
    for turn in range(5):
        key = replace(KEY, key=str(turn))
        meet = Barrier(2)
        rivals = [(changed(store, 1001, quantity=n), keyed(key=key)) for n in (20, 21 + turn)]

        def race(
            rival: tuple[Decision, Command], meet: Barrier = meet, key: RequestKey = key
        ) -> StoredRequest | None:
            meet.wait()
            try:
                assert store.save([rival[0]], rival[1]) == [Saved.SAVED]
            except AlreadyAskedError:
                return asked(store, key)
            return None

        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(race, rivals))
        assert answers.count(None) == 1
        winner = answers.index(None)
        assert answers[1 - winner] == stored(rivals[winner][1])
        assert held(store, 1001).subscription == rivals[winner][0].changes[0].after


def test_of_many_threads_with_one_key_one_keeps_its_answer(store: Store) -> None:
    """All are given the same answer."""
    meet = Barrier(6)

    def race(number: int) -> StoredRequest:
        meet.wait()
        answer = replace(OK, body=b"%d" % number)
        return store.keep_answer(keyed(answer))

    with ThreadPoolExecutor(6) as threads:
        kept = list(threads.map(race, range(6)))
    assert kept == [kept[0]] * 6


def sign_up_until_killed(url: str) -> None:
    """Sign customers up, each under a key of its own, and say when it is done."""
    store = open_store(url)
    for number in range(1, 1_000_000):
        key = replace(KEY, key=str(number))
        answer = replace(OK, body=b"%d" % number)
        store.save([signed_up(number)], keyed(answer, key=key))
        print(number, flush=True)  # noqa: T201 (read by the parent)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
@pytest.mark.parametrize("lines", [1, 7, 23])
def test_a_killed_program_leaves_key_and_effect_or_neither(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str, lines: int
) -> None:
    """Killed (-9) at any moment; what it said was done is done, and what was not can be sent."""
    url = f"sqlite:///{tmp_path / 'killed.db'}"
    if engine == "postgres":
        url = request.getfixturevalue("migrated_url")
    store = open_store(url)
    furnish(store)
    code = f"from {__name__} import sign_up_until_killed as run; run({url!r})"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as running:
        assert running.stdout is not None
        said = [running.stdout.readline() for _ in range(lines)]
        running.kill()
        said += running.stdout.readlines()
    done = sum(line.endswith("\n") for line in said)
    numbers = range(1, done + 3)
    found = [asked(store, replace(KEY, key=str(number))) for number in numbers]
    effects = [store.held(MERCHANT_ID, 1000 + number) is not None for number in numbers]
    assert [one is not None for one in found] == effects
    assert effects[:done] == [True] * done
    assert effects.count(True) - done in {0, 1}
    assert [one.answer.body for one in found if one and one.answer] == [
        b"%d" % number for number, there in zip(numbers, effects, strict=True) if there
    ]
    store.close()
