"""Reading notifications with their documents, which are made when they are first needed."""

from collections.abc import Mapping, Sequence

import msgspec

from tollbridge.domain.endpoint import Format
from tollbridge.domain.notification import Notification
from tollbridge.domain.refusal import known_merchant, known_notification
from tollbridge.flows.documents import kept_bodies
from tollbridge.ports import NoticeFilter, NoticeHistory, NoticePlace, Platform


class NoticePage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a list; `payloads` are documents in JSON by notification, `below` goes on from."""

    notices: tuple[Notification, ...]
    payloads: Mapping[int, bytes]
    below: NoticePlace | None


def read_page(
    platform: Platform,
    merchant_id: int,
    wanted: NoticeFilter,
    below: NoticePlace | None = None,
    *,
    most: int,
    payload: bool = True,
) -> NoticePage:
    """At most so many notifications, the newest first; NotFound for the merchant.

    One of which no document can be made has no payload: the log says why.
    """
    found = platform.store.notifications(merchant_id, wanted, below, most + 1)
    page = found[:most]
    last = page[-1] if len(found) > most else None
    return NoticePage(
        notices=page,
        payloads=payloads_of(platform, merchant_id, page) if payload else {},
        below=None if last is None else NoticePlace(last.at, last.id),
    )


def read_notice(
    platform: Platform, merchant_id: int, notification_id: int
) -> tuple[NoticeHistory, bytes | None]:
    """A notification with all that became of it, and its document in JSON; NotFound for either."""
    found = platform.store.notice_history(merchant_id, notification_id)
    history = known_notification(found, notification_id)
    payload = history.bodies.get(Format.JSON)
    if payload is None:
        made = payloads_of(platform, merchant_id, (history.notification,))
        payload = made.get(notification_id)
    return history, payload


def payloads_of(
    platform: Platform, merchant_id: int, notices: Sequence[Notification]
) -> Mapping[int, bytes]:
    """Documents in JSON by notification; NotFound for the merchant."""
    merchant = known_merchant(platform.store.merchant(merchant_id), merchant_id)
    return kept_bodies(platform, merchant, Format.JSON, notices)
