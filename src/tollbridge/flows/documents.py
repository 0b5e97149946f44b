"""The documents of notifications: made when they are first needed, and kept byte for byte."""

from collections.abc import Mapping, Sequence

from tollbridge.domain.endpoint import Format
from tollbridge.domain.facts import Fact
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.notification import Notification
from tollbridge.domain.outbox import read_input
from tollbridge.logs import log
from tollbridge.notices.telling import NoticeContext, document, to_json, to_xml
from tollbridge.ports import Platform

WRITERS = {Format.JSON: to_json, Format.XML: to_xml}
PAGE = 100  # documents made at once


def kept_bodies(
    platform: Platform, merchant: Merchant, format_: Format, notices: Sequence[Notification]
) -> Mapping[int, bytes]:
    """What is sent of these notifications, by id: made now, or what somebody else has just made.

    Those of which no document can be made are logged and left out.
    """
    kept: dict[int, bytes] = {}
    wanted = list({notice.id: notice for notice in notices}.values())
    for first in range(0, len(wanted), PAGE):
        page = wanted[first : first + PAGE]
        made = {}
        for notice, facts in zip(page, platform.store.facts_of(merchant.id, page), strict=True):
            body = _body(platform, merchant, format_, notice, facts)
            if body is not None:
                made[notice.id] = body
        if made:
            kept |= platform.store.keep_bodies(merchant.id, format_, made)
    return kept


def _body(
    platform: Platform,
    merchant: Merchant,
    format_: Format,
    notice: Notification,
    facts: Sequence[Fact],
) -> bytes | None:
    context = NoticeContext(
        merchant=merchant,
        public_url=platform.public_url,
        choices=merchant.notices,
        tax=platform.tax,
    )
    try:
        told = [(fact, read_input(fact)) for fact in facts]
        return WRITERS[format_](document(notice.type, told, context))
    except Exception:
        log.exception(
            "document_not_made",
            merchant_id=merchant.id,
            notification_id=notice.id,
            type=notice.type,
        )
        return None
