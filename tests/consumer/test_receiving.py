"""What comes twice, and what never comes: the same in memory and in SQLite."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.consumer.samples import body_of
from tollbridge.consumer import (
    Inbox,
    MalformedError,
    MemorySeen,
    MemorySequences,
    PaidOrderNotification,
    SeenIds,
    Sequences,
    SqliteSeen,
    SqliteSequences,
    UnverifiedError,
)
from tollbridge.domain.signing import show_secret, signature

SECRET = b"a secret of at least 24 bytes"
NOW = 1_790_000_000
PAID = body_of("PaidOrderNotification")


class Memory(NamedTuple):
    """Both stores of a kind."""

    seen: SeenIds
    sequences: Sequences


@pytest.fixture(params=["memory", "sqlite"])
def memory(request: pytest.FixtureRequest) -> Iterator[Memory]:
    """Each kind of store."""
    with closing(sqlite3.connect(":memory:")) as connection:
        if request.param == "memory":
            yield Memory(MemorySeen(), MemorySequences())
        else:
            yield Memory(SqliteSeen(connection), SqliteSequences(connection))


def headers_of(
    message_id: str, body: bytes = PAID, stream: str = "", number: int = 0
) -> dict[str, str]:
    """The headers that the platform sends."""
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(NOW),
        "webhook-signature": signature(SECRET, message_id, NOW, body),
    }
    if stream:
        headers |= {"Tollbridge-Stream": stream, "Tollbridge-Sequence": str(number)}
    return headers


def test_an_id_is_new_once(memory: Memory) -> None:
    """Each for itself."""
    assert [memory.seen.add(one) for one in ("a", "b", "a", "c", "b")] == [
        *(True, True, False),
        *(True, False),
    ]


def test_memory_forgets_the_oldest() -> None:
    """It is bounded, which a database is not."""
    seen = MemorySeen(most=2)
    assert [seen.add(one) for one in "abcbca"] == [True, True, True, False, False, True]


def test_a_stream_without_gaps(memory: Memory) -> None:
    """Streams are counted each for itself."""
    for stream, number in [("1", 1), ("2", 1), ("1", 2), ("1", 3), ("2", 2), ("2", 2), ("2", 1)]:
        assert memory.sequences.note(stream, number) == ()
    assert memory.sequences.missing() == {}


def test_gaps_are_told_until_they_are_filled(memory: Memory) -> None:
    """Also before the first that came: the platform counts from 1."""
    note = memory.sequences.note
    assert note("1", 3) == (1, 2)
    assert note("1", 4) == (1, 2)
    assert note("1", 7) == (1, 2, 5, 6)
    assert note("2", 2) == (1,)
    assert memory.sequences.missing() == {"1": (1, 2, 5, 6), "2": (1,)}
    assert note("1", 5) == (1, 2, 6)
    assert note("1", 7) == (1, 2, 6)
    for number in (6, 1, 2):
        note("1", number)
    assert memory.sequences.missing() == {"2": (1,)}


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 12))))
def test_memory_and_database_agree(came: list[tuple[str, int]]) -> None:
    """And with what a gap is: a number below the highest that never came."""
    with closing(sqlite3.connect(":memory:")) as connection:
        kinds: tuple[Sequences, ...] = (MemorySequences(), SqliteSequences(connection))
        for sequences in kinds:
            for stream, number in came:
                sequences.note(stream, number)
            expected = {
                stream: tuple(sorted(set(range(1, max(numbers))) - numbers))
                for stream in "ab"
                if (numbers := {n for name, n in came if name == stream})
            }
            assert sequences.missing() == {name: gaps for name, gaps in expected.items() if gaps}


def test_an_inbox_takes_each_message_once(memory: Memory) -> None:
    """Duplicates, gaps and replays in any order: everything is new once, nothing stays missing."""
    inbox = Inbox(show_secret(SECRET), memory.seen, memory.sequences, now=lambda: NOW)
    numbers = list(range(1, 21)) * 3
    Random(4).shuffle(numbers)
    new = []
    for number in numbers:
        arrival = inbox.receive(headers_of(f"msg_{number}", stream="77", number=number), PAID)
        assert isinstance(arrival.notification, PaidOrderNotification)
        if arrival.is_new:
            new.append(number)
    assert sorted(new) == list(range(1, 21))
    assert arrival.missing == ()
    assert memory.sequences.missing() == {}


def test_a_message_without_a_number_is_taken(memory: Memory) -> None:
    """Other senders of Standard Webhooks count nothing, nor is a replay always counted."""
    inbox = Inbox([SECRET], memory.seen, memory.sequences, now=lambda: NOW)
    assert inbox.receive(headers_of("a"), PAID).is_new
    assert inbox.receive(headers_of("b", stream="77"), PAID).missing == ()
    assert Inbox([SECRET], MemorySeen(), now=lambda: NOW).receive(headers_of("a"), PAID).is_new
    assert memory.sequences.missing() == {}


def test_what_is_refused_is_not_remembered(memory: Memory) -> None:
    """A forged or broken request takes nobody's place."""
    inbox = Inbox(SECRET, memory.seen, memory.sequences, now=lambda: NOW)
    forged = headers_of("a", stream="77", number=9) | {"webhook-signature": "v1,AAAA"}
    with pytest.raises(UnverifiedError):
        inbox.receive(forged, PAID)
    with pytest.raises(MalformedError):
        inbox.receive(headers_of("a", b"{}", stream="77", number=9), b"{}")
    assert memory.sequences.missing() == {}
    assert inbox.receive(headers_of("a", stream="77", number=1), PAID).is_new


def test_a_database_forgets_what_was_not_done() -> None:
    """The id and what the message changed are one transaction: after a failure it is new again."""
    with closing(sqlite3.connect(":memory:")) as connection:
        inbox = Inbox(SECRET, SqliteSeen(connection), SqliteSequences(connection), now=lambda: NOW)
        connection.execute("CREATE TABLE done (id TEXT)")
        headers = headers_of("a", stream="77", number=2)

        def take(*, fails: bool) -> tuple[bool, tuple[int, ...]]:
            with connection:
                arrival = inbox.receive(headers, PAID)
                if arrival.is_new:
                    connection.execute("INSERT INTO done VALUES (?)", (arrival.message.id,))
                if fails:
                    raise RuntimeError
            return arrival.is_new, arrival.missing

        with pytest.raises(RuntimeError):
            take(fails=True)
        assert connection.execute("SELECT count(*) FROM done").fetchone() == (0,)
        assert SqliteSequences(connection).missing() == {}
        assert take(fails=False) == (True, (1,))
        assert take(fails=False) == (False, (1,))
        assert connection.execute("SELECT count(*) FROM done").fetchone() == (1,)
