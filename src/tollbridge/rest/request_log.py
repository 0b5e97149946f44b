"""The log line of a request: a closed set of fields, so that nothing personal can get into it."""

import re
from collections.abc import Callable
from datetime import datetime

import msgspec

from tollbridge.logs import log

PATH_MAX = 200  # characters of a path in a log line


class RequestLine(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="event", tag="request"
):
    """What is told of one request; `ms` is how long it took.

    `path` has no query string and no token of a link. `reason` says why it was turned away, and
    `peer` by whom it was sent where that matters.
    """

    at: datetime
    level: str
    request_id: str
    method: str
    path: str
    status: int
    ms: float
    merchant: int
    reason: str = ""
    peer: str = ""


# The tokens of links that customers follow (domain/links.py): whoever has one may use it.
_TOKEN = re.compile(r"(/p/[0-9]+-|/s/s[0-9]+-)[^/]+|(/invoice/)[^/]+")


def shown_path(path: str) -> str:
    """A path without the token of a link, and of bounded length."""
    if "/p/" in path or "/s/s" in path or "/invoice/" in path:
        path = _TOKEN.sub(lambda found: f"{found[1] or found[2]}***", path)
    return path[:PATH_MAX]


Tell = Callable[[RequestLine], None]


def by_structlog(line: RequestLine) -> None:
    """Tell it like everything else that is logged, wherever that goes.

    `bootstrap.request_log` writes the same fields at a fifth of the cost.
    """
    log.note("request", **fields_of(line))


def fields_of(line: RequestLine) -> dict[str, object]:
    """The fields that structlog does not add by itself."""
    fields: dict[str, object] = msgspec.to_builtins(line)
    for name in ("event", "at", "level"):
        del fields[name]
    return fields
