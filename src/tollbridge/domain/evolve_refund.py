"""How a subscription moves by money that goes back: what it paid for is credited no more (R11)."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from tollbridge.domain import events as ev
from tollbridge.domain.refund import RefundedLine
from tollbridge.domain.subscription import Item, PaidPart, Subscription


def _started(subscription: Subscription, event: ev.RefundStarted) -> Subscription:
    return replace(subscription, refunds=(*subscription.refunds, event.refund))


def _decided(
    subscription: Subscription, event: ev.PurchaseRefunded | ev.RefundDeclined
) -> Subscription:
    known = event.purchase_id, event.refund_no
    left = (part for part in subscription.refunds if (part.purchase_id, part.refund_no) != known)
    return replace(subscription, refunds=tuple(left))


def _refunded(subscription: Subscription, event: ev.PurchaseRefunded) -> Subscription:
    return _lowered(_decided(subscription, event), event)


def _lowered(
    subscription: Subscription, event: ev.PurchaseRefunded | ev.ChargedBack
) -> Subscription:
    """What the purchase paid of the running interval is no more to be credited (R11)."""
    given = {line.item_running_no: line for line in event.lines}

    def lowered(item: Item) -> Item:
        line = given.get(item.running_no)
        if line is None:
            return item
        return replace(item, paid=tuple(_less(part, event.purchase_id, line) for part in item.paid))

    return replace(subscription, items=tuple(lowered(item) for item in subscription.items))


def _less(part: PaidPart, purchase_id: int, line: RefundedLine) -> PaidPart:
    return part.less(line.amount) if part.purchase_id == purchase_id else part


REFUND_MOVES: dict[type[ev.Event], Callable[[Subscription, Any], Subscription]] = {
    ev.RefundStarted: _started,
    ev.PurchaseRefunded: _refunded,
    ev.RefundDeclined: _decided,
    ev.ChargedBack: _lowered,
}
