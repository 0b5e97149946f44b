"""What a simulation is asked for: a seed, how long, how many, and which faults."""

from enum import Enum
from typing import NamedTuple

from tollbridge.domain.refusal import Invalid


class Fault(Enum):
    """What may go wrong on the way; the value is what the command line calls it."""

    DECLINE = "decline"
    HARD_DECLINE = "hard-decline"
    AUTHENTICATION = "authentication"  # the customer has to act, and may not
    TIMEOUT_BEFORE = "timeout-before"  # the gateway gets the request late or never
    TIMEOUT_AFTER = "timeout-after"  # the gateway acts, its answer does not arrive
    ANSWER_TWICE = "answer-twice"  # the answer comes once more, whenever that is
    EXIT = "exit"  # the platform ends at a boundary and is started again
    STORAGE = "storage"  # the database is away, before or after it did what was asked
    OVERLAP = "overlap"  # somebody else acts between two calls of one running platform


class Plan(NamedTuple):
    """One simulation. The same plan does the same, in every detail."""

    seed: int
    years: int
    subscriptions: int
    faults: frozenset[Fault]


def parse_faults(text: str) -> frozenset[Fault]:
    """The faults in `all`, `none` or a list with commas; Invalid for one that there is not."""
    if text == "all":
        return frozenset(Fault)
    if text == "none":
        return frozenset()
    names = {fault.value: fault for fault in Fault}
    wanted = [name.strip() for name in text.split(",")]
    for name in wanted:
        if name not in names:
            raise Invalid("faults", f"{name!r} is no fault; there are {', '.join(names)}")
    return frozenset(names[name] for name in wanted)
