"""What a credential is good for, how long, and what becomes of those who guess."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from tests.rest.world import CLOUDIFY, CREDENTIALS, OTHER, PUBLIC_URL, START, World, basic
from tollbridge.commands.add_credential import add_credential
from tollbridge.commands.revoke_credential import revoke_credential
from tollbridge.commands.rotate_credential import rotate_credential
from tollbridge.domain.access import Scope
from tollbridge.domain.refusal import NotFound
from tollbridge.flows.collecting import Collector
from tollbridge.rest.app import create_app
from tollbridge.rest.endpoint import Endpoint, Style
from tollbridge.rest.endpoints import ENDPOINTS
from tollbridge.rest.logins import FAILURES, FAILURES_OF_USER

READ = "/subscription/getsubscription?subscriptionid=S67531904"
CLOSED = [each for each in ENDPOINTS if each.style is not Style.OPEN]
WRONG = basic("cloudify", "wrong")


class Times:
    """Both clocks of a test, standing still until they are moved."""

    def __init__(self) -> None:
        self.wall = START
        self.seconds = 0.0

    def now(self) -> datetime:
        """Wall time."""
        return self.wall


@pytest.fixture
def times() -> Times:
    """The clocks of the test."""
    return Times()


@pytest.fixture
def timed(any_world: World, times: Times) -> Iterator[World]:
    """A world whose clocks the test moves, on each engine."""
    platform = replace(any_world.platform, wall=times.now)
    collector = Collector(platform)
    app = create_app(
        collector,
        public_url=PUBLIC_URL,
        allowed_hosts=["testserver"],
        timer=lambda: times.seconds,
    )
    with TestClient(app) as client:
        yield World(platform, collector, client)
    collector.close()


@pytest.mark.parametrize("endpoint", CLOSED, ids=lambda each: each.action)
def test_every_endpoint_asks_for_its_scope(shared_world: World, endpoint: Endpoint) -> None:
    """403 without the scope, before the message is looked at; with it the message is read."""
    path = endpoint.path.replace("{subscription_id}", "S1")
    for scope in Scope:
        name = f"{endpoint.action}-{scope.value}"
        add_credential(shared_world.platform, CLOUDIFY, name, "s", scopes=frozenset({scope}))
        answer = shared_world.client.request(
            endpoint.method, path, content=b"?", headers={"Authorization": basic(name, "s")}
        )
        assert (answer.status_code == 403) == (scope is not endpoint.scope), answer.text


def test_which_scope_is_for_what() -> None:
    """Reading is GET; the sandbox is its own; everything else changes, previews too."""
    scopes = {each.action: each.scope for each in ENDPOINTS}
    assert scopes["getsubscription"] is scopes["read_journal"] is scopes["get_clock"] is Scope.READ
    assert scopes["updatesubscriptionitem"] is scopes["updatecontact"] is Scope.CHANGE
    assert scopes["buy_subscriptions"] is scopes["advance_clock"] is Scope.SANDBOX


def status(world: World, username: str, secret: str) -> int:
    """The status of a read."""
    return world.get(READ, Authorization=basic(username, secret)).status_code


def test_a_rotation_with_overlap(timed: World, times: Times) -> None:
    """Both secrets are valid until the overlap ends, in wall time (R23)."""
    fresh = rotate_credential(timed.platform, CLOUDIFY, "cloudify", timedelta(hours=1))
    assert [status(timed, "cloudify", each) for each in ("cloudify", fresh)] == [200, 200]
    times.wall += timedelta(minutes=59, seconds=59)
    assert status(timed, "cloudify", "cloudify") == 200
    times.wall += timedelta(seconds=1)
    assert [status(timed, "cloudify", each) for each in ("cloudify", fresh)] == [401, 200]


def test_a_rotation_without_overlap(timed: World) -> None:
    """The old secret ends at once."""
    fresh = rotate_credential(timed.platform, CLOUDIFY, "cloudify", timedelta())
    assert [status(timed, "cloudify", each) for each in ("cloudify", fresh)] == [401, 200]


def test_revoked_from_the_next_request_on(timed: World) -> None:
    """And the older secret with it; nobody else is touched."""
    fresh = rotate_credential(timed.platform, CLOUDIFY, "cloudify", timedelta(hours=1))
    revoke_credential(timed.platform, CLOUDIFY, "cloudify")
    assert [status(timed, "cloudify", each) for each in ("cloudify", fresh)] == [401, 401]
    assert status(timed, "other", "other") == 404


def test_users_that_are_not_there(world: World) -> None:
    """Another merchant's user is unknown, and so is a revoked one."""
    revoke_credential(world.platform, OTHER, "other")
    for merchant_id, username in ((OTHER, "cloudify"), (CLOUDIFY, "nobody"), (OTHER, "other")):
        with pytest.raises(NotFound):
            rotate_credential(world.platform, merchant_id, username, timedelta())
        with pytest.raises(NotFound):
            revoke_credential(world.platform, merchant_id, username)


