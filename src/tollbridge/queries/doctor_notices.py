"""Proving that every fact is told once, and that no delivery is forgotten: checks of `doctor`."""

from collections.abc import Iterator, Sequence

from tollbridge.domain.delivery import DeliveryState
from tollbridge.domain.facts import Fact
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.outbox import read_input
from tollbridge.notices.telling import types_told
from tollbridge.ports import Platform, StreamState

Found = Iterator[tuple[str, str]]  # (check, message)


def sound_telling(platform: Platform, merchant: Merchant, facts: Sequence[Fact]) -> Found:
    """Each fact of a subscription is told, or listed as untold, and not both; in its order."""
    if not facts:
        return
    first = facts[0]
    made, untold = platform.store.telling_state(merchant.id, first.stream, first.subscription_id)
    for fact in facts:
        types = made.get(fact.sequence, ())
        if fact.sequence in untold:
            if types:
                yield "facts_told_once", f"fact {fact.sequence} is told and still listed as untold"
        elif not types and types_told(read_input(fact), fact, merchant.notices):
            yield "facts_told_once", f"fact {fact.sequence} is neither told nor listed as untold"
        if len(set(types)) < len(types):
            yield "facts_told_once", f"fact {fact.sequence} is told twice as {sorted(types)}"
    if made and untold and min(untold) < max(made):
        yield "facts_told_once", f"fact {max(made)} is told before fact {min(untold)}"


def sound_lanes(platform: Platform, merchant: Merchant, stream: int) -> Found:
    """The deliveries of a stream are numbered without gaps, and its heads are due."""
    for state in platform.store.stream_states(merchant.id, stream):
        where = f"stream {stream} at endpoint {state.lane.endpoint_id}"
        numbers = [number for number, _ in state.deliveries]
        expected = [state.last] if state.lane.replay else list(range(1, state.last + 1))
        if numbers != expected:
            yield "deliveries_gapless", f"{where}: {numbers[:5]}... are not 1 to {state.last}"
        if _is_misled(state):
            yield "deliveries_in_order", f"{where}: what waits is not what stands behind the head"
        if (state.due_at is None) != (state.head > state.last):
            yield "deliveries_due", f"{where}: the head is {state.head}, due {state.due_at}"


def _is_misled(state: StreamState) -> bool:
    return any(
        (delivery is DeliveryState.WAITING) != (number >= state.head)
        for number, delivery in state.deliveries
    )
