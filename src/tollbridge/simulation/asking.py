"""What customers and integrators ask for, by chance: every command that changes a subscription."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random

from tollbridge.commands.apply_catalog import apply_catalog
from tollbridge.commands.catalog_file import CatalogFile
from tollbridge.commands.change_preferences import change_renewal_type
from tollbridge.commands.change_profile import change_reference
from tollbridge.commands.deactivate_items import deactivate_items
from tollbridge.commands.move_billing_date import move_billing_date
from tollbridge.commands.reinstate_items import reinstate_items
from tollbridge.commands.remove_item import remove_item
from tollbridge.commands.saving import require_held
from tollbridge.commands.sign_up import SignUpRequest
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.customer import Contact
from tollbridge.domain.item_addition import ItemAddition
from tollbridge.domain.item_change import ItemChange, Renewal
from tollbridge.domain.merchant import ManagementModel
from tollbridge.domain.payment import Card
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.refunding import RefundRequest
from tollbridge.domain.refusal import NotFound
from tollbridge.domain.sign_up import OrderItem
from tollbridge.domain.subscription import RenewalType, Subscription
from tollbridge.flows.add_item import add_item
from tollbridge.flows.align_subscriptions import align_subscriptions
from tollbridge.flows.change_item import change_item
from tollbridge.flows.collecting import Collector
from tollbridge.flows.purchases import charge_back, pay, receive, refund
from tollbridge.flows.renew import renew
from tollbridge.flows.sign_up import sign_up
from tollbridge.simulation.goods import (
    CODES,
    COUNTRIES,
    CURRENCY,
    products_of,
    repriced,
    settings_of,
)

ACTOR = "simulation"
CARD = "4242424242424242"
TYPES = tuple(RenewalType)
MODELS = tuple(ManagementModel)


class Asking:
    """Asks one merchant's platform for something; `chance` says for what.

    Every method is one request and raises what the platform raises.
    """

    def __init__(self, collector: Collector, merchant_id: int, chance: Random) -> None:
        self._collector = collector
        self._platform = collector.platform
        self._merchant_id = merchant_id
        self._chance = chance

    def sign_up(self) -> None:
        """A new customer buys one to three products."""
        chance = self._chance
        items = tuple(
            OrderItem(product_id=product.id, quantity=self._quantity())
            for product in chance.sample(products_of(self._merchant_id), k=chance.choice((1, 1, 2)))
        )
        request = SignUpRequest(
            items=items,
            currency=CURRENCY,
            contact=Contact(
                email="ada@customer.example",
                country_id=chance.choice(COUNTRIES),
                language_id="de",
            ),
            card=Card(number=CARD, expiry_month=chance.randint(1, 12), expiry_year=2026),
            coupon_code=self._code(of_100=20),
            renewal_type=TYPES[chance.random() < 0.25],  # noqa: PLR2004 - one in four by hand
            management_model=MODELS[chance.random() < 0.75],  # noqa: PLR2004
        )
        sign_up(self._collector, self._merchant_id, request, ACTOR)

    def any_change(self, numbers: Sequence[int]) -> None:
        """Some call of the API about some subscription."""
        calls: tuple[Callable[[Subscription], object], ...] = (
            self._change,
            self._change,
            self._add,
            self._renew,
            self._deactivate,
            self._remove,
            self._reinstate,
            self._reinstate,
            self._move,
            self._change_type,
            self._rename,
        )
        call = self._chance.choice(calls)
        call(self._held(self._chance.choice(numbers)))

    def align(self, numbers: Sequence[int]) -> None:
        """The items of one subscription move into another."""
        one, other = self._chance.choice(numbers), self._chance.choice(numbers)
        align_subscriptions(
            self._collector,
            self._merchant_id,
            one,
            other,
            Alignment(align=True, extend=self._chance.random() < 0.5),  # noqa: PLR2004
            generate_mail=False,
            actor=ACTOR,
        )

    def pay(self, numbers: Sequence[int]) -> None:
        """A customer pays what is open, by link; or its money came by wire."""
        subscription = self._held(self._chance.choice(numbers))
        if not subscription.purchases:
            return
        number = self._chance.choice(subscription.purchases).id
        if self._chance.random() < 0.3:  # noqa: PLR2004 - three in ten
            receive(self._platform, self._merchant_id, number, "wire", ACTOR)
        else:
            pay(self._collector, self._merchant_id, number, ACTOR)

    def give_back(self, numbers: Sequence[int]) -> None:
        """Money of a paid purchase is given back, in part or all; or the bank takes it."""
        chance, merchant_id = self._chance, self._merchant_id
        rows = self._platform.store.money_rows(merchant_id, chance.choice(numbers))
        paid = [row for row in rows.purchases if row.status is PurchaseStatus.PAID]
        if not paid:
            return
        purchase, terminate = chance.choice(paid), chance.random() < 0.2  # noqa: PLR2004
        if chance.random() < 0.2:  # noqa: PLR2004 - two in ten
            charge_back(self._platform, merchant_id, purchase.id, terminate=terminate, actor=ACTOR)
            return
        amount = chance.randint(1, max(1, purchase.amount.gross))
        part = amount if chance.random() < 0.5 else None  # noqa: PLR2004 - one in two
        request = RefundRequest(amount=part, terminate=terminate)
        refund(self._collector, merchant_id, purchase.id, request, ACTOR)

    def edit_catalog(self) -> None:
        """The merchant changes prices and days; no running item changes (R9)."""
        chance = self._chance
        product = chance.choice(products_of(self._merchant_id))
        settings = settings_of(
            self._merchant_id,
            reminder_days=chance.choice((0, 3, 10)),
            grace_days=chance.choice((0, 5, 15)),
        )
        edited = repriced(product, chance.randint(1, 20_000))
        apply_catalog(self._platform, CatalogFile(merchant=settings, products=(edited,)))

    def _change(self, subscription: Subscription) -> None:
        chance = self._chance
        renewal = Renewal(reset=chance.random() < 0.3) if chance.random() < 0.15 else None  # noqa: PLR2004
        change = ItemChange(
            running_no=self._item(subscription),
            product_id=self._product(),
            quantity=self._quantity(),
            alignment=self._alignment(),
            recalculate=chance.random() < 0.3,  # noqa: PLR2004 - three in ten
            coupon_code=self._code(of_100=10),
            renewal=renewal,
            reset=renewal is not None and renewal.reset,
            call="updatesubscriptionitem",
        )
        change_item(self._collector, self._merchant_id, subscription.id, change, ACTOR)

    def _add(self, subscription: Subscription) -> None:
        addition = ItemAddition(
            product_id=self._product(),
            quantity=self._quantity(),
            alignment=self._alignment(),
            coupon_code=self._code(of_100=10),
            call="addsubscriptionitem",
        )
        add_item(self._collector, self._merchant_id, subscription.id, addition, ACTOR)

    def _renew(self, subscription: Subscription) -> None:
        renewal = Renewal(reset=self._chance.random() < 0.3)  # noqa: PLR2004 - three in ten
        renew(self._collector, self._merchant_id, subscription.id, renewal, ACTOR)

    def _deactivate(self, subscription: Subscription) -> None:
        deactivate_items(
            self._platform,
            self._merchant_id,
            subscription.id,
            self._items(subscription),
            allow_reinstate=self._chance.random() < 0.8,  # noqa: PLR2004 - eight in ten
            generate_mail=False,
            actor=ACTOR,
        )

    def _remove(self, subscription: Subscription) -> None:
        remove_item(
            self._platform,
            self._merchant_id,
            subscription.id,
            self._item(subscription),
            generate_mail=False,
            actor=ACTOR,
        )

    def _reinstate(self, subscription: Subscription) -> None:
        reinstate_items(
            self._platform,
            self._merchant_id,
            subscription.id,
            self._items(subscription),
            generate_mail=False,
            actor=ACTOR,
        )

    def _move(self, subscription: Subscription) -> None:
        last = subscription.last_event_at or subscription.start
        to = max(last, subscription.next_billing) + timedelta(days=self._chance.randint(-20, 40))
        move_billing_date(self._platform, self._merchant_id, subscription.id, to, ACTOR)

    def _change_type(self, subscription: Subscription) -> None:
        wanted = self._chance.choice(TYPES)
        change_renewal_type(self._platform, self._merchant_id, subscription.id, wanted, ACTOR)

    def _rename(self, subscription: Subscription) -> None:
        reference = f"customer-{self._chance.getrandbits(32)}"
        change_reference(self._platform, self._merchant_id, subscription.id, reference, ACTOR)

    def _held(self, number: int) -> Subscription:
        return require_held(self._platform, self._merchant_id, number).subscription

    def _item(self, subscription: Subscription) -> int:
        if not subscription.items:
            raise NotFound("item_unknown", "The subscription has no items")
        return self._chance.choice(subscription.items).running_no

    def _items(self, subscription: Subscription) -> list[int]:
        """All items, or one of them."""
        if self._chance.random() < 0.5:  # noqa: PLR2004 - one in two
            return [item.running_no for item in subscription.items]
        return [self._item(subscription)]

    def _product(self) -> int:
        return self._chance.choice(products_of(self._merchant_id)).id

    def _quantity(self) -> int:
        return self._chance.choice((1, 1, 2, 3, 7, 12, 1001))

    def _alignment(self) -> Alignment:
        return self._chance.choice(
            (Alignment(), Alignment(align=True), Alignment(align=True, extend=True))
        )

    def _code(self, *, of_100: int) -> str:
        return self._chance.choice(CODES) if self._chance.randrange(100) < of_100 else ""
