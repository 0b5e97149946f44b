"""Finishing what a dead process left: payments and refunds that are open or of unknown outcome."""

from collections.abc import Sequence
from datetime import datetime

from tollbridge.commands.settle import settle_all
from tollbridge.domain.payment import CUSTOMER_WAITED_FOR, Charge, Outcome, Result
from tollbridge.domain.records import AttemptRow
from tollbridge.domain.refund import RefundRow
from tollbridge.domain.refusal import Busy, known_merchant
from tollbridge.domain.settlement import Settlement
from tollbridge.flows.collecting import charge_for
from tollbridge.flows.giving_back import finish_refund
from tollbridge.logs import log
from tollbridge.ports import Platform, UnsavableError

ACTOR = "recovery"
BATCH = 500
UNSETTLED = (Busy, UnsavableError, ValueError)  # one attempt's own trouble


def recover(platform: Platform) -> int:
    """How many attempts were settled. Run when a process starts, before it serves.

    The gateway is asked by the attempt's key. What it never received is sent again under the
    same key, so that nobody is charged twice even if the first call is still on its way.
    """
    return sum(recover_merchant(platform, merchant.id) for merchant in platform.store.merchants())


def recover_merchant(platform: Platform, merchant_id: int, before: datetime | None = None) -> int:
    """The same for one merchant; with `before` only for attempts recorded before this wall time."""
    store = platform.store
    attempts = store.open_attempts(merchant_id, before)
    settled = sum(
        _finish_batch(platform, attempts[first : first + BATCH])
        for first in range(0, len(attempts), BATCH)
    )
    refunds = (one.begun for one in store.open_refunds(merchant_id, before))
    return settled + sum(_finish(platform, refund) for refund in refunds)


def _finish_batch(platform: Platform, attempts: Sequence[AttemptRow]) -> int:
    """How many of these are settled now; where that fails, one by one."""
    try:
        return _settled(platform, attempts)
    except UNSETTLED:
        return sum(_finish(platform, attempt) for attempt in attempts)


def _finish(platform: Platform, begun: AttemptRow | RefundRow) -> bool:
    """Whether it is settled now; one that cannot be finished keeps no other waiting."""
    try:
        if isinstance(begun, RefundRow):
            return finish_refund(platform, begun, ACTOR)
        return bool(_settled(platform, [begun]))
    except UNSETTLED:
        log.exception(
            "payment_not_recovered",
            merchant_id=begun.merchant_id,
            purchase_id=begun.purchase_id,
        )
        return False


def _settled(platform: Platform, attempts: Sequence[AttemptRow]) -> int:
    """Ask, send what was never received, and settle what came of it; how many are decided."""
    merchant_id = attempts[0].merchant_id
    found = platform.gateway.look_up(merchant_id, [attempt.key for attempt in attempts])
    unknown = [one for one, outcome in zip(attempts, found, strict=True) if outcome is None]
    sent = iter(platform.gateway.charge([_charge(platform, one) for one in unknown]))
    outcomes = [outcome or next(sent) for outcome in found]
    outcomes = _waited_for_enough(platform, attempts, outcomes)
    settlements = [
        Settlement(purchase_id=one.purchase_id, try_no=one.try_no, outcome=outcome)
        for one, outcome in zip(attempts, outcomes, strict=True)
    ]
    settle_all(platform, merchant_id, settlements, ACTOR)
    return sum(outcome.result in (Result.CAPTURED, Result.DECLINED) for outcome in outcomes)


def _waited_for_enough(
    platform: Platform, attempts: Sequence[AttemptRow], outcomes: Sequence[Outcome]
) -> list[Outcome]:
    """The outcomes, where charges that waited long enough for their customer are taken back.

    Until it is decided, R7 lets nothing else be charged; a decline begins the retries (R20).
    """
    merchant_id = attempts[0].merchant_id
    merchant = known_merchant(platform.store.merchant(merchant_id), merchant_id)
    latest = merchant.now(platform.wall()) - CUSTOMER_WAITED_FOR
    keys = [
        one.key
        for one, outcome in zip(attempts, outcomes, strict=True)
        if outcome.result is Result.ACTION_REQUIRED and one.opened_at <= latest
    ]
    if not keys:
        return list(outcomes)
    answers = zip(keys, platform.gateway.cancel(merchant_id, keys), strict=True)
    decided = {key: answer for key, answer in answers if answer.result is not Result.UNKNOWN}
    return [decided.get(one.key, outcome) for one, outcome in zip(attempts, outcomes, strict=True)]


def _charge(platform: Platform, attempt: AttemptRow) -> Charge:
    method = platform.store.payment_method(attempt.merchant_id, attempt.payment_method_id)
    if method is None:
        message = f"payment method {attempt.payment_method_id} of an attempt is missing"
        raise ValueError(message)
    return charge_for(attempt, method)
