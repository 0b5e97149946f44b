"""Charging a change now: for the rest of the running interval, or for a whole new one (R12)."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from tollbridge.domain.advance import next_advance
from tollbridge.domain.decision import Change, Context, Decision, Prices
from tollbridge.domain.events import PaymentStarted, PurchaseOpened
from tollbridge.domain.evolve import evolve
from tollbridge.domain.lines import Drawing, rest_of
from tollbridge.domain.money import ZERO
from tollbridge.domain.purchase import Advance, Line, Purchase, Purpose
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.schedule import Cycle
from tollbridge.domain.settlement import interval_advanced, paid_without_charge
from tollbridge.domain.subscription import Subscription
from tollbridge.domain.totals import next_totals
from tollbridge.domain.voiding import voided_superseded


class Alignment(msgspec.Struct, frozen=True):
    """Whether the change is charged now for the rest of the interval, or for a whole new one."""

    align: bool = False
    extend: bool = False


def require_consistent(alignment: Alignment) -> None:
    """Extend is a kind of alignment (table 3.1)."""
    if alignment.extend and not alignment.align:
        raise NotAllowed(
            "extend_requires_align",
            "ExtendInterval requires AlignToCurrentInterval",
            field="AlignmentSettings.ExtendInterval",
        )


def require_interval(
    subscription: Subscription, cycle: Cycle, running_no: int, alignment: Alignment
) -> None:
    """All items on a bill share interval and instalments (R12), also those yet to take effect.

    A change of either needs the item to be the only one, and waits for the next billing date
    unless it is extended. `running_no` is that of the item.
    """
    require_one_interval(subscription, {cycle}, {running_no}, field="ProductId")
    if cycle != subscription.cycle and alignment.align and not alignment.extend:
        raise NotAllowed(
            "interval_differs",
            "A product with another interval can only take effect at the next billing date"
            " or with ExtendInterval",
            field="ProductId",
        )


def require_one_interval(
    subscription: Subscription,
    cycles: Collection[Cycle],
    running_nos: Collection[int],
    *,
    field: str,
) -> None:
    """The items with these running numbers and all others that are billed share one cycle."""
    beside = (i for i in subscription.billed_items if i.running_no not in running_nos)
    others = {item.latest.cycle for item in beside}
    if len(others.union(cycles)) > 1:
        raise NotAllowed(
            "interval_differs",
            "The product's interval differs from that of the other items",
            field=field,
        )


def require_renewals_left(subscription: Subscription, advance: Advance) -> None:
    """Every billed item has another renewal before it, where that is what is asked for (R16)."""
    for item in subscription.billed_items if advance.begins_term else ():
        if not item.renews:
            raise NotAllowed(
                "recurrence_finished",
                f"Item {item.running_no} has had all its renewals: {item.latest.recurrence_count}",
                field="SubscriptionId",
            )


def aligned(changed: Change, running_no: int, alignment: Alignment, context: Context) -> Decision:
    """The changed or added item charged now.

    Raises NotAllowed when the total is negative (V29) and when an extension would be a renewal
    more than is agreed (R16).
    """
    _require_not_ahead(before_of(changed), context.now)
    cause = changed.after.revision
    charged_items = [running_no]
    if alignment.extend:
        charged_items = [item.running_no for item in changed.after.active_items]
    changed = voided_superseded(changed, charged_items, context.now)
    subscription = changed.after
    if alignment.extend:
        advance = next_advance(subscription, [subscription.item(running_no)], context.now)
        require_renewals_left(subscription, advance)
        lines = _extended_lines(changed, context)
    else:
        advance = None
        lines = _rest_line(changed, running_no, context)
    purchase = alignment_purchase(subscription, cause, lines, advance, context)
    if purchase.total.gross < 0:
        raise NotAllowed(
            "negative_alignment",
            "Alignment CUS price total must be >= 0",
            field="AlignmentSettings",
        )
    return charged(changed, purchase, context)


def alignment_purchase(
    subscription: Subscription,
    cause: int,
    lines: tuple[Line, ...],
    advance: Advance | None,
    context: Context,
) -> Purchase:
    """The purchase of an alignment; `cause` is the journal sequence of the change (R4)."""
    return Purchase(
        id=context.fresh.purchase_id,
        purpose=Purpose.ALIGNMENT,
        interval_no=advance.term_no if advance else subscription.term_no,
        billing_interval_no=(
            advance.billing_interval_no if advance else subscription.last_billing_interval_no
        ),
        cause=cause,
        currency=subscription.currency,
        lines=lines,
        advance=advance,
    )


def charged(changed: Change, purchase: Purchase, context: Context) -> Decision:
    """Open the purchase and begin the first attempt.

    An alignment of 0 opens none (R12); a renewal of 0 is paid without the gateway (R16).
    """
    at, amount = context.now, purchase.total
    if amount != ZERO or purchase.purpose is Purpose.RENEWAL:
        changed = changed.then(PurchaseOpened(at=at, purchase=purchase))
        if amount.gross:
            key = context.fresh.attempt_key
            changed = changed.then(
                PaymentStarted(at=at, purchase_id=purchase.id, try_no=1, key=key)
            )
        else:
            changed = paid_without_charge(changed, purchase, at)
    elif purchase.advance:
        changed = changed.then(interval_advanced(changed.after, purchase, purchase.advance, at))
    return answered(changed, context, purchase)


def answered(changed: Change, context: Context, purchase: Purchase | None = None) -> Decision:
    """The decision with its nine prices; without a purchase nothing is charged now."""
    following = _foreseen(changed.after, purchase, context.now)
    billing, renewal = next_totals(following, context.tax, context.country)
    now = purchase.total if purchase and purchase.purpose is Purpose.ALIGNMENT else ZERO
    return Decision(
        changes=(changed,),
        prices=Prices(
            currency=changed.after.currency,
            alignment=now,
            next_billing=billing,
            next_renewal=renewal,
        ),
        parties=context.parties,
    )


def _foreseen(subscription: Subscription, purchase: Purchase | None, now: datetime) -> Subscription:
    """The subscription once the purchase is captured: the date that it brings, coupons counted."""
    if purchase is None or purchase.advance is None or not subscription.purchase(purchase.id):
        return subscription
    return evolve(subscription, interval_advanced(subscription, purchase, purchase.advance, now))


def _drawing(subscription: Subscription, context: Context) -> Drawing:
    return Drawing(subscription.currency, context.tax, context.country, context.now)


def _rest_line(changed: Change, running_no: int, context: Context) -> tuple[Line, ...]:
    before = before_of(changed)
    rest = rest_of(before, context.now)
    draw = _drawing(before, context)
    return (draw.rest(before.known_item(running_no), changed.after.item(running_no), rest),)


def _extended_lines(changed: Change, context: Context) -> tuple[Line, ...]:
    before = before_of(changed)
    rest = rest_of(before, context.now)
    draw = _drawing(before, context)
    return tuple(
        draw.extended(before.known_item(item.running_no), item, rest)
        for item in changed.after.active_items
    )


def before_of(changed: Change) -> Subscription:
    """The subscription as it was before a change of something that exists."""
    return changed.before or changed.after


def _require_not_ahead(subscription: Subscription, now: datetime) -> None:
    """Proration knows one interval: none that is paid for before it has begun (R11)."""
    if now < subscription.running.start:
        raise NotAllowed(
            "interval_paid_ahead",
            "The next interval is paid already: align once it has begun, at"
            f" {subscription.running.start.isoformat()}, or let the change wait for the next bill",
            field="AlignmentSettings.AlignToCurrentInterval",
        )
