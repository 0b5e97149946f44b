"""Changing an item: product, quantity, price or name, aligned or not (table 3.1; R3, R9, R12)."""

from enum import Enum

import msgspec
from msgspec.structs import replace

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
from tollbridge.domain.events import ItemChanged
from tollbridge.domain.promotion import granted_to_running
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.replacement import require_foreseen
from tollbridge.domain.subscription import Item, Subscription, Terms
from tollbridge.domain.terms import (
    NO_NAMES,
    CustomerPrice,
    Names,
    from_catalog,
    named,
    own_price,
    require_positive,
)


class UpdateAction(Enum):
    """Why an item is changed; for reports only, it has no effect (seed 003, seed 004)."""

    UPDATE = "update"
    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"


class Renewal(msgspec.Struct, frozen=True):
    """A renewal on request. `reset` starts the new interval now; the time left is then lost."""

    reset: bool = False


class ItemChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of an item. None leaves a thing as it is.

    `quantity` is the total after the change, `more` a number of units on top of what there are;
    at most one of them is given. `recalculate` re-reads the catalog (ForcePriceRecalculation,
    R9). `coupon_code` applies a coupon in place of any before (R15). `renewal` renews at once
    with the new terms (TriggerImmediateRenewal); `reset` asks for a new interval
    (ResetBillingInterval), which only a renewal can begin. `call` is the API call it came by.
    """

    running_no: int
    product_id: int | None = None
    quantity: int | None = None
    more: int | None = None
    customer_price: CustomerPrice | None = None
    names: Names = NO_NAMES
    alignment: Alignment = Alignment()
    recalculate: bool = False
    coupon_code: str = ""
    renewal: Renewal | None = None
    reset: bool = False
    action: UpdateAction = UpdateAction.UPDATE
    generate_mail: bool = True
    call: str


def decide_item_change(
    subscription: Subscription, change: ItemChange, context: Context
) -> Decision:
    """The item's new version, what is charged for it now, and the prices that follow.

    Raises NotFound for an item or product that is unknown; NotAllowed for a status other than
    Active (R18), a payment in progress (R7), a quantity that is not positive, a foreign currency,
    a replacement that is not foreseen where the merchant wants it to be, a coupon that cannot be
    applied (R15), an interval that does not fit (R12), a new interval without a renewal and a
    negative alignment amount.
    """
    changed = changed_item(subscription, change, context)
    if change.reset:
        raise NotAllowed(
            "reset_requires_renewal",
            "ResetBillingInterval requires TriggerImmediateRenewal",
            field="ResetBillingInterval",
        )
    if not change.alignment.align:
        return answered(changed, context)
    require_no_payment_in_progress(subscription)
    return aligned(changed, change.running_no, change.alignment, context)


def changed_item(subscription: Subscription, change: ItemChange, context: Context) -> Change:
    """The item's new version alone; raises as `decide_item_change` does."""
    item = subscription.item(change.running_no)
    terms = new_terms(item, change, subscription.currency, context)
    require_active(subscription)
    _require_fit(subscription, item, terms, change.alignment)
    coupon = _new_coupon(subscription, item, terms, context) if change.coupon_code else None
    return Change(subscription).then(
        ItemChanged(
            at=context.now,
            running_no=item.running_no,
            item_version=item.version + 1,
            terms=terms,
            coupon=coupon,
            aligned=change.alignment.align,
            action=change.action.value,
            generate_mail=change.generate_mail,
            call=change.call,
        )
    )


def _new_coupon(subscription: Subscription, item: Item, terms: Terms, context: Context) -> Coupon:
    """The coupon of the item's next version."""
    require_single_item(subscription)
    return granted_to_running(
        context.offer,
        terms.product_id,
        now=context.now,
        currency=subscription.currency,
        origin=Origin(subscription.id, subscription.revision + 1),
        held=item.coupon,
        version=item.version + 1,
    )


def new_terms(item: Item, change: ItemChange, currency: str, context: Context) -> Terms:
    """The terms of the new version (R9).

    The same product keeps its own, another takes the catalog's; CustomerPrice overrides the
    price and a name given overrides the name.
    """
    old = item.latest
    quantity = _new_quantity(old.quantity, change)
    product_id = old.product_id if change.product_id is None else change.product_id
    own = change.customer_price
    if product_id != old.product_id:
        product = context.product(product_id)
        if context.enforce_replacements:
            require_foreseen(product.replaces, old.product_id, product_id)
        terms = from_catalog(product, quantity, currency, own)
    else:
        require_positive(quantity)
        terms = _repriced(replace(old, quantity=quantity), change, currency, context)
    return named(terms, change.names)


def _repriced(terms: Terms, change: ItemChange, currency: str, context: Context) -> Terms:
    """The same product at the price given, at the catalog's if it is to be re-read, or as it is."""
    if change.customer_price:
        price = own_price(change.customer_price, currency)
        return replace(terms, price=price, custom_price=True)
    if change.recalculate:
        price = context.product(terms.product_id).price_in(currency)
        return replace(terms, price=price, custom_price=False)
    return terms


def _new_quantity(quantity: int, change: ItemChange) -> int:
    if change.more is not None:
        require_positive(change.more)
        return quantity + change.more
    return quantity if change.quantity is None else change.quantity


def _require_fit(
    subscription: Subscription, item: Item, terms: Terms, alignment: Alignment
) -> None:
    require_consistent(alignment)
    if not item.active:
        raise NotAllowed(
            "item_not_active",
            f"The item is not active: its status is {item.status.name.title()}",
            field="RunningNumber",
        )
    require_interval(subscription, terms.cycle, item.running_no, alignment)
