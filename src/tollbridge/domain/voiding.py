"""Undoing what is not paid: cancelled purchases and changes that are rolled back (R2, R6, R19)."""

from collections.abc import Collection, Iterable
from datetime import datetime

from tollbridge.domain.decision import Change
from tollbridge.domain.events import ItemRolledBack, PurchaseVoided
from tollbridge.domain.purchase import Purchase, Purpose
from tollbridge.domain.subscription import Subscription


def owed_by(others: Iterable[Subscription]) -> set[int]:
    """The open purchases that other subscriptions still owe a part of."""
    return {
        purchase.id
        for other in others
        for purchase in other.purchases
        if purchase.items & {item.running_no for item in other.billed_items}
    }


def voided(change: Change, purchases: Iterable[Purchase], now: datetime) -> Change:
    """The change with these open purchases cancelled.

    A purchase in flight is left: money that is captured is a fact (R7).
    """
    for purchase in purchases:
        if not purchase.in_flight:
            change = change.then(PurchaseVoided(at=now, purchase_id=purchase.id))
    return change


def voided_unbilled(change: Change, now: datetime, shared: Collection[int] = ()) -> Change:
    """Cancel the open purchases of items that are billed no more (R6, R19).

    Of a purchase for the rest of an interval all items must have ended; one that would bring the
    next interval is opened anew from what is left. A sign-up loses the lines of what has ended;
    others still owe their part of the `shared` ones.
    """
    billed = {item.running_no for item in change.after.billed_items}
    old = (
        p
        for p in change.after.purchases
        if p.purpose is not Purpose.SIGNUP
        and (not p.items & billed or (p.advance is not None and p.items - billed))
    )
    return _voided_sign_up(voided(change, old, now), billed, now, shared)


def _voided_sign_up(
    change: Change, billed: Collection[int], now: datetime, shared: Collection[int]
) -> Change:
    for purchase in change.after.purchases:
        gone = purchase.items.difference(billed)
        if purchase.purpose is Purpose.SIGNUP and gone and not purchase.in_flight:
            whole = gone == purchase.items
            event = PurchaseVoided(
                at=now,
                purchase_id=purchase.id,
                items=() if whole else tuple(sorted(gone)),
                shared=whole and purchase.id in shared,
            )
            change = change.then(event)
    return change


def voided_next_interval(change: Change, now: datetime) -> Change:
    """Cancel the open purchase of the next interval; it is opened anew from the state then (R6)."""
    return voided(change, (p for p in change.after.purchases if p.advance is not None), now)


def voided_superseded(change: Change, running_nos: Collection[int], now: datetime) -> Change:
    """Cancel the unpaid purchases that a new charge for these items takes the place of (R2, R6).

    These are purchases of the same items (what they charged is part of the new difference, which
    credits only what was captured) and one that would bring the next interval.
    """
    items = set(running_nos)
    old = (p for p in change.after.purchases if p.items & items or p.advance is not None)
    return voided(change, old, now)


def rolled_back(change: Change, purchases: tuple[Purchase, ...], now: datetime) -> Change:
    """Unpaid aligned changes are undone, and their purchases cancelled (R2).

    An item that changed again since keeps its terms. A bill of the next interval that was opened
    meanwhile is opened anew from what is then agreed (R6).
    """
    undone = tuple(p for p in purchases if p.purpose is Purpose.ALIGNMENT and not p.in_flight)
    if not undone:
        return change
    causes = {purchase.cause for purchase in undone}
    for item in change.after.billed_items:
        former = item.former
        if former is not None and former.cause in causes:
            back = ItemRolledBack(
                at=now,
                running_no=item.running_no,
                item_version=item.version + 1,
                in_force=former.in_force,
                latest=former.latest,
                coupon=former.coupon,
            )
            change = change.then(back)
    bills = (p for p in change.after.purchases if p.advance is not None and p not in undone)
    return voided(change, (*undone, *bills), now)
