"""Two workers on PostgreSQL are killed while they bill: every interval is charged exactly once.

Short as a part of `make check`; `make kills` kills a hundred over twenty thousand subscriptions.
"""

from pathlib import Path

from tests.simulation.killing import begin, end, judge, kill_workers

KILLS = 10
SUBSCRIPTIONS = 2_000
SECONDS = 60.0


def test_ten_killed_workers_charge_nobody_twice(postgres_server: str, tmp_path: Path) -> None:
    """DESIGN.md 5: kill the process between any two lines, and the others finish."""
    assert postgres_server
    state = begin(tmp_path, SUBSCRIPTIONS, seed=20260209)
    try:
        kill_workers(state, KILLS, SECONDS)
        verdict = judge(state)
    finally:
        end(state)
    assert state.kills == KILLS
    assert verdict.not_once == []
    assert verdict.parked == 0
    assert verdict.findings == []
    assert verdict.charged == SUBSCRIPTIONS * (state.months + 1)
