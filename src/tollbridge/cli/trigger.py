"""`tollbridge trigger`: a notification that happens for real, at a sandbox merchant."""

from contextlib import closing

from tollbridge.cli.naming import the_merchant
from tollbridge.cli.operate import opened_platform
from tollbridge.cli.telling import say, telling
from tollbridge.domain.notification import Notification
from tollbridge.flows import triggering
from tollbridge.flows.collecting import Collector
from tollbridge.notices.types import FOREIGN, TYPES
from tollbridge.rest.dates import zulu


def trigger(
    kind: str, card: str | None, merchant_id: int | None, database: str | None, *, as_json: bool
) -> None:
    """Let it happen, and print the notifications that came of it."""
    with telling(as_json=as_json):
        name = _known(kind)
        triggering.recipe_of(name)
        with (
            opened_platform(database, make=False) as platform,
            closing(Collector(platform)) as collector,
        ):
            number = the_merchant(platform, merchant_id, sandbox=True).id
            triggered = triggering.trigger(collector, number, name, card)
        answer = {
            "merchant_id": number,
            "subscription_id": f"S{triggered.subscription_id}",
            "notifications": [_told(one) for one in triggered.notices],
            "now": zulu(triggered.now),
            "clock_moved": triggered.clock_moved,
        }
        lines = [f"{one.id:>6}  {one.type}  {one.subject}" for one in triggered.notices]
        if triggered.clock_moved:
            lines.append(f"The clock was moved to {zulu(triggered.now)}.")
        head = f"S{triggered.subscription_id} of merchant {number}:"
        say(answer, "\n".join([head, *lines]), as_json=as_json)


def _known(kind: str) -> str:
    """The type as it is spelt; what is not known stays as it is."""
    by_small = {name.lower(): name for name in (*TYPES, *FOREIGN)}
    return by_small.get(kind.lower(), kind)


def _told(notice: Notification) -> dict[str, object]:
    return {
        "notification_id": notice.id,
        "message_id": notice.message_id,
        "type": notice.type,
        "at": zulu(notice.at),
        "subject": notice.subject,
    }
