"""Deactivating and removing items (subscription-api.md 2.3, 2.9; R18, R19)."""

from collections.abc import Collection, Iterable
from datetime import datetime

from tollbridge.domain.decision import Change, Context, Decision, require_active
from tollbridge.domain.events import ItemRemoved, ItemsDeactivated, PurchaseVoided
from tollbridge.domain.purchase import Purchase
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.subscription import Item, ItemStatus, Subscription, SubscriptionStatus

CANCELLABLE = (
    SubscriptionStatus.ACTIVE,
    SubscriptionStatus.NEW,
    SubscriptionStatus.GRACE,
    SubscriptionStatus.HOLD,
)


def decide_deactivation(
    subscription: Subscription,
    running_nos: Collection[int],
    context: Context,
    *,
    allow_reinstate: bool,
    generate_mail: bool,
) -> Decision:
    """The items are billed no more; with the last one the subscription is deactivated (R19).

    Open unpaid purchases of what ends are cancelled with it. Raises NotFound for an unknown item;
    NotAllowed for no items, an item or subscription that has ended already, and a final
    deactivation with a mail.
    """
    items = [subscription.item(running_no) for running_no in running_nos]
    if not items:
        raise NotAllowed("no_items", "Items must name at least one item", field="Items")
    if generate_mail and not allow_reinstate:
        raise NotAllowed(
            "final_with_mail",
            "AllowReinstate=false requires GenerateMail=false",
            field="GenerateMail",
        )
    if subscription.status not in CANCELLABLE:
        raise NotAllowed(
            "subscription_ended",
            f"The subscription has ended: its status is {subscription.status.name.title()}",
            field="SubscriptionId",
        )
    for item in items:
        require_item(item, ItemStatus.ACTIVE)
    change = Change(subscription).then(
        ItemsDeactivated(
            at=context.now,
            running_nos=tuple(dict.fromkeys(running_nos)),
            final=not allow_reinstate,
            generate_mail=generate_mail,
        )
    )
    return Decision(changes=(voided_unbilled(change, context.now),), parties=context.parties)


def decide_removal(
    subscription: Subscription, running_no: int, context: Context, *, generate_mail: bool
) -> Decision:
    """The item is out for good; with the last one the subscription is finished.

    Raises NotFound for an unknown item; NotAllowed for a status other than Active (R18) and an
    item that is removed or finished already.
    """
    item = subscription.item(running_no)
    require_active(subscription)
    require_item(item, ItemStatus.ACTIVE, ItemStatus.DEACTIVATED)
    change = Change(subscription).then(
        ItemRemoved(at=context.now, running_no=running_no, generate_mail=generate_mail)
    )
    return Decision(changes=(voided_unbilled(change, context.now),), parties=context.parties)


def require_item(item: Item, *statuses: ItemStatus) -> None:
    """The item has one of these statuses."""
    if item.status not in statuses:
        wanted = " or ".join(status.name.title().replace("_", "") for status in statuses)
        raise NotAllowed(
            "item_status",
            f"Item {item.running_no} has the status {item.status.name.title()}, not {wanted}",
            field="Items",
        )


def voided(change: Change, purchases: Iterable[Purchase], now: datetime) -> Change:
    """The change with these open purchases cancelled.

    A purchase in flight is left: money that is captured is a fact (R7).
    """
    for purchase in purchases:
        if not purchase.in_flight:
            change = change.then(PurchaseVoided(at=now, purchase_id=purchase.id))
    return change


def voided_unbilled(change: Change, now: datetime) -> Change:
    """Cancel the open purchases of items that are billed no more (R6, R19).

    Of a purchase for the rest of an interval all items must have ended; one that would bring the
    next interval is opened anew from what is left.
    """
    billed = {item.running_no for item in change.after.billed_items}
    old = (
        p
        for p in change.after.purchases
        if not p.items & billed or (p.advance is not None and p.items - billed)
    )
    return voided(change, old, now)


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
