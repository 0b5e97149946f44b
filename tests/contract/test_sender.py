"""Posting: what arrives, what is kept of the reply, and when it is given up (ports/sending.py)."""

import gc
import os
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Event
from time import perf_counter

import pytest

from tests.conformance.tls import certificate_of
from tests.contract.receiving import OK, Answer, Request, answering, receiving
from tollbridge import __version__
from tollbridge.bootstrap import opened, place_of
from tollbridge.domain.merchant import Mode
from tollbridge.domain.refusal import NotAllowed
from tollbridge.outbound.addresses import Allowed
from tollbridge.outbound.http_sender import HttpSender
from tollbridge.outbound.targets import Limits
from tollbridge.ports import Post, Receipt
from tollbridge.settings import PrivateEndpoints, Settings

SANDBOX = Mode.SANDBOX


class Here:
    """Every name is this machine."""

    def addresses(self, host: str, seconds: float) -> Sequence[str]:
        """127.0.0.1."""
        del host, seconds
        return ("127.0.0.1",)

    def close(self) -> None:
        """Nothing is held."""


@contextmanager
def sending(
    seconds: float = 5.0,
    tls: ssl.SSLContext | None = None,
    timer: Callable[[], float] = perf_counter,
) -> Iterator[HttpSender]:
    """A sender to this machine while the block runs."""
    sender = HttpSender(
        allowed=Allowed(sandbox_loopback=True),
        resolver=Here(),
        timer=timer,
        limits=Limits(total_seconds=seconds),
        tls=tls,
    )
    yield sender
    sender.close()


def post_to(port: int, body: bytes = b"{}", **headers: str) -> Post:
    """A post to this machine."""
    return Post(url=f"http://127.0.0.1:{port}/hook?a=b", body=body, headers=headers)


def received(answer: Answer, seconds: float = 5.0) -> Receipt:
    """What comes of a post to somebody who answers so."""
    with receiving(answer) as receiver, sending(seconds) as sender:
        return sender.post(post_to(receiver.port), SANDBOX)


def test_body_and_headers_arrive_as_they_are() -> None:
    """Byte for byte, with the path and the query; nothing is added that unpacks or tracks."""
    body = '{"name": "Müller\\u2028", "n": 1.0}\r\n'.encode() + bytes(range(256))
    with receiving(answering(OK)) as receiver, sending() as sender:
        post = post_to(receiver.port, body, **{"Content-Type": "application/json", "X-One": "1"})
        receipt = sender.post(post, SANDBOX)
    [request] = receiver.requests
    assert (receipt.status, receipt.reply, receipt.error, receipt.taken) == (200, b"ok", "", True)
    assert 0 < receipt.seconds < 5
    assert request.line == "POST /hook?a=b HTTP/1.1"
    assert request.body == body
    assert request.headers == {
        "host": f"127.0.0.1:{receiver.port}",
        "user-agent": f"Tollbridge/{__version__}",
        "accept": "*/*",
        "content-type": "application/json",
        "x-one": "1",
        "content-length": str(len(body)),
    }


def test_a_url_without_a_path() -> None:
    """The root is asked for."""
    with receiving(answering(OK)) as receiver, sending() as sender:
        for end in ("", "?a=b"):
            url = f"http://127.0.0.1:{receiver.port}{end}"
            assert sender.post(Post(url=url, body=b"", headers={}), SANDBOX).taken
    lines = [request.line for request in receiver.requests]
    assert lines == ["POST / HTTP/1.1", "POST /?a=b HTTP/1.1"]


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_any_2xx_is_taken(status: int) -> None:
    """Success is a class of statuses."""
    end = b"" if status == 204 else b"Content-Length: 0\r\n"
    receipt = received(answering(b"HTTP/1.1 %d Fine\r\n%s\r\n" % (status, end)))
    assert (receipt.status, receipt.taken, receipt.error) == (status, True, "")


@pytest.mark.parametrize("status", [400, 401, 404, 410, 429, 500, 503])
def test_other_statuses_are_not(status: int) -> None:
    """The first part of what was said about it is kept."""
    receipt = received(answering(b"HTTP/1.1 %d No\r\nContent-Length: 4\r\n\r\nwhy?" % status))
    assert (receipt.status, receipt.taken) == (status, False)
    assert (receipt.reply, receipt.error) == (b"why?", "")


@pytest.mark.parametrize("size", [1023, 1024, 1025, 65536, 65537, 10_000_000])
def test_one_kilobyte_of_the_reply_is_kept(size: int) -> None:
    """However long it is; of more than 64 KB the rest is not read, and the connection ends."""

    def answer(_: Request, connection: socket.socket) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        connection.sendall(b"x" * size)
        return True

    with receiving(answer) as receiver, sending() as sender:
        for _ in range(2):
            receipt = sender.post(post_to(receiver.port), SANDBOX)
            assert (receipt.status, receipt.reply) == (200, b"x" * min(size, 1024))
        assert receiver.connections == (1 if size <= 65536 else 2)


