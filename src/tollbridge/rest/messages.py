"""Messages: one definition each, from which reading, JSON Schema and the documents follow.

A request is a `Message` whose fields are annotated `Annotated[type, of(kind, description)]`; its
names on the wire come from the struct's `rename`. Names match in any case, the last of duplicate
keys wins, unknown keys are tolerated, null is the same as absent (subscription-api.md 1.5).
"""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any, Generic, NamedTuple, TypeVar, get_args, get_origin
from urllib.parse import unquote_to_bytes

import msgspec

from tollbridge.domain.refusal import Invalid
from tollbridge.rest.elements import SPACE, Element, parse_xml
from tollbridge.rest.evidence import KEY as EVIDENCE
from tollbridge.rest.evidence import Evidence, documented, evidence_of
from tollbridge.rest.kinds import Kind, Schema, Text
from tollbridge.rest.numbers import Figure

M = TypeVar("M", bound="Message")
UTF8_BOM = b"\xef\xbb\xbf"
PARAMETERS_MAX = 100


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all requests."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Base of all answers: closed, every field always present, in the order of the definition."""


class Done(Answer, rename="pascal", frozen=True, kw_only=True):
    """The answer of a call that reports nothing but its success."""

    result_message: Annotated[
        str,
        msgspec.Meta(description="Exactly OK, as clients compare it", examples=["OK"]),
        documented("docs/status-codes-rest-apis"),
    ]


DONE = Done(result_message="OK")


class ShownOnce(Answer, frozen=True, kw_only=True):
    """An answer with a secret that is shown to nobody else: what is kept of it is without."""

    secret: Annotated[
        str | None,
        msgspec.Meta(
            description="Shown only now; null where an Idempotency-Key repeats the answer",
            examples=["whsec_..."],
        ),
    ]


def of(
    kind: "Kind | Nested | Listed",
    description: str,
    *,
    example: object = None,
    aliases: tuple[str, ...] = (),
) -> msgspec.Meta:
    """What there is to say of a request's field; `aliases` are further names that it answers to."""
    return msgspec.Meta(
        description=description,
        examples=None if example is None else [example],
        extra={"kind": kind, "aliases": aliases},
    )


def told(
    description: str,
    example: object = None,
    *,
    codes: Mapping[int, str] | None = None,
    entry: str = "",
    zone: str = "",
) -> msgspec.Meta:
    """What there is to say of an answer's field.

    The rest is about XML: `codes` stand there for numbers, `entry` names each entry of a list,
    and `zone` is what ends a date in JSON only.
    """
    return msgspec.Meta(
        description=description,
        examples=None if example is None else [example],
        extra={"codes": codes or {}, "entry": entry, "zone": zone},
        extra_json_schema={"xml": {"wrapped": True}} if entry else None,
    )


class Field(NamedTuple):
    """One field of a request. `name` is its name on the wire, `attribute` that of the struct."""

    attribute: str
    name: str
    kind: "Kind | Nested | Listed"
    required: bool
    default: object
    description: str
    examples: list[object]
    aliases: tuple[str, ...]
    evidence: Evidence | None = None


NOTHING: Mapping[str, Any] = {}


class AmbiguousKeysError(Exception):
    """Two names of one field in one object: which came last, a dict no longer tells."""


class InOrder(dict[str, Any]):
    """An object with all keys in small letters, each where it came last in the body."""

    def __init__(self, pairs: Iterable[tuple[str, Any]]) -> None:
        super().__init__()
        for key, value in pairs:
            self.pop(key.lower(), None)
            self[key.lower()] = value


