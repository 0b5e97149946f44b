"""Purchases as notifications tell of them: their lines, or the items of a subscription."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import UNSET

from tollbridge.domain.customer import Customer
from tollbridge.domain.money import Split
from tollbridge.domain.names import currency_name
from tollbridge.domain.purchase import Line
from tollbridge.domain.purchase import Purchase as Bill
from tollbridge.domain.subscription import Item, ItemStatus
from tollbridge.domain.written import plain
from tollbridge.notices.model import (
    Contact,
    Failure,
    Prices,
    Purchase,
    PurchaseItem,
    RecurringBilling,
)
from tollbridge.notices.parts import contact_of, payment_of, present, prices_of, profit_of
from tollbridge.notices.scene import Scene
from tollbridge.notices.words import ITEM_STATUS, SUBSCRIPTION_STATUS, Status

Happened = Callable[[Item], str]  # subscriptionEventtypeId of an item


class Standing(NamedTuple):
    """What became of a purchase; `category` is the subscriptionRevenueCategoryId, "" for none."""

    status: Status
    created_at: datetime
    paid_at: datetime | None = None
    category: str = ""


def purchase_of(
    scenes: Sequence[Scene],
    purchase_id: int,
    items: Iterable[PurchaseItem],
    standing: Standing,
    *,
    reimbursement_id: int = 0,
    error: Failure | None = None,
) -> Purchase:
    """A purchase that one or several subscriptions share; what is common is told of the first."""
    scene = scenes[0]
    customer, links = scene.told.customer, scene.links
    billing, delivery, licensee = contacts_of(customer)
    modified_at = plain(scene.fact.at)
    return Purchase(
        purchase_id=purchase_id,
        reimbursement_id=reimbursement_id or UNSET,
        status=standing.status.label,
        status_id=standing.status.code,
        billing_contact=billing,
        delivery_contact=delivery,
        licensee_contact=licensee,
        payment_info=payment_of(scene.told.payment_method, scene.subscription.currency),
        creation_time=plain(standing.created_at),
        payment_arrive_time=UNSET if standing.paid_at is None else plain(standing.paid_at),
        last_modification_time=modified_at,
        subscription_revenue_category_id=present(standing.category),
        internal_customer=present(customer.reference_id),
        customer_reference_number=present(customer.reference_id),
        customer_confirmation_page_url=links.purchase(purchase_id),
        customer_pdf_document_url=links.invoice(purchase_id),
        merchant_of_record=scene.context.merchant.name,
        error=error or UNSET,
        items=tuple(sorted(items, key=lambda item: item.running_number)),
        extra_parameters=parameters_of(scenes),
        reimbursement_time=modified_at if reimbursement_id else UNSET,
    )


def contacts_of(customer: Customer) -> tuple[Contact, Contact, Contact]:
    """Billing, delivery and licensee contact; what a customer has not is the billing contact."""
    billing = contact_of(customer.billing)
    delivery, licensee = customer.delivery, customer.licensee
    return (
        billing,
        billing if delivery is None else contact_of(delivery),
        billing if licensee is None else contact_of(licensee),
    )


def parameters_of(scenes: Iterable[Scene]) -> dict[str, str]:
    """The parameters of all subscriptions."""
    return {key: value for scene in scenes for key, value in scene.subscription.parameters.items()}


def lines_told(
    scene: Scene,
    bill: Bill,
    happened: Callable[[Line], str],
    amounts: Mapping[int, Split] | None = None,
) -> Iterator[PurchaseItem]:
    """The lines of a purchase; with `amounts`, by running number, these lines and their amounts."""
    for line in bill.lines:
        item = scene.subscription.known_item(line.item_running_no)
        if item is None or (amounts is not None and line.running_no not in amounts):
            continue
        charged = line.amount if amounts is None else amounts[line.running_no]
        discount = line.explanation.discount
        full = discount.full if discount is not None and amounts is None else charged
        currency = bill.currency
        prices = prices_of(charged, full, line.quantity, currency)
        yield PurchaseItem(
            running_number=line.running_no,
            product_id=line.product_id,
            product_name=line.product_name,
            product_name_extension=present(_extension(item, line)),
            client_id=scene.subscription.merchant_id,
            quantity=line.quantity,
            couponcode=discount.code if discount else UNSET,
            promotion_id=discount.promotion_id if discount else UNSET,
            promotion_name=discount.promotion_name if discount else UNSET,
            your_currency=currency_name(currency),
            your_currency_id=currency,
            profit_calculation=profit_of(charged, currency),
            your_price=prices,
            customer_price=prices,
            recurring_billing=recurring_billing(scene, item, happened(line)),
        )


def _extension(item: Item, line: Line) -> str:
    """A line does not know it: that of the item's terms for the same product."""
    for terms in (item.in_force, item.latest):
        if terms.product_id == line.product_id:
            return terms.product_name_extension
    return ""


