"""Signing up: a customer buys products; those that begin alike make up one subscription."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from tollbridge.domain.catalog import Beginning
from tollbridge.domain.coupon import AmountOff, Coupon, Origin
from tollbridge.domain.currency import is_currency
from tollbridge.domain.customer import Customer, PaymentMethod
from tollbridge.domain.decision import Change, Context, Decision
from tollbridge.domain.events import (
    PaymentAwaited,
    PaymentStarted,
    PurchaseOpened,
    SubscriptionStarted,
)
from tollbridge.domain.facts import Parties
from tollbridge.domain.lines import Drawing
from tollbridge.domain.merchant import ManagementModel, Merchant
from tollbridge.domain.money import TaxKind
from tollbridge.domain.pricing import full_price, part_in, shared_out
from tollbridge.domain.promotion import granted, part_of
from tollbridge.domain.purchase import Purchase, Purpose
from tollbridge.domain.refusal import Invalid, NotAllowed
from tollbridge.domain.settlement import paid_without_charge
from tollbridge.domain.subscription import RenewalType, Terms
from tollbridge.domain.terms import CustomerPrice, from_catalog


class OrderItem(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the cart."""

    product_id: int
    quantity: int
    customer_price: CustomerPrice | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer buys, in one currency and with one payment method.

    `coupon_code` is for every line whose product its promotion is for (R15).
    """

    customer: Customer
    payment_method: PaymentMethod
    currency: str
    renewal_type: RenewalType
    management_model: ManagementModel
    items: tuple[OrderItem, ...]
    coupon_code: str = ""


def beginnings_of(order: Order, context: Context) -> tuple[Beginning, ...]:
    """The different calendars in the order: each becomes a subscription (platform.md f).

    Raises NotFound for an unknown product.
    """
    return tuple(dict.fromkeys(context.product(i.product_id).beginning for i in order.items))


def decide_sign_up(
    merchant: Merchant, order: Order, subscription_ids: Sequence[int], context: Context
) -> Decision:
    """The subscriptions that the order starts, their one purchase, and its first attempt.

    `subscription_ids` are one for each of `beginnings_of(order)`. A purchase of 0 is paid at
    once and needs no gateway (R16); without a gateway it waits for the money. Raises Invalid for a
    code that is no currency, NotFound for an unknown product, NotAllowed for an empty order, a
    quantity that is not positive, a currency it is not sold in and a coupon that cannot be applied
    (R15).
    """
    if not is_currency(order.currency):
        raise Invalid("currency", f"{order.currency!r} is not a currency of ISO 4217")
    if not order.items:
        raise NotAllowed("empty_order", "An order needs at least one item", field="items")
    terms = _terms(order, context)
    coupons = _coupons(order, terms, context) if order.coupon_code else {}
    draw = Drawing(order.currency, context.tax, context.country, context.now)
    opened = []
    for beginning, subscription_id in zip(terms, subscription_ids, strict=True):
        products = [context.product(one.product_id) for one in terms[beginning]]
        start = SubscriptionStarted(
            at=context.now,
            merchant_id=merchant.id,
            subscription_id=subscription_id,
            customer_id=order.customer.id,
            payment_method_id=order.payment_method.id,
            currency=order.currency,
            management_model=order.management_model,
            renewal_type=order.renewal_type,
            interval=beginning.cycle.interval,
            billing_interval=beginning.cycle.billing_interval,
            first_interval=beginning.first,
            trial=beginning.trial,
            reminder_days=_longest(
                _reminder_days(merchant, order), (product.reminder_days for product in products)
            ),
            grace_days=_longest(merchant.grace_days, (product.grace_days for product in products)),
            hold_days=merchant.hold_days,
            retry_days=merchant.retry_days,
            sync_with_payment_date=merchant.sync_with_payment_date,
            items=terms[beginning],
            coupons=_by_item(terms[beginning], coupons.get(beginning), subscription_id),
        )
        opened.append(_opened(Change(None).then(start), draw, order, context))
    free = not any(change.after.purchases[0].total.gross for change in opened)
    return Decision(
        changes=tuple(
            paid_without_charge(change, change.after.purchases[0], context.now)
            if free
            else _charged(change, order, context)
            for change in opened
        ),
        parties=Parties(order.customer, order.payment_method),
        new_parties=True,
    )


def _terms(order: Order, context: Context) -> dict[Beginning, tuple[Terms, ...]]:
    """The terms of every subscription that the order starts."""
    return {
        beginning: tuple(
            from_catalog(product, item.quantity, order.currency, item.customer_price)
            for item in order.items
            if (product := context.product(item.product_id)).beginning == beginning
        )
        for beginning in beginnings_of(order, context)
    }


def _coupons(
    order: Order, terms: Mapping[Beginning, Sequence[Terms]], context: Context
) -> dict[Beginning, Coupon]:
    """The coupon of each subscription that has items it is for.

    The order has one use of it, which the first of them holds, and a fixed amount is shared out
    over them by what they cost (R10).
    """
    coupon = granted(context.offer, now=context.now, currency=order.currency)
    rate = context.tax.rate(context.country, context.now).rate
    discount = coupon.discount
    kind = discount.tax if isinstance(discount, AmountOff) else TaxKind.GROSS
    costs = {
        beginning: sum(part_in(full_price(one, order.currency, rate), kind) for one in covered)
        for beginning, all_terms in terms.items()
        if (covered := [one for one in all_terms if coupon.covers(one.product_id)])
    }
    if not costs:
        raise NotAllowed(
            "coupon_product", "The coupon is for none of these products", field="CouponCode"
        )
    whole = discount.minor if isinstance(discount, AmountOff) else 0
    shares = shared_out(whole, list(costs.values()))
    return {
        beginning: part_of(coupon if i == 0 else replace(coupon, use_no=0), share)
        for i, (beginning, share) in enumerate(zip(costs, shares, strict=True))
    }


def _by_item(
    terms: Sequence[Terms], coupon: Coupon | None, subscription_id: int
) -> dict[int, Coupon]:
    """The coupon for each item that it is for, by running number."""
    if coupon is None:
        return {}
    shared = replace(coupon, origin=Origin(subscription_id, 1))
    return {n: shared for n, one in enumerate(terms, start=1) if shared.covers(one.product_id)}


def _reminder_days(merchant: Merchant, order: Order) -> int:
    """An automatic renewal without a gateway has to be paid in time (platform.md g)."""
    by_hand = order.renewal_type is RenewalType.AUTOMATIC and not order.payment_method.online
    return merchant.offline_reminder_days if by_hand else merchant.reminder_days


def _longest(days: int, own: Iterable[int | None]) -> int:
    """The most that one of the products asks for, where those without their own take `days`."""
    return max(days if one is None else one for one in own)


def _opened(change: Change, draw: Drawing, order: Order, context: Context) -> Change:
    purchase = Purchase(
        id=context.fresh.purchase_id,
        purpose=Purpose.SIGNUP,
        interval_no=0,
        currency=change.after.currency,
        lines=draw.first(change.after),
        billed_at=context.now,
        net_days=order.payment_method.net_days,
    )
    return change.then(PurchaseOpened(at=context.now, purchase=purchase))


def _charged(change: Change, order: Order, context: Context) -> Change:
    purchase_id = context.fresh.purchase_id
    if not order.payment_method.online:
        return change.then(PaymentAwaited(at=context.now, purchase_id=purchase_id))
    return change.then(
        PaymentStarted(
            at=context.now,
            purchase_id=purchase_id,
            try_no=1,
            key=context.fresh.attempt_key,
        )
    )
