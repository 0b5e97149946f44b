"""Delivering notices: many posts at a time, to each endpoint so many that no other has to wait.

Heads of lanes are claimed, their documents made and stored, and then they are posted; what comes
of it is recorded as it comes in, many at a time. The process may die between any two lines: what
was claimed is claimed again when its lease has ended, and posted again under the same id.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Lock

from tollbridge.domain.chaos import Mischief, mischief_of
from tollbridge.domain.delivery import DeliveryState
from tollbridge.domain.endpoint import CALM, Endpoint
from tollbridge.domain.merchant import Merchant, Mode
from tollbridge.flows.documents import kept_bodies
from tollbridge.flows.posting import Answered, Letter, Receiver, refused, sent, slowest
from tollbridge.flows.tally import Sent
from tollbridge.logs import log
from tollbridge.ports import Claimed, Platform, SealingError, StoreUnavailableError, Tried

PLACES = 128  # posts at a time, of one process
PLACES_OF_ONE = 16  # and to one endpoint
AHEAD_MAX = 1000  # claimed for one endpoint before they are posted
AHEAD_SECONDS = 1.0  # and not more than it takes in so long
ASIDE = timedelta(minutes=1)  # an endpoint whose secrets cannot be opened waits so long
ADVANCE_SECONDS = 5.0  # that an answer is waited for while a clock is advanced
SLOW_SECONDS = 1.0  # where none came in so long,
QUIET = timedelta(seconds=30)  # the endpoint is left alone for the next part of the advance
SEALED = "sealed: the secrets of the endpoint cannot be opened"
NO_DOCUMENT = "document: its document could not be made"
NO_ANSWER = "quiet: it did not answer a moment ago: not posted again while the clock is advanced"


OURS = (SEALED, NO_DOCUMENT)  # failures that say nothing about the endpoint


@dataclass(frozen=True, slots=True)
class Due:
    """Whose deliveries are posted, and up to which business time.

    `nominal`: each attempt is made at the time at which it is due, as a sandbox clock is advanced
    (R24); else at `until`, the merchant's present.
    """

    merchant: Merchant
    until: datetime
    nominal: bool = False

    def time_of(self, claimed: Claimed) -> datetime:
        """The business time of an attempt; never before what it tells of."""
        return max(claimed.due_at, claimed.notification.at) if self.nominal else self.until


@dataclass(slots=True)
class _Line:
    """What waits for one endpoint in this process, and how it answered so far."""

    lock: Lock = field(default_factory=Lock)
    letters: deque[tuple[Letter, datetime]] = field(default_factory=deque)  # and until when
    running: int = 0
    seconds: float = AHEAD_SECONDS  # that a post takes, lately
    failing: bool = False
    gone: bool = False
    quiet_until: datetime | None = None
    aside_until: datetime | None = None

    @property
    def places(self) -> int:
        """How many posts at a time: who did not answer last has to answer one first."""
        return 1 if self.failing else PLACES_OF_ONE

    @property
    def room(self) -> int:
        """How many may be claimed now; none while the half of what fits is still there."""
        fits = max(self.places, min(AHEAD_MAX, int(self.places * AHEAD_SECONDS / self.seconds)))
        return 0 if len(self.letters) > fits // 2 else fits - len(self.letters)

    def noted(self, answered: Answered, now: datetime) -> None:
        """Remember how it answered; who is gone (410) is posted nothing that is claimed already."""
        self.gone = self.gone or answered.verdict.gone
        last, seconds = answered.attempts[-1], slowest(answered.attempts)
        self.seconds = max(1e-4, 0.8 * self.seconds + 0.2 * seconds)
        self.failing = last.status is None and not last.chaos and last.error not in OURS
        if self.failing and seconds >= SLOW_SECONDS:
            self.quiet_until = now + QUIET


Result = tuple[_Line, Letter, Answered | None]


class Delivering:
    """Posts what is due; used by one thread, with threads of its own for the posts."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._lines: dict[tuple[int, int], _Line] = {}
        self._results: SimpleQueue[Result] = SimpleQueue()
        self._unrecorded: list[Result] = []  # where the database was away
        self._under_way = 0
        self._closing = False
        self._pool = ThreadPoolExecutor(PLACES, thread_name_prefix="deliveries")

    @property
    def idle(self) -> bool:
        """Whether nothing is being posted or waits to be recorded."""
        return not self._under_way and not self._unrecorded

    def turn(self, dues: Iterable[Due], wait: float) -> Sent:
        """Claim what is due and record what has come back; waits for the first, `wait` seconds.

        Raises StoreUnavailableError; what came back is then recorded by the next turn.
        """
        for due in dues:
            self._claim(due)
        if self._under_way:
            self._collect(wait)
        return self._record()

    def close(self) -> None:
        """End: what is being posted is waited for, the rest given back."""
        self._closing = True
        self._pool.shutdown()
        for line in self._lines.values():
            while line.letters:
                letter, _ = line.letters.popleft()
                self._results.put((line, letter, None))
        self._collect(0)
        self._record()

    def _claim(self, due: Due) -> None:
        store, merchant = self._platform.store, due.merchant
        numbers = store.due_endpoints(merchant.id, due.until, self._platform.wall())
        if not numbers:
            return
        known = {endpoint.id: endpoint for endpoint in store.endpoints(merchant.id)}
        for endpoint in (known[number] for number in numbers if number in known):
            line = self._lines.setdefault((merchant.id, endpoint.id), _Line())
            if not line.room:
                continue
            receiver = self._receiver(merchant, endpoint, line)
            if due.nominal or not receiver.error:  # else it waits until there is a key
                self._claim_for(due, receiver, line)

    def _receiver(self, merchant: Merchant, endpoint: Endpoint, line: _Line) -> Receiver:
        """The endpoint with its secrets; that they cannot be opened is logged now and then."""
        now, sealer = self._platform.wall(), self._platform.sealer
        if line.aside_until is not None and now < line.aside_until:
            return Receiver(endpoint, merchant.mode, error=SEALED)
        secrets = self._platform.store.endpoint_secrets(merchant.id, endpoint.id)
        if secrets is None:  # removed at this moment
            return Receiver(endpoint, merchant.mode, error=SEALED)
        try:
            signing = tuple(sealer.open(merchant.id, one) for one in secrets.signing_at(now))
            password = secrets.password and sealer.open(merchant.id, secrets.password)
        except SealingError:
            line.aside_until = now + ASIDE
            log.exception("endpoint_sealed", merchant_id=merchant.id, endpoint_id=endpoint.id)
            return Receiver(endpoint, merchant.mode, error=SEALED)
        return Receiver(endpoint, merchant.mode, signing, password)

    def _claim_for(self, due: Due, to: Receiver, line: _Line) -> None:
        now = self._platform.wall()
        begun = now + self._platform.lease / 2  # a post that is not begun by then is given back
        ends = now + self._platform.lease + self._platform.post_max  # none ends under a post
        claimed = self._platform.store.claim(to.endpoint, due.until, now, ends, line.room)
        letters = list(self._letters(due, to, claimed))
        self._under_way += len(letters)
        with line.lock:
            line.gone = False  # it is active, again perhaps
            line.letters.extend((letter, begun) for letter in letters)
            starting = max(0, min(line.places - line.running, len(line.letters)))
            line.running += starting
        for _ in range(starting):
            self._pool.submit(self._post_all, line, nominal=due.nominal)

    def _letters(self, due: Due, to: Receiver, claimed: Sequence[Claimed]) -> Iterator[Letter]:
        """What is posted, with bodies. Without a document it counts as not answered."""
        chosen = [(one, self._mischief(due.merchant, to.endpoint, one)) for one in claimed]
        following = {
            one.lane: behind
            for one, mischief in chosen
            if mischief is Mischief.REORDER
            and (behind := self._platform.store.following(one, to.endpoint.format))
        }
        everything = [*claimed, *following.values()]
        missing = [one.notification for one in everything if one.body is None]
        bodies = kept_bodies(self._platform, due.merchant, to.endpoint.format, missing)
        for one, mischief in chosen:
            body = one.body or bodies.get(one.notification.id, b"")
            behind = following.get(one.lane)
            early = behind and (behind.body or bodies.get(behind.notification.id, b""))
            yield Letter(
                to=to,
                claimed=one,
                body=body,
                at=due.time_of(one),
                mischief=None if mischief is Mischief.REORDER and not early else mischief,
                ahead=(behind, early) if behind and early else None,
                seconds=ADVANCE_SECONDS if due.nominal else self._platform.post_max.total_seconds(),
            )

    def _mischief(self, merchant: Merchant, endpoint: Endpoint, one: Claimed) -> Mischief | None:
        if endpoint.chaos == CALM or merchant.mode is not Mode.SANDBOX or one.lane.replay:
            return None
        return mischief_of(endpoint.chaos, one.notification.message_id, one.tries + 1)

    def _post_all(self, line: _Line, *, nominal: bool) -> None:
        """Post what waits for an endpoint, one after the other; run by a thread of the pool."""
        while True:
            with line.lock:
                if self._closing or not line.letters or line.running > line.places:
                    line.running -= 1
                    return
                letter, until = line.letters.popleft()
            now = self._platform.wall()
            answered = None
            if now < until and not line.gone:
                answered = self._answered(letter, line, now, nominal=nominal)
                line.noted(answered, now)
            self._results.put((line, letter, answered))

    def _answered(self, letter: Letter, line: _Line, now: datetime, *, nominal: bool) -> Answered:
        if not letter.body or letter.to.error:
            return refused(self._platform, letter, letter.to.error or NO_DOCUMENT)
        if nominal and line.quiet_until is not None and now < line.quiet_until:
            return refused(self._platform, letter, NO_ANSWER)
        return sent(self._platform, letter)

    def _collect(self, wait: float) -> None:
        """Take what has come back, at least one within `wait` seconds."""
        try:
            found = self._results.get(timeout=wait) if wait else self._results.get_nowait()
            while True:
                self._unrecorded.append(found)
                self._under_way -= 1
                found = self._results.get_nowait()
        except Empty:
            return

    def _record(self) -> Sent:
        """Store what came of it; what was not posted in time is given back.

        Where the database is away it is kept, and stored by the next turn: what was stored after
        all is found to be no longer ours.
        """
        total = Sent()
        results, self._unrecorded = self._unrecorded, []
        try:
            unsent = [letter.claimed for _, letter, done in results if done is None]
            if unsent:
                self._platform.store.release(unsent)
            for merchant_id in {letter.to.endpoint.merchant_id for _, letter, _ in results}:
                tried = [
                    Tried(
                        claimed=letter.claimed,
                        attempts=done.attempts,
                        verdict=done.verdict,
                        at=letter.at,
                    )
                    for _, letter, done in results
                    if done is not None and letter.to.endpoint.merchant_id == merchant_id
                ]
                total.add(self._recorded_whole(merchant_id, tried))
        except StoreUnavailableError:
            self._unrecorded = results
            raise
        return total

    def _recorded_whole(self, merchant_id: int, tried: Sequence[Tried]) -> Sent:
        """Record all at once; where that fails, one by one: one bad row never fails a batch.

        What cannot be recorded is posted again when its lease has ended.
        """
        try:
            return self._recorded(merchant_id, tried)
        except StoreUnavailableError:
            raise
        except Exception:
            if len(tried) > 1:
                total = Sent()
                for one in tried:
                    total.add(self._recorded_whole(merchant_id, [one]))
                return total
            log.exception("delivery_not_recorded", merchant_id=merchant_id)
            return Sent()

    def _recorded(self, merchant_id: int, tried: Sequence[Tried]) -> Sent:
        total = Sent()
        ours = self._platform.store.record(merchant_id, tried) if tried else ()
        for one, kept in zip(tried, ours, strict=True):
            state = one.verdict.state
            if not kept:
                log.warning(
                    "delivery_taken_over",
                    merchant_id=merchant_id,
                    notification_id=one.claimed.notification.id,
                )
            total.delivered += kept and state is DeliveryState.DELIVERED
            total.failed += kept and state is DeliveryState.FAILED
            total.dropped += kept and state is DeliveryState.DROPPED
            total.again += kept and state is DeliveryState.WAITING
        return total
