"""Every type that our facts cause: caused by a life, valid, with the keys of its example."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from msgspec.structs import replace

from tests.notices import scenes
from tests.notices.scenes import DEBIT, documents
from tollbridge.domain.choices import CanceledShape, Choices, GraceName
from tollbridge.domain.facts import Fact
from tollbridge.domain.refunding import RefundRequest
from tollbridge.notices import types
from tollbridge.notices.optional import OPTIONAL, is_optional
from tollbridge.notices.schemas import schema_of
from tollbridge.notices.telling import Document, to_json, to_xml

EXAMPLES = Path(__file__).parent / "examples"
FREE = "extraParameters"  # its keys are the merchant's
PART = RefundRequest(amount=2000)
GRACE_PERIOD = Choices(grace=GraceName.GRACE_PERIOD)
FLAT = Choices(canceled=CanceledShape.FLAT)

Cause = Callable[[], list[Fact]]
CAUSES: dict[str, Cause] = {
    types.PAID: scenes.renewed,
    types.SUBSCRIPTION_PAID: scenes.upgraded,
    types.DECLINED: scenes.declined,
    types.OFFLINE: scenes.by_wire,
    types.PURCHASE_ORDER: scenes.by_invoice,
    types.REFUND: lambda: scenes.of_part(RefundRequest()),
    types.PARTIAL_REFUND: lambda: scenes.of_part(PART),
    types.CHARGEBACK: scenes.charged_back,
    types.RETURNED_DEBIT: lambda: scenes.charged_back(DEBIT),
    types.CANCELED: scenes.canceled,
    types.REINSTATED: scenes.canceled,
    types.ON_GRACE: scenes.declined,
    types.GRACE_PERIOD: scenes.declined,
    types.ON_HOLD: scenes.unpaid,
    types.DATE_EXTENDED: scenes.moved,
    types.RENEWAL_TYPE: scenes.moved,
    types.PROFILE: scenes.profile,
    types.REMINDER_CHARGE: scenes.reminded,
    types.REMINDER_OFFLINE: scenes.by_wire,
    types.REMINDER_EXPIRED: scenes.expiring,
    types.ERROR: scenes.by_invoice,
}
CHOICES = {types.GRACE_PERIOD: GRACE_PERIOD}


def caused(type_: str) -> Document:
    """The first document of this type that its cause makes."""
    made = documents(CAUSES[type_](), CHOICES.get(type_))
    return next(document for name, document in made if name == type_)


def example(type_: str) -> dict[str, Any]:
    """The published keys; the notice of grace has one example under two names."""
    name = types.ON_GRACE if type_ == types.GRACE_PERIOD else type_
    read: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return read


def test_every_type_has_a_cause() -> None:
    """No type is said to be caused that no test causes."""
    assert set(CAUSES) == set(types.CAUSED)


def differing(ours: object, theirs: object, path: str = "") -> Iterator[str]:
    """The keys that one side has alone (`-` ours, `+` theirs), and values of another kind."""
    if isinstance(ours, dict) and isinstance(theirs, dict) and not path.endswith(FREE):
        yield from (f"-{path}.{key}" for key in ours.keys() - theirs.keys())
        yield from (f"+{path}.{key}" for key in theirs.keys() - ours.keys())
        for key in ours.keys() & theirs.keys():
            yield from differing(ours[key], theirs[key], f"{path}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list):
        for one in ours:
            yield from differing(one, theirs[0], f"{path}[]")
    elif theirs is not None and ours is not None and type(ours) is not type(theirs):
        yield f"!{path}"


@pytest.mark.parametrize("type_", CAUSES)
def test_keys_and_kinds_are_those_of_the_example(type_: str) -> None:
    """But for the optional keys, which stand in one list."""
    ours = json.loads(to_json(caused(type_)))
    found = list(differing(ours, example(type_)))
    assert [one for one in found if not is_optional(one.rpartition(".")[2], type_)] == []


@pytest.mark.parametrize("type_", CAUSES)
def test_keys_come_in_the_order_of_the_example(type_: str) -> None:
    """Readers of the documents find each key where they look for it."""
    ours, theirs = json.loads(to_json(caused(type_))), example(type_)
    pairs = [(ours, theirs), (ours.get("purchase", ours), theirs.get("purchase", theirs))]
    late = ("reimbursementTime", "error")  # where the examples disagree with one another
    for mine, published in pairs:
        common = [key for key in mine if key in published and key not in late]
        assert common == [key for key in published if key in mine and key not in late]


@pytest.mark.parametrize("type_", CAUSES)
def test_it_is_valid(type_: str) -> None:
    """Against the schema that `meta.schemaUrl` points to."""
    document = json.loads(to_json(caused(type_)))
    schema = json.loads(schema_of(type_))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(document)
    assert document["meta"]["type"] == type_
    assert document["meta"]["schemaUrl"].endswith(f"/JsonNotificationSchemas/{type_}")


@pytest.mark.parametrize("type_", CAUSES)
def test_the_example_is_valid_too(type_: str) -> None:
    """What consumers know is what the schema describes; but for the amounts, which are numbers."""
    schema = json.loads(schema_of(type_))
    Draft202012Validator(schema).validate(example(type_))


def test_a_schema_refuses_what_is_no_notification() -> None:
    """It says something."""
    validator = Draft202012Validator(json.loads(schema_of(types.PAID)))
    document = json.loads(to_json(caused(types.PAID)))
    assert not validator.is_valid({**document, "purchaseId": "S1"})
    assert not validator.is_valid({key: document[key] for key in document if key != "items"})
    assert not validator.is_valid({})


def leaves(value: object, key: str = "") -> Iterator[str]:
    """The values of a JSON document as XML writes them."""
    if isinstance(value, dict):
        for inner, one in value.items():
            yield from ([inner] if key == FREE else [])
            yield from leaves(one, inner)
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one)
    elif value is not None:
        yield str(value).lower() if isinstance(value, bool) else str(value)


def written(element: ET.Element) -> Iterator[str]:
    """The attributes and texts of an XML document, in order."""
    yield from element.attrib.values()
    if len(element) == 0 and element.text:
        yield element.text
    for inner in element:
        yield from written(inner)


@pytest.mark.parametrize("type_", CAUSES)
def test_xml_says_the_same(type_: str) -> None:
    """The same values in the same order, under a root that is named after the type."""
    document = caused(type_)
    xml = to_xml(document)
    read = json.loads(to_json(document), parse_float=str, parse_int=str)
    assert list(written(ET.fromstring(xml))) == list(leaves(read))  # noqa: S314 - our own XML
    assert xml.startswith(f'<?xml version="1.0" encoding="utf-8"?><cbn:{type_} '.encode())


@pytest.mark.parametrize("type_", CAUSES)
def test_it_is_the_same_every_time(type_: str) -> None:
    """A pure function of the facts: byte for byte."""
    assert to_json(caused(type_)) == to_json(caused(type_))
    assert to_xml(caused(type_)) == to_xml(caused(type_))


@pytest.mark.parametrize("type_", CAUSES)
def test_no_street_and_no_phone(type_: str) -> None:
    """platform.md a.2: what is personal and not needed is not told."""
    for text in (to_json(caused(type_)), to_xml(caused(type_))):
        assert b"Analytical" not in text
        assert "Köln".encode() not in text
        assert b"50667" not in text
        assert b"+49" not in text


def test_canceled_may_be_flat() -> None:
    """platform.md, row 1: as Reinstated is."""
    (_, document), *_ = documents(scenes.canceled(), FLAT)
    flat = json.loads(to_json(document))
    nested = example(types.CANCELED)["purchase"]
    found = list(differing({k: v for k, v in flat.items() if k != "meta"}, nested))
    assert [one for one in found if not is_optional(one.rpartition(".")[2], types.CANCELED)] == []
    Draft202012Validator(json.loads(schema_of(types.CANCELED))).validate(flat)


def test_optional_keys_are_needed() -> None:
    """An entry that no example and no document is about has outlived its reason."""
    known = {
        key
        for path in EXAMPLES.glob("*.json")
        for key in keys_of(json.loads(path.read_text(encoding="utf-8")))
    }
    known |= set(keys_of(json.loads(to_json(everything()))))
    for document in (schema_of(name) for name in types.CAUSED):
        known |= set(keys_of(json.loads(document)))
    assert [one.key for one in OPTIONAL if one.key not in known] == []


def everything() -> Document:
    """A document of a customer with all that may be told."""
    return caused(types.PAID)


def keys_of(value: object) -> Iterator[str]:
    """All keys in a value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner)


def test_who_gave_little_is_told_with_little() -> None:
    """A customer without company and with a name that is not ASCII."""
    facts = scenes.renewed()
    fact = replace(facts[0], frozen=facts[0].frozen.replace(b'"Ada"', '"Żaneta"'.encode()))
    fact = replace(fact, frozen=fact.frozen.replace(b'"Example Ltd"', b'""'))
    contact = json.loads(to_json(documents([fact])[0][1]))["billingContact"]
    assert "company" not in contact
    assert "firstnameRomanized" not in contact
    assert (contact["firstname"], contact["lastnameRomanized"]) == ("Żaneta", "Example")
