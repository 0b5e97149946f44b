"""`tollbridge listen`: a sandbox merchant's notifications, relayed live to a program at work."""

import json
import os
import sys

import click

from tollbridge.bootstrap.log_lines import start_logs
from tollbridge.cli.naming import the_merchant
from tollbridge.cli.operate import opened_platform
from tollbridge.cli.stopping import stopping
from tollbridge.cli.telling import say, telling
from tollbridge.domain.delivery import DeliveryAttempt
from tollbridge.domain.notification import Notification
from tollbridge.flows.listening import listening
from tollbridge.rest.dates import zulu
from tollbridge.rest.notification_answers import subscriptions_of
from tollbridge.settings import read_settings

LOOK_SECONDS = 0.2
GOOD = 2  # hundreds


def listen(
    url: str,
    types: str | None,
    merchant_id: int | None,
    database: str | None,
    *,
    as_json: bool,
) -> None:
    """Until SIGINT or SIGTERM; the endpoint is removed then."""
    with telling(as_json=as_json), stopping() as stop:
        start_logs(read_settings(os.environ).log_level)
        wanted = tuple(word.strip() for word in types.split(",")) if types else ()
        with opened_platform(database, make=False) as platform:
            number = the_merchant(platform, merchant_id, sandbox=True).id
            with listening(platform, number, url, wanted, stop.is_set) as heard:
                endpoint = heard.added.endpoint
                answer = {
                    "merchant_id": number,
                    "endpoint_id": endpoint.id,
                    "url": url,
                    "types": wanted,
                    "secret": heard.added.shown,
                }
                text = (
                    f"Merchant {number} tells {url} of {', '.join(wanted) or 'everything'}.\n"
                    f"Signing secret: {heard.added.shown}\n"
                    "Stop with Ctrl-C; the secret ends with it."
                )
                say(answer, text, as_json=as_json)
                while not stop.wait(LOOK_SECONDS):
                    for attempt, notice in heard.news():
                        _show(attempt, notice, as_json=as_json)


def _show(attempt: DeliveryAttempt, notice: Notification, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(_told(attempt, notice)) + "\n")
    else:
        click.echo(_line(attempt, notice))
    sys.stdout.flush()


def _told(attempt: DeliveryAttempt, notice: Notification) -> dict[str, object]:
    return {
        "posted_at": zulu(attempt.posted_at),
        "at": zulu(notice.at),
        "notification_id": notice.id,
        "message_id": notice.message_id,
        "type": notice.type,
        "subscription_ids": subscriptions_of(notice),
        "subject": notice.subject,
        "attempt": attempt.number,
        "replay": attempt.lane.replay,
        "status": attempt.status,
        "milliseconds": round(attempt.seconds * 1000),
        "error": attempt.error,
        "chaos": attempt.chaos,
    }


def _line(attempt: DeliveryAttempt, notice: Notification) -> str:
    """Time of the post, number, type, whom it is about, and what came of it, in colour."""
    good = attempt.status is not None and attempt.status // 100 == GOOD
    came = str(attempt.status) if attempt.status is not None else attempt.error
    about = [*subscriptions_of(notice)]
    if notice.subject.startswith("purchase/"):
        about.append(notice.subject.replace("/", " "))
    return "  ".join(
        (
            f"{attempt.posted_at.astimezone():%H:%M:%S}",
            f"{notice.id:>5}",
            f"{notice.type:<42}",
            " ".join(about),
            click.style(came, fg="green" if good else "red"),
            f"{attempt.seconds * 1000:.0f} ms",
            *([attempt.chaos] if attempt.chaos else []),
        )
    )
