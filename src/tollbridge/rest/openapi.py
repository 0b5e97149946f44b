"""The OpenAPI 3.1 document, made from the table of endpoints."""

import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from tollbridge import __version__
from tollbridge.domain.written import schema_as_written
from tollbridge.rest.endpoint import Endpoint, Style
from tollbridge.rest.evidence import KEY as EVIDENCE
from tollbridge.rest.evidence import OURS
from tollbridge.rest.kinds import Schema
from tollbridge.rest.messages import Field, Listed, Nested, Reader
from tollbridge.rest.once import KEY_MAX
from tollbridge.rest.refusals import TOO_MANY, Problem, Refused
from tollbridge.rest.xml_answers import NAMESPACE

ABOUT = (
    "Tollbridge speaks the Cleverbridge Subscription API. Names of parameters and keys match in "
    "any case; the last of duplicate keys counts; unknown keys are tolerated; null is the same "
    "as absent. Messages under /subscription/ may be XML: a request has the root "
    "{Action}Request, an answer {Action}Response with ResultMessage first; what is null in "
    "JSON is left out, and statuses are codes. Under /tollbridge/ are endpoints of its own."
)
IDEMPOTENCY_KEY: dict[str, object] = {
    "name": "Idempotency-Key",
    EVIDENCE: OURS.shown,
    "in": "header",
    "required": False,
    "description": (
        "The request is carried out once: sent again with the same body it gets the same answer, "
        "with `Idempotency-Replayed: true`, for 30 days."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_MAX, "pattern": "^[ -~]+$"},
}
XML = "application/xml"
_REF = "#/components/schemas/{name}"
_MEANING = {
    400: "Cannot be read as the message, or comes for a host that is not served",
    401: "The credentials are missing or wrong",
    402: "Understood, but not allowed; nothing has changed",
    403: "The credential lacks the scope, or it is another site's page or machine that asks",
    404: "What the call is about is unknown to the merchant",
    409: "The first request with this Idempotency-Key is still running",
    413: "The body is too large",
    422: "This Idempotency-Key came with another body before",
    429: "More requests a second than one address may send, or too many failed logins",
    500: "A failure of the platform",
    503: "Somebody else changes the subscription, or the database is away: try again",
}


def document(endpoints: Sequence[Endpoint]) -> msgspec.Raw:
    """The document in JSON."""
    answers = [endpoint.answer for endpoint in endpoints if endpoint.answer]
    _, components = msgspec.json.schema_components(
        [*dict.fromkeys(answers), Refused, Problem], ref_template=_REF
    )
    requests = {
        endpoint.request.__name__: Reader(endpoint.request, endpoint.parts).schema
        for endpoint in endpoints
        if endpoint.has_body
    }
    return msgspec.Raw(
        msgspec.json.Encoder(decimal_format="number").encode(
            {
                "openapi": "3.1.0",
                "info": {"title": "Tollbridge", "version": __version__, "description": ABOUT},
                "paths": _paths(endpoints),
                "components": {
                    "schemas": _told({**schema_as_written(components), **requests}),
                    "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
                },
            }
        )
    )


