"""What every payment gateway promises of refunds: the `Gateway` port (DESIGN 5, 9)."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from msgspec.structs import replace

from tests.contract.charging import (
    DECLINES,
    MERCHANT,
    OpenGateway,
    charge,
    lines_by_key,
    refund,
    stored,
)
from tollbridge.domain.payment import Charge, Outcome, Result
from tollbridge.ports import Gateway


def paid(gateway: Gateway, key: str = "a", amount: int = 5032) -> tuple[Charge, Outcome]:
    """A charge that was captured."""
    asked = charge(stored(gateway), key, amount=amount)
    [captured] = gateway.charge([asked])
    return asked, captured


def test_a_refund_is_in_the_book(gateway: Gateway) -> None:
    """It has a reference of its own, is found by its key, and names its charge in the book."""
    asked, captured = paid(gateway)
    [outcome] = gateway.refund([refund(asked, captured, "r", refund_no=3)])
    assert (outcome.result, outcome.code) == (Result.CAPTURED, "")
    assert outcome.reference not in {"", captured.reference}
    assert gateway.look_up(MERCHANT, ["r", "a"]) == [outcome, captured]
    taken, given = gateway.book(MERCHANT)
    assert (taken.key, taken.charge_key) == ("a", "")
    assert (given.key, given.charge_key, given.merchant_id) == ("r", "a", MERCHANT)
    assert (given.purchase_id, given.try_no, given.outcome) == (1, 3, outcome)
    assert (given.amount, given.currency) == (5032, "USD")


def test_money_is_given_back_in_parts_until_none_is_left(gateway: Gateway) -> None:
    """Never more than is left of the charge: that is declined, and trying again cannot help."""
    asked, captured = paid(gateway)
    parts = [("r1", 2000), ("r2", 3033), ("r3", 3032), ("r4", 1)]
    outcomes = [
        gateway.refund([refund(asked, captured, key, amount=amount)])[0] for key, amount in parts
    ]
    results = [outcome.result for outcome in outcomes]
    assert results == [Result.CAPTURED, Result.DECLINED, Result.CAPTURED, Result.DECLINED]
    for declined in outcomes[1::2]:
        assert (declined.code, declined.hard) == ("refund_exceeds_charge", True)
    given = [entry for entry in gateway.book(MERCHANT) if entry.charge_key]
    done = [entry.amount for entry in given if entry.outcome.result is Result.CAPTURED]
    assert done == [2000, 3032]


def test_refunds_of_one_call_share_what_is_left(gateway: Gateway) -> None:
    """Many refunds at once give back no more than the charge; other charges are untouched."""
    (first, first_captured), (second, second_captured) = paid(gateway), paid(gateway, "b")
    asked = [refund(first, first_captured, f"r{n}", amount=2000) for n in range(4)]
    outcomes = gateway.refund([*asked, refund(second, second_captured, "other")])
    done = [outcome.result is Result.CAPTURED for outcome in outcomes[:4]]
    assert sorted(done) == [False, False, True, True]
    assert outcomes[4].result is Result.CAPTURED
    known = gateway.look_up(MERCHANT, [one.key for one in asked])
    for outcome, found in zip(outcomes[:4], known, strict=True):  # a refusal may leave no trace
        assert found == outcome or (found is None and outcome.result is Result.DECLINED)
    assert gateway.refund([]) == []


def test_the_same_key_gives_back_once(open_gateway: OpenGateway) -> None:
    """However often a refund is sent, in one call or many, from wherever: one line in the book."""
    one, other = open_gateway(), open_gateway()
    asked, captured = paid(one)
    back = refund(asked, captured, "r", amount=2000)
    first, second = one.refund([back, back])
    assert [first] == [second] == one.refund([back]) == other.refund([back])
    assert lines_by_key(one) == {"a": 1, "r": 1}


def test_a_racing_refund_is_done_once(open_gateway: OpenGateway) -> None:
    """Four threads on two open gateways give back the same: one outcome for each key."""
    gateways = [open_gateway(), open_gateway()]
    asked, captured = paid(gateways[0])
    parts = [refund(asked, captured, f"r{n}", amount=1000) for n in range(5)]
    start = Barrier(4)

    def race(number: int) -> Sequence[Outcome]:
        start.wait()
        return [gateways[number % 2].refund([part])[0] for part in parts]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(race, range(4)))
    known = gateways[0].look_up(MERCHANT, [part.key for part in parts])
    assert {outcome.result for outcome in known if outcome} == {Result.CAPTURED}
    for answer in answers:
        for outcome, truth in zip(answer, known, strict=True):
            assert outcome in (truth, Outcome(result=Result.UNKNOWN))
    assert lines_by_key(gateways[1]) == {"a": 1} | {part.key: 1 for part in parts}


def test_a_refund_key_used_for_something_else_is_a_loud_mistake(gateway: Gateway) -> None:
    """A key that came with another amount gives nothing back."""
    asked, captured = paid(gateway)
    gateway.refund([refund(asked, captured, "r", amount=2000)])
    with pytest.raises(ValueError, match="key r came before"):
        gateway.refund([refund(asked, captured, "r", amount=1000)])
    assert lines_by_key(gateway) == {"a": 1, "r": 1}


@pytest.mark.parametrize("amount", [0, -1])
def test_only_positive_amounts_are_given_back(gateway: Gateway, amount: int) -> None:
    """Giving back a negative amount would be a charge."""
    asked, captured = paid(gateway)
    with pytest.raises(ValueError, match="not a positive amount"):
        gateway.refund([refund(asked, captured, "r", amount=amount)])


def test_of_what_was_not_taken_nothing_is_given_back(gateway: Gateway) -> None:
    """Of a charge that was declined, and of one that the gateway does not know."""
    asked = charge(stored(gateway, DECLINES), "a")
    [declined] = gateway.charge([asked])
    elsewhere = replace(asked, key="never")
    outcomes = gateway.refund(
        [refund(asked, declined, "r1"), refund(elsewhere, declined, "r2")],
    )
    for outcome in outcomes:
        assert outcome == Outcome(result=Result.DECLINED, code="no_such_charge", hard=True)
