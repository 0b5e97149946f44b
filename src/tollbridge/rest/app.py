"""The ASGI application: the table of endpoints behind one door."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import lru_cache
from itertools import count

from starlette.requests import ClientDisconnect
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from tollbridge.flows.collecting import Collector
from tollbridge.logs import log
from tollbridge.ports import NO_PAGES, Pages
from tollbridge.rest.auth import Gate
from tollbridge.rest.endpoint import Endpoint
from tollbridge.rest.endpoints import ENDPOINTS
from tollbridge.rest.logins import Logins
from tollbridge.rest.metrics import PATH as METRICS
from tollbridge.rest.metrics import Access, Metrics
from tollbridge.rest.rates import LOOPBACK, NO_LIMIT, Rate, RequestRate, peer_of
from tollbridge.rest.refusals import (
    FAILED,
    FOREIGN_HOST,
    LOGIN_FAILED,
    METRICS_CLOSED,
    NOT_LOCAL,
    TOO_MANY,
    TOO_MANY_LOGINS,
    UNKNOWN_PATH,
    Turned,
    style_of,
)
from tollbridge.rest.request_log import RequestLine, Tell, by_structlog, fields_of, shown_path
from tollbridge.rest.serving import (
    BODY_LIMIT,
    ByMethod,
    Served,
    Surroundings,
    respond,
    root_of_nothing,
    turned_away,
)
from tollbridge.rest.threads import Pool, Threads
from tollbridge.rest.trace import TRACE, Trace, given_id

HOSTS_KEPT = 256  # different Host headers that are remembered; clients send few
PREFIX_LENGTH = 16  # characters of a request id that are the process's own

NOBODY = Access(local=False)  # reads the metrics
SLOW_THREADS = 8  # advances of clocks at once; each is of another merchant

TOLD_WHO = (LOGIN_FAILED.reason, TOO_MANY_LOGINS.reason, TOO_MANY.reason)


def create_app(  # noqa: PLR0913 - a table of what may be chosen, all but one by name
    collector: Collector,
    *,
    public_url: str,
    allowed_hosts: Iterable[str],
    timer: Callable[[], float],
    loopback_only: bool = False,
    body_limit: int = BODY_LIMIT,
    pool: Pool | None = None,
    rate: Rate = NO_LIMIT,
    tell: Tell = by_structlog,
    metrics: Metrics | None = None,
    metrics_access: Access = NOBODY,
    pages: Pages = NO_PAGES,
) -> "Api":
    """The application. Nothing is served that is not in `ENDPOINTS`.

    `public_url` begins the links in answers (`https://pay.example.org`, no slash at its end);
    `allowed_hosts` are the host names without port that are served, `*` for any; `timer` gives
    seconds from any beginning, for the log; with `loopback_only` other machines are refused;
    `pool` is where calls run, threads of the application's own unless given; `rate` is how often
    one address may ask; `tell` writes the line of each request; `metrics` count them, and
    `metrics_access` says who may read what was counted; `pages` makes pages for people.
    """
    threads, slow = pool or Threads(), Threads(SLOW_THREADS)
    gate = Gate(collector.platform, Logins(timer, local=rate.local))
    metrics = metrics or Metrics(collector.platform)
    root = public_url.rstrip("/")
    around = Surroundings(collector, root, threads, slow, gate, metrics, body_limit, pages)
    guard = Guard(
        frozenset(host.lower() for host in allowed_hosts),
        RequestRate(rate, timer),
        metrics_access,
        loopback_only=loopback_only,
    )

    platform, routes = collector.platform, routes_of(ENDPOINTS, around)
    door = Door(Paths(routes), guard, timer, platform.wall, platform.new_key(), tell, metrics)
    return Api(door, routes, (threads, slow))


class Paths:
    """Finds what is served at a path: at once where the path has no variable parts.

    Starlette's router tries the pattern of every route until one fits.
    """

    def __init__(self, routes: Sequence[Route]) -> None:
        self._fixed = {route.path: route.app for route in routes if not route.param_convertors}
        self._router = Router(routes, redirect_slashes=False, default=nothing_here)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass a request on to what is served at its path."""
        served = self._fixed.get(scope["path"], self._router)
        return served(scope, receive, send)


def routes_of(endpoints: Sequence[Endpoint], around: Surroundings) -> list[Route]:
    """One route for each path."""
    paths = dict.fromkeys(endpoint.path for endpoint in endpoints)
    return [
        Route(path, ByMethod(Served(each, around) for each in endpoints if each.path == path))
        for path in paths
    ]


