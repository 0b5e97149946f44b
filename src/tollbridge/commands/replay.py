"""Send notifications once more: the same documents under the same ids, outside the order."""

import msgspec

from tollbridge.domain.endpoint import Endpoint
from tollbridge.domain.notification import Notification
from tollbridge.domain.refusal import (
    Invalid,
    NotAllowed,
    known_endpoint,
    known_merchant,
    known_notification,
)
from tollbridge.ports import NoticeFilter, Platform

REPLAY_MAX = 1000  # notifications of one call


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """How many notifications are sent again, and the endpoints that are sent any."""

    notifications: int
    deliveries: int
    endpoint_ids: tuple[int, ...]


def replay_notification(
    platform: Platform, merchant_id: int, notification_id: int, endpoint_id: int | None = None
) -> Replayed:
    """Send a notification again, to one endpoint or to all active ones that want it.

    Raises NotFound for either; NotAllowed where nobody would get it.
    """
    history = platform.store.notice_history(merchant_id, notification_id)
    notice = known_notification(history, notification_id).notification
    return _sent_again(platform, merchant_id, (notice,), endpoint_id)


def replay_notifications(
    platform: Platform, merchant_id: int, wanted: NoticeFilter, endpoint_id: int | None = None
) -> Replayed:
    """The same for all that fit, at most `REPLAY_MAX`; of none nothing is sent.

    Raises Invalid without type, time or subscription; NotAllowed for more, where nobody would get
    any; NotFound for the endpoint.
    """
    if wanted == NoticeFilter(state=wanted.state):
        message = "Say which: a type, a time from or until, or a subscription"
        raise Invalid("type", message, reason="missing_field")
    found = platform.store.notifications(merchant_id, wanted, most=REPLAY_MAX + 1)
    if len(found) > REPLAY_MAX:
        message = f"More than {REPLAY_MAX} notifications fit: ask for less time at once"
        raise NotAllowed("replay_too_large", message)
    return _sent_again(platform, merchant_id, found, endpoint_id)


def _sent_again(
    platform: Platform,
    merchant_id: int,
    notices: tuple[Notification, ...],
    endpoint_id: int | None,
) -> Replayed:
    merchant = known_merchant(platform.store.merchant(merchant_id), merchant_id)
    endpoints = _receivers(platform, merchant_id, endpoint_id)
    pairs = [
        (notice, one.id)
        for notice in notices
        for one in endpoints
        if endpoint_id is not None or one.wants(notice.type, notice.product_ids)
    ]
    if notices and not pairs:
        message = "No active endpoint wants it: add one, or name one that is active"
        raise NotAllowed("no_endpoint", message, field="endpoint_id")
    if pairs:
        platform.store.replay(merchant_id, pairs, merchant.now(platform.wall()))
    return Replayed(
        notifications=len({notice.id for notice, _ in pairs}),
        deliveries=len(pairs),
        endpoint_ids=tuple(sorted({number for _, number in pairs})),
    )


def _receivers(
    platform: Platform, merchant_id: int, endpoint_id: int | None
) -> tuple[Endpoint, ...]:
    endpoints = platform.store.endpoints(merchant_id)
    if endpoint_id is None:
        return endpoints
    named = [one for one in endpoints if one.id == endpoint_id]
    endpoint = known_endpoint(named[0] if named else None, endpoint_id)
    return (endpoint,) if endpoint.active else ()
