"""`tollbridge simulate`: years of a platform in seconds, with faults, from one seed."""

import sys
from datetime import datetime

import msgspec

from tollbridge.bootstrap import simulate
from tollbridge.bootstrap.log_lines import start_logs
from tollbridge.cli.telling import CommandError, Exit, say, telling
from tollbridge.domain.refusal import Invalid
from tollbridge.simulation.plan import Plan, parse_faults
from tollbridge.simulation.running import Failure, Report


def simulate_years(
    seed: int,
    years: int,
    subscriptions: int,
    faults: str,
    database: str | None,
    *,
    as_json: bool,
) -> None:
    """Run it and tell what it came to; exit code 1 where a law is broken."""
    with telling(as_json=as_json):
        try:
            plan = Plan(seed, years, subscriptions, parse_faults(faults))
        except Invalid as error:
            raise CommandError(Exit.USAGE, error.message, reason="faults_invalid") from None
        start_logs("critical")
        report = simulate(plan, database, _silent if as_json else _shown)
        say(msgspec.to_builtins(report), _text(report, faults), as_json=as_json)
        if report.failure is not None:
            sys.exit(Exit.REFUSED)


def _silent(step: int, now: datetime) -> None:
    """A program reads the answer alone."""


def _shown(step: int, now: datetime) -> None:
    """Where it is, on a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\rstep {step}, {now:%Y-%m-%d}")


def _text(report: Report, faults: str) -> str:
    told = ", ".join(f"{name} {times}" for name, times in report.faults.items()) or "none"
    of_all = f"{report.years} years in {report.steps} steps, {report.subscriptions} subscriptions"
    asked = f"Requests {report.requests}, of them refused {report.refused}"
    billed = f"renewals {report.renewals}, declines {report.declines}"
    lines = [
        f"Seed {report.seed}, {of_all}.",
        f"{asked}; {billed}; forecasts compared {report.forecasts}.",
        f"Faults ({faults}): {told}; exits {report.exits}.",
        f"Digest {report.digest}.",
    ]
    return "\n".join([*lines, *_failed(report.failure)])


def _failed(failure: Failure | None) -> list[str]:
    if failure is None:
        return ["Every law held after every step."]
    return [
        f"Step {failure.step} breaks the law {failure.law}: {failure.message}",
        "The last steps:",
        *failure.last_steps,
    ]
