"""Who is let in, and what is written about it: credentials, hosts, browsers, logs (DESIGN 7)."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from tests.rest.world import CREDENTIALS, JSON, START, World, basic, numbered_keys, world_on
from tollbridge.commands.add_credential import add_credential
from tollbridge.domain.refusal import Busy
from tollbridge.ports import Platform, Store
from tollbridge.rest.app import create_app, host_name
from tollbridge.rest.endpoint import Style
from tollbridge.rest.endpoints import ENDPOINTS
from tollbridge.rest.refusals import turned_by
from tollbridge.store.opening import open_store

READ = "/subscription/getsubscription?subscriptionid=S67531904"
UPDATE = "/subscription/updatesubscriptionitem"
CLOCK = "/tollbridge/sandbox/clock"
CLOSED = [each for each in ENDPOINTS if each.style is not Style.OPEN]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic Y2xvdWRpZnk=",
        "Bearer Y2xvdWRpZnk6Y2xvdWRpZnk=",
        basic("cloudify", "wrong"),
        basic("cloudify", ""),
        basic("cloudify", "cloudify "),
        basic("Cloudify", "cloudify"),
        basic("nobody", "cloudify"),
        basic("", "cloudify"),
        basic("cloud\0ify", "cloudify"),
        "Basic /////w==",
        "Basic " + "A" * 2000,
    ],
)
def test_wrong_credentials(shared_world: World, header: str) -> None:
    """1.2, R17: 401 with the challenge that makes clients send credentials, and a JSON body."""
    answer = shared_world.get(READ, Authorization=header)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="Tollbridge"'
    assert answer.json() == {"ResultMessage": "Authentication failed"}


@pytest.mark.parametrize("endpoint", CLOSED, ids=[each.action for each in CLOSED])
def test_every_closed_endpoint_asks_first(shared_world: World, endpoint: object) -> None:
    """R17: credentials come before everything, also before a body too large to read."""
    each = next(one for one in CLOSED if one is endpoint)
    path = each.path.replace("{subscription_id}", "S1")
    body = b"x" * 100_000 if each.method == "POST" else b""
    answer = shared_world.client.request(each.method, path, content=body)
    assert answer.status_code == 401
    assert "www-authenticate" in answer.headers


def test_a_scheme_in_any_case(shared_world: World) -> None:
    """RFC 7235: the scheme's name is case-insensitive."""
    assert shared_world.get(READ, Authorization=CREDENTIALS.replace("Basic", "bAsIc")).is_success


def test_secrets_may_have_colons_and_any_letter(world: World) -> None:
    """RFC 7617: the name ends at the first colon; names and secrets are UTF-8."""
    add_credential(world.platform, 864, "jürgen", "geheim:ß:")
    assert world.get(READ, Authorization=basic("jürgen", "geheim:ß:")).status_code == 200


def test_hosts_that_are_not_served(shared_world: World) -> None:
    """DESIGN 7: a foreign name is refused, whatever the path, before anything else is done."""
    for path in (READ, "/healthz", "/openapi.json", "/nothing"):
        answer = shared_world.get(path, Host="evil.example")
        assert answer.status_code == 400
        assert answer.json()["ResultMessage"] == "This host name is not served here"
    for host in ("testserver", "TESTSERVER", "testserver:8000"):
        assert shared_world.get(READ, Host=host).status_code == 200
    for host in ("", "testserver.evil.example", "evil.example:testserver"):
        assert shared_world.get(READ, Host=host).status_code == 400


