"""Sign a customer up: the subscriptions, their first purchase, and the attempt to charge it."""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from tollbridge.commands.coupons import offer_of
from tollbridge.commands.saving import TRIES, decide_and_save
from tollbridge.domain.catalog import Product
from tollbridge.domain.customer import Contact, Customer, PaymentMethod
from tollbridge.domain.decision import Context, Decision, Fresh
from tollbridge.domain.merchant import ManagementModel, Merchant
from tollbridge.domain.payment import Card, StoredCard
from tollbridge.domain.refusal import NotFound
from tollbridge.domain.sign_up import Order, OrderItem, beginnings_of, decide_sign_up
from tollbridge.domain.subscription import RenewalType
from tollbridge.ports import Platform, Series


class GivenIds(msgspec.Struct, frozen=True, kw_only=True):
    """Ids that come from elsewhere (an import, the demo) instead of being issued."""

    customer: int
    purchase: int
    subscriptions: tuple[int, ...]


class SignUpRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer buys and who they are.

    `coupon_code` is for every line whose product its promotion is for. `reference_id` is made up
    when the merchant gives none; `management_model` is the merchant's setting unless given (R21).
    """

    items: tuple[OrderItem, ...]
    currency: str
    contact: Contact
    card: Card
    coupon_code: str = ""
    reference_id: str = ""
    reference_no: str = ""
    renewal_type: RenewalType = RenewalType.AUTOMATIC
    management_model: ManagementModel | None = None
    ids: GivenIds | None = None


def ordered_products(
    platform: Platform, merchant_id: int, items: Sequence[OrderItem]
) -> dict[int, Product]:
    """The products in the order; NotFound when one is unknown."""
    wanted = {item.product_id for item in items}
    products = dict(platform.store.products(merchant_id, wanted))
    missing = sorted(wanted - products.keys())
    if missing:
        raise NotFound("product_unknown", f"Product not found: {missing[0]}", field="product_id")
    return products


def sign_up(
    platform: Platform,
    merchant: Merchant,
    request: SignUpRequest,
    stored_card: StoredCard,
    actor: str,
) -> Decision:
    """Save the sign-up; its purchase is an attempt that is still to be made.

    Raises what `decide_sign_up` raises.
    """
    products = ordered_products(platform, merchant.id, request.items)
    order = _order(platform, merchant, request, stored_card)
    ids = request.ids
    purchase_id = ids.purchase if ids else _issue(platform, merchant, Series.PURCHASE)
    context = Context(
        now=merchant.now(platform.wall()),
        country=order.customer.country,
        tax=platform.tax,
        products=products,
        fresh=Fresh(purchase_id, platform.new_key()),
    )
    count = len(beginnings_of(order, context))
    subscription_ids = (
        ids.subscriptions
        if ids
        else platform.store.issue_ids(merchant.id, Series.SUBSCRIPTION, count)
    )

    def decide() -> Decision:
        offer = offer_of(platform, merchant.id, order.coupon_code)
        return decide_sign_up(merchant, order, subscription_ids, replace(context, offer=offer))

    # Only the use of a coupon can be taken by somebody else (R15); given ids never become free.
    tries = TRIES if order.coupon_code else 1
    return decide_and_save(platform, decide, name="sign_up", actor=actor, tries=tries)


def _order(
    platform: Platform, merchant: Merchant, request: SignUpRequest, card: StoredCard
) -> Order:
    ids = request.ids
    return Order(
        customer=Customer(
            merchant_id=merchant.id,
            id=ids.customer if ids else _issue(platform, merchant, Series.CUSTOMER),
            reference_id=request.reference_id or platform.new_key(),
            reference_no=request.reference_no,
            billing=request.contact,
        ),
        payment_method=PaymentMethod(
            id=_issue(platform, merchant, Series.PAYMENT_METHOD),
            gateway=card.gateway,
            token=card.token,
            type_id=card.type_id,
            type_name=card.type_name,
            last_four=card.last_four,
            expiry_month=card.expiry_month,
            expiry_year=card.expiry_year,
        ),
        currency=request.currency,
        renewal_type=request.renewal_type,
        management_model=request.management_model or merchant.management_model,
        items=request.items,
        coupon_code=request.coupon_code,
    )


def _issue(platform: Platform, merchant: Merchant, series: Series) -> int:
    return platform.store.issue_ids(merchant.id, series)[0]
