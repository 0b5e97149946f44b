"""What a decision is: events and the states they lead to, ready to be previewed or saved.

`decide` functions (item_change.py, sign_up.py, settlement.py, billing_date.py) are pure: they
get everything they need in a `Context` and answer a `Decision` or raise a `Refusal`. A preview is
the same decision, not saved.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from tollbridge.domain.catalog import Product
from tollbridge.domain.events import Event
from tollbridge.domain.evolve import evolve
from tollbridge.domain.facts import Parties
from tollbridge.domain.money import ZERO, Split
from tollbridge.domain.promotion import Offer
from tollbridge.domain.refund import Captured
from tollbridge.domain.refusal import NotAllowed, NotFound
from tollbridge.domain.subscription import Subscription, SubscriptionStatus
from tollbridge.domain.tax import TaxTable


class Fresh(msgspec.Struct, frozen=True):
    """An id and a random key that a decision may use up; a preview gets blanks."""

    purchase_id: int = 0
    attempt_key: str = ""


BLANK = Fresh()


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """Everything around a subscription that a decision depends on.

    `now` is business time, `country` that of the billing contact (R14), `products` those that
    the command names. `offer` is what its coupon code is worth, None for a code that nobody knows
    (R15). With `enforce_replacements` products replace only those that they are foreseen for.
    """

    now: datetime
    country: str
    tax: TaxTable
    products: Mapping[int, Product] = {}
    offer: Offer | None = None
    enforce_replacements: bool = False
    parties: Parties | None = None
    fresh: Fresh = BLANK

    def product(self, product_id: int) -> Product:
        """The product the command names; NotFound when the merchant has none with this id."""
        if product_id not in self.products:
            raise NotFound("product_unknown", f"Product not found: {product_id}", field="ProductId")
        return self.products[product_id]


class Prices(msgspec.Struct, frozen=True, kw_only=True):
    """The nine price fields of an answer: charged now, at the next billing, at the next renewal.

    Of the whole subscription (R13).
    """

    currency: str
    alignment: Split = ZERO
    next_billing: Split
    next_renewal: Split


class Change(msgspec.Struct, frozen=True):
    """What happens to one subscription: `states[i]` is what it is after `events[i]`."""

    before: Subscription | None
    events: tuple[Event, ...] = ()
    states: tuple[Subscription, ...] = ()

    @property
    def after(self) -> Subscription:
        """The subscription as it will be; ValueError for a subscription that never starts."""
        after = self.states[-1] if self.states else self.before
        if after is None:
            message = "a change without a subscription"
            raise ValueError(message)
        return after

    def then(self, event: Event) -> "Change":
        """The change with one event more."""
        before = self.states[-1] if self.states else self.before
        return Change(self.before, (*self.events, event), (*self.states, evolve(before, event)))


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a command comes to: changes by subscription, and the prices to answer with.

    `parties` are the customer and payment method that its facts tell of; `new_parties` says that
    they are to be stored with it (sign-up); `parties_before` are those that they take the place of,
    which must be stored still. `captured` are paid purchases that its facts tell of: those that
    are open stand in the states.
    """

    changes: tuple[Change, ...]
    prices: Prices | None = None
    parties: Parties | None = None
    new_parties: bool = False
    parties_before: Parties | None = None
    captured: tuple[Captured, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether there is anything to save."""
        return any(change.events for change in self.changes)

    @property
    def answer(self) -> Prices:
        """The prices to answer with; ValueError for a decision that has none."""
        if self.prices is None:
            message = "this decision has no prices"
            raise ValueError(message)
        return self.prices


def require_active(subscription: Subscription) -> None:
    """Changes need status Active (R18)."""
    if subscription.status is not SubscriptionStatus.ACTIVE:
        raise NotAllowed(
            "subscription_not_active",
            f"The subscription is not active: its status is {subscription.status.name.title()}",
            field="SubscriptionId",
        )


def require_single_item(subscription: Subscription) -> None:
    """Coupons are for subscriptions of one item (R15)."""
    if len(subscription.billed_items) > 1:
        raise NotAllowed(
            "coupon_several_items",
            "A coupon cannot be applied to a subscription with several items",
            field="CouponCode",
        )


def require_no_payment_in_progress(subscription: Subscription) -> None:
    """What would charge or move the date has to wait for a payment in flight (R7)."""
    if subscription.payment_in_progress:
        raise NotAllowed(
            "payment_in_progress",
            "A payment of this subscription is in progress; try again when it is settled",
            field="SubscriptionId",
        )
