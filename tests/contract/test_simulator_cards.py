"""What the simulator takes for a card, what it declines, and a book that grows."""

import re
import traceback

import pytest

from tests.contract.charging import MERCHANT, REAL_LOOKING, card, charge, refused, stored
from tollbridge.domain.payment import Card, CardToken, Outcome, Result
from tollbridge.domain.refusal import Invalid, NotAllowed
from tollbridge.gateways.simulator import Simulator


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
    simulator: Simulator, number: str, code: str, *, hard: bool
) -> None:
    """R20: only a hard decline ends automatic tries, so the gateway tells them apart."""
    [outcome] = simulator.charge([charge(stored(simulator, number), "a")])
    assert outcome == Outcome(result=Result.DECLINED, code=code, hard=hard)
    assert simulator.look_up(MERCHANT, ["a"]) == [outcome]


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
    simulator: Simulator, number: str, type_id: str, type_name: str, last_four: str
) -> None:
    """What the wire shows of a card (platform.md a.5); spaces and dashes do not matter."""
    kept = simulator.store_card(MERCHANT, card(number, 3, 2031))
    assert (kept.type_id, kept.type_name, kept.last_four) == (type_id, type_name, last_four)
    assert (kept.expiry_month, kept.expiry_year) == (3, 2031)
    assert number not in repr(kept)


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
def test_what_is_no_card_is_invalid(simulator: Simulator, typed: Card, field: str) -> None:
    """R17, R26: what cannot be read is Invalid and names its field, before any rule is asked."""
    refusal = refused(simulator, typed)
    assert isinstance(refusal, Invalid)
    assert refusal.field == field


@pytest.mark.parametrize("number", [REAL_LOOKING, "4929 1234-5678 1234", "T20000000000999T"])
def test_other_cards_are_refused_and_not_echoed(simulator: Simulator, number: str) -> None:
    """R17: a number that is no test card is not allowed, and no message or traceback shows it."""
    refusal = refused(simulator, card(number))
    assert isinstance(refusal, NotAllowed)
    assert (refusal.reason, refusal.field) == ("card_not_a_test_card", "card.number")
    lines = traceback.TracebackException.from_exception(refusal, capture_locals=True).format()
    told = "".join(lines)
    assert "_accepted" in told
    assert re.sub(r"\D", "", number)[-8:] not in re.sub(r"[ -]", "", told)


def test_a_book_longer_than_a_page_is_read_while_it_grows(simulator: Simulator) -> None:
    """The book is read in pages while it grows; nothing is left out and nothing comes twice."""
    visa = stored(simulator)
    simulator.charge([charge(visa, f"k{n}") for n in range(1200)])
    entries = simulator.book(MERCHANT)
    keys = [next(entries).key]
    simulator.charge([charge(visa, "late")])
    keys += [entry.key for entry in entries]
    assert keys == [*(f"k{n}" for n in range(1200)), "late"]


def test_there_is_no_page_that_gives_tokens(simulator: Simulator) -> None:
    """A token is no test card."""
    with pytest.raises(Invalid) as caught:
        simulator.store_card(MERCHANT, CardToken(token="pm_1"))
    assert caught.value.field == "card.token"


def test_a_mistake_takes_nothing_of_its_call(simulator: Simulator) -> None:
    """A key that came before with another amount stops the charges beside it too."""
    visa = stored(simulator)
    simulator.charge([charge(visa, "a")])
    with pytest.raises(ValueError, match="key a came before"):
        simulator.charge([charge(visa, "b"), charge(visa, "a", amount=1)])
    assert simulator.look_up(MERCHANT, ["b"]) == [None]


def test_many_charges_stand_in_the_book_in_their_order(simulator: Simulator) -> None:
    """500 charges in one call are lines in the order asked."""
    visa, other = stored(simulator), stored(simulator, "4000000000000002")
    cards = [visa, other]
    asked = [charge(cards[n % 2], f"k{n}", amount=n + 1) for n in range(500)]
    outcomes = simulator.charge(asked)
    entries = list(simulator.book(MERCHANT))
    assert [(entry.key, entry.amount) for entry in entries] == [(a.key, a.amount) for a in asked]
    assert [entry.outcome for entry in entries] == outcomes
