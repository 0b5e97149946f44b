"""A payment in the subscription model: every item now, and as it was in the interval before."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from msgspec import UNSET, UnsetType

from tollbridge.domain.money import Split, total
from tollbridge.domain.purchase import Line
from tollbridge.domain.purchase import Purchase as Bill
from tollbridge.domain.subscription import Item, ItemStatus, Terms
from tollbridge.domain.written import plain
from tollbridge.notices.model import (
    Document,
    Meta,
    SubscriptionItem,
    SubscriptionNotification,
    SubscriptionPurchase,
)
from tollbridge.notices.parts import present, price_of
from tollbridge.notices.scene import Scene
from tollbridge.notices.words import former_of, last_event, line_event, revenue_category


class _Version(NamedTuple):
    """Terms of an item: their version, since when it is, and the start of the interval."""

    terms: Terms
    number: int
    active_at: datetime
    start: datetime


def subscription_paid(meta: Meta, scene: Scene, bill: Bill) -> Document:
    """The subscription as it is once the bill is paid."""
    subscription, customer = scene.subscription, scene.told.customer
    renewal = price_of(total(scene.renewals.values()), subscription.currency)
    next_billing = plain(subscription.next_billing)
    return SubscriptionNotification(
        meta=meta,
        subscription_id=subscription.id,
        customer_currency_id=subscription.currency,
        customer_id=customer.id,
        customer_reference_id=customer.reference_id,
        customer_reference_no=present(customer.reference_no),
        grace_period_days=subscription.grace_days,
        interval_day_count=subscription.interval.days,
        interval_month_count=subscription.interval.months,
        last_billing_interval_number=subscription.last_billing_interval_no,
        last_interval_number=subscription.last_interval_no,
        next_billing_date=next_billing,
        next_renewal_date=plain(subscription.next_renewal),
        next_billing_date_reminder=plain(subscription.reminder),
        start_date=plain(subscription.start),
        end_date=_date(subscription.end),
        management_model=subscription.management_model.value,
        renewal_type=subscription.renewal_type.value,
        start_interval_day_count=subscription.start_interval.days,
        start_interval_month_count=subscription.start_interval.months,
        subscriptionstatus=subscription.status.value,
        your_renewal_price=renewal,
        customer_renewal_price=renewal,
        subscription_purchase=SubscriptionPurchase(
            purchase_id=bill.id,
            subscription_revenue_category_id=revenue_category(scene.told, bill),
        ),
        subscription_items=tuple(_items(scene, bill)),
    )


def _items(scene: Scene, bill: Bill) -> Iterator[SubscriptionItem]:
    lines = {line.item_running_no: line for line in bill.lines}
    before = {item.running_no: item for item in scene.told.former}
    for item in scene.subscription.items:
        line = lines.get(item.running_no)
        if item.status is ItemStatus.REMOVED:
            continue
        yield _now(scene, bill, item, line)
        if line is not None and item.running_no in before:
            yield from _before(scene, bill, before[item.running_no])


def _now(scene: Scene, bill: Bill, item: Item, line: Line | None) -> SubscriptionItem:
    """The item in the interval that runs; its price is that of the next renewal."""
    return _told(
        scene,
        item,
        _Version(
            item.in_force,
            line.item_version if line else item.version,
            item.version_active_at,
            max(item.start, scene.subscription.running.start) if line else item.start,
        ),
        happened=line_event(scene.told, bill, line) if line else last_event(item),
        price=scene.renewals.get(item.running_no, scene.full_price(item.in_force)),
        current=True,
    )


def _before(scene: Scene, bill: Bill, item: Item) -> Iterator[SubscriptionItem]:
    """The item as it was before the payment; nothing of one that was not there.

    Of terms that were in force while newer ones waited for the bill, only the first version's
    beginning is known.
    """
    former = former_of(scene.told, bill, item.running_no)
    terms, version, active_at = item.in_force, item.version, item.version_active_at
    if former is not None:
        if former.in_force is None:
            return
        terms, version = former.in_force, former.version or max(item.version - 1, 1)
        active_at = former.version_active_at or item.start
    elif item.in_force != item.latest:
        version, active_at = max(item.version - 1, 1), item.start
    elif bill.advance is None:
        return  # it came from another subscription with this change
    running = scene.told.former_running
    yield _told(
        scene,
        item,
        _Version(
            terms, version, active_at, max(item.start, running.start) if running else item.start
        ),
        happened=last_event(item),
        price=scene.full_price(terms),
        current=False,
    )


def _told(
    scene: Scene, item: Item, version: _Version, *, happened: str, price: Split, current: bool
) -> SubscriptionItem:
    terms = version.terms
    coupon = item.coupon
    renewal = price_of(price, scene.subscription.currency)
    return SubscriptionItem(
        running_number=item.running_no,
        quantity=terms.quantity,
        product_id=terms.product_id,
        product_name=terms.product_name,
        product_name_extension=present(terms.product_name_extension),
        recurrence_count=UNSET if terms.recurrence_count is None else terms.recurrence_count,
        status=item.status.value,
        deactivation_date=_date(item.deactivated_at),
        start_date=plain(version.start),
        end_date=_date(item.end),
        last_interval_number=item.last_interval_no,
        is_current=current,
        version=version.number,
        version_active_date=plain(version.active_at),
        coupon_code=coupon.code if coupon else UNSET,
        promotion_id=coupon.promotion_id if coupon else UNSET,
        subscription_eventtype_id=happened,
        your_renewal_price=renewal,
        customer_renewal_price=renewal,
    )


def _date(at: datetime | None) -> str | UnsetType:
    return UNSET if at is None else plain(at)
