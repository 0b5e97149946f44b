"""From a request to its answer: one trip into the thread pool for everything that may wait."""

from collections.abc import Awaitable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from tollbridge.domain.decision import Decision
from tollbridge.domain.refusal import Refusal
from tollbridge.domain.request import KeptAnswer, RequestKey
from tollbridge.flows.collecting import Collector
from tollbridge.ports import NO_PAGES, Asked, Pages
from tollbridge.rest.answers import early_answer, late_answer
from tollbridge.rest.auth import Gate, require_scope
from tollbridge.rest.endpoint import Call, Endpoint, Page, Plain, Style
from tollbridge.rest.formats import Format, answer_format, body_format
from tollbridge.rest.messages import Answer, Reader, ShownOnce, query_pairs
from tollbridge.rest.metrics import Metrics
from tollbridge.rest.once import REPLAYED, Given, Once, Work, key_of
from tollbridge.rest.rates import peer_of
from tollbridge.rest.refusals import (
    CROSS_SITE,
    NEITHER,
    NEITHER_ACCEPTED,
    NOT_ACCEPTED,
    NOT_JSON,
    TOO_LARGE,
    WRONG_METHOD,
    Turned,
    TurnedAwayError,
    turned_by,
    written,
)
from tollbridge.rest.threads import Pool
from tollbridge.rest.trace import TRACE, Trace
from tollbridge.rest.xml_answers import xml_of

BODY_LIMIT = 64 * 1024

