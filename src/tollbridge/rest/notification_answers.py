"""Answers about endpoints and notifications, for the API and for the command line."""

from collections import defaultdict
from typing import Any

import msgspec

from tollbridge.commands import replay as replaying
from tollbridge.domain.delivery import Delivery, DeliveryAttempt, LaneKey
from tollbridge.domain.endpoint import Chaos, Endpoint
from tollbridge.domain.notification import Notification
from tollbridge.ports import NoticeHistory
from tollbridge.rest import notification_messages as wire
from tollbridge.rest.dates import zulu

NULL = msgspec.Raw(b"null")


def endpoint_text(endpoint: Endpoint) -> wire.EndpointText:
    """An endpoint without its secrets."""
    chaos = {name: getattr(endpoint.chaos, name) for name in Chaos.__struct_fields__}
    return wire.EndpointText(
        endpoint_id=endpoint.id,
        name=endpoint.name,
        url=endpoint.url,
        format=endpoint.format.value,
        types=endpoint.types,
        product_ids=endpoint.product_ids,
        username=endpoint.username,
        active=endpoint.active,
        disabled_at=zulu(endpoint.disabled_at) if endpoint.disabled_at else None,
        chaos=wire.ChaosText(**chaos),
        created_at=zulu(endpoint.created_at),
    )


def entry(notice: Notification, payload: bytes | None) -> wire.NotificationEntry:
    """A notification with its document, if it is told."""
    return wire.NotificationEntry(**_notice(notice), payload=_raw(payload))


def history_text(history: NoticeHistory, payload: bytes | None) -> wire.NotificationHistory:
    """A notification with all that became of it."""
    attempts: dict[tuple[LaneKey, int], list[DeliveryAttempt]] = defaultdict(list)
    for attempt in history.attempts:
        attempts[attempt.lane, attempt.sequence].append(attempt)
    return wire.NotificationHistory(
        **_notice(history.notification),
        payload=_raw(payload),
        bodies=tuple(
            wire.BodyText(format=kind.value, body=body.decode())
            for kind, body in history.bodies.items()
        ),
        deliveries=tuple(
            _delivery(one, attempts[one.lane, one.sequence]) for one in history.deliveries
        ),
    )


def replayed_text(replayed: replaying.Replayed) -> wire.Replayed:
    """What is sent again."""
    return wire.Replayed(
        notifications=replayed.notifications,
        deliveries=replayed.deliveries,
        endpoint_ids=replayed.endpoint_ids,
    )


def subscriptions_of(notice: Notification) -> tuple[str, ...]:
    """The subscriptions that a notification is about, each once."""
    return tuple(dict.fromkeys(f"S{fact.subscription_id}" for fact in notice.facts))


def _notice(notice: Notification) -> dict[str, Any]:
    """The fields that every answer about a notification has."""
    return {
        "notification_id": notice.id,
        "message_id": notice.message_id,
        "type": notice.type,
        "at": zulu(notice.at),
        "subject": notice.subject,
        "subscription_ids": subscriptions_of(notice),
        "product_ids": notice.product_ids,
    }


def _raw(payload: bytes | None) -> msgspec.Raw:
    return NULL if payload is None else msgspec.Raw(payload)


def _delivery(delivery: Delivery, attempts: list[DeliveryAttempt]) -> wire.DeliveryText:
    return wire.DeliveryText(
        endpoint_id=delivery.lane.endpoint_id,
        sequence=delivery.sequence,
        replay=delivery.lane.replay,
        state=delivery.state.value,
        tries=delivery.tries,
        due_at=zulu(delivery.due_at) if delivery.due_at else None,
        ended_at=zulu(delivery.ended_at) if delivery.ended_at else None,
        attempts=tuple(_attempt(one) for one in attempts),
    )


def _attempt(attempt: DeliveryAttempt) -> wire.AttemptText:
    return wire.AttemptText(
        number=attempt.number,
        at=zulu(attempt.at),
        posted_at=zulu(attempt.posted_at),
        status=attempt.status,
        milliseconds=round(attempt.seconds * 1000),
        reply=attempt.reply.decode(errors="replace"),
        error=attempt.error,
        chaos=attempt.chaos,
    )
