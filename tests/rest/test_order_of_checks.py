"""R17 on every call that changes something: 400, then 404, then 402; each field of the right kind.

The examples of the OpenAPI document are good bodies; here they are spoiled field by field.
"""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from tests.rest.world import CANCELLED, World
from tollbridge.rest.endpoint import Endpoint, Style
from tollbridge.rest.endpoints import ENDPOINTS
from tollbridge.rest.kinds import (
    Choice,
    Exact,
    Flag,
    Instant,
    Letters,
    SubscriptionNumber,
    Text,
    Whole,
)
from tollbridge.rest.messages import Field, Listed, Nested, Reader
from tollbridge.rest.openapi import example_of

CALLS = [each for each in ENDPOINTS if each.style is Style.COMPATIBLE and each.method == "POST"]
BY_ACTION = {each.action: each for each in CALLS}

NO_TEXTS: list[Any] = [1, True, [], {}]
NO_NUMBERS: list[Any] = ["", "x", True, [], {}]
WRONG: dict[type, list[Any]] = {
    Text: [*NO_TEXTS, "x" * 1001, "a\0b"],
    Letters: [*NO_TEXTS, "", "D", "DEUTSCH", "1$"],
    Whole: [*NO_NUMBERS, "1", 1.5, 2**63, 10**30],
    Exact: [*NO_NUMBERS, "1", 10**15],
    Flag: ["", "true", 0, 1, [], {}],
    SubscriptionNumber: ["", "S", "x", "S1.5", -1, 1.5, True, [], {}, 10**15],
    Choice: ["", "x", 99, -1, 1.5, True, [], {}],
    Instant: ["", "soon", "2026-02-30", "2201-01-01T00:00:00Z", 20260803, True, [], {}],
    Nested: ["", 1, True, []],
    Listed: ["", 1, True, {}, {"Item": 1}, {"Items": []}, [[]], [None], ["x" * 5000]],
}


def example(endpoint: Endpoint) -> dict[str, Any]:
    """A body that is carried out."""
    made = example_of(Reader(endpoint.request))
    read: dict[str, Any] = json.loads(msgspec.json.Encoder(decimal_format="number").encode(made))
    return read


def spoiled() -> Iterator[tuple[str, str, object]]:
    """Every field of every call with every value of a wrong kind."""
    for endpoint in CALLS:
        for field in Reader(endpoint.request).fields:
            for value in WRONG[type(field.kind)]:
                yield endpoint.action, field.name, value


@pytest.mark.parametrize(
    ("action", "name", "value"),
    list(spoiled()),
    ids=[f"{action} {name} {str(value)[:16]!r}" for action, name, value in spoiled()],
)
def test_values_of_the_wrong_kind(
    shared_world: World, action: str, name: str, value: object
) -> None:
    """R17: 400, also where the subscription is unknown; the message names the field."""
    body = {**example(BY_ACTION[action]), "SubscriptionId": "S5", name: value}
    answer = shared_world.call(action, body)
    assert answer.status_code == 400, answer.text
    assert name in answer.json()["ResultMessage"]


def required(endpoint: Endpoint) -> list[Field]:
    """The fields that may not be left out."""
    return [field for field in Reader(endpoint.request).fields if field.required]


@pytest.mark.parametrize("action", BY_ACTION)
def test_required_fields(shared_world: World, action: str) -> None:
    """R17: 400 for each that is missing or null, whatever else is wrong."""
    fields = required(BY_ACTION[action])
    for field in fields:
        body = {**example(BY_ACTION[action]), field.name: None}
        shared_world.refuses(action, body, 400, f"Missing required field: {field.name}")
    names = " ".join(field.name for field in fields)
    assert action == "updatecontact" or "SubscriptionId" in names or "PurchaseId" in names


@pytest.mark.parametrize("action", BY_ACTION)
@pytest.mark.parametrize("number", ["S5", "S99"])
def test_unknown_subscriptions(shared_world: World, action: str, number: str) -> None:
    """R17: 404, also for a subscription of another merchant."""
    ids = [field.name for field in Reader(BY_ACTION[action].request).fields if is_id(field)]
    for name in ids:
        body = {**example(BY_ACTION[action]), name: number}
        shared_world.refuses(action, body, 404, f"Subscription not found: {number}")


def is_id(field: Field) -> bool:
    """Whether the field names a subscription."""
    return isinstance(field.kind, SubscriptionNumber)


@pytest.mark.parametrize(
    "action",
    [each for each in BY_ACTION if each not in ("reinstatesubscriptionitems", "retrypayment")],
)
def test_what_is_not_active(shared_world: World, action: str) -> None:
    """R18: 402 for what is deactivated, but for bringing it back."""
    body = example(BY_ACTION[action])
    [name, *_] = (field.name for field in Reader(BY_ACTION[action].request).fields if is_id(field))
    body[name] = CANCELLED
    if "RunningNumber" in body:
        body["RunningNumber"] = 1
    if action == "deactivatesubscriptionitems":
        body["Items"] = [1]
    shared_world.refuses(action, body, 402, "")


@pytest.mark.parametrize("action", BY_ACTION)
def test_names_in_any_case_and_ids_without_s(world: World, action: str) -> None:
    """1.4, 1.5: every call takes its names in small letters, ids as numbers, and unknown keys."""
    body = {name.lower(): value for name, value in example(BY_ACTION[action]).items()}
    for name in [name for name in body if name.endswith("subscriptionid")]:
        body[name] = int(str(body[name])[1:])
    world.buy_unpaid()
    assert world.call(action, {**body, "unknown": {"x": [1]}}).status_code == 200
