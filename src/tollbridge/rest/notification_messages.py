"""Messages about notifications, and about the endpoints that are sent them: snake_case JSON."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar

import msgspec

from tollbridge.commands.replay import REPLAY_MAX
from tollbridge.domain.delivery import DeliveryState
from tollbridge.domain.endpoint import ALL, NAME_MAX, URL_MAX, USERNAME_MAX, WANTED_MAX, Format
from tollbridge.ports import NoticePlace
from tollbridge.rest.kinds import FLAG, ID, INSTANT, SUBSCRIPTION, Choice, Schema, Text, Whole
from tollbridge.rest.messages import Answer, Listed, Message, Nested, ShownOnce, of, told

LIMIT = 50
PAID = "PaidOrderNotification"
AT = "2026-02-09T15:43:07.20517Z"
HOOK = "http://127.0.0.1:3000/hook"
PERCENT = Whole(0, ALL)
OVERLAP = Whole(0, 720)
PAGE = Whole(1, 200)
TYPE = Text(100, shortest=1)
FORMAT: Choice[Format] = Choice({kind.value: kind for kind in Format})
STATE: Choice[DeliveryState] = Choice({state.value: state for state in DeliveryState})
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_PLACE = re.compile("[0-9]{1,16}-[0-9]{1,15}")


class Place:
    """Where a page of notifications ended: for machines only."""

    schema: ClassVar[Schema] = {"type": "string", "pattern": f"^({_PLACE.pattern})?$"}

    def from_json(self, value: object) -> NoticePlace:
        """A JSON string."""
        if type(value) is not str:
            raise ValueError("must be the next_cursor of a page")
        return self.from_text(value)

    def from_text(self, text: str) -> NoticePlace:
        """What `shown` has written."""
        if not _PLACE.fullmatch(text):
            raise ValueError("must be the next_cursor of a page")
        micros, _, number = text.partition("-")
        return NoticePlace(BEGINNING + int(micros) * MICROSECOND, int(number))

    @staticmethod
    def shown(place: NoticePlace) -> str:
        """The place as a text."""
        return f"{(place.at - BEGINNING) // MICROSECOND}-{place.id}"


# Endpoints


class ChaosSettings(Message, frozen=True, kw_only=True):
    """How often, in percent, a sandbox endpoint gets its notices as it should not."""

    drop: Annotated[int, of(PERCENT, "It never gets it")] = 0
    delay: Annotated[int, of(PERCENT, "An hour of business time later")] = 0
    duplicate: Annotated[int, of(PERCENT, "Twice")] = 0
    reorder: Annotated[int, of(PERCENT, "After the one behind it")] = 0
    server_error: Annotated[int, of(PERCENT, "As if it had answered 500")] = 0


class AddEndpoint(Message, frozen=True, kw_only=True):
    """Who is to be told, of what, and in which form."""

    name: Annotated[
        str, of(Text(NAME_MAX, shortest=1), "What you know it by; each name once", example="shop")
    ]
    url: Annotated[
        str,
        of(
            Text(URL_MAX, shortest=1),
            "Where notifications are posted to: https, for sandbox merchants http too",
            example=HOOK,
        ),
    ]
    format: Annotated[Format, of(FORMAT, "json or xml", example="json")] = Format.JSON
    types: Annotated[
        tuple[str, ...],
        of(Listed(TYPE, WANTED_MAX), "Notification types; none: all", example=[PAID]),
    ] = ()
    product_ids: Annotated[
        tuple[int, ...],
        of(Listed(ID, WANTED_MAX), "Only what is about these products; none: all"),
    ] = ()
    username: Annotated[
        str, of(Text(USERNAME_MAX), "Of Basic credentials; none: it is sent without")
    ] = ""
    password: Annotated[
        str | None, of(Text(1000), "Of Basic credentials; it is stored sealed and never shown")
    ] = None
    active: Annotated[bool, of(FLAG, "Whether it is sent anything", example=True)] = True
    chaos: Annotated[
        ChaosSettings | None, of(Nested(ChaosSettings), "For sandbox merchants only")
    ] = None


class OneEndpoint(Message, frozen=True, kw_only=True):
    """Which endpoint."""

    endpoint_id: Annotated[int, of(ID, "The endpoint", example=1)]


class PutEndpoint(AddEndpoint, frozen=True, kw_only=True):
    """All settings of an endpoint, in place of those before; what is absent is the default.

    Without a password the one until now stays, as long as user name and URL stay.
    """

    endpoint_id: Annotated[int, of(ID, "The endpoint", example=1)]


class RotateSecret(OneEndpoint, frozen=True, kw_only=True):
    """Whose signing secret is replaced."""

    overlap_hours: Annotated[
        int, of(OVERLAP, "Wall time for which both secrets sign", example=24)
    ] = 24


class ChaosText(Answer, frozen=True, kw_only=True):
    """How often, in percent, it gets its notices as it should not."""

    drop: Annotated[int, told("Never", 0)]
    delay: Annotated[int, told("An hour of business time later", 0)]
    duplicate: Annotated[int, told("Twice", 0)]
    reorder: Annotated[int, told("After the one behind it", 0)]
    server_error: Annotated[int, told("As if it had answered 500", 0)]


class EndpointText(Answer, frozen=True, kw_only=True):
    """An endpoint; its secrets are never told."""

    endpoint_id: Annotated[int, told("The endpoint", 1)]
    name: Annotated[str, told("What you know it by", "shop")]
    url: Annotated[str, told("Where notifications are posted to", HOOK)]
    format: Annotated[str, told("json or xml", "json")]
    types: Annotated[tuple[str, ...], told("Notification types; none: all", [PAID])]
    product_ids: Annotated[tuple[int, ...], told("Only what is about these; none: all")]
    username: Annotated[str, told("Of Basic credentials", "")]
    active: Annotated[bool, told("Whether it is sent anything", example=True)]
    disabled_at: Annotated[str | None, told("When it ended itself by answering 410")]
    chaos: Annotated[ChaosText, told("Of a sandbox endpoint")]
    created_at: Annotated[str, told("Business time", AT)]


class EndpointAdded(ShownOnce, frozen=True, kw_only=True):
    """A new endpoint, and what its notifications are signed with."""

    endpoint: Annotated[EndpointText, told("The endpoint")]


class Endpoints(Answer, frozen=True, kw_only=True):
    """The endpoints of the merchant."""

    endpoints: Annotated[tuple[EndpointText, ...], told("By id, those that are not active too")]


class SecretRotated(ShownOnce, frozen=True, kw_only=True):
    """A new signing secret."""

    endpoint_id: Annotated[int, told("The endpoint", 1)]
    previous_until: Annotated[str | None, told("Until when the old one signs too (wall time)")]


class EndpointRemoved(Answer, frozen=True, kw_only=True):
    """An endpoint that is gone; what was sent to it stays in the log."""

    endpoint_id: Annotated[int, told("The endpoint that was", 1)]
    name: Annotated[str, told("Its name", "shop")]


# Notifications


class Narrowing(Message, frozen=True, kw_only=True):
    """Which notifications; each that is given narrows them."""

    type: Annotated[str, of(Text(100), "The notification type", example=PAID)] = ""
    since: Annotated[
        datetime | None, of(INSTANT, "Business time, from then on", example="2026-02-09")
    ] = None
    until: Annotated[
        datetime | None, of(INSTANT, "Business time, before then", example="2026-02-10")
    ] = None
    subscription_id: Annotated[
        int | None, of(SUBSCRIPTION, "The subscription, with or without S", example="S67531904")
    ] = None
    state: Annotated[
        DeliveryState | None,
        of(STATE, "Of any delivery: waiting, delivered, failed or dropped"),
    ] = None


class ListNotifications(Narrowing, frozen=True, kw_only=True):
    """Which notifications to list, the newest first."""

    cursor: Annotated[NoticePlace | None, of(Place(), "The next_cursor of the page before")] = None
    limit: Annotated[int, of(PAGE, "How many at most", example=LIMIT)] = LIMIT
    payload: Annotated[
        bool, of(FLAG, "Whether documents are told too; they are made if need be", example=True)
    ] = True


class OneNotification(Message, frozen=True, kw_only=True):
    """Which notification."""

    notification_id: Annotated[int, of(ID, "The notification", example=1)]


class ReplayNotification(OneNotification, frozen=True, kw_only=True):
    """What is sent again, and to whom."""

    endpoint_id: Annotated[
        int | None, of(ID, "To this endpoint alone; else to all active ones that want it")
    ] = None


class ReplayNotifications(Narrowing, frozen=True, kw_only=True):
    """What is sent again: give a type, a time or a subscription."""

    endpoint_id: Annotated[
        int | None, of(ID, "To this endpoint alone; else to all active ones that want it")
    ] = None


class NotificationText(Answer, frozen=True, kw_only=True):
    """A notification."""

    notification_id: Annotated[int, told("Its number", 1)]
    message_id: Annotated[str, told("`webhook-id` of all its deliveries", "msg_864_1")]
    type: Annotated[str, told("The notification type", PAID)]
    at: Annotated[str, told("Business time of what it tells", AT)]
    subject: Annotated[str, told("What it is about", "purchase/531157892")]
    subscription_ids: Annotated[tuple[str, ...], told("Of these subscriptions", ["S67531904"])]
    product_ids: Annotated[tuple[int, ...], told("Of these products", [292973])]


class NotificationEntry(NotificationText, frozen=True, kw_only=True):
    """A notification with its document."""

    payload: Annotated[msgspec.Raw, told("The document in JSON; null where it is not asked for")]


class Notifications(Answer, frozen=True, kw_only=True):
    """A page of notifications."""

    notifications: Annotated[tuple[NotificationEntry, ...], told("The newest first")]
    next_cursor: Annotated[str | None, told("For the next page; null: there is none")]


class BodyText(Answer, frozen=True, kw_only=True):
    """A document as it is sent, byte for byte."""

    format: Annotated[str, told("json or xml", "json")]
    body: Annotated[str, told("The document", "{...}")]


class AttemptText(Answer, frozen=True, kw_only=True):
    """One post, and what came of it."""

    number: Annotated[int, told("Counts from 1; 0: before its turn, by chaos", 1)]
    at: Annotated[str, told("Business time", AT)]
    posted_at: Annotated[str, told("Wall time")]
    status: Annotated[int | None, told("What was answered; null: nothing", 200)]
    milliseconds: Annotated[int, told("How long it took", 12)]
    reply: Annotated[str, told("The first part of the answer", "")]
    error: Annotated[str, told("What prevented an answer: a word, a colon and a sentence", "")]
    chaos: Annotated[str, told("What was done to it on purpose", "")]


class DeliveryText(Answer, frozen=True, kw_only=True):
    """The way of a notification to one endpoint."""

    endpoint_id: Annotated[int, told("The endpoint", 1)]
    sequence: Annotated[int, told("Its number in the stream at this endpoint, without gaps", 1)]
    replay: Annotated[int, told("0, or which replay it is", 0)]
    state: Annotated[str, told("waiting, delivered, failed or dropped", "delivered")]
    tries: Annotated[int, told("Attempts until now", 1)]
    due_at: Annotated[str | None, told("The next attempt; null: ended, or behind another one")]
    ended_at: Annotated[str | None, told("When it ended")]
    attempts: Annotated[tuple[AttemptText, ...], told("In order")]


class NotificationHistory(NotificationText, frozen=True, kw_only=True):
    """A notification with all that became of it."""

    payload: Annotated[msgspec.Raw, told("The document in JSON")]
    bodies: Annotated[tuple[BodyText, ...], told("As they are sent")]
    deliveries: Annotated[tuple[DeliveryText, ...], told("By endpoint, replays last")]


class Replayed(Answer, frozen=True, kw_only=True):
    """What is sent again."""

    notifications: Annotated[int, told(f"How many; {REPLAY_MAX} at most", 1)]
    deliveries: Annotated[int, told("How many are posted", 1)]
    endpoint_ids: Annotated[tuple[int, ...], told("To whom", [1])]
