"""Idempotency-Key: a POST that is sent again is carried out once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from threading import Barrier

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from tests.given import GOLD, SEAT
from tests.rest.world import (
    CLOUDIFY,
    CREDENTIALS,
    JSON,
    PUBLIC_URL,
    SEATS,
    SEVERAL,
    SINGLE,
    START,
    World,
    basic,
)
from tollbridge.commands.add_credential import add_credential
from tollbridge.commands.renew import renew
from tollbridge.domain.item_change import Renewal
from tollbridge.domain.request import KeyedRequest, RequestKey
from tollbridge.flows.collecting import Collector
from tollbridge.ports import Asked
from tollbridge.rest.app import create_app
from tollbridge.rest.once import CUT_OFF

KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324"
UPDATE = "/subscription/updatesubscriptionitem"
RENEW = "/subscription/renewsubscription"
BODY = {
    "SubscriptionId": SEATS,
    "ProductId": SEAT.id,
    "Quantity": 20,
    "AlignmentSettings": {"AlignToCurrentInterval": True},
}
PREVIEW = {**BODY, "AlignmentSettings": {"GetCustomerPricePreviewOnly": True}}
PURCHASE = {
    "items": [{"product_id": SEAT.id, "quantity": 2}],
    "currency": "USD",
    "customer": {"contact": {"email": "a@b.example", "country_id": "DE", "language_id": "de"}},
    "card": {"number": "T20000000000765T", "expiry_month": 12, "expiry_year": 2027},
}


def again(first: Response, second: Response) -> bool:
    """Whether the second is the first once more."""
    assert "idempotency-replayed" not in first.headers
    return (
        second.headers.get("idempotency-replayed") == "true"
        and second.status_code == first.status_code
        and second.content == first.content
        and second.headers["content-type"] == first.headers["content-type"]
    )


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (UPDATE, BODY),
        (UPDATE, PREVIEW),
        (UPDATE, {**BODY, "Quantity": 0}),
        (UPDATE, {**BODY, "ProductId": 424242}),
        (RENEW, {"SubscriptionId": SINGLE}),
        ("/subscription/removesubscriptionitem", {"SubscriptionId": SEVERAL, "RunningNumber": 2}),
        (
            "/subscription/addsubscriptionitem",
            {"SubscriptionId": SEVERAL, "ProductId": GOLD.id, "Quantity": 1},
        ),
        ("/subscription/updateaccount", {"SubscriptionId": SEATS}),
        ("/subscription/updatecustomer", {"SubscriptionId": SEATS, "CustomerReferenceId": "x"}),
        ("/tollbridge/sandbox/purchases", PURCHASE),
        ("/tollbridge/sandbox/clock", {"advance": "P1D"}),
    ],
)
def test_the_first_answer_again_and_nothing_done(
    any_world: World, path: str, body: dict[str, object]
) -> None:
    """Byte for byte; whatever the first answer was, on each engine."""
    world = any_world
    first = world.post(path, body, Idempotency_Key=KEY)
    assert first.status_code in (200, 402, 404), first.text
    state = world.state()
    assert again(first, world.post(path, body, Idempotency_Key=KEY))
    assert again(first, world.post(path, body, Idempotency_Key=KEY, Accept="application/json"))
    assert world.state() == state
    assert world.post(path, {**body, "x": 1}, Idempotency_Key=KEY).status_code == 422
    assert world.state() == state


def test_the_answer_is_that_of_a_call_without_key(any_world: World) -> None:
    """A key changes nothing about the answer."""
    preview = {"AlignToCurrentInterval": True, "GetCustomerPricePreviewOnly": True}
    plain = any_world.post(UPDATE, {**BODY, "AlignmentSettings": preview})
    keyed = any_world.post(UPDATE, BODY, Idempotency_Key=KEY)
    assert keyed.content == plain.content
    assert dict(keyed.headers) | {"x-request-id": ""} == dict(plain.headers) | {"x-request-id": ""}


def test_in_xml(any_world: World) -> None:
    """The format of the first answer is kept with it."""
    first = any_world.post(UPDATE, BODY, Idempotency_Key=KEY, Accept="application/xml")
    assert first.headers["content-type"].startswith("application/xml")
    assert again(first, any_world.post(UPDATE, BODY, Idempotency_Key=KEY))


def test_another_key_is_another_request(any_world: World) -> None:
    """Scoped to merchant, credential and path; and without a key each is carried out."""
    body = {"SubscriptionId": SEVERAL, "ProductId": GOLD.id, "Quantity": 1}
    path = "/subscription/addsubscriptionitem"
    add_credential(any_world.platform, CLOUDIFY, "second", "second")
    any_world.post(path, body, Idempotency_Key=KEY)
    for headers in (
        {"Idempotency_Key": KEY + "x"},
        {"Idempotency_Key": KEY, "Authorization": basic("second", "second")},
        {},
        {},
    ):
        answer = any_world.post(path, body, **headers)
        assert answer.status_code == 200
        assert "idempotency-replayed" not in answer.headers
    assert len(any_world.read(SEVERAL)["Items"]) == 2 + 5
    assert any_world.post(UPDATE, BODY, Idempotency_Key=KEY).status_code == 200
    other = any_world.post(UPDATE, BODY, Idempotency_Key=KEY, Authorization=basic("other", "other"))
    assert other.status_code == 404


@pytest.mark.parametrize("key", ["", "x" * 256, "\x7f", "a\tb"])
def test_what_is_no_key(world: World, key: str) -> None:
    """400, and nothing is done."""
    before = world.state()
    answer = world.post(UPDATE, BODY, Idempotency_Key=key)
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["ResultMessage"]
    assert world.state() == before


def test_what_cannot_be_read_is_refused_anew(any_world: World) -> None:
    """400 is no answer that is kept: the body may be repaired under the same key."""
    assert any_world.post(UPDATE, {}, Idempotency_Key=KEY).status_code == 400
    assert any_world.post(UPDATE, BODY, Idempotency_Key=KEY).status_code == 200


def test_many_at_once(any_world: World) -> None:
    """R7: of many that ask the same at once one is carried out; the others get its answer."""
    path = "/subscription/addsubscriptionitem"
    body = {"SubscriptionId": SEVERAL, "ProductId": GOLD.id, "Quantity": 1}
    together = Barrier(6)

    def ask(_: int) -> Response:
        together.wait()
        return any_world.post(path, body, Idempotency_Key=KEY)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(ask, range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 5
    assert len(any_world.read(SEVERAL)["Items"]) == 3


def cut_off(world: World) -> str:
    """A renewal that was saved with its key, whose process then died before the payment."""
    body = b'{"SubscriptionId": 67645948}'
    key = RequestKey(merchant_id=CLOUDIFY, username="cloudify", path=RENEW, key=KEY)
    request = KeyedRequest(key=key, body_hash=sha256(body).digest())
    platform = replace(world.platform, asked=Asked(request, lambda _: None))
    renew(platform, CLOUDIFY, SINGLE, Renewal(reset=False), "credential:cloudify")
    return body.decode()


def test_a_request_that_is_still_running(any_world: World) -> None:
    """409 until nobody can be at work on it any more; another body is 422 all the same."""
    body = cut_off(any_world).encode()
    state = any_world.state()
    answer = any_world.post(RENEW, body, Idempotency_Key=KEY)
    assert answer.status_code == 409
    assert answer.headers["retry-after"] == "1"
    assert any_world.post(RENEW, body + b" ", Idempotency_Key=KEY).status_code == 422
    assert any_world.state() == state


def test_a_request_that_was_cut_off(any_world: World) -> None:
    """The repeat finishes it: the answer tells what became of the payment, and is then kept."""
    body = cut_off(any_world).encode()
    later = replace(any_world.platform, wall=lambda: START + CUT_OFF + timedelta(seconds=1))
    collector = Collector(later)
    app = create_app(
        collector, public_url=PUBLIC_URL, allowed_hosts=["testserver"], timer=lambda: 0.0
    )
    headers = {**JSON, "Authorization": CREDENTIALS, "Idempotency-Key": KEY}
    with TestClient(app) as client:
        first = client.post(RENEW, content=body, headers=headers)
        assert first.status_code == 200
        assert first.json()["TransactionStatus"] == "Pending"
        assert client.post(RENEW, content=body, headers=headers).content == first.content
    collector.close()


def test_the_document_tells_of_it(shared_world: World) -> None:
    """Every POST takes the header, and announces 409 and 422."""
    document = shared_world.client.get("/openapi.json").json()
    for methods in document["paths"].values():
        if "post" in methods:
            told = methods["post"]
            headers = [each["name"] for each in told["parameters"] if each["in"] == "header"]
            assert headers == ["Idempotency-Key"]
            assert {"409", "422"} <= told["responses"].keys()
