"""JSON or XML: what a request is written in, and what its answer is to be written in (1.3).

Both are chosen by media type. JSON is the default, and XML is spoken by the compatible API alone.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import lru_cache

HEADERS_KEPT = 256  # different headers that are remembered; clients send few
HEADER_MAX = 1024
RANGES_MAX = 30

XML_TYPES = (b"application/xml", b"text/xml")


class Format(Enum):
    """How a message is written."""

    JSON = b"application/json"
    XML = b"application/xml"


def body_format(headers: Mapping[bytes, bytes], *, xml: bool) -> Format | None:
    """What a body is written in by its Content-Type; None for anything else and for none.

    A POST must say it, which no form of a foreign page can. Parameters do not matter.
    """
    given = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if given == Format.JSON.value:
        return Format.JSON
    return Format.XML if xml and given in XML_TYPES else None


def answer_format(headers: Mapping[bytes, bytes], *, xml: bool) -> Format | None:
    """What the caller wants to read by its Accept (RFC 9110); None when we write none of it.

    The higher quality wins, then what is named more exactly, then JSON.
    """
    accept = headers.get(b"accept")
    if accept is None or accept in (b"*/*", b"application/json"):
        return Format.JSON
    return _best(accept[:HEADER_MAX], xml=xml)


@lru_cache(maxsize=HEADERS_KEPT)
def _best(accept: bytes, *, xml: bool) -> Format | None:
    ranges = [_range(part) for part in accept.lower().split(b",")[:RANGES_MAX]]
    json = _liking(ranges, (Format.JSON.value,))
    other = _liking(ranges, XML_TYPES) if xml else (Decimal(0), 0)
    if not json[0] and not other[0]:
        return None
    return Format.XML if other > json else Format.JSON


def _range(part: bytes) -> tuple[bytes, Decimal]:
    """A media range and its quality; 1 where none is given, 0 where it cannot be read."""
    name, *parameters = (piece.strip() for piece in part.split(b";"))
    for parameter in parameters:
        key, _, text = parameter.partition(b"=")
        if key.strip() == b"q":
            return name, _quality(text.strip())
    return name, Decimal(1)


def _quality(text: bytes) -> Decimal:
    try:
        quality = Decimal(text.decode("ascii"))
    except (InvalidOperation, UnicodeDecodeError):
        return Decimal(0)
    return quality if quality.is_finite() and 0 <= quality <= 1 else Decimal(0)


def _liking(ranges: Iterable[tuple[bytes, Decimal]], types: Iterable[bytes]) -> tuple[Decimal, int]:
    """How much the best of some types is wanted, and how exactly it is named.

    For each type the most exact range that it fits counts: `text/*;q=0` does not
    forbid `text/xml`.
    """
    exactness = {name: _exactness(name) for name, _ in ranges}
    return max(
        max(
            ((exactness[name], quality) for name, quality in ranges if _fits(name, media)),
            default=(0, Decimal(0)),
        )[::-1]
        for media in types
    )


def _exactness(name: bytes) -> int:
    return 1 if name == b"*/*" else 2 if name.endswith(b"/*") else 3


def _fits(name: bytes, media: bytes) -> bool:
    return name in (media, b"*/*", media.partition(b"/")[0] + b"/*")
