"""The commands that bill: by workers, by hand, and again what had failed."""

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from threading import Event
from typing import TYPE_CHECKING

from tollbridge import __version__
from tollbridge.bootstrap import metrics_of, metrics_served, opened, working
from tollbridge.bootstrap.log_lines import start_logs
from tollbridge.cli.naming import instant_of, merchants_of, subscription_number, the_merchant
from tollbridge.cli.operate import opened_platform, place
from tollbridge.cli.progress import Bar
from tollbridge.cli.stopping import stopping
from tollbridge.cli.telling import CommandError, Exit, say, telling
from tollbridge.domain.merchant import Merchant
from tollbridge.flows.bill_by_hand import bill_until, left_due, require_past
from tollbridge.flows.tally import Tally
from tollbridge.ports import Parked, Platform
from tollbridge.rest.dates import zulu
from tollbridge.settings import Settings, read_settings

if TYPE_CHECKING:
    from tollbridge.rest.metrics import Metrics


def work(database: str | None, metrics_port: int | None, *, as_json: bool) -> None:
    """`tollbridge worker`: until SIGINT or SIGTERM; the running batch is finished."""
    with telling(as_json=as_json), stopping() as stop:
        settings = read_settings(os.environ)
        start_logs(settings.log_level)
        where = place(settings, database)
        if where.has_one_writer:
            message = (
                "SQLite has one writer: there `tollbridge serve` bills by itself, and without a"
                " server `tollbridge bill` does"
            )
            raise CommandError(Exit.USAGE, message, reason="worker_within_serve")
        with (
            opened(
                where, make=False, lease=settings.lease, public_url=settings.public_url
            ) as platform,
            _metrics(platform, settings, metrics_port) as metrics,
            working(platform, bills=True, told=metrics.billed, heard=metrics.notified),
        ):
            gc.freeze()  # what is loaded is never looked at again
            said = {
                "version": __version__,
                "database": where.shown,
                "lease_seconds": settings.lease_seconds,
            }
            text = f"Tollbridge {__version__} bills what is due in {where.shown}."
            say(said, f"{text}\nStop with Ctrl-C.", as_json=as_json)
            stop.wait()


@contextmanager
def _metrics(platform: Platform, settings: Settings, port: int | None) -> Iterator["Metrics"]:
    """What the worker counts; this machine may read it where a port is given."""
    metrics, _ = metrics_of(platform, settings)
    with ExitStack() as stack:
        if port is not None:
            try:
                stack.enter_context(metrics_served(metrics, port))
            except OSError as error:
                message = f"cannot listen at 127.0.0.1 port {port}: {error.strerror}"
                raise CommandError(Exit.ADDRESS, message, reason="address_unavailable") from None
        yield metrics


def bill(
    until: str | None, merchant_id: int | None, database: str | None, *, as_json: bool
) -> None:
    """`tollbridge bill`: until nothing is due any more, or SIGINT or SIGTERM."""
    with (
        telling(as_json=as_json),
        stopping() as stop,
        opened_platform(database, make=False) as platform,
    ):
        ends = _ends(platform, merchant_id, instant_of(until, "--until") if until else None)
        total = _bill_all(platform, ends, stop)
        left = sum(left_due(platform, merchant, end) for merchant, end in ends)
        answer = {
            "ticks": total.ticks,
            "renewals": total.renewals,
            "declines": total.declines,
            "purchases": total.purchases,
            "notices": total.notices,
            "mails": total.mails,
            "parked": total.parked,
            "left": left,
            "stopped": stop.is_set(),
        }
        say(answer, _summary(total, left, stopped=stop.is_set()), as_json=as_json)


def _ends(
    platform: Platform, merchant_id: int | None, until: datetime | None
) -> list[tuple[Merchant, datetime]]:
    """Up to when each merchant is billed: a sandbox merchant never beyond its clock (R23)."""
    now = platform.wall()
    merchants = merchants_of(platform, merchant_id)
    if until is not None:
        for merchant in merchants:
            if merchant_id is not None or merchant.clock is None:
                require_past(platform, merchant, until)
    return [(merchant, min(until or now, merchant.now(now))) for merchant in merchants]


def _bill_all(platform: Platform, ends: Sequence[tuple[Merchant, datetime]], stop: Event) -> Tally:
    total = Tally()
    with closing(Bar(sys.stderr, platform.wall)) as bar:
        for merchant, end in ends:
            for tally in bill_until(platform, merchant, end, stopped=stop.is_set):
                total.add(tally)
                if bar.wanted:
                    done = total.ticks + total.parked
                    left = sum(left_due(platform, each, until) for each, until in ends)
                    bar.show(done, done + left, done, f"{done:,} done, {left:,} due")
    return total


def _summary(total: Tally, left: int, *, stopped: bool) -> str:
    text = (
        f"{total.ticks} steps: {total.renewals} renewals, {total.declines} declines,"
        f" {total.parked} parked."
    )
    if not left:
        return text
    why = "stopped" if stopped else "others are at them, or they failed; try again"
    return f"{text} {left} subscriptions are still due ({why})."


def list_parked(merchant_id: int | None, database: str | None, *, as_json: bool) -> None:
    """`tollbridge parked`."""
    with telling(as_json=as_json), opened_platform(database, make=False) as platform:
        parked = [
            one
            for merchant in merchants_of(platform, merchant_id)
            for one in platform.store.parked(merchant.id)
        ]
        answer = [
            {
                "merchant_id": one.merchant_id,
                "subscription_id": f"S{one.subscription_id}",
                "due_at": zulu(one.due_at),
                "parked_at": zulu(one.at),
                "error": one.error,
            }
            for one in parked
        ]
        text = "\n".join(map(_line, parked)) or "Nothing is parked."
        say({"parked": answer}, text, as_json=as_json)


def _line(one: Parked) -> str:
    return (
        f"{one.merchant_id} S{one.subscription_id} due {zulu(one.due_at)}, parked"
        f" {zulu(one.at)}: {one.error}"
    )


def retry_parked(
    given: Sequence[str], merchant_id: int | None, database: str | None, *, as_json: bool
) -> None:
    """`tollbridge parked retry`: all of them, or none where one is not parked."""
    with telling(as_json=as_json), opened_platform(database, make=False) as platform:
        merchant = the_merchant(platform, merchant_id)
        numbers = [subscription_number(text) for text in given]
        parked = {one.subscription_id for one in platform.store.parked(merchant.id)}
        for number in numbers:
            if number not in parked:
                message = f"S{number} of merchant {merchant.id} is not parked"
                raise CommandError(Exit.REFUSED, message, reason="not_parked")
        for number in numbers:
            platform.store.unpark(merchant.id, number)
        names = [f"S{number}" for number in numbers]
        answer = {"merchant_id": merchant.id, "unparked": names}
        say(answer, f"Due again: {', '.join(names)}.", as_json=as_json)
