"""Deliveries: the way of a notice to one endpoint, attempt by attempt (platform.md a.2).

Notices of one stream reach an endpoint one after another: they stand in a lane, and its head is
posted until it ends.
"""

from datetime import datetime, timedelta
from enum import Enum
from http import HTTPStatus

import msgspec

RETRY_EVERY = timedelta(hours=2)  # business time (R23)
ATTEMPTS_MAX = 24
REPLY_KEPT = 1000  # bytes of what an endpoint answered


class DeliveryState(Enum):
    """What became of a delivery so far; `DROPPED` is what chaos does."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


class LaneKey(msgspec.Struct, frozen=True, order=True):
    """One queue at one endpoint: that of a stream, or with `replay` a notice sent again.

    What is replayed waits for nobody and keeps nobody waiting: it has a lane for itself.
    """

    endpoint_id: int
    stream: int
    replay: int = 0


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One notice on its way to one endpoint.

    `sequence` numbers what an endpoint is sent of a stream, from 1 and without gaps, so that it
    can prove that it missed nothing; a replay has the number of the first time (0 where there was
    none). `due_at` is when it is tried next: None where it ended or waits for an earlier one.
    """

    lane: LaneKey
    sequence: int
    notification_id: int
    state: DeliveryState
    tries: int
    due_at: datetime | None
    ended_at: datetime | None


class DeliveryAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One post, and what came of it: a status, or the error that prevented one.

    `at` is business time, `posted_at` and `seconds` are wall time (R23). `reply` is the first part
    of the answer. `chaos` says what was done to it on purpose; number 0 is a post that came before
    its turn by that.
    """

    lane: LaneKey
    sequence: int
    number: int
    at: datetime
    posted_at: datetime
    status: int | None
    seconds: float
    reply: bytes
    error: str
    chaos: str = ""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What an attempt makes of its delivery; `gone` disables the endpoint."""

    state: DeliveryState
    due_at: datetime | None = None
    gone: bool = False


def verdict_of(status: int | None, number: int, at: datetime) -> Verdict:
    """What follows from an answer to the `number`-th attempt, made at `at` (business time).

    Any 2xx is success. 410 says that nobody is there any more: it is due again as soon as the
    endpoint is active again. Everything else, or no answer, is tried again every two hours, 24
    times in all (platform.md a.2).
    """
    if status is not None and status // 100 == HTTPStatus.OK // 100:
        return Verdict(state=DeliveryState.DELIVERED)
    gone = status == HTTPStatus.GONE
    if number >= ATTEMPTS_MAX:
        return Verdict(state=DeliveryState.FAILED, gone=gone)
    return Verdict(state=DeliveryState.WAITING, due_at=at if gone else at + RETRY_EVERY, gone=gone)
