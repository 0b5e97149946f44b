"""Tollbridge's own endpoints that look back and ahead."""

from tollbridge.rest import journal_messages
from tollbridge.rest import time_messages as wire
from tollbridge.rest.endpoint import READING, Endpoint, Style
from tollbridge.rest.read_calls import get_journal
from tollbridge.rest.time_calls import get_forecast, get_state, get_timeline

TIME_ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/tollbridge/subscriptions/{subscription_id}",
        style=Style.OWN,
        action="read_state",
        summary="Read a subscription as it stands or stood",
        docs=(
            "With `as_of` the state that its journal comes to at that time. A time before its "
            "beginning finds nothing (404); one to come is refused (400): ask for the forecast."
        ),
        request=wire.ReadState,
        answer=wire.State,
        refusals=READING,
        serve=get_state,
    ),
    Endpoint(
        method="GET",
        path="/tollbridge/subscriptions/{subscription_id}/journal",
        style=Style.OWN,
        action="read_journal",
        summary="Read what happened to a subscription",
        docs=(
            "Everything that happened, when and by whom, with every amount explained: price, "
            "quantity, days, basis and rounding. With `as_of` only what had happened by then."
        ),
        request=journal_messages.ReadJournal,
        answer=journal_messages.Journal,
        refusals=READING,
        serve=get_journal,
    ),
    Endpoint(
        method="GET",
        path="/tollbridge/subscriptions/{subscription_id}/forecast",
        style=Style.OWN,
        action="read_forecast",
        summary="Foresee what will happen to a subscription",
        docs=(
            "The next steps with dates, items and amounts: what will happen if nobody interferes "
            "and every charge is captured. Nothing is foreseen beyond a payment that is not "
            "decided yet."
        ),
        request=wire.LookAhead,
        answer=wire.Forecast,
        refusals=READING,
        serve=get_forecast,
    ),
    Endpoint(
        method="GET",
        path="/tollbridge/subscriptions/{subscription_id}/timeline",
        style=Style.OWN,
        action="read_timeline",
        summary="Read the life of a subscription",
        docs="What happened, what stands now and what will be, a line for each.",
        request=wire.LookAhead,
        answer=wire.Timeline,
        refusals=READING,
        serve=get_timeline,
    ),
)
