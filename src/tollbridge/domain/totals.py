"""What the subscription will cost at its next billing and renewal (R13, R14)."""

from decimal import Decimal

from tollbridge.domain.money import Split, total
from tollbridge.domain.pricing import billed_prices
from tollbridge.domain.subscription import Subscription
from tollbridge.domain.tax import TaxTable


def renewal_prices(subscription: Subscription, rate: Decimal) -> dict[int, Split]:
    """What each item costs at its next renewal, by running number; as billed once it is (R6).

    Coupons are taken off (R15). Items that do not renew are not in it.
    """
    if subscription.bill is not None:
        return subscription.bill.amounts
    items = subscription.renewing_items
    prices = billed_prices(items, subscription.currency, rate)
    return {item.running_no: one.amount for item, one in zip(items, prices, strict=True)}


def next_billing_total(subscription: Subscription, tax: TaxTable, country: str) -> Split:
    """The sum of one interval of every item that renews, at the VAT rate of the date (R14).

    A bill that is open already is what will be charged (R6).
    """
    rate = tax.rate(country, subscription.next_billing).rate
    return total(renewal_prices(subscription, rate).values())
