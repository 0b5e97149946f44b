"""What the simulator promises beside the port: its cards, its book, and what a crash leaves."""

import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.contract.charging import (
    MERCHANT,
    REAL_LOOKING,
    card,
    charge,
    lines_by_key,
    method,
    refund,
    refused,
    stored,
)
from tollbridge.domain.customer import PaymentMethod
from tollbridge.domain.payment import Charge, Outcome, Result
from tollbridge.gateways.simulator import Simulator
from tollbridge.gateways.test_cards import KNOWN_CARDS, Behaviour, KnownCard
from tollbridge.ports import Gateway, GatewayUnavailableError

ROOT = Path(__file__).resolve().parents[2]
BATCH = 7


def results(gateway: Gateway, number: str, count: int) -> list[tuple[Result, str]]:
    """Result and code of charges with keys of their own, one after the other, on one card."""
    kept = stored(gateway, number)
    outcomes = [gateway.charge([charge(kept, f"{kept.token}{n}")])[0] for n in range(count)]
    return [(outcome.result, outcome.code) for outcome in outcomes]


@pytest.mark.parametrize("known", KNOWN_CARDS, ids=lambda known: known.last_four)
def test_each_card_does_what_its_behaviour_says(simulator: Simulator, known: KnownCard) -> None:
    """Every number of the table, charged twelve times."""
    captured, declined = (Result.CAPTURED, ""), (Result.DECLINED, known.code)
    expected = {
        Behaviour.APPROVE: [captured] * 12,
        Behaviour.RENEW: [captured] * 12,
        Behaviour.REFUND_LOST: [captured] * 12,
        Behaviour.DECLINE_SOFT: [declined] * 12,
        Behaviour.DECLINE_HARD: [declined] * 12,
        Behaviour.DECLINE_ONCE: [
            declined if n == known.declined_charge else captured for n in range(1, 13)
        ],
        Behaviour.AUTHENTICATE: [(Result.ACTION_REQUIRED, "authentication_required")] * 12,
        Behaviour.ANSWER_LOST: [(Result.UNKNOWN, "")] * 12,
        Behaviour.REQUEST_LOST: [(Result.UNKNOWN, "")] * 12,
    }
    assert results(simulator, known.number, 12) == expected[known.behaviour]


@pytest.mark.parametrize(
    ("last_four", "expected"),
    [
        ("765T", [Result.CAPTURED, Result.CAPTURED]),
        ("142T", [Result.CAPTURED, Result.CAPTURED]),
        ("064T", [Result.DECLINED, Result.DECLINED]),
        ("065T", [Result.DECLINED, Result.DECLINED]),
        ("066T", [Result.DECLINED, Result.DECLINED]),
        ("067T", [Result.ACTION_REQUIRED, Result.ACTION_REQUIRED]),
        ("071T", [Result.DECLINED, Result.CAPTURED]),
        ("072T", [Result.CAPTURED, Result.DECLINED]),
    ],
)
def test_own_cards_are_told_by_their_last_four(
    simulator: Simulator, last_four: str, expected: list[Result]
) -> None:
    """The sample's form of a card (`765T`): any nine digits before, capital or small T."""
    number = f"t20-123456789-{last_four}"
    assert [result for result, _ in results(simulator, number, 2)] == expected
    kept = simulator.store_card(MERCHANT, card(number))
    assert (kept.gateway, kept.type_id, kept.last_four) == ("simulator", "CCA_VIS", last_four)


@pytest.mark.parametrize(("year", "newer"), [(2030, 2033), (2196, 2199), (2198, 2200)])
def test_the_card_updater_knows_a_newer_card(simulator: Simulator, year: int, newer: int) -> None:
    """080T: the same token, three years later (R26: in 2200 at the latest), each time it is asked.

    It is the merchant's own card alone, and it goes on being charged under its token.
    """
    kept = replace(stored(simulator, "T20123456789080T"), expiry_year=year)
    card = simulator.update_card(MERCHANT, kept)
    assert card is not None
    assert method(card) == replace(kept, expiry_year=newer)
    assert simulator.update_card(MERCHANT, kept) == card
    assert simulator.update_card(MERCHANT + 1, kept) is None
    [outcome] = simulator.charge([charge(method(card), "a")])
    assert outcome.result is Result.CAPTURED


