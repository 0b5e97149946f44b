"""The table of endpoints: nothing is served that is not in it, and OpenAPI is made from it."""

from functools import cache

import msgspec

from tollbridge.rest import item_messages, journal_messages, sandbox_messages
from tollbridge.rest import subscription_messages as reading
from tollbridge.rest.endpoint import Call, Endpoint, Style
from tollbridge.rest.item_calls import update_item, update_item_price
from tollbridge.rest.openapi import document
from tollbridge.rest.read_calls import alive, get_journal, get_subscription, ready
from tollbridge.rest.sandbox_calls import buy, get_clock, move_clock

# What every endpoint with credentials may answer; those with a body may find it too large.
READING = (400, 401, 403, 404, 500, 503)
CHANGING = (400, 401, 402, 403, 404, 413, 500, 503)
CLOCK = (400, 401, 402, 403, 500, 503)


@cache
def _described() -> msgspec.Raw:
    return document(ENDPOINTS)


def describe(_: Call[sandbox_messages.Ask]) -> msgspec.Raw:
    """The OpenAPI document of this table."""
    return _described()


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/subscription/getsubscription",
        style=Style.COMPATIBLE,
        action="getsubscription",
        summary="Read a subscription",
        docs=(
            "The subscription with its items. All versions of each item are listed; with "
            "`IsCurrent=true` only the current one. A version that will not be billed again "
            "costs 0.0."
        ),
        request=reading.GetSubscription,
        answer=reading.Subscription,
        refusals=READING,
        serve=get_subscription,
    ),
    Endpoint(
        method="POST",
        path="/subscription/updatesubscriptionitem",
        style=Style.COMPATIBLE,
        action="updatesubscriptionitem",
        summary="Change an item",
        docs=(
            "Gives the item a new version with another product, quantity, price or name. Without "
            "alignment it is billed from the next billing date on; with alignment the difference "
            "for the rest of the interval is charged at once. A negative difference is refused. "
            "The answer does not depend on the payment (R1)."
        ),
        request=item_messages.UpdateSubscriptionItem,
        answer=item_messages.ItemPrices,
        refusals=CHANGING,
        serve=update_item,
    ),
    Endpoint(
        method="POST",
        path="/subscription/updatesubscriptionitemprice",
        style=Style.COMPATIBLE,
        action="updatesubscriptionitemprice",
        summary="Change the price of an item",
        docs=(
            "Sets a price of your own, and a new quantity if you like, for all later billings. "
            "Alignment works as for updatesubscriptionitem."
        ),
        request=item_messages.UpdateSubscriptionItemPrice,
        answer=item_messages.ItemPrices,
        refusals=CHANGING,
        serve=update_item_price,
    ),
    Endpoint(
        method="POST",
        path="/tollbridge/sandbox/purchases",
        style=Style.OWN,
        action="buy_subscriptions",
        summary="Buy subscriptions",
        docs=(
            "A sign-up as a completed checkout would make it, paid with a test card. Items with "
            "one interval share a subscription. For sandbox merchants only."
        ),
        request=sandbox_messages.BuySubscriptions,
        answer=sandbox_messages.Bought,
        refusals=CHANGING,
        serve=buy,
    ),
    Endpoint(
        method="GET",
        path="/tollbridge/sandbox/clock",
        style=Style.OWN,
        action="get_clock",
        summary="Read the sandbox clock",
        docs="What time it is for the merchant. For sandbox merchants only.",
        request=sandbox_messages.Ask,
        answer=sandbox_messages.ClockTime,
        refusals=CLOCK,
        serve=get_clock,
    ),
    Endpoint(
        method="POST",
        path="/tollbridge/sandbox/clock",
        style=Style.OWN,
        action="advance_clock",
        summary="Move the sandbox clock forward",
        docs="To a time (`to`) or by a length (`advance`). For sandbox merchants only.",
        request=sandbox_messages.AdvanceClock,
        answer=sandbox_messages.ClockTime,
        refusals=(*CLOCK, 413),
        serve=move_clock,
    ),
    Endpoint(
        method="GET",
        path="/tollbridge/subscriptions/{subscription_id}/journal",
        style=Style.OWN,
        action="read_journal",
        summary="Read what happened to a subscription",
        docs=(
            "Everything that happened, when and by whom, with every amount explained: price, "
            "quantity, days, basis and rounding."
        ),
        request=journal_messages.ReadJournal,
        answer=journal_messages.Journal,
        refusals=READING,
        serve=get_journal,
    ),
    Endpoint(
        method="GET",
        path="/healthz",
        style=Style.OPEN,
        action="healthz",
        summary="Whether the process answers",
        docs="Asks nobody else: for restarting what hangs.",
        request=sandbox_messages.Ask,
        answer=sandbox_messages.Health,
        refusals=(400, 403, 500),
        serve=alive,
    ),
    Endpoint(
        method="GET",
        path="/readyz",
        style=Style.OPEN,
        action="readyz",
        summary="Whether requests can be served",
        docs="Asks the database: for sending requests elsewhere while it is away.",
        request=sandbox_messages.Ask,
        answer=sandbox_messages.Health,
        refusals=(400, 403, 500, 503),
        serve=ready,
    ),
    Endpoint(
        method="GET",
        path="/openapi.json",
        style=Style.OPEN,
        action="openapi",
        summary="This document",
        docs="OpenAPI 3.1, made from the table that the platform serves from.",
        request=sandbox_messages.Ask,
        answer=None,
        refusals=(400, 403, 500),
        serve=describe,
    ),
)
