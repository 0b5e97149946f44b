"""Endpoints and notifications through HTTP: managed, listed, read, sent again."""

import json
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response
from msgspec.structs import replace

from tests.contract.receiving import OK, answering, receiving
from tests.given import GOLD, SEAT
from tests.noticing import HOOK, deliver
from tests.rest.world import CLOUDIFY, CREDENTIALS, LIVE, SEATS, SINGLE, START, World, basic
from tollbridge.commands import replay
from tollbridge.commands.add_credential import add_credential
from tollbridge.domain.access import Scope
from tollbridge.domain.endpoint import Endpoint, EndpointSecrets
from tollbridge.domain.signing import read_secret
from tollbridge.ports import NoticeFilter

ENDPOINTS = "/tollbridge/endpoints"
NOTIFICATIONS = "/tollbridge/notifications"
PAID = "PaidOrderNotification"
CANCELED = "RecurringBillingCanceledNotification"
SETTINGS: dict[str, Any] = {"name": "shop", "url": HOOK}
CALM = {"drop": 0, "delay": 0, "duplicate": 0, "reorder": 0, "server_error": 0}


def put(world: World, number: int, **settings: object) -> Response:
    """The settings of an endpoint, in place of those before."""
    content = json.dumps({**SETTINGS, **settings}).encode()
    headers = {"Authorization": CREDENTIALS, "Content-Type": "application/json"}
    return world.client.put(f"{ENDPOINTS}/{number}", content=content, headers=headers)


def added(world: World, **settings: object) -> dict[str, Any]:
    """A new endpoint, and its secret."""
    answer = world.post(ENDPOINTS, {**SETTINGS, **settings})
    assert answer.status_code == 200, answer.text
    read: dict[str, Any] = answer.json()
    return read


def stored(
    world: World, merchant_id: int = CLOUDIFY
) -> list[tuple[Endpoint, EndpointSecrets | None]]:
    """All that is kept of a merchant's endpoints."""
    store = world.platform.store
    return [
        (one, store.endpoint_secrets(merchant_id, one.id)) for one in store.endpoints(merchant_id)
    ]


def opened(world: World, number: int) -> bytes:
    """The signing secret of an endpoint, as deliveries use it."""
    kept = world.platform.store.endpoint_secrets(CLOUDIFY, number)
    assert kept is not None
    return world.platform.sealer.open(CLOUDIFY, kept.signing)


def pages(world: World, query: str) -> list[dict[str, Any]]:
    """All entries of a list, page by page."""
    found, cursor = [], ""
    while True:
        answer = world.get(f"{NOTIFICATIONS}?{query}{cursor}")
        assert answer.status_code == 200, answer.text
        found += answer.json()["notifications"]
        if answer.json()["next_cursor"] is None:
            return found
        cursor = f"&cursor={answer.json()['next_cursor']}"


# Endpoints


def test_the_life_of_an_endpoint(any_world: World) -> None:
    """Added with a secret that is shown once, changed, rotated, removed."""
    made = added(any_world, types=[PAID], product_ids=[SEAT.id], username="u", password="p")
    number = made["endpoint"]["endpoint_id"]
    expected = {
        "endpoint_id": number,
        "name": "shop",
        "url": HOOK,
        "format": "json",
        "types": [PAID],
        "product_ids": [SEAT.id],
        "username": "u",
        "active": True,
        "disabled_at": None,
        "chaos": CALM,
        "created_at": "2026-02-09T15:43:07.20517Z",
    }
    assert made["endpoint"] == expected
    assert opened(any_world, number) == read_secret(made["secret"])
    assert any_world.get(ENDPOINTS).json() == {"endpoints": [expected]}
    changed = put(any_world, number, format="xml", active=False, chaos={"drop": 5}, username="u")
    assert changed.json() == {
        **expected,
        "format": "xml",
        "types": [],
        "product_ids": [],
        "active": False,
        "chaos": {**CALM, "drop": 5},
    }
    assert any_world.get(f"{ENDPOINTS}/{number}").json() == changed.json()
    assert opened(any_world, number) == read_secret(made["secret"])
    rotated = any_world.post(f"{ENDPOINTS}/{number}/rotate", {}).json()
    assert rotated["previous_until"] == "2026-02-10T15:43:07.20517Z"
    assert rotated["secret"] != made["secret"]
    assert opened(any_world, number) == read_secret(rotated["secret"])
    removed = any_world.post(f"{ENDPOINTS}/{number}/remove", {})
    assert removed.json() == {"endpoint_id": number, "name": "shop"}
    assert any_world.get(ENDPOINTS).json() == {"endpoints": []}
    assert any_world.get(f"{ENDPOINTS}/{number}").status_code == 404