@pytest.mark.parametrize(
    ("host", "name"),
    [
        (b"127.0.0.1:8000", "127.0.0.1"),
        (b"localhost", "localhost"),
        (b"[::1]:8000", "::1"),
        (b"[::1]", "::1"),
        (b"Shop.Example.COM:443", "shop.example.com"),
        (b"\xff", "ÿ"),
        (b"", ""),
    ],
)
def test_names_of_hosts(host: bytes, name: str) -> None:
    """The port does not matter, nor does the case."""
    assert host_name(host) == name


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "http://testserver:8001"},
    ],
)
def test_requests_of_other_sites_pages(world: World, headers: dict[str, str]) -> None:
    """DESIGN 7: a browser's remembered credentials are of no use to another site."""
    before = world.state()
    body = {"SubscriptionId": "S67531904", "ProductId": 292973, "Quantity": 20}
    assert world.post(UPDATE, body, **headers).status_code == 403
    assert world.get(READ, **headers).status_code == 403
    problem = world.get(CLOCK, **headers)
    assert problem.json()["reason"] == "cross_site"
    assert world.state() == before


def test_requests_of_own_pages_and_of_programs(shared_world: World) -> None:
    """What a browser sends from this host, and what no browser sends."""
    for headers in (
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"},
        {"Sec-Fetch-Site": "none"},
        {},
    ):
        assert shared_world.get(READ, **headers).status_code == 200


@pytest.fixture
def local_world(tmp_path: Path) -> Iterator[World]:
    """A demo: only this machine is served."""
    store = open_store("", memory=True)
    with world_on(store, tmp_path / "book.db", loopback_only=True) as made:
        yield made


@pytest.mark.parametrize(
    ("peer", "status"),
    [
        ("127.0.0.1", 200),
        ("127.8.0.1", 200),
        ("::1", 200),
        ("::ffff:127.0.0.1", 200),
        ("192.168.1.7", 403),
        ("::ffff:192.168.1.7", 403),
        ("fe80::1", 403),
        ("testclient", 403),
    ],
)
def test_a_demo_serves_this_machine_alone(local_world: World, peer: str, status: int) -> None:
    """The demo's credentials are known to everybody."""
    client = TestClient(local_world.client.app, client=(peer, 50000))
    assert client.get(READ, headers={"Authorization": CREDENTIALS}).status_code == status


def test_any_host_where_that_is_wished(tmp_path: Path) -> None:
    """`*` allows every name: behind a proxy that checks it."""
    with world_on(open_store("", memory=True), tmp_path / "b.db", allowed_hosts=["*"]) as world:
        assert world.get(READ, Host="any.example").status_code == 200


@pytest.mark.parametrize("given", ["abc-123", "A.b_c", "x" * 64])
def test_a_request_id_comes_back(shared_world: World, given: str) -> None:
    """DESIGN 7: X-Request-Id goes through, into answers and the log."""
    with capture_logs() as lines:
        answer = shared_world.get(READ, X_Request_Id=given)
    assert answer.headers["x-request-id"] == given
    assert [line["request_id"] for line in lines] == [given]


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", "<script>", 'a"b', "a;b"])
def test_an_unfit_request_id_is_replaced(shared_world: World, given: str) -> None:
    """What could break a log line or is too long for one."""
    answer = shared_world.get(READ, X_Request_Id=given)
    assert answer.headers["x-request-id"].startswith("key-")


def test_one_line_for_each_request(shared_world: World) -> None:
    """Method, path without query, status, time and merchant, and why it was refused."""
    with capture_logs() as lines:
        shared_world.get(READ, X_Request_Id="a")
        shared_world.get("/subscription/getsubscription?subscriptionid=S5", X_Request_Id="b")
    assert lines == [
        {
            "event": "request",
            "log_level": "info",
            "request_id": "a",
            "method": "GET",
            "path": "/subscription/getsubscription",
            "status": 200,
            "ms": 0.0,
            "merchant": 864,
        },
        {
            "event": "request",
            "log_level": "info",
            "request_id": "b",
            "method": "GET",
            "path": "/subscription/getsubscription",
            "status": 404,
            "ms": 0.0,
            "merchant": 864,
            "reason": "subscription_unknown",
        },
    ]


