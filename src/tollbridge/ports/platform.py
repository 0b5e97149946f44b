"""Everything outside, in one value."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from tollbridge.domain.tax import TaxTable
from tollbridge.ports.gateway import Gateway
from tollbridge.ports.mails import NO_WRITER, Writer
from tollbridge.ports.saving import Asked
from tollbridge.ports.sealing import NO_KEY, Sealer
from tollbridge.ports.sending import NOWHERE, Mailer, Sender
from tollbridge.ports.store import Store
from tollbridge.ports.work import LEASE


class WallClock(Protocol):
    """The system's clock (R23): leases, time limits, stamps of recording; aware UTC."""

    def __call__(self) -> datetime:
        """Now."""


LOCAL_URL = "http://127.0.0.1:8000"  # where `tollbridge serve` listens unless told otherwise


@dataclass(frozen=True, slots=True)
class Platform:
    """Everything outside that commands, queries and flows work with; wired in `bootstrap`.

    `new_key` gives a random text that is never given twice (command ids, attempt keys). `asked`
    is the keyed request that is being carried out, of a platform that is made for it. `lease` is
    how long due work is held before it is taken over from who is silent. `write_max` is how long
    one save of the billing run may keep others from writing; None where they need not wait.
    `sender` posts to addresses that merchants gave, `sealer` seals their secrets: a platform that
    is made without them posts nowhere and stores no secret. No post takes longer than `post_max`
    of wall time. `public_url` is where customers and merchants reach it, without a slash at the
    end: links and documents name it. `writer` writes mails to customers and `mailer` sends them;
    without a mailer they wait. Those of sandbox merchants are sent with `sandbox_mails` only.
    """

    store: Store
    gateway: Gateway
    wall: WallClock
    tax: TaxTable
    new_key: Callable[[], str]
    asked: Asked | None = None
    lease: timedelta = LEASE
    write_max: timedelta | None = None
    sender: Sender = NOWHERE
    sealer: Sealer = NO_KEY
    post_max: timedelta = timedelta(seconds=30)
    public_url: str = LOCAL_URL
    writer: Writer = NO_WRITER
    mailer: Mailer | None = None
    sandbox_mails: bool = False