def test_a_rotation_lets_both_secrets_sign(world: World) -> None:
    """For the overlap, in wall time (R23); without any the old one ends at once."""
    made = added(world)
    number = made["endpoint"]["endpoint_id"]
    before = stored(world)[0][1]
    world.post(f"{ENDPOINTS}/{number}/rotate", {"overlap_hours": 2})
    after = stored(world)[0][1]
    assert before is not None
    assert after is not None
    assert after.signing_at(START) == (after.signing, before.signing)
    assert after.signing_at(START + timedelta(hours=2)) == (after.signing,)
    world.post(f"{ENDPOINTS}/{number}/rotate", {"overlap_hours": 0})
    last = stored(world)[0][1]
    assert last is not None
    assert (last.previous, last.previous_until) == (b"", None)
    assert last.signing_at(START) == (last.signing,)


def test_a_password_stays_with_its_user_and_url(world: World) -> None:
    """It is sent to nobody else; whoever changes the URL has to know it."""
    number = added(world, username="u", password="p")["endpoint"]["endpoint_id"]
    kept = stored(world)[0][1]
    assert put(world, number, username="u", name="other").status_code == 200
    assert stored(world)[0][1] == kept
    for change in ({"username": "v"}, {"username": "u", "url": "http://127.0.0.1:3001/hook"}):
        refused = put(world, number, **change)
        assert (refused.status_code, refused.json()["field"]) == (400, "password")
    assert put(world, number, username="u", password="q").status_code == 200
    changed = stored(world)[0][1]
    assert changed is not None
    assert world.platform.sealer.open(CLOUDIFY, changed.password) == b"q"
    assert put(world, number).status_code == 200
    assert stored(world)[0][1] == EndpointSecrets(signing=changed.signing)


def test_secrets_are_shown_once_and_kept_nowhere(world: World) -> None:
    """Not in what is read, and not in the answer that an Idempotency-Key repeats."""
    first = world.post(ENDPOINTS, {**SETTINGS, "username": "u", "password": "p4ss"}, **KEY)
    again = world.post(ENDPOINTS, {**SETTINGS, "username": "u", "password": "p4ss"}, **KEY)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == {**first.json(), "secret": None}
    assert len(stored(world)) == 1
    secret = first.json()["secret"].removeprefix("whsec_")
    for text in (again.text, world.get(ENDPOINTS).text, str(stored(world))):
        assert secret not in text
        assert "p4ss" not in text


KEY = {"Idempotency_Key": "8e03978e-40d5-43e8-bc93-6894a57f9324"}
REFUSED = [
    ({"name": ""}, 400, "name", "invalid_value"),
    ({"name": None}, 400, "name", "missing_field"),
    ({"name": "a\nb"}, 400, "name", "invalid_value"),
    ({"name": "x" * 101}, 400, "name", "invalid_value"),
    ({"name": "first"}, 402, "name", "endpoint_name_taken"),
    ({"url": "ftp://127.0.0.1/"}, 400, "url", "endpoint_url_invalid"),
    ({"url": "shop.example/hook"}, 400, "url", "endpoint_url_invalid"),
    ({"url": "https://user:pass@127.0.0.1:3000/"}, 400, "url", "endpoint_userinfo"),
    ({"url": "http://10.0.0.1/hook"}, 402, "url", "endpoint_private"),
    ({"url": "https://169.254.169.254/"}, 402, "url", "endpoint_link_local"),
    ({"url": "https://nobody.example/"}, 402, "url", "endpoint_host_unknown"),
    ({"format": "yaml"}, 400, "format", "invalid_value"),
    ({"types": ["PaidOrder"]}, 400, "types", "invalid_value"),
    ({"types": [PAID, PAID]}, 400, "types", "invalid_value"),
    ({"types": PAID}, 400, "types", "invalid_value"),
    ({"product_ids": [SEAT.id, SEAT.id]}, 400, "product_ids", "invalid_value"),
    ({"product_ids": [5]}, 404, "product_ids", "product_unknown"),
    ({"username": "a:b", "password": "p"}, 400, "username", "invalid_value"),
    ({"username": "a"}, 400, "password", "invalid_value"),
    ({"username": "a", "password": ""}, 400, "password", "invalid_value"),
    ({"username": "a", "password": "a\nb"}, 400, "password", "invalid_value"),
    ({"password": "p"}, 400, "username", "invalid_value"),
    ({"chaos": {"drop": 101}}, 400, "chaos.drop", "invalid_value"),
    ({"active": "yes"}, 400, "active", "invalid_value"),
]


