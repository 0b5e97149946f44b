"""The calls about mails to customers."""

from typing import Any

from tollbridge.commands.note_bounce import note_bounce
from tollbridge.domain.mail import Mail
from tollbridge.domain.refusal import known_merchant
from tollbridge.ports import Mailbox, MailSearch
from tollbridge.queries.mails import read_mail, read_mails
from tollbridge.rest import mail_messages as wire
from tollbridge.rest.dates import zulu
from tollbridge.rest.endpoint import Call, Page


def list_mails(call: Call[wire.ListMails]) -> wire.MailList:
    """The mails that are looked for, the newest first."""
    asked = call.message
    found = read_mails(call.platform, call.merchant_id, _search(asked), asked.cursor, asked.count)
    return wire.MailList(
        mails=tuple(wire.MailRow(**_row(mail)) for mail in found.mails),
        next_cursor=wire.cursor_of(found.after),
    )


def get_mail(call: Call[wire.ReadMail]) -> wire.MailText:
    """A mail and what it says."""
    mail, written = read_mail(call.platform, call.merchant_id, call.message.mail_id)
    return wire.MailText(**_row(mail), text=written.text, html=written.html)


def bounced(call: Call[wire.NoteBounce]) -> wire.MailRow:
    """Note that a mail came back."""
    asked = call.message
    mail = note_bounce(call.platform, call.merchant_id, asked.mail_id, asked.reason)
    return wire.MailRow(**_row(mail))


def show_mailbox(call: Call[wire.OpenMailbox]) -> Page:
    """The mailbox, for people."""
    asked, merchant_id = call.message, call.merchant_id
    merchant = known_merchant(call.platform.store.merchant(merchant_id), merchant_id)
    wanted = _search(asked)
    found = read_mails(call.platform, merchant_id, wanted, asked.cursor, asked.count)
    opened, written = None, None
    if asked.mail_id is not None:
        opened, written = read_mail(call.platform, merchant_id, asked.mail_id)
    page = call.pages.mailbox(
        Mailbox(
            seller=merchant.name,
            wanted=wanted,
            mails=found.mails,
            cursor=wire.cursor_of(found.after) or "",
            opened=opened,
            written=written,
        )
    )
    return Page(page.html, page.policy)


def _search(asked: wire.ListMails) -> MailSearch:
    return MailSearch(
        kind=asked.kind,
        state=asked.state,
        subscription_id=asked.subscription_id,
        purchase_id=asked.purchase_id,
        customer_id=asked.customer_id,
        recipient=asked.recipient,
    )


def _row(mail: Mail) -> dict[str, Any]:
    return {
        "id": mail.id,
        "kind": mail.kind.value,
        "state": mail.state.value,
        "subject": mail.subject,
        "recipient": mail.recipient,
        "language": mail.language,
        "subscription_ids": tuple(f"S{key.subscription_id}" for key in mail.facts),
        "purchase_id": mail.purchase_id or None,
        "customer_id": mail.customer_id,
        "created_at": zulu(mail.created_at),
        "due_at": zulu(mail.due_at) if mail.due_at else None,
        "sent_at": zulu(mail.sent_at) if mail.sent_at else None,
        "tries": mail.tries,
        "error": mail.error,
    }