def test_a_packed_reply_stays_packed() -> None:
    """Nothing is unpacked: a small reply stays small."""
    receipt = received(
        answering(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b0"
        )
    )
    assert receipt.reply == b"\x1f\x8b0"


def test_connections_are_kept() -> None:
    """One after another over the same; as many at once as there are threads."""
    together = Barrier(8)

    def answer(_: Request, connection: socket.socket) -> bool:
        together.wait(timeout=10)
        connection.sendall(OK)
        return True

    with receiving(answer) as receiver, sending() as sender, ThreadPoolExecutor(8) as threads:
        posts = [post_to(receiver.port, b"%d" % number) for number in range(80)]
        receipts = list(threads.map(lambda post: sender.post(post, SANDBOX), posts))
    assert all(receipt.taken for receipt in receipts)
    assert {request.body for request in receiver.requests} == {b"%d" % n for n in range(80)}
    assert receiver.connections == 8


def test_a_kept_connection_that_is_dead_costs_nothing() -> None:
    """Closed while it waited, or by the request itself: it is posted once more, over a new one."""
    asked = []

    def answer(request: Request, connection: socket.socket) -> bool:
        asked.append(request.connection)
        if asked == [1, 1]:
            return False  # as a server does that is being stopped
        connection.sendall(OK)
        return True

    with receiving(answer) as receiver, sending() as sender:
        assert sender.post(post_to(receiver.port), SANDBOX).taken
        assert sender.post(post_to(receiver.port), SANDBOX).taken
        assert asked == [1, 1, 2]
        receiver.hang_up()
        assert sender.post(post_to(receiver.port), SANDBOX).taken
        assert asked == [1, 1, 2, 3]


def test_a_new_connection_that_ends_is_an_error() -> None:
    """It is not tried again by itself."""
    asked = []

    def answer(request: Request, _: socket.socket) -> bool:
        asked.append(request)
        return False

    receipt = received(answer)
    assert receipt.error == "connection: Server disconnected without sending a response."
    assert (receipt.status, receipt.taken, len(asked)) == (None, False, 1)


def test_nobody_listens() -> None:
    """Refused connections are told."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with sending() as sender:
        receipt = sender.post(post_to(port), SANDBOX)
    assert receipt.error.startswith("connection: ")
    assert "refused" in receipt.error


@pytest.mark.parametrize(
    "reply", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00" * 200_000, b"HTTP/1.1 abc\r\n"]
)
def test_what_is_no_http_is_an_error(reply: bytes) -> None:
    """Nothing of it is kept: an endpoint is no means to read what another service says."""
    receipt = received(answering(reply, keep=False))
    assert receipt.error.startswith("connection: ")
    assert (receipt.status, receipt.reply) == (None, b"")


def test_who_never_answers() -> None:
    """The total time ends it."""
    over = Event()

    def answer(_: Request, connection: socket.socket) -> bool:
        over.wait(10)
        connection.sendall(OK)
        return False

    with receiving(answer) as receiver, sending(seconds=0.2) as sender:
        receipt = sender.post(post_to(receiver.port), SANDBOX)
        over.set()
    assert receipt.error == "timeout: no answer within 0.2 seconds"
    assert 0.2 <= receipt.seconds < 2


class Ticking:
    """A timer on which every look takes a second."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        """One second later than the last time."""
        self.seconds += 1
        return self.seconds


@pytest.mark.parametrize(
    ("drop", "error", "timer"),
    [
        (b"HTTP/1.1 103 Early Hints\r\n\r\n", "timeout: no answer within 9 seconds", Ticking()),
        (b"X-Drop: 1\r\n", "connection: Receive buffer too long", perf_counter),
    ],
)
def test_who_answers_for_ever(drop: bytes, error: str, timer: Callable[[], float]) -> None:
    """What counts is the whole, not each byte: what never ends is given up."""
    stopped = []

    def answer(_: Request, connection: socket.socket) -> bool:
        try:
            connection.sendall(b"" if drop.startswith(b"HTTP") else b"HTTP/1.1 200 OK\r\n")
            while True:
                connection.sendall(drop)
        except OSError as ended:
            stopped.append(ended)
        return False

    with receiving(answer) as receiver, sending(seconds=9, timer=timer) as sender:
        receipt = sender.post(post_to(receiver.port), SANDBOX)
    assert receipt.error == error
    assert len(stopped) == 1


def test_who_has_answered_has_it() -> None:
    """A status is an answer, whatever becomes of the rest of the reply."""
    over = Event()

    def answer(_: Request, connection: socket.socket) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun")
        over.wait(10)
        return False

    with receiving(answer) as receiver, sending(seconds=0.2) as sender:
        receipt = sender.post(post_to(receiver.port), SANDBOX)
        over.set()
    assert (receipt.status, receipt.taken, receipt.reply) == (200, True, b"begun")


def test_who_does_not_read() -> None:
    """A body that nobody takes ends in time, too."""
    with socket.create_server(("127.0.0.1", 0)) as deaf, sending(seconds=0.3) as sender:
        post = post_to(deaf.getsockname()[1], b"x" * 20_000_000)
        receipt = sender.post(post, SANDBOX)
    assert receipt.error == "timeout: no answer within 0.3 seconds"
    assert receipt.seconds < 3


def test_no_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What programs of this machine are told to use is not for posts to merchants."""
    with receiving(answering(b"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n")) as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setitem(os.environ, name, f"http://127.0.0.1:{proxy.port}")
        assert received(answering(OK)).taken
        assert proxy.connections == 0


