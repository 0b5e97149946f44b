"""`GET /JsonNotificationSchemas/{Type}`: where `meta.schemaUrl` leads."""

import json

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.rest.world import World
from tollbridge.notices.types import FOREIGN, TYPES


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_has_a_schema(shared_world: World, type_: str) -> None:
    """For anybody: no credential is asked for."""
    answer = shared_world.client.get(f"/JsonNotificationSchemas/{type_}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    schema = json.loads(answer.content)
    Draft202012Validator.check_schema(schema)
    assert schema["title"] == type_


@pytest.mark.parametrize("type_", [*FOREIGN, "paidordernotification", "Unknown", "%00"])
def test_other_types_have_none(shared_world: World, type_: str) -> None:
    """A type that is none of ours, and names in other letters."""
    answer = shared_world.client.get(f"/JsonNotificationSchemas/{type_}")
    assert answer.status_code in (400, 404)
    assert answer.headers["content-type"] == "application/problem+json"
