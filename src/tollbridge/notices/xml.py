"""A notification in XML: the same values as in JSON, in the form that consumers of XML know.

Elements are the keys with a capital; those at the top bear the literal prefix `cbn:`, those
inside `cbt:`, and what things are known by is an attribute (platform.md a.2).
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec

from tollbridge.domain.written import escaped
from tollbridge.notices.model import Document, PurchaseNotification, SubscriptionNotification

SCHEMAS = "http://xml.cleverbridge.com/3.10.0.0"
TOP, INSIDE = "cbn", "cbt"

# Where the id of an element stands in JSON, and what its attribute is called.
IDS = {
    "Purchase": ("purchaseId", "Id"),
    "Customer": ("customerId", "Id"),
    "Subscription": ("subscriptionId", "Id"),
    "Item": ("runningNumber", "RunningNo"),
    "SubscriptionItem": ("runningNumber", "RunningNo"),
}
ENTRIES = {
    "items": "Item",
    "subscriptionItems": "SubscriptionItem",
    "deliveries": "Delivery",
    "additionals": "Additional",
}
NAMES = {"originalPurchaseItemRunningNumber": "OriginalPurchaseItemRunningNo"}
PARAMETERS = "extraParameters"

# Models whose fields stand beside `meta` in JSON have an element of their own here.
FLAT: Mapping[type[Document], str] = {
    PurchaseNotification: "purchase",
    SubscriptionNotification: "subscription",
}


def to_xml(document: Document) -> bytes:
    """The whole document in UTF-8; what is null or absent in JSON is left out."""
    tree = msgspec.to_builtins(document)
    inside = FLAT.get(type(document))
    if inside is not None:
        meta = tree.pop("meta")
        tree = {"meta": meta, inside: tree}
    root = f"{TOP}:{document.meta.type}"
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<{root} xmlns:{TOP}="{SCHEMAS}/cleverbridgeNotification.xsd"',
        f' xmlns:{INSIDE}="{SCHEMAS}/cleverbridgeTypes.xsd">',
    ]
    for key, value in tree.items():
        _write(parts, TOP, key, value)
    parts.append(f"</{root}>")
    return "".join(parts).encode()


@cache
def name_of(key: str) -> str:
    """The element of a key."""
    return NAMES.get(key) or key[0].upper() + key[1:]


def _write(parts: list[str], prefix: str, key: str, value: Any) -> None:  # noqa: ANN401 - any JSON
    if value is None:
        return
    name = name_of(key)
    if isinstance(value, str):
        parts.append(f"<{prefix}:{name}>{escaped(value)}</{prefix}:{name}>")
    elif isinstance(value, dict) and key != PARAMETERS:
        _write_fields(parts, prefix, name, value)
    elif isinstance(value, bool):
        parts.append(f"<{prefix}:{name}>{'true' if value else 'false'}</{prefix}:{name}>")
    elif isinstance(value, int):
        parts.append(f"<{prefix}:{name}>{value}</{prefix}:{name}>")
    else:
        parts.append(f"<{prefix}:{name}>")
        for entry, fields in _entries(key, value):
            _write_fields(parts, INSIDE, entry, fields)
        parts.append(f"</{prefix}:{name}>")


def _write_fields(parts: list[str], prefix: str, name: str, fields: Mapping[str, Any]) -> None:
    """An element with its fields in it; the one that it is known by is an attribute."""
    known_by, attribute = IDS.get(name, ("", ""))
    mark = f' {INSIDE}:{attribute}="{fields[known_by]}"' if known_by in fields else ""
    parts.append(f"<{prefix}:{name}{mark}>")
    for key, value in fields.items():
        if key != known_by:
            _write(parts, INSIDE, key, value)
    parts.append(f"</{prefix}:{name}>")


def _entries(key: str, value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:  # noqa: ANN401
    """The entries of a list, each with its element; parameters are pairs of key and value."""
    if key == PARAMETERS:
        for name, text in value.items():
            yield "ExtraParameter", {"key": name, "value": text}
    else:
        for entry in value:
            yield ENTRIES[key], entry
