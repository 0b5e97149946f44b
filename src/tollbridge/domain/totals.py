"""What the subscription will cost at its next billing and renewal (R13, R14)."""

from datetime import datetime

from tollbridge.domain.lines import full_price
from tollbridge.domain.money import Split, total
from tollbridge.domain.subscription import Subscription
from tollbridge.domain.tax import TaxTable


def next_billing_total(
    subscription: Subscription, tax: TaxTable, country: str, at: datetime | None = None
) -> Split:
    """The sum of one interval of every billed item, at the VAT rate of the billing date (R14).

    `at` replaces the billing date where a decision is about to move it.
    """
    rate = tax.rate(country, at or subscription.next_billing).rate
    return total(
        full_price(item.latest, subscription.currency, rate) for item in subscription.billed_items
    )
