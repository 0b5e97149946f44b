"""Adding an item to a running subscription (subscription-api.md 2.1)."""

import msgspec

from tollbridge.domain.alignment import (
    Alignment,
    aligned,
    answered,
    require_consistent,
    require_interval,
)
from tollbridge.domain.coupon import Coupon, Origin
from tollbridge.domain.decision import (
    Change,
    Context,
    Decision,
    require_active,
    require_no_payment_in_progress,
    require_single_item,
)
from tollbridge.domain.events import ItemAdded
from tollbridge.domain.promotion import granted_to_running
from tollbridge.domain.subscription import Subscription
from tollbridge.domain.terms import NO_NAMES, CustomerPrice, Names, from_catalog, named


class ItemAddition(msgspec.Struct, frozen=True, kw_only=True):
    """The item that is to join, with its coupon; `affiliate_id` is for reports only."""

    product_id: int
    quantity: int
    customer_price: CustomerPrice | None = None
    names: Names = NO_NAMES
    alignment: Alignment = Alignment()
    coupon_code: str = ""
    affiliate_id: int | None = None
    generate_mail: bool = True
    call: str


def decide_item_addition(
    subscription: Subscription, addition: ItemAddition, context: Context
) -> Decision:
    """The new item under the next running number, and what is charged for it now.

    Without alignment it joins the next bill. Raises NotFound for an unknown product; NotAllowed
    for a status other than Active (R18), another interval (R12), a quantity that is not positive,
    a foreign currency, a coupon that cannot be applied (R15) and, when aligned, a payment in
    progress (R7).
    """
    product = context.product(addition.product_id)
    terms = from_catalog(product, addition.quantity, subscription.currency, addition.customer_price)
    require_active(subscription)
    require_consistent(addition.alignment)
    running_no = len(subscription.items) + 1
    require_interval(subscription, terms.cycle, running_no, addition.alignment)
    changed = Change(subscription).then(
        ItemAdded(
            at=context.now,
            running_no=running_no,
            terms=named(terms, addition.names),
            coupon=_coupon(subscription, addition, context) if addition.coupon_code else None,
            aligned=addition.alignment.align,
            affiliate_id=addition.affiliate_id,
            generate_mail=addition.generate_mail,
            call=addition.call,
        )
    )
    if not addition.alignment.align:
        return answered(changed, context)
    require_no_payment_in_progress(subscription)
    return aligned(changed, running_no, addition.alignment, context)


def _coupon(subscription: Subscription, addition: ItemAddition, context: Context) -> Coupon:
    """The coupon of an item that joins a subscription of one item (R15)."""
    require_single_item(subscription)
    return granted_to_running(
        context.offer,
        addition.product_id,
        now=context.now,
        currency=subscription.currency,
        origin=Origin(subscription.id, subscription.revision + 1),
    )
