"""The server that is measured: platform and bare endpoints in one process and one loop.

    python -m bench.server DATABASE BOOK

Prints its port, then serves until its standard input is closed. Logs go to standard error, set up
as in production.
"""

import socket
import sys
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import uvicorn
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from bench import bare
from tollbridge.bootstrap import Place, collecting, opened
from tollbridge.bootstrap.log_lines import request_log, start_logs
from tollbridge.flows.collecting import Collector
from tollbridge.rest.app import create_app
from tollbridge.rest.threads import Pool, Threads

HOST = "127.0.0.1"
OWN_POOL_HOST = "own-pool"  # the Host header that asks for the platform in its own pool
BACKLOG = 128


class StarlettePool:
    """The thread pool in which Starlette runs `def` endpoints."""

    def run(self, call: Callable[..., Any], *arguments: object) -> Awaitable[Any]:
        """What the call gives, to be awaited."""
        return run_in_threadpool(call, *arguments)

    def close(self) -> None:
        """Starlette's pool ends with its loop."""


def main() -> None:
    """Serve the place that the arguments name."""
    database, book = sys.argv[1:]
    start_logs("info")
    place = Place(database, Path(book), new=False)
    with opened(place, make=False) as platform, collecting(platform) as collector:
        own_pool = Threads()
        chosen = chooser(
            other=bare.application(platform.store, own_pool),
            own_pool=application(collector, own_pool),
            same_pool=application(collector, StarlettePool()),
        )
        with socket.create_server((HOST, 0), backlog=BACKLOG) as listener:
            print(listener.getsockname()[1], flush=True)
            server = uvicorn.Server(config(chosen))
            threading.Thread(target=_stop_at_end_of_input, args=[server], daemon=True).start()
            server.run(sockets=[listener])


def application(collector: Collector, pool: Pool) -> ASGIApp:
    """The platform as it is served, its calls in the pool."""
    make = partial(create_app, public_url=f"http://{HOST}", timer=perf_counter)
    tell = request_log("info")
    return make(collector, allowed_hosts=[HOST, OWN_POOL_HOST], pool=pool, tell=tell)


def config(application: ASGIApp) -> uvicorn.Config:
    """As `tollbridge serve` sets uvicorn up."""
    return uvicorn.Config(
        application,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )


def chooser(*, other: ASGIApp, own_pool: ASGIApp, same_pool: ASGIApp) -> ASGIApp:
    """One application of three. The Host header is the first in every request of `calls`."""
    host = OWN_POOL_HOST.encode()

    async def chosen(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith(bare.PATH):
            await other(scope, receive, send)
        elif scope["headers"][0][1] == host:
            await own_pool(scope, receive, send)
        else:
            await same_pool(scope, receive, send)

    return chosen


def _stop_at_end_of_input(server: uvicorn.Server) -> None:
    """The server must not outlive the benchmark, however that ends."""
    sys.stdin.read()
    server.should_exit = True


if __name__ == "__main__":
    main()
