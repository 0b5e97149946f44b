"""Mails to customers: their kinds, and what is stored of each.

A mail is made of the facts that it tells of, which are frozen (facts.py): what it says is worked
out from them whenever it is sent or read, so that a row holds no text beyond its subject.
"""

import re
from datetime import datetime, timedelta
from enum import Enum

import msgspec

from tollbridge.domain.notification import FactKey

ADDRESS_MAX = 254  # RFC 5321

_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]+@[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]+")


def is_address(text: str) -> bool:
    """Whether a text can be an e-mail address: enough to write it into a header and be one.

    Whether anybody reads mails there is known when one is sent.
    """
    return len(text) <= ADDRESS_MAX and text.isprintable() and bool(_ADDRESS.fullmatch(text))


class MailKind(Enum):
    """What a mail tells. The names in capitals are published (platform.md i), the others ours."""

    RECEIPT = "REC_CU"
    INVOICE = "INV_CU"
    DELIVERY = "DEL_CU"
    ORDER_CANCELED = "CAN_CU"
    CHARGEBACK = "CBI_CU"
    ORDER_CONFIRMATION = "order_confirmation"
    PAYMENT_DECLINED = "payment_declined"
    AUTHENTICATION = "authentication"
    RENEWAL = "renewal"
    RENEWAL_OFFLINE = "renewal_offline"
    RENEWAL_LINK = "renewal_link"
    CARD_EXPIRY = "card_expiry"
    GRACE = "grace"
    HOLD = "hold"
    UNPAID = "unpaid"
    NOTICE_1 = "notice_1"
    NOTICE_2 = "notice_2"
    NOTICE_3 = "notice_3"
    REFUND = "refund"
    UPDATE = "update"
    ITEM_ADDED = "item_added"
    ITEM_REMOVED = "item_removed"
    ROLLED_BACK = "rolled_back"
    CANCELED = "canceled"
    REINSTATED = "reinstated"
    FINISHED = "finished"


NOTICES = (MailKind.NOTICE_1, MailKind.NOTICE_2, MailKind.NOTICE_3)


class MailState(Enum):
    """What became of a mail."""

    WAITING = "waiting"  # to be sent when it is due
    SENT = "sent"  # a mail server took it
    KEPT = "kept"  # of a sandbox merchant: it is read in the mailbox and goes nowhere
    SKIPPED = "skipped"  # there is nobody to send it to
    FAILED = "failed"  # it was refused for good, or could not be sent in time
    BOUNCED = "bounced"  # it was sent and came back


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail as it is stored. All times are business time (R23).

    `facts` are what it tells of, the first one its subject's; several where subscriptions share a
    purchase. `created_at` is when they became true, `due_at` when it is to be sent next, None when
    it is not to be sent any more. `message_id` is the same at every try, so that a mail that
    arrives twice is known. `subject` is known once it was sent; `error` says why it was not.
    """

    merchant_id: int
    id: int
    kind: MailKind
    state: MailState
    facts: tuple[FactKey, ...]
    stream: int
    subscription_id: int
    purchase_id: int
    customer_id: int
    recipient: str
    language: str
    created_at: datetime
    due_at: datetime | None = None
    tries: int = 0
    sent_at: datetime | None = None
    subject: str = ""
    error: str = ""
    message_id: str = ""


# How long a mail waits after each try that failed for now, and how old it may become: a mail
# server that is away for a weekend loses nothing, and nobody is reminded of what is long past.
RETRY_WAITS = tuple(map(timedelta, (0,) * 5, (60, 300, 900, 3600, 7200)))
LONGEST_WAIT = timedelta(hours=4)
OLDEST = timedelta(days=4)


def next_try(mail: Mail, now: datetime) -> datetime | None:
    """When a mail whose last try failed for now is tried again; None when it is too old then.

    `mail.tries` counts that try.
    """
    waited = mail.tries - 1
    wait = RETRY_WAITS[waited] if waited < len(RETRY_WAITS) else LONGEST_WAIT
    return now + wait if now + wait <= mail.created_at + OLDEST else None


def message_id_of(mail: Mail, host: str) -> str:
    """The Message-ID of a mail: the same at every try, so that one that comes twice is known.

    `host` is that of the sender's address.
    """
    made = int(mail.created_at.timestamp())
    return f"<{mail.merchant_id}.{mail.id}.{made}@{host}>"
