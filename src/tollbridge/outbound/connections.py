"""Posting over kept connections that lead to checked addresses only.

It stands on httpcore2, which follows no redirects, reads no proxy from the environment, keeps no
cookies and unpacks nothing: what must not happen is not there. Loading it takes 45 ms.
"""

import ssl
from collections.abc import Callable

from httpcore2 import (
    URL,
    ConnectionPool,
    ConnectTimeout,
    NetworkError,
    ProtocolError,
    Request,
    Response,
    TimeoutException,
    default_ssl_context,
)

from tollbridge import __version__
from tollbridge.outbound.connecting import Attempt, CheckedBackend, Lookup
from tollbridge.outbound.targets import Limits, Target
from tollbridge.ports.sending import Post, Receipt

REPLY_READ = 64 * 1024  # bytes; of a longer reply the rest is left and the connection given up
REPLY_KEPT = 1024
IDLE_SECONDS = 30.0  # that a connection waits for the next post
IDLE_MAX = 100  # connections that wait
STALE_MAX = 3  # kept connections that may turn out to be dead before it is an error
REDIRECTS = range(300, 400)
USER_AGENT = f"Tollbridge/{__version__}"


class Connections:
    """Connections that are kept for the next post to the same scheme, host and port."""

    def __init__(
        self,
        lookup: Lookup,
        timer: Callable[[], float],
        limits: Limits,
        tls: ssl.SSLContext | None,
    ) -> None:
        self._limits = limits
        self._attempt = Attempt()
        self._pool = ConnectionPool(
            ssl_context=tls or default_ssl_context(),
            max_connections=None,  # whoever posts has a thread for it
            max_keepalive_connections=IDLE_MAX,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=CheckedBackend(lookup, self._attempt, timer, limits.connect_seconds),
        )

    def post(self, post: Post, target: Target, ends: float) -> Receipt:
        """Post and read the reply until the timer says `ends`; a Refusal for the host's address.

        A connection that was kept may have been closed at the other side while the request was on
        its way. Then it is sent once more: whoever got it twice knows it by its id.
        """
        self._attempt.ends = ends
        request = _request(post, target)
        tries = 0
        while True:
            self._attempt.connected = False
            try:
                return _receipt(self._pool.handle_request(request))
            except ConnectTimeout:
                return Receipt(error="timeout: no connection in time")
            except TimeoutException:
                seconds = self._limits.total_seconds
                return Receipt(error=f"timeout: no answer within {seconds:g} seconds")
            except (NetworkError, ProtocolError) as error:
                tries += 1
                if self._attempt.connected or tries > STALE_MAX:
                    return Receipt(error=f"connection: {str(error) or type(error).__name__}")

    def close(self) -> None:
        """Give up the connections that wait."""
        self._pool.close()


def _request(post: Post, target: Target) -> Request:
    own = {"Host": target.host_header, "User-Agent": USER_AGENT, "Accept": "*/*"}
    headers = {**own, **post.headers, "Content-Length": str(len(post.body))}
    url = URL(
        scheme=target.scheme.encode(),
        host=target.host.encode(),
        port=target.port,
        target=target.path.encode(),
    )
    return Request("POST", url, headers=list(headers.items()), content=post.body)


def _receipt(response: Response) -> Receipt:
    """The status with the first part of the reply; a redirect is told, never followed."""
    error = ""
    if response.status in REDIRECTS:
        error = f"redirect: it answers {response.status}, and redirects are not followed"
    return Receipt(status=response.status, reply=_reply(response), error=error)


def _reply(response: Response) -> bytes:
    """The first part of the reply. The status has come already: what breaks now is no matter."""
    reply = bytearray()
    try:
        for piece in response.iter_stream():
            reply += piece
            if len(reply) > REPLY_READ:
                break
    except (TimeoutException, NetworkError, ProtocolError):
        pass
    finally:
        response.close()
    return bytes(reply[:REPLY_KEPT])
