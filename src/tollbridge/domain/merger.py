"""Aligning two subscriptions: one's items move into the other (V5; subscription-api.md 2.2)."""

from fractions import Fraction

from msgspec.structs import replace

from tollbridge.domain.alignment import Alignment, alignment_purchase, charged
from tollbridge.domain.decision import (
    Change,
    Context,
    Decision,
    require_active,
    require_no_payment_in_progress,
)
from tollbridge.domain.events import ItemsReceived, ReceivedItem, SubscriptionMerged
from tollbridge.domain.lines import Drawing, rest_of
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.schedule import whole_days
from tollbridge.domain.subscription import Subscription
from tollbridge.domain.voiding import voided, voided_next_interval


def decide_merger(
    primary: Subscription,
    secondary: Subscription,
    alignment: Alignment,
    context: Context,
    *,
    generate_mail: bool,
) -> Decision:
    """The secondary's items join the primary and are billed on its date from now on.

    With alignment they are charged for the days from the secondary's billing date to the
    primary's, one line for each item (R10). The secondary is Finished, its items Removed.

    Raises NotAllowed unless both are Active (R18), of one customer, currency and interval, the
    primary is billed strictly later, and no payment is in progress (R7).
    """
    _require_mergeable(primary, secondary, alignment)
    draw = Drawing(primary.currency, context.tax, context.country, context.now)
    covers = rest_of(primary, context.now).covers_days
    received = tuple(
        ReceivedItem(
            terms=item.latest,
            paid=draw.carried(item, secondary, context.now, covers_days=covers),
            coupon=item.coupon and replace(item.coupon, version=1),
            renewals=item.renewals,
        )
        for item in secondary.active_items
    )
    joined = Change(primary).then(
        ItemsReceived(
            at=context.now,
            source=secondary.id,
            items=received,
            generate_mail=generate_mail,
            told=True,
        )
    )
    cause = joined.after.revision
    joined = voided_next_interval(joined, context.now)
    leaving = _emptied(secondary, primary, context)
    gap = Fraction(
        whole_days(secondary.next_billing, primary.next_billing), primary.billing_step.nominal_days
    )
    new_items = joined.after.items[len(primary.items) :]
    lines = (
        tuple(draw.gap(item, gap, covers_days=covers) for item in new_items)
        if alignment.align
        else ()
    )
    purchase = alignment_purchase(joined.after, cause, lines, None, context)
    decision = charged(joined, purchase, context)
    return Decision(
        changes=tuple(sorted((*decision.changes, leaving), key=lambda change: change.after.id)),
        prices=decision.prices,
        parties=decision.parties,
    )


def _require_mergeable(
    primary: Subscription, secondary: Subscription, alignment: Alignment
) -> None:
    cycles = {primary.cycle, secondary.cycle}
    for subscription in (primary, secondary):
        require_active(subscription)
        require_no_payment_in_progress(subscription)
        cycles |= {item.latest.cycle for item in subscription.billed_items}
    rules = {
        "same_subscription": (primary.id != secondary.id, "The two subscriptions are one"),
        "customer_differs": (
            primary.customer_id == secondary.customer_id,
            "The subscriptions are of different customers",
        ),
        "currency_differs": (
            primary.currency == secondary.currency,
            "The subscriptions have different currencies",
        ),
        "interval_differs": (
            len(cycles) == 1,  # also those that are yet to take effect
            "The subscriptions have different billing intervals",
        ),
        "primary_not_later": (
            primary.next_billing > secondary.next_billing,
            "The primary subscription must be billed later than the secondary",
        ),
        "extend_not_possible": (
            not alignment.extend,
            "ExtendInterval is not possible when subscriptions are aligned",
        ),
    }
    for reason, (holds, message) in rules.items():
        if not holds:
            raise NotAllowed(reason, message, field="SecondarySubscriptionId")


def _emptied(secondary: Subscription, primary: Subscription, context: Context) -> Change:
    change = Change(secondary).then(SubscriptionMerged(at=context.now, into=primary.id, told=True))
    return voided(change, secondary.purchases, context.now)
