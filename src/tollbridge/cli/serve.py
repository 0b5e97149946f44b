"""`tollbridge serve`: open the platform, finish what was left open, serve until told to stop."""

import gc
import os
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from ipaddress import ip_address
from shutil import which
from types import FrameType
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from tollbridge import __version__
from tollbridge.bootstrap import (
    Place,
    build_demo,
    collecting,
    finish_payments,
    make_app,
    metrics_of,
    opened,
    working,
)
from tollbridge.bootstrap.log_lines import start_logs
from tollbridge.cli.operate import place
from tollbridge.cli.stopping import SIGNALS
from tollbridge.cli.telling import CommandError, Exit, say, telling
from tollbridge.settings import Settings, read_settings

if TYPE_CHECKING:
    import uvicorn

    from tollbridge.rest.app import Api

BACKLOG = 2048
GRACE_SECONDS = 30  # running requests may take so long after a stop was asked for
LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


class Address(NamedTuple):
    """Where the server listens, and under which names it is known."""

    listener: socket.socket
    name: str
    public_url: str
    hosts: tuple[str, ...]


def serve(
    *,
    demo: bool,
    database: str | None,
    host: str,
    port: int,
    memory: bool,
    with_worker: bool,
    as_json: bool,
) -> None:
    """Serve until SIGINT or SIGTERM; running requests and payments are waited for."""
    # A stop by a supervisor is as orderly as one by Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with telling(as_json=as_json):
        try:
            settings = read_settings(os.environ)
            start_logs(settings.log_level)
            where = _where(settings, database, demo=demo, memory=memory)
            address = _address(settings, host, port, demo=demo)
            with address.listener:
                _serve(
                    where,
                    address,
                    settings,
                    demo=demo,
                    memory=memory,
                    with_worker=with_worker,
                    as_json=as_json,
                )
        except KeyboardInterrupt:
            return


def _where(settings: Settings, database: str | None, *, demo: bool, memory: bool) -> Place:
    if memory and database:
        raise CommandError(
            Exit.USAGE, "--memory keeps nothing: it takes no --database", reason="usage"
        )
    return place(settings, database, demo=demo)


def _serve(
    where: Place,
    address: Address,
    settings: Settings,
    *,
    demo: bool,
    memory: bool,
    with_worker: bool,
    as_json: bool,
) -> None:
    bills = memory or where.has_one_writer or with_worker
    with (
        opened(
            where, memory=memory, lease=settings.lease, public_url=address.public_url
        ) as platform,
        collecting(platform) as collector,
    ):
        settled = finish_payments(platform)
        if demo:
            build_demo(collector)
        watched = metrics_of(platform, settings)
        application = make_app(
            collector,
            public_url=address.public_url,
            allowed_hosts=address.hosts,
            loopback_only=demo,
            rate_limit=settings.rate_limit,
            rate_limit_local=settings.rate_limit_local,
            log_level=settings.log_level,
            watched=watched,
        )
        address.listener.listen(BACKLOG)
        said = {
            "version": __version__,
            "address": address.name,
            "url": address.public_url,
            "database": "memory" if memory else where.shown,
            "state": "memory" if memory else "new" if where.new else "kept",
            "settled": settled,
            "demo": demo,
            "billing": bills,
        }
        server = _server(application)
        with _ended_by_signals(server):
            say(said, greeting(said), as_json=as_json)
            # What runs is ended before the database is closed, also when uvicorn was hurried.
            metrics, _ = watched
            beside = working(platform, bills=bills, told=metrics.billed, heard=metrics.notified)
            with beside, closing(application):
                server.run(sockets=[address.listener])


@contextmanager
def _ended_by_signals(server: "uvicorn.Server") -> Iterator[None]:
    """Until uvicorn listens to signals, and again after it, the first one only makes a note.

    From here on an exception out of nowhere could be lost in somebody else's code: the server
    would run on.
    """

    def ask(_number: int, _frame: FrameType | None) -> None:
        if server.should_exit:
            raise KeyboardInterrupt
        server.should_exit = True

    before = {number: signal.signal(number, ask) for number in SIGNALS}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


