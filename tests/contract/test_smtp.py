"""Handing mails to a mail server: what it takes, what it refuses, and what is tried again."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest

from tests.conformance.tls import certificate_of
from tests.contract.mail_server import HANG_UP, MailServerStub
from tollbridge.outbound.smtp import SmtpMailer
from tollbridge.ports import Mailer, MailRefusedError, MailServer, MailUnavailableError

Connect = Callable[..., Mailer]


def mail(to: str = "anna@customer.example", text: str = "Hello\n.\n..two\n") -> EmailMessage:
    """A mail with lines that begin with a dot."""
    message = EmailMessage()
    message["From"] = "no-reply@pay.example.org"
    message["To"] = to
    message["Subject"] = "お支払い"
    message["Message-ID"] = "<1@pay.example.org>"
    message.set_content(text)
    return message


@pytest.fixture
def server() -> Iterator[MailServerStub]:
    """A mail server of this machine, without TLS."""
    with MailServerStub() as one:
        yield one


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Gives a mailer at a stub; closed at the end."""
    with ExitStack() as stack:

        def connected(
            server: MailServerStub, *, trusted: Path | None = None, **more: str | bool
        ) -> Mailer:
            wanted = MailServer(host="127.0.0.1", port=server.port, **more)  # type: ignore[arg-type]
            tls = partial(ssl.create_default_context, cafile=str(trusted) if trusted else None)
            return stack.enter_context(closing(SmtpMailer(wanted, seconds=5, tls=tls)))

        yield connected


def test_a_mail_arrives_as_it_is(server: MailServerStub, connect: Connect) -> None:
    """Every letter of it, with its Message-ID, and to the one it is for."""
    connect(server).send(mail())
    (taken,) = server.mails
    assert taken["Subject"] == "お支払い"
    assert taken["Message-ID"] == "<1@pay.example.org>"
    assert taken.get_content() == "Hello\r\n.\r\n..two\r\n"
    assert server.recipients == ["anna@customer.example"]


def test_one_connection_serves_many_mails(server: MailServerStub, connect: Connect) -> None:
    """It is kept, and made anew when the server has ended it."""
    mailer = connect(server)
    for _ in range(3):
        mailer.send(mail())
    assert server.connections == 1
    server.replies["NOOP"] = [HANG_UP]
    mailer.send(mail())
    assert (server.connections, len(server.mails)) == (2, 4)


@pytest.mark.parametrize(
    ("verb", "reply", "error"),
    [
        ("RCPT", "550 unknown", MailRefusedError),
        ("RCPT", "553 no such name", MailRefusedError),
        ("RCPT", "450 busy", MailUnavailableError),
        ("DATA", "554 no", MailRefusedError),
        ("DATA", "451 later", MailUnavailableError),
        (".", "550 spam", MailRefusedError),
        (".", "452 full", MailUnavailableError),
        ("MAIL", "550 you may not", MailUnavailableError),  # it is our address: put it right
        ("MAIL", "421 later", MailUnavailableError),
        ("EHLO", "421 later", MailUnavailableError),
        ("RCPT", HANG_UP, MailUnavailableError),
        (".", HANG_UP, MailUnavailableError),
    ],
)
def test_what_the_server_says(
    server: MailServerStub, connect: Connect, verb: str, reply: str, error: type[Exception]
) -> None:
    """What it has against this mail counts for good from 500 on; the next one is sent as ever."""
    mailer = connect(server)
    server.replies[verb] = [reply]
    if verb == "EHLO":
        server.replies["HELO"] = [reply]
    with pytest.raises(error) as told:
        mailer.send(mail())
    assert "customer.example" not in str(told.value)
    server.replies.clear()
    known = len(server.mails)
    mailer.send(mail())
    assert len(server.mails) == known + 1


def test_nobody_there(connect: Connect) -> None:
    """A server that is away is waited for."""
    with MailServerStub() as gone:
        pass
    mailer = connect(gone)
    with pytest.raises(MailUnavailableError, match=r"ConnectionRefusedError at 127\.0\.0\.1:"):
        mailer.send(mail())


def test_a_server_that_says_nothing() -> None:
    """Nobody waits for ever."""
    with MailServerStub() as server:
        wanted = MailServer(host="127.0.0.1", port=server.port)
        with closing(SmtpMailer(wanted, seconds=0.2)) as mailer:
            server.replies["MAIL"] = ["250-one of many lines"]
            with pytest.raises(MailUnavailableError):
                mailer.send(mail())


def test_a_login(server: MailServerStub, connect: Connect) -> None:
    """Right it is let in, wrong it waits for somebody to put it right; neither is ever shown."""
    server.login = "anna:geheim"
    connect(server, user="anna", password="geheim").send(mail())
    wrong = connect(server, user="anna", password="falsch")
    with pytest.raises(MailUnavailableError, match="the login failed: 535") as told:
        wrong.send(mail())
    assert "falsch" not in str(told.value)
    assert len(server.mails) == 1


@pytest.mark.parametrize("secure", [False, True], ids=["STARTTLS", "smtps"])
def test_tls(tmp_path: Path, connect: Connect, secure: bool) -> None:  # noqa: FBT001 - a table
    """Where it is offered it is used, with a certificate that is checked."""
    certificate, key = certificate_of(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with MailServerStub(context, secure=secure) as server:
        connect(server, secure=secure, trusted=certificate).send(mail())
        assert server.encrypted == [True]
        stranger = connect(server, secure=secure)
        with pytest.raises(MailUnavailableError, match="SSLCertVerificationError"):
            stranger.send(mail())
        assert len(server.mails) == 1


def test_without_tls_only_this_machine(server: MailServerStub) -> None:
    """A server elsewhere that offers none gets neither the login nor a mail."""
    for host, local in (("127.0.0.1", True), ("::1", True), ("localhost", True)):
        assert MailServer(host=host, port=25).is_local is local
    assert not MailServer(host="mail.example.com", port=25).is_local

    class Elsewhere(MailServer, frozen=True):
        """This machine under a name that does not say so."""

        @property
        def is_local(self) -> bool:
            """It is not."""
            return False

    wanted = Elsewhere(host="127.0.0.1", port=server.port, user="anna", password="geheim")
    with (
        closing(SmtpMailer(wanted, seconds=5)) as mailer,
        pytest.raises(MailUnavailableError, match="offers no TLS"),
    ):
        mailer.send(mail())
    assert (server.mails, server.senders) == ([], [])


def test_letters_that_the_server_does_not_know(server: MailServerStub, connect: Connect) -> None:
    """An address beyond ASCII needs SMTPUTF8; without it nobody can be reached there."""
    with pytest.raises(MailRefusedError, match="SMTPUTF8"):
        connect(server).send(mail("änna@customer.example"))
    assert server.mails == []
