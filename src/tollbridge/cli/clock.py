"""`tollbridge clock`: read and turn the clock of a sandbox merchant (R23, R24)."""

import sys
from contextlib import closing
from datetime import datetime

import click

from tollbridge.cli.naming import instant_of, the_merchant
from tollbridge.cli.operate import opened_platform
from tollbridge.cli.progress import Bar
from tollbridge.cli.stopping import stopping
from tollbridge.cli.telling import CommandError, Exit, say, telling
from tollbridge.domain.refusal import Invalid
from tollbridge.domain.schedule import Interval, after, parse_interval
from tollbridge.flows.tally import Tally
from tollbridge.flows.time_travel import Advanced, NextEvent, advance, next_event
from tollbridge.ports import Platform
from tollbridge.queries.clock import read_clock
from tollbridge.rest.dates import zulu

ACTOR = "cli"


def show(merchant_id: int | None, database: str | None, *, as_json: bool) -> None:
    """`tollbridge clock show`: the time, and what falls due first."""
    with telling(as_json=as_json), opened_platform(database, make=False) as platform:
        number = the_merchant(platform, merchant_id, sandbox=True).id
        now, event = read_clock(platform, number), next_event(platform, number)
        answer = {"merchant_id": number, "now": zulu(now), "next": _event(event)}
        say(answer, f"{zulu(now)}. {_words(event)}", as_json=as_json)


def move_to(text: str, merchant_id: int | None, database: str | None, *, as_json: bool) -> None:
    """`tollbridge clock to T`."""
    with telling(as_json=as_json):
        to = instant_of(text, "T")
        _move(merchant_id, database, to, as_json=as_json)


def move_by(text: str, merchant_id: int | None, database: str | None, *, as_json: bool) -> None:
    """`tollbridge clock advance P1Y`."""
    with telling(as_json=as_json):
        try:
            by = parse_interval(text)
        except Invalid as error:
            raise CommandError(Exit.USAGE, error.message, reason="interval_invalid") from None
        _move(merchant_id, database, by, as_json=as_json)


def _move(
    merchant_id: int | None,
    database: str | None,
    where: datetime | Interval,
    *,
    as_json: bool,
) -> None:
    with opened_platform(database, make=False) as platform:
        number = the_merchant(platform, merchant_id, sandbox=True).id
        answer, text = _moved(platform, number, where)
        say(answer, text, as_json=as_json)


def step(
    merchant_id: int | None, database: str | None, *, without_asking: bool, as_json: bool
) -> None:
    """`tollbridge clock next`: says what it is; does it when told so."""
    with telling(as_json=as_json), opened_platform(database, make=False) as platform:
        number = the_merchant(platform, merchant_id, sandbox=True).id
        now, event = read_clock(platform, number), next_event(platform, number)
        if not as_json:
            click.echo(_words(event), err=not without_asking)
        if event is None or not (without_asking or (not as_json and _agreed())):
            answer = {"merchant_id": number, "now": zulu(now), "event": _event(event)}
            say(
                {**answer, "moved": False},
                f"The clock stays at {zulu(now)}.",
                as_json=as_json,
            )
            return
        answer, text = _moved(platform, number, max(now, event.at))
        say({**answer, "event": _event(event), "moved": True}, text, as_json=as_json)


def _agreed() -> bool:
    """What is answered; Ctrl-C, or nobody there to answer, is no."""
    try:
        return click.confirm("Move the clock there?", err=True)
    except click.Abort:
        click.echo(err=True)
        return False


def _moved(
    platform: Platform, merchant_id: int, where: datetime | Interval
) -> tuple[dict[str, object], str]:
    """Move the clock to a time or by a length: the answer as JSON and as text."""
    with stopping() as stop, closing(Bar(sys.stderr, platform.wall)) as bar:
        start = read_clock(platform, merchant_id)
        end = where if isinstance(where, datetime) else after(start, where)

        def progress(total: Tally, now: datetime) -> None:
            if bar.wanted:
                words = f"{now:%Y-%m-%d}, {total.renewals:,} renewals"
                whole = (end - start).total_seconds()
                bar.show((now - start).total_seconds(), whole, total.ticks, words)

        advanced = advance(
            platform,
            merchant_id,
            to=end,
            actor=ACTOR,
            progress=progress,
            stopped=stop.is_set,
        )
        stopped = stop.is_set() and advanced.now < end
    return _answer(merchant_id, advanced, stopped=stopped), _summary(advanced, stopped=stopped)


def _answer(merchant_id: int, advanced: Advanced, *, stopped: bool) -> dict[str, object]:
    tally = advanced.tally
    return {
        "merchant_id": merchant_id,
        "now": zulu(advanced.now),
        "renewals": tally.renewals,
        "declines": tally.declines,
        "purchases": tally.purchases,
        "notices": tally.notices,
        "mails": tally.mails,
        "parked": tally.parked,
        "stopped": stopped,
    }


def _summary(advanced: Advanced, *, stopped: bool) -> str:
    tally = advanced.tally
    text = (
        f"{zulu(advanced.now)}: {tally.renewals} renewals, {tally.declines} declines,"
        f" {tally.purchases} purchases, {tally.notices} notices, {tally.mails} mails,"
        f" {tally.parked} parked."
    )
    return f"Stopped at {text}" if stopped else f"It is {text}"


def _event(event: NextEvent | None) -> dict[str, object] | None:
    if event is None:
        return None
    return {
        "at": zulu(event.at),
        "subscription_id": f"S{event.subscription_id}",
        "step": event.step,
    }


def _words(event: NextEvent | None) -> str:
    if event is None:
        return "Nothing falls due."
    step = event.step.replace("_", " ")
    return f"Next: {step} S{event.subscription_id} at {zulu(event.at)}."
