"""Requests with an Idempotency-Key: carried out once however often they are sent."""

from datetime import datetime, timedelta

import msgspec

REQUESTS_KEPT = timedelta(days=30)  # wall time (R23); after that a key may be used anew


class RequestKey(msgspec.Struct, frozen=True, kw_only=True):
    """An Idempotency-Key with what it is scoped to: merchant, credential and path."""

    merchant_id: int
    username: str
    path: str
    key: str


class KeptAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a request was answered with, to be given again byte for byte."""

    status: int
    content_type: str
    body: bytes


class KeyedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request that is carried out once however often it is sent.

    `body_hash` is of the body as it was received. `answer` is None where it depends on what comes
    after the save (a payment): then it is given to `Store.finish_request`.
    """

    key: RequestKey
    body_hash: bytes
    answer: KeptAnswer | None = None


class StoredRequest(KeyedRequest, frozen=True, kw_only=True):
    """A keyed request whose effect is saved; `started_at` is wall time.

    Without an answer it is still running, or was cut off: what it did is in the journal under
    `command_id`, and the answer can be made from what is stored now.
    """

    started_at: datetime
    command_id: str
