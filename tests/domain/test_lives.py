"""What holds in every life of a subscription, whatever happens to it."""

from collections.abc import Iterator

import msgspec
from hypothesis import event, given

from tests.domain.laws import LAWS
from tests.domain.lives import Step, beginnings
from tests.given import Life
from tollbridge.domain.refusal import Refusal


def lived(life: Life, steps: list[Step]) -> Life:
    """The life after its steps; a step that is refused leaves everything as it was (R17)."""
    for step in steps:
        before, journal = life.subscription, len(life.changes)
        document = msgspec.json.encode(before)
        try:
            step.take(life)
        except Refusal as refusal:
            event(f"refused: {refusal.reason}")
            if refusal.reason != "management_model_one":  # the second of two decisions
                assert life.subscription is before
                assert len(life.changes) == journal
            assert msgspec.json.encode(before) == document
        else:
            event(f"done: {type(step).__name__}")
    return life


def lives_of(life: Life) -> Iterator[Life]:
    """The life and those that it was merged with."""
    yield life
    yield from life.others


@given(beginnings())
def test_what_holds_in_every_life(beginning: tuple[Life, list[Step]]) -> None:
    """DESIGN 3, R1 to R4, R6, R7, R9 to R12, R16, R19: one life, looked at from all sides."""
    for life in lives_of(lived(*beginning)):
        for law in LAWS:
            law(life)