def items_told(
    scene: Scene, happened: Happened, running_nos: Collection[int] | None = None
) -> Iterator[PurchaseItem]:
    """Items without a bill, at the price of an interval of their terms.

    Those with these running numbers, else all that are still part of the subscription.
    """
    currency = scene.subscription.currency
    for item in scene.subscription.items:
        if not (_is_part(item) if running_nos is None else item.running_no in running_nos):
            continue
        price = scene.full_price(item.latest)
        prices: Prices = prices_of(price, price, item.latest.quantity, currency)
        yield PurchaseItem(
            running_number=_number_of(scene, item),
            product_id=item.latest.product_id,
            product_name=item.latest.product_name,
            product_name_extension=present(item.latest.product_name_extension),
            client_id=scene.subscription.merchant_id,
            quantity=item.latest.quantity,
            your_currency=currency_name(currency),
            your_currency_id=currency,
            profit_calculation=profit_of(price, currency),
            your_price=prices,
            customer_price=prices,
            recurring_billing=recurring_billing(scene, item, happened(item)),
        )


def _is_part(item: Item) -> bool:
    return item.status not in (ItemStatus.REMOVED, ItemStatus.FINISHED)


def _number_of(scene: Scene, item: Item) -> int:
    """The line of the sign-up; what joined later has none, and keeps its own number."""
    bought = item.bought
    if bought is None or bought.purchase_id != scene.subscription.original_purchase_id:
        return item.running_no
    return bought.running_no


def recurring_billing(scene: Scene, item: Item, happened: str) -> RecurringBilling:
    """The subscription item behind a line, as the fact left it."""
    subscription, links, bought = scene.subscription, scene.links, item.bought
    most = item.latest.recurrence_count
    return RecurringBilling(
        subscription_id=f"S{subscription.id}",
        subscription_item_running_no=item.running_no,
        subscription_eventtype_id=happened,
        original_purchase_id=(bought.purchase_id if bought else subscription.original_purchase_id),
        original_purchase_item_running_number=bought.running_no if bought else item.running_no,
        interval_number=item.last_interval_no,
        subscription_interval_number=subscription.last_interval_no,
        recurrence_count=UNSET if most is None else most,
        grace_period_days=subscription.grace_days,
        status_id=subscription.status.value,
        status=SUBSCRIPTION_STATUS[subscription.status],
        item_status_id=item.status.value,
        item_status=ITEM_STATUS[item.status],
        next_billing_date=plain(subscription.next_billing),
        cancellation_url=links.subscription(subscription.id, "cancel"),
        change_payment_subscription_url=links.subscription(subscription.id, "payment"),
        renewal_type=subscription.renewal_type.value,
        interval_length_in_months=subscription.interval.months,
        interval_length_in_days=subscription.interval.days,
        next_billing_profit=profit_of(scene.billing_of(item), subscription.currency),
    )
