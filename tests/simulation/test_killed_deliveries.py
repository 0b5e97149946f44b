"""Notices reach a receiver that fails in every way, though workers are killed meanwhile.

Short as a part of `make check`; `make deliveries` sends twenty thousand.
"""

import pytest

from bench.place import ENGINES
from tests.simulation.delivering import faults, judge, prepared, run

SUBSCRIPTIONS = 100
MONTHS = 2
KILLS = 4
GOOD = ["7 1 msg_a aa", "7 2 msg_b bb", "8 1 msg_c cc", "7 2 msg_b bb", "7 1 msg_a aa"]
MADE = {"msg_a", "msg_b", "msg_c"}


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_lost_and_nothing_comes_in_disorder(postgres_server: str, engine: str) -> None:
    """At least once, in order in each stream, twice only under the same id, every one signed."""
    assert postgres_server
    with prepared(engine, SUBSCRIPTIONS, seed=20260209) as (killed, platform):
        run(killed, platform, kills=KILLS, months=MONTHS)
        verdict = judge(killed, platform)
    assert verdict.wrong == []
    assert verdict.notices == SUBSCRIPTIONS * (1 + 2 * MONTHS)
    assert verdict.taken >= verdict.notices
    assert killed.kills + killed.receiver_kills == KILLS


def test_the_judge_sees_what_is_wrong() -> None:
    """Each of these is found, and a log in which all is well is not."""
    assert faults(GOOD, MADE) == []
    assert faults(GOOD, {*MADE, "msg_d"}) == ["msg_d was lost"]
    assert faults(GOOD, MADE - {"msg_c"}) == ["msg_c was never made"]
    assert faults(["7 2 msg_b bb", *GOOD], MADE) == ["stream 7: 2 came before 1"]
    assert faults([*GOOD, "7 1 msg_a xx"], MADE) == ["msg_a is another thing the second time"]
    assert faults([*GOOD, "7 3 msg_a aa"], MADE)[0] == "msg_a is another thing the second time"
    assert faults([*GOOD, "unsigned Error"], MADE) == ["not signed or cut off: unsigned Error"]
