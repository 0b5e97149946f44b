"""The calls about endpoints and notifications: who is told of what, and what became of it."""

from datetime import timedelta

from tollbridge.commands import endpoints as command
from tollbridge.commands import replay as replaying
from tollbridge.domain.endpoint import CALM, Chaos
from tollbridge.domain.refusal import Invalid
from tollbridge.notices.types import TYPES
from tollbridge.ports import NoticeFilter
from tollbridge.queries import endpoints as query
from tollbridge.rest import notification_messages as wire
from tollbridge.rest.dates import zulu
from tollbridge.rest.endpoint import Call
from tollbridge.rest.notification_answers import endpoint_text, entry, history_text, replayed_text
from tollbridge.rest.sandbox_messages import Ask


def list_endpoints(call: Call[Ask]) -> wire.Endpoints:
    """All endpoints."""
    found = query.read_endpoints(call.platform, call.merchant_id)
    return wire.Endpoints(endpoints=tuple(endpoint_text(one) for one in found))


def get_endpoint(call: Call[wire.OneEndpoint]) -> wire.EndpointText:
    """One endpoint."""
    number = call.message.endpoint_id
    return endpoint_text(query.read_endpoint(call.platform, call.merchant_id, number))


def add_endpoint(call: Call[wire.AddEndpoint]) -> wire.EndpointAdded:
    """A new endpoint, and its secret this once."""
    added = command.add_endpoint(call.platform, call.merchant_id, _settings(call.message))
    return wire.EndpointAdded(endpoint=endpoint_text(added.endpoint), secret=added.shown)


def put_endpoint(call: Call[wire.PutEndpoint]) -> wire.EndpointText:
    """All settings of an endpoint in place of those before."""
    settings = _settings(call.message)
    number = call.message.endpoint_id
    changed = command.change_endpoint(call.platform, call.merchant_id, number, settings)
    return endpoint_text(changed)


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
    from tollbridge.flows.reading_notices import read_page  # noqa: PLC0415 - loads all documents

    page = read_page(
        call.platform,
        call.merchant_id,
        _filter(asked),
        asked.cursor,
        most=asked.limit,
        payload=asked.payload,
    )
    return wire.Notifications(
        notifications=tuple(entry(one, page.payloads.get(one.id)) for one in page.notices),
        next_cursor=None if page.below is None else wire.Place.shown(page.below),
    )


def get_notification(call: Call[wire.OneNotification]) -> wire.NotificationHistory:
    """One notification, with all that became of it."""
    number = call.message.notification_id
    from tollbridge.flows.reading_notices import read_notice  # noqa: PLC0415 - as above

    history, payload = read_notice(call.platform, call.merchant_id, number)
    return history_text(history, payload)


def replay_notification(call: Call[wire.ReplayNotification]) -> wire.Replayed:
    """Send one again."""
    asked = call.message
    return replayed_text(
        replaying.replay_notification(
            call.platform, call.merchant_id, asked.notification_id, asked.endpoint_id
        )
    )


def replay_notifications(call: Call[wire.ReplayNotifications]) -> wire.Replayed:
    """Send again all that fit."""
    asked = call.message
    return replayed_text(
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
