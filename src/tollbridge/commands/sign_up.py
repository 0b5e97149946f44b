"""Sign a customer up: the subscriptions, their first purchase, and the attempt to charge it."""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from tollbridge.commands.coupons import offer_of
from tollbridge.commands.saving import TRIES, decide_and_save
from tollbridge.domain.catalog import Product
from tollbridge.domain.customer import Contact, Customer, PaymentMethod
from tollbridge.domain.decision import BLANK, Context, Decision, Fresh
from tollbridge.domain.due import NOTICE_DAYS
from tollbridge.domain.merchant import ManagementModel, Merchant
from tollbridge.domain.payment import Card, StoredCard
from tollbridge.domain.refusal import Invalid, NotFound
from tollbridge.domain.sign_up import Order, OrderItem, beginnings_of, decide_sign_up
from tollbridge.domain.subscription import RenewalType
from tollbridge.ports import Platform, Series

NO_CARD = StoredCard(
    gateway="", token="", type_id="", type_name="", last_four="", expiry_month=1, expiry_year=1970
)


BY_HAND = replace(
    NO_CARD, type_id="WTR_STD", type_name="Wire Transfer", expiry_month=0, expiry_year=0
)


class ByHand(msgspec.Struct, frozen=True, kw_only=True):
    """Paying without a gateway: by wire, or with `net_days` on the terms of a purchase order.

    Terms are those that notices are known for (platform.md g): 14 or 30 days.
    """

    net_days: int = 0


class GivenIds(msgspec.Struct, frozen=True, kw_only=True):
    """Ids that come from elsewhere (an import, the demo) instead of being issued."""

    customer: int
    purchase: int
    subscriptions: tuple[int, ...]


class SignUpRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer buys and who they are.

    `delivery` is whom it is for, if that is somebody else than the billing `contact`. One of `card`
    and `by_hand` says how it is paid. `coupon_code` is for every line whose product
    its promotion is for. `reference_id` is made up when the merchant gives none;
    `management_model` is the merchant's setting unless given (R21).
    """

    items: tuple[OrderItem, ...]
    currency: str
    contact: Contact
    delivery: Contact | None = None
    card: Card | None = None
    by_hand: ByHand | None = None
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


def require_possible(platform: Platform, merchant: Merchant, request: SignUpRequest) -> None:
    """Decide the sign-up without a card and save nothing: refuse what `decide_sign_up` refuses.

    So a refused order leaves no card with the gateway. Raises Invalid unless it is said in one way
    how it is paid.
    """
    if (request.card is None) == (request.by_hand is None):
        raise Invalid("card", "give either 'card' or 'by_hand'")
    if request.by_hand is not None and request.by_hand.net_days not in (0, *NOTICE_DAYS):
        known = " or ".join(str(days) for days in NOTICE_DAYS)
        raise Invalid("by_hand.net_days", f"terms are {known} days, or 0 for a wire transfer")
    order = _order(merchant, request, NO_CARD)
    context = _context(platform, merchant, request, BLANK)
    offer = offer_of(platform, merchant.id, order.coupon_code)
    blank_ids = range(len(beginnings_of(order, context)))
    decide_sign_up(merchant, order, blank_ids, replace(context, offer=offer))


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
    order = _issued(platform, merchant, request, _order(merchant, request, stored_card))
    ids = request.ids
    purchase_id = ids.purchase if ids else _issue(platform, merchant, Series.PURCHASE)
    fresh = Fresh(purchase_id, platform.new_key())
    context = _context(platform, merchant, request, fresh)
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


def _context(
    platform: Platform, merchant: Merchant, request: SignUpRequest, fresh: Fresh
) -> Context:
    return Context(
        now=merchant.now(platform.wall()),
        country=request.contact.country_id,
        tax=platform.tax,
        products=ordered_products(platform, merchant.id, request.items),
        fresh=fresh,
    )


def _issued(platform: Platform, merchant: Merchant, request: SignUpRequest, order: Order) -> Order:
    """The order with ids: those given, else new ones."""
    ids = request.ids
    customer = replace(
        order.customer,
        id=ids.customer if ids else _issue(platform, merchant, Series.CUSTOMER),
        reference_id=request.reference_id or platform.new_key(),
    )
    method_id = _issue(platform, merchant, Series.PAYMENT_METHOD)
    method = replace(order.payment_method, id=method_id)
    return replace(order, customer=customer, payment_method=method)


def _order(merchant: Merchant, request: SignUpRequest, card: StoredCard) -> Order:
    """The order without ids."""
    return Order(
        customer=Customer(
            merchant_id=merchant.id,
            id=0,
            reference_id=request.reference_id,
            reference_no=request.reference_no,
            billing=request.contact,
            delivery=request.delivery,
        ),
        payment_method=PaymentMethod(
            id=0,
            gateway=card.gateway,
            token=card.token,
            type_id=card.type_id,
            type_name=card.type_name,
            last_four=card.last_four,
            expiry_month=card.expiry_month,
            expiry_year=card.expiry_year,
            net_days=request.by_hand.net_days if request.by_hand else 0,
        ),
        currency=request.currency,
        renewal_type=request.renewal_type,
        management_model=request.management_model or merchant.management_model,
        items=request.items,
        coupon_code=request.coupon_code,
    )


def _issue(platform: Platform, merchant: Merchant, series: Series) -> int:
    return platform.store.issue_ids(merchant.id, series)[0]