@pytest.mark.parametrize(("settings", "status", "field", "reason"), REFUSED)
def test_endpoints_that_are_refused(
    world: World, settings: dict[str, object], status: int, field: str, reason: str
) -> None:
    """R17: with the field and the rule, when one is added and when one is changed."""
    added(world, name="first")
    number = added(world, name="second")["endpoint"]["endpoint_id"]
    before = stored(world)
    for answer in (
        world.post(ENDPOINTS, {**SETTINGS, "name": "third", **settings}),
        put(world, number, **{"name": "second", **settings}),
    ):
        told = answer.json()
        assert (answer.status_code, told["reason"]) == (status, reason), answer.text
        assert told.get("field", "") == field
        assert stored(world) == before


def test_a_live_merchant_wants_https_and_has_no_chaos(world: World) -> None:
    """Nor does it post to this machine."""
    live = basic("live", "live")
    for settings, reason in (
        ({}, "endpoint_not_https"),
        ({"url": "https://127.0.0.1:3000/hook"}, "endpoint_loopback"),
        ({"url": "https://93.184.215.14/", "chaos": {"drop": 1}}, "chaos_sandbox_only"),
    ):
        answer = world.post(ENDPOINTS, {**SETTINGS, **settings}, Authorization=live)
        assert (answer.status_code, answer.json()["reason"]) == (402, reason)
    assert stored(world, LIVE) == []


def test_an_endpoint_whose_host_is_gone_can_be_ended(world: World) -> None:
    """Its URL is looked at again only where it is to be posted to."""
    number = added(world, url="http://127.0.0.1:3000/hook")["endpoint"]["endpoint_id"]
    [(endpoint, kept)] = stored(world)
    assert kept is not None
    gone = "http://gone.example/hook"
    world.platform.store.put_endpoint(replace(endpoint, url=gone), kept)
    assert put(world, number, url=gone).json()["reason"] == "endpoint_host_unknown"
    assert put(world, number, url=gone, active=False).status_code == 200


def test_an_endpoint_that_ended_itself_is_activated(world: World) -> None:
    """410 disables it; being active again it is not disabled any more."""
    number = added(world)["endpoint"]["endpoint_id"]
    [(endpoint, kept)] = stored(world)
    assert kept is not None
    ended = replace(endpoint, active=False, disabled_at=START)
    world.platform.store.put_endpoint(ended, kept)
    told = world.get(f"{ENDPOINTS}/{number}").json()
    assert (told["active"], told["disabled_at"]) == (False, "2026-02-09T15:43:07.20517Z")
    assert put(world, number, active=False).json()["disabled_at"] == told["disabled_at"]
    assert put(world, number, active=True).json()["disabled_at"] is None


@pytest.mark.parametrize("action", ["", "/rotate", "/remove"])
def test_endpoints_of_others_do_not_exist(world: World, action: str) -> None:
    """R17: 404, as for one that nobody has."""
    number = added(world)["endpoint"]["endpoint_id"]
    before = stored(world)
    other = basic("other", "other")
    for asked, who in ((number, other), (number + 1, CREDENTIALS)):
        path = f"{ENDPOINTS}/{asked}{action}"
        answer = (
            world.post(path, {}, Authorization=who)
            if action
            else world.get(path, Authorization=who)
        )
        assert (answer.status_code, answer.json()["reason"]) == (404, "endpoint_unknown")
    assert stored(world) == before


def test_changing_wants_the_scope(world: World) -> None:
    """A credential for reading alone lists, and changes nothing."""
    add_credential(world.platform, CLOUDIFY, "reader", "reader", scopes=frozenset({Scope.READ}))
    reader = basic("reader", "reader")
    assert world.get(ENDPOINTS, Authorization=reader).status_code == 200
    assert world.get(NOTIFICATIONS, Authorization=reader).status_code == 200
    for path in (ENDPOINTS, f"{NOTIFICATIONS}/replay"):
        assert world.post(path, SETTINGS, Authorization=reader).status_code == 403
    assert stored(world) == []


# Notifications


