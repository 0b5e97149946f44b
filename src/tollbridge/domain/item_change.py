"""Changing an item: product, quantity, price or name, aligned or not (table 3.1; R3, R9, R12)."""

from datetime import datetime
from decimal import Decimal
from enum import Enum

import msgspec
from msgspec.structs import replace

from tollbridge.domain.decision import (
    Change,
    Context,
    Decision,
    Prices,
    require_active,
    require_no_payment_in_progress,
)
from tollbridge.domain.events import IntervalAdvanced, ItemChanged, PaymentStarted, PurchaseOpened
from tollbridge.domain.lines import Drawing
from tollbridge.domain.money import ZERO, TaxKind, total
from tollbridge.domain.price import Price, flat
from tollbridge.domain.proration import remainder, worths
from tollbridge.domain.purchase import Advance, Purchase, Purpose
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.schedule import Anchor, after
from tollbridge.domain.subscription import Item, Subscription, Terms
from tollbridge.domain.totals import next_billing_total


class UpdateAction(Enum):
    """Why an item is changed; for reports only, it has no effect (seed 003, seed 004)."""

    UPDATE = "update"
    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"


class CustomerPrice(msgspec.Struct, frozen=True, kw_only=True):
    """A price per unit that overrides the catalog's from now on (subscription-api.md 3.4)."""

    currency: str
    tax: TaxKind
    amount: Decimal


class Alignment(msgspec.Struct, frozen=True):
    """Whether the change is charged now for the rest of the interval, or for a whole new one."""

    align: bool = False
    extend: bool = False


class ItemChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of an item. None leaves a thing as it is.

    `quantity` is the total after the change. `recalculate` re-reads the catalog
    (ForcePriceRecalculation, R9). `call` is the API call it came by.
    """

    running_no: int
    product_id: int | None = None
    quantity: int | None = None
    customer_price: CustomerPrice | None = None
    product_name: str | None = None
    product_name_en: str | None = None
    product_name_extension: str | None = None
    alignment: Alignment = Alignment()
    recalculate: bool = False
    action: UpdateAction = UpdateAction.UPDATE
    generate_mail: bool = True
    call: str


def decide_item_change(
    subscription: Subscription, change: ItemChange, context: Context
) -> Decision:
    """The item's new version, what is charged for it now, and the prices that follow.

    Raises NotFound for an item or product that is unknown; NotAllowed for a status other than
    Active (R18), a payment in progress (R7), a quantity that is not positive, a foreign currency,
    an interval that does not fit (R12) and a negative alignment amount.
    """
    item = subscription.item(change.running_no)
    terms = new_terms(item, change, subscription.currency, context)
    require_active(subscription)
    _require_fit(subscription, item, terms, change.alignment)
    if change.alignment.align:
        require_no_payment_in_progress(subscription)
    changed = Change(subscription).then(
        ItemChanged(
            at=context.now,
            running_no=item.running_no,
            item_version=item.version + 1,
            terms=terms,
            aligned=change.alignment.align,
            action=change.action.value,
            generate_mail=change.generate_mail,
            call=change.call,
        )
    )
    if not change.alignment.align:
        return _decided(changed, context)
    purchase = _alignment_purchase(changed, change, context)
    return _charged(changed, purchase, context)


def new_terms(item: Item, change: ItemChange, currency: str, context: Context) -> Terms:
    """The terms of the new version (R9).

    The same product keeps its own, another takes the catalog's; CustomerPrice overrides the
    price and a name given overrides the name.
    """
    old = item.latest
    product_id = old.product_id if change.product_id is None else change.product_id
    if product_id != old.product_id or change.recalculate:
        product = context.product(product_id)
        terms = replace(
            old,
            product_id=product_id,
            product_name=product.name,
            product_name_en="",
            product_name_extension="",
            interval=product.interval,
            price=old.price if change.customer_price else product.price_in(currency),
            custom_price=False,
        )
    else:
        terms = old
    if change.customer_price:
        terms = replace(terms, price=own_price(change.customer_price, currency), custom_price=True)
    return _named(terms, change)


def own_price(own: CustomerPrice, currency: str) -> Price:
    """The price that a CustomerPrice sets; NotAllowed for a foreign currency or below 0."""
    if own.currency != currency:
        raise NotAllowed(
            "currency_differs",
            "'CustomerPrice' currency differs from subscription currency",
            field="CustomerPrice.CurrencyId",
        )
    if own.amount < 0:
        raise NotAllowed(
            "price_negative", "CustomerPrice must be >= 0", field="CustomerPrice.Value"
        )
    return flat(own.amount, own.tax)


def _named(terms: Terms, change: ItemChange) -> Terms:
    given = {
        "quantity": change.quantity,
        "product_name": change.product_name,
        "product_name_en": change.product_name_en,
        "product_name_extension": change.product_name_extension,
    }
    return replace(terms, **{name: value for name, value in given.items() if value is not None})


def _require_fit(
    subscription: Subscription, item: Item, terms: Terms, alignment: Alignment
) -> None:
    if alignment.extend and not alignment.align:
        raise NotAllowed(
            "extend_requires_align",
            "ExtendInterval requires AlignToCurrentInterval",
            field="AlignmentSettings.ExtendInterval",
        )
    if terms.quantity <= 0:
        raise NotAllowed("quantity_not_positive", "Quantity must be > 0", field="Quantity")
    if not item.active:
        raise NotAllowed(
            "item_not_active",
            f"The item is not active: its status is {item.status.name.title()}",
            field="RunningNumber",
        )
    if terms.interval == subscription.interval:
        return
    if len(subscription.active_items) > 1:
        raise NotAllowed(
            "interval_differs",
            "The product's interval differs from that of the other items",
            field="ProductId",
        )
    if alignment.align and not alignment.extend:
        raise NotAllowed(
            "interval_differs",
            "A product with another interval can only take effect at the next billing date"
            " or with ExtendInterval",
            field="ProductId",
        )


def _alignment_purchase(changed: Change, change: ItemChange, context: Context) -> Purchase:
    """The purchase of an aligned change; NotAllowed when its total is negative (V29)."""
    subscription, now = changed.after, context.now
    before = changed.before or subscription
    rest = remainder(before.running, before.interval, before.next_billing, now)
    draw = Drawing(subscription.currency, context.tax, context.country, now)
    if change.alignment.extend:
        _require_no_interval_open(before)
        lines = tuple(
            draw.extended(before.item(item.running_no), item, rest)
            for item in subscription.active_items
        )
        advance = _extension(subscription, change.running_no, now)
    else:
        running_no = change.running_no
        lines = (draw.rest(before.item(running_no), subscription.item(running_no), rest),)
        advance = None
    if total(line.amount for line in lines).gross < 0:
        raise NotAllowed(
            "negative_alignment",
            "Alignment CUS price total must be >= 0",
            field="AlignmentSettings",
        )
    return Purchase(
        id=context.fresh.purchase_id,
        purpose=Purpose.ALIGNMENT,
        interval_no=advance.interval_no if advance else subscription.last_interval_no,
        billing_interval_no=(
            advance.billing_interval_no if advance else subscription.last_billing_interval_no
        ),
        cause=subscription.revision,
        currency=subscription.currency,
        lines=lines,
        advance=advance,
    )


def _require_no_interval_open(subscription: Subscription) -> None:
    """An interval can be paid by one purchase only (R4)."""
    if subscription.next_interval_open:
        raise NotAllowed(
            "interval_already_billed",
            "A purchase for the next interval is open and unpaid",
            field="AlignmentSettings.ExtendInterval",
        )


def _extension(subscription: Subscription, running_no: int, now: datetime) -> Advance:
    """Extend: everything moves to now + interval, which counts as the next interval (R12)."""
    interval = subscription.item(running_no).latest.interval
    number = subscription.last_interval_no + 1
    return Advance(
        interval_no=number,
        billing_interval_no=subscription.last_billing_interval_no + 1,
        started_at=now,
        anchor=Anchor(after(now, interval), number + 1),
        interval=interval,
    )


def _charged(changed: Change, purchase: Purchase, context: Context) -> Decision:
    """Open the purchase and begin the first attempt; a total of 0 opens none (R12)."""
    at = context.now
    if purchase.total.gross:
        changed = changed.then(PurchaseOpened(at=at, purchase=purchase)).then(
            PaymentStarted(at=at, purchase_id=purchase.id, try_no=1, key=context.fresh.attempt_key)
        )
    elif purchase.advance:
        changed = changed.then(
            IntervalAdvanced(at=at, advance=purchase.advance, paid=worths(purchase.lines))
        )
    return _decided(changed, context, purchase)


def _decided(changed: Change, context: Context, purchase: Purchase | None = None) -> Decision:
    subscription = changed.after
    at = None
    if purchase is not None and purchase.advance is not None:
        at = purchase.advance.anchor.at
    following = next_billing_total(subscription, context.tax, context.country, at)
    return Decision(
        changes=(changed,),
        prices=Prices(
            currency=subscription.currency,
            alignment=purchase.total if purchase else ZERO,
            next_billing=following,
            next_renewal=following,
        ),
        parties=context.parties,
    )
