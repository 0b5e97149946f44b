"""Was it sent by the platform, just now, and is it whole? Standard Webhooks 1.0, `v1`."""

import hmac
import re
import time
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec

TOLERANCE = timedelta(minutes=5)
SECRET_PREFIX = "whsec_"  # noqa: S105 - how a secret is marked, not a secret

_TIMESTAMP = re.compile(r"[0-9]{1,11}")
_SEQUENCE = re.compile(r"[0-9]{1,18}")


class UnverifiedError(Exception):
    """The message is not accepted as the platform's: answer 400 or 401 and change nothing."""


class Headers(Protocol):
    """The headers of a request: a mapping, or what frameworks have in place of one."""

    def items(self) -> Iterable[tuple[str, str]]:
        """Names in any case, with values."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A verified message: the body as it came, and what its headers say.

    `id` is the same each time that the message is sent. `sequence` counts the messages of a
    `stream` that this endpoint is sent, from 1 and without gaps; 0 where it is not counted.
    """

    id: str
    sent_at: datetime
    body: bytes
    stream: str = ""
    sequence: int = 0


def verify(
    headers: Headers,
    body: bytes,
    secrets: str | bytes | Iterable[str | bytes],
    *,
    tolerance: timedelta = TOLERANCE,
    now: Callable[[], float] = time.time,
) -> Message:
    """The message that a request brings; UnverifiedError unless it was signed with a secret.

    `body` is what came over the wire, not what a framework made of it. While a secret is replaced
    give the old and the new one: one match is enough. What was sent more than `tolerance` ago, or
    lies in the future, is refused. ValueError for a secret that cannot be one.
    """
    given = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp = _required(given, "webhook-id"), _timestamp(given)
    if abs(now() - timestamp) > tolerance.total_seconds():
        raise UnverifiedError("webhook-timestamp is too old, or in the future")
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    expected = [hmac.digest(key, signed, "sha256") for key in _keys(secrets)]
    found = list(_signatures(_required(given, "webhook-signature")))
    # All are compared with all, so that the time taken tells nothing.
    if not sum(hmac.compare_digest(one, other) for one in expected for other in found):
        raise UnverifiedError("no signature of webhook-signature is of this secret and body")
    sequence = given.get("tollbridge-sequence", "")
    return Message(
        id=message_id,
        sent_at=datetime.fromtimestamp(timestamp, UTC),
        body=body,
        stream=given.get("tollbridge-stream", ""),
        sequence=int(sequence) if _SEQUENCE.fullmatch(sequence) else 0,
    )


def _required(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    if not value:
        raise UnverifiedError(f"the header {name} is missing")
    return value


def _timestamp(headers: Mapping[str, str]) -> int:
    text = _required(headers, "webhook-timestamp")
    if not _TIMESTAMP.fullmatch(text):
        raise UnverifiedError("webhook-timestamp is no number of seconds")
    return int(text)


def _signatures(header: str) -> Iterator[bytes]:
    """Those of the version that we know; others are for other receivers."""
    for part in header.split():
        version, _, encoded = part.partition(",")
        if version == "v1":
            try:
                yield b64decode(encoded, validate=True)
            except (Base64Error, ValueError):  # ValueError: not ASCII
                continue


def _keys(secrets: str | bytes | Iterable[str | bytes]) -> list[bytes]:
    several = [secrets] if isinstance(secrets, str | bytes) else list(secrets)
    if not several:
        raise ValueError("there is no secret to verify with")
    return [_key(secret) for secret in several]


def _key(secret: str | bytes) -> bytes:
    if isinstance(secret, str):
        try:
            secret = b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        except (Base64Error, ValueError):
            secret = b""
    if not secret:  # never shown
        raise ValueError(f"a secret is {SECRET_PREFIX} and base64, or its bytes")
    return secret
