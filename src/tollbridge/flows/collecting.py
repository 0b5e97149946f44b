"""Taking money: for attempts that are committed, call the gateway, then settle (DESIGN.md 5).

The process may die between any two lines here: the attempt's row is there before the gateway is
called, and `recovery.py` finishes from it.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from copy import copy
from dataclasses import replace
from threading import BoundedSemaphore

from tollbridge.commands.settle import settle
from tollbridge.domain.customer import PaymentMethod
from tollbridge.domain.decision import Decision
from tollbridge.domain.payment import Charge, Outcome
from tollbridge.domain.records import AttemptRow, records_of
from tollbridge.domain.refund import RefundRow
from tollbridge.domain.settlement import Settlement
from tollbridge.flows.giving_back import give_back
from tollbridge.logs import log
from tollbridge.ports import Asked, Platform

WORKERS = 8
WAITING_MAX = 16
WAIT_SECONDS = 10.0


class Collector:
    """Charges attempts in a pool of its own, so that a slow gateway never starves reads.

    A caller waits for the outcome, but only so long, and only so many callers at once: the
    answer to a change does not depend on the payment (R1), and the pool settles it anyway.
    """

    def __init__(self, platform: Platform, *, wait_seconds: float = WAIT_SECONDS) -> None:
        self.platform = platform
        self._wait_seconds = wait_seconds
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="collect")
        self._waiting = BoundedSemaphore(WAITING_MAX)

    def asked(self, asked: Asked) -> "Collector":
        """The same pool, for a request with an Idempotency-Key."""
        view = copy(self)
        view.platform = replace(self.platform, asked=asked)
        return view

    def collect(self, decision: Decision, actor: str) -> None:
        """Make the attempts and refunds of a saved decision and settle them, or lose patience.

        Never raises for a payment: what could not be settled stays open and is asked about later.
        """
        records = records_of(decision.changes)
        refunds = [refund for refund in records.refunds if refund.charge_key]
        if decision.parties is None or not (records.attempts or refunds):
            return
        method = decision.parties.payment_method
        job = self._pool.submit(self._finish, records.attempts, method, refunds, actor)
        if not self._waiting.acquire(blocking=False):
            return
        try:
            self._await(job)
        finally:
            self._waiting.release()

    def close(self) -> None:
        """Let running payments end, then stop."""
        self._pool.shutdown(wait=True)

    def _await(self, job: "Future[None]") -> None:
        try:
            job.result(timeout=self._wait_seconds)
        except NotYet:
            log.warning("payment_slow", waited_seconds=self._wait_seconds)

    def _finish(
        self,
        attempts: Sequence[AttemptRow],
        method: PaymentMethod,
        refunds: Sequence[RefundRow],
        actor: str,
    ) -> None:
        """Charge, give back, settle; a failure is told here: nobody may be waiting any more."""
        try:
            self._charge_and_settle(attempts, method, actor)
            give_back(self.platform, refunds, actor)
        except Exception:
            rows: list[AttemptRow | RefundRow] = [*attempts, *refunds]
            log.exception(
                "payment_not_settled",
                merchant_id=rows[0].merchant_id,
                purchase_ids=sorted({row.purchase_id for row in rows}),
            )

    def _charge_and_settle(
        self, attempts: Sequence[AttemptRow], method: PaymentMethod, actor: str
    ) -> None:
        if not attempts:
            return
        charges = [charge_for(attempt, method) for attempt in attempts]
        outcomes = self.platform.gateway.charge(charges)
        for attempt, outcome in zip(attempts, outcomes, strict=True):
            settle_attempt(self.platform, attempt, outcome, actor)


def charge_for(attempt: AttemptRow, method: PaymentMethod) -> Charge:
    """What the gateway is asked for an attempt."""
    return Charge(
        key=attempt.key,
        merchant_id=attempt.merchant_id,
        purchase_id=attempt.purchase_id,
        try_no=attempt.try_no,
        amount=attempt.amount,
        currency=attempt.currency,
        payment_method=method,
    )


def settle_attempt(platform: Platform, attempt: AttemptRow, outcome: Outcome, actor: str) -> None:
    """Record the gateway's answer for an attempt."""
    settlement = Settlement(purchase_id=attempt.purchase_id, try_no=attempt.try_no, outcome=outcome)
    settle(platform, attempt.merchant_id, settlement, actor)
