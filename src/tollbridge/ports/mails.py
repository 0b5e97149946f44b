"""Mails to customers: how they are stored, written and read."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import msgspec

from tollbridge.domain.facts import Fact
from tollbridge.domain.mail import Mail, MailKind, MailState
from tollbridge.domain.merchant import Merchant

if TYPE_CHECKING:
    from email.message import EmailMessage  # large: whoever sends mails loads it

Facts = tuple[Fact, ...]


class MailSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which mails are looked for: all conditions that are given hold.

    The recipient is found in any case.
    """

    kind: MailKind | None = None
    state: MailState | None = None
    subscription_id: int | None = None
    purchase_id: int | None = None
    customer_id: int | None = None
    recipient: str = ""


class MailPlace(msgspec.Struct, frozen=True, array_like=True):
    """Where a page of mails ended: the next one is of older ones."""

    at: datetime
    id: int


class MailStore(Protocol):
    """The part of the store that is about mails."""

    def put_mails(self, mails: Sequence[Mail]) -> None:
        """Add mails of one merchant; their ids are those that `issue_ids` gave."""

    def mail(self, merchant_id: int, mail_id: int) -> Mail | None:
        """One mail, None when the merchant has none with this id."""

    def mails(
        self, merchant_id: int, wanted: MailSearch, below: MailPlace | None = None, most: int = 100
    ) -> tuple[Mail, ...]:
        """Mails by the time of what they tell, the newest first, from `below` a place on."""

    def mails_to_send(self, merchant_id: int, until: datetime, most: int) -> tuple[Mail, ...]:
        """Waiting mails that are due at or before `until`, the longest due first."""

    def note_mail(self, before: Mail, after: Mail) -> bool:
        """Store what became of a mail that was read as `before`.

        False, and nothing is stored, when its state or its tries are others by now.
        """

    def facts_of_mails(self, merchant_id: int, mails: Sequence[Mail]) -> tuple[Facts, ...]:
        """What each mail tells of."""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A mail as its recipient reads it."""

    language: str
    subject: str
    text: str
    html: str


class Writer(Protocol):
    """Writes mails. Safe to call from many threads."""

    def write(self, mail: Mail, facts: Facts, merchant: Merchant) -> Written:
        """The mail about these facts, in its recipient's language; the same whenever it is asked.

        `merchant` is who sells, and whose name and colour it bears. ValueError for no facts.
        """

    def message(self, mail: Mail, written: Written, merchant: Merchant) -> "EmailMessage":
        """What is handed to a mail server. ValueError for what is no address."""


class NoWriter:
    """The writer of a platform that nobody reads mails of, such as a simulated one."""

    def write(self, mail: Mail, facts: Facts, merchant: Merchant) -> Written:
        """ValueError, always."""
        del facts, merchant
        raise ValueError(f"this platform writes no mails, such as {mail.id}")

    def message(self, mail: Mail, written: Written, merchant: Merchant) -> "EmailMessage":
        """ValueError, always."""
        del written, merchant
        raise ValueError(f"this platform writes no mails, such as {mail.id}")


NO_WRITER = NoWriter()
