"""Pages for people, which the edge serves and another room makes."""

from typing import NamedTuple, Protocol

import msgspec

from tollbridge.domain.mail import Mail
from tollbridge.ports.mails import MailSearch, Written


class HtmlPage(NamedTuple):
    """A document in HTML, and its content security policy."""

    html: bytes
    policy: str


class Mailbox(msgspec.Struct, frozen=True, kw_only=True):
    """What the mailbox shows: a page of a merchant's mails, and one of them opened.

    `cursor` leads to older ones, "" where there are none.
    """

    seller: str
    wanted: MailSearch
    mails: tuple[Mail, ...]
    cursor: str
    opened: Mail | None = None
    written: Written | None = None


class Pages(Protocol):
    """Makes pages. Safe to call from many threads."""

    def mailbox(self, mailbox: Mailbox) -> HtmlPage:
        """The mailbox, without script."""


class NoPages:
    """Of a server that has no pages."""

    def mailbox(self, mailbox: Mailbox) -> HtmlPage:
        """ValueError, always."""
        raise ValueError(f"this server has no pages, such as the mailbox of {mailbox.seller}")


NO_PAGES = NoPages()
