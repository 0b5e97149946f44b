"""Renewing a subscription on request (subscription-api.md 2.10, 2.15; V10, V13)."""

from tollbridge.domain.advance import next_advance
from tollbridge.domain.alignment import charged, require_renewals_left
from tollbridge.domain.decision import Change, Context, Decision, require_no_payment_in_progress
from tollbridge.domain.item_change import ItemChange, Renewal, changed_item
from tollbridge.domain.lines import Drawing
from tollbridge.domain.purchase import Purchase, Purpose
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.subscription import ItemStatus, Subscription, SubscriptionStatus
from tollbridge.domain.voiding import voided_superseded


def decide_renewal(subscription: Subscription, renewal: Renewal, context: Context) -> Decision:
    """The next interval, charged now at its full price, or the next instalment (R16).

    Without a reset the time that is left is kept: the billing date moves on by one interval.
    With it the new interval starts now and the rest is lost, instalments included. Raises
    NotAllowed for a status other than Active (R18; R21 for manual renewal under model One), outside
    the running interval (R4), beyond the renewals that are agreed (R16), and with a payment in
    progress (R7).
    """
    _require_renewable(subscription)
    return _renewed(Change(subscription), renewal, context)


def decide_change_and_renewal(
    subscription: Subscription, change: ItemChange, renewal: Renewal, context: Context
) -> Decision:
    """Change an item and renew at once with its new terms (TriggerImmediateRenewal; V10, V13).

    Raises what the change and the renewal raise; an alignment cannot go with it (R12).
    """
    changed = changed_item(subscription, change, context)
    if change.alignment.align:
        raise NotAllowed(
            "renewal_with_alignment",
            "TriggerImmediateRenewal cannot be combined with AlignToCurrentInterval",
            field="TriggerImmediateRenewal",
        )
    _require_renewable(subscription)
    return _renewed(changed, renewal, context)


def _require_renewable(subscription: Subscription) -> None:
    waits_for_customer = subscription.status is SubscriptionStatus.DEACTIVATED and any(
        item.status is ItemStatus.AWAITING_REINSTATE for item in subscription.items
    )
    if subscription.status is not SubscriptionStatus.ACTIVE and not waits_for_customer:
        raise NotAllowed(
            "subscription_not_active",
            f"The subscription is not active: its status is {subscription.status.name.title()}",
            field="SubscriptionId",
        )
    require_no_payment_in_progress(subscription)


def _renewed(changed: Change, renewal: Renewal, context: Context) -> Decision:
    everything = [item.running_no for item in changed.after.billed_items]
    changed = voided_superseded(changed, everything, context.now)
    subscription = changed.after
    if not subscription.running.start <= context.now <= subscription.next_billing:
        raise NotAllowed(
            "outside_interval",
            "A subscription is renewed once, between the start of its running interval and its"
            " next billing date",
            field="SubscriptionId",
        )
    reset_at = context.now if renewal.reset else None
    advance = next_advance(subscription, subscription.billed_items, reset_at)
    require_renewals_left(subscription, advance)
    draw = Drawing(subscription.currency, context.tax, context.country, context.now)
    purchase = Purchase(
        id=context.fresh.purchase_id,
        purpose=Purpose.RENEWAL,
        interval_no=advance.term_no,
        billing_interval_no=advance.billing_interval_no,
        currency=subscription.currency,
        lines=draw.renewed(subscription.billed_items, advance),
        advance=advance,
    )
    return charged(changed, purchase, context)
