"""What a mail is about, and the parts that many mails have in common."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property

from tollbridge.domain.customer import PaymentMethod
from tollbridge.domain.events import Event
from tollbridge.domain.links import Links
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.money import ZERO, Split, total
from tollbridge.domain.outbox import FactInput
from tollbridge.domain.purchase import Line, Purchase
from tollbridge.domain.subscription import (
    UNPAID,
    Item,
    RenewalType,
    Subscription,
    SubscriptionStatus,
    Terms,
)
from tollbridge.domain.tax import TaxTable
from tollbridge.domain.totals import next_billing_total
from tollbridge.mails.language import Language, one_line
from tollbridge.mails.letter import Entry, Link, Row

BILLED = (SubscriptionStatus.ACTIVE, SubscriptionStatus.NEW, *UNPAID)


@dataclass(frozen=True)
class Matter:
    """What a mail is written from: its facts' inputs, who sells, and how it is said.

    `inputs` are those of all subscriptions that it is about; what is said of one is said of the
    first.
    """

    language: Language
    merchant: Merchant
    links: Links
    tax: TaxTable
    at: datetime
    inputs: tuple[FactInput, ...]

    @cached_property
    def say(self) -> Callable[..., str]:
        """A sentence of the language."""
        return self.language.say

    @cached_property
    def event(self) -> Event:
        """What happened."""
        return self.inputs[0].event

    @property
    def subscription(self) -> Subscription:
        """The subscription, as the change left it."""
        return self.inputs[0].subscription

    @property
    def seller(self) -> str:
        """The merchant's name."""
        return one_line(self.merchant.name)

    # Money
    @cached_property
    def purchases(self) -> tuple[Purchase, ...]:
        """The purchase that it is about, each subscription's part of it.

        A fact that names none is about what is open: the bill, or what else is owed.
        """
        named = tuple(one.purchase for one in self.inputs if one.purchase is not None)
        subscription = self.subscription
        owed = subscription.bill or next(iter(subscription.purchases), None)
        return named or ((owed,) if owed else ())

    @property
    def purchase_id(self) -> int:
        """The number of the purchase; that of the order where it is about none."""
        named: int = getattr(self.event, "purchase_id", 0)
        if named or not self.purchases:
            return named or self.subscription.original_purchase_id
        return self.purchases[0].id

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines of the purchase."""
        return tuple(line for purchase in self.purchases for line in purchase.lines)

    @property
    def owed(self) -> str:
        """What the purchase comes to, with tax."""
        return self.money(total(line.amount for line in self.lines).gross)

    def money(self, minor: int) -> str:
        """An amount in the subscription's currency."""
        return self.language.amount(minor, self.subscription.currency)

    def date(self, at: datetime) -> str:
        """A day."""
        return self.language.date(at)

    def days_after(self, days: int) -> str:
        """The day that so many days after the purchase was billed."""
        billed = self.purchases[0].billed_at if self.purchases else None
        return self.date((billed or self.at) + timedelta(days=days))

    def entries(self) -> tuple[Entry, ...]:
        """The lines of the purchase, as they are stored (R10)."""
        return tuple(self._entry(line) for line in self.lines)

    def _entry(self, line: Line) -> Entry:
        amount = line.amount
        notes = [
            self.say(
                "Net %(net)s, VAT (%(rate)s) %(vat)s",
                net=self.money(amount.net),
                rate=self.language.rate(line.rate),
                vat=self.money(amount.vat),
            )
        ]
        explanation = line.explanation
        if explanation.discount is not None:
            taken = explanation.discount.full.gross - amount.gross
            code = one_line(explanation.discount.code)
            notes.append(
                self.say(
                    "%(amount)s less with the coupon %(code)s", amount=self.money(taken), code=code
                )
            )
        if explanation.days_left is not None and explanation.days_nominal is not None:
            notes.append(
                self.say(
                    "For %(left)s of %(whole)s days",
                    left=self.language.number(explanation.days_left),
                    whole=self.language.number(explanation.days_nominal),
                )
            )
        return Entry(
            name=self.product(line.product_name, line.quantity),
            amount=self.money(amount.gross),
            notes=tuple(notes),
        )

    def sums(self) -> tuple[Row, ...]:
        """The net total and the tax of each rate: sums of lines, never split again (R10)."""
        by_rate: dict[Decimal, Split] = {}
        for line in self.lines:
            by_rate[line.rate] = by_rate.get(line.rate, ZERO) + line.amount
        net = Row(self.say("Net"), self.money(total(by_rate.values()).net))
        taxes = (
            Row(self.say("VAT (%(rate)s)", rate=self.language.rate(rate)), self.money(sum_.vat))
            for rate, sum_ in sorted(by_rate.items())
        )
        return (net, *taxes)

    def total(self) -> Row:
        """What the purchase comes to."""
        return Row(self.say("Total"), self.owed)

    # Products and terms
    def product(self, name: str, quantity: int) -> str:
        """A product and how many of it."""
        name = one_line(name)
        return name if quantity == 1 else f"{name} × {self.language.number(quantity)}"

    def terms(self, terms: Terms) -> str:
        """What an item is of, by its terms."""
        name = f"{terms.product_name} {terms.product_name_extension}"
        return self.product(name, terms.quantity)

    def items(self, running_nos: Iterable[int]) -> tuple[Entry, ...]:
        """Items of the subscription by what they are of, without amounts."""
        found = map(self.subscription.known_item, running_nos)
        return tuple(Entry(name=self.terms(item.latest)) for item in found if item)

    # Ways to pay
    def method(self, method: PaymentMethod | None = None) -> str:
        """How the customer pays."""
        method = method or self.inputs[0].payment_method
        if not method.online:
            return self.say("Bank transfer")
        if not method.last_four:
            return one_line(method.type_name)
        return self.say(
            "%(card)s ending in %(digits)s", card=method.type_name, digits=method.last_four
        )

    # Rows
    def order_row(self) -> Row:
        """The number to name in questions."""
        return Row(self.say("Order number"), str(self.purchase_id))

    def date_row(self) -> Row:
        """When it happened."""
        return Row(self.say("Date"), self.date(self.at))

    def subscription_rows(self) -> Iterator[Row]:
        """Each subscription, and what comes next."""
        for one in self.inputs:
            subscription = one.subscription
            yield Row(self.say("Subscription"), f"S{subscription.id}")
            yield from self.next_rows(subscription, one.customer.country)

    def next_rows(self, subscription: Subscription, country: str) -> Iterator[Row]:
        """When it is billed next and what for how much, or until when it runs."""
        date = self.date(subscription.next_billing)
        if subscription.status not in BILLED or subscription.status in UNPAID:
            return
        if not subscription.renewing_items:
            yield Row(self.say("Runs until"), date)
        elif subscription.renewal_type is RenewalType.MANUAL:
            yield Row(self.say("Paid until"), date)
        else:
            amount = next_billing_total(subscription, self.tax, country).gross
            yield Row(
                self.say("Next payment"),
                self.say("%(date)s: %(amount)s", date=date, amount=self.money(amount)),
            )
            yield Row(self.say("Renews"), self.language.every(subscription.interval))

    # Links
    def view_order(self) -> Link:
        """To the purchase."""
        return Link(self.say("View your order"), self.links.purchase(self.purchase_id))

    def pay(self) -> Link:
        """To the purchase, to pay it."""
        return Link(self.say("Pay now"), self.links.purchase(self.purchase_id))

    def manage(self) -> Link:
        """To the subscription."""
        url = self.links.subscription(self.subscription.id)
        return Link(self.say("Manage your subscription"), url)

    def change_method(self) -> Link:
        """To another way to pay."""
        url = self.links.subscription(self.subscription.id, "payment")
        return Link(self.say("Change the payment method"), url)

    def cancel(self) -> tuple[Link, ...]:
        """To the end of each subscription."""
        running = [one.subscription for one in self.inputs if _may_be_canceled(one.subscription)]
        if len(running) == 1:
            url = self.links.subscription(running[0].id, "cancel")
            return (Link(self.say("Cancel the subscription"), url),)
        return tuple(
            Link(
                self.say("Cancel the subscription %(number)s", number=f"S{one.id}"),
                self.links.subscription(one.id, "cancel"),
            )
            for one in running
        )

    def manage_all(self) -> tuple[Link, ...]:
        """To each subscription."""
        if len(self.inputs) == 1:
            return (self.manage(),)
        ids: Sequence[int] = [one.subscription.id for one in self.inputs]
        return tuple(
            Link(
                self.say("Manage the subscription %(number)s", number=f"S{number}"),
                self.links.subscription(number),
            )
            for number in ids
        )


def _may_be_canceled(subscription: Subscription) -> bool:
    return subscription.status in BILLED and any(_is_billed(item) for item in subscription.items)


def _is_billed(item: Item) -> bool:
    return item.billed
