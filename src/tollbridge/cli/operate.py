"""The commands that look at or change a database without serving it."""

import os
import sys
from collections.abc import Iterator, Mapping, Sized
from contextlib import contextmanager
from pathlib import Path

from tollbridge.bootstrap import Place, migrate, opened, place_of
from tollbridge.cli.telling import CommandError, Exit, say, telling
from tollbridge.commands.add_merchant import add_merchant
from tollbridge.commands.apply_catalog import CatalogApplied, apply_catalog
from tollbridge.commands.apply_endpoints import EndpointPlan
from tollbridge.commands.catalog_file import parse_catalog, parse_merchant
from tollbridge.ports import Platform
from tollbridge.settings import Settings, read_settings

USERNAME_MAX = 100


def apply_catalog_file(file: Path, database: str | None, *, as_json: bool) -> None:
    """`tollbridge catalog apply`."""
    with telling(as_json=as_json):
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(Exit.USAGE, f"{file}: {error}", reason="file_unreadable") from None
        catalog = parse_catalog(text, os.environ)
        with opened_platform(database) as platform:
            applied = apply_catalog(platform, catalog)
        answer = {
            "merchant_id": applied.merchant_id,
            "merchant": applied.merchant,
            "products": {
                "added": applied.added,
                "changed": applied.changed,
                "unchanged": applied.unchanged,
            },
            "promotions": {
                "added": applied.promotions_added,
                "changed": applied.promotions_changed,
                "unchanged": applied.promotions_unchanged,
            },
            "endpoints": _endpoints(applied.endpoints),
        }
        say(answer, _summary(applied), as_json=as_json)


def _endpoints(plan: EndpointPlan) -> dict[str, object]:
    """By name; the new ones with their secrets, which are shown only now."""
    return {
        "added": [
            {"id": one.endpoint.id, "name": one.endpoint.name, "secret": one.shown}
            for one in plan.added
        ],
        "changed": [one.endpoint.name for one in plan.changed],
        "unchanged": plan.unchanged,
    }


def _summary(applied: CatalogApplied) -> str:
    products = _counts(applied.added, applied.changed, applied.unchanged)
    text = f"Merchant {applied.merchant_id} {applied.merchant}; products: {products}"
    plan = applied.endpoints
    for name, parts in (
        (
            "promotions",
            (applied.promotions_added, applied.promotions_changed, applied.promotions_unchanged),
        ),
        ("endpoints", (plan.added, plan.changed, plan.unchanged)),
    ):
        if any(parts):
            text = f"{text}; {name}: {_counts(*parts)}"
    secrets = [f"{one.endpoint.name}: secret {one.shown}" for one in plan.added]
    shown = [*secrets, "Secrets are not shown again."] if secrets else []
    return "\n".join([f"{text}.", *shown])


def _counts(added: Sized, changed: Sized, unchanged: Sized) -> str:
    return f"{len(added)} added, {len(changed)} changed, {len(unchanged)} unchanged"


def add_one_merchant(given: Mapping[str, object], database: str | None, *, as_json: bool) -> None:
    """`tollbridge merchant add`."""
    with telling(as_json=as_json):
        settings = parse_merchant(given)
        with opened_platform(database) as platform:
            merchant = add_merchant(platform, settings)
        answer = {"merchant_id": merchant.id, "name": merchant.name, "mode": merchant.mode.value}
        text = f"Merchant {merchant.id} {merchant.name!r} added, {merchant.mode.value}."
        say(answer, text, as_json=as_json)


def require_username(username: str) -> None:
    """HTTP Basic ends the user name at the first colon (RFC 7617)."""
    if not username or not username.isprintable() or ":" in username:
        message = "a user name is printable, not empty, and has no colon"
        raise CommandError(Exit.USAGE, message, reason="username_invalid")
    if len(username) > USERNAME_MAX:
        message = f"a user name has at most {USERNAME_MAX} characters"
        raise CommandError(Exit.USAGE, message, reason="username_invalid")


def migrate_database(database: str | None, *, as_json: bool) -> None:
    """`tollbridge migrate`."""
    with telling(as_json=as_json):
        names = migrate(place(read_settings(os.environ), database))
        text = "\n".join(f"Applied {name}." for name in names) or "Up to date."
        say({"applied": names}, text, as_json=as_json)


def examine_database(database: str | None, *, as_json: bool) -> None:
    """`tollbridge doctor`; exit code 1 when there are findings."""
    from tollbridge.queries.doctor import examine

    with telling(as_json=as_json):
        with opened_platform(database, read_only=True) as platform:
            findings = [
                {
                    "merchant_id": one.merchant_id,
                    "subscription_id": one.subscription_id and f"S{one.subscription_id}",
                    "check": one.check,
                    "message": one.message,
                }
                for one in examine(platform)
            ]
        lines = [_line(finding) for finding in findings]
        text = "\n".join([*lines, f"{len(findings)} findings."]) if lines else "No findings."
        say({"findings": findings}, text, as_json=as_json)
        if findings:
            sys.exit(Exit.REFUSED)


def _line(finding: Mapping[str, object]) -> str:
    where = finding["subscription_id"] or "-"
    return f"{finding['merchant_id']} {where} {finding['check']}: {finding['message']}"


def place(settings: Settings, database: str | None, *, demo: bool = False) -> Place:
    """Where the platform lives; a usage error for what is no URL of a database."""
    try:
        return place_of(settings, database, demo=demo)
    except ValueError as error:
        raise CommandError(Exit.USAGE, str(error), reason="database_url") from None


@contextmanager
def opened_platform(
    database: str | None, *, make: bool = True, read_only: bool = False
) -> Iterator[Platform]:
    """The platform at the given database, else where the settings say."""
    settings = read_settings(os.environ)
    where = place(settings, database)
    with opened(
        where,
        make=make,
        read_only=read_only,
        lease=settings.lease,
        public_url=settings.public_url,
    ) as platform:
        yield platform
