"""Notices by the clock: facts are told and deliveries posted within about a second.

Any number of processes may do so at once: who tells leases the slots, who posts the lanes.
"""

from collections.abc import Callable

from tollbridge.flows.delivering import Delivering, Due
from tollbridge.flows.tally import Sent
from tollbridge.flows.telling import Made, Telling
from tollbridge.logs import log
from tollbridge.ports import Platform, StoreUnavailableError
from tollbridge.worker.loop import Loop, Stopped

POLL = 0.3  # seconds between two looks when there is nothing to do
RESULTS = 0.3  # seconds that are waited for the first of many posts

Heard = Callable[[Sent], None]


class Teller:
    """Tells whatever has become true, a round over all merchants at a time."""

    def __init__(self, platform: Platform, heard: Heard | None = None) -> None:
        self._platform = platform
        self._heard = heard
        self._holder = platform.new_key()
        self._of_merchants: dict[int, Telling] = {}

    def round(self, stopped: Stopped = bool) -> bool:
        """Tell what is untold; whether there may be more at once. Raises StoreUnavailableError.

        A merchant whose facts cannot be told keeps no other waiting.
        """
        made = Made()
        for merchant in self._platform.store.merchants():
            if stopped():
                return False
            try:
                made = made.plus(self._tell(merchant.id, stopped))
            except StoreUnavailableError:
                raise
            except Exception:
                log.exception("merchant_not_told", merchant_id=merchant.id)
        return any(made)

    def _tell(self, merchant_id: int, stopped: Stopped) -> Made:
        telling = self._of_merchants.get(merchant_id)
        if telling is None:
            telling = Telling(self._platform, merchant_id, self._holder)
            self._of_merchants[merchant_id] = telling
        made = Made()
        try:
            for batch in telling.batches(stopped):
                made = made.plus(batch)
                if self._heard is not None:
                    self._heard(Sent(made=batch.notices, mails=batch.mails))
        finally:
            telling.release()
        return made


class Postman:
    """Posts whatever is due, of all merchants side by side."""

    def __init__(self, platform: Platform, heard: Heard | None = None) -> None:
        self._platform = platform
        self._heard = heard
        self._delivering = Delivering(platform)

    def round(self, stopped: Stopped = bool) -> bool:
        """One turn; whether something is under way. Raises StoreUnavailableError."""
        if stopped():
            return False
        now = self._platform.wall()
        dues = [Due(merchant, merchant.now(now)) for merchant in self._platform.store.merchants()]
        sent = self._delivering.turn(dues, RESULTS)
        if self._heard is not None and sent != Sent():
            self._heard(sent)
        return not self._delivering.idle or sent != Sent()

    def close(self) -> None:
        """Wait for what is being posted."""
        self._delivering.close()


def notice_loops(platform: Platform, heard: Heard | None = None) -> tuple[Loop, ...]:
    """What tells and what posts."""
    postman = Postman(platform, heard)
    return (
        Loop("telling", Teller(platform, heard).round, POLL),
        Loop("delivering", postman.round, POLL, at_end=postman.close),
    )