@pytest.fixture
def shop(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The certificate of shop.example, for who has it and for who trusts it."""
    certificate, key = certificate_of(tmp_path, "DNS:shop.example")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    return server, ssl.create_default_context(cafile=str(certificate))


def test_certificates_are_of_the_name(shop: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """The connection goes to an address, but who is there has to prove to be the host.

    Two names of one address do not share a connection: the second was proven by nobody.
    """
    server, client = shop
    with receiving(answering(OK), server) as receiver, sending(tls=client) as sender:
        for name, error in [("shop", ""), ("other", "Hostname mismatch"), ("shop", "")]:
            url = f"https://{name}.example:{receiver.port}/"
            receipt = sender.post(Post(url=url, body=b"{}", headers={}), SANDBOX)
            assert receipt.taken is (not error)
            assert error in receipt.error
            assert receipt.error[:11] == ("connection:" if error else "")
        assert [request.headers["host"] for request in receiver.requests] == [
            f"shop.example:{receiver.port}"
        ] * 2


def test_an_unknown_certificate_is_an_error(shop: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """Only authorities that the system trusts are trusted."""
    with receiving(answering(OK), shop[0]) as receiver, sending() as sender:
        url = f"https://shop.example:{receiver.port}/"
        receipt = sender.post(Post(url=url, body=b"{}", headers={}), SANDBOX)
    assert "certificate verify failed" in receipt.error
    assert receiver.requests == []


def test_a_live_merchant_does_not_use_a_sandbox_connection(
    shop: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    """A kept connection to this machine is the sandbox's alone."""
    server, client = shop
    with receiving(answering(OK), server) as receiver, sending(tls=client) as sender:
        post = Post(url=f"https://shop.example:{receiver.port}/", body=b"{}", headers={})
        assert sender.post(post, SANDBOX).taken
        assert sender.post(post, Mode.LIVE).error.startswith("endpoint_loopback: ")
        assert sender.post(post, SANDBOX).taken
        assert (receiver.connections, len(receiver.requests)) == (1, 2)


def test_nothing_stays_open() -> None:
    """After `close` no socket is left behind, whatever came of the posts."""

    def answer(request: Request, connection: socket.socket) -> bool:
        connection.sendall(OK if request.body == b"fine" else b"nonsense\r\n\r\n")
        return True

    with receiving(answer) as receiver:
        with sending() as sender:
            for body in (b"fine", b"wrong", b"fine"):
                sender.post(post_to(receiver.port, body), SANDBOX)
        gc.collect()  # an open socket would warn, and warnings are errors


def test_the_settings_reach_the_sender(tmp_path: Path) -> None:
    """This machine's sandboxes by default, nobody's behind a public name, and what is listed."""
    database = f"sqlite:///{tmp_path}/shop.db"
    for settings, is_allowed in [
        (Settings(database=database), True),
        (Settings(database=database, public_url="https://shop.example.com"), False),
        (Settings(database=database, private_endpoints=PrivateEndpoints()), False),
        (
            Settings(
                database=database,
                public_url="https://shop.example.com",
                private_endpoints=PrivateEndpoints(sandbox=True),
            ),
            True,
        ),
    ]:
        with receiving(answering(OK)) as receiver, opened(place_of(settings)) as platform:
            post = post_to(receiver.port)
            assert platform.sender.post(post, SANDBOX).taken is is_allowed
            with pytest.raises(NotAllowed):
                platform.sender.require_allowed("https://127.0.0.1/", Mode.LIVE)
