"""A notification in XML: the same values as in JSON, in the form that consumers of XML know.

Elements are the keys with a capital; those at the top bear the literal prefix `cbn:`, those
inside `cbt:`, and what things are known by is an attribute (platform.md a.2).
"""

from collections.abc import Iterable, Iterator, Mapping
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
    parts = (part for key, value in tree.items() for part in _element(TOP, key, value))
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<{root} xmlns:{TOP}="{SCHEMAS}/cleverbridgeNotification.xsd"'
        f' xmlns:{INSIDE}="{SCHEMAS}/cleverbridgeTypes.xsd">{"".join(parts)}</{root}>'
    ).encode()


def name_of(key: str) -> str:
    """The element of a key."""
    return NAMES.get(key) or key[0].upper() + key[1:]


def _element(prefix: str, key: str, value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if value is None:
        return
    name = name_of(key)
    if isinstance(value, dict) and key != PARAMETERS:
        yield from _with_id(prefix, name, value)
        return
    tag = f"{prefix}:{name}"
    yield f"<{tag}>{''.join(_inside(key, value))}</{tag}>"


def _with_id(prefix: str, name: str, fields: Mapping[str, Any]) -> Iterator[str]:
    tag = f"{prefix}:{name}"
    key, attribute = IDS.get(name, ("", ""))
    mark = f' {INSIDE}:{attribute}="{fields[key]}"' if key in fields else ""
    yield f"<{tag}{mark}>"
    for inner, value in fields.items():
        if inner != key:
            yield from _element(INSIDE, inner, value)
    yield f"</{tag}>"


def _inside(key: str, value: Any) -> Iterable[str]:  # noqa: ANN401 - any JSON
    if key == PARAMETERS:
        return (_parameter(*pair) for pair in value.items())
    if isinstance(value, list | tuple):
        return (part for one in value for part in _with_id(INSIDE, ENTRIES[key], one))
    if isinstance(value, bool):
        return ("true" if value else "false",)
    return (escaped(str(value)),)


def _parameter(key: str, value: str) -> str:
    fields = f"<{INSIDE}:Key>{escaped(key)}</{INSIDE}:Key>"
    fields += f"<{INSIDE}:Value>{escaped(value)}</{INSIDE}:Value>"
    return f"<{INSIDE}:ExtraParameter>{fields}</{INSIDE}:ExtraParameter>"