def test_nothing_is_newer_than_the_last_year(simulator: Simulator) -> None:
    """R26: a card that expires in 2200 stays as it is."""
    kept = replace(stored(simulator, "T20000000000080T"), expiry_year=2200)
    assert simulator.update_card(MERCHANT, kept) is None


@pytest.mark.parametrize(
    "known",
    [card for card in KNOWN_CARDS if card.behaviour is not Behaviour.RENEW],
    ids=lambda known: known.last_four,
)
def test_no_other_card_has_a_newer_one(simulator: Simulator, known: KnownCard) -> None:
    """None for every other number of the table."""
    assert simulator.update_card(MERCHANT, stored(simulator, known.number)) is None


def test_a_lost_answer_is_found_by_its_key(simulator: Simulator) -> None:
    """068T: the answer is unknown and the money taken, once, however often it is asked for."""
    asked = charge(stored(simulator, "T20000000000068T"), "a")
    assert simulator.charge([asked]) == [Outcome(result=Result.UNKNOWN)]
    [found] = simulator.look_up(MERCHANT, ["a"])
    assert found is not None
    assert found.result is Result.CAPTURED
    assert simulator.charge([asked]) == [found]
    assert lines_by_key(simulator) == {"a": 1}


def test_a_lost_request_took_nothing(simulator: Simulator, book_path: Path) -> None:
    """069T: nothing is known of the key, also after a restart; sent again, it is captured."""
    asked = charge(stored(simulator, "T20000000000069T"), "a")
    assert simulator.charge([asked]) == [Outcome(result=Result.UNKNOWN)]
    assert simulator.look_up(MERCHANT, ["a"]) == [None]
    assert lines_by_key(simulator) == {}
    simulator.close()
    again = Simulator(book_path, memory=True)
    [outcome] = again.charge([asked])
    assert outcome.result is Result.CAPTURED
    assert lines_by_key(again) == {"a": 1}
    again.close()


def test_a_lost_answer_to_a_refund_is_found_by_its_key(simulator: Simulator) -> None:
    """081T: the money is given back, once, and only the answer is missing."""
    paid = charge(stored(simulator, "T20000000000081T"), "a")
    [captured] = simulator.charge([paid])
    back = refund(paid, captured, "b")
    assert simulator.refund([back]) == [Outcome(result=Result.UNKNOWN)]
    [found] = simulator.look_up(MERCHANT, ["b"])
    assert found is not None
    assert found.result is Result.CAPTURED
    assert simulator.refund([back]) == [found]
    assert lines_by_key(simulator) == {"a": 1, "b": 1}


@pytest.mark.parametrize(
    ("approve", "result", "code"),
    [(True, Result.CAPTURED, ""), (False, Result.DECLINED, "authentication_failed")],
)
def test_the_customer_decides_a_waiting_charge(
    simulator: Simulator, book_path: Path, *, approve: bool, result: Result, code: str
) -> None:
    """067T: it waits, also after a restart, until the customer has authenticated or refused."""
    paid = charge(stored(simulator, "T20000000000067T"), "a")
    [waiting] = simulator.charge([paid])
    assert waiting.url == "/tollbridge/sandbox/payments/a/authenticate"
    simulator.close()
    again = Simulator(book_path, memory=True)
    assert again.look_up(MERCHANT, ["a"]) == [waiting]
    assert again.authenticate(MERCHANT, "a", approve=approve)
    [outcome] = again.charge([paid])
    assert (outcome.result, outcome.code, outcome.hard) == (result, code, False)
    assert [entry.outcome for entry in again.book(MERCHANT)] == [outcome]
    assert not again.authenticate(MERCHANT, "a", approve=not approve)
    assert again.look_up(MERCHANT, ["a"]) == [outcome]
    again.close()


