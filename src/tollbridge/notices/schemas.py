"""JSON Schema of each type of notification, made from the models once."""

from functools import cache
from typing import Any

import msgspec

from tollbridge.domain.written import schema_as_written
from tollbridge.notices.types import CANCELED, TYPES, Model

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE = "#/$defs/{name}"


@cache
def schema_of(type_: str) -> bytes:
    """The JSON Schema of a type; KeyError for one that has none.

    Unknown fields are allowed: the published documents add fields without notice.
    """
    known = TYPES[type_]
    models = [known.model, Model.PURCHASE] if type_ == CANCELED else [known.model]
    from tollbridge.notices import model  # noqa: PLC0415 - loaded by the first who asks

    shapes, components = msgspec.json.schema_components(
        [getattr(model, one.value) for one in models], ref_template=_REFERENCE
    )
    schema: dict[str, Any] = {
        "$schema": DIALECT,
        "title": type_,
        "description": known.meaning,
        "anyOf": shapes,
        "$defs": schema_as_written(components),
    }
    return msgspec.json.encode(schema)
