"""Due work: who may do which part of it, and what is set aside."""

from datetime import datetime, timedelta

import msgspec

SLOTS = 16  # the parts that a merchant's subscriptions are claimed in: so many workers at once
LEASE = timedelta(seconds=60)  # wall time (R23), unless the settings say otherwise


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """The right to bill one slot of a merchant until `until` (wall time).

    What a dead worker held is taken over when its lease has ended.
    """

    merchant_id: int
    slot: int
    holder: str
    until: datetime


class Parked(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription whose due work failed: set aside with its error, so that it blocks nobody.

    `at` is wall time, `due_at` the business time of what failed.
    """

    merchant_id: int
    subscription_id: int
    due_at: datetime
    error: str
    at: datetime
