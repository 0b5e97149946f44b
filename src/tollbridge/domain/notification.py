"""Notifications: what is told of facts, whoever hears it."""

from datetime import datetime

import msgspec


class FactKey(msgspec.Struct, frozen=True, array_like=True):
    """Which fact: its subscription, and its number there."""

    subscription_id: int
    sequence: int


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """One notice, made when its facts were told; its document is made when it is first needed.

    `type` is a notification type (platform.md a.1). `stream` is what it is kept in order by,
    `subject` what it is about (see `domain.facts.Fact`), `at` the business time of its facts, and
    `product_ids` are what endpoints choose by. Several `facts` are those of subscriptions that
    share a purchase.
    """

    merchant_id: int
    id: int
    type: str
    stream: int
    subject: str
    at: datetime
    product_ids: tuple[int, ...]
    facts: tuple[FactKey, ...]

    @property
    def message_id(self) -> str:
        """The same in every delivery and replay, so that a receiver knows what it has already."""
        return f"msg_{self.merchant_id}_{self.id}"
