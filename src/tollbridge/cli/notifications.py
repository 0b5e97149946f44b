"""`tollbridge notifications`: what was told, and sending it again."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tollbridge.cli.endpoints import named_endpoint
from tollbridge.cli.naming import instant_of, subscription_number, the_merchant
from tollbridge.cli.operate import opened_platform
from tollbridge.cli.telling import CommandError, Exit, say, telling
from tollbridge.commands.replay import replay_notification, replay_notifications
from tollbridge.domain.delivery import Delivery, DeliveryAttempt, DeliveryState
from tollbridge.domain.notification import Notification
from tollbridge.domain.refusal import Invalid
from tollbridge.flows.reading_notices import read_notice, read_page
from tollbridge.notices.types import TYPES
from tollbridge.ports import NoticeFilter, NoticeHistory, Platform
from tollbridge.rest.dates import zulu
from tollbridge.rest.notification_answers import history_text, replayed_text, subscriptions_of


def show_list(
    *,
    limit: int,
    merchant_id: int | None,
    database: str | None,
    as_json: bool,
    **given: str | None,
) -> None:
    """`tollbridge notifications list`."""
    with telling(as_json=as_json), opened_platform(database, make=False) as platform:
        number = the_merchant(platform, merchant_id).id
        page = read_page(platform, number, _filter(**given), most=limit, payload=False)
        found = [(one, _states(platform, one)) for one in page.notices]
        lines = [_line(one, states) for one, states in found]
        more = ["There are more: see --limit and --until."] if page.below else []
        text = "\n".join([*lines, *more]) or "No notifications."
        answer = {"notifications": [_told(one, states) for one, states in found]}
        say({**answer, "more": page.below is not None}, text, as_json=as_json)


def show_one(
    notification: int, merchant_id: int | None, database: str | None, *, as_json: bool
) -> None:
    """`tollbridge notifications show`."""
    with telling(as_json=as_json), opened_platform(database, make=False) as platform:
        number = the_merchant(platform, merchant_id).id
        history, payload = read_notice(platform, number, notification)
        answer = json.loads(msgspec.json.encode(history_text(history, payload)))
        say(answer, _whole(history, payload), as_json=as_json)


def replay(
    notification: int | None,
    *,
    endpoint: str | None,
    merchant_id: int | None,
    database: str | None,
    as_json: bool,
    **given: str | None,
) -> None:
    """`tollbridge notifications replay`."""
    with telling(as_json=as_json), opened_platform(database, make=False) as platform:
        number = the_merchant(platform, merchant_id).id
        to = None if endpoint is None else named_endpoint(platform, number, endpoint).id
        if notification is None:
            replayed = replay_notifications(platform, number, _filter(**given), to)
        elif any(value is not None for value in given.values()):
            message = "name one NOTIFICATION, or say which ones with options, not both"
            raise CommandError(Exit.USAGE, message, reason="usage")
        else:
            replayed = replay_notification(platform, number, notification, to)
        text = f"Sent again: {replayed.notifications} notifications, {replayed.deliveries} posts."
        say(msgspec.to_builtins(replayed_text(replayed)), text, as_json=as_json)


def _filter(
    *,
    kind: str | None,
    since: str | None,
    until: str | None,
    subscription: str | None,
    state: str | None,
) -> NoticeFilter:
    if kind is not None and kind not in TYPES:
        raise Invalid("type", f"There is no notification type {kind}")
    return NoticeFilter(
        type=kind or "",
        since=None if since is None else instant_of(since, "--since"),
        until=None if until is None else instant_of(until, "--until"),
        subscription_id=None if subscription is None else subscription_number(subscription),
        state=None if state is None else DeliveryState(state),
    )


def _states(platform: Platform, notice: Notification) -> Sequence[Delivery]:
    history = platform.store.notice_history(notice.merchant_id, notice.id)
    return () if history is None else history.deliveries


def _told(notice: Notification, deliveries: Sequence[Delivery]) -> Mapping[str, Any]:
    return {
        "notification_id": notice.id,
        "message_id": notice.message_id,
        "type": notice.type,
        "at": zulu(notice.at),
        "subject": notice.subject,
        "subscription_ids": subscriptions_of(notice),
        "deliveries": [
            {
                "endpoint_id": one.lane.endpoint_id,
                "replay": one.lane.replay,
                "state": one.state.value,
                "tries": one.tries,
            }
            for one in deliveries
        ],
    }


def _line(notice: Notification, deliveries: Sequence[Delivery]) -> str:
    states = ", ".join(_state(one) for one in deliveries) or "sent to nobody"
    whom = " ".join(subscriptions_of(notice))
    return (
        f"{notice.id:>6}  {notice.at:%Y-%m-%d %H:%M:%S}  {notice.type}  {whom}"
        f"  {notice.subject}  {states}"
    )


def _state(delivery: Delivery) -> str:
    again = f" (replay {delivery.lane.replay})" if delivery.lane.replay else ""
    tries = f" after {delivery.tries}" if delivery.tries > 1 else ""
    return f"endpoint {delivery.lane.endpoint_id}{again}: {delivery.state.value}{tries}"


def _whole(history: NoticeHistory, payload: bytes | None) -> str:
    notice = history.notification
    document = "(no document: see the log)"
    if payload is not None:
        document = msgspec.json.format(payload, indent=2).decode()
    lines = [_line(notice, ()).rsplit("  ", 1)[0], document]
    for one in history.deliveries:
        lines.append(f"{_state(one)}{'' if one.due_at is None else f', next {zulu(one.due_at)}'}")
        mine = (a for a in history.attempts if (a.lane, a.sequence) == (one.lane, one.sequence))
        lines += [f"  {outcome(attempt)}" for attempt in mine]
    return "\n".join(lines)


def outcome(attempt: DeliveryAttempt) -> str:
    """What came of an attempt: status or error, and how long it took."""
    came = str(attempt.status) if attempt.status is not None else attempt.error
    chaos = f", {attempt.chaos}" if attempt.chaos else ""
    return f"{zulu(attempt.at)}  {came}  {attempt.seconds * 1000:.0f} ms{chaos}"