def test_only_a_waiting_charge_is_authenticated(simulator: Simulator) -> None:
    """Not one that is decided, nor one that was never received, nor another merchant's."""
    simulator.charge(
        [
            charge(stored(simulator), "paid"),
            charge(stored(simulator, "T20000000000067T"), "waiting"),
        ]
    )
    assert not simulator.authenticate(MERCHANT, "paid", approve=False)
    assert not simulator.authenticate(MERCHANT, "never", approve=True)
    assert not simulator.authenticate(MERCHANT + 1, "waiting", approve=True)
    results = [entry.outcome.result for entry in simulator.book(MERCHANT)]
    assert results == [Result.CAPTURED, Result.ACTION_REQUIRED]


def test_a_key_with_a_stroke_has_one_page(simulator: Simulator) -> None:
    """Where the customer authenticates is one part of a path, whatever the key is."""
    [outcome] = simulator.charge([charge(stored(simulator, "T20000000000067T"), "a/../b")])
    assert outcome.url == "/tollbridge/sandbox/payments/a%2F..%2Fb/authenticate"


def test_latency_is_paid_once_for_a_batch(book_path: Path) -> None:
    """All charges of a call are on their way at once: the call takes as long as one of them."""
    slow = Simulator(book_path, memory=True, latency_seconds=0.05)
    visa = stored(slow)
    begun = perf_counter()
    slow.charge([charge(visa, f"k{n}") for n in range(100)])
    assert 0.05 <= perf_counter() - begun < 2
    slow.close()


def test_a_repeated_key_is_not_counted(simulator: Simulator) -> None:
    """073T: the third charge is declined, and a key sent again is no further charge."""
    kept = stored(simulator, "T20000000000073T")
    outcomes = simulator.charge([charge(kept, key) for key in "aababbc"])
    assert [outcome.result for outcome in outcomes[:-1]] == [Result.CAPTURED] * 6
    assert outcomes[-1].result is Result.DECLINED
    assert simulator.charge([charge(kept, "c"), charge(kept, "d")])[1].result is Result.CAPTURED


KEYS = st.integers(0, 5)
OWN = ("765T", "064T", "068T", "069T", "072T", "073T")


@given(st.lists(st.lists(KEYS, max_size=6), max_size=6))
def test_how_charges_are_batched_does_not_matter(batches: list[list[int]]) -> None:
    """The same charges in the same order give the same outcomes, in one call or in many."""
    with TemporaryDirectory() as folder:
        answers = []
        for name, calls in {"many": batches, "one": [list(chain.from_iterable(batches))]}.items():
            one = Simulator(Path(folder, name), memory=True)
            cards = [stored(one, f"T20000000000{last_four}") for last_four in OWN]
            answers.append(
                [
                    outcome.result
                    for keys in calls
                    for outcome in one.charge([charge(cards[key], f"k{key}") for key in keys])
                ]
            )
            assert set(lines_by_key(one).values()) <= {1}
            one.close()
    assert answers[0] == answers[1]


def test_the_book_survives_reopening(simulator: Simulator, book_path: Path) -> None:
    """Cards, counts and outcomes are still there; the same key is still known."""
    kept = stored(simulator, "T20000000000072T")
    [first] = simulator.charge([charge(kept, "a")])
    lines = list(simulator.book(MERCHANT))
    simulator.close()
    again = Simulator(book_path, memory=True)
    assert list(again.book(MERCHANT)) == lines
    assert again.charge([charge(kept, "a")]) == [first]
    assert again.charge([charge(kept, "b")])[0].result is Result.DECLINED
    again.close()


def test_no_number_reaches_the_disk(simulator: Simulator, book_path: Path) -> None:
    """Of the cards stored and refused, no file of the book holds a number."""
    for known in KNOWN_CARDS:
        kept = stored(simulator, known.number)
        simulator.charge([charge(kept, kept.token)])
    refused(simulator, card(REAL_LOOKING))
    files = {path.name: path.read_bytes() for path in book_path.parent.iterdir()}
    assert f"{book_path.name}-wal" in files
    written = b"".join(files.values())
    assert b"insufficient_funds" in written
    numbers = [REAL_LOOKING, *(known.number for known in KNOWN_CARDS)]
    assert [number for number in numbers if number.encode() in written] == []


