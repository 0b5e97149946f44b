"""Making a notification happen for real: one recipe for each type, over the usual commands.

Nothing is faked: a recipe is what a new customer, the merchant and time do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event

import msgspec

from tollbridge.commands.change_preferences import change_renewal_type
from tollbridge.commands.change_profile import change_contact
from tollbridge.commands.deactivate_items import deactivate_items
from tollbridge.commands.move_billing_date import move_billing_date
from tollbridge.commands.reinstate_items import reinstate_items
from tollbridge.commands.saving import require_held
from tollbridge.commands.sign_up import ByHand, SignUpRequest
from tollbridge.domain.catalog import Product
from tollbridge.domain.choices import GraceName
from tollbridge.domain.customer import Contact, ContactRole
from tollbridge.domain.due import CARD_NOTICE, NOTICE_DAYS, is_checked_ahead
from tollbridge.domain.item_change import Renewal
from tollbridge.domain.merchant import ManagementModel, Merchant
from tollbridge.domain.notification import Notification
from tollbridge.domain.payment import Card
from tollbridge.domain.profile import ContactChange
from tollbridge.domain.refunding import RefundRequest
from tollbridge.domain.refusal import Invalid, NotAllowed, known_merchant
from tollbridge.domain.schedule import DAY, after
from tollbridge.domain.sign_up import OrderItem
from tollbridge.domain.subscription import RenewalType, Subscription
from tollbridge.flows import purchases
from tollbridge.flows.collecting import Collector
from tollbridge.flows.renew import renew
from tollbridge.flows.sign_up import sign_up
from tollbridge.flows.telling import Telling
from tollbridge.flows.time_travel import advance
from tollbridge.notices import types
from tollbridge.ports import NoticeFilter, Platform

ACTOR = "trigger"
APPROVED = "T20000000000765T"
DECLINED = "T20000000000064T"
DECLINED_AT_RENEWAL = "T20000000000072T"  # the second charge of the card
MOMENT = timedelta(seconds=1)  # until what is to fall due
NET_DAYS = min(NOTICE_DAYS)
FAR_YEARS = 3  # until a card expires that is to last
MOST = 1000
PATIENCE_SECONDS = 0.05
LOOKS_MAX = 20 * 60

_never = Event()


class Triggered(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: the new customer's subscription, all its notifications, the time now."""

    subscription_id: int
    notices: tuple[Notification, ...]
    now: datetime
    clock_moved: bool