def test_what_is_told_is_listed(any_world: World) -> None:
    """The newest first, page by page, each once; the document is that of `bodies`."""
    count = any_world.tell()
    found = pages(any_world, "limit=3")
    assert len(found) == count > 6
    assert len({one["notification_id"] for one in found}) == count
    assert [one["at"] for one in found] == sorted((one["at"] for one in found), reverse=True)
    entry = next(one for one in found if one["subscription_ids"] == [f"S{SEATS}"])
    assert entry["type"] == PAID
    assert entry["subject"] == "purchase/531157892"
    assert entry["product_ids"] == [SEAT.id]
    assert entry["message_id"] == f"msg_{CLOUDIFY}_{entry['notification_id']}"
    assert entry["payload"]["meta"]["type"] == PAID
    assert entry["payload"]["purchaseId"] == 531157892
    assert pages(any_world, "payload=false")[0]["payload"] is None


def test_filters(world: World) -> None:
    """By type, subscription, time and state; together they narrow."""
    world.tell()
    everything = pages(world, "")
    assert {one["type"] for one in pages(world, f"type={CANCELED}")} == {CANCELED}
    of_one = pages(world, f"subscription_id=S{SINGLE}")
    assert [one["subscription_ids"] for one in of_one] == [[f"S{SINGLE}"]]
    assert pages(world, f"type={CANCELED}&subscription_id={SINGLE}") == []
    assert pages(world, "since=2026-02-09T15:43:08Z") == []
    assert pages(world, "until=2026-02-09T15:43:08Z&since=2026-02-09") == everything
    assert pages(world, "state=delivered") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("type=PaidOrder", "type"),
        ("state=gone", "state"),
        ("since=soon", "since"),
        ("subscription_id=x", "subscription_id"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=99999999999999999-1", "cursor"),
        ("payload=perhaps", "payload"),
    ],
)
def test_lists_that_are_refused(shared_world: World, query: str, field: str) -> None:
    """R17."""
    answer = shared_world.get(f"{NOTIFICATIONS}?{query}")
    assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text


def test_reading_makes_the_document(any_world: World) -> None:
    """Of one that was never delivered; from then on it stays what it is, byte for byte."""
    any_world.tell()
    [entry] = pages(any_world, f"subscription_id={SINGLE}&payload=false")
    path = f"{NOTIFICATIONS}/{entry['notification_id']}"
    first = any_world.get(path).json()
    assert first["payload"]["items"][0]["productId"] == GOLD.id
    assert first["deliveries"] == []
    [body] = any_world.get(path).json()["bodies"]
    assert body["format"] == "json"
    assert json.loads(body["body"]) == first["payload"]
    assert any_world.get(path).json()["bodies"] == [body]


def test_what_became_of_a_notification(any_world: World) -> None:
    """Each delivery with every attempt."""
    with receiving(answering(OK)) as receiver:
        any_world.add_endpoint(url=f"http://127.0.0.1:{receiver.port}/hook")
        any_world.tell()
        deliver(any_world.platform, CLOUDIFY)
        sent = len(receiver.requests)
    assert sent == len(pages(any_world, "state=delivered")) == len(pages(any_world, ""))
    [entry] = pages(any_world, f"subscription_id={SINGLE}")
    told = any_world.get(f"{NOTIFICATIONS}/{entry['notification_id']}").json()
    [delivery] = told["deliveries"]
    [attempt] = delivery["attempts"]
    assert (delivery["state"], delivery["tries"], delivery["sequence"]) == ("delivered", 1, 1)
    assert (attempt["number"], attempt["status"], attempt["reply"]) == (1, 200, "ok")
    assert (attempt["error"], attempt["chaos"]) == ("", "")
    by_id = {one.headers["webhook-id"]: one.body for one in receiver.requests}
    assert by_id[told["message_id"]].decode() == told["bodies"][0]["body"]