class Reader(Generic[M]):
    """Reads one type of message; made once, so that a request costs no reflection.

    `parts` are the attributes that are read from the path where there is a body too.
    """

    def __init__(self, message: type[M], parts: Collection[str] = ()) -> None:
        self.message = message
        self.fields = tuple(_fields(message))
        self.in_body = tuple(field for field in self.fields if field.attribute not in parts)
        self._required = tuple(field for field in self.fields if field.required)
        self._by_key: dict[str, Field] = {}
        for field in self.fields:
            for name in (field.name, *field.aliases):
                self._by_key[name] = self._by_key[name.lower()] = field

    def of_json(self, body: bytes, path: Iterable[tuple[str, str]] = ()) -> M:
        """The message in a JSON body and parts of a path; Invalid when it is none (R17)."""
        given = parse_json(body)
        fixed = self._of_path(path) if path else {}
        try:
            return self._message(given, "", fixed)
        except AmbiguousKeysError:
            return self._message(parse_in_order(body), "", fixed)

    def _of_path(self, path: Iterable[tuple[str, str]]) -> dict[str, Any]:
        fields = ((self._by_key[key], text) for key, text in path)
        return {field.attribute: _read_text(field, text) for field, text in fields}

    def of_object(self, given: object, where: str) -> M:
        """The message in a JSON object that is part of another one, at `where`."""
        if not isinstance(given, dict):
            raise Invalid(where, f"{where} must be an object")
        return self._message(given, f"{where}.")

    def of_texts(self, pairs: Iterable[tuple[str, str]]) -> M:
        """The message in names and texts: a query string and the parts of a path.

        The last of repeated names counts, whatever is wrong with the others.
        """
        found: dict[str, tuple[Field, str]] = {}
        for key, text in pairs:
            field = self._field(key)
            if field is not None:
                found[field.attribute] = field, text
        given = {
            attribute: _read_text(field, text) for attribute, (field, text) in found.items() if text
        }
        return self._complete(given, "")

    def of_xml(self, body: bytes) -> M:
        """The message in an XML body, whose root is `{Action}Request` in any case (R17)."""
        root = parse_xml(body)
        expected = f"{self.message.__name__}Request"
        if root.name.lower() != expected.lower():
            raise Invalid("", f"The root of the XML must be {expected}", reason="malformed_xml")
        return self.of_element(root, "")

    def of_element(self, element: Element, where: str) -> M:
        """The message in an XML element; the last of repeated ones counts, nil is absent."""
        if not element.blank:
            name = where or "The root of the XML"
            raise Invalid(where, f"{name} must hold elements and no text")
        found: dict[str, tuple[Field, Element]] = {}
        for child in element.children:
            field = self._field(child.name)
            if field is not None:
                found[field.attribute] = field, child
        within = f"{where}." if where else ""
        values = {
            attribute: _read_element(field.kind, child, within + field.name)
            for attribute, (field, child) in found.items()
            if not child.nil
        }
        return self._complete(values, within)

    def _message(
        self, given: Mapping[str, Any], where: str, fixed: Mapping[str, Any] = NOTHING
    ) -> M:
        found: dict[str, tuple[Field, Any]] = {}
        for key, value in given.items():
            field = self._by_key.get(key) or self._by_key.get(key.lower())
            if field is None or field.attribute in fixed:
                continue
            if field.attribute in found and not isinstance(given, InOrder):
                raise AmbiguousKeysError
            found[field.attribute] = field, value
        values = {
            attribute: _read(field, value, where + field.name)
            for attribute, (field, value) in found.items()
            if value is not None
        }
        return self._complete({**values, **fixed}, where)

    def _field(self, key: str) -> Field | None:
        field = self._by_key.get(key)
        return self._by_key.get(key.lower()) if field is None else field

    def _complete(self, values: Mapping[str, Any], where: str) -> M:
        for field in self._required:
            if field.attribute not in values:
                name = where + field.name
                raise Invalid(name, f"Missing required field: {name}", reason="missing_field")
        return self.message(**values)

    @property
    def schema(self) -> Schema:
        """The JSON Schema of the message; fields that may be absent may be null."""
        return {
            "type": "object",
            "title": self.message.__name__,
            "description": (self.message.__doc__ or "").strip(),
            "properties": {field.name: _field_schema(field) for field in self.in_body},
            "required": [field.name for field in self.in_body if field.required],
        }


class Nested:
    """A message inside a message."""

    def __init__(self, message: type[Message]) -> None:
        self.reader = Reader(message)

    @property
    def schema(self) -> Schema:
        """The schema of the message."""
        return self.reader.schema


class Listed:
    """A list of values of one kind or of messages, with at most `longest` of them.

    With an `element` it may also come as an object whose one member of this name is the list:
    what an XML list becomes when it is turned into JSON as it stands.
    """

    def __init__(self, entry: "Kind | Nested", longest: int, element: str = "") -> None:
        self.entry = entry
        self.longest = longest
        self.element = element

    @property
    def schema(self) -> Schema:
        """A list with the schema of its entries, or the object around it."""
        bare = {"type": "array", "maxItems": self.longest, "items": self.entry.schema}
        if not self.element:
            return bare
        around = {
            "type": "object",
            "properties": {self.element: bare},
            "required": [self.element],
        }
        return {"anyOf": [bare, around]}

    def entries(self, value: object) -> list[Any]:
        """The entries, still to be read; ValueError when it is no such list."""
        if isinstance(value, dict) and self.element:
            members = {key.lower(): member for key, member in value.items()}
            if len(members) < len(value):
                raise AmbiguousKeysError
            value = members.get(self.element.lower())
        if type(value) is not list:
            raise ValueError("must be a list")
        if len(value) > self.longest:
            raise ValueError(f"must have at most {self.longest} entries")
        return value


def _read(field: Field, value: Any, name: str) -> Any:  # noqa: ANN401
    kind = field.kind
    if isinstance(kind, Nested):
        return kind.reader.of_object(value, name)
    if isinstance(kind, Listed):
        return _read_list(kind, value, name)
    try:
        return kind.from_json(value)
    except ValueError as error:
        raise Invalid(name, f"{name} {error}") from None


def _read_text(field: Field, text: str) -> Any:  # noqa: ANN401
    kind = field.kind
    if isinstance(kind, Nested | Listed):
        return _read(field, text, field.name)
    return _read_single(kind, text, field.name, as_text=True)


