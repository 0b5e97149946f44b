"""The calls that read: a subscription, its journal, the state of the platform."""

from tollbridge.queries.journal import read_journal
from tollbridge.queries.subscription import read_subscription
from tollbridge.rest import journal_messages, sandbox_messages, subscription_messages
from tollbridge.rest.endpoint import Call
from tollbridge.rest.journal_answer import journal_of
from tollbridge.rest.subscription_answer import answer_of


def get_subscription(
    call: Call[subscription_messages.GetSubscription],
) -> subscription_messages.Subscription:
    """The call getsubscription (subscription-api.md 2.4)."""
    asked, platform = call.message, call.platform
    held, history = read_subscription(platform, call.merchant_id, asked.subscription_id)
    return answer_of(held, history, asked, platform.tax, call.public_url)


def get_journal(call: Call[journal_messages.ReadJournal]) -> journal_messages.Journal:
    """Everything that happened to a subscription."""
    subscription_id = call.message.subscription_id
    entries = read_journal(call.platform, call.merchant_id, subscription_id)
    return journal_of(subscription_id, entries)


def alive(_: Call[sandbox_messages.Ask]) -> sandbox_messages.Health:
    """The process answers."""
    return sandbox_messages.Health(status="ok")


def ready(call: Call[sandbox_messages.Ask]) -> sandbox_messages.Health:
    """The database answers too; StoreUnavailableError otherwise."""
    call.platform.store.credential("")
    return sandbox_messages.Health(status="ok")
