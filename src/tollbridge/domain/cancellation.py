"""Deactivating and removing items (subscription-api.md 2.3, 2.9; R18, R19)."""

from collections.abc import Collection
from datetime import datetime

from tollbridge.domain.decision import Change, Context, Decision, require_active
from tollbridge.domain.events import ItemRemoved, ItemsDeactivated, PurchaseVoided
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


def voided_unbilled(change: Change, now: datetime) -> Change:
    """Cancel the open purchases whose items are all billed no more (R19).

    A purchase in flight is left: money that is captured is a fact (R7).
    """
    billed = {item.running_no for item in change.after.billed_items}
    for purchase in change.after.purchases:
        lines = {line.item_running_no for line in purchase.lines}
        if not purchase.in_flight and not lines & billed:
            change = change.then(PurchaseVoided(at=now, purchase_id=purchase.id))
    return change
