"""Signing up: a customer buys products; those with one interval make up one subscription."""

from collections.abc import Sequence

import msgspec

from tollbridge.domain.currency import is_currency
from tollbridge.domain.customer import Customer, PaymentMethod
from tollbridge.domain.decision import Change, Context, Decision
from tollbridge.domain.events import PaymentStarted, PurchaseOpened, SubscriptionStarted
from tollbridge.domain.facts import Parties
from tollbridge.domain.lines import Drawing
from tollbridge.domain.merchant import ManagementModel, Merchant
from tollbridge.domain.purchase import Purchase, Purpose
from tollbridge.domain.refusal import Invalid
from tollbridge.domain.schedule import Interval
from tollbridge.domain.settlement import paid_without_charge
from tollbridge.domain.subscription import RenewalType
from tollbridge.domain.terms import CustomerPrice, from_catalog


class OrderItem(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the cart."""

    product_id: int
    quantity: int
    customer_price: CustomerPrice | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer buys, in one currency and with one payment method."""

    customer: Customer
    payment_method: PaymentMethod
    currency: str
    renewal_type: RenewalType
    management_model: ManagementModel
    items: tuple[OrderItem, ...]


def intervals_of(order: Order, context: Context) -> tuple[Interval, ...]:
    """The different intervals in the order: each becomes a subscription (platform.md f).

    Raises NotFound for an unknown product.
    """
    return tuple(dict.fromkeys(context.product(i.product_id).interval for i in order.items))


def decide_sign_up(
    merchant: Merchant, order: Order, subscription_ids: Sequence[int], context: Context
) -> Decision:
    """The subscriptions that the order starts, their one purchase, and its first attempt.

    `subscription_ids` are one for each of `intervals_of(order)`. A purchase of 0 is paid at
    once and needs no gateway (R16). Raises Invalid for an empty order or a code that is no
    currency, NotFound for an unknown product, NotAllowed for a quantity that is not positive or a
    currency it is not sold in.
    """
    if not order.items:
        raise Invalid("items", "an order needs at least one item", reason="empty_order")
    if not is_currency(order.currency):
        raise Invalid("currency", f"{order.currency!r} is not a currency of ISO 4217")
    draw = Drawing(order.currency, context.tax, context.country, context.now)
    opened = tuple(
        _opened(merchant, order, interval, subscription_id, draw, context)
        for interval, subscription_id in zip(
            intervals_of(order, context), subscription_ids, strict=True
        )
    )
    free = not any(change.after.purchases[0].total.gross for change in opened)
    return Decision(
        changes=tuple(
            paid_without_charge(change, context.now) if free else _started(change, context)
            for change in opened
        ),
        parties=Parties(order.customer, order.payment_method),
        new_parties=True,
    )


def _opened(
    merchant: Merchant,
    order: Order,
    interval: Interval,
    subscription_id: int,
    draw: Drawing,
    context: Context,
) -> Change:
    change = Change(None).then(
        SubscriptionStarted(
            at=context.now,
            merchant_id=merchant.id,
            subscription_id=subscription_id,
            customer_id=order.customer.id,
            payment_method_id=order.payment_method.id,
            currency=order.currency,
            management_model=order.management_model,
            renewal_type=order.renewal_type,
            interval=interval,
            reminder_days=merchant.reminder_days,
            grace_days=merchant.grace_days,
            items=tuple(
                from_catalog(
                    context.product(item.product_id),
                    item.quantity,
                    order.currency,
                    item.customer_price,
                )
                for item in order.items
                if context.product(item.product_id).interval == interval
            ),
        )
    )
    purchase = Purchase(
        id=context.fresh.purchase_id,
        purpose=Purpose.SIGNUP,
        interval_no=0,
        currency=order.currency,
        lines=tuple(draw.full(item) for item in change.after.items),
    )
    return change.then(PurchaseOpened(at=context.now, purchase=purchase))


def _started(change: Change, context: Context) -> Change:
    return change.then(
        PaymentStarted(
            at=context.now,
            purchase_id=context.fresh.purchase_id,
            try_no=1,
            key=context.fresh.attempt_key,
        )
    )
