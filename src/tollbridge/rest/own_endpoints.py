"""Tollbridge's own endpoints, but for the one that describes the table."""

from tollbridge.rest import journal_messages, sandbox_messages
from tollbridge.rest.endpoint import ANYBODY, CHANGING, READING, Endpoint, Style
from tollbridge.rest.read_calls import alive, get_journal, ready
from tollbridge.rest.sandbox_calls import buy, get_clock, move_clock

CLOCK = (400, 401, 402, 403, 429, 500, 503)

OWN_ENDPOINTS: tuple[Endpoint, ...] = (
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
        refusals=(*CLOCK, 409, 413, 422),
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
        refusals=ANYBODY,
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
        refusals=(*ANYBODY, 503),
        serve=ready,
    ),
)
