"""Signatures of notifications (Standard Webhooks 1.0), and how secrets are written."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from tollbridge.domain.refusal import Invalid
from tollbridge.domain.signing import read_secret, show_secret, signature, signatures

SECRETS = st.binary(min_size=24, max_size=64)
BODIES = st.text().map(str.encode)  # the library of the specification takes UTF-8 only


def now() -> int:
    """The system's time in seconds: the library compares with it."""
    return int(datetime.now(UTC).timestamp())


def test_the_example_of_the_specification() -> None:
    """The vector that implementations of Standard Webhooks share."""
    secret = read_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    made = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(SECRETS, BODIES)
def test_the_library_of_the_specification_verifies(secret: bytes, body: bytes) -> None:
    """`standardwebhooks` accepts what is signed, with either secret while one replaces another."""
    sent = now()
    headers = {
        "webhook-id": "n1",
        "webhook-timestamp": str(sent),
        "webhook-signature": signatures([b"another secret, 24 bytes", secret], "n1", sent, body),
    }
    Webhook(show_secret(secret)).verify(body, headers, json_parse=False)
    Webhook(b"another secret, 24 bytes").verify(body, headers, json_parse=False)


@pytest.mark.parametrize("changed", ["webhook-id", "webhook-timestamp", "webhook-signature", ""])
def test_nothing_signed_can_be_changed(changed: str) -> None:
    """Another id, time, signature or body is refused by the library."""
    secret, body = b"x" * 32, b'{"a": 1}'
    later = str(int((datetime.now(UTC) + timedelta(seconds=9)).timestamp()))
    sent = now()
    headers = {
        "webhook-id": "n1",
        "webhook-timestamp": str(sent),
        "webhook-signature": signature(secret, "n1", sent, body),
    }
    other = {
        "webhook-id": "n2",
        "webhook-timestamp": later,
        "webhook-signature": signature(b"y" * 32, "n1", sent, body),
    }
    if changed:
        headers[changed] = other[changed]
    else:
        body = b'{"a": 2}'
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers)


@given(SECRETS)
def test_a_secret_is_read_as_it_is_shown(secret: bytes) -> None:
    """From 24 to 64 bytes."""
    assert read_secret(show_secret(secret)) == secret


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        b64encode(b"x" * 32).decode(),
        "whsec_" + b64encode(b"x" * 23).decode(),
        "whsec_" + b64encode(b"x" * 65).decode(),
        "whsec_" + "ü" * 44,
        "whsec_" + b64encode(b"x" * 32).decode()[:-1],
        "whsec_whsec_" + b64encode(b"x" * 32).decode(),
        "whpk_" + b64encode(b"x" * 32).decode(),
    ],
)
def test_what_is_no_secret_is_refused_without_quoting_it(text: str) -> None:
    """The prefix is a must; too short, too long and no base64 are told alike."""
    with pytest.raises(Invalid) as refused:
        read_secret(text)
    assert refused.value.field == "secret"
    assert refused.value.message == "A signing secret is whsec_ and 24 to 64 bytes in base64"
