"""A mail server of the tests' own: it keeps what it is given, and answers as it is told to.

with MailServerStub() as server:
    server.replies["RCPT"] = ["450 later"]      # the next answers; then all is well again
"""

import socket
import socketserver
import ssl
import sys
from base64 import b64decode
from collections import defaultdict
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from threading import Thread
from types import TracebackType
from typing import Any, Self, cast

HANG_UP = "hang up"  # in place of an answer

FINE = {"DATA": "354 go on", "QUIT": "221 bye", "AUTH": "235 welcome", "STARTTLS": "220 go on"}


class MailServerStub:
    """Listens at 127.0.0.1. With `tls` it offers STARTTLS, with `secure` it speaks TLS at once."""

    def __init__(self, tls: ssl.SSLContext | None = None, *, secure: bool = False) -> None:
        self.tls = tls
        self.secure = secure
        self.login = ""  # user and password, where they are wanted
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.senders: list[str] = []
        self.connections = 0
        self.encrypted: list[bool] = []
        self.replies: dict[str, list[str]] = defaultdict(list)
        self._server = _Server(("127.0.0.1", 0), _Talk)
        self._server.stub = self
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    stub: MailServerStub

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Who does not trust the certificate, or goes away, ends its own connection."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Talk(socketserver.StreamRequestHandler):
    """One connection."""

    def setup(self) -> None:
        """Begin with TLS where it is so."""
        self.stub = cast("_Server", self.server).stub
        self.encrypted = False
        super().setup()
        if self.stub.secure:
            self._encrypt()

    def handle(self) -> None:
        """Answer until the other side or the test has enough."""
        self.stub.connections += 1
        self._say("220 stub")
        while line := self.rfile.readline():
            words = line.decode("utf-8").strip()
            verb = words[:4].upper() if words.upper() != "STARTTLS" else "STARTTLS"
            scripted = self.stub.replies[verb]
            reply = scripted.pop(0) if scripted else self._fine(verb, words)
            if reply == HANG_UP:
                return
            self._say(reply)
            if verb == "QUIT":
                return
            if reply[0] in "23":
                self._do(verb, words)

    def finish(self) -> None:
        """End it."""
        super().finish()
        self.connection.close()

    def _fine(self, verb: str, words: str) -> str:
        if verb == "EHLO":
            offers = ["250-stub"]
            if self.stub.tls and not self.encrypted:
                offers.append("250-STARTTLS")
            return "\r\n".join([*offers, "250-AUTH PLAIN", "250 8BITMIME"])
        if verb == "AUTH":
            _, user, password = b64decode(words.rsplit(maxsplit=1)[-1]).decode().split("\0")
            return FINE[verb] if f"{user}:{password}" == self.stub.login else "535 who are you"
        return FINE.get(verb, "250 fine")

    def _do(self, verb: str, words: str) -> None:
        if verb == "STARTTLS":
            self._encrypt()
        elif verb == "MAIL":
            self.stub.senders.append(words)
        elif verb == "RCPT":
            self.stub.recipients.append(words.partition("<")[2].partition(">")[0])
        elif verb == "DATA":
            self._take()

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        scripted = self.stub.replies["."]
        reply = scripted.pop(0) if scripted else "250 taken"
        if reply.startswith("2") or reply == HANG_UP:
            mail = message_from_bytes(b"".join(lines), policy=SMTP)
            self.stub.mails.append(mail)
            self.stub.encrypted.append(self.encrypted)
        if reply == HANG_UP:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._say(reply)

    def _encrypt(self) -> None:
        assert self.stub.tls is not None
        context = self.stub.tls
        wrapped: Any = context.wrap_socket(
            self.connection, server_side=True, do_handshake_on_connect=False
        )
        try:
            wrapped.do_handshake()
        except OSError:
            wrapped.close()
            raise
        self.request = self.connection = wrapped
        self.rfile, self.wfile = wrapped.makefile("rb"), wrapped.makefile("wb", 0)
        self.encrypted = True

    def _say(self, reply: str) -> None:
        self.wfile.write(reply.encode() + b"\r\n")
        self.wfile.flush()
