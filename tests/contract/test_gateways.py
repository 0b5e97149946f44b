"""One suite for every payment gateway: what the `Gateway` port promises (DESIGN 5, 9)."""

import re
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from msgspec.structs import replace

from tests.contract.charging import (
    APPROVES,
    MERCHANT,
    REAL_LOOKING,
    card,
    charge,
    lines_by_key,
    refused,
    stored,
)
from tollbridge.domain.payment import Card, Outcome, Result
from tollbridge.domain.refusal import Invalid, NotAllowed
from tollbridge.gateways.simulator import Simulator
from tollbridge.ports import Gateway

Open = Callable[[], Gateway]


def simulator_in(folder: Path) -> Gateway:
    """The simulator, always on the same book of a folder."""
    return Simulator(folder / "gateway.book", memory=True)


GATEWAYS: dict[str, Callable[[Path], Gateway]] = {"simulator": simulator_in}


@pytest.fixture(params=sorted(GATEWAYS))
def open_gateway(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the gateway under test, each time on the same account; all are closed at the end."""
    opened: list[Gateway] = []

    def open_one() -> Gateway:
        opened.append(GATEWAYS[request.param](tmp_path))
        return opened[-1]

    yield open_one
    for gateway in opened:
        gateway.close()


@pytest.fixture
def gateway(open_gateway: Open) -> Gateway:
    """A gateway that has seen nothing."""
    return open_gateway()


def test_captured_money_is_in_the_book(gateway: Gateway) -> None:
    """A capture has a reference, is found by its key, and stands in the book as it was asked."""
    [outcome] = gateway.charge([charge(stored(gateway), "a", purchase_id=7)])
    assert (outcome.result, outcome.code) == (Result.CAPTURED, "")
    assert outcome.reference
    assert gateway.look_up(MERCHANT, ["a"]) == [outcome]
    [entry] = gateway.book(MERCHANT)
    assert (entry.key, entry.merchant_id, entry.purchase_id, entry.try_no) == ("a", MERCHANT, 7, 1)
    assert (entry.amount, entry.currency, entry.outcome) == (5032, "USD", outcome)


@pytest.mark.parametrize(
    ("number", "code", "hard"),
    [
        ("4000000000000002", "card_declined", False),
        ("4000000000000341", "card_declined", False),
        ("4000000000009995", "insufficient_funds", False),
        ("4000000000000119", "processing_error", False),
        ("4000000000009987", "lost_card", True),
        ("4000000000009979", "stolen_card", True),
        ("4000000000000069", "expired_card", True),
        ("4000000000000127", "incorrect_cvc", True),
    ],
)
def test_declines_say_why_and_whether_to_try_again(
    gateway: Gateway, number: str, code: str, *, hard: bool
) -> None:
    """R20: only a hard decline ends automatic tries, so the gateway tells them apart."""
    [outcome] = gateway.charge([charge(stored(gateway, number), "a")])
    assert outcome == Outcome(result=Result.DECLINED, code=code, hard=hard)
    assert gateway.look_up(MERCHANT, ["a"]) == [outcome]


@pytest.mark.parametrize("number", ["4000002500003155", "4000002760003184", "4000008260003178"])
def test_a_card_can_ask_for_the_customer(gateway: Gateway, number: str) -> None:
    """A card that needs authentication takes nothing by itself."""
    [outcome] = gateway.charge([charge(stored(gateway, number), "a")])
    assert (outcome.result, outcome.reference) == (Result.ACTION_REQUIRED, "")


@pytest.mark.parametrize(
    ("number", "type_id", "type_name", "last_four"),
    [
        ("4242 4242 4242 4242", "CCA_VIS", "Visa", "4242"),
        ("5555-5555-5555-4444", "CCA_MAS", "MasterCard", "4444"),
        ("378282246310005", "CCA_AMX", "American Express", "0005"),
        ("6011111111111117", "CCA_DIS", "Discover", "1117"),
        ("3056930009020004", "CCA_DIN", "Diners Club", "0004"),
        ("3566002020360505", "CCA_JCB", "JCB", "0505"),
    ],
)
def test_of_a_card_brand_and_last_four_remain(
    gateway: Gateway, number: str, type_id: str, type_name: str, last_four: str
) -> None:
    """What the wire shows of a card (platform.md a.5); spaces and dashes do not matter."""
    kept = gateway.store_card(MERCHANT, card(number, 3, 2031))
    assert (kept.type_id, kept.type_name, kept.last_four) == (type_id, type_name, last_four)
    assert (kept.expiry_month, kept.expiry_year) == (3, 2031)
    assert number not in repr(kept)


def test_of_most_cards_nothing_newer_is_known(gateway: Gateway) -> None:
    """None for a card that stands as it was, and for one that the gateway has never seen."""
    kept = stored(gateway)
    assert gateway.update_card(MERCHANT, kept) is None
    assert gateway.update_card(MERCHANT + 1, kept) is None
    assert gateway.update_card(MERCHANT, replace(kept, token="nobody's")) is None


@pytest.mark.parametrize("number", [APPROVES, "4000000000000002", "4000002500003155"])
def test_the_same_key_gives_the_first_outcome(open_gateway: Open, number: str) -> None:
    """However often a key is sent, in one call or many, from wherever: one line in the book."""
    one, other = open_gateway(), open_gateway()
    same = charge(stored(one, number), "a")
    first, second = one.charge([same, same])
    assert [first] == [second] == one.charge([same]) == other.charge([same])
    assert lines_by_key(one) == {"a": 1}


def test_another_key_is_another_charge(gateway: Gateway) -> None:
    """The gateway knows attempts by their keys, not by purchase or amount."""
    visa = stored(gateway)
    a, b = gateway.charge([charge(visa, "a"), charge(visa, "b")])
    assert a.reference != b.reference
    assert lines_by_key(gateway) == {"a": 1, "b": 1}


@pytest.mark.parametrize("change", [{"amount": 5033}, {"purchase_id": 2}])
def test_a_key_used_for_something_else_is_a_loud_mistake(
    gateway: Gateway, change: dict[str, int]
) -> None:
    """A key that came with another purchase or amount takes nothing, nor does its whole call."""
    visa = stored(gateway)
    gateway.charge([charge(visa, "a")])
    with pytest.raises(ValueError, match="key a came before"):
        gateway.charge([charge(visa, "b"), charge(visa, "a", **change)])
    assert gateway.look_up(MERCHANT, ["b"]) == [None]
    assert lines_by_key(gateway) == {"a": 1}


@pytest.mark.parametrize("amount", [0, -1])
def test_only_positive_amounts_are_charged(gateway: Gateway, amount: int) -> None:
    """R16: a total of 0 never comes to the gateway; that it does is a mistake of ours."""
    with pytest.raises(ValueError, match="not a positive amount"):
        gateway.charge([charge(stored(gateway), "a", amount=amount)])


def test_look_up_answers_in_order_and_none_for_what_never_came(gateway: Gateway) -> None:
    """A key that the gateway never received is told apart from one that declined."""
    gateway.charge([charge(stored(gateway, "4000000000000002"), "declined")])
    gateway.charge([charge(stored(gateway), "paid")])
    found = gateway.look_up(MERCHANT, ["paid", "never", "declined", "paid"])
    results = [outcome.result if outcome else None for outcome in found]
    assert results == [Result.CAPTURED, None, Result.DECLINED, Result.CAPTURED]
    assert gateway.look_up(MERCHANT, []) == []


def test_merchants_do_not_meet(gateway: Gateway) -> None:
    """Keys, tokens and the book of one merchant say nothing about another's."""
    mine, theirs = stored(gateway), stored(gateway, merchant_id=1)
    own, other, stolen = gateway.charge(
        [
            charge(mine, "a"),
            charge(theirs, "a", merchant_id=1, amount=1),
            charge(mine, "b", merchant_id=1),
        ]
    )
    assert (own.result, other.result) == (Result.CAPTURED, Result.CAPTURED)
    assert stolen == Outcome(result=Result.DECLINED, code="no_such_card", hard=True)
    assert [entry.amount for entry in gateway.book(MERCHANT)] == [5032]
    assert [entry.key for entry in gateway.book(1)] == ["a", "b"]


def test_many_charges_keep_their_order(gateway: Gateway) -> None:
    """500 charges in one call: outcomes in the order asked, the book in the same order."""
    cards = [
        stored(gateway, number) for number in (APPROVES, "4000000000000002", "378282246310005")
    ]
    asked = [charge(cards[n % 3], f"k{n}", purchase_id=n, amount=n + 1) for n in range(500)]
    outcomes = gateway.charge(asked)
    expected = [Result.DECLINED if n % 3 == 1 else Result.CAPTURED for n in range(500)]
    assert [outcome.result for outcome in outcomes] == expected
    assert gateway.look_up(MERCHANT, [one.key for one in asked]) == outcomes
    entries = list(gateway.book(MERCHANT))
    assert [(entry.key, entry.amount) for entry in entries] == [(a.key, a.amount) for a in asked]
    assert [entry.outcome for entry in entries] == outcomes
    assert gateway.charge([]) == []


def test_a_book_longer_than_a_page_is_read_to_its_end(gateway: Gateway) -> None:
    """The book is read in pages while it grows; nothing is left out and nothing comes twice."""
    visa = stored(gateway)
    gateway.charge([charge(visa, f"k{n}") for n in range(1200)])
    entries = gateway.book(MERCHANT)
    keys = [next(entries).key]
    gateway.charge([charge(visa, "late")])
    keys += [entry.key for entry in entries]
    assert keys == [*(f"k{n}" for n in range(1200)), "late"]


def test_a_racing_key_is_charged_once(open_gateway: Open) -> None:
    """Eight threads on two open gateways send the same keys at once: one outcome for each."""
    gateways = [open_gateway(), open_gateway()]
    visa = stored(gateways[0])
    asked = [charge(visa, f"k{n}") for n in range(20)]
    start = Barrier(8)

    def race(number: int) -> Sequence[Outcome]:
        start.wait()
        return [gateways[number % 2].charge([one])[0] for one in asked]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(race, range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert len({outcome.reference for outcome in answers[0]}) == 20
    assert lines_by_key(gateways[1]) == {one.key: 1 for one in asked}


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        (card(""), "card.number"),
        (card("4242"), "card.number"),
        (card("4242x24242424242"), "card.number"),
        (card("４２４２４２４２４２４２４２４２"), "card.number"),  # noqa: RUF001 (full-width digits)
        (card("4" * 20), "card.number"),
        (card("T2000000000765T"), "card.number"),
        (card(month=0), "card.expiry_month"),
        (card(month=13), "card.expiry_month"),
        (card(year=1969), "card.expiry_year"),
        (card(year=2201), "card.expiry_year"),
        (card(REAL_LOOKING, month=13), "card.expiry_month"),
    ],
)
def test_what_is_no_card_is_invalid(gateway: Gateway, typed: Card, field: str) -> None:
    """R17, R26: what cannot be read is Invalid and names its field, before any rule is asked."""
    refusal = refused(gateway, typed)
    assert isinstance(refusal, Invalid)
    assert refusal.field == field


@pytest.mark.parametrize("number", [REAL_LOOKING, "4929 1234-5678 1234", "T20000000000999T"])
def test_other_cards_are_refused_and_not_echoed(gateway: Gateway, number: str) -> None:
    """R17: a number that is no test card is not allowed, and no message or traceback shows it."""
    refusal = refused(gateway, card(number))
    assert isinstance(refusal, NotAllowed)
    assert (refusal.reason, refusal.field) == ("card_not_a_test_card", "card.number")
    lines = traceback.TracebackException.from_exception(refusal, capture_locals=True).format()
    told = "".join(lines)
    assert "_accepted" in told
    assert re.sub(r"\D", "", number)[-8:] not in re.sub(r"[ -]", "", told)
