"""The law about forecasts: what it compares, and what it does not."""

from datetime import UTC, datetime

import pytest

from tollbridge.domain import events as ev
from tollbridge.simulation.laws import same_course

NOW = datetime(2026, 2, 9, tzinfo=UTC)
CHECKED = ev.CardChecked(at=NOW, number=1)
GRACE = ev.GraceStarted(at=NOW, until=NOW)
DECLINED = ev.PaymentDeclined(at=NOW, purchase_id=1, try_no=1, code="", hard=False)
ANSWERS = [
    ev.PurchaseRefunded(at=NOW, purchase_id=1, refund_no=1, reference="r", lines=(), whole=True),
    ev.RefundDeclined(at=NOW, purchase_id=1, refund_no=1, code="c"),
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_time_brings_no_answer_to_a_refund(answer: ev.Event) -> None:
    """A refund that was under way is settled on the way; the rest is compared as ever."""
    assert same_course([], [answer]) is None
    assert same_course([CHECKED], [answer, CHECKED]) is None
    assert same_course([CHECKED], [answer]) == "1 events foreseen, 0 came"
    assert same_course([CHECKED], [answer, GRACE]) is not None


def test_a_decline_ends_the_comparison() -> None:
    """A forecast takes every charge for captured; what comes before the first other is compared."""
    assert same_course([CHECKED, GRACE], [CHECKED, DECLINED]) is None
    assert same_course([GRACE], [CHECKED, DECLINED]) is not None
