"""What takes money survives an exit at any boundary: exactly one charge, and doctor is clean.

An aligned change, a sign-up of two subscriptions with one purchase, and recovery itself. The k-th
boundary to the store or the gateway ends the process, for every k until a process
survives. After the restart, recovery finishes what was begun, and a client that got no answer
asks again (DESIGN.md 5, R4, R7).
"""

import pytest

from tests.simulation.boundaries import Exit
from tests.simulation.machine import MERCHANT, MONTHLY, Machine, exits, order, stop
from tollbridge.commands.saving import require_held
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.item_change import ItemChange
from tollbridge.domain.payment import Result
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.subscription import SubscriptionStatus
from tollbridge.flows.change_item import change_item
from tollbridge.flows.collecting import Collector
from tollbridge.flows.recovery import recover
from tollbridge.flows.sign_up import sign_up
from tollbridge.ports import Store
from tollbridge.queries.doctor import examine

LOST_ANSWERS = ("T20000000000068T", "T20000000000069T")  # unknown, then captured or nothing
UPGRADE = ItemChange(
    running_no=1,
    product_id=2,
    quantity=1,
    alignment=Alignment(align=True, extend=True),
    call="test",
)


def _signed_up(machine: Machine) -> int:
    process = machine.start()
    signed_up = sign_up(process, MERCHANT, order(1), "test")
    stop(process)
    return signed_up.subscription_ids[0]


def _taken(process: Collector, *purchases: int) -> list[int]:
    """What the gateway has captured for these purchases."""
    return [
        entry.amount
        for entry in process.platform.gateway.book(MERCHANT)
        if entry.purchase_id in purchases and entry.outcome.result is Result.CAPTURED
    ]


def _alignments_in_book(process: Collector, subscription_id: int) -> int:
    rows = process.platform.store.money_rows(MERCHANT, subscription_id)
    return len(_taken(process, *(row.id for row in rows.purchases))) - 1  # less the sign-up


def test_exactly_one_charge_whichever_boundary_the_process_ends_at(machine: Machine) -> None:
    """R4, R7 and DESIGN.md 5, on both engines: the upgrade is charged once for every exit."""
    for exit_at in exits():
        subscription_id = _signed_up(machine)
        doomed = machine.start(exit_at)
        try:
            change_item(doomed, MERCHANT, subscription_id, UPGRADE, "test")
            survived = True
        except Exit:
            survived = False
        stop(doomed)

        restarted = machine.start()
        recover(restarted.platform)
        held = require_held(restarted.platform, MERCHANT, subscription_id)
        if held.subscription.item(1).version == 1:
            change_item(restarted, MERCHANT, subscription_id, UPGRADE, "test")
        held = require_held(restarted.platform, MERCHANT, subscription_id)
        assert held.subscription.item(1).version == 2, exit_at
        assert held.subscription.last_interval_no == 1, exit_at
        assert not held.subscription.purchases, exit_at
        assert _alignments_in_book(restarted, subscription_id) == 1, exit_at
        assert list(examine(restarted.platform)) == [], exit_at
        stop(restarted)
        if survived:
            break
    assert exit_at > 10  # the change crosses the store and the gateway many times


def test_a_shared_purchase_is_charged_once_whichever_boundary_the_process_ends_at(
    machine: Machine,
) -> None:
    """R4, R7, R16: two intervals make two subscriptions of one purchase, paid both or neither."""
    known: set[int] = set()
    for exit_at in exits():
        doomed = machine.start(exit_at)
        try:
            sign_up(doomed, MERCHANT, order(1, MONTHLY), "test")
            survived = True
        except Exit:
            survived = False
        stop(doomed)

        restarted = machine.start()
        recover(restarted.platform)
        store = restarted.platform.store
        begun = set(store.subscription_ids(MERCHANT)) - known
        known |= begun
        if begun:
            _require_shared(restarted, begun)
        assert list(store.open_attempts(MERCHANT)) == [], exit_at
        assert list(examine(restarted.platform)) == [], exit_at
        stop(restarted)
        if survived:
            break
    assert exit_at > 10  # before and after the save
    assert len(known) >= 4


def _require_shared(process: Collector, subscription_ids: set[int]) -> None:
    """Two active subscriptions with one purchase, which the gateway has captured once."""
    store = process.platform.store
    first, second = (store.money_rows(MERCHANT, number) for number in sorted(subscription_ids))
    [purchase] = first.purchases
    assert second.purchases == (purchase,)
    assert purchase.status is PurchaseStatus.PAID
    assert _taken(process, purchase.id) == [purchase.amount.gross] == [9995 + 995]
    for number in subscription_ids:
        subscription = require_held(process.platform, MERCHANT, number).subscription
        assert subscription.status is SubscriptionStatus.ACTIVE
        assert not subscription.purchases


@pytest.mark.parametrize("number", LOST_ANSWERS)
def test_recovery_that_ends_at_any_boundary_is_finished_by_the_next(
    machine: Machine, number: str
) -> None:
    """R7, DESIGN.md 5: whatever was left half done is asked about again, and never charged twice.

    Of two open attempts one may be settled when the process ends, so that the next finds the
    other alone.
    """
    for exit_at in exits():
        process = machine.start()
        opened = [
            sign_up(process, MERCHANT, order(1, MONTHLY, number=number), "test"),
            sign_up(process, MERCHANT, order(2, number=number), "test"),
        ]
        stop(process)

        doomed = machine.start(exit_at)
        assert len(_inner(doomed).open_attempts(MERCHANT)) == 2
        try:
            recover(doomed.platform)
            survived = True
        except Exit:
            survived = False
        stop(doomed)

        restarted = machine.start()
        recover(restarted.platform)
        _require_shared(restarted, set(opened[0].subscription_ids))
        assert _taken(restarted, opened[1].purchase_id) == [15000], exit_at
        assert list(restarted.platform.store.open_attempts(MERCHANT)) == [], exit_at
        assert list(examine(restarted.platform)) == [], exit_at
        stop(restarted)
        if survived:
            break
    assert exit_at > 10  # merchants, attempts, and for each of two: ask, read, save


def _inner(process: Collector) -> Store:
    """The store without boundaries: looking at it is no step of the process."""
    inner: Store = getattr(process.platform.store, "inner", process.platform.store)
    return inner
