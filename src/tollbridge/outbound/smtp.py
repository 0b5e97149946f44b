"""Handing mails to a mail server by SMTP.

Written on the standard library: the core is synchronous (ADR 0001), and one connection at a time
is as fast as a mail server wants its customers to be.
"""

import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from ssl import SSLContext, create_default_context
from threading import Lock

from tollbridge.ports import MailRefusedError, MailServer, MailUnavailableError

SECONDS = 30.0  # for each answer of the server
FOR_GOOD = 500  # replies from here on


class SmtpMailer:
    """`ports.Mailer` at one mail server; the connection is kept from one mail to the next.

    `tls` is for tests, which have certificates of their own.
    """

    def __init__(
        self,
        server: MailServer,
        *,
        seconds: float = SECONDS,
        tls: Callable[[], SSLContext] = create_default_context,
    ) -> None:
        self._server = server
        self._seconds = seconds
        self._tls = tls
        self._lock = Lock()
        self._connection: smtplib.SMTP | None = None

    def send(self, mail: EmailMessage) -> None:
        """Raises MailRefusedError for good and MailUnavailableError for now.

        What the server has against this mail or its recipient counts for good from 500 on; what
        it has against us (the login, our address) is for somebody to put right, and waits.
        """
        with self._lock, self._told():
            connection = self._connected()
            try:
                connection.send_message(mail)
            except smtplib.SMTPResponseException:
                self._reset(connection)
                raise
            except smtplib.SMTPRecipientsRefused:
                self._reset(connection)
                raise

    def close(self) -> None:
        """End the connection."""
        with self._lock:
            self._drop()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What went wrong, in the words of the port; it quotes no address and no text."""
        try:
            yield
        except smtplib.SMTPRecipientsRefused as error:
            [(code, _), *_] = error.recipients.values()
            raise _by_code("recipient", code) from None
        except smtplib.SMTPSenderRefused as error:
            raise MailUnavailableError(f"the sender was refused: {error.smtp_code}") from None
        except smtplib.SMTPDataError as error:
            raise _by_code("content", error.smtp_code) from None
        except smtplib.SMTPAuthenticationError as error:
            self._drop()
            raise MailUnavailableError(f"the login failed: {error.smtp_code}") from None
        except smtplib.SMTPNotSupportedError:
            raise MailRefusedError("the server knows no such addresses (SMTPUTF8)") from None
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise MailUnavailableError(f"{type(error).__name__} at {self._server}") from None

    def _connected(self) -> smtplib.SMTP:
        """The connection, made anew where the server has ended it since."""
        if self._connection is not None:
            try:
                if self._connection.noop()[0] < FOR_GOOD:
                    return self._connection
            except (smtplib.SMTPException, OSError):
                pass
            self._drop()
        self._connection = connection = self._opened()
        if self._server.user:
            connection.login(self._server.user, self._server.password)
        return connection

    def _opened(self) -> smtplib.SMTP:
        server = self._server
        if server.secure:
            return smtplib.SMTP_SSL(
                server.host, server.port, timeout=self._seconds, context=self._tls()
            )
        connection = smtplib.SMTP(server.host, server.port, timeout=self._seconds)
        try:
            self._begin_tls(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _begin_tls(self, connection: smtplib.SMTP) -> None:
        """From here on nobody on the way reads along, unless the server is this machine."""
        connection.ehlo_or_helo_if_needed()
        if connection.has_extn("starttls"):
            connection.starttls(context=self._tls())
        elif not self._server.is_local:
            raise MailUnavailableError(f"{self._server} offers no TLS")

    def _reset(self, connection: smtplib.SMTP) -> None:
        """Leave the connection ready for the next mail."""
        with suppress(smtplib.SMTPException, OSError):
            connection.rset()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()


def _by_code(what: str, code: int) -> Exception:
    """An answer of the server about this mail: for good from 500 on."""
    message = f"the {what} was refused: {code}"
    return MailRefusedError(message) if code >= FOR_GOOD else MailUnavailableError(message)
