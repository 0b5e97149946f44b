"""The calls about endpoints and notifications: who is told of what, and what became of it."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

import msgspec

from tollbridge.commands import endpoints as command
from tollbridge.commands import replay as replaying
from tollbridge.domain.delivery import Delivery, DeliveryAttempt, LaneKey
from tollbridge.domain.endpoint import CALM, Chaos, Endpoint
from tollbridge.domain.notification import Notification
from tollbridge.domain.refusal import Invalid
from tollbridge.flows.reading_notices import read_notice, read_page
from tollbridge.notices.types import TYPES
from tollbridge.ports import NoticeFilter
from tollbridge.queries import endpoints as query
from tollbridge.rest import notice_messages as wire
from tollbridge.rest.dates import zulu
from tollbridge.rest.endpoint import Call
from tollbridge.rest.sandbox_messages import Ask

NULL = msgspec.Raw(b"null")


def list_endpoints(call: Call[Ask]) -> wire.Endpoints:
    """All endpoints."""
    found = query.read_endpoints(call.platform, call.merchant_id)
    return wire.Endpoints(endpoints=tuple(wire.EndpointText(**_told(one)) for one in found))


def get_endpoint(call: Call[wire.OneEndpoint]) -> wire.EndpointText:
    """One endpoint."""
    number = call.message.endpoint_id
    return wire.EndpointText(**_told(query.read_endpoint(call.platform, call.merchant_id, number)))


def add_endpoint(call: Call[wire.AddEndpoint]) -> wire.EndpointAdded:
    """A new endpoint, and its secret this once."""
    added = command.add_endpoint(call.platform, call.merchant_id, _settings(call.message))
    return wire.EndpointAdded(
        endpoint=wire.EndpointText(**_told(added.endpoint)), secret=added.shown
    )


def put_endpoint(call: Call[wire.PutEndpoint]) -> wire.EndpointText:
    """All settings of an endpoint in place of those before."""
    settings = _settings(call.message)
    number = call.message.endpoint_id
    changed = command.change_endpoint(call.platform, call.merchant_id, number, settings)
    return wire.EndpointText(**_told(changed))


def rotate_secret(call: Call[wire.RotateSecret]) -> wire.SecretRotated:
    """A new signing secret; both sign for a while."""
    asked = call.message
    rotated = command.rotate_signing_secret(
        call.platform,
        call.merchant_id,
        asked.endpoint_id,
        timedelta(hours=asked.overlap_hours),
    )
    until = rotated.secrets.previous_until
    return wire.SecretRotated(
        endpoint_id=asked.endpoint_id,
        previous_until=zulu(until) if until else None,
        secret=rotated.shown,
    )


def remove_endpoint(call: Call[wire.OneEndpoint]) -> wire.EndpointRemoved:
    """An endpoint that is sent nothing any more."""
    number = call.message.endpoint_id
    removed = command.remove_endpoint(call.platform, call.merchant_id, number)
    return wire.EndpointRemoved(endpoint_id=removed.id, name=removed.name)


def list_notifications(call: Call[wire.ListNotifications]) -> wire.Notifications:
    """A page of notifications, the newest first."""
    asked = call.message
    page = read_page(
        call.platform,
        call.merchant_id,
        _filter(asked),
        asked.cursor,
        most=asked.limit,
        payload=asked.payload,
    )
    return wire.Notifications(
        notifications=tuple(
            wire.NotificationEntry(**_notice(one), payload=_raw(page.payloads.get(one.id)))
            for one in page.notices
        ),
        next_cursor=None if page.below is None else wire.Place.shown(page.below),
    )


def get_notification(call: Call[wire.OneNotification]) -> wire.NotificationHistory:
    """One notification, with all that became of it."""
    number = call.message.notification_id
    history, payload = read_notice(call.platform, call.merchant_id, number)
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


def replay_notification(call: Call[wire.ReplayNotification]) -> wire.Replayed:
    """Send one again."""
    asked = call.message
    return _replayed(
        replaying.replay_notification(
            call.platform, call.merchant_id, asked.notification_id, asked.endpoint_id
        )
    )


def replay_notifications(call: Call[wire.ReplayNotifications]) -> wire.Replayed:
    """Send again all that fit."""
    asked = call.message
    return _replayed(
        replaying.replay_notifications(
            call.platform, call.merchant_id, _filter(asked), asked.endpoint_id
        )
    )


def _settings(message: wire.AddEndpoint) -> command.EndpointSettings:
    chaos = message.chaos
    return command.EndpointSettings(
        name=message.name,
        url=message.url,
        format=message.format,
        types=message.types,
        product_ids=message.product_ids,
        username=message.username,
        password=message.password,
        active=message.active,
        chaos=CALM
        if chaos is None
        else Chaos(**{name: getattr(chaos, name) for name in Chaos.__struct_fields__}),
    )


def _told(endpoint: Endpoint) -> dict[str, Any]:
    """The fields that every answer about an endpoint has."""
    chaos = {name: getattr(endpoint.chaos, name) for name in Chaos.__struct_fields__}
    return {
        "endpoint_id": endpoint.id,
        "name": endpoint.name,
        "url": endpoint.url,
        "format": endpoint.format.value,
        "types": endpoint.types,
        "product_ids": endpoint.product_ids,
        "username": endpoint.username,
        "active": endpoint.active,
        "disabled_at": zulu(endpoint.disabled_at) if endpoint.disabled_at else None,
        "chaos": wire.ChaosText(**chaos),
        "created_at": zulu(endpoint.created_at),
    }


def _filter(asked: wire.Narrowing) -> NoticeFilter:
    if asked.type and asked.type not in TYPES:
        raise Invalid("type", f"There is no notification type {asked.type}")
    return NoticeFilter(
        type=asked.type,
        since=asked.since,
        until=asked.until,
        subscription_id=asked.subscription_id,
        state=asked.state,
    )


def _notice(notice: Notification) -> dict[str, Any]:
    """The fields that every answer about a notification has."""
    numbers = dict.fromkeys(fact.subscription_id for fact in notice.facts)
    return {
        "notification_id": notice.id,
        "message_id": notice.message_id,
        "type": notice.type,
        "at": zulu(notice.at),
        "subject": notice.subject,
        "subscription_ids": tuple(f"S{number}" for number in numbers),
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


def _replayed(replayed: replaying.Replayed) -> wire.Replayed:
    return wire.Replayed(
        notifications=replayed.notifications,
        deliveries=replayed.deliveries,
        endpoint_ids=replayed.endpoint_ids,
    )
