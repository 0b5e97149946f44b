"""`tollbridge mail`: look at mails before and after they are sent."""

import os
from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import TypeVar

from tollbridge.bootstrap import collecting, opened
from tollbridge.cli.naming import subscription_number, the_merchant
from tollbridge.cli.operate import opened_platform, place
from tollbridge.cli.telling import CommandError, Exit, say, telling
from tollbridge.commands.catalog_file import parse_catalog
from tollbridge.commands.note_bounce import note_bounce
from tollbridge.domain.mail import Mail, MailKind, MailState
from tollbridge.flows.mail_samples import LANGUAGES, Brand, sample_of
from tollbridge.ports import MailSearch
from tollbridge.queries.mails import read_mails
from tollbridge.rest.dates import zulu
from tollbridge.settings import read_settings

REASON_MAX = 200
E = TypeVar("E", bound=Enum)


def preview(
    kind: str, language: str, html: Path | None, catalog: Path | None, *, as_json: bool
) -> None:
    """`tollbridge mail preview`."""
    with telling(as_json=as_json):
        wanted = _named(kind, MailKind, "kind of mail")
        if language not in LANGUAGES:
            message = f"{language!r} is none of {', '.join(LANGUAGES)}"
            raise CommandError(Exit.USAGE, message, reason="language_unknown")
        settings = read_settings(os.environ)
        with (
            opened(place(settings, None), memory=True, public_url=settings.public_url) as platform,
            collecting(platform) as collector,
        ):
            sample = sample_of(collector, wanted, language, _brand(catalog))
            written = platform.writer.write(sample.mail, sample.facts, sample.merchant)
        if html is not None:
            _write(html, written.html)
        answer = {
            "kind": wanted.value,
            "language": written.language,
            "subject": written.subject,
            "text": written.text,
            "html_file": str(html) if html else None,
        }
        shown = f"Written to {html}." if html else f"Subject: {written.subject}\n\n{written.text}"
        say(answer, shown, as_json=as_json)


def list_mails(
    kind: str,
    state: str,
    subscription: str,
    recipient: str,
    count: int,
    merchant_id: int | None,
    database: str | None,
    *,
    as_json: bool,
) -> None:
    """`tollbridge mail list`."""
    with telling(as_json=as_json):
        wanted = MailSearch(
            kind=_named(kind, MailKind, "kind of mail") if kind else None,
            state=_named(state, MailState, "state of a mail") if state else None,
            subscription_id=subscription_number(subscription) if subscription else None,
            recipient=recipient,
        )
        with opened_platform(database, make=False) as platform:
            number = the_merchant(platform, merchant_id).id
            found = read_mails(platform, number, wanted, most=count)
        rows = [_row(mail) for mail in found.mails]
        text = "\n".join(map(_line, found.mails)) or "No mails."
        say({"merchant_id": number, "mails": rows}, text, as_json=as_json)


def bounced(
    mail_id: int, reason: str, merchant_id: int | None, database: str | None, *, as_json: bool
) -> None:
    """`tollbridge mail bounced`."""
    with telling(as_json=as_json), opened_platform(database, make=False) as platform:
        number = the_merchant(platform, merchant_id).id
        mail = note_bounce(platform, number, mail_id, reason[:REASON_MAX])
        say(
            {"merchant_id": number, **_row(mail)},
            f"Mail {mail.id} to {mail.recipient} came back.",
            as_json=as_json,
        )


def _named(text: str, kinds: type[E], what: str) -> E:
    """The member of this name or value, in any case; a usage error that names them all."""
    asked = text.lower().replace("-", "_")
    for one in kinds:
        if asked in (one.name.lower(), str(one.value).lower()):
            return one
    names = ", ".join(one.name.lower() for one in kinds)
    raise CommandError(Exit.USAGE, f"{text!r} is no {what}: {names}", reason="word_unknown")


def _brand(catalog: Path | None) -> Brand:
    """How the merchant of a catalog file looks."""
    if catalog is None:
        return Brand()
    try:
        text = catalog.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(Exit.USAGE, f"{catalog}: {error}", reason="file_unreadable") from None
    merchant = parse_catalog(text).merchant
    return Brand(
        name=merchant.name,
        colour=merchant.colour,
        address=merchant.address,
        support_email=merchant.support_email,
    )


def _write(file: Path, html: str) -> None:
    try:
        file.write_text(html, encoding="utf-8")
    except OSError as error:
        message = f"{file}: {error.strerror}"
        raise CommandError(Exit.USAGE, message, reason="file_unwritable") from None


def _row(mail: Mail) -> dict[str, object]:
    return {
        "id": mail.id,
        "kind": mail.kind.value,
        "state": mail.state.value,
        "subject": mail.subject,
        "recipient": mail.recipient,
        "language": mail.language,
        "subscription_ids": [f"S{key.subscription_id}" for key in mail.facts],
        "created_at": zulu(mail.created_at),
        "sent_at": zulu(mail.sent_at) if mail.sent_at else None,
        "tries": mail.tries,
        "error": mail.error,
    }


def _line(mail: Mail) -> str:
    about = _joined(f"S{key.subscription_id}" for key in mail.facts)
    why = f" ({mail.error})" if mail.error else ""
    return (
        f"{mail.id} {zulu(mail.created_at)} {mail.state.value} {mail.kind.value} {about}"
        f" {mail.recipient or '-'}: {mail.subject}{why}"
    )


def _joined(words: Iterable[str]) -> str:
    return ",".join(words)
