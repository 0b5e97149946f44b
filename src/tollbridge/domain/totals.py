"""What the subscription will cost at its next billing and renewal (R13, R14)."""

from tollbridge.domain.money import Split, total
from tollbridge.domain.pricing import billed_prices
from tollbridge.domain.subscription import Subscription
from tollbridge.domain.tax import TaxTable


def next_billing_total(subscription: Subscription, tax: TaxTable, country: str) -> Split:
    """The sum of one interval of every item that renews, at the VAT rate of the date (R14).

    Coupons are taken off (R15). A bill that is open already is what will be charged (R6).
    """
    if subscription.bill is not None:
        return subscription.bill.total
    rate = tax.rate(country, subscription.next_billing).rate
    prices = billed_prices(subscription.renewing_items, subscription.currency, rate)
    return total(priced.amount for priced in prices)
