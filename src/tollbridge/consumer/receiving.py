"""From a request to what has to be done about it: verify, deduplicate, watch the order, read."""

import time
from collections.abc import Callable, Iterable
from datetime import timedelta

import msgspec

from tollbridge.consumer.notifications import Notification, parse
from tollbridge.consumer.remembering import SeenIds, Sequences
from tollbridge.consumer.verifying import TOLERANCE, Headers, Message, verify


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A message that came: do what it tells only if it `is_new`.

    `missing` are the numbers of its stream that never came: ask the platform to replay them. (One
    that was given up after 24 attempts is told of by the next that arrives.)
    """

    message: Message
    notification: Notification
    is_new: bool
    missing: tuple[int, ...]


class Inbox:
    """Takes the requests of one endpoint.

    `secrets` are what the platform showed for it (`whsec_...`); during a rotation the old and the
    new one. Without `sequences` gaps are not looked for.
    """

    def __init__(
        self,
        secrets: str | bytes | Iterable[str | bytes],
        seen: SeenIds,
        sequences: Sequences | None = None,
        *,
        tolerance: timedelta = TOLERANCE,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._secrets = secrets if isinstance(secrets, str | bytes) else tuple(secrets)
        self._seen = seen
        self._sequences = sequences
        self._tolerance = tolerance
        self._now = now

    def receive(self, headers: Headers, body: bytes) -> Arrival:
        """What a request brings; UnverifiedError or MalformedError, and nothing is remembered."""
        message = verify(headers, body, self._secrets, tolerance=self._tolerance, now=self._now)
        notification = parse(body)
        missing: tuple[int, ...] = ()
        if self._sequences is not None and message.stream and message.sequence:
            missing = self._sequences.note(message.stream, message.sequence)
        return Arrival(
            message=message,
            notification=notification,
            is_new=self._seen.add(message.id),
            missing=missing,
        )
