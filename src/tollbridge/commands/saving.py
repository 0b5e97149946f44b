"""How every command is saved: decide on what is stored now, save, decide again on a conflict."""

from collections.abc import Callable

from tollbridge.domain.decision import Decision
from tollbridge.domain.refusal import Busy, known_subscription
from tollbridge.ports import Command, Held, Platform, Saved

TRIES = 3  # a conflict reloads and decides again, this often (R7)


def decide_and_save(
    platform: Platform,
    decide: Callable[[], Decision],
    *,
    name: str,
    actor: str,
    tries: int = TRIES,
) -> Decision:
    """The decision as it was saved; `decide` must load what it decides on anew each time.

    Raises Busy when somebody else was faster `tries` times in a row (R7), and whatever
    Refusal `decide` raises: then nothing is saved.
    """
    for _ in range(tries):
        decision = decide()
        if not decision.changed:
            return decision
        command = Command(
            id=platform.new_key(), actor=actor, name=name, recorded_at=platform.wall()
        )
        [saved] = platform.store.save([decision], command)
        if saved is Saved.SAVED:
            return decision
    raise Busy("busy", "The subscription is being changed by somebody else; try again")


def require_held(platform: Platform, merchant_id: int, subscription_id: int) -> Held:
    """The subscription with what surrounds it; NotFound when the merchant has none with this id."""
    return known_subscription(platform.store.held(merchant_id, subscription_id), subscription_id)