_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
_JSON_HEADERS = ((b"content-type", b"application/json"), *_HEADERS)
_XML_HEADERS = ((b"content-type", b"application/xml; charset=utf-8"), *_HEADERS)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Reply(NamedTuple):
    """A status, headers and a body, ready to be sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Surroundings(NamedTuple):
    """What all endpoints are served with."""

    collector: Collector
    public_url: str
    threads: Pool
    slow: Pool
    gate: Gate
    metrics: Metrics
    body_limit: int = BODY_LIMIT
    pages: Pages = NO_PAGES


class Served:
    """An endpoint at work; what can be prepared is prepared once."""

    def __init__(self, endpoint: Endpoint, around: Surroundings) -> None:
        self.endpoint = endpoint
        self._around = around
        self._threads = around.slow if endpoint.slow else around.threads
        self._reader: Reader[Any] = Reader(endpoint.request, endpoint.parts)
        self._open = endpoint.style is Style.OPEN
        self._scope = endpoint.scope
        self._xml = endpoint.style is Style.COMPATIBLE
        self._negotiates = endpoint.media == "application/json"
        self._has_body = endpoint.has_body
        self._once_only = endpoint.method == "POST"  # PUT is so by its nature
        # Whether the process is alive must not depend on a free thread.
        self._at_once = self._open and 503 not in endpoint.refusals  # noqa: PLR2004 - a status

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request whose path and method are this endpoint's."""
        body = await read_body(receive, self._around.body_limit) if self._has_body else b""
        trace: Trace = scope[TRACE]
        if self._at_once:
            reply = self._reply(scope, trace, body)
        else:
            reply = await self._threads.run(self._reply, scope, trace, body)
        await respond(scope, send, reply)

    def _reply(self, scope: Scope, trace: Trace, body: bytes | None) -> Reply:
        try:
            call = self._call(scope, trace, body)
            key = key_of(trace.headers) if body and self._once_only else None
            if key is not None:
                return self._once(scope, trace, call, key, body or b"")
            return answered(self.endpoint.serve(call), self._root(trace))
        except Exception as error:  # noqa: BLE001 - whatever it is, it becomes an answer
            turned = turned_by(error)
            trace.failed(error, turned)
            return turned_away(turned, self.endpoint.style, trace.request_id, self._root(trace))

    def _once(self, scope: Scope, trace: Trace, call: Call[Any], key: str, body: bytes) -> Reply:
        """The answer to a request with an Idempotency-Key; a secret in it is not kept."""
        endpoint, root = self.endpoint, self._root(trace)
        shown: list[Reply] = []

        def serve(asked: Asked) -> KeptAnswer:
            answer = endpoint.serve(call._replace(collector=call.collector.asked(asked)))
            if isinstance(answer, ShownOnce):
                shown.append(answered(answer, root))
                answer = replace(answer, secret=None)
            return kept(answered(answer, root))

        def early(saving: Decision | datetime) -> KeptAnswer | None:
            answer = early_answer(endpoint.answer, saving)
            return None if answer is None else kept(answered(answer, root))

        def late(command_id: str) -> KeptAnswer:
            return kept(answered(late_answer(endpoint.answer, call, command_id), root))

        def refused(refusal: Refusal) -> KeptAnswer:
            turned = turned_by(refusal)
            trace.failed(refusal, turned)
            return kept(turned_away(turned, endpoint.style, trace.request_id, root))

        once = Once(
            call.platform,
            RequestKey(
                merchant_id=call.merchant_id, username=call.username, path=scope["path"], key=key
            ),
            body,
            name=endpoint.action,
            actor=call.actor,
        )
        given = once.answer(Work(serve, early, late, refused))
        return shown[0] if shown and not given.replayed else given_again(given)

    def _root(self, trace: Trace) -> str | None:
        """What the answer's root is named after when it is to be XML."""
        wanted = answer_format(trace.headers, xml=self._xml)
        return self.endpoint.request.__name__ if wanted is Format.XML else None

    def _call(self, scope: Scope, trace: Trace, body: bytes | None) -> Call[Any]:
        """The request, checked in the order of R17: credentials, size, form."""
        headers = trace.headers
        merchant_id, username = 0, ""
        if not self._open:
            require_own_site(headers)
            credential = self._around.gate.authenticate(
                headers.get(b"authorization"), peer_of(scope)
            )
            merchant_id, username = credential.merchant_id, credential.username
            trace.merchant_id = merchant_id
            require_scope(credential, self._scope)
        if body is None:
            raise TurnedAwayError(TOO_LARGE)
        if self._negotiates and answer_format(headers, xml=self._xml) is None:
            raise TurnedAwayError(NEITHER_ACCEPTED if self._xml else NOT_ACCEPTED)
        message = self._message(scope, headers, body)
        around = self._around
        return Call(
            message,
            merchant_id,
            username,
            around.collector,
            around.public_url,
            around.metrics,
            around.pages,
        )

    def _message(self, scope: Scope, headers: Mapping[bytes, bytes], body: bytes) -> Any:  # noqa: ANN401
        """The message, in the format that the body says to be in."""
        if not self._has_body:
            return self._reader.of_texts(_texts(scope))
        given = body_format(headers, xml=self._xml)
        if given is None:
            raise TurnedAwayError(NEITHER if self._xml else NOT_JSON)
        if given is Format.JSON:
            return self._reader.of_json(body, scope.get("path_params", {}).items())
        return self._reader.of_xml(body)


