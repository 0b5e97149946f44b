"""Mails to customers, in Tollbridge's own words."""

import re
from datetime import datetime
from typing import Annotated, Any, ClassVar

from tollbridge.domain.mail import MailKind, MailState
from tollbridge.ports import MailPlace
from tollbridge.rest.dates import FIRST_YEAR, instant
from tollbridge.rest.kinds import ID, SUBSCRIPTION, TEXT, Choice, Kind, Schema, Text, Whole
from tollbridge.rest.messages import Answer, Message, of, told

PAGE_MAX = 100
PAGE = 50
REASON = Text(200)
KIND = Choice({kind.value: kind for kind in MailKind})
STATE = Choice({state.value: state for state in MailState})
EXAMPLE = 1


class Cursor:
    """Where a page of mails ended: the time and the id of its last one."""

    schema: ClassVar[Schema] = {
        "type": "string",
        "pattern": r"^[0-9]{8}T[0-9]{12}Z-[0-9]{1,15}$",
    }
    _FORM: ClassVar[re.Pattern[str]] = re.compile(
        r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{6})Z-(\d{1,15})", re.ASCII
    )

    def from_json(self, value: object) -> MailPlace:
        """A JSON string."""
        if type(value) is not str:
            raise ValueError("must be a cursor that a page of mails ended with")
        return self.from_text(value)

    def from_text(self, text: str) -> MailPlace:
        """The cursor as `cursor_of` writes it."""
        match = self._FORM.fullmatch(text)
        if match is None or int(match[1]) < FIRST_YEAR:
            raise ValueError("must be a cursor that a page of mails ended with")
        year, month, day, hour, minute, second, micros, number = match.groups()
        at = instant(f"{year}-{month}-{day}T{hour}:{minute}:{second}.{micros}Z")
        return MailPlace(at, int(number))


def cursor_of(place: MailPlace | None) -> str | None:
    """A place as it stands in an answer."""
    return f"{_compact(place.at)}-{place.id}" if place else None


def _compact(at: datetime) -> str:
    return at.strftime("%Y%m%dT%H%M%S%fZ")


CURSOR = Cursor()


class ListMails(Message, frozen=True, kw_only=True):
    """Which mails: what is given must all hold."""

    kind: Annotated[MailKind | None, of(KIND, "Of this kind only", example="REC_CU")] = None
    state: Annotated[
        MailState | None, of(STATE, "In this state only", example=MailState.KEPT.value)
    ] = None
    subscription_id: Annotated[
        int | None, of(SUBSCRIPTION, "About this subscription", example="S67531904")
    ] = None
    purchase_id: Annotated[int | None, of(ID, "About this purchase", example=531157892)] = None
    customer_id: Annotated[int | None, of(ID, "To this customer", example=157610360)] = None
    recipient: Annotated[str, of(TEXT, "To this address, in any case")] = ""
    cursor: Annotated[
        MailPlace | None, of(CURSOR, "Older than those of the page that ended with this cursor")
    ] = None
    count: Annotated[int, of(Whole(1, PAGE_MAX), "At most so many", example=PAGE)] = PAGE


class ReadMail(Message, frozen=True, kw_only=True):
    """Which mail."""

    mail_id: Annotated[int, of(ID, "The mail", example=EXAMPLE)]


class NoteBounce(Message, frozen=True, kw_only=True):
    """Which mail came back, and why."""

    mail_id: Annotated[int, of(ID, "The mail", example=EXAMPLE)]
    reason: Annotated[str, of(REASON, "What the other side says", example="user unknown")] = ""


class OrNothing:
    """A kind whose empty text says nothing, as a form sends fields that are left empty."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self.schema: Schema = {"anyOf": [kind.schema, {"const": ""}]}

    def from_json(self, value: Any) -> Any:  # noqa: ANN401 - as the kind
        """A JSON value of the kind."""
        return None if value == "" else self._kind.from_json(value)

    def from_text(self, text: str) -> Any:  # noqa: ANN401 - as the kind
        """A text of the kind, or an empty one."""
        return self._kind.from_text(text) if text else None


class OpenMailbox(ListMails, frozen=True, kw_only=True):
    """The mailbox: which mails it lists, and which of them it opens."""

    kind: Annotated[MailKind | None, of(OrNothing(KIND), "Of this kind only")] = None
    state: Annotated[MailState | None, of(OrNothing(STATE), "In this state only")] = None
    subscription_id: Annotated[
        int | None, of(OrNothing(SUBSCRIPTION), "About this subscription")
    ] = None
    mail_id: Annotated[int | None, of(ID, "The mail to open")] = None


class MailRow(Answer, frozen=True, kw_only=True):
    """A mail, without what it says."""

    id: Annotated[int, told("The mail", EXAMPLE)]
    kind: Annotated[str, told("What it tells; see docs/reference/mails.md", "REC_CU")]
    state: Annotated[
        str, told("waiting, sent, kept (in the mailbox), skipped, failed or bounced", "kept")
    ]
    subject: Annotated[str, told("Its subject", "Ihr Beleg von Cloudify (531157892)")]
    recipient: Annotated[str, told("Where it goes", "jana.beispiel@example.com")]
    language: Annotated[str, told("The contact's language, ISO 639-1", "de")]
    subscription_ids: Annotated[tuple[str, ...], told("What it is about", ["S67531904"])]
    purchase_id: Annotated[int | None, told("The purchase, if it is about one", 531157892)]
    customer_id: Annotated[int, told("The customer", 157610360)]
    created_at: Annotated[str, told("When what it tells happened")]
    due_at: Annotated[str | None, told("When it is sent next, while it waits")]
    sent_at: Annotated[str | None, told("When the mail server took it")]
    tries: Annotated[int, told("How often it was tried to send it", 0)]
    error: Annotated[str, told("Why it was skipped, failed, put off or came back", "")]


class MailText(MailRow, frozen=True, kw_only=True):
    """A mail and what it says."""

    text: Annotated[str, told("The mail as text")]
    html: Annotated[str, told("The mail as HTML")]


class MailList(Answer, frozen=True, kw_only=True):
    """A page of mails, the newest first."""

    mails: Annotated[tuple[MailRow, ...], told("The mails")]
    next_cursor: Annotated[str | None, told("What leads to older ones; null: there are none")]