@dataclass(slots=True)
class Stage:
    """A sandbox merchant, and what a recipe does there for one new customer.

    `card` is what the customer pays with instead of the recipe's own.
    """

    collector: Collector
    merchant: Merchant
    card: str | None = None
    subscription_id: int = 0
    purchase_id: int = 0
    _products: tuple[Product, ...] = field(default=())

    @property
    def platform(self) -> Platform:
        """Store, gateway and clocks."""
        return self.collector.platform

    @property
    def now(self) -> datetime:
        """The merchant's clock."""
        found = known_merchant(self.platform.store.merchant(self.merchant.id), self.merchant.id)
        return found.sandbox_clock()

    def product(self, wanted: Callable[[Product], bool] = lambda _: True) -> Product | None:
        """A product that costs something from its first day on, if one is as wanted."""
        if not self._products:
            self._products = self.platform.store.catalog(self.merchant.id)
        currency = self.merchant.currency
        for product in self._products:
            sold = any(
                offer.currency == currency and offer.price.tiers[0].amount
                for offer in product.prices
            )
            if sold and not product.trial and wanted(product):
                return product
        return None

    def required(self, missing: str, wanted: Callable[[Product], bool] = lambda _: True) -> Product:
        """The same; NotAllowed, with what is missing, where there is none."""
        product = self.product(wanted)
        if product is None:
            message = f"Merchant {self.merchant.id} {missing}"
            raise NotAllowed("trigger_impossible", message)
        return product

    def buy(
        self,
        card: str = APPROVED,
        *,
        product: Product | None = None,
        by_hand: ByHand | None = None,
        expires: datetime | None = None,
        renewal_type: RenewalType = RenewalType.AUTOMATIC,
    ) -> None:
        """The customer signs up."""
        chosen = product or self.required("sells nothing in its currency that costs something")
        last = expires or self.now.replace(day=1).replace(year=self.now.year + FAR_YEARS)
        request = SignUpRequest(
            items=(OrderItem(product_id=chosen.id, quantity=1),),
            currency=self.merchant.currency,
            contact=self._contact(),
            card=None
            if by_hand
            else Card(number=self.card or card, expiry_month=last.month, expiry_year=last.year),
            by_hand=by_hand,
            renewal_type=renewal_type,
            management_model=ManagementModel.TWO,
        )
        signed_up = sign_up(self.collector, self.merchant.id, request, ACTOR)
        [self.subscription_id] = signed_up.subscription_ids
        self.purchase_id = signed_up.purchase_id

    def subscription(self) -> Subscription:
        """The customer's subscription as it stands."""
        return require_held(self.platform, self.merchant.id, self.subscription_id).subscription

    def bill_soon(self, wait: timedelta = timedelta()) -> None:
        """The next billing date is a moment, and so much more, from now."""
        to = self.now + wait + MOMENT
        move_billing_date(self.platform, self.merchant.id, self.subscription_id, to, ACTOR)

    def pass_time(self, length: timedelta = MOMENT) -> None:
        """Move the clock; whatever falls due on the way is done (R24)."""
        advance(self.platform, self.merchant.id, to=self.now + length, actor=ACTOR)

    def pay_by_wire(self) -> None:
        """The money of the purchase comes."""
        purchases.receive(self.platform, self.merchant.id, self.purchase_id, "trigger", ACTOR)

    def _contact(self) -> Contact:
        return Contact(
            email="test.customer@example.com",
            firstname="Test",
            lastname="Customer",
            country_id=self.merchant.country,
            language_id="en",
        )


Recipe = Callable[[Stage], None]


def _pay(stage: Stage) -> None:
    stage.buy()


def _decline(stage: Stage) -> None:
    stage.buy(DECLINED)


def _renew(stage: Stage) -> None:
    if not stage.merchant.notices.subscription_paid:
        raise _by_choice(stage.merchant, "subscription_paid")
    stage.buy()
    renew(stage.collector, stage.merchant.id, stage.subscription_id, Renewal(), ACTOR)


def _order_offline(stage: Stage) -> None:
    stage.buy(by_hand=ByHand())


def _order_on_invoice(stage: Stage) -> None:
    stage.buy(by_hand=ByHand(net_days=NET_DAYS))


def _refund(stage: Stage) -> None:
    stage.buy()
    _give_back(stage, RefundRequest())