def test_the_last_use_is_noted(timed: World, times: Times) -> None:
    """At most once a minute; a failed login is no use."""
    store = timed.platform.store

    def last() -> datetime | None:
        found = store.credential("cloudify")
        assert found is not None
        return found.last_used_at

    status(timed, "cloudify", "wrong")
    assert last() is None
    times.wall += timedelta(seconds=5)
    status(timed, "cloudify", "cloudify")
    assert last() == times.wall
    times.wall += timedelta(minutes=2)
    status(timed, "cloudify", "cloudify")
    assert last() == times.wall


def test_guessing_is_slowed_down(timed: World, times: Times) -> None:
    """Ten wrong secrets of a user in a minute; then not even the right one is looked at."""
    for _ in range(FAILURES_OF_USER):
        assert status(timed, "cloudify", "wrong") == 401
    assert status(timed, "cloudify", "cloudify") == 200
    assert status(timed, "cloudify", "wrong") == 401
    answer = timed.get(READ)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "60"
    assert status(timed, "other", "other") == 404
    times.seconds += 60
    assert status(timed, "cloudify", "cloudify") == 200


def test_guessing_names_is_slowed_down(timed: World) -> None:
    """Thirty failures of one address, whatever the name; another address is not touched."""
    for number in range(FAILURES + 1):
        assert status(timed, f"user{number}", "x") == 401
    assert status(timed, "cloudify", "cloudify") == 429
    elsewhere = TestClient(timed.client.app, client=("192.0.2.7", 50000))
    assert elsewhere.get(READ, headers={"Authorization": CREDENTIALS}).status_code == 200


def test_this_machine_is_not_counted(timed: World) -> None:
    """Behind a proxy of this machine one guesser would otherwise turn everybody away."""
    local = TestClient(timed.client.app, client=("127.0.0.1", 50000))
    for _ in range(FAILURES * 2):
        assert local.get(READ, headers={"Authorization": WRONG}).status_code == 401
    assert local.get(READ, headers={"Authorization": CREDENTIALS}).status_code == 200


def test_an_absent_header_is_no_failure(timed: World) -> None:
    """1.2: some clients send credentials only after the 401."""
    for _ in range(FAILURES * 2):
        assert timed.client.get(READ).status_code == 401
    assert status(timed, "cloudify", "cloudify") == 200


def test_failed_logins_are_logged(world: World) -> None:
    """With the peer, for whoever blocks it elsewhere; never with name or secret."""
    with capture_logs() as lines:
        world.get(READ, Authorization=WRONG)
        world.client.get(READ)
    failed, absent = lines
    assert (failed["reason"], failed["peer"]) == ("login_failed", "testclient")
    assert absent["reason"] == "unauthenticated"
    assert "peer" not in absent
    assert "cloudify" not in repr(lines)