def test_one_is_sent_again(any_world: World) -> None:
    """The same id and the same bytes, to those that want it or to the one that is named."""
    with receiving(answering(OK)) as receiver:
        url = f"http://127.0.0.1:{receiver.port}/hook"
        first = any_world.add_endpoint(url=url, types=(PAID,)).endpoint.id
        second = any_world.add_endpoint(url=url, name="b", types=(CANCELED,)).endpoint.id
        any_world.tell()
        deliver(any_world.platform, CLOUDIFY)
        [entry] = pages(any_world, f"subscription_id={SINGLE}")
        path = f"{NOTIFICATIONS}/{entry['notification_id']}/replay"
        before = len(receiver.requests)
        expected = {"notifications": 1, "deliveries": 1, "endpoint_ids": [first]}
        assert any_world.post(path, {}).json() == expected
        assert any_world.post(path, {"endpoint_id": second}).json()["endpoint_ids"] == [second]
        deliver(any_world.platform, CLOUDIFY)
        sent = [(one.headers["webhook-id"], one.body) for one in receiver.requests]
    assert len(sent) == before + 2
    assert sent[before:] == [sent.pop(), sent.pop()]
    assert sent.count(sent[-1]) == 1
    history = any_world.get(path.removesuffix("/replay")).json()
    assert [(one["endpoint_id"], one["replay"]) for one in history["deliveries"]] == [
        (first, 0),
        (first, 1),
        (second, 1),
    ]


def test_many_are_sent_again(any_world: World) -> None:
    """By type, time and subscription; the answer says how many."""
    number = any_world.add_endpoint().endpoint.id
    any_world.tell()
    path = f"{NOTIFICATIONS}/replay"
    paid = len(pages(any_world, f"type={PAID}"))
    assert any_world.post(path, {"type": PAID}).json() == {
        "notifications": paid,
        "deliveries": paid,
        "endpoint_ids": [number],
    }
    assert any_world.post(path, {"subscription_id": SINGLE}).json()["notifications"] == 1
    everything = any_world.post(path, {"until": "2026-02-10"}).json()
    assert everything["notifications"] == len(pages(any_world, ""))
    nothing = any_world.post(path, {"since": "2027-01-01"}).json()
    assert nothing == {"notifications": 0, "deliveries": 0, "endpoint_ids": []}


@pytest.mark.parametrize(
    ("path", "body", "status", "reason"),
    [
        ("replay", {}, 400, "missing_field"),
        ("replay", {"state": "failed"}, 400, "missing_field"),
        ("replay", {"type": "PaidOrder"}, 400, "invalid_value"),
        ("replay", {"type": PAID, "endpoint_id": 99}, 404, "endpoint_unknown"),
        ("1/replay", {"endpoint_id": 99}, 404, "endpoint_unknown"),
        ("1/replay", {"endpoint_id": 2}, 402, "no_endpoint"),
        ("99/replay", {}, 404, "notification_unknown"),
        ("x/replay", {}, 400, "invalid_value"),
    ],
)
def test_replays_that_are_refused(
    world: World, path: str, body: dict[str, object], status: int, reason: str
) -> None:
    """R17, and nothing is sent."""
    world.add_endpoint()
    world.add_endpoint(name="off", active=False)
    world.tell()
    deliveries = [
        world.platform.store.notice_history(CLOUDIFY, one.id)
        for one in world.platform.store.notifications(CLOUDIFY, NoticeFilter())
    ]
    answer = world.post(f"{NOTIFICATIONS}/{path}", body)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason), answer.text
    assert deliveries == [
        world.platform.store.notice_history(CLOUDIFY, one.id)
        for one in world.platform.store.notifications(CLOUDIFY, NoticeFilter())
    ]


def test_too_many_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more than the bound nothing is sent; the bound is lowered here to be met quickly."""
    monkeypatch.setattr(replay, "REPLAY_MAX", 3)
    world.add_endpoint()
    world.tell()
    answer = world.post(f"{NOTIFICATIONS}/replay", {"type": PAID})
    assert (answer.status_code, answer.json()["reason"]) == (402, "replay_too_large")
    assert world.post(f"{NOTIFICATIONS}/replay", {"type": CANCELED}).json()["notifications"] == 1


def test_nobody_wants_it(world: World) -> None:
    """A replay that nobody would get is refused."""
    world.add_endpoint(types=(CANCELED,))
    world.tell()
    [entry] = pages(world, f"subscription_id={SINGLE}")
    answer = world.post(f"{NOTIFICATIONS}/{entry['notification_id']}/replay", {})
    assert (answer.status_code, answer.json()["reason"]) == (402, "no_endpoint")


def test_notifications_of_others_do_not_exist(world: World) -> None:
    """Neither in lists nor by number."""
    world.tell()
    other = basic("other", "other")
    assert world.get(NOTIFICATIONS, Authorization=other).json()["notifications"] == []
    for path, who in ((f"{NOTIFICATIONS}/1", other), (f"{NOTIFICATIONS}/999", CREDENTIALS)):
        answer = world.get(path, Authorization=who)
        assert (answer.status_code, answer.json()["reason"]) == (404, "notification_unknown")