def _read_list(kind: Listed, value: object, name: str) -> tuple[Any, ...]:
    try:
        entries = kind.entries(value)
    except ValueError as error:
        raise Invalid(name, f"{name} {error}") from None
    entry = kind.entry
    named = [(f"{name}[{number}]", given) for number, given in enumerate(entries)]
    if isinstance(entry, Nested):
        return tuple(entry.reader.of_object(given, where) for where, given in named)
    return tuple(_read_single(entry, given, where) for where, given in named)


def _read_element(kind: Kind | Nested | Listed, element: Element, name: str) -> Any:  # noqa: ANN401
    """The value of an XML element: space around it counts in texts only."""
    if isinstance(kind, Nested):
        return kind.reader.of_element(element, name)
    if isinstance(kind, Listed):
        return _read_elements(kind, element, name)
    if element.children:
        raise Invalid(name, f"{name} must hold a single value")
    text = element.text
    return _read_single(
        kind, text if isinstance(kind, Text) else text.strip(SPACE), name, as_text=True
    )


def _read_elements(kind: Listed, element: Element, name: str) -> tuple[Any, ...]:
    if not element.blank:
        raise Invalid(name, f"{name} must be a list")
    wanted = kind.element.lower()
    entries = [child for child in element.children if child.name.lower() == wanted]
    if len(entries) > kind.longest:
        raise Invalid(name, f"{name} must have at most {kind.longest} entries")
    return tuple(
        _read_element(kind.entry, entry, f"{name}[{number}]")
        for number, entry in enumerate(entries)
    )


def _read_single(kind: Kind, value: Any, name: str, *, as_text: bool = False) -> Any:  # noqa: ANN401
    try:
        return kind.from_text(value) if as_text else kind.from_json(value)
    except ValueError as error:
        raise Invalid(name, f"{name} {error}") from None


_JSON = msgspec.json.Decoder(float_hook=Figure)
_MALFORMED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def parse_json(body: bytes) -> dict[str, Any]:
    """The object in a JSON body, fractions as `Figure`; Invalid for anything else.

    Numbers keep every digit (R26); a number as large as no field can take is refused here.
    """
    try:
        given = _JSON.decode(body.removeprefix(UTF8_BOM))
    except _MALFORMED as error:
        raise Invalid("", f"Malformed JSON: {_shortly(error)}", reason="malformed_json") from None
    if type(given) is not dict:
        raise Invalid("", "The body must be a JSON object", reason="malformed_json")
    return given


def _shortly(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    return str(error).removeprefix("JSON is malformed: ")


def parse_in_order(body: bytes) -> dict[str, Any]:
    """The same object, and all objects in it, with their keys in the order of the body."""
    try:
        given: dict[str, Any] = json.loads(
            body.removeprefix(UTF8_BOM), parse_float=Figure, object_pairs_hook=InOrder
        )
    except (ValueError, RecursionError) as error:
        raise Invalid("", "Malformed JSON", reason="malformed_json") from error
    return given


def query_pairs(query: bytes) -> list[tuple[str, str]]:
    """Names and texts of a query string; Invalid when it is not UTF-8 or has too many."""
    parts = query.split(b"&") if query else []
    if len(parts) > PARAMETERS_MAX:
        raise Invalid("", "Too many query parameters", reason="malformed_query")
    try:
        halves = [part.partition(b"=") for part in parts]
        return [(_unquoted(name), _unquoted(text)) for name, _, text in halves]
    except UnicodeDecodeError:
        raise Invalid("", "The query string is not UTF-8", reason="malformed_query") from None


def _unquoted(text: bytes) -> str:
    if b"%" in text or b"+" in text:
        return unquote_to_bytes(text.replace(b"+", b" ")).decode()
    return text.decode()


def _fields(message: type[Message]) -> Iterable[Field]:
    for field in msgspec.structs.fields(message):
        meta = meta_of(field.type)
        extra = meta.extra or {}
        yield Field(
            attribute=field.name,
            name=field.encode_name,
            kind=extra["kind"],
            required=field.required,
            default=field.default,
            description=meta.description or "",
            examples=meta.examples or [],
            aliases=extra["aliases"],
            evidence=evidence_of(field.type),
        )


def meta_of(annotation: object) -> msgspec.Meta:
    """What is said of a field, by its annotation."""
    if get_origin(annotation) is Annotated:
        for metadata in get_args(annotation)[1:]:
            if isinstance(metadata, msgspec.Meta):
                return metadata
    raise TypeError(f"a field of a message without description: {annotation}")


def _field_schema(field: Field) -> Schema:
    schema = dict(field.kind.schema)
    schema["description"] = field.description
    if field.evidence is not None:
        schema[EVIDENCE] = field.evidence.shown
    if field.examples:
        schema["examples"] = field.examples
    if isinstance(field.default, bool | int | str):
        schema["default"] = field.default
    return schema if field.required else _or_null(schema)


def _or_null(schema: dict[str, Any]) -> Schema:
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    types = schema["type"]
    return {**schema, "type": [*([types] if isinstance(types, str) else types), "null"]}
