"""Telling and delivering for one merchant up to a time, and until nothing is left of it."""

from collections.abc import Callable, Iterator
from datetime import datetime

from tollbridge.domain.refusal import known_merchant
from tollbridge.flows.delivering import Delivering, Due
from tollbridge.flows.tally import Sent
from tollbridge.flows.telling import Telling
from tollbridge.ports import Platform

WAIT = 0.05  # seconds until what came back is recorded


class Notifying:
    """A merchant's notices, beside or instead of the workers; to be closed.

    `nominal`: attempts are made at the time at which they are due (R24), else at the merchant's
    present.
    """

    def __init__(self, platform: Platform, merchant_id: int, holder: str, *, nominal: bool) -> None:
        self._platform = platform
        self._merchant_id = merchant_id
        self._nominal = nominal
        self._telling = Telling(platform, merchant_id, holder)
        self._delivering = Delivering(platform)

    def up_to(self, until: datetime, stopped: Callable[[], bool] = bool) -> Iterator[Sent]:
        """Tell all facts and deliver what is due up to then; what each step came to.

        What others are at is left to them.
        """
        for made in self._telling.batches(stopped):
            yield Sent(made=made.notices, mails=made.mails)
        nothing = Sent()
        while not stopped():
            merchant = known_merchant(
                self._platform.store.merchant(self._merchant_id), self._merchant_id
            )
            sent = self._delivering.turn([Due(merchant, until, nominal=self._nominal)], WAIT)
            yield sent
            if self._delivering.idle and sent == nothing:
                return

    def left(self, until: datetime) -> bool:
        """Whether something is left that others are at: to be told, or due up to then."""
        due = self._platform.store.earliest_delivery(self._merchant_id)
        return self._telling.left or (due is not None and due <= until)

    def close(self) -> None:
        """Wait for what is being posted, and let others go on."""
        try:
            self._delivering.close()
        finally:
            self._telling.release()
