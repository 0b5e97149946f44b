"""What the store keeps of notices: endpoints, notifications, deliveries and their attempts.

A lane is a queue at one endpoint: the deliveries of one stream in order, or one that is replayed.
It knows its `head` (the first delivery that has not ended), its `last`, and when the head is due.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from tollbridge.domain.delivery import (
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    LaneKey,
    Verdict,
)
from tollbridge.domain.endpoint import Endpoint, EndpointSecrets, Format
from tollbridge.domain.facts import Fact
from tollbridge.domain.mail import Mail
from tollbridge.domain.notification import Notification


class Untold(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one stream that are not told yet, by subscription and sequence."""

    stream: int
    facts: tuple[Fact, ...]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A notification that is made, and which endpoints are sent it.

    Several of one stream are told in the order in which they are given.
    """

    notification: Notification
    endpoint_ids: tuple[int, ...]


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a lane that is ours to post: its notice, and its body where there is one yet.

    `tries` were made before; `due_at` is when this one is due (business time). It is ours until
    `leased_until` (wall time). `has_next` says that another delivery waits behind it.
    """

    lane: LaneKey
    sequence: int
    tries: int
    due_at: datetime
    leased_until: datetime
    has_next: bool
    notification: Notification
    body: bytes | None


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a claimed delivery: its attempts (posted twice by chaos they are two)."""

    claimed: Claimed
    attempts: tuple[DeliveryAttempt, ...]
    verdict: Verdict
    at: datetime


class NoticeFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which notifications are asked for; `since` and `until` bound their business time.

    `state` is that of any delivery of theirs.
    """

    type: str = ""
    since: datetime | None = None
    until: datetime | None = None
    subscription_id: int | None = None
    state: DeliveryState | None = None


class NoticePlace(msgspec.Struct, frozen=True, array_like=True):
    """Where a page of notifications ended: the next one is of older ones."""

    at: datetime
    id: int


class NoticeHistory(msgspec.Struct, frozen=True, kw_only=True):
    """A notification with what became of it: bodies by format, deliveries, their attempts."""

    notification: Notification
    bodies: Mapping[Format, bytes]
    deliveries: tuple[Delivery, ...]
    attempts: tuple[DeliveryAttempt, ...]


class StreamState(msgspec.Struct, frozen=True, kw_only=True):
    """All that is stored of one stream's deliveries at one endpoint (for `doctor`)."""

    lane: LaneKey
    head: int
    last: int
    due_at: datetime | None
    deliveries: tuple[tuple[int, DeliveryState], ...]  # by sequence


class NoticeStore(Protocol):
    """The part of the store that is about notices."""

    # Endpoints
    def endpoints(self, merchant_id: int) -> tuple[Endpoint, ...]:
        """The merchant's endpoints by id, those that are not active too, removed ones not."""

    def endpoint_secrets(self, merchant_id: int, endpoint_id: int) -> EndpointSecrets | None:
        """The sealed secrets of an endpoint, None when there is none with this id."""

    def put_endpoint(self, endpoint: Endpoint, secrets: EndpointSecrets) -> None:
        """Insert or replace an endpoint."""

    def remove_endpoint(self, merchant_id: int, endpoint_id: int) -> bool:
        """Take an endpoint away with its secrets; what was sent to it stays in the log.

        What was still waiting for it waits for ever. False when there is none.
        """

    # Telling: from facts to notifications
    def untold_slots(self, merchant_id: int) -> tuple[int, ...]:
        """The slots (stream modulo SLOTS) in which there are facts that are not told yet."""

    def untold(self, merchant_id: int, slot: int, above: int, streams: int) -> tuple[Untold, ...]:
        """Whole streams of the slot with untold facts, at most so many, with numbers `above`."""

    def tell(
        self,
        merchant_id: int,
        slot: int,
        untold: Sequence[Untold],
        told: Sequence[Told],
        mails: Sequence[Mail] = (),
    ) -> bool:
        """Store in one transaction what is made of these facts, and that they are told.

        False, and nothing is stored, when somebody else has told any of them. Each endpoint's
        deliveries of a stream are numbered on without gaps, and wait behind earlier ones.
        """

    # Delivering
    def due_endpoints(self, merchant_id: int, until: datetime, now: datetime) -> tuple[int, ...]:
        """The active endpoints for which something is due at or before `until` and not leased."""

    def earliest_delivery(self, merchant_id: int) -> datetime | None:
        """When the next delivery of an active endpoint is due, leased or not; None if none is."""

    def claim(
        self,
        endpoint: Endpoint,
        until: datetime,
        now: datetime,
        leased_until: datetime,
        most: int,
    ) -> tuple[Claimed, ...]:
        """Heads of the endpoint's lanes that are due at or before `until`, the longest due first.

        They are ours until `leased_until` (wall time); whose lease has ended at `now` is taken
        over. `until` is business time.
        """

    def following(self, claimed: Claimed, format_: Format) -> Claimed | None:
        """The delivery that waits behind a claimed one; None when there is none."""

    def release(self, claimed: Sequence[Claimed]) -> None:
        """Give back what was claimed and is not posted."""

    def keep_bodies(
        self, merchant_id: int, format_: Format, bodies: Mapping[int, bytes]
    ) -> Mapping[int, bytes]:
        """Store bodies by notification, and give what is stored: who came first is right."""

    def record(self, merchant_id: int, tried: Sequence[Tried]) -> Sequence[bool]:
        """Store what came of claimed deliveries; False for those that are no longer ours.

        When the head of a lane ends, the next is due at once.
        """

    # Reading and replaying
    def notifications(
        self,
        merchant_id: int,
        wanted: NoticeFilter,
        below: NoticePlace | None = None,
        most: int = 100,
    ) -> tuple[Notification, ...]:
        """Notifications by business time, the newest first, from `below` a place on."""

    def facts_of(
        self, merchant_id: int, notifications: Sequence[Notification]
    ) -> tuple[tuple[Fact, ...], ...]:
        """The facts that notifications are made of, with all that is frozen in them; in order."""

    def notice_history(self, merchant_id: int, notification_id: int) -> NoticeHistory | None:
        """A notification and what became of it; None when there is none with this id."""

    def attempts_to(
        self, merchant_id: int, endpoint_id: int, since: datetime
    ) -> tuple[tuple[DeliveryAttempt, Notification], ...]:
        """What was posted to an endpoint from `since` on (wall time), with what it tells; in order.

        Attempts are stored after they are made, many together: one may appear behind a later one.
        """

    def replay(
        self, merchant_id: int, pairs: Sequence[tuple[Notification, int]], at: datetime
    ) -> None:
        """Send notifications to endpoints (by id) once more, outside the order, due `at`."""

    # For those who watch, and for `doctor`
    def count_deliveries(self, merchant_id: int, state: DeliveryState, most: int) -> int:
        """How many deliveries of active endpoints are in a state other than delivered."""

    def telling_state(
        self, merchant_id: int, stream: int, subscription_id: int
    ) -> tuple[Mapping[int, tuple[str, ...]], tuple[int, ...]]:
        """Of a subscription's facts: the types of what was made of them, and which are untold."""

    def stream_states(self, merchant_id: int, stream: int) -> tuple[StreamState, ...]:
        """All lanes of a stream with their deliveries."""
