"""How refusals and failures are answered: one table of statuses (R17), two kinds of body."""

import re
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple

import msgspec

from tollbridge.domain.refusal import Kind, Refusal
from tollbridge.ports import GatewayUnavailableError, StoreUnavailableError
from tollbridge.rest.endpoint import Style
from tollbridge.rest.evidence import documented
from tollbridge.rest.rates import BLOCK_SECONDS
from tollbridge.rest.xml_answers import xml_of_refusal

RETRY_SECONDS = b"1"

# A reason with a status of its own: what goes on is the caller's own doing, and takes long.
BY_REASON = {"clock_advancing": 409}

STATUS: dict[Kind, int] = {
    Kind.INVALID: 400,
    Kind.NOT_FOUND: 404,
    Kind.NOT_ALLOWED: 402,
    Kind.BUSY: 503,
}


class Turned(NamedTuple):
    """A request that is turned away: the status, a stable reason and a sentence for people."""

    status: int
    reason: str
    message: str
    field: str = ""
    headers: tuple[tuple[bytes, bytes], ...] = ()


class TurnedAwayError(Exception):
    """A request that the edge turns away before any rule of the business is asked."""

    def __init__(self, turned: Turned) -> None:
        super().__init__(turned.reason)
        self.turned = turned


UNAUTHENTICATED = Turned(
    401,
    "unauthenticated",
    "Authentication failed",
    headers=((b"www-authenticate", b'Basic realm="Tollbridge"'),),
)
LOGIN_FAILED = Turned(
    401,
    "login_failed",
    "Authentication failed",
    headers=((b"www-authenticate", b'Basic realm="Tollbridge"'),),
)
TOO_MANY_LOGINS = Turned(
    429,
    "too_many_failed_logins",
    "Too many failed logins; wait a minute",
    headers=((b"retry-after", b"%d" % BLOCK_SECONDS),),
)
SCOPE_MISSING = Turned(403, "scope_missing", "The credential may not be used for this call")
FOREIGN_HOST = Turned(400, "foreign_host", "This host name is not served here")
METRICS_CLOSED = Turned(
    403, "metrics_closed", "The metrics are read with their token, or by this machine"
)
NOT_LOCAL = Turned(403, "not_local", "Only this machine is served (demo)")
CROSS_SITE = Turned(403, "cross_site", "Requests of another site's pages are not served")
UNKNOWN_PATH = Turned(404, "unknown_path", "There is nothing at this path")
WRONG_METHOD = Turned(405, "wrong_method", "This path is not served by this method")
TOO_LARGE = Turned(413, "too_large", "The body is too large", headers=((b"connection", b"close"),))
NOT_JSON = Turned(400, "wrong_content_type", "The content type must be application/json")
NEITHER = Turned(
    400, "wrong_content_type", "The content type must be application/json or application/xml"
)
NOT_ACCEPTED = Turned(400, "not_acceptable", "Answers are application/json: accept that")
NEITHER_ACCEPTED = Turned(
    400, "not_acceptable", "Answers are application/json or application/xml: accept one of them"
)
FAILED = Turned(500, "internal_error", "Internal error")
TOO_MANY = Turned(
    429,
    "too_many_requests",
    "Too many requests; wait a minute",
    headers=((b"retry-after", b"%d" % BLOCK_SECONDS),),
)
STILL_RUNNING = Turned(
    409,
    "still_running",
    "The first request with this Idempotency-Key is still running",
    headers=((b"retry-after", RETRY_SECONDS),),
)
ANOTHER_REQUEST = Turned(
    422, "key_of_another_request", "This Idempotency-Key came with another body before"
)
STORE_AWAY = Turned(
    503,
    "store_unavailable",
    "The database does not answer; try again",
    headers=((b"retry-after", RETRY_SECONDS),),
)


GATEWAY_AWAY = Turned(
    503,
    "gateway_unavailable",
    "The payment gateway does not answer; try again",
    headers=((b"retry-after", RETRY_SECONDS),),
)


def turned_by(error: Exception) -> Turned:
    """How an exception is answered; a failure tells nothing about itself."""
    if isinstance(error, Refusal):
        busy = error.kind is Kind.BUSY
        return Turned(
            BY_REASON.get(error.reason) or STATUS[error.kind],
            error.reason,
            error.message,
            error.field,
            ((b"retry-after", RETRY_SECONDS),) if busy else (),
        )
    if isinstance(error, TurnedAwayError):
        return error.turned
    if isinstance(error, GatewayUnavailableError):
        return GATEWAY_AWAY
    return STORE_AWAY if isinstance(error, StoreUnavailableError) else FAILED


class Refused(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """Why a call of the compatible API was not carried out; nothing has changed."""

    result_message: Annotated[str, documented("docs/status-codes-rest-apis")]


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a call of an endpoint of Tollbridge's own was not carried out (RFC 9457)."""

    title: str
    status: int
    detail: str
    reason: str
    request_id: str
    field: str = ""
    type: str = "about:blank"


class Written(NamedTuple):
    """A body and its content type."""

    content_type: bytes
    body: bytes


_CAPITAL = re.compile("(?<=[a-z])(?=[A-Z])")
_ENCODER = msgspec.json.Encoder()
_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Too many requests</title>'
    "<h1>429</h1><p>{}.</p></html>"
)


def written(turned: Turned, style: Style, request_id: str, root: str | None = None) -> Written:
    """The body in which an endpoint of this style says that it turned a request away.

    With a `root` it is XML, named after this call. Who asks too often is told in HTML, as
    published (1.8).
    """
    if turned.status == TOO_MANY.status:
        return Written(b"text/html; charset=utf-8", _PAGE.format(turned.message).encode())
    if root is not None:
        return Written(b"application/xml; charset=utf-8", xml_of_refusal(turned.message, root))
    if style is Style.COMPATIBLE:
        body: Any = Refused(result_message=turned.message)
        return Written(b"application/json", _ENCODER.encode(body))
    body = Problem(
        title=HTTPStatus(turned.status).phrase,
        status=turned.status,
        detail=turned.message,
        reason=turned.reason,
        request_id=request_id,
        field=_own_name(turned.field),
    )
    return Written(b"application/problem+json", _ENCODER.encode(body))


def _own_name(field: str) -> str:
    """A field of a rule, which is named as on the compatible wire, as Tollbridge's own calls do."""
    return _CAPITAL.sub("_", field).lower()


def style_of(path: str) -> Style:
    """How a path speaks at which there is no endpoint."""
    return Style.OWN if path.startswith(("/tollbridge/", "/metrics")) else Style.COMPATIBLE
