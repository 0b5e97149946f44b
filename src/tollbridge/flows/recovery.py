"""Finishing what a dead process left: attempts that are open or of unknown outcome."""

import structlog

from tollbridge.domain.payment import Result
from tollbridge.domain.records import AttemptRow
from tollbridge.domain.refusal import Busy
from tollbridge.flows.collecting import charge_for, settle_attempt
from tollbridge.ports import Platform

ACTOR = "recovery"

log = structlog.get_logger()


def recover(platform: Platform) -> int:
    """How many attempts were settled. Run when a process starts, before it serves.

    The gateway is asked by the attempt's key. What it never received is sent again under the
    same key, so that nobody is charged twice even if the first call is still on its way.
    """
    return sum(
        _finish(platform, attempt)
        for merchant in platform.store.merchants()
        for attempt in platform.store.open_attempts(merchant.id)
    )


def _finish(platform: Platform, attempt: AttemptRow) -> bool:
    """Whether the attempt is settled now; one that cannot be finished keeps no other waiting."""
    try:
        return _settled(platform, attempt)
    except (Busy, ValueError):
        log.exception(
            "payment_not_recovered",
            merchant_id=attempt.merchant_id,
            purchase_id=attempt.purchase_id,
            try_no=attempt.try_no,
        )
        return False


def _settled(platform: Platform, attempt: AttemptRow) -> bool:
    [outcome] = platform.gateway.look_up(attempt.merchant_id, [attempt.key])
    if outcome is None:
        method = platform.store.payment_method(attempt.merchant_id, attempt.payment_method_id)
        if method is None:
            message = f"payment method {attempt.payment_method_id} of an attempt is missing"
            raise ValueError(message)
        [outcome] = platform.gateway.charge([charge_for(attempt, method)])
    settle_attempt(platform, attempt, outcome, ACTOR)
    return outcome.result in (Result.CAPTURED, Result.DECLINED)