def _paths(endpoints: Iterable[Endpoint]) -> Mapping[str, Mapping[str, object]]:
    paths: dict[str, dict[str, object]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return paths


def _operation(endpoint: Endpoint) -> dict[str, object]:
    reader = Reader(endpoint.request, endpoint.parts)
    operation: dict[str, object] = {
        "operationId": endpoint.action,
        "summary": endpoint.summary,
        "description": endpoint.docs,
        "security": [] if endpoint.style is Style.OPEN else [{"basic": []}],
        "responses": {"200": _answered(endpoint), **_refused(endpoint)},
    }
    if endpoint.has_body:
        name = reader.message.__name__
        content = _json(name)
        content["application/json"]["example"] = example_of(reader)
        if endpoint.style is Style.COMPATIBLE:
            content |= _xml(name, f"{name}Request", (XML, "text/xml"))
        in_path = [f for f in reader.fields if f not in reader.in_body]
        operation["parameters"] = [
            *(_parameter(field, endpoint) for field in in_path),
            *([IDEMPOTENCY_KEY] if endpoint.method == "POST" else []),
        ]
        operation["requestBody"] = {"required": True, "content": content}
    elif reader.fields:
        operation["parameters"] = [_parameter(field, endpoint) for field in reader.fields]
    return operation


def example_of(reader: Reader[Any]) -> dict[str, object]:
    """A request made of the examples of its fields; every required field has one."""
    return {
        field.name: example for field in reader.in_body if (example := _example(field)) is not None
    }


def _example(field: Field) -> object:
    kind = field.kind
    if isinstance(kind, Nested):
        return example_of(kind.reader) or None
    if isinstance(kind, Listed) and isinstance(kind.entry, Nested):
        return [example_of(kind.entry.reader)]
    return field.examples[0] if field.examples else None


def _parameter(field: Field, endpoint: Endpoint) -> dict[str, object]:
    in_path = field.attribute in endpoint.parts
    return {
        "name": field.attribute if in_path else field.name,
        "in": "path" if in_path else "query",
        "required": field.required,
        "description": field.description,
        "schema": field.kind.schema if field.required else _or_empty(field.kind.schema),
        **({"example": field.examples[0]} if field.examples else {}),
        EVIDENCE: (field.evidence or OURS).shown,
    }


def _or_empty(schema: Schema) -> Schema:
    """An optional parameter may be there and empty, which is the same as absent (DESIGN 7)."""
    takes_any = schema.get("type") == "string" and not schema.get("minLength")
    if takes_any and re.search(schema.get("pattern", ""), ""):
        return schema
    return {"anyOf": [schema, {"type": "string", "maxLength": 0}]}


def _answered(endpoint: Endpoint) -> dict[str, object]:
    if endpoint.answer is None:
        schema: Schema = {"type": "string" if endpoint.media.startswith("text/") else "object"}
        return {"description": "Done", "content": {endpoint.media: {"schema": schema}}}
    content = _json(endpoint.answer.__name__)
    if endpoint.style is Style.COMPATIBLE:
        content |= _xml(endpoint.answer.__name__, f"{endpoint.request.__name__}Response")
    return {"description": "Done", "content": content}


def _refused(endpoint: Endpoint) -> dict[str, object]:
    return {
        str(status): {
            "description": f"{HTTPStatus(status).phrase}. {_MEANING[status]}.",
            "content": _error(endpoint, status),
        }
        for status in sorted(endpoint.refusals)
    }


def _error(endpoint: Endpoint, status: int) -> dict[str, Any]:
    if status == TOO_MANY.status:
        return {"text/html": {"schema": {"type": "string"}}}
    if endpoint.style is Style.COMPATIBLE:
        root = f"{endpoint.request.__name__}Response"
        return _json("Refused") | _xml("Refused", root)
    return {"application/problem+json": {"schema": {"$ref": _REF.format(name="Problem")}}}


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(name=name)}}}


def _xml(name: str, root: str, types: tuple[str, ...] = (XML,)) -> dict[str, Any]:
    """The same message in XML: what differs is its root, and what the fields say of XML."""
    spelling: dict[str, str] = {"name": root}
    if root.endswith("Response"):
        spelling["namespace"] = NAMESPACE
    schema = {"$ref": _REF.format(name=name), "xml": spelling}
    return {media: {"schema": schema} for media in types}


def _told(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """The schemas in which every property says its origin: ours where its message is."""
    if isinstance(schema, list | tuple):
        return [_told(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    told = {key: _told(part) for key, part in schema.items()}
    if isinstance(told.get("properties"), dict):
        told["properties"] = {
            name: {EVIDENCE: OURS.shown, **one} for name, one in told["properties"].items()
        }
    return told
