"""Mails to customers: what became of each, and what they tell of."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tollbridge.domain.facts import Fact
from tollbridge.domain.mail import Mail, MailKind, MailState
from tollbridge.domain.notification import FactKey
from tollbridge.ports import MailPlace, MailSearch
from tollbridge.store.engine import Engine, Row
from tollbridge.store.rows import (
    Mapped,
    encode,
    fold_email,
    microseconds_or_none,
    to_instant,
    to_microseconds,
)
from tollbridge.store.values import instant_or_none

LATEST = 2**63 - 1  # after every instant, and every id


class MailDocument(msgspec.Struct, frozen=True):
    """What a mail's row holds beside its columns: it never changes."""

    recipient: str
    language: str
    stream: int
    facts: tuple[FactKey, ...]


_document = msgspec.json.Decoder(MailDocument).decode


class Mails:
    """The mails of a database."""

    _engine: Engine

    def put_mails(self, mails: Sequence[Mail]) -> None:
        """Add mails of one merchant."""
        with self._engine.writing() as writer:
            writer.write([("insert_mails", [mail_row(one) for one in mails])])

    def mail(self, merchant_id: int, mail_id: int) -> Mail | None:
        """One mail, None when the merchant has none with this id."""
        row = self._engine.row("mail", {"merchant_id": merchant_id, "id": mail_id})
        return None if row is None else _mail(merchant_id, row)

    def mails(
        self, merchant_id: int, wanted: MailSearch, below: MailPlace | None = None, most: int = 100
    ) -> tuple[Mail, ...]:
        """Mails by the time of what they tell, the newest first, from `below` a place on."""
        page = {
            "merchant_id": merchant_id,
            "at": to_microseconds(below.at) if below else LATEST,
            "below": below.id if below else LATEST,
            "most": most,
        }
        sought = self._sought(merchant_id, wanted)
        if sought is None:
            return ()
        name, parameters = sought
        found = self._engine.rows(name, {**page, **parameters})
        return tuple(_mail(merchant_id, row) for row in found)

    def mails_to_send(self, merchant_id: int, until: datetime, most: int) -> tuple[Mail, ...]:
        """Waiting mails that are due at or before `until`, the longest due first."""
        wanted = {"merchant_id": merchant_id, "until": to_microseconds(until), "most": most}
        return tuple(_mail(merchant_id, row) for row in self._engine.rows("mails_to_send", wanted))

    def note_mail(self, before: Mail, after: Mail) -> bool:
        """Store what became of a mail; False when somebody noted something since."""
        wanted = {
            "merchant_id": after.merchant_id,
            "id": after.id,
            "state": after.state.value,
            "due_at": microseconds_or_none(after.due_at),
            "tries": after.tries,
            "sent_at": microseconds_or_none(after.sent_at),
            "subject": after.subject,
            "error": after.error,
            "message_id": after.message_id,
            "state_before": before.state.value,
            "tries_before": before.tries,
        }
        with self._engine.writing() as writer:
            return writer.change("note_mail", wanted) > 0

    def facts_of_mails(
        self, merchant_id: int, mails: Sequence[Mail]
    ) -> tuple[tuple[Fact, ...], ...]:
        """What each mail tells of; facts that are gone are left out."""
        keys = list({key for one in mails for key in one.facts})
        wanted = {
            "merchant_id": merchant_id,
            "subscription_ids": self._engine.array([key.subscription_id for key in keys]),
            "sequences": self._engine.array([key.sequence for key in keys]),
        }
        found = {
            (subscription_id, sequence): Fact(
                merchant_id=merchant_id,
                subscription_id=subscription_id,
                stream=stream,
                sequence=sequence,
                type=kind,
                subject=subject,
                at=to_instant(at),
                frozen=frozen,
            )
            for stream, subscription_id, sequence, kind, subject, at, frozen in self._engine.rows(
                "many_facts", wanted
            )
        }
        return tuple(
            tuple(
                found[key.subscription_id, key.sequence]
                for key in one.facts
                if (key.subscription_id, key.sequence) in found
            )
            for one in mails
        )

    def _sought(self, merchant_id: int, wanted: MailSearch) -> tuple[str, Mapped] | None:
        """The statement that looks for mails and its parameters; None where there can be none.

        Those of a subscription or a purchase are looked for among its customer's.
        """
        parameters: Mapped = {
            "kind": wanted.kind.value if wanted.kind else "",
            "state": wanted.state.value if wanted.state else "",
            "address": fold_email(wanted.recipient),
            "subscription_id": wanted.subscription_id or 0,
            "shared_with": f"%|{wanted.subscription_id or 0}|%",
            "purchase_id": wanted.purchase_id or 0,
        }
        customers = self._customers(merchant_id, wanted)
        if not customers:
            return "mails", parameters
        if len(customers) > 1 or None in customers:
            return None
        return "mails_of_customer", {**parameters, "customer_id": customers.pop()}

    def _customers(self, merchant_id: int, wanted: MailSearch) -> set[int | None]:
        """Whose mails are looked for, by each condition that says it; None for nobody's."""
        named = {
            "customer_of_subscription": wanted.subscription_id,
            "customer_of_purchase": wanted.purchase_id,
        }
        found: set[int | None] = set()
        if wanted.customer_id is not None:
            found.add(wanted.customer_id)
        for statement, number in named.items():
            if number is not None:
                row = self._engine.row(statement, {"merchant_id": merchant_id, "id": number})
                found.add(row[0] if row else None)
        return found


def mail_row(mail: Mail) -> Row:
    """A mail, in the order of `insert_mails`."""
    document = MailDocument(mail.recipient, mail.language, mail.stream, mail.facts)
    others = "|".join(str(key.subscription_id) for key in mail.facts[1:])
    return (
        mail.merchant_id,
        mail.id,
        mail.kind.value,
        mail.state.value,
        mail.subscription_id,
        others and f"|{others}|",
        mail.purchase_id,
        mail.customer_id,
        fold_email(mail.recipient),
        to_microseconds(mail.created_at),
        microseconds_or_none(mail.due_at),
        mail.tries,
        microseconds_or_none(mail.sent_at),
        mail.subject,
        mail.error,
        mail.message_id,
        encode(document),
    )


def _mail(merchant_id: int, row: Row) -> Mail:
    *front, document = row
    number, kind, state, subscription_id, purchase_id, customer_id, created_at, *rest = front
    due_at, tries, sent_at, subject, error, message_id = rest
    more = _document(document)
    return Mail(
        merchant_id=merchant_id,
        id=number,
        kind=MailKind(kind),
        state=MailState(state),
        facts=more.facts,
        stream=more.stream,
        subscription_id=subscription_id,
        purchase_id=purchase_id,
        customer_id=customer_id,
        recipient=more.recipient,
        language=more.language,
        created_at=to_instant(created_at),
        due_at=instant_or_none(due_at),
        tries=tries,
        sent_at=instant_or_none(sent_at),
        subject=subject,
        error=error,
        message_id=message_id,
    )