class ByMethod:
    """The endpoints of one path, by method. HEAD is GET without the body."""

    def __init__(self, served: Iterable[Served]) -> None:
        self._by_method = {each.endpoint.method: each for each in served}
        if "GET" in self._by_method:
            self._by_method["HEAD"] = self._by_method["GET"]
        endpoint = next(iter(self._by_method.values())).endpoint
        self._style, self._path = endpoint.style, endpoint.path
        allow = ", ".join(sorted(self._by_method)).encode()
        self._wrong = WRONG_METHOD._replace(headers=((b"allow", allow),))

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass the request on to the endpoint of its method; 405 when there is none."""
        scope[TRACE].path = self._path
        served = self._by_method.get(scope["method"])
        return self._refuse(scope, send) if served is None else served(scope, receive, send)

    async def _refuse(self, scope: Scope, send: Send) -> None:
        trace: Trace = scope[TRACE]
        trace.reason = self._wrong.reason
        root = root_of_nothing(trace.headers, self._style)
        await respond(scope, send, turned_away(self._wrong, self._style, trace.request_id, root))


async def read_body(receive: Receive, limit: int) -> bytes | None:
    """The body; None when it is larger than `limit`, and then the rest stays unread.

    Raises ClientDisconnect when the caller goes away before its end.
    """
    chunks = bytearray()
    more = True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise ClientDisconnect
        chunks += event.get("body", b"")
        if len(chunks) > limit:
            return None
        more = event.get("more_body", False)
    return bytes(chunks)


def require_own_site(headers: Mapping[bytes, bytes]) -> None:
    """Refuse what a page of another site makes a browser send with remembered credentials."""
    site = headers.get(b"sec-fetch-site", b"none")
    if site not in (b"same-origin", b"none"):
        raise TurnedAwayError(CROSS_SITE)
    origin = headers.get(b"origin")
    if origin is not None and origin.partition(b"://")[2] != headers.get(b"host"):
        raise TurnedAwayError(CROSS_SITE)


def root_of_nothing(headers: Mapping[bytes, bytes], style: Style) -> str | None:
    """What names the root of an XML answer where no endpoint was reached: nothing."""
    if style is not Style.COMPATIBLE:
        return None
    return "" if answer_format(headers, xml=True) is Format.XML else None


def _texts(scope: Scope) -> Iterable[tuple[str, str]]:
    """Query parameters, then the parts of the path, which therefore win."""
    pairs = query_pairs(scope["query_string"])
    parts = scope.get("path_params")
    return [*pairs, *parts.items()] if parts else pairs


def answered(answer: object, root: str | None = None) -> Reply:
    """The reply that carries an answer; in XML when there is a name for its root."""
    if isinstance(answer, Page):
        return shown(answer)
    if isinstance(answer, Plain):
        named = (b"content-type", answer.media.encode())
        length = (b"content-length", b"%d" % len(answer.text))
        return Reply(200, [named, *_HEADERS, length], answer.text)
    if root is not None and isinstance(answer, Answer):
        body = xml_of(answer, root)
        return Reply(200, [*_XML_HEADERS, (b"content-length", b"%d" % len(body))], body)
    body = _ENCODER.encode(answer)
    return Reply(200, [*_JSON_HEADERS, (b"content-length", b"%d" % len(body))], body)


def shown(page: Page) -> Reply:
    """The reply that carries a page."""
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        *_HEADERS,
        (b"content-security-policy", page.policy.encode()),
        (b"referrer-policy", b"no-referrer"),
        (b"content-length", b"%d" % len(page.html)),
    ]
    return Reply(200, headers, page.html)


def turned_away(turned: Turned, style: Style, request_id: str, root: str | None = None) -> Reply:
    """The reply that turns a request away; in XML when there is a name for its root."""
    content_type, body = written(turned, style, request_id, root)
    headers = [
        (b"content-type", content_type),
        *_HEADERS,
        (b"content-length", b"%d" % len(body)),
        *turned.headers,
    ]
    return Reply(turned.status, headers, body)


def kept(reply: Reply) -> KeptAnswer:
    """What is kept of a reply: the rest is made anew."""
    return KeptAnswer(
        status=reply.status,
        content_type=dict(reply.headers)[b"content-type"].decode("latin-1"),
        body=reply.body,
    )


def given_again(given: Given) -> Reply:
    """The reply that carries a kept answer; a former one says so."""
    answer = given.answer
    headers = [
        (b"content-type", answer.content_type.encode("latin-1")),
        *_HEADERS,
        (b"content-length", b"%d" % len(answer.body)),
        *((REPLAYED,) if given.replayed else ()),
    ]
    return Reply(answer.status, headers, answer.body)


async def respond(scope: Scope, send: Send, reply: Reply) -> None:
    """Send a reply, and note its status for the log."""
    trace: Trace = scope[TRACE]
    trace.status = reply.status
    reply.headers.append((b"x-request-id", trace.request_id.encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    body = b"" if scope["method"] == "HEAD" else reply.body
    await send({"type": "http.response.body", "body": body})
