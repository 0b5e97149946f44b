"""`ports.Pages` with the templates of this room."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from tollbridge.domain.mail import Mail, MailKind, MailState
from tollbridge.ports import HtmlPage, Mailbox, MailSearch, Written

HERE = Path(__file__).parent / "templates"
PATH = "/tollbridge/mailbox"

# A mail is shown in a frame of its own that has this policy too, and mails bear their style in
# their elements: so style is allowed in any form. Nothing can be loaded and nothing can run.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


class WebPages:
    """Makes the pages. Jinja's templates may be used by many threads at once."""

    def __init__(self) -> None:
        templates = Environment(
            loader=FileSystemLoader(HERE),
            autoescape=select_autoescape(("html",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        templates.filters["instant"] = _shown
        self._mailbox = templates.get_template("mailbox.html")

    def mailbox(self, mailbox: Mailbox) -> HtmlPage:
        """The mailbox: a list of mails, and one that is open."""
        filters = dict(_filters(mailbox.wanted))
        html = self._mailbox.render(
            mailbox=mailbox,
            wanted=mailbox.wanted,
            kinds=list(MailKind),
            states=list(MailState),
            framed=_framed(mailbox.written) if mailbox.written else "",
            url_of=lambda mail: _url({**filters, "mail_id": mail.id}),
            older=_url({**filters, "cursor": mailbox.cursor}) if mailbox.cursor else "",
            all_mails=_url(filters),
            about=_about,
        )
        return HtmlPage(html.encode(), POLICY)


def _framed(written: Written) -> str:
    """The mail for a frame: its links open outside of it."""
    return written.html.replace("<head>", '<head><base target="_blank">', 1)


def _about(mail: Mail) -> str:
    """What a mail is about, by its numbers."""
    numbers = [f"S{key.subscription_id}" for key in mail.facts]
    if mail.purchase_id:
        numbers.append(str(mail.purchase_id))
    return " · ".join(numbers)


def _filters(wanted: MailSearch) -> Iterator[tuple[str, str | int]]:
    """The conditions that are set, as parameters of the address."""
    if wanted.kind:
        yield "kind", wanted.kind.value
    if wanted.state:
        yield "state", wanted.state.value
    for name in ("subscription_id", "purchase_id", "customer_id", "recipient"):
        value = getattr(wanted, name)
        if value:
            yield name, value


def _url(parameters: dict[str, str | int]) -> str:
    return f"{PATH}?{urlencode(parameters)}" if parameters else PATH


def _shown(at: datetime | None) -> str:
    """An instant for people, in UTC."""
    return f"{at:%Y-%m-%d %H:%M}" if at else ""
