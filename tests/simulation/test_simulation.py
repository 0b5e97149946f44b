"""Simulated years: the laws hold for every seed, and a seed is the same run for ever.

Short as a part of `make check`; all planted bugs and many seeds in `make simulate`.
"""

import os
from pathlib import Path

import pytest

from tests.simulation.planting import (
    PATCHES,
    SIZE,
    StalePatchError,
    plant,
    read_patch,
    seeds_until_found,
    simulated,
)

LONG = os.environ.get("TOLLBRIDGE_TEST_SIMULATION") == "long"
SEEDS = range(1, 101) if LONG else range(1, 3)
POSTGRES_SEEDS = range(1, 11) if LONG else range(1, 2)
POSTGRES_SIZE = ("--years", "1", "--subscriptions", "6")
LONG_SIZE = ("--years", "3", "--subscriptions", "30")
# One of each kind: what is charged, what is stored, when, and by whom.
QUICK = {
    "fresh-key-on-unknown",
    "void-keeps-postings",
    "anchor-drift",
    "lease-ignored",
}


@pytest.mark.parametrize("seed", SEEDS)
def test_every_law_holds_after_every_step(seed: int) -> None:
    """R1 to R8, R16, R19 to R24, DESIGN 5: whatever goes wrong."""
    report = simulated(seed, *(LONG_SIZE if LONG else SIZE))
    assert report["failure"] is None
    assert report["renewals"] > 10
    assert report["forecasts"] > 10
    assert report["exits"] > 0
    happened = set(report["faults"])
    assert {"decline", "exit", "storage", "overlap"} <= happened
    assert happened & {"timeout-before", "timeout-after", "answer-twice"}


def test_without_faults_nothing_goes_wrong() -> None:
    """`--faults none`: every charge is captured at once, and nobody has to start again."""
    report = simulated(3, *SIZE, "--faults", "none")
    assert report["failure"] is None
    assert report["faults"] == {}
    assert (report["declines"], report["exits"]) == (0, 0)


@pytest.mark.parametrize("seed", POSTGRES_SEEDS)
def test_a_seed_is_the_same_run_on_either_database(seed: int, postgres_url: str) -> None:
    """The digest of journal and gateway's book is that of the seed alone; so a failure replays."""
    stored = simulated(seed, *POSTGRES_SIZE, "--database", postgres_url)
    assert stored["failure"] is None
    assert stored == simulated(seed, *POSTGRES_SIZE)
    assert stored["digest"] != simulated(seed + 1, *POSTGRES_SIZE)["digest"]


@pytest.mark.parametrize("path", PATCHES, ids=lambda path: path.stem)
def test_a_planted_bug_is_found(path: Path, tmp_path: Path) -> None:
    """Each within the number of seeds that its patch states."""
    planted = read_patch(path)
    if not LONG and planted.name not in QUICK:
        plant(planted, tmp_path)  # that it still applies is seen every time
        return
    seeds, law = seeds_until_found(planted, tmp_path, planted.seeds)
    assert seeds, f"{planted.name} was not found within {planted.seeds} seeds"
    assert law != "no_fault_of_the_program"  # it is a law that finds it, not a crash


def test_there_are_planted_bugs_of_every_kind() -> None:
    """At least twelve, and those that are tried every time are among them."""
    assert len(PATCHES) >= 12
    assert {path.stem for path in PATCHES} >= QUICK


def test_a_stale_patch_is_told_by_its_name(tmp_path: Path) -> None:
    """A patch whose lines are gone fails with its name, and is not passed over."""
    planted = read_patch(PATCHES[0])
    file, before, after = planted.hunks[0]
    stale = planted._replace(hunks=[(file, before + "\nno such line", after)])
    with pytest.raises(StalePatchError, match=planted.name):
        plant(stale, tmp_path)
