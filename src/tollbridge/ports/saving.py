"""What is saved, and what becomes of it."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum

import msgspec
from msgspec.structs import replace

from tollbridge.domain.decision import Decision
from tollbridge.domain.request import KeptAnswer, KeyedRequest


class AlreadyAskedError(Exception):
    """The key of a request was used before: nothing was done now; see `Store.request`."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """The envelope of everything that is saved.

    `id` is unique in the journal, so that a save whose answer was lost is looked up and not
    repeated. `actor` says who asked (`credential:cloudify`, `cli`, `demo`, `recovery`), `name`
    what for. `recorded_at` is wall time. `request` is saved with the effect.
    """

    id: str
    actor: str
    name: str
    recorded_at: datetime
    request: KeyedRequest | None = None


class Asked:
    """A keyed request while it is carried out: saved with the first thing that it changes.

    `answer` makes its answer from what is about to be saved, None where that depends on what
    comes after.
    """

    def __init__(
        self,
        request: KeyedRequest,
        answer: Callable[[Decision | datetime], KeptAnswer | None],
    ) -> None:
        self._request = request
        self._answer = answer
        self.saved = False

    def with_answer(self, saving: Decision | datetime) -> KeyedRequest | None:
        """What is to be saved with this; None when the request is saved already."""
        if self.saved:
            return None
        return replace(self._request, answer=self._answer(saving))


class Saved(Enum):
    """What became of one decision."""

    SAVED = "saved"
    CONFLICT = "conflict"  # somebody changed the subscription meanwhile, or a claim is taken (R4)


class Failed(msgspec.Struct, frozen=True):
    """What became of a decision that the database cannot hold: a fault of the program."""

    error: str


class UnsavableError(Exception):
    """The database cannot hold what was decided (`Failed`)."""
