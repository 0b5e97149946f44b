"""What a run did: counts of bills, notices and mails."""

from dataclasses import dataclass, fields

from tollbridge.domain.decision import Decision
from tollbridge.domain.events import (
    Event,
    IntervalAdvanced,
    PaymentDeclined,
    PurchaseOpened,
)


@dataclass(slots=True)
class Tally:
    """What a run did so far; `notices` are the notifications that were made."""

    ticks: int = 0
    renewals: int = 0
    declines: int = 0
    purchases: int = 0
    notices: int = 0
    mails: int = 0
    parked: int = 0

    def add(self, other: "Tally") -> None:
        """Count what somebody else did."""
        for field in fields(self):
            name = field.name
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def count(self, decision: Decision) -> None:
        """Count what a saved decision does."""
        for change in decision.changes:
            for event in change.events:
                self._count(event)

    def _count(self, event: Event) -> None:
        self.renewals += isinstance(event, IntervalAdvanced)
        self.declines += isinstance(event, PaymentDeclined)
        self.purchases += isinstance(event, PurchaseOpened)


@dataclass(slots=True)
class Sent:
    """Notifications and mails that were made; deliveries that ended, or are to be tried again."""

    made: int = 0
    mails: int = 0
    delivered: int = 0
    failed: int = 0
    dropped: int = 0
    again: int = 0

    def add(self, other: "Sent") -> None:
        """Count what came of others."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))
