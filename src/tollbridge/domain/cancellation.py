"""Deactivating and removing items (subscription-api.md 2.3, 2.9; R18, R19)."""

from collections.abc import Collection, Sequence

from tollbridge.domain.decision import Change, Context, Decision, require_active
from tollbridge.domain.events import ItemRemoved, ItemsDeactivated
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.subscription import Item, ItemStatus, Subscription, SubscriptionStatus
from tollbridge.domain.voiding import owed_by, rolled_back, voided_unbilled

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
    order: Sequence[Subscription] = (),
) -> Decision:
    """The items are billed no more; with the last one the subscription is deactivated (R19).

    Open unpaid purchases of what ends are cancelled with it, and what was changed without being
    paid for is what it was before (R2): it must not come back by a reinstatement. `order` are the
    other subscriptions of a sign-up that is not paid yet. Raises NotFound for an unknown item;
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
    unpaid = tuple(p for p in subscription.purchases if not p.items.isdisjoint(running_nos))
    change = rolled_back(Change(subscription), unpaid, context.now).then(
        ItemsDeactivated(
            at=context.now,
            running_nos=tuple(dict.fromkeys(running_nos)),
            final=not allow_reinstate,
            generate_mail=generate_mail,
        )
    )
    change = voided_unbilled(change, context.now, owed_by(order))
    return Decision(changes=(change, *map(Change, order)), parties=context.parties)


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
