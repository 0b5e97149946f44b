"""Listening in: a sandbox merchant's notifications sent to somewhere for a while, and seen.

A temporary endpoint stands in the database. Whoever tells and delivers does so for it too; where
nobody does, who listens does it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from tollbridge.commands.endpoints import (
    Checked,
    EndpointSettings,
    add_endpoint,
    remove_endpoint,
)
from tollbridge.domain.delivery import DeliveryAttempt, LaneKey
from tollbridge.domain.endpoint import NAME_MAX
from tollbridge.domain.notification import Notification
from tollbridge.domain.refusal import NotAllowed, NotFound, known_merchant
from tollbridge.flows.notifying import Notifying
from tollbridge.ports import Platform
from tollbridge.queries.endpoints import read_endpoint

PATIENCE = timedelta(seconds=1)  # wall time that what is due waits for a worker
LATE = timedelta(minutes=10)  # an attempt is stored at most so long after it began


class Listening:
    """What is posted to the temporary endpoint, as it comes in."""

    def __init__(
        self,
        platform: Platform,
        merchant_id: int,
        added: Checked,
        stopped: Callable[[], bool],
    ) -> None:
        self.added = added
        self._stopped = stopped
        self._platform = platform
        self._merchant_id = merchant_id
        self._since = platform.wall()
        self._seen: dict[tuple[LaneKey, int, int], datetime] = {}
        self._notifying = Notifying(platform, merchant_id, platform.new_key(), nominal=False)
        self._left_since: datetime | None = None

    def news(self) -> Sequence[tuple[DeliveryAttempt, Notification]]:
        """The attempts that were not seen before, in order.

        Raises NotFound where somebody else has removed the endpoint, NotAllowed where it has ended
        itself by answering 410.
        """
        self._go_on()
        endpoint = self.added.endpoint
        store, now = self._platform.store, self._platform.wall()
        since = max(self._since, now - LATE)
        found = [
            (attempt, notice)
            for attempt, notice in store.attempts_to(self._merchant_id, endpoint.id, since)
            if (attempt.lane, attempt.sequence, attempt.number) not in self._seen
        ]
        self._seen = {key: at for key, at in self._seen.items() if at >= since}
        for attempt, _ in found:
            key = (attempt.lane, attempt.sequence, attempt.number)
            self._seen[key] = attempt.posted_at
        if not found:
            self._require_there(endpoint.id)
        return found

    def close(self) -> None:
        """Wait for what is being posted, and remove the endpoint."""
        self._notifying.close()
        try:
            remove_endpoint(self._platform, self._merchant_id, self.added.endpoint.id)
        except NotFound:
            return  # somebody else was first

    def _go_on(self) -> None:
        """Tell and deliver what others have left for a while."""
        merchant = known_merchant(
            self._platform.store.merchant(self._merchant_id), self._merchant_id
        )
        wall = self._platform.wall()
        until = merchant.now(wall)
        if not self._notifying.left(until):
            self._left_since = None
            return
        if self._left_since is None:
            self._left_since = wall
        if wall - self._left_since >= PATIENCE:
            for _ in self._notifying.up_to(until, self._stopped):
                pass
            self._left_since = None

    def _require_there(self, endpoint_id: int) -> None:
        endpoint = read_endpoint(self._platform, self._merchant_id, endpoint_id)
        if not endpoint.active:
            message = "The receiver answered 410, which ends an endpoint: nothing more is sent"
            raise NotAllowed("endpoint_ended", message)


@contextmanager
def listening(
    platform: Platform,
    merchant_id: int,
    url: str,
    types: tuple[str, ...] = (),
    stopped: Callable[[], bool] = bool,
) -> Iterator[Listening]:
    """A temporary endpoint at a URL, removed at the end.

    One that was left behind by somebody who was killed is replaced. Deliveries end early once it is
    `stopped`. Raises NotAllowed for a live
    merchant, and what `add_endpoint` raises.
    """
    merchant = known_merchant(platform.store.merchant(merchant_id), merchant_id)
    merchant.sandbox_clock()
    settings = EndpointSettings(name=f"listen {url}"[:NAME_MAX], url=url, types=types)
    for stale in platform.store.endpoints(merchant_id):
        if stale.name == settings.name:
            remove_endpoint(platform, merchant_id, stale.id)
    added = add_endpoint(platform, merchant_id, settings)
    heard = Listening(platform, merchant_id, added, stopped)
    try:
        yield heard
    finally:
        heard.close()
