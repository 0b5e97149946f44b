"""A fact with everything around it that a notification is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from tollbridge.domain.choices import Choices
from tollbridge.domain.events import Event
from tollbridge.domain.facts import Fact
from tollbridge.domain.links import NOTICE_LINK_LIFE, Links
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.money import ZERO, Split
from tollbridge.domain.outbox import FactInput
from tollbridge.domain.pricing import full_price
from tollbridge.domain.schedule import NO_INTERVAL
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

    `billing` is what the next bill asks for each item, by running number, and `rate` its tax rate.
    """

    fact: Fact
    told: FactInput
    event: Event
    context: NoticeContext
    links: Links
    rate: Decimal
    billing: Mapping[int, Split]

    @property
    def subscription(self) -> Subscription:
        """The subscription as the fact left it."""
        return self.told.subscription

    def next_billing_of(self, item: Item) -> Split:
        """What the next bill asks for the item; nothing where it is not on it."""
        return self.billing.get(item.running_no, ZERO)

    def bill_price(self, terms: Terms) -> Split:
        """What a bill asks for these terms: an interval, or the first instalment of one."""
        return full_price(terms, self.subscription.currency, self.rate)

    def term_price(self, terms: Terms) -> Split:
        """What an interval of these terms costs, in however many instalments."""
        return self.bill_price(replace(terms, billing_interval=NO_INTERVAL))

    @property
    def renewals(self) -> Mapping[int, Split]:
        """What each item costs for the next term, by running number (R13)."""
        subscription = self.subscription
        if not subscription.in_instalments:
            return self.billing
        country, at = self.told.customer.country, subscription.next_renewal
        return renewal_prices(subscription, self.context.tax.rate(country, at).rate)


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
        billing=billing_prices(subscription, rate),
    )
