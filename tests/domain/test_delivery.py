"""The rule of retries, what an endpoint wants, and chaos that comes the same way again."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from tollbridge.domain.chaos import Mischief, mischief_of
from tollbridge.domain.delivery import ATTEMPTS_MAX, DeliveryState, Verdict, verdict_of
from tollbridge.domain.endpoint import (
    CALM,
    NAME_MAX,
    Chaos,
    Endpoint,
    EndpointSecrets,
    require_sound,
)
from tollbridge.domain.merchant import Mode
from tollbridge.domain.refusal import Invalid, NotAllowed

NOW = datetime(2026, 2, 9, 12, tzinfo=UTC)
LATER = Verdict(state=DeliveryState.WAITING, due_at=NOW + timedelta(hours=2))
DELIVERED = Verdict(state=DeliveryState.DELIVERED)
FAILED = Verdict(state=DeliveryState.FAILED)
TYPES = ("PaidOrderNotification", "RefundNotification")
ENDPOINT = Endpoint(merchant_id=1, id=1, name="crm", url="https://crm.example/hook", created_at=NOW)


@pytest.mark.parametrize(
    ("status", "number", "verdict"),
    [
        (200, 1, DELIVERED),
        (299, 1, DELIVERED),
        (204, ATTEMPTS_MAX, DELIVERED),
        (199, 1, LATER),
        (302, 1, LATER),
        (400, 1, LATER),
        (404, 23, LATER),
        (500, 1, LATER),
        (None, 1, LATER),
        (500, ATTEMPTS_MAX, FAILED),
        (None, ATTEMPTS_MAX, FAILED),
        (410, 1, Verdict(state=DeliveryState.WAITING, due_at=NOW, gone=True)),
        (410, ATTEMPTS_MAX, Verdict(state=DeliveryState.FAILED, gone=True)),
    ],
)
def test_what_follows_from_an_answer(status: int | None, number: int, verdict: Verdict) -> None:
    """Platform.md a.2: 2xx is success; all but 410 is tried again, 24 times in two days."""
    assert verdict_of(status, number, NOW) == verdict


def test_what_an_endpoint_wants() -> None:
    """Lists that are empty are everything; of several products one is enough."""
    assert ENDPOINT.wants("PaidOrderNotification", ())
    picky = replace(ENDPOINT, types=("RefundNotification",), product_ids=(7, 8))
    assert picky.wants("RefundNotification", (1, 8))
    assert not picky.wants("RefundNotification", (1,))
    assert not picky.wants("RefundNotification", ())
    assert not picky.wants("PaidOrderNotification", (7,))
    assert not replace(ENDPOINT, active=False).wants("PaidOrderNotification", ())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "n" * (NAME_MAX + 1)}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"url": ""}, "url"),
        ({"username": "a:b"}, "username"),
        ({"types": ("Other",)}, "types"),
        ({"types": ("RefundNotification",) * 2}, "types"),
        ({"product_ids": (1, 1)}, "product_ids"),
        ({"chaos": Chaos(drop=101)}, "chaos.drop"),
        ({"chaos": Chaos(server_error=-1)}, "chaos.server_error"),
    ],
)
def test_an_endpoint_that_cannot_be(change: dict[str, object], field: str) -> None:
    """Each is refused with its field."""
    require_sound(ENDPOINT, Mode.LIVE, TYPES)
    with pytest.raises(Invalid) as refused:
        require_sound(replace(ENDPOINT, **change), Mode.SANDBOX, TYPES)
    assert refused.value.field == field


def test_chaos_is_for_sandboxes() -> None:
    """A live merchant's is refused."""
    wild = replace(ENDPOINT, chaos=Chaos(drop=1))
    require_sound(wild, Mode.SANDBOX, TYPES)
    with pytest.raises(NotAllowed, match="sandbox"):
        require_sound(wild, Mode.LIVE, TYPES)


def test_two_secrets_while_one_replaces_the_other() -> None:
    """The newest first; the older one up to its end."""
    assert EndpointSecrets(signing=b"s").signing_at(NOW) == (b"s",)
    both = EndpointSecrets(signing=b"s", previous=b"p", previous_until=NOW)
    assert both.signing_at(NOW - timedelta(seconds=1)) == (b"s", b"p")
    assert both.signing_at(NOW) == (b"s",)


def test_chaos_hits_as_often_as_it_says() -> None:
    """And the same messages again; what would never end happens once to a message."""
    chaos = Chaos(drop=10, delay=20)
    drawn = [mischief_of(chaos, f"msg_1_{number}", 1) for number in range(2000)]
    again = [mischief_of(chaos, f"msg_1_{number}", 1) for number in range(2000)]
    assert drawn == again
    assert 150 < drawn.count(Mischief.DROP) < 250
    assert 300 < drawn.count(Mischief.DELAY) < 420
    assert mischief_of(CALM, "msg_1_1", 1) is None
    assert mischief_of(Chaos(delay=100), "msg_1_1", 2) is None
    assert mischief_of(Chaos(reorder=100), "msg_1_1", 2) is None
    assert mischief_of(Chaos(drop=100, duplicate=100), "msg_1_1", 9) is Mischief.DROP
