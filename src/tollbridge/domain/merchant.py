"""The merchant (the wire's "client") and its two kinds of time (R23)."""

from datetime import datetime
from enum import Enum

import msgspec

from tollbridge.domain.choices import Choices
from tollbridge.domain.refusal import NotAllowed

GRACE_DAYS = 15  # R20
HOLD_DAYS = 7  # R20
RETRY_DAYS = (1, 3, 5, 7)  # R20: after the first decline
OFFLINE_REMINDER_DAYS = 7  # platform.md g
COLOUR = "#0a66c2"  # of mails and pages, where the merchant has chosen none


class Mode(Enum):
    """Live merchants follow the system clock; sandbox merchants a clock of their own (R23)."""

    LIVE = "live"
    SANDBOX = "sandbox"


class ManagementModel(Enum):
    """Which generation of subscription management a subscription follows (R21)."""

    ONE = "One"
    TWO = "Two"


class Merchant(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant and its settings. `clock` is set for sandbox merchants only.

    Reminder, grace, hold and retry days, and whether a bill that is paid late moves the later
    dates (R5), are those of the subscriptions that are signed up from now on. Who renews
    automatically and has no gateway to be charged by is reminded `offline_reminder_days` before.
    With `enforce_replacements` an item changes only to products that say they replace its own.
    `notices` are its choices about notifications. Mails bear `colour` (`#0a66c2`), the postal
    `address` in lines, and `support_email` for answers.
    `link_key` signs links (self-service and the like); it never leaves the platform.
    """

    id: int
    name: str
    mode: Mode
    clock: datetime | None
    country: str
    currency: str
    management_model: ManagementModel
    reminder_days: int = 0
    offline_reminder_days: int = OFFLINE_REMINDER_DAYS
    grace_days: int = GRACE_DAYS
    hold_days: int = HOLD_DAYS
    retry_days: tuple[int, ...] = RETRY_DAYS
    sync_with_payment_date: bool = True
    enforce_replacements: bool = False
    colour: str = COLOUR
    address: tuple[str, ...] = ()
    support_email: str = ""
    notices: Choices = Choices()
    link_key: bytes = b""

    def now(self, wall: datetime) -> datetime:
        """The merchant's business time, given the wall clock's (R23)."""
        return wall if self.clock is None else self.clock

    def sandbox_clock(self) -> datetime:
        """The clock of a sandbox merchant; NotAllowed for a live one, which has the system's."""
        if self.clock is None:
            raise NotAllowed(
                "merchant_live", f"Merchant {self.id} is live: its clock is the system's"
            )
        return self.clock
