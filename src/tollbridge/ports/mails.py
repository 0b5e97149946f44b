"""Mails to customers: how they are stored, written and read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from tollbridge.domain.facts import Fact
from tollbridge.domain.mail import FactKey, Mail, MailKind, MailState
from tollbridge.domain.merchant import Merchant


class MailSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which mails are looked for: all conditions that are given hold.

    `before` is a mail of the page before, whose page went down to it.
    """

    kind: MailKind | None = None
    state: MailState | None = None
    subscription_id: int | None = None
    purchase_id: int | None = None
    customer_id: int | None = None
    recipient: str = ""
    before: int | None = None


class MailStore(Protocol):
    """What a store keeps of mails. Raises StoreUnavailableError when it cannot be reached."""

    def put_mails(self, mails: Sequence[Mail]) -> None:
        """Add mails; ids are those that `issue_ids` gave."""

    def mail(self, merchant_id: int, mail_id: int) -> Mail | None:
        """One mail, None when the merchant has none with this id."""

    def mails(self, merchant_id: int, search: MailSearch, limit: int) -> tuple[Mail, ...]:
        """The mails that are looked for, the latest first. Recipients are found in any case."""

    def mails_to_send(self, merchant_id: int, until: datetime, limit: int) -> tuple[Mail, ...]:
        """Waiting mails that are due at or before `until`, the longest due first."""

    def note_mail(self, before: Mail, after: Mail) -> bool:
        """Store what became of a mail that was read as `before`.

        False, and nothing is stored, when its state or its tries are others by now.
        """

    def some_facts(self, merchant_id: int, keys: Sequence[FactKey]) -> tuple[Fact, ...]:
        """The facts with these keys, in this order; unknown keys are left out."""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A mail as its recipient reads it."""

    language: str
    subject: str
    text: str
    html: str


class Writer(Protocol):
    """Writes mails. Safe to call from many threads."""

    def write(self, mail: Mail, facts: Sequence[Fact], merchant: Merchant) -> Written:
        """The mail about these facts, in its recipient's language; the same whenever it is asked.

        `merchant` is who sells, and whose name and colour it bears.
        """
