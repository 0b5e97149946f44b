"""One attempt at a delivery: what is sent, signed anew each time, and what follows from the answer.

The headers are those of Standard Webhooks beside the unchanged body; `Tollbridge-Stream` and
`Tollbridge-Sequence` let a receiver prove that it missed nothing.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tollbridge.domain.chaos import DELAY, Mischief
from tollbridge.domain.delivery import (
    REPLY_KEPT,
    DeliveryAttempt,
    DeliveryState,
    Verdict,
    verdict_of,
)
from tollbridge.domain.endpoint import Endpoint, Format
from tollbridge.domain.merchant import Mode
from tollbridge.domain.signing import signatures
from tollbridge.ports import Claimed, Platform, Post, Receipt

MEDIA = {Format.JSON: "application/json", Format.XML: "application/xml"}
SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Receiver:
    """An endpoint with its secrets opened, the newest first; `error` where they cannot be."""

    endpoint: Endpoint
    mode: Mode
    secrets: tuple[bytes, ...] = ()
    password: bytes = b""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A claimed delivery that is to be posted: its body, and what chaos does to it.

    `at` is the business time of the attempt, `seconds` how long it may take. `ahead` is the
    delivery behind it where chaos lets that go first.
    """

    to: Receiver
    claimed: Claimed
    body: bytes
    at: datetime
    seconds: float
    mischief: Mischief | None = None
    ahead: tuple[Claimed, bytes] | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a letter."""

    attempts: tuple[DeliveryAttempt, ...]
    verdict: Verdict


def sent(platform: Platform, letter: Letter) -> Answered:
    """Post it, as often as chaos wants it."""
    number = letter.claimed.tries + 1
    match letter.mischief:
        case Mischief.DROP:
            return _unsent(platform, letter, Verdict(state=DeliveryState.DROPPED))
        case Mischief.DELAY:
            later = Verdict(state=DeliveryState.WAITING, due_at=letter.at + DELAY)
            return _unsent(platform, letter, later)
        case Mischief.SERVER_ERROR:
            verdict = verdict_of(SERVER_ERROR, number, letter.at)
            return _unsent(platform, letter, verdict, SERVER_ERROR)
    attempts = tuple(_posted(platform, letter))
    own = [one for one in attempts if one.sequence == letter.claimed.sequence]
    verdicts = [verdict_of(one.status, one.number, letter.at) for one in own]
    taken = (one for one in verdicts if one.state is DeliveryState.DELIVERED)
    return Answered(attempts, next(taken, verdicts[-1]))


def refused(platform: Platform, letter: Letter, error: str) -> Answered:
    """As if it had been posted and nobody had answered."""
    number = letter.claimed.tries + 1
    attempt = _attempt(platform, letter, letter.claimed, number, Receipt(error=error), None)
    return Answered((attempt,), verdict_of(None, number, letter.at))


def _posted(platform: Platform, letter: Letter) -> Iterator[DeliveryAttempt]:
    number = letter.claimed.tries + 1
    if letter.ahead is not None:
        early, body = letter.ahead
        yield _post(platform, letter, early, body, 0, Mischief.EARLY)
    yield _post(platform, letter, letter.claimed, letter.body, number, letter.mischief)
    if letter.mischief is Mischief.DUPLICATE:
        yield _post(platform, letter, letter.claimed, letter.body, number + 1, letter.mischief)


def _post(
    platform: Platform,
    letter: Letter,
    claimed: Claimed,
    body: bytes,
    number: int,
    mischief: Mischief | None,
) -> DeliveryAttempt:
    posted_at = platform.wall()
    try:
        post = Post(
            url=letter.to.endpoint.url,
            body=body,
            headers=headers(letter.to, claimed, body, posted_at),
            seconds=letter.seconds,
        )
        receipt = platform.sender.post(post, letter.to.mode)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one blocks no other
        receipt = Receipt(error=type(error).__name__)
    return _attempt(platform, letter, claimed, number, receipt, mischief, posted_at)


def headers(to: Receiver, claimed: Claimed, body: bytes, now: datetime) -> dict[str, str]:
    """What is sent beside the body; `now` is wall time (R23)."""
    stamp, message_id = int(now.timestamp()), claimed.notification.message_id
    named = {
        "Content-Type": MEDIA[to.endpoint.format],
        "webhook-id": message_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": signatures(to.secrets, message_id, stamp, body),
        "Tollbridge-Stream": str(claimed.lane.stream),
    }
    if claimed.sequence:
        named["Tollbridge-Sequence"] = str(claimed.sequence)
    if to.endpoint.username:
        named["Authorization"] = _basic(to.endpoint.username.encode(), to.password)
    return named


def _basic(username: bytes, password: bytes) -> str:
    return "Basic " + b64encode(username + b":" + password).decode()


def _unsent(
    platform: Platform, letter: Letter, verdict: Verdict, status: int | None = None
) -> Answered:
    receipt = Receipt(status=status)
    number = letter.claimed.tries + 1
    attempt = _attempt(platform, letter, letter.claimed, number, receipt, letter.mischief)
    return Answered((attempt,), verdict)


def _attempt(
    platform: Platform,
    letter: Letter,
    claimed: Claimed,
    number: int,
    receipt: Receipt,
    mischief: Mischief | None,
    posted_at: datetime | None = None,
) -> DeliveryAttempt:
    return DeliveryAttempt(
        lane=claimed.lane,
        sequence=claimed.sequence,
        number=number,
        at=letter.at,
        posted_at=posted_at or platform.wall(),
        status=receipt.status,
        seconds=receipt.seconds,
        reply=receipt.reply[:REPLY_KEPT],
        error=receipt.error,
        chaos=mischief.value if mischief else "",
    )


def slowest(attempts: Sequence[DeliveryAttempt]) -> float:
    """Seconds of the post that took longest."""
    return max(one.seconds for one in attempts)
