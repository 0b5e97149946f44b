"""From a stored subscription to what is answered of it (subscription-api.md 2.4 to 2.6)."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from tollbridge.domain.customer import PaymentMethod
from tollbridge.domain.links import self_service_token
from tollbridge.domain.money import ZERO, Split, total
from tollbridge.domain.pricing import full_price
from tollbridge.domain.subscription import Item, Subscription
from tollbridge.domain.tax import TaxTable
from tollbridge.domain.totals import billing_prices, renewal_prices
from tollbridge.ports import Held, History, PurchaseLink
from tollbridge.rest import subscription_messages as wire
from tollbridge.rest.choices import ITEM_STATUS, SUBSCRIPTION_STATUS
from tollbridge.rest.dates import plain, plain_or_none, zulu
from tollbridge.rest.numbers import amount

PRICES_KEPT = 4096  # a merchant's prices recur, and each is asked for twice in an answer
price_of = lru_cache(maxsize=PRICES_KEPT)(full_price)


class Amounts(NamedTuple):
    """A split as the wire writes it."""

    gross: Decimal
    net: Decimal
    vat: Decimal


@lru_cache(maxsize=PRICES_KEPT)
def amounts(split: Split, currency: str) -> Amounts:
    """Gross, net and VAT in the currency's main unit (R25)."""
    return Amounts(
        amount(split.gross, currency), amount(split.net, currency), amount(split.vat, currency)
    )


def details_of(
    held: Held,
    history: History,
    tax: TaxTable,
    public_url: str,
    *,
    is_current: bool,
    running_number: int | None = None,
) -> wire.SubscriptionDetails:
    """A subscription as the wire tells it: with all versions of its items or the current ones.

    With a running number only this item is listed; NotFound when the subscription has none such.
    """
    subscription = held.subscription
    if running_number is not None:
        subscription.item(running_number)
    country = held.customer.country
    next_billing = subscription.next_billing
    prices = _prices(subscription, next_billing, tax, country)
    items = _Items(subscription, history.links, prices)
    versions = _current(subscription) if is_current else _all(subscription, history)
    return _details(
        held,
        prices,
        next_billing,
        tuple(
            items.entry(item, current=current)
            for item, current in versions
            if running_number in (None, item.running_no)
        ),
        public_url,
    )


def _current(subscription: Subscription) -> Iterator[tuple[Item, bool]]:
    return ((item, True) for item in subscription.items)


def _all(subscription: Subscription, history: History) -> Iterable[tuple[Item, bool]]:
    """Every version of every item, superseded ones first, by running number."""
    if not history.versions:
        return _current(subscription)
    former = ((row.item, False) for row in history.versions)
    return sorted(
        (*former, *_current(subscription)), key=lambda each: (each[0].running_no, each[0].version)
    )


class _Prices(NamedTuple):
    """What each item costs at the next billing and renewal, by running number (R13)."""

    billing: dict[int, Split]
    renewal: dict[int, Split]


def _prices(
    subscription: Subscription, next_billing: datetime, tax: TaxTable, country: str
) -> _Prices:
    """At the VAT rate of each date (R14); they differ only where there are instalments."""
    billing = _billing_prices(subscription, tax.rate(country, next_billing).rate)
    if not subscription.in_instalments:
        return _Prices(billing, billing)
    rate = tax.rate(country, subscription.next_renewal).rate
    return _Prices(billing, renewal_prices(subscription, rate))


def _billing_prices(subscription: Subscription, rate: Decimal) -> dict[int, Split]:
    """`domain.totals.billing_prices`, from prices that are at hand."""
    if subscription.bill is not None:
        return subscription.bill.amounts
    items, currency = subscription.renewing_items, subscription.currency
    if any(item.coupon for item in items):
        return billing_prices(subscription, rate)
    number = subscription.next_instalment_no
    return {item.running_no: price_of(item.latest, currency, rate, number) for item in items}


