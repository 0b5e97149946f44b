"""What the outside must fulfil: protocols, and the values that pass through them.

A store and a gateway see only this room and the domain. Every statement of a store names the
merchant; every method is safe to call from any thread.
"""

from tollbridge.ports.gateway import Gateway, GatewayUnavailableError, Rehearsing
from tollbridge.ports.mails import Facts, MailPlace, MailSearch, MailStore, Writer, Written
from tollbridge.ports.notices import (
    Claimed,
    NoticeFilter,
    NoticeHistory,
    NoticePlace,
    NoticeStore,
    StreamState,
    Told,
    Tried,
    Untold,
)
from tollbridge.ports.pages import NO_PAGES, HtmlPage, Mailbox, Pages
from tollbridge.ports.platform import LOCAL_URL, Platform, WallClock
from tollbridge.ports.reading import CustomerKey, Held, History, JournalEntry, PurchaseLink, Series
from tollbridge.ports.saving import AlreadyAskedError, Asked, Command, Failed, Saved, UnsavableError
from tollbridge.ports.sealing import Sealer, SealingError
from tollbridge.ports.sending import (
    Mailer,
    MailRefusedError,
    MailServer,
    MailUnavailableError,
    Post,
    Receipt,
    Sender,
)
from tollbridge.ports.store import Store, StoreUnavailableError
from tollbridge.ports.work import LEASE, SLOTS, Lease, Parked

__all__ = [
    "LEASE",
    "LOCAL_URL",
    "NO_PAGES",
    "SLOTS",
    "AlreadyAskedError",
    "Asked",
    "Claimed",
    "Command",
    "CustomerKey",
    "Facts",
    "Failed",
    "Gateway",
    "GatewayUnavailableError",
    "Held",
    "History",
    "HtmlPage",
    "JournalEntry",
    "Lease",
    "MailPlace",
    "MailRefusedError",
    "MailSearch",
    "MailServer",
    "MailStore",
    "MailUnavailableError",
    "Mailbox",
    "Mailer",
    "NoticeFilter",
    "NoticeHistory",
    "NoticePlace",
    "NoticeStore",
    "Pages",
    "Parked",
    "Platform",
    "Post",
    "PurchaseLink",
    "Receipt",
    "Rehearsing",
    "Saved",
    "Sealer",
    "SealingError",
    "Sender",
    "Series",
    "Store",
    "StoreUnavailableError",
    "StreamState",
    "Told",
    "Tried",
    "UnsavableError",
    "Untold",
    "WallClock",
    "Writer",
    "Written",
]
