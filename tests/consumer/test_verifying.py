"""Whether a request is the platform's: signatures both ways, times, secrets, headers."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.message import Message as MailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from tollbridge.consumer import UnverifiedError, verify
from tollbridge.domain.signing import show_secret, signature, signatures

SECRET = b"a secret of at least 24 bytes"
OTHER = b"another one, not less than 24"
NOW = 1_790_000_000
BODY = b'{"meta": {"type": "PaidOrderNotification"}}'


def signed(secret: bytes = SECRET, at: int = NOW, body: bytes = BODY) -> dict[str, str]:
    """The headers that the platform sends."""
    return {
        "webhook-id": "msg_864_1",
        "webhook-timestamp": str(at),
        "webhook-signature": signature(secret, "msg_864_1", at, body),
    }


def verified(headers: Mapping[str, str], *secrets: str | bytes, body: bytes = BODY) -> str:
    """The id of a message that is verified at NOW."""
    return verify(headers, body, secrets or (SECRET,), now=lambda: NOW).id


@given(st.binary(min_size=24, max_size=64), st.binary())
def test_what_the_platform_signs_is_verified(secret: bytes, body: bytes) -> None:
    """Whatever the body; the secret as it is shown, as it is, and without its prefix."""
    headers = signed(secret, body=body)
    shown = show_secret(secret)
    for given_secret in (shown, secret, shown.removeprefix("whsec_")):
        message = verify(headers, body, given_secret, now=lambda: NOW)
        assert (message.id, message.body) == ("msg_864_1", body)
        assert message.sent_at == datetime.fromtimestamp(NOW, UTC)


@given(st.binary(min_size=24, max_size=64), st.text())
def test_what_the_library_of_the_specification_signs_is_verified(secret: bytes, body: str) -> None:
    """`standardwebhooks` is what other platforms sign with."""
    at = datetime.fromtimestamp(NOW, UTC)
    headers = signed() | {"webhook-signature": Webhook(secret).sign("msg_864_1", at, body)}
    assert verified(headers, secret, body=body.encode()) == "msg_864_1"


def test_secrets_are_changed_without_a_gap() -> None:
    """Two signatures and one secret, one signature and two secrets."""
    both = signed() | {"webhook-signature": signatures([OTHER, SECRET], "msg_864_1", NOW, BODY)}
    assert verified(both, SECRET)
    assert verified(both, OTHER)
    assert verified(signed(), OTHER, SECRET)
    with pytest.raises(UnverifiedError, match="no signature"):
        verified(both, b"a third secret, not of ours")


def test_other_versions_are_passed_over() -> None:
    """Asymmetric signatures and what is to come stand beside ours; nonsense too."""
    ours = signature(SECRET, "msg_864_1", NOW, BODY)
    for header in (f"v1a,AAAA {ours}", f"{ours} v2,?", f"v1,=== v1 v1,é {ours}", f"  {ours}"):
        assert verified(signed() | {"webhook-signature": header})
    for header in (
        ours.replace("v1", "v2"),
        ours.removeprefix("v1,"),
        "v1,",
        ours[:-4],
        ours + "A",
    ):
        with pytest.raises(UnverifiedError, match="no signature"):
            verified(signed() | {"webhook-signature": header})


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_each_header_is_needed(name: str) -> None:
    """Missing or empty."""
    for value in ({}, {name: ""}):
        headers = {key: text for key, text in signed().items() if key != name} | value
        with pytest.raises(UnverifiedError, match=f"the header {name} is missing"):
            verified(headers)


def test_everything_is_signed() -> None:
    """Another id, time or body is refused, and a signature with another secret."""
    for headers, body in (
        (signed() | {"webhook-id": "msg_864_2"}, BODY),
        (signed() | {"webhook-timestamp": str(NOW + 1)}, BODY),
        (signed(), BODY + b" "),
        (signed(OTHER), BODY),
    ):
        with pytest.raises(UnverifiedError, match="no signature"):
            verified(headers, body=body)


@pytest.mark.parametrize("off", [-300, 300])
def test_five_minutes_are_tolerated(off: int) -> None:
    """Clocks differ; an old request is no longer good."""
    assert verified(signed(at=NOW + off))
    further = NOW + off + (1 if off > 0 else -1)
    with pytest.raises(UnverifiedError, match="too old, or in the future"):
        verified(signed(at=further))
    hour = timedelta(hours=1)
    assert verify(signed(at=further), BODY, SECRET, tolerance=hour, now=lambda: NOW).id


@pytest.mark.parametrize("text", ["now", "-1", "1e9", "1.5", " 1", "٣", "9" * 12, "0x10"])
def test_a_timestamp_is_a_number_of_seconds(text: str) -> None:
    """Nothing else is read, however it could be."""
    with pytest.raises(UnverifiedError, match="no number of seconds"):
        verified(signed() | {"webhook-timestamp": text})


def test_headers_come_in_any_case_and_form() -> None:
    """As a mapping, or as the standard library's server has them."""
    assert verified({name.title(): value for name, value in signed().items()})
    message = MailMessage()
    for name, value in signed().items():
        message[name.upper()] = value
    assert verify(message, BODY, SECRET, now=lambda: NOW).id == "msg_864_1"


@pytest.mark.parametrize(
    ("given_headers", "stream", "sequence"),
    [
        ({}, "", 0),
        ({"Tollbridge-Stream": "123", "Tollbridge-Sequence": "7"}, "123", 7),
        ({"tollbridge-stream": "123", "tollbridge-sequence": "seven"}, "123", 0),
    ],
)
def test_the_place_in_the_stream(given_headers: dict[str, str], stream: str, sequence: int) -> None:
    """What the platform adds to the standard; without it nothing is counted."""
    message = verify(signed() | given_headers, BODY, SECRET, now=lambda: NOW)
    assert (message.stream, message.sequence) == (stream, sequence)


@pytest.mark.parametrize(
    "secrets", ["", "whsec_", "whsec_?", b"", [], ["whsec_AAAA", ""], "ü" * 40]
)
def test_a_secret_that_cannot_be_one(secrets: str | bytes | list[str]) -> None:
    """A mistake of ours, not of who asks; it is not quoted."""
    with pytest.raises(ValueError, match="secret") as error:
        verify(signed(), BODY, secrets, now=lambda: NOW)
    assert "ü" not in str(error.value)


def test_the_clock_of_the_system_is_the_default() -> None:
    """Who gives none means now."""
    at = int(datetime.now(UTC).timestamp())
    assert verify(signed(at=at), BODY, "whsec_" + b64encode(SECRET).decode()).id == "msg_864_1"
    with pytest.raises(UnverifiedError, match="too old"):
        verify(signed(at=at - 1000), BODY, SECRET)
