"""State moves event by event, and only as a journal can go."""

import pytest

from tests.given import CAPTURED, NOW, SEAT, ordered, paid
from tollbridge.domain.decision import Change, Decision
from tollbridge.domain.events import (
    EVENTS,
    BillingDateMoved,
    Event,
    PaymentCaptured,
    decode_event,
    encode_event,
)
from tollbridge.domain.evolve import evolve, fold
from tollbridge.domain.refusal import Busy, Invalid, Kind, NotAllowed, NotFound, Refusal
from tollbridge.domain.schedule import Anchor


def test_a_subscription_starts_once() -> None:
    """A second start is a broken journal."""
    life = ordered((SEAT, 1))
    with pytest.raises(ValueError, match="started twice"):
        evolve(life.subscription, life.events[0])


def test_nothing_happens_before_the_start() -> None:
    """An event without a subscription is a broken journal."""
    moved = BillingDateMoved(at=NOW, anchor=Anchor(NOW))
    with pytest.raises(ValueError, match="before SubscriptionStarted"):
        evolve(None, moved)
    with pytest.raises(ValueError, match="without events"):
        fold([])
    with pytest.raises(ValueError, match="without a subscription"):
        _ = Change(None).after


def test_a_purchase_is_captured_once() -> None:
    """R4: a second capture of a purchase cannot stand in a journal."""
    life = paid((SEAT, 1))
    again = PaymentCaptured(at=NOW, purchase_id=100, try_no=1, reference="r")
    with pytest.raises(ValueError, match="purchase 100 captured but not open"):
        evolve(life.subscription, again)


def test_the_revision_counts_the_events() -> None:
    """The revision is the sequence of the last event, gapless from 1."""
    life = ordered((SEAT, 1))
    life.settle(CAPTURED)
    states = [state for change in life.changes for state in change.states]
    assert [state.revision for state in states] == list(range(1, len(life.events) + 1))
    assert fold(life.events) == life.subscription


def test_earlier_states_can_be_folded() -> None:
    """As-of reads: any beginning of the journal gives the state of then."""
    life = paid((SEAT, 1))
    life.change(quantity=2)
    states = [state for change in life.changes for state in change.states]
    for length, state in enumerate(states, start=1):
        assert fold(life.events[:length]) == state


@pytest.mark.parametrize(("name", "version"), [("ItemChanged", 2), ("Unheard", 1), ("Event", 1)])
def test_unknown_events_are_not_read(name: str, version: int) -> None:
    """A journal of a newer program is refused, not guessed."""
    with pytest.raises(ValueError, match=f"{name} version {version} is not known"):
        decode_event(name, version, b"{}")


def test_every_event_is_registered() -> None:
    """What can stand in a journal can be read from one."""
    assert set(EVENTS.values()) == set(Event.__subclasses__())
    assert all(name == event.__name__ for name, event in EVENTS.items())


def test_payloads_keep_decimals_exact() -> None:
    """DESIGN 4: prices go to the journal as text, never as binary fractions."""
    life = paid((SEAT, 1))
    payload = encode_event(life.events[0])
    assert b'"amount":"5.00"' in payload
    assert decode_event("SubscriptionStarted", 1, payload) == life.events[0]


def test_a_decision_without_prices_has_no_answer() -> None:
    """Only item changes answer prices."""
    decision = Decision(changes=())
    assert not decision.changed
    with pytest.raises(ValueError, match="no prices"):
        _ = decision.answer


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (Invalid("quantity", "no number"), Kind.INVALID),
        (NotFound("item_unknown", "Item not found."), Kind.NOT_FOUND),
        (NotAllowed("currency_differs", "other currency"), Kind.NOT_ALLOWED),
        (Busy("busy", "try again"), Kind.BUSY),
    ],
)
def test_refusals_have_a_kind(refusal: Refusal, kind: Kind) -> None:
    """R17: four kinds, which the edge maps to statuses."""
    assert (refusal.kind, str(refusal)) == (kind, refusal.message)
