"""What codes are called in a notification, and what a thing that happened is (platform.md a.5)."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from tollbridge.domain.outbox import FactInput
from tollbridge.domain.purchase import Asker, Line, Purchase, Purpose
from tollbridge.domain.subscription import (
    Former,
    Item,
    ItemStatus,
    RenewalType,
    Subscription,
    SubscriptionStatus,
)


class Status(NamedTuple):
    """The status of a purchase: its label and its three letters."""

    label: str
    code: str


PAID = Status("Paid", "PAY")
TEST_ORDER = Status("Test Order", "TST")
DECLINED = Status("Declined", "DEC")
CANCELED = Status("Canceled", "CAN")
WAITING = Status("Waiting for offline payment", "WOF")
WAITING_FOR_ORDER = Status("Waiting for Payment for Purchase Order", "WPO")
UNPAID = Status("Hold", "HLD")
REFUNDED = Status("Refunded", "REF")
PARTLY_REFUNDED = Status("Partially refunded", "PPR")
CHARGED_BACK = Status("Chargeback", "CHB")

SUBSCRIPTION_STATUS: Mapping[SubscriptionStatus, str] = {
    SubscriptionStatus.ACTIVE: "Active",
    SubscriptionStatus.DEACTIVATED: "Deactivated",
    SubscriptionStatus.FINISHED: "Finished",
    SubscriptionStatus.GRACE: "Grace",
    SubscriptionStatus.HOLD: "Hold",
    SubscriptionStatus.NEW: "New",
    SubscriptionStatus.HANDLED_BY_CLIENT: "Handled by client",
    SubscriptionStatus.AWAITING_NEW_ORDER: "Awaiting new order",
}
ITEM_STATUS: Mapping[ItemStatus, str] = {
    ItemStatus.ACTIVE: "Active",
    ItemStatus.DEACTIVATED: "Deactivated",
    ItemStatus.FINISHED: "Finished",
    ItemStatus.REMOVED: "Removed",
    ItemStatus.AWAITING_REINSTATE: "Awaiting reinstate",
    ItemStatus.HANDLED_BY_CLIENT: "Handled by client",
    ItemStatus.OTHER: "Other",
}
COMPANY_TYPE = {
    "COM": "Company",
    "GOV": "Government",
    "MIS": "Miscellaneous",
    "NPR": "Non-profit organization",
    "UNI": "University",
}
INCREASE = "increasesubscriptionitemquantity"


def revenue_category(told: FactInput, purchase: Purchase) -> str:
    """SubscriptionRevenueCategoryId of a purchase, from why it was opened and who paid it how.

    A bill that the platform charged on its date is AutoRenewal however late the answer came; the
    retry schedule comes after the date. Who pays an automatic renewal by hand (by link, by wire)
    renews half by himself.
    """
    if purchase.purpose is Purpose.SIGNUP:
        return "Signup"
    if purchase.purpose is Purpose.ALIGNMENT:
        return "Alignment"
    manual = told.subscription.renewal_type is RenewalType.MANUAL
    if purchase.due is None:
        return "ManualRenewal" if manual else "EarlyRenewal"
    return _bill_category(purchase, purchase.due, told.paid_at or told.event.at, manual=manual)


def _bill_category(purchase: Purchase, due: datetime, at: datetime, *, manual: bool) -> str:
    """That of a bill that came by itself: `due` is its date, `at` when it was paid or declined."""
    if not purchase.total.gross:
        return "AutoRenewal"
    late = at.date() > due.date()
    if manual:
        return "LateRenewal" if late else "ManualRenewal"
    if not purchase.tries or purchase.asker is Asker.CUSTOMER:
        return "EarlyRenewal" if at < due else "SemiAutoRenewal"
    return "LateRenewal" if late and purchase.asker is Asker.SCHEDULE else "AutoRenewal"


def line_event(told: FactInput, purchase: Purchase, line: Line) -> str:
    """SubscriptionEventtypeId of a line: what it was charged for."""
    if purchase.purpose is Purpose.SIGNUP:
        return "new"
    if purchase.purpose is Purpose.RENEWAL:
        return "renewalReq" if purchase.due is None else "renewed"
    former = former_of(told, purchase, line.item_running_no)
    if former is not None and former.in_force is not None:
        return "incqty" if former.call == INCREASE else former.action or "update"
    if former is None and purchase.advance is not None:
        return "renewed"
    return "add" if line.explanation.credit is None else "update"


def former_of(told: FactInput, purchase: Purchase, running_no: int) -> Former | None:
    """What the change that the purchase is for took the place of; None where nothing is known."""
    for item in (*told.former, *told.subscription.items):
        former = item.former
        if item.running_no == running_no and former and former.cause == purchase.cause:
            return former
    return None


def last_event(item: Item) -> str:
    """SubscriptionEventtypeId of an item in its interval: how it came into it."""
    if item.renewals > 0:
        return "renewed"
    return "add" if item.interval_offset else "new"


def was_paid(subscription: Subscription) -> bool:
    """Whether the sign-up was paid; a trial is, with nothing (R16)."""
    return subscription.status is not SubscriptionStatus.NEW and not subscription.never_paid
