"""Tollbridge's own endpoints, but for the one that describes the table."""

from tollbridge.rest import sandbox_messages
from tollbridge.rest.endpoint import ANYBODY, CHANGING, Endpoint, Style
from tollbridge.rest.metrics import MEDIA
from tollbridge.rest.metrics import PATH as METRICS
from tollbridge.rest.read_calls import alive, ready, watch
from tollbridge.rest.sandbox_calls import buy, get_clock, get_next, move_clock, move_to_next

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
        docs=(
            "To a time (`to`) or by a length (`advance`). Everything that falls due on the way is "
            "done, in the order of time; the answer comes when it is, and counts it. For sandbox "
            "merchants only, and one advance of a merchant at a time (409)."
        ),
        request=sandbox_messages.AdvanceClock,
        answer=sandbox_messages.ClockMoved,
        refusals=(*CLOCK, 409, 413, 422),
        serve=move_clock,
        slow=True,
    ),
    Endpoint(
        method="GET",
        path="/tollbridge/sandbox/clock/next",
        style=Style.OWN,
        action="get_next_event",
        summary="What falls due first",
        docs="Where `POST` of the same path would move the clock to. Nothing is done.",
        request=sandbox_messages.Ask,
        answer=sandbox_messages.ComingEvent,
        refusals=CLOCK,
        serve=get_next,
    ),
    Endpoint(
        method="POST",
        path="/tollbridge/sandbox/clock/next",
        style=Style.OWN,
        action="advance_clock_to_next_event",
        summary="Move the sandbox clock to the next event",
        docs=(
            "To when something falls due first, and all that is due then is done. When nothing "
            "is, the clock stays. The body is `{}`. For sandbox merchants only."
        ),
        request=sandbox_messages.Ask,
        answer=sandbox_messages.ClockStepped,
        refusals=(*CLOCK, 409, 413, 422),
        serve=move_to_next,
        slow=True,
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
    Endpoint(
        method="GET",
        path=METRICS,
        style=Style.OPEN,
        action="metrics",
        summary="Figures for Prometheus",
        docs=(
            "Requests and how long they took, what the worker of this process did, and of each "
            "merchant what is due and what is not settled. For whoever bears the token "
            "(`TOLLBRIDGE_METRICS_TOKEN`); without a token for this machine alone."
        ),
        request=sandbox_messages.Ask,
        answer=None,
        refusals=(*ANYBODY, 503),
        serve=watch,
        media=MEDIA,
    ),
)
