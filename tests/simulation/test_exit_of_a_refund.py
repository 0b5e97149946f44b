"""A refund survives an exit at any boundary: given back exactly once, and doctor is clean.

As `test_exit_at_every_boundary.py` does for charges: the k-th boundary to the store or the gateway
ends the process, for every k until one survives; then recovery finishes what was begun, and a
caller that got no answer asks again.
"""

import pytest

from tests.simulation.boundaries import Exit
from tests.simulation.machine import MERCHANT, Machine, exits, order, stop
from tollbridge.domain.payment import Result
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.refunding import RefundRequest
from tollbridge.domain.refusal import NotAllowed
from tollbridge.flows.collecting import Collector
from tollbridge.flows.purchases import outcome_of, refund
from tollbridge.flows.recovery import recover
from tollbridge.flows.sign_up import sign_up
from tollbridge.queries.doctor import examine

REFUND_LOST = "T20000000000081T"
CARDS = ["4242424242424242", REFUND_LOST]


def given_back(process: Collector, purchase_id: int) -> int:
    """What the gateway has given back of a purchase."""
    return sum(
        entry.amount
        for entry in process.platform.gateway.book(MERCHANT)
        if entry.charge_key
        and entry.purchase_id == purchase_id
        and entry.outcome.result is Result.CAPTURED
    )


@pytest.mark.parametrize("number", CARDS)
def test_given_back_exactly_once_whichever_boundary_the_process_ends_at(
    machine: Machine, number: str
) -> None:
    """R4, DESIGN.md 5, on both engines; with an answer that is lost too."""
    for exit_at in exits():
        process = machine.start()
        bought = sign_up(process, MERCHANT, order(1, number=number), "test")
        stop(process)
        purchase_id = bought.purchase_id

        doomed = machine.start(exit_at)
        try:
            refund(doomed, MERCHANT, purchase_id, RefundRequest(), "test")
            survived = True
        except Exit:
            survived = False
        stop(doomed)

        restarted = machine.start()
        recover(restarted.platform)
        recover(restarted.platform)  # what it sent again may be answered in the next round only
        try:
            refund(restarted, MERCHANT, purchase_id, RefundRequest(), "test")
            recover(restarted.platform)
        except NotAllowed as refused:
            assert refused.reason == "nothing_to_refund"  # noqa: PT017 - either may be
        told = outcome_of(restarted.platform, MERCHANT, purchase_id)
        assert (told.status, told.refunded) == (PurchaseStatus.REFUNDED, told.gross), exit_at
        assert not told.pending
        assert given_back(restarted, purchase_id) == told.gross, exit_at
        assert list(restarted.platform.store.open_refunds(MERCHANT)) == [], exit_at
        assert list(examine(restarted.platform)) == [], exit_at
        stop(restarted)
        if survived:
            break
    assert exit_at > 10  # the refund crosses the store and the gateway many times
