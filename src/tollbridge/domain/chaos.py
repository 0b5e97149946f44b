"""Chaos on purpose: what a sandbox endpoint can be made to suffer, to see that it copes.

Which notices it hits follows from their numbers, so that the same story goes the same way again.
"""

from datetime import timedelta
from enum import Enum
from hashlib import sha256

from tollbridge.domain.endpoint import CALM, Chaos

DELAY = timedelta(hours=1)  # business time (R23)
PERCENT = 100


class Mischief(Enum):
    """What is done to one attempt; the value stands in the log."""

    DROP = "dropped"
    DELAY = "delayed"
    DUPLICATE = "posted twice"
    REORDER = "posted after the next one"
    SERVER_ERROR = "taken for a 500"
    EARLY = "posted before its turn"


ONCE = (Mischief.DELAY, Mischief.REORDER)  # of a delivery: else it would never end
SETTINGS = {
    Mischief.DROP: "drop",
    Mischief.SERVER_ERROR: "server_error",
    Mischief.DELAY: "delay",
    Mischief.REORDER: "reorder",
    Mischief.DUPLICATE: "duplicate",
}


def mischief_of(chaos: Chaos, message_id: str, number: int) -> Mischief | None:
    """What happens to the `number`-th attempt at a message; the first that its numbers hit."""
    if chaos == CALM:
        return None
    for mischief, setting in SETTINGS.items():
        if mischief in ONCE and number > 1:
            continue
        if _drawn(f"{mischief.name} {message_id} {number}") < getattr(chaos, setting):
            return mischief
    return None


def _drawn(text: str) -> int:
    """A number from 0 to 99, each as often as any other."""
    return int.from_bytes(sha256(text.encode()).digest()[:8]) % PERCENT
