"""The server that is measured: platform and bare endpoints in one process, one loop, one pool.

    python -m bench.server DATABASE BOOK

Prints its port, then serves until its standard input is closed. Logs go to standard error, set up
as in production.
"""

import socket
import sys
import threading
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from bench import bare
from tollbridge.bootstrap import Place, collecting, make_app, opened, start_logs

HOST = "127.0.0.1"
BACKLOG = 128


def main() -> None:
    """Serve the place that the arguments name."""
    database, book = sys.argv[1:]
    start_logs("info")
    place = Place(database, Path(book), new=False)
    with opened(place, make=False) as platform, collecting(platform) as collector:
        application = make_app(
            collector, public_url=f"http://{HOST}", allowed_hosts=[HOST], loopback_only=False
        )
        with socket.create_server((HOST, 0), backlog=BACKLOG) as listener:
            print(listener.getsockname()[1], flush=True)
            server = uvicorn.Server(config(either(application, bare.application(platform.store))))
            threading.Thread(target=_stop_at_end_of_input, args=[server], daemon=True).start()
            server.run(sockets=[listener])


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


def either(platform: ASGIApp, other: ASGIApp) -> ASGIApp:
    """One application of two, by the path."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        chosen = other if scope["path"].startswith(bare.PATH) else platform
        await chosen(scope, receive, send)

    return application


def _stop_at_end_of_input(server: uvicorn.Server) -> None:
    """The server must not outlive the benchmark, however that ends."""
    sys.stdin.read()
    server.should_exit = True


if __name__ == "__main__":
    main()
