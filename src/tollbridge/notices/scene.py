"""A fact with everything around it that a notification is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from tollbridge.domain.choices import Choices
from tollbridge.domain.events import Event
from tollbridge.domain.facts import Fact
from tollbridge.domain.links import NOTICE_LINK_LIFE, Links
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.money import ZERO, Split
from tollbridge.domain.outbox import FactInput
from tollbridge.domain.pricing import full_price
from tollbridge.domain.subscription import Item, Subscription, Terms
from tollbridge.domain.tax import TaxTable
from tollbridge.domain.totals import billing_prices, renewal_prices


class NoticeContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a notification depends on beside the fact that it tells.

    `public_url` is where the platform is reached, without a slash at the end. `tax` says at what
    rate the next billing is foreseen (R14). Given the same context, a fact makes the same bytes.
    """

    merchant: Merchant
    public_url: str
    choices: Choices
    tax: TaxTable


@dataclass(frozen=True, slots=True)
class Scene:
    """One fact, what was frozen with it, and what follows from both.

    `billings` is what the next bill asks for each item and `renewals` what it costs at the next
    renewal (they differ under instalments, R13), `rate` the tax rate of the next bill.
    """

    fact: Fact
    told: FactInput
    event: Event
    context: NoticeContext
    links: Links
    rate: Decimal
    billings: Mapping[int, Split]
    renewals: Mapping[int, Split]

    @property
    def subscription(self) -> Subscription:
        """The subscription as the fact left it."""
        return self.told.subscription

    def billing_of(self, item: Item) -> Split:
        """What the next bill asks for the item; nothing where it is not on it."""
        return self.billings.get(item.running_no, ZERO)

    def full_price(self, terms: Terms) -> Split:
        """What an interval of these terms costs at the rate of the next billing."""
        return full_price(terms, self.subscription.currency, self.rate)


def scene_of(fact: Fact, told: FactInput, context: NoticeContext) -> Scene:
    """Everything about one fact. Raises ValueError for an event that this program does not know."""
    subscription, customer = told.subscription, told.customer
    rate = context.tax.rate(customer.country, subscription.next_billing).rate
    return Scene(
        fact=fact,
        told=told,
        event=told.event,
        context=context,
        links=Links(
            public_url=context.public_url,
            merchant=context.merchant,
            version=customer.link_version,
            until=fact.at + NOTICE_LINK_LIFE,
        ),
        rate=rate,
        billings=billing_prices(subscription, rate),
        renewals=renewal_prices(subscription, rate),
    )
