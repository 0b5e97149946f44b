"""Bringing deactivated items back (subscription-api.md 2.8; R21, R22)."""

from collections.abc import Collection

from tollbridge.domain.alignment import require_one_interval
from tollbridge.domain.cancellation import require_item
from tollbridge.domain.decision import Change, Context, Decision
from tollbridge.domain.events import ItemsReinstated
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.subscription import ItemStatus, Subscription, SubscriptionStatus
from tollbridge.domain.voiding import voided_next_interval

REINSTATABLE = (SubscriptionStatus.ACTIVE, SubscriptionStatus.DEACTIVATED)


def decide_reinstatement(
    subscription: Subscription,
    running_nos: Collection[int],
    context: Context,
    *,
    generate_mail: bool,
) -> Decision:
    """The items and the subscription are active again; the billing date stays (R22).

    A bill that was opened without them is opened anew: they join the next one (R6).
    Raises NotFound for an unknown item; NotAllowed for no items, an item that is not deactivated
    (or awaiting reinstatement, R21), a product that is not sold any more, another interval than
    that of the items that are billed (R12), and a subscription that is finished or in dunning or
    whose sign-up was never paid.
    """
    items = [subscription.item(running_no) for running_no in running_nos]
    if not items:
        raise NotAllowed("no_items", "Items must name at least one item", field="Items")
    if subscription.status not in REINSTATABLE:
        raise NotAllowed(
            "subscription_status",
            f"Items cannot be reinstated while the subscription is"
            f" {subscription.status.name.title()}",
            field="SubscriptionId",
        )
    for item in items:
        require_item(item, ItemStatus.DEACTIVATED, ItemStatus.AWAITING_REINSTATE)
        if item.latest.product_id not in context.products:
            raise NotAllowed(
                "product_not_sold",
                f"Product {item.latest.product_id} is not sold any more",
                field="Items",
            )
    if subscription.never_paid:
        raise NotAllowed(
            "sign_up_unpaid",
            "The sign-up was never paid: there is nothing to reinstate",
            field="SubscriptionId",
        )
    cycles = {item.latest.cycle for item in items}
    require_one_interval(subscription, cycles, running_nos, field="Items")
    event = ItemsReinstated(
        at=context.now,
        running_nos=tuple(dict.fromkeys(running_nos)),
        generate_mail=generate_mail,
    )
    change = voided_next_interval(Change(subscription), context.now).then(event)
    return Decision(changes=(change,), parties=context.parties)
