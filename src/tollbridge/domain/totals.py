"""What the subscription will cost at its next billing and renewal (R13, R14)."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from tollbridge.domain.evolve import evolve
from tollbridge.domain.money import ZERO, Split, total
from tollbridge.domain.pricing import billed_prices
from tollbridge.domain.settlement import interval_advanced
from tollbridge.domain.subscription import Item, Subscription
from tollbridge.domain.tax import TaxTable


def next_billing_total(subscription: Subscription, tax: TaxTable, country: str) -> Split:
    """What the next bill asks for, at the VAT rate of its date (R14)."""
    rate = tax.rate(country, subscription.next_billing).rate
    return total(billing_prices(subscription, rate).values())


def next_totals(subscription: Subscription, tax: TaxTable, country: str) -> tuple[Split, Split]:
    """What the next bill asks for, and a whole term from NextRenewalDate on (R13).

    Each at the VAT rate of its date (R14). They differ only where there are instalments.
    """
    billing = next_billing_total(subscription, tax, country)
    if not subscription.in_instalments:
        return billing, billing
    rate = tax.rate(country, subscription.next_renewal).rate
    return billing, total(renewal_prices(subscription, rate).values())


def billing_prices(subscription: Subscription, rate: Decimal) -> dict[int, Split]:
    """What the next bill asks for each item, by running number: an interval or an instalment.

    A bill that is open already is what will be charged (R6).
    """
    if subscription.bill is not None:
        return subscription.bill.amounts
    items, number = subscription.renewing_items, subscription.next_instalment_no
    prices = billed_prices(items, subscription.currency, rate, number=number)
    return {item.running_no: one.amount for item, one in zip(items, prices, strict=True)}


def renewal_prices(subscription: Subscription, rate: Decimal) -> dict[int, Split]:
    """What each item costs for the next term, by running number: all of its instalments.

    It is what the bills will come to if nobody interferes; coupons count the bills before (R15).
    """
    bill = subscription.bill
    if bill is not None and bill.advance is not None:
        event = interval_advanced(subscription, bill, bill.advance, bill.advance.started_at)
        paid = evolve(subscription, event)
        if not bill.advance.begins_term:
            return renewal_prices(paid, rate)
        items = [replace(i, latest=i.in_force) for i in paid.items if i.running_no in bill.items]
        rest = _instalments(items, subscription.currency, rate, first=2)
        return {number: amount + rest[number] for number, amount in bill.amounts.items()}
    last, items = subscription.instalment, [i for i in subscription.billed_items if i.renews]
    if last is not None and not subscription.begins_term:
        for _ in range(last.of - last.number):
            items = _after_bill(items)
    return _instalments(items, subscription.currency, rate)


def _instalments(
    items: Sequence[Item], currency: str, rate: Decimal, *, first: int = 1
) -> dict[int, Split]:
    """What the instalments of a term from the `first` on come to for each item."""
    sums = {item.running_no: ZERO for item in items}
    last = items[0].latest.instalments if items else 0  # of all (R12)
    for number in range(first, last + 1):
        prices = billed_prices(items, currency, rate, number=number)
        for item, priced in zip(items, prices, strict=True):
            sums[item.running_no] += priced.amount
        items = _after_bill(items)
    return sums


def _after_bill(items: Sequence[Item]) -> list[Item]:
    """The items with one use less of the coupons that lowered their bill."""
    return [
        replace(item, coupon=item.coupon.after_billing())
        if item.coupon is not None and item.coupon.counts(first=False)
        else item
        for item in items
    ]