class Api:
    """The ASGI application: requests pass the door, and the end of the server ends the threads.

    `routes` are all that is served behind the door.
    """

    def __init__(self, door: "Door", routes: Sequence[Route], pools: Iterable[Pool]) -> None:
        self.routes = routes
        self._door = door
        self._pools = tuple(pools)

        @asynccontextmanager
        async def living(_: object) -> AsyncIterator[None]:
            """While a server that tells of its end serves the application."""
            yield
            self.close()

        self._life = Router(lifespan=living)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or live as long as the server; anything else there is not."""
        served = self._door if scope["type"] == "http" else self._life
        await served(scope, receive, send)

    def close(self) -> None:
        """Let running calls end, also those whose callers have gone."""
        for pool in self._pools:
            pool.close()


async def nothing_here(scope: Scope, _: Receive, send: Send) -> None:
    """There is no endpoint at this path."""
    await refuse(UNKNOWN_PATH, scope, send)


async def refuse(turned: Turned, scope: Scope, send: Send) -> None:
    """Turn a request away that has reached no endpoint."""
    trace: Trace = scope[TRACE]
    trace.reason = turned.reason
    style = style_of(scope["path"])
    root = root_of_nothing(trace.headers, style)
    reply = turned_away(turned, style, trace.request_id, root)
    await respond(scope, send, reply)


class Guard:
    """Which hosts are served, and which peers, and how often."""

    def __init__(
        self,
        hosts: frozenset[str],
        rate: RequestRate,
        metrics: Access,
        *,
        loopback_only: bool,
    ) -> None:
        self._hosts = hosts
        self._rate = rate
        self._metrics = metrics
        self._any_host = "*" in hosts
        self._loopback_only = loopback_only

    def objection(self, scope: Scope, headers: Mapping[bytes, bytes]) -> Turned | None:
        """Why the request is turned away at the door, None when it may come in.

        A foreign Host is how a web page reaches a server on its reader's own machine under a
        name of its own (DNS rebinding).
        """
        if self._rate.exceeded(scope):
            return TOO_MANY
        if not self._any_host and host_name(headers.get(b"host", b"")) not in self._hosts:
            return FOREIGN_HOST
        peer = peer_of(scope)
        if self._loopback_only and peer and not peer.startswith(LOOPBACK):
            return NOT_LOCAL
        if scope["path"] == METRICS and not self._metrics.allows(scope, headers):
            return METRICS_CLOSED
        return None


@lru_cache(maxsize=HOSTS_KEPT)
def host_name(host: bytes) -> str:
    """The name in a Host header, in small letters and without port."""
    text = host.decode("latin-1").lower()
    if text.startswith("["):
        return text.partition("]")[0][1:]
    return text.partition(":")[0]


class Door:
    """What every request passes: its id, the guard, the last resort for failures, its log line.

    `prefix` begins the ids of requests that bring none; no other process may have the same.
    """

    def __init__(
        self,
        app: ASGIApp,
        guard: Guard,
        timer: Callable[[], float],
        wall: Callable[[], datetime],
        prefix: str,
        tell: Tell,
        metrics: Metrics,
    ) -> None:
        self._app = app
        self._guard = guard
        self._timer = timer
        self._wall = wall
        self._prefix = prefix[:PREFIX_LENGTH]
        self._numbers = count(1)
        self._tell = tell
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request and write one line about it."""
        began = self._timer()
        headers = dict(scope["headers"])
        trace = Trace(given_id(headers.get(b"x-request-id")) or self._new_id(), headers)
        scope[TRACE] = trace
        try:
            await self._admit(scope, receive, send, trace)
        finally:
            seconds = self._timer() - began
            self._metrics.answered(scope["method"], trace.path, trace.status, seconds)
            self._log(scope, trace, seconds)

    def _new_id(self) -> str:
        return f"{self._prefix}-{next(self._numbers)}"

    async def _admit(self, scope: Scope, receive: Receive, send: Send, trace: Trace) -> None:
        objection = self._guard.objection(scope, trace.headers)
        if objection is not None:
            await refuse(objection, scope, send)
            return
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            trace.reason = "client_gone"
        except Exception as error:
            trace.failed(error, FAILED)
            if trace.status:
                raise  # an answer was begun; the connection has to break
            await refuse(FAILED, scope, send)

    def _log(self, scope: Scope, trace: Trace, seconds: float) -> None:
        line = RequestLine(
            at=self._wall(),
            level="info" if trace.error is None else "error",
            request_id=trace.request_id,
            method=scope["method"],
            path=shown_path(scope["path"]),
            status=trace.status,
            ms=round(seconds * 1000, 2),
            merchant=trace.merchant_id,
            reason=trace.reason,
            peer=peer_of(scope) if trace.reason in TOLD_WHO else "",
        )
        if trace.error is None:
            self._tell(line)
        else:
            log.error("request", **fields_of(line), exc_info=trace.error)