class _Items:
    """What the entries of one answer have in common."""

    def __init__(
        self, subscription: Subscription, links: Iterable[PurchaseLink], prices: _Prices
    ) -> None:
        self._subscription = subscription
        self._currency = subscription.currency
        self._prices = prices
        self._purchases: dict[tuple[int, int], list[wire.SubscriptionPurchaseItem]] = {}
        for link in links:
            version = link.item_running_no, link.item_version
            self._purchases.setdefault(version, []).append(
                wire.SubscriptionPurchaseItem(
                    purchase_id=link.purchase_id,
                    purchase_item_running_no=link.purchase_item_running_no,
                    subscription_interval_no=link.interval_no,
                    billing_interval_no=link.billing_interval_no,
                )
            )

    def entry(self, item: Item, *, current: bool) -> wire.SubscriptionItem:
        """One version of an item; what will not be billed costs 0.0."""
        terms, coupon = item.latest, item.coupon
        billing, renewal = (
            amounts(prices.get(item.running_no, ZERO) if current else ZERO, self._currency)
            for prices in self._prices
        )
        return wire.SubscriptionItem(
            couponcode=coupon.code if coupon else "",
            deactivation_date=plain_or_none(item.deactivated_at),
            end_date=plain_or_none(item.end),
            is_current=current,
            last_interval_no=item.last_interval_no,
            next_billing_currency_id=self._currency,
            next_billing_customer_gross_price=billing.gross,
            next_billing_customer_net_price=billing.net,
            next_billing_customer_vat_price=billing.vat,
            next_renewal_customer_gross_price=renewal.gross,
            next_renewal_customer_net_price=renewal.net,
            next_renewal_customer_vat_price=renewal.vat,
            product_id=terms.product_id,
            product_name=terms.product_name,
            product_name_extension=terms.product_name_extension,
            promotion_id=coupon.promotion_id if coupon else None,
            quantity=terms.quantity,
            recurrence_count=terms.recurrence_count,
            running_no=item.running_no,
            start_date=plain(item.start),
            status=ITEM_STATUS[item.status],
            subscription_id=self._subscription.id,
            subscription_purchase_items=tuple(
                self._purchases.get((item.running_no, item.version), ())
            ),
            version=item.version,
            version_active_date=plain(item.version_active_at),
        )


def _details(
    held: Held,
    prices: _Prices,
    next_billing: datetime,
    items: tuple[wire.SubscriptionItem, ...],
    public_url: str,
) -> wire.SubscriptionDetails:
    subscription, customer, merchant = held.subscription, held.customer, held.merchant
    currency = subscription.currency
    billing, renewal = (amounts(total(each.values()), currency) for each in prices)
    token = self_service_token(merchant, subscription.id)
    return wire.SubscriptionDetails(
        customer_currency_id=currency,
        customer_id=customer.id,
        customer_reference_id=customer.reference_id,
        customer_reference_no=customer.reference_no,
        end_date=plain_or_none(subscription.end),
        grace_period_days=subscription.grace_days,
        id=subscription.id,
        interval_day_count=subscription.interval.days,
        interval_month_count=subscription.interval.months,
        billing_interval_day_count=subscription.billing_interval.days,
        billing_interval_month_count=subscription.billing_interval.months,
        items=items,
        last_interval_no=subscription.last_interval_no,
        last_billing_interval_no=subscription.last_billing_interval_no,
        next_billing_currency_id=currency,
        next_billing_customer_gross_price=billing.gross,
        next_billing_customer_net_price=billing.net,
        next_billing_customer_vat_price=billing.vat,
        next_renewal_customer_gross_price=renewal.gross,
        next_renewal_customer_net_price=renewal.net,
        next_renewal_customer_vat_price=renewal.vat,
        next_billing_date=plain(next_billing),
        next_renewal_date=plain(subscription.next_renewal),
        next_billing_date_reminder=zulu(next_billing - timedelta(days=subscription.reminder_days)),
        payment_info=payment_of(held.payment_method),
        renewal_type=subscription.renewal_type.value,
        start_date=plain(subscription.start),
        start_interval_day_count=subscription.start_interval.days,
        start_interval_month_count=subscription.start_interval.months,
        subscriptionstatus=SUBSCRIPTION_STATUS[subscription.status],
        management_model=subscription.management_model.value,
        self_service_url=f"{public_url}/{merchant.id}/s/s{subscription.id}-{token}",
    )


def payment_of(method: PaymentMethod) -> wire.PaymentDetails:
    """How a customer pays, as the wire tells it."""
    return wire.PaymentDetails(
        card_expiration_date=wire.CardExpirationDate(
            month=method.expiry_month, year=method.expiry_year
        ),
        card_last_four_digits=method.last_four,
        currency=None,
        currency_id=None,
        is_purchase_order=None,
        payment_type=method.type_name,
        payment_type_id=method.type_id,
    )
