"""What a merchant chooses where the published documents on notifications leave something open."""

from enum import Enum

import msgspec


class CanceledShape(Enum):
    """How RecurringBillingCanceledNotification holds its purchase (platform.md, row 1)."""

    NESTED = "nested"  # in `purchase`, as reimbursements do
    FLAT = "flat"  # beside `meta`, as RecurringBillingReinstatedNotification does


class GraceName(Enum):
    """What the notice of grace is called (platform.md, row 2)."""

    ON_GRACE = "OnGrace"  # the documents
    GRACE_PERIOD = "GracePeriod"  # the XML schema 3.10


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """The merchant's choices; the defaults are what most published evidence says.

    `subscription_paid`: a payment of a running subscription is told a second time, in the
    subscription model of 2025 (row 12). `overdue_orders`: the last notice of an unpaid
    purchase order is told as an ErrorNotification. `test_orders`: what is paid with a test card
    whose last four end with T has the status TST, as the published examples do; by default it is
    PAY, so that what handles real orders can be tested with it.
    """

    canceled: CanceledShape = CanceledShape.NESTED
    grace: GraceName = GraceName.ON_GRACE
    subscription_paid: bool = True
    overdue_orders: bool = True
    test_orders: bool = False
