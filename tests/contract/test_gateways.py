"""One suite for every payment gateway: what the `Gateway` port promises (DESIGN 5, 9)."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from msgspec.structs import replace

from tests.contract.charging import (
    APPROVES,
    ASKS_CUSTOMER,
    DECLINES,
    MERCHANT,
    OpenGateway,
    charge,
    lines_by_key,
    stored,
)
from tollbridge.domain.payment import Outcome, Result
from tollbridge.ports import Gateway


def test_captured_money_is_in_the_book(gateway: Gateway) -> None:
    """A capture has a reference, is found by its key, and stands in the book as it was asked."""
    [outcome] = gateway.charge([charge(stored(gateway), "a", purchase_id=7)])
    assert (outcome.result, outcome.code) == (Result.CAPTURED, "")
    assert outcome.reference
    assert gateway.look_up(MERCHANT, ["a"]) == [outcome]
    [entry] = gateway.book(MERCHANT)
    assert (entry.key, entry.merchant_id, entry.purchase_id, entry.try_no) == ("a", MERCHANT, 7, 1)
    assert (entry.amount, entry.currency, entry.outcome) == (5032, "USD", outcome)


@pytest.mark.parametrize("number", [ASKS_CUSTOMER, "4000002760003184", "4000008260003178"])
def test_a_card_can_ask_for_the_customer(gateway: Gateway, number: str) -> None:
    """A card that needs authentication takes nothing by itself."""
    [outcome] = gateway.charge([charge(stored(gateway, number), "a")])
    assert (outcome.result, outcome.reference) == (Result.ACTION_REQUIRED, "")
    assert outcome.url
    assert gateway.look_up(MERCHANT, ["a"]) == [outcome]


def test_a_charge_that_waits_can_be_taken_back(gateway: Gateway) -> None:
    """Then it is declined for ever, under its key too; what is decided or unknown stays so."""
    waits = charge(stored(gateway, ASKS_CUSTOMER), "waits")
    [_, paid] = gateway.charge([waits, charge(stored(gateway), "paid", purchase_id=8)])
    taken = gateway.cancel(MERCHANT, ["waits", "paid", "never sent"])
    assert [one.result for one in taken] == [Result.DECLINED, Result.CAPTURED, Result.UNKNOWN]
    assert (taken[0].code, taken[0].hard, taken[1]) == ("canceled", False, paid)
    assert gateway.look_up(MERCHANT, ["waits", "paid"]) == taken[:2]
    assert gateway.cancel(MERCHANT, ["waits"]) == taken[:1]
    assert gateway.cancel(MERCHANT + 1, ["paid"]) == [Outcome(result=Result.UNKNOWN)]


def test_of_most_cards_nothing_newer_is_known(gateway: Gateway) -> None:
    """None for a card that stands as it was, and for one that the gateway has never seen."""
    kept = stored(gateway)
    assert gateway.update_card(MERCHANT, kept) is None
    assert gateway.update_card(MERCHANT + 1, kept) is None
    assert gateway.update_card(MERCHANT, replace(kept, token="nobody's")) is None


@pytest.mark.parametrize("number", [APPROVES, DECLINES, ASKS_CUSTOMER])
def test_the_same_key_gives_the_first_outcome(open_gateway: OpenGateway, number: str) -> None:
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
    """A key that came with another purchase or amount takes nothing."""
    visa = stored(gateway)
    [first] = gateway.charge([charge(visa, "a")])
    with pytest.raises(ValueError, match="key a came before"):
        gateway.charge([charge(visa, "a", **change)])
    [entry] = gateway.book(MERCHANT)
    assert (entry.amount, entry.purchase_id, entry.outcome) == (5032, 1, first)


@pytest.mark.parametrize("amount", [0, -1])
def test_only_positive_amounts_are_charged(gateway: Gateway, amount: int) -> None:
    """R16: a total of 0 never comes to the gateway; that it does is a mistake of ours."""
    with pytest.raises(ValueError, match="not a positive amount"):
        gateway.charge([charge(stored(gateway), "a", amount=amount)])


def test_look_up_answers_in_order_and_none_for_what_never_came(gateway: Gateway) -> None:
    """A key that the gateway never received is told apart from one that declined."""
    gateway.charge([charge(stored(gateway, DECLINES), "declined")])
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
    captured = [entry for entry in gateway.book(1) if entry.outcome.result is Result.CAPTURED]
    assert [(entry.key, entry.amount) for entry in captured] == [("a", 1)]
    assert gateway.look_up(1, ["a"]) == [other]
    assert gateway.look_up(2, ["a"]) == [None]


def test_many_charges_keep_their_order(gateway: Gateway) -> None:
    """110 charges in one call, more than a page of Stripe's: outcomes in the order asked."""
    cards = [stored(gateway, number) for number in (APPROVES, DECLINES, "5555555555554444")]
    asked = [charge(cards[n % 3], f"k{n}", purchase_id=n, amount=n + 1) for n in range(110)]
    outcomes = gateway.charge(asked)
    expected = [Result.DECLINED if n % 3 == 1 else Result.CAPTURED for n in range(110)]
    assert [outcome.result for outcome in outcomes] == expected
    assert gateway.look_up(MERCHANT, [one.key for one in asked[-9:]]) == outcomes[-9:]
    entries = {entry.key: entry for entry in gateway.book(MERCHANT)}
    assert [entries[one.key].amount for one in asked] == [one.amount for one in asked]
    assert [entries[one.key].outcome for one in asked] == outcomes
    assert gateway.charge([]) == []


def test_a_racing_key_is_charged_once(open_gateway: OpenGateway) -> None:
    """Eight threads on two open gateways send the same keys at once: one outcome for each.

    A gateway may say of a key that is on its way already that it does not know yet.
    """
    gateways = [open_gateway(), open_gateway()]
    visa = stored(gateways[0])
    asked = [charge(visa, f"k{n}") for n in range(20)]
    start = Barrier(8)

    def race(number: int) -> Sequence[Outcome]:
        start.wait()
        return [gateways[number % 2].charge([one])[0] for one in asked]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(race, range(8)))
    known = gateways[0].look_up(MERCHANT, [one.key for one in asked])
    assert len({outcome.reference for outcome in known if outcome}) == 20
    for answer in answers:
        for outcome, truth in zip(answer, known, strict=True):
            assert outcome in (truth, Outcome(result=Result.UNKNOWN))
    assert lines_by_key(gateways[1]) == {one.key: 1 for one in asked}
