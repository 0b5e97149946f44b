"""Every field says where it comes from, and what it says is so."""

import json
import re

import pytest

from tests.conformance.fidelity import PAGE, Told, compatible_fields, page
from tests.conformance.printed import Request
from tests.conformance.register import OUTLINES, samples
from tollbridge.rest.endpoint import Style
from tollbridge.rest.endpoints import DESCRIPTION, ENDPOINTS
from tollbridge.rest.evidence import KEY, Origin
from tollbridge.rest.openapi import document

FIELDS = list(compatible_fields())


def printed(seed: str, line: int) -> str:
    """What the register has of a line: body, target, or the line that names an endpoint."""
    for sample in samples():
        if (sample.seed, sample.place) == (seed, line):
            target = sample.target if isinstance(sample, Request) else ""
            return target + sample.body.decode()
    [outline] = [one for one in OUTLINES if (one.seed, one.place) == (seed, line)]
    return outline.target


def test_every_field_says_where_it_comes_from() -> None:
    """Issue 3: sample, documented or inferred; and each has a place."""
    assert len(FIELDS) > 150
    assert [told for told in FIELDS if told.evidence is None or not told.evidence.where] == []


@pytest.mark.parametrize(
    "told",
    [one for one in FIELDS if one.evidence and one.evidence.origin is Origin.SAMPLE],
    ids=lambda told: f"{told.message}.{told.name}",
)
def test_a_sample_shows_the_field(told: Told) -> None:
    """R27: as a key of the body or as a name of the query, in any case."""
    assert told.evidence is not None
    text = printed(told.evidence.seed, told.evidence.line)
    shown = rf'"{told.name}"\s*:|[?&]{told.name}='
    assert re.search(shown, text, re.IGNORECASE), text


def _properties(schema: object) -> list[tuple[str, dict[str, object]]]:
    """Every property of a schema, those of inner objects too."""
    found: list[tuple[str, dict[str, object]]] = []
    if isinstance(schema, dict):
        given = schema.get("properties")
        if isinstance(given, dict):
            found += given.items()
        for value in schema.values():
            found += _properties(value)
    elif isinstance(schema, list):
        for value in schema:
            found += _properties(value)
    return found


def test_the_openapi_document_says_it_too() -> None:
    """Issue 3: each property and each parameter has its x-evidence; own endpoints are ours."""
    described = json.loads(bytes(document(ENDPOINTS)))
    fields = _properties(described["components"]["schemas"])
    assert {name for name, schema in fields if KEY not in schema} == set()
    told = {str(schema[KEY]).partition(":")[0] for _, schema in fields}
    assert told == {origin.value for origin in Origin}
    for endpoint in ENDPOINTS:
        operation = described["paths"][endpoint.path][endpoint.method.lower()]
        for parameter in operation.get("parameters", ()):
            own = endpoint.style is not Style.COMPATIBLE or parameter["in"] == "header"
            assert (parameter[KEY] == "ours") == own
    assert "x-evidence" not in str(described["paths"][DESCRIPTION.path])


def test_the_page_is_current() -> None:
    """docs/reference/fidelity.md is what `python -m tests.conformance.fidelity` writes."""
    assert PAGE.read_text(encoding="utf-8") == page()
