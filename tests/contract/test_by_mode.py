"""Two gateways as one: each merchant's money is asked of the gateway of its mode."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.charging import card, charge, method, refund
from tollbridge.domain.customer import PaymentMethod
from tollbridge.domain.payment import Result
from tollbridge.gateways.by_mode import ByMode
from tollbridge.gateways.simulator import Simulator

LIVE, SANDBOX = 1, 2
MODES = {LIVE: True, SANDBOX: False}


@pytest.fixture
def live(tmp_path: Path) -> Simulator:
    """Stands for the real gateway: its own book shows what it was asked."""
    return Simulator(tmp_path / "live.book", memory=True)


@pytest.fixture
def sandbox(tmp_path: Path) -> Simulator:
    """The simulator of the sandbox."""
    return Simulator(tmp_path / "sandbox.book", memory=True)


@pytest.fixture
def gateway(live: Simulator, sandbox: Simulator) -> Iterator[ByMode]:
    """Both as one."""
    one = ByMode(live=live, sandbox=sandbox, is_live=MODES.get)
    yield one
    one.close()


def kept(gateway: ByMode, merchant_id: int, number: str = "4242424242424242") -> PaymentMethod:
    """A card of the merchant's."""
    return method(gateway.store_card(merchant_id, card(number)))


def test_a_mixed_call_keeps_its_order(gateway: ByMode, live: Simulator, sandbox: Simulator) -> None:
    """Charges and refunds of both modes in one call: each book has its own, outcomes in order."""
    cards = {merchant_id: kept(gateway, merchant_id) for merchant_id in MODES}
    whose = [SANDBOX, LIVE, LIVE, SANDBOX, LIVE]
    asked = [charge(cards[one], f"k{n}", merchant_id=one) for n, one in enumerate(whose)]
    outcomes = gateway.charge(asked)
    assert [gateway.look_up(one.merchant_id, [one.key])[0] for one in asked] == outcomes
    backs = [refund(one, paid, f"r{one.key}") for one, paid in zip(asked, outcomes, strict=True)]
    given = gateway.refund(backs)
    assert {outcome.result for outcome in given} == {Result.CAPTURED}
    assert [gateway.look_up(one.merchant_id, [one.key])[0] for one in backs] == given
    assert [entry.key for entry in live.book(LIVE)] == ["k1", "k2", "k4", "rk1", "rk2", "rk4"]
    assert [entry.key for entry in sandbox.book(SANDBOX)] == ["k0", "k3", "rk0", "rk3"]
    assert [*live.book(SANDBOX), *sandbox.book(LIVE)] == []
    assert list(gateway.book(LIVE)) == list(live.book(LIVE))


def test_a_card_is_asked_about_where_it_is_kept(gateway: ByMode, live: Simulator) -> None:
    """The card updater of the merchant's own gateway."""
    visa = kept(gateway, LIVE, "T20000000000080T")
    assert gateway.update_card(LIVE, visa) == live.update_card(LIVE, visa)
    assert live.update_card(LIVE, visa) is not None
    assert gateway.update_card(SANDBOX, visa) is None


def test_a_merchant_that_there_is_not_is_a_loud_mistake(gateway: ByMode) -> None:
    """Nothing is asked of any gateway for somebody unknown."""
    with pytest.raises(ValueError, match="no merchant 3"):
        gateway.charge([charge(kept(gateway, LIVE), "a", merchant_id=3)])
