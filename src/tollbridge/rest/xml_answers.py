"""XML as it goes out: the same answers as in JSON, written as the published schema has them (1.3).

The root is named after the call and bears the namespace; ResultMessage comes first in it. A value
that is null in JSON is left out. Statuses are codes of three letters (table 1.5).
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

import msgspec

from tollbridge.domain.written import escaped
from tollbridge.rest.messages import Answer, meta_of

NAMESPACE = "http://api.cleverbridge.com/datacontract"
RESULT = "ResultMessage"


class Part(NamedTuple):
    """One field of an answer, and what is different about it in XML."""

    attribute: str
    name: str
    codes: Mapping[int, str]
    entry: str  # the name of each entry, where the field is a list
    zone: str  # what ends its dates in JSON but not in XML


def xml_of(answer: Answer, root: str) -> bytes:
    """The document of an answer; `root` is the call's name, `GetSubscription`."""
    parts = sorted(parts_of(type(answer)), key=lambda part: part.name != RESULT)
    return _document(root, _written(answer, parts))


def xml_of_refusal(message: str, root: str) -> bytes:
    """The document that says why a call was not carried out."""
    return _document(root, [f"<{RESULT}>{escaped(message)}</{RESULT}>"])


def _document(root: str, inside: Iterable[str]) -> bytes:
    name = f"{root}Response"
    text = "".join(inside)
    return (
        f'<?xml version="1.0" encoding="utf-8"?><{name} xmlns="{NAMESPACE}">{text}</{name}>'
    ).encode()


@cache
def parts_of(answer: type[Answer]) -> tuple[Part, ...]:
    """The fields of a type of answer, in order."""
    return tuple(_part(field) for field in msgspec.structs.fields(answer))


def _part(field: msgspec.structs.FieldInfo) -> Part:
    extra = meta_of(field.type).extra or {}
    return Part(
        field.name,
        field.encode_name,
        codes=extra.get("codes", {}),
        entry=extra.get("entry", ""),
        zone=extra.get("zone", ""),
    )


def _written(answer: Answer, parts: Iterable[Part]) -> Iterable[str]:
    for part in parts:
        value = getattr(answer, part.attribute)
        if value is None:
            continue
        yield f"<{part.name}>"
        yield from _inside(value, part)
        yield f"</{part.name}>"


def _inside(value: Any, part: Part) -> Iterable[str]:  # noqa: ANN401 - whatever an answer holds
    if isinstance(value, Answer):
        yield from _written(value, parts_of(type(value)))
    elif isinstance(value, tuple):
        for entry in value:
            yield f"<{part.entry}>"
            yield from _inside(entry, part)
            yield f"</{part.entry}>"
    else:
        yield _text(value, part)


def _text(value: object, part: Part) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return part.codes.get(value, str(value))
        case Decimal():
            return f"{value:f}"
        case str():
            return escaped(value.removesuffix(part.zone))
    raise TypeError(f"{part.name}: {type(value).__name__} has no form in XML")
