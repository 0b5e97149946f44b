"""What tests about coupons start from: promotions, offers, and lives that hold one.

life = bought((GOLD, 1))
apply(life, offer(percent="50", billings=3))
assert renew(life).next_billing == Split(...)
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from msgspec.structs import replace

from tests.given import (
    CAPTURED,
    CATALOG,
    FIRST_PURCHASE,
    MERCHANT_ID,
    NOW,
    SUBSCRIPTION_ID,
    TAX,
    Life,
    Line,
    catalog,
    context,
    merchant,
    order,
    product,
)
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.catalog import Product
from tollbridge.domain.coupon import Coupon
from tollbridge.domain.decision import Context, Decision, Fresh, Prices
from tollbridge.domain.events import PurchaseOpened
from tollbridge.domain.item_change import ItemChange, Renewal, decide_item_change
from tollbridge.domain.money import TaxKind
from tollbridge.domain.promotion import FixedAmount, Offer, Promotion
from tollbridge.domain.purchase import Purchase
from tollbridge.domain.renewal import decide_change_and_renewal, decide_renewal
from tollbridge.domain.sign_up import decide_sign_up

CODE = "BD3-1KK-UN3"
AT_NEXT_BILLING = Alignment()
TWENTY = product(50, "20.00")


class Terms(TypedDict, total=False):
    """What a test may say of a promotion beside its discount."""

    id: int
    billings: int | None
    valid_from: datetime
    valid_to: datetime
    products: tuple[int, ...]
    max_uses: int
    codes: tuple[str, ...]


def promotion(
    *,
    percent: str = "",
    fixed: str = "",
    tax: TaxKind = TaxKind.GROSS,
    currency: str = "USD",
    **terms: Unpack[Terms],
) -> Promotion:
    """A promotion of one discount, for ever unless told."""
    plain = Promotion(
        merchant_id=MERCHANT_ID,
        id=17,
        name="Spring",
        codes=(CODE,),
        percent=Decimal(percent) if percent else None,
        fixed=(FixedAmount(currency, tax, Decimal(fixed)),) if fixed else (),
    )
    return replace(plain, **terms)


def offer(
    *,
    percent: str = "",
    fixed: str = "",
    tax: TaxKind = TaxKind.GROSS,
    use_no: int | None = 0,
    **terms: Unpack[Terms],
) -> Offer:
    """What a code of such a promotion is worth; uses are not limited unless a number is given."""
    made = promotion(percent=percent, fixed=fixed, tax=tax, **terms)
    return Offer(promotion=made, code=CODE, use_no=use_no)


def around(life: Life, offered: Offer | None = None) -> Context:
    """What surrounds the next decision, with a purchase of its own."""
    life.purchase_id += 1
    return Context(
        now=life.now,
        country=life.country,
        tax=TAX,
        products=life.products,
        offer=offered,
        fresh=Fresh(life.purchase_id, f"key-{life.purchase_id}"),
    )


def keep(life: Life, decision: Decision) -> Prices:
    """Keep what was decided; its prices."""
    (change,) = (c for c in decision.changes if c.after.id == life.subscription.id)
    life.changes.append(change)
    life.subscription = change.after
    return decision.answer


def signed_up(
    *lines: Line,
    offered: Offer | None = None,
    products: Iterable[Product] = CATALOG,
    now: datetime = NOW,
    ids: Sequence[int] = (SUBSCRIPTION_ID,),
) -> list[Life]:
    """The subscriptions of an order, not paid yet, one for each id."""
    sold = catalog(*products)
    bought_now = replace(order(*lines), coupon_code=CODE if offered else "")
    fresh = Fresh(FIRST_PURCHASE, f"key-{FIRST_PURCHASE}")
    surrounding = replace(context(now=now, products=sold.values(), fresh=fresh), offer=offered)
    decision = decide_sign_up(merchant(), bought_now, ids, surrounding)
    return [
        Life(subscription=change.after, changes=[change], now=now, products=dict(sold))
        for change in decision.changes
    ]


def bought(
    *lines: Line,
    offered: Offer | None = None,
    products: Iterable[Product] = CATALOG,
    now: datetime = NOW,
) -> Life:
    """One active subscription, its first interval paid."""
    (life,) = signed_up(*lines, offered=offered, products=products, now=now)
    if life.subscription.purchases:
        life.settle(CAPTURED)
    return life


def change(
    life: Life,
    offered: Offer | None = None,
    *,
    code: str = "",
    renewal: Renewal | None = None,
    quantity: int | None = None,
    product_id: int | None = None,
    alignment: Alignment = AT_NEXT_BILLING,
) -> Prices:
    """Change the first item, with a coupon if one is offered; not settled."""
    made = ItemChange(
        running_no=1,
        quantity=quantity,
        product_id=product_id,
        coupon_code=code or (CODE if offered else ""),
        alignment=alignment,
        call="updatesubscriptionitem",
    )
    surrounding = around(life, offered)
    if renewal is not None:
        decision = decide_change_and_renewal(life.subscription, made, renewal, surrounding)
    else:
        decision = decide_item_change(life.subscription, made, surrounding)
    return keep(life, decision)


def renew(life: Life, *, captured: bool = True) -> Prices:
    """Renew on the billing date; paid unless told."""
    life.now = life.subscription.next_billing
    prices = keep(life, decide_renewal(life.subscription, Renewal(), around(life)))
    if captured and life.under_way:
        life.settle(CAPTURED)
    return prices


def opened(life: Life) -> Purchase:
    """The purchase that was opened last."""
    found = (e.purchase for e in reversed(life.events) if isinstance(e, PurchaseOpened))
    return next(found)


def coupon(life: Life) -> Coupon | None:
    """The coupon of the first item."""
    return life.subscription.items[0].coupon


def gross(life: Life, count: int) -> list[int]:
    """What the next renewals cost, each paid on its date."""
    bills = []
    for _ in range(count):
        renew(life)
        bills.append(opened(life).total.gross)
    return bills


def uses(life: Life) -> tuple[list[int], list[int]]:
    """The use numbers that were claimed and given back."""
    records = life.records
    return [row.use_no for row in records.coupon_uses], [r.use_no for r in records.released_uses]


def keep_quietly(life: Life, decision: Decision) -> None:
    """Keep a decision that answers no prices."""
    (made,) = decision.changes
    life.changes.append(made)
    life.subscription = made.after