def test_the_log_has_no_secret_and_nothing_personal(world: World) -> None:
    """No credential, card, e-mail or body gets into a line, also when something is refused."""
    buy = {
        "items": [{"product_id": 292973, "quantity": 1}],
        "currency": "USD",
        "customer": {
            "contact": {"email": "secret@person.example", "country_id": "DE", "language_id": "de"}
        },
        "card": {"number": "4000000000000002", "expiry_month": 1, "expiry_year": 2030},
    }
    with capture_logs() as lines:
        assert world.post("/tollbridge/sandbox/purchases?email=secret%40person", buy).is_success
        buy["card"] = {"number": "4000000000000003", "expiry_month": 1, "expiry_year": 2030}
        assert world.post("/tollbridge/sandbox/purchases", buy).status_code == 402
        world.get(READ, Authorization=basic("cloudify", "secret"))
    text = repr(lines).lower()
    assert len(lines) == 3
    for word in ("secret", "person", "40000000", "cloudify", "authorization"):
        assert word not in text


def test_the_database_away(world: World) -> None:
    """503 with Retry-After while the database does not answer; the process is still alive."""
    world.platform.store.close()
    with capture_logs() as lines:
        answer = world.get(READ)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json() == {"ResultMessage": "The database does not answer; try again"}
    assert lines[0]["reason"] == "store_unavailable"
    assert lines[0]["log_level"] == "error"
    ready = world.get("/readyz")
    assert ready.status_code == 503
    assert ready.headers["content-type"] == "application/problem+json"
    assert world.get("/healthz").json() == {"status": "ok"}


class Broken:
    """A store that fails in a way that nobody thought of."""

    def credential(self, username: str) -> None:
        """A failure that quotes a customer's row."""
        raise ZeroDivisionError(f"row of {username}: jana@customer.example")


def test_a_failure_tells_nothing_about_itself(shared_world: World) -> None:
    """500 without detail; the log has the error under the request's id."""
    platform = Platform(
        store=cast("Store", Broken()),
        gateway=shared_world.platform.gateway,
        wall=lambda: START,
        tax=shared_world.platform.tax,
        new_key=numbered_keys(),
    )
    app = create_app(
        type(shared_world.collector)(platform),
        public_url="http://testserver",
        allowed_hosts=["testserver"],
        timer=lambda: 0.0,
    )
    with TestClient(app) as client, capture_logs() as lines:
        answer = client.get(READ, headers={"Authorization": CREDENTIALS, "X-Request-Id": "r1"})
        own = client.get(CLOCK, headers={"Authorization": CREDENTIALS, "X-Request-Id": "r2"})
    assert (answer.status_code, answer.json()) == (500, {"ResultMessage": "Internal error"})
    assert own.json() == {
        "title": "Internal Server Error",
        "status": 500,
        "detail": "Internal error",
        "reason": "internal_error",
        "request_id": "r2",
    }
    assert lines[0]["request_id"] == "r1"
    assert isinstance(lines[0]["exc_info"], ZeroDivisionError)


def test_busy_asks_to_come_back() -> None:
    """R7: 503 with Retry-After."""
    turned = turned_by(Busy("busy", "try again"))
    assert (turned.status, turned.headers) == (503, ((b"retry-after", b"1"),))


@pytest.mark.parametrize("path", ["/", "/nothing", "/subscription", READ.replace("?", "/?")])
def test_unknown_paths(shared_world: World, path: str) -> None:
    """Nothing is served that is not in the table, and nobody is sent elsewhere."""
    answer = shared_world.get(path)
    assert answer.status_code == 404
    assert answer.json() == {"ResultMessage": "There is nothing at this path"}
    own = shared_world.get("/tollbridge/nothing")
    assert own.headers["content-type"] == "application/problem+json"
    assert own.json()["reason"] == "unknown_path"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO"])
def test_wrong_methods(shared_world: World, method: str) -> None:
    """405 with the methods that are served."""
    answer = shared_world.client.request(method, READ, headers={"Authorization": CREDENTIALS})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"
    assert shared_world.client.request("GET", UPDATE, headers=JSON).headers["allow"] == "POST"


def test_head_is_get_without_the_body(shared_world: World) -> None:
    """RFC 9110."""
    answer = shared_world.client.head(READ, headers={"Authorization": CREDENTIALS})
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["content-length"] == str(len(shared_world.get(READ).content))
