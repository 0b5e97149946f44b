"""Idempotency-Key: a POST that may be sent again and is carried out once.

The key is saved with the effect in one transaction. The same key with the same body gives the
first answer again, byte for byte, and does nothing; for 30 days, and scoped to merchant,
credential and path.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from tollbridge.domain.decision import Decision
from tollbridge.domain.refusal import Invalid, Kind, Refusal
from tollbridge.domain.request import KeptAnswer, KeyedRequest, RequestKey, StoredRequest
from tollbridge.ports import AlreadyAskedError, Asked, Command, Platform
from tollbridge.rest.refusals import ANOTHER_REQUEST, STILL_RUNNING, TurnedAwayError

HEADER = b"idempotency-key"
REPLAYED = (b"idempotency-replayed", b"true")
KEY_MAX = 255
CUT_OFF = timedelta(minutes=1)  # longer than any request waits for a payment

# Refusals that tell of what is stored: a repeat must not find another answer. What cannot be read
# is refused anew each time, and who finds it busy may try again.
KEPT_REFUSALS = (Kind.NOT_FOUND, Kind.NOT_ALLOWED)


class Work(NamedTuple):
    """What a keyed request needs of its endpoint.

    `serve` carries it out, and its answer is what is to be kept. `early` gives the same answer
    from what is about to be saved, None where it depends on what comes later. `late` makes it
    from what a command has saved, by the command's id. `refused` is the answer of a refusal.
    """

    serve: Callable[[Asked], KeptAnswer]
    early: Callable[[Decision | datetime], KeptAnswer | None]
    late: Callable[[str], KeptAnswer]
    refused: Callable[[Refusal], KeptAnswer]


class Given(NamedTuple):
    """The answer to a keyed request, and whether it is a former one."""

    answer: KeptAnswer
    replayed: bool = False


def key_of(headers: Mapping[bytes, bytes]) -> str | None:
    """The Idempotency-Key of a request, None when it has none; Invalid for what is no key."""
    given = headers.get(HEADER)
    if given is None:
        return None
    key = given.decode("latin-1")
    if not 0 < len(key) <= KEY_MAX or not key.isascii() or not key.isprintable():
        raise Invalid(
            "Idempotency-Key",
            f"Idempotency-Key must be 1 to {KEY_MAX} printable ASCII characters",
            reason="idempotency_key_invalid",
        )
    return key


class Once:
    """One keyed request; `name` and `actor` are for the journal, as of any command."""

    def __init__(
        self, platform: Platform, key: RequestKey, body: bytes, *, name: str, actor: str
    ) -> None:
        self._platform = platform
        self._name = name
        self._actor = actor
        self._request = KeyedRequest(key=key, body_hash=hashlib.sha256(body).digest())

    def answer(self, work: Work) -> Given:
        """Carry the request out, or answer as the first time.

        Raises TurnedAwayError when the key came with another body (422) or the first request
        is still running (409), and whatever the request raises that is not to be kept.
        """
        known = self._known()
        if known is not None:
            return self._again(known, work)
        asked = Asked(self._request, work.early)
        try:
            answer = work.serve(asked)
        except AlreadyAskedError:
            return self._other(work)
        except Refusal as refusal:
            if refusal.kind not in KEPT_REFUSALS:
                raise
            answer = work.refused(refusal)
        return self._finished(answer) if asked.saved else self._kept(answer, work)

    def _known(self) -> StoredRequest | None:
        return self._platform.store.request(self._request.key, self._platform.wall())

    def _other(self, work: Work) -> Given:
        """Somebody sent the same at the same time and was faster."""
        known = self._known()
        if known is None:
            raise TurnedAwayError(STILL_RUNNING)
        return self._again(known, work)

    def _again(self, known: StoredRequest, work: Work) -> Given:
        if known.body_hash != self._request.body_hash:
            raise TurnedAwayError(ANOTHER_REQUEST)
        if known.answer is not None:
            return Given(known.answer, replayed=True)
        if self._platform.wall() - known.started_at < CUT_OFF:
            raise TurnedAwayError(STILL_RUNNING)
        late = work.late(known.command_id)
        return Given(self._platform.store.finish_request(known, late), replayed=True)

    def _finished(self, answer: KeptAnswer) -> Given:
        """The answer to what was saved with its key; the answer is kept if it was not then."""
        known = self._known()
        if known is None or known.answer is not None:
            return Given(answer)
        return Given(self._platform.store.finish_request(known, answer))

    def _kept(self, answer: KeptAnswer, work: Work) -> Given:
        """The answer to what changed nothing: a preview, a refusal; unless somebody was faster."""
        request = KeyedRequest(
            key=self._request.key, body_hash=self._request.body_hash, answer=answer
        )
        command = Command(
            id=self._platform.new_key(),
            actor=self._actor,
            name=self._name,
            recorded_at=self._platform.wall(),
            request=request,
        )
        kept = self._platform.store.keep_answer(command)
        return Given(answer) if kept.command_id == command.id else self._again(kept, work)
