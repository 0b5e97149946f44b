"""The calls that read: subscriptions, a journal, the state of the platform."""

from collections.abc import Iterable

from tollbridge.ports import CustomerKey, Held, History
from tollbridge.queries.past import journal_until
from tollbridge.queries.subscription import read_subscription
from tollbridge.queries.subscriptions import subscriptions_of_customer, subscriptions_of_purchase
from tollbridge.rest import journal_messages, sandbox_messages
from tollbridge.rest import subscription_messages as wire
from tollbridge.rest.endpoint import Call, Plain
from tollbridge.rest.journal_answer import journal_of
from tollbridge.rest.metrics import MEDIA
from tollbridge.rest.subscription_answer import details_of


def get_subscription(call: Call[wire.GetSubscription]) -> wire.Subscription:
    """The call getsubscription (subscription-api.md 2.4)."""
    asked, platform = call.message, call.platform
    held, history = read_subscription(platform, call.merchant_id, asked.subscription_id)
    details = details_of(
        held,
        history,
        platform.tax,
        call.public_url,
        is_current=asked.is_current,
        running_number=asked.running_number,
    )
    return wire.Subscription(subscription=details, result_message="OK")


def get_subscriptions_for_customer(
    call: Call[wire.GetSubscriptionsForCustomer],
) -> wire.Subscriptions:
    """The call getsubscriptionsforcustomer (subscription-api.md 2.5)."""
    asked = call.message
    key = CustomerKey(
        customer_id=asked.customer_id or None,
        reference_id=asked.customer_reference_id,
        email=asked.customer_email,
    )
    found = subscriptions_of_customer(
        call.platform, call.merchant_id, key, asked.subscription_status
    )
    return _all_of(found, call, is_current=asked.is_current)


def get_subscriptions_by_purchase(
    call: Call[wire.GetSubscriptionsByPurchase],
) -> wire.Subscriptions:
    """The call getsubscriptionsbypurchase (subscription-api.md 2.6)."""
    asked = call.message
    found = subscriptions_of_purchase(call.platform, call.merchant_id, asked.purchase_id)
    return _all_of(found, call, is_current=asked.is_current)


def _all_of(
    found: Iterable[tuple[Held, History]],
    call: Call[wire.GetSubscriptionsForCustomer] | Call[wire.GetSubscriptionsByPurchase],
    *,
    is_current: bool,
) -> wire.Subscriptions:
    return wire.Subscriptions(
        subscriptions=tuple(
            details_of(held, history, call.platform.tax, call.public_url, is_current=is_current)
            for held, history in found
        ),
        result_message="OK",
    )


def get_journal(call: Call[journal_messages.ReadJournal]) -> journal_messages.Journal:
    """Everything that happened to a subscription, or had happened at an earlier time."""
    subscription_id, as_of = call.message.subscription_id, call.message.as_of
    entries = journal_until(call.platform, call.merchant_id, subscription_id, as_of)
    return journal_of(subscription_id, entries)


def alive(_: Call[sandbox_messages.Ask]) -> sandbox_messages.Health:
    """The process answers."""
    return sandbox_messages.Health(status="ok")


def watch(call: Call[sandbox_messages.Ask]) -> Plain:
    """What those who watch the platform want to know; StoreUnavailableError."""
    return Plain(call.metrics.text(), MEDIA)


def ready(call: Call[sandbox_messages.Ask]) -> sandbox_messages.Health:
    """The database answers too; StoreUnavailableError otherwise."""
    call.platform.store.credential("")
    return sandbox_messages.Health(status="ok")
