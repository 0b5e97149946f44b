"""The OpenAPI document: complete, closed, true (DESIGN 7)."""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

import msgspec
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.house.source import ROOT
from tests.rest.world import World
from tollbridge.rest.app import Api
from tollbridge.rest.endpoint import Endpoint, Style
from tollbridge.rest.endpoints import ENDPOINTS, describe
from tollbridge.rest.messages import Reader
from tollbridge.rest.openapi import example_of

IDS = [each.action for each in ENDPOINTS]


@pytest.fixture(scope="module")
def document(shared_world: World) -> dict[str, Any]:
    """The document as it is served, without credentials."""
    answer = shared_world.client.get("/openapi.json")
    assert answer.status_code == 200
    read: dict[str, Any] = answer.json()
    return read


def operation(document: dict[str, Any], endpoint: Endpoint) -> dict[str, Any]:
    """What the document says of an endpoint."""
    found: dict[str, Any] = document["paths"][endpoint.path][endpoint.method.lower()]
    return found


def validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """A validator for a schema of the document."""
    return Draft202012Validator({**schema, "components": document["components"]})


def test_nothing_else_is_served(document: dict[str, Any], shared_world: World) -> None:
    """The document, the table and the routes are one."""
    routes = {route.path for route in cast("Api", shared_world.client.app).routes}
    assert document["paths"].keys() == routes == {each.path for each in ENDPOINTS}
    methods = {(method.upper(), path) for path, by in document["paths"].items() for method in by}
    assert methods == {(each.method, each.path) for each in ENDPOINTS}


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=IDS)
def test_every_endpoint_is_explained(document: dict[str, Any], endpoint: Endpoint) -> None:
    """Summary, description, credentials, statuses, and what each field means."""
    told = operation(document, endpoint)
    assert told["summary"]
    assert told["description"].endswith(".")
    assert told["security"] == ([] if endpoint.style is Style.OPEN else [{"basic": []}])
    assert {int(status) for status in told["responses"]} == {200, *endpoint.refusals}
    assert all(field.description for field in Reader(endpoint.request).fields)
    if endpoint.style is not Style.OPEN:
        assert {400, 401, 403, 500, 503} <= set(endpoint.refusals)


def test_every_schema_is_one_and_every_reference_leads_somewhere(
    document: dict[str, Any],
) -> None:
    """JSON Schema 2020-12."""
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    references = re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document))
    assert set(references) <= schemas.keys()


def objects(schema: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON
    """Every object schema inside a schema."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for part in schema.values():
            yield from objects(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from objects(part)


def test_answers_are_closed(document: dict[str, Any]) -> None:
    """No answer has a field that the document does not name, and none is left out."""
    requests = {each.request.__name__ for each in ENDPOINTS}
    for name, schema in document["components"]["schemas"].items():
        if name in requests | {"Refused", "Problem"}:
            continue
        for each in objects(schema):
            assert each["additionalProperties"] is False, name
            assert sorted(each["required"]) == sorted(each["properties"]), name
            assert all(
                "description" in told for key, told in each["properties"].items() if key != "event"
            ), name


@pytest.mark.parametrize(
    "endpoint",
    [each for each in ENDPOINTS if msgspec.structs.fields(each.request)],
    ids=lambda each: each.action,
)
def test_every_example_works(document: dict[str, Any], world: World, endpoint: Endpoint) -> None:
    """Each example fits its schema, is carried out, and is answered as announced."""
    reader: Reader[Any] = Reader(endpoint.request)
    example = json.loads(msgspec.json.Encoder(decimal_format="number").encode(example_of(reader)))
    if "mail" in endpoint.path:
        world.mailed()
    if "endpoint" in endpoint.path or "notification" in endpoint.path:
        if endpoint.action != "add_endpoint":
            world.add_endpoint()
        world.tell()
    if endpoint.method == "POST":
        world.buy_unpaid()
        schema = document["components"]["schemas"][endpoint.request.__name__]
        validator(document, schema).validate(example)
        shown = operation(document, endpoint)["requestBody"]["content"]["application/json"]
        body = {name: told for name, told in example.items() if name not in endpoint.parts}
        assert shown["example"] == body
        answer = world.post(endpoint.path.format(**example), body)
    else:
        path = endpoint.path.format(**example)
        query = "&".join(f"{name}={value}" for name, value in example.items())
        answer = world.get(f"{path}?{query}")
    assert answer.status_code == 200, answer.text
    content = operation(document, endpoint)["responses"]["200"]["content"]
    assert answer.headers["content-type"].partition(";")[0] in content
    if endpoint.media == "application/json":
        schema = content["application/json"]["schema"]
        validator(document, schema).validate(answer.json())


def test_answers_are_what_is_announced(document: dict[str, Any], world: World) -> None:
    """The journal of an eventful subscription, and a problem, fit their schemas."""
    world.update(Quantity=20, AlignmentSettings={"AlignToCurrentInterval": True})
    settings = {"AlignToCurrentInterval": True, "ExtendInterval": True}
    world.update(Quantity=30, AlignmentSettings=settings)
    schemas = document["components"]["schemas"]
    journal = world.get("/tollbridge/subscriptions/S67531904/journal").json()
    validator(document, schemas["Journal"]).validate(journal)
    problem = world.get("/tollbridge/subscriptions/S1/journal").json()
    validator(document, schemas["Problem"]).validate(problem)
    assert problem.keys() >= {"title", "status", "detail", "reason", "request_id"}


def test_the_document_is_made_once() -> None:
    """Every request is answered with the same bytes."""
    assert describe(None) is describe(None)  # type: ignore[arg-type]


def test_the_page_about_http_lists_every_path() -> None:
    """docs/reference/http.md."""
    page = (ROOT / "docs" / "reference" / "http.md").read_text(encoding="utf-8")
    assert [each.path for each in ENDPOINTS if each.path not in page] == []
