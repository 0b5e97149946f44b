"""Asking again about payments that are open or of unknown outcome (DESIGN.md 5, R7).

A gateway may answer too late, and a database may be away when its answer is to be recorded. Until
the attempt is settled the subscription refuses further charges, so it is asked about while the
process lives and not only when the next one starts.
"""

from threading import Event, Thread

import structlog

from tollbridge.flows.recovery import recover
from tollbridge.ports import Platform

SECONDS = 60.0  # between two rounds; wall time (R23)

log = structlog.get_logger()


class OpenPayments:
    """Runs `recover` every `seconds` in a thread of its own until it is closed.

    Any number of processes may do so at once: a key never takes money twice, and settling what
    is settled changes nothing.
    """

    def __init__(self, platform: Platform, *, seconds: float = SECONDS) -> None:
        self._platform = platform
        self._seconds = seconds
        self._closed = Event()
        self._thread = Thread(target=self._run, name="open-payments", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End after the round that is running."""
        self._closed.set()
        self._thread.join()

    def ask(self) -> int:
        """One round: how many attempts were settled. What fails is logged; the next round comes."""
        try:
            settled = recover(self._platform)
        except Exception:
            log.exception("open_payments_not_asked_about")
            return 0
        if settled:
            log.info("open_payments_settled", settled=settled)
        return settled

    def _run(self) -> None:
        while not self._closed.wait(self._seconds):
            self.ask()
