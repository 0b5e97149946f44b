"""Numbers, dates and texts as the wire writes them (R25)."""

import re
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from tollbridge.domain.currency import minor_units

REMEMBERED = 8192  # amounts; a merchant's prices recur

# What XML 1.0 has no way to write; a carriage return would be read as a line feed.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})

_encode = msgspec.json.Encoder().encode
_TO_SECONDS = len("2026-02-09T15:43:07")


@lru_cache(maxsize=REMEMBERED)
def amount(minor: int, currency: str) -> Decimal:
    """Minor units as the wire's number: no trailing zeros, at least one decimal.

    `50.0`, `42.02`, JPY `39211.0`. The encoder writes a decimal with the digits it has.
    """
    digits = minor_units(currency)
    number = Decimal(minor).scaleb(-digits)
    text = f"{number:.{digits}f}".rstrip("0") if digits else f"{minor}."
    return Decimal(text + "0" if text.endswith(".") else text)


def plain(at: datetime) -> str:
    """An instant in UTC without zone and trailing zeros: `2026-02-09T15:43:07.20517`."""
    text = _encode(at)[1:-2].decode()  # "...Z" with its quotes: a tenth of isoformat's time
    return text.rstrip("0") if len(text) > _TO_SECONDS else text


def zulu(at: datetime) -> str:
    """The same with `Z`."""
    return plain(at) + "Z"


def escaped(text: str) -> str:
    """A text as it stands in XML; characters that XML cannot hold become U+FFFD."""
    return _UNWRITABLE.sub("\ufffd", text).translate(_ESCAPES)


def schema_as_written(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """A JSON Schema in which every decimal is the JSON number that the encoder writes."""
    if isinstance(schema, list | tuple):
        return [schema_as_written(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "decimal":
        return {**{k: v for k, v in schema.items() if k != "format"}, "type": "number"}
    return {key: schema_as_written(part) for key, part in schema.items()}