def _refund_a_part(stage: Stage) -> None:
    stage.buy()
    outcome = purchases.outcome_of(stage.platform, stage.merchant.id, stage.purchase_id)
    _give_back(stage, RefundRequest(amount=max(1, outcome.gross // 2)))


def _give_back(stage: Stage, request: RefundRequest) -> None:
    purchases.refund(stage.collector, stage.merchant.id, stage.purchase_id, request, ACTOR)


def _charge_back(stage: Stage) -> None:
    stage.buy()
    purchases.charge_back(
        stage.platform, stage.merchant.id, stage.purchase_id, terminate=True, actor=ACTOR
    )


def _cancel(stage: Stage) -> None:
    stage.buy()
    deactivate_items(
        stage.platform,
        stage.merchant.id,
        stage.subscription_id,
        [1],
        allow_reinstate=True,
        generate_mail=True,
        actor=ACTOR,
    )


def _reinstate(stage: Stage) -> None:
    _cancel(stage)
    reinstate_items(
        stage.platform,
        stage.merchant.id,
        stage.subscription_id,
        [1],
        generate_mail=True,
        actor=ACTOR,
    )


def _move(stage: Stage) -> None:
    stage.buy()
    later = stage.subscription().next_billing + DAY
    move_billing_date(stage.platform, stage.merchant.id, stage.subscription_id, later, ACTOR)


def _renew_by_hand(stage: Stage) -> None:
    stage.buy()
    change_renewal_type(
        stage.platform, stage.merchant.id, stage.subscription_id, RenewalType.MANUAL, ACTOR
    )


def _marry(stage: Stage) -> None:
    stage.buy()
    change_contact(
        stage.platform,
        stage.merchant.id,
        subscription_id=stage.subscription_id,
        reference_id="",
        change=ContactChange(role=ContactRole.BILLING, fields={"lastname": "Newname"}),
        actor=ACTOR,
    )


def _grace_called(name: GraceName) -> Recipe:
    """A renewal is declined, and grace begins."""

    def fall_behind(stage: Stage) -> None:
        if stage.merchant.notices.grace is not name:
            raise _by_choice(stage.merchant, "grace")
        days = stage.merchant.grace_days
        product = stage.required(
            "has no grace: set grace_days in its catalog file",
            lambda one: bool(days if one.grace_days is None else one.grace_days),
        )
        stage.buy(DECLINED_AT_RENEWAL, product=product)
        stage.bill_soon()
        stage.pass_time()

    return fall_behind


def _hold(stage: Stage) -> None:
    """A customer who renews by hand does not, and grace passes.

    Nothing is charged, and so nothing is tried again on the way.
    """
    if not stage.merchant.hold_days:
        raise NotAllowed(
            "trigger_impossible",
            f"Merchant {stage.merchant.id} has no hold: set hold_days in its catalog file",
        )
    stage.buy(renewal_type=RenewalType.MANUAL)
    stage.bill_soon()
    stage.pass_time()
    grace_ends = stage.subscription().unpaid_until
    if grace_ends is not None and stage.subscription().grace_days:
        stage.pass_time(grace_ends - stage.now)


def _remind(stage: Stage) -> None:
    days = stage.merchant.reminder_days
    product = stage.required(
        "has no reminders: set reminder_days in its catalog file",
        lambda one: bool(days if one.reminder_days is None else one.reminder_days),
    )
    stage.buy(product=product)
    _come_to_reminder(stage)


def _remind_offline(stage: Stage) -> None:
    days = stage.merchant.offline_reminder_days
    product = stage.required(
        "has no reminders of offline payment: set offline_reminder_days in its catalog file",
        lambda one: bool(days if one.reminder_days is None else one.reminder_days),
    )
    stage.buy(product=product, by_hand=ByHand())
    stage.pay_by_wire()
    _come_to_reminder(stage)


def _come_to_reminder(stage: Stage) -> None:
    stage.bill_soon(stage.subscription().reminder_days * DAY)
    stage.pass_time()


def _expire(stage: Stage) -> None:
    """The card lasts until the end of this month; it is looked at a month before it is charged.

    With intervals of a month or less it is looked at with the bill before.
    """
    stage.buy(expires=stage.now)
    ahead = is_checked_ahead(stage.subscription().interval)
    stage.bill_soon(after(stage.now, CARD_NOTICE) - stage.now if ahead else timedelta())
    stage.pass_time()


def _run_late(stage: Stage) -> None:
    """An invoice is not paid until the last notice went out."""
    if not stage.merchant.notices.overdue_orders:
        raise _by_choice(stage.merchant, "overdue_orders")
    stage.buy(by_hand=ByHand(net_days=NET_DAYS))
    stage.pass_time(NOTICE_DAYS[NET_DAYS][-1] * DAY)


RECIPES: Mapping[str, Recipe] = {
    types.PAID: _pay,
    types.SUBSCRIPTION_PAID: _renew,
    types.DECLINED: _decline,
    types.OFFLINE: _order_offline,
    types.PURCHASE_ORDER: _order_on_invoice,
    types.REFUND: _refund,
    types.PARTIAL_REFUND: _refund_a_part,
    types.CHARGEBACK: _charge_back,
    types.CANCELED: _cancel,
    types.REINSTATED: _reinstate,
    types.ON_GRACE: _grace_called(GraceName.ON_GRACE),
    types.GRACE_PERIOD: _grace_called(GraceName.GRACE_PERIOD),
    types.ON_HOLD: _hold,
    types.DATE_EXTENDED: _move,
    types.RENEWAL_TYPE: _renew_by_hand,
    types.PROFILE: _marry,
    types.REMINDER_CHARGE: _remind,
    types.REMINDER_OFFLINE: _remind_offline,
    types.REMINDER_EXPIRED: _expire,
    types.ERROR: _run_late,
}

# Caused where a customer pays by direct debit, which the simulator does not do.
NO_CARD_DOES: Mapping[str, str] = {
    types.RETURNED_DEBIT: "No test card is a direct debit that could be returned",
}


def trigger(
    collector: Collector, merchant_id: int, kind: str, card: str | None = None
) -> Triggered:
    """Let a new customer of a sandbox merchant do what a notification of this type tells of.

    Raises Invalid for what is no type, NotAllowed for a live merchant, a type that Tollbridge never
    causes, and where the merchant has chosen otherwise or lacks what it takes; what the commands
    raise; and NotAllowed where, with the given card, another thing came of it.
    """
    platform = collector.platform
    merchant = known_merchant(platform.store.merchant(merchant_id), merchant_id)
    before = merchant.sandbox_clock()
    recipe = recipe_of(kind)
    stage = Stage(collector, merchant, card)
    recipe(stage)
    notices = _told(platform, merchant_id, stage.subscription_id)
    if all(one.type != kind for one in notices):
        came = ", ".join(one.type for one in notices) or "nothing"
        message = f"S{stage.subscription_id} went another way: {came} came of it"
        raise NotAllowed("trigger_failed", message, field="card")
    return Triggered(
        subscription_id=stage.subscription_id,
        notices=notices,
        now=stage.now,
        clock_moved=stage.now != before,
    )


def recipe_of(kind: str) -> Recipe:
    """How a type is made to happen; Invalid for no type, NotAllowed for one that never does."""
    if kind in RECIPES:
        return RECIPES[kind]
    if kind in types.TYPES:
        why = NO_CARD_DOES.get(kind) or (
            f"Tollbridge never causes {kind} ({types.TYPES[kind].meaning})"
        )
        raise NotAllowed("never_caused", why, field="type")
    if kind in types.FOREIGN:
        message = f"Tollbridge never causes {kind}: it has nothing that this tells of"
        raise NotAllowed("never_caused", message, field="type")
    known = ", ".join(RECIPES)
    raise Invalid("type", f"There is no notification type {kind}; try one of {known}")


def _by_choice(merchant: Merchant, key: str) -> NotAllowed:
    message = f"Merchant {merchant.id} has chosen otherwise: merchant.notifications.{key}"
    return NotAllowed("trigger_impossible", message, field="type")


def _told(platform: Platform, merchant_id: int, subscription_id: int) -> tuple[Notification, ...]:
    """The notifications of a subscription, made now if nobody else has made them; oldest first."""
    stream = require_held(platform, merchant_id, subscription_id).subscription.original_purchase_id
    telling = Telling(platform, merchant_id, platform.new_key())
    try:
        for _ in range(LOOKS_MAX):
            for _ in telling.batches():
                pass
            _, untold = platform.store.telling_state(merchant_id, stream, subscription_id)
            if not untold:
                break
            _never.wait(PATIENCE_SECONDS)  # somebody else is at it
    finally:
        telling.release()
    wanted = NoticeFilter(subscription_id=subscription_id)
    return platform.store.notifications(merchant_id, wanted, most=MOST)[::-1]
