"""Signatures of notifications: Standard Webhooks 1.0, symmetric (`v1`).

Of the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`. The timestamp is wall time
(R23): a receiver compares it with its own clock.
"""

import hmac
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable

from tollbridge.domain.refusal import Invalid

SECRET_PREFIX = "whsec_"  # noqa: S105 - how a secret is marked, not a secret
SECRET_BYTES = 32  # of a new secret
SECRET_BOUNDS = range(24, 65)  # bytes, by the specification


def signature(secret: bytes, id: str, timestamp: int, body: bytes) -> str:  # noqa: A002 - the specification's word
    """The signature of one message: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`.

    `timestamp` is in seconds since 1970; `id` holds no dot.
    """
    signed = b"%s.%d.%s" % (id.encode(), timestamp, body)
    return "v1," + b64encode(hmac.digest(secret, signed, "sha256")).decode()


def signatures(secrets: Iterable[bytes], id: str, timestamp: int, body: bytes) -> str:  # noqa: A002 - as above
    """The header `webhook-signature`: one signature for each secret, while one replaces another."""
    return " ".join(signature(secret, id, timestamp, body) for secret in secrets)


def show_secret(secret: bytes) -> str:
    """A secret as people and receivers get it: `whsec_` and base64."""
    return SECRET_PREFIX + b64encode(secret).decode()


def read_secret(text: str, *, field: str = "secret") -> bytes:
    """The bytes of a secret as `show_secret` writes it; Invalid for anything else.

    The message never quotes the text.
    """
    encoded = text.removeprefix(SECRET_PREFIX)
    try:
        secret = b64decode(encoded, validate=True) if encoded != text else b""
    except (Base64Error, ValueError):  # ValueError: not ASCII
        secret = b""
    if len(secret) not in SECRET_BOUNDS:
        bounds = f"{SECRET_BOUNDS[0]} to {SECRET_BOUNDS[-1]}"
        raise Invalid(field, f"A signing secret is {SECRET_PREFIX} and {bounds} bytes in base64")
    return secret
