"""What is loaded when it is first needed: a server starts without templates and catalogs."""

from functools import cached_property
from typing import TYPE_CHECKING

from tollbridge.domain.mail import Mail
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.tax import TaxTable
from tollbridge.ports import Facts, HtmlPage, Mailbox, Pages, Writer, Written

if TYPE_CHECKING:
    from email.message import EmailMessage  # large: whoever sends mails loads it


class LateWriter:
    """`ports.Writer`, with what the room mails makes it of."""

    def __init__(self, public_url: str, tax: TaxTable, sender: str) -> None:
        self._made_of = public_url, tax, sender

    @cached_property
    def _writer(self) -> Writer:
        from tollbridge.mails.writing import MailWriter

        return MailWriter(*self._made_of)

    def write(self, mail: Mail, facts: Facts, merchant: Merchant) -> Written:
        """See `ports.Writer`."""
        return self._writer.write(mail, facts, merchant)

    def message(self, mail: Mail, written: Written, merchant: Merchant) -> "EmailMessage":
        """See `ports.Writer`."""
        return self._writer.message(mail, written, merchant)


class LatePages:
    """`ports.Pages` of the room web."""

    @cached_property
    def _pages(self) -> Pages:
        from tollbridge.web.pages import WebPages

        return WebPages()

    def mailbox(self, mailbox: Mailbox) -> HtmlPage:
        """See `ports.Pages`."""
        return self._pages.mailbox(mailbox)
