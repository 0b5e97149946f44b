"""The ASGI application: the table of endpoints behind one door."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import structlog
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tollbridge.flows.collecting import Collector
from tollbridge.rest.auth import Gate
from tollbridge.rest.endpoint import Endpoint
from tollbridge.rest.endpoints import ENDPOINTS
from tollbridge.rest.logins import Logins
from tollbridge.rest.rates import LOOPBACK, NO_LIMIT, Rate, RequestRate, peer_of
from tollbridge.rest.refusals import (
    FAILED,
    FOREIGN_HOST,
    LOGIN_FAILED,
    NOT_LOCAL,
    TOO_MANY,
    TOO_MANY_LOGINS,
    UNKNOWN_PATH,
    Turned,
    style_of,
)
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

PATH_MAX = 200  # characters of a path in a log line

TOLD_WHO = (LOGIN_FAILED.reason, TOO_MANY_LOGINS.reason, TOO_MANY.reason)

log = structlog.get_logger()


def create_app(
    collector: Collector,
    *,
    public_url: str,
    allowed_hosts: Iterable[str],
    timer: Callable[[], float],
    loopback_only: bool = False,
    body_limit: int = BODY_LIMIT,
    pool: Pool | None = None,
    rate: Rate = NO_LIMIT,
) -> "Api":
    """The application. Nothing is served that is not in `ENDPOINTS`.

    `public_url` begins the links in answers (`https://pay.example.org`, no slash at its end);
    `allowed_hosts` are the host names without port that are served, `*` for any; `timer` gives
    seconds from any beginning, for the log; with `loopback_only` other machines are refused;
    `pool` is where calls run, threads of the application's own unless given; `rate` is how often
    one address may ask.
    """
    threads = pool or Threads()
    gate = Gate(collector.platform, Logins(timer, local=rate.local))
    around = Surroundings(collector, public_url.rstrip("/"), threads, gate, body_limit)
    guard = Guard(
        frozenset(host.lower() for host in allowed_hosts),
        RequestRate(rate, timer),
        loopback_only=loopback_only,
    )

    @asynccontextmanager
    async def living(_: Starlette) -> AsyncIterator[None]:
        """While a server that tells of its end serves the application."""
        yield
        threads.close()

    def door(app: ASGIApp) -> ASGIApp:
        return Door(app, guard, timer, collector.platform.new_key)

    return Api(door, routes=routes_of(ENDPOINTS, around), lifespan=living, threads=threads)


def routes_of(endpoints: Sequence[Endpoint], around: Surroundings) -> list[Route]:
    """One route for each path."""
    paths = dict.fromkeys(endpoint.path for endpoint in endpoints)
    return [
        Route(path, ByMethod(Served(each, around) for each in endpoints if each.path == path))
        for path in paths
    ]


class Api(Starlette):
    """Starlette without middleware of its own: the door answers failures and unknown paths."""

    def __init__(
        self,
        door: Callable[[ASGIApp], ASGIApp],
        *,
        routes: Sequence[Route],
        lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]],
        threads: Pool,
    ) -> None:
        super().__init__(routes=routes, lifespan=lifespan)
        self.router.redirect_slashes = False
        self.router.default = nothing_here
        self._door = door
        self._threads = threads

    def close(self) -> None:
        """Let running calls end, also those whose callers have gone."""
        self._threads.close()

    def build_middleware_stack(self) -> ASGIApp:
        """The router behind the door."""
        return self._door(self.router)


async def nothing_here(scope: Scope, _: Receive, send: Send) -> None:
    """There is no endpoint at this path."""
    if scope["type"] == "http":
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

    def __init__(self, hosts: frozenset[str], rate: RequestRate, *, loopback_only: bool) -> None:
        self._hosts = hosts
        self._rate = rate
        self._any_host = "*" in hosts
        self._loopback_only = loopback_only

    def objection(self, scope: Scope, host: bytes) -> Turned | None:
        """Why the request is turned away at the door, None when it may come in.

        A foreign Host is how a web page reaches a server on its reader's own machine under a
        name of its own (DNS rebinding).
        """
        if self._rate.exceeded(scope):
            return TOO_MANY
        if not self._any_host and host_name(host) not in self._hosts:
            return FOREIGN_HOST
        peer = peer_of(scope)
        if self._loopback_only and peer and not peer.startswith(LOOPBACK):
            return NOT_LOCAL
        return None


def host_name(host: bytes) -> str:
    """The name in a Host header, in small letters and without port."""
    text = host.decode("latin-1").lower()
    if text.startswith("["):
        return text.partition("]")[0][1:]
    return text.partition(":")[0]


class Door:
    """What every request passes: its id, the guard, the last resort for failures, its log line."""

    def __init__(
        self, app: ASGIApp, guard: Guard, timer: Callable[[], float], new_id: Callable[[], str]
    ) -> None:
        self._app = app
        self._guard = guard
        self._timer = timer
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request and write one line about it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = self._timer()
        headers = dict(scope["headers"])
        trace = Trace(given_id(headers.get(b"x-request-id")) or self._new_id(), headers)
        scope[TRACE] = trace
        try:
            await self._admit(scope, receive, send)
        finally:
            self._tell(scope, trace, self._timer() - began)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        trace: Trace = scope[TRACE]
        objection = self._guard.objection(scope, trace.headers.get(b"host", b""))
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

    def _tell(self, scope: Scope, trace: Trace, seconds: float) -> None:
        said = {
            "request_id": trace.request_id,
            "method": scope["method"],
            "path": scope["path"][:PATH_MAX],
            "status": trace.status,
            "ms": round(seconds * 1000, 2),
            "merchant": trace.merchant_id,
        }
        if trace.reason:
            said["reason"] = trace.reason
        if trace.reason in TOLD_WHO:
            said["peer"] = peer_of(scope)
        if trace.error is None:
            log.info("request", **said)
        else:
            log.error("request", **said, exc_info=trace.error)