def _server(application: "Api") -> "uvicorn.Server":
    import uvicorn

    config = uvicorn.Config(
        application,
        lifespan="off",
        ws="none",
        log_config=None,  # logs were set up by start_logs
        access_log=False,  # the application logs each request itself
        proxy_headers=False,  # who calls is who is connected
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    gc.freeze()  # what is loaded is never looked at again
    gc.enable()
    return uvicorn.Server(config)


def _address(settings: Settings, host: str, port: int, *, demo: bool) -> Address:
    listener = _bound(host, port)
    ip, bound_port = listener.getsockname()[:2]
    local = ip_address(ip).is_loopback
    try:
        _require_known_name(settings, host, local=local, demo=demo)
    except CommandError:
        listener.close()
        raise
    shown = f"[{host}]" if ":" in host else host
    name = f"{shown}:{bound_port}"
    public_url = settings.public_url or f"http://{name}"
    own = urlsplit(public_url).hostname or host
    hosts = (*settings.allowed_hosts, own, *(LOCAL_NAMES if local else ()))
    return Address(listener, name, public_url, hosts)


def _require_known_name(settings: Settings, host: str, *, local: bool, demo: bool) -> None:
    """Beyond this machine nobody can guess under which name the server is called."""
    if demo and not local:
        message = f"--demo has a public password and serves this machine only, not {host}"
        raise CommandError(Exit.USAGE, message, reason="demo_not_local")
    if not local and not settings.public_url:
        message = f"to serve {host}, set TOLLBRIDGE_PUBLIC_URL to how customers reach the server"
        raise CommandError(Exit.USAGE, message, reason="public_url_missing")


def _bound(host: str, port: int) -> socket.socket:
    """A socket that is bound but does not listen yet; exit code 4 where that cannot be."""
    try:
        [family, kind, protocol, _, address], *_ = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        message = f"cannot listen at {host} port {port}: {error.strerror}"
        raise CommandError(Exit.ADDRESS, message, reason="address_unavailable") from None
    return listener


def greeting(said: Mapping[str, object]) -> str:
    """What people read at the start."""
    kept = {
        "memory": "Nothing is kept: the database is gone at the end.",
        "new": f"New database {said['database']}.",
        "kept": f"Database {said['database']}, as it was left.",
    }
    proxied = "" if said["url"] == f"http://{said['address']}" else f" at {said['address']}"
    lines = [
        f"Tollbridge {said['version']} serves {said['url']}{proxied}",
        kept[str(said["state"])],
    ]
    if said["settled"]:
        lines.append(f"{said['settled']} payments that were left open have been settled.")
    if not said["billing"]:
        lines.append("Nothing is billed by this server: run `tollbridge worker` beside it.")
    if said["demo"]:
        lines.append(_demo_greeting(str(said["url"])))
        if said["state"] != "memory":
            lines.append(_hearing(str(said["database"])))
    lines.append(f"Everything that is served: {said['url']}/docs")
    return "\n".join([*lines, "Stop with Ctrl-C."])


def _hearing(database: str) -> str:
    """How to be told; nobody else reaches a database in memory."""
    program = "tollbridge" if which("tollbridge") else sys.argv[0]
    return f"""Hear what happens, and make a notification happen, in two other terminals:
  {program} listen --forward http://localhost:3000/hook --database {database}
  {program} trigger PaidOrderNotification --database {database}
"""


def _demo_greeting(url: str) -> str:
    from tollbridge.flows.demo import SEAT, SEATS, SECRET, USERNAME

    curl = f"curl -u {USERNAME}:{SECRET}"
    return f"""
Merchant 864 "Cloudify", user name {USERNAME}, secret {SECRET}. Only this machine is served.

Read a subscription:
  {curl} '{url}/subscription/getsubscription?SubscriptionId=S{SEATS}'

See what fifteen seats instead of ten would cost for the rest of the month:
  {curl} {url}/subscription/updatesubscriptionitem \\
    -H 'Content-Type: application/json' \\
    -d '{{"SubscriptionId": "S{SEATS}", "RunningNumber": 1, "ProductId": {SEAT}, "Quantity": 15, \
"AlignmentSettings": {{"AlignToCurrentInterval": true, "GetCustomerPricePreviewOnly": true}}}}'

Let ten days pass, then look again:
  {curl} {url}/tollbridge/sandbox/clock -H 'Content-Type: application/json' \
-d '{{"advance": "P10D"}}'

"""
