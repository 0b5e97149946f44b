"""Giving money back: what is committed is asked of the gateway, then settled (DESIGN.md 5)."""

from collections.abc import Sequence

from tollbridge.commands.refund import settle_refund
from tollbridge.domain.payment import Outcome, Refund, Result
from tollbridge.domain.refund import RefundRow
from tollbridge.domain.refunding import RefundSettlement
from tollbridge.ports import Platform


def give_back(platform: Platform, refunds: Sequence[RefundRow], actor: str) -> None:
    """Ask the gateway for refunds that were begun, and record its answers."""
    if not refunds:
        return
    outcomes = platform.gateway.refund([refund_for(row) for row in refunds])
    for row, outcome in zip(refunds, outcomes, strict=True):
        _settle(platform, row, outcome, actor)


def finish_refund(platform: Platform, row: RefundRow, actor: str) -> bool:
    """Ask what became of a refund, and again for what the gateway never received.

    Whether it is settled now. The key is the same, so nothing is given back twice.
    """
    [outcome] = platform.gateway.look_up(row.merchant_id, [row.key])
    if outcome is None:
        [outcome] = platform.gateway.refund([refund_for(row)])
    _settle(platform, row, outcome, actor)
    return outcome.result in (Result.CAPTURED, Result.DECLINED)


def refund_for(row: RefundRow) -> Refund:
    """What the gateway is asked for a refund."""
    return Refund(
        key=row.key,
        merchant_id=row.merchant_id,
        purchase_id=row.purchase_id,
        refund_no=row.refund_no,
        charge_key=row.charge_key,
        reference=row.charge_reference,
        amount=row.amount,
        currency=row.currency,
    )


def _settle(platform: Platform, row: RefundRow, outcome: Outcome, actor: str) -> None:
    settlement = RefundSettlement(
        purchase_id=row.purchase_id, refund_no=row.refund_no, outcome=outcome
    )
    settle_refund(platform, row.merchant_id, settlement, actor)
