"""Sending to the outside: notices to the merchant's systems, mails to customers."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING, Protocol

import msgspec

from tollbridge.domain.merchant import Mode
from tollbridge.domain.refusal import NotAllowed

if TYPE_CHECKING:
    from email.message import EmailMessage  # large: whoever sends mails loads it


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A request to somebody else's server: the body goes out as it is.

    `seconds` is how long it may take, where that is less than the sender allows anyway.
    """

    url: str
    body: bytes
    headers: Mapping[str, str]
    seconds: float = float("inf")


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: a status with the first part of the reply, or the error that prevented one.

    An error begins with a stable word and a colon: `timeout`, `connection`, the reason of a
    refusal, or `redirect` (which has a status too). `seconds` are wall time (R23).
    """

    status: int | None = None
    reply: bytes = b""
    error: str = ""
    seconds: float = 0.0

    @property
    def taken(self) -> bool:
        """Whether the other side has it: any 2xx."""
        return self.status is not None and self.status // 100 == 2  # noqa: PLR2004


class Sender(Protocol):
    """Posts to addresses that a merchant gave; safe to call from many threads."""

    def require_allowed(self, url: str, mode: Mode) -> None:
        """Refuse an address that may not be posted to; NotAllowed or Invalid with the reason.

        Looks up the host: what it stands for now must be public, unless the settings allow more.
        """

    def post(self, post: Post, mode: Mode) -> Receipt:
        """Send it now. Never raises for what the other side does; the address is checked again."""

    def close(self) -> None:
        """Release what it holds."""


class Nowhere:
    """The sender of a platform that posts nothing, such as a simulated one."""

    def require_allowed(self, url: str, mode: Mode) -> None:
        """NotAllowed, always."""
        del url, mode
        raise NotAllowed("endpoint_nowhere", "This platform posts nothing", field="url")

    def post(self, post: Post, mode: Mode) -> Receipt:
        """An error, always."""
        del post, mode
        return Receipt(error="this platform posts nothing")

    def close(self) -> None:
        """Nothing is held."""


NOWHERE = Nowhere()


class MailServer(msgspec.Struct, frozen=True, kw_only=True):
    """A mail server, and the login where it wants one.

    `secure`: TLS begins with the connection (smtps). Else it is asked for (STARTTLS), and required
    unless the server is this machine.
    """

    host: str
    port: int
    secure: bool = False
    user: str = ""
    password: str = ""

    @property
    def is_local(self) -> bool:
        """Whether it is this machine, on the way to which nobody listens."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"

    def __repr__(self) -> str:
        return f"{self.host}:{self.port}"


class MailRefusedError(Exception):
    """The mail server will never take this mail (unknown recipient, refused content)."""


class MailUnavailableError(Exception):
    """The mail server cannot be reached or asks to come again later."""


class Mailer(Protocol):
    """Hands mails to a mail server."""

    def send(self, mail: "EmailMessage") -> None:
        """Raises MailRefusedError for good and MailUnavailableError for now."""

    def close(self) -> None:
        """Release what it holds."""