def test_a_book_that_cannot_be_written_is_unknown(book_path: Path) -> None:
    """Where another process holds the book for too long, the outcome is UNKNOWN, no exception."""
    hurried = Simulator(book_path, busy_seconds=0.0)
    visa = stored(hurried)
    other = sqlite3.connect(book_path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    asked = [charge(visa, "a"), charge(visa, "b")]
    assert hurried.charge(asked) == [Outcome(result=Result.UNKNOWN)] * 2
    other.execute("ROLLBACK")
    other.close()
    assert hurried.look_up(MERCHANT, ["a", "b"]) == [None, None]
    assert [outcome.result for outcome in hurried.charge(asked)] == [Result.CAPTURED] * 2
    hurried.close()


def test_a_book_that_is_away_is_said_to_be(book_path: Path) -> None:
    """A card cannot be kept, and the book not be read: that is no fault of the program."""
    hurried = Simulator(book_path, busy_seconds=0.0)
    with closing(sqlite3.connect(book_path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(GatewayUnavailableError):
            hurried.store_card(MERCHANT, card())
        other.execute("ROLLBACK")
        assert list(hurried.book(MERCHANT)) == []
        other.execute("DROP TABLE attempt")
    with pytest.raises(GatewayUnavailableError):
        list(hurried.book(MERCHANT))
    hurried.close()


@pytest.mark.parametrize("content", [b"", b"not a database" * 100])
def test_a_file_that_is_no_book_is_left_alone(book_path: Path, content: bytes) -> None:
    """Another file under the book's name is refused and not touched."""
    book_path.write_bytes(content)
    with pytest.raises(ValueError, match="is not a book"):
        Simulator(book_path)
    assert book_path.read_bytes() == content


def test_a_platform_database_is_no_book(book_path: Path) -> None:
    """A SQLite file that is no book, or one of a later version, is refused."""
    other = sqlite3.connect(book_path)
    other.execute("CREATE TABLE subscription (id INTEGER)")
    other.close()
    with pytest.raises(ValueError, match="is not a book"):
        Simulator(book_path)


def test_a_durable_book_waits_for_the_disk(book_path: Path) -> None:
    """DESIGN 3: WAL in the file itself, FULL for every commit unless it is a test's."""
    one = Simulator(book_path)
    reader = sqlite3.connect(book_path)
    assert reader.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    reader.close()
    [synchronous] = one._book._rows("PRAGMA synchronous")  # noqa: SLF001 (no one else can see it)
    assert synchronous == (2,)
    one.close()


def test_many_may_make_the_same_book(book_path: Path) -> None:
    """Eight that open a book that is not there yet end up with one, and no draft remains."""
    start = Barrier(8)

    def open_one(number: int) -> Simulator:
        start.wait()
        one = Simulator(book_path)
        one.charge([charge(stored(one), f"k{number}")])
        return one

    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(open_one, range(8)))
    assert lines_by_key(opened[0]) == {f"k{number}": 1 for number in range(8)}
    assert list(book_path.parent.glob("*.new")) == []
    for one in opened:
        one.close()


# Other processes: each runs one of the functions below, see `child`


def charge_shared_keys(book_path: str, visa: PaymentMethod) -> None:
    """Charge fifty keys that others charge too, and print the references."""
    one = Simulator(book_path)
    for n in range(50):
        print(one.charge([charge(visa, f"k{n}")])[0].reference)  # noqa: T201 (read by the parent)
    one.close()


def charge_until_killed(book_path: str, visa: PaymentMethod) -> None:
    """Charge one batch after the other; print each one's references when it is answered."""
    one = Simulator(book_path)
    for number in range(1_000_000):
        outcomes = one.charge(batch(visa, number))
        print(*(outcome.reference for outcome in outcomes), flush=True)  # noqa: T201 (as above)


def batch(visa: PaymentMethod, number: int) -> list[Charge]:
    """The charges of one batch: the purchase is the batch."""
    return [charge(visa, f"{number}/{n}", purchase_id=number) for n in range(BATCH)]


def child(
    function: Callable[[str, PaymentMethod], None], *arguments: object
) -> subprocess.Popen[str]:
    """Another process that runs a function of this file; its standard output is read here."""
    names = f"{function.__name__}, Path, PaymentMethod"
    code = f"from {__name__} import {names}; {function.__name__}(*{arguments!r})"
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


def test_processes_share_one_book(book_path: Path) -> None:
    """Three processes charge the same keys at once: each gets the same reference, one line each."""
    one = Simulator(book_path)
    visa = stored(one)
    running = [child(charge_shared_keys, str(book_path), visa) for _ in range(3)]
    answers = [process.communicate()[0].split() for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert answers[0] == answers[1] == answers[2]
    assert [entry.outcome.reference for entry in one.book(MERCHANT)] == answers[0]
    assert len(answers[0]) == 50
    one.close()


def answered_before(running: subprocess.Popen[str], book_path: Path, lines: int) -> list[list[str]]:
    """Kill a process as soon as the book shows so many lines; what it was answered until then."""
    assert running.stdout
    answered = [running.stdout.readline().split()]
    reader = sqlite3.connect(book_path)
    while reader.execute("SELECT count(*) FROM attempt").fetchone()[0] < lines:
        assert running.poll() is None
    running.kill()
    reader.close()
    return answered + [line.split() for line in running.stdout if line.endswith("\n")]


@pytest.mark.parametrize("lines", [1, 10 * BATCH - 4, 20 * BATCH - 1, 40 * BATCH - 6])
def test_a_killed_process_leaves_whole_batches(book_path: Path, lines: int) -> None:
    """A process killed (-9) at any moment: each call is in the book as a whole or not at all.

    The kill follows a line of the book, so that a call which is written line by line would be
    caught half done. What was answered is there with the same references; what was not can be
    sent again.
    """
    one = Simulator(book_path)
    visa = stored(one)
    with child(charge_until_killed, str(book_path), visa) as running:
        answered = answered_before(running, book_path, lines)
    one.close()

    again = Simulator(book_path)
    sizes = Counter(entry.purchase_id for entry in again.book(MERCHANT))
    assert sizes == dict.fromkeys(range(len(sizes)), BATCH)
    assert len(sizes) - len(answered) in {0, 1}
    references = [entry.outcome.reference for entry in again.book(MERCHANT)]
    assert references[: BATCH * len(answered)] == list(chain.from_iterable(answered))
    outcomes = again.charge(batch(visa, len(answered)))
    assert {outcome.result for outcome in outcomes} == {Result.CAPTURED}
    assert set(lines_by_key(again).values()) == {1}
    assert len(lines_by_key(again)) == BATCH * (len(answered) + 1)
    again.close()


# The page for people


def test_the_page_lists_exactly_the_cards(simulator: Simulator) -> None:
    """docs/reference/test-cards.md has a row for each known card, in order, and no other."""
    text = (ROOT / "docs" / "reference" / "test-cards.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows == [row_of(known) for known in KNOWN_CARDS]
    assert {known.number for known in KNOWN_CARDS} == set(
        re.findall(r"^\| `(\w+)`", text, re.MULTILINE)
    )
    for behaviour in Behaviour:
        assert f"* **{behaviour.value}**: " in text
    assert f"`{refused(simulator, card(REAL_LOOKING)).reason}`" in text


def row_of(known: KnownCard) -> str:
    """A card as the page shows it."""
    outcome = known.behaviour.value
    if known.declined_charge:
        outcome += f" (charge {known.declined_charge})"
    code = f" `{known.code}` " if known.code else " "
    shown = f"`{known.number}` | {known.brand.type_name} | {known.last_four} | {outcome}"
    return f"| {shown} |{code}|"
