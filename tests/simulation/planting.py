"""Planting a known bug: a patch applied to a copy of the source, and the simulation run on it.

A patch in `planted/` begins with what is wrong and the number of seeds that it is found within.
The production code has no switch for any of it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import tollbridge

PATCHES = sorted((Path(__file__).parent / "planted").glob("*.patch"))
SOURCE = Path(tollbridge.__file__).parent
SECONDS = 300  # of one seed, on a busy machine
WITHIN = re.compile(r"^Found within (\d+) seeds\.$", re.MULTILINE)
SIZE = ("--years", "1", "--subscriptions", "10")


class StalePatchError(Exception):
    """A patch whose lines are not in the source any more."""


class Planted(NamedTuple):
    """A patch: its name, the seeds that it is found within, and its hunks by file."""

    name: str
    seeds: int
    hunks: list[tuple[str, str, str]]  # file, lines before, lines after


def read_patch(path: Path) -> Planted:
    """A unified diff; StalePatchError for one that does not say within how many seeds."""
    text = path.read_text(encoding="utf-8")
    within = WITHIN.search(text)
    if within is None:
        raise StalePatchError(f"{path.name} does not say within how many seeds it is found")
    return Planted(path.stem, int(within[1]), list(_hunks(text)))


def _hunks(text: str) -> Iterator[tuple[str, str, str]]:
    for of_file in text.split("--- a/")[1:]:
        file = of_file.partition("\n")[0]
        for hunk in re.split(r"^@@.*\n", of_file, flags=re.MULTILINE)[1:]:
            lines = hunk.splitlines()
            before = "\n".join(line[1:] for line in lines if line[:1] != "+")
            after = "\n".join(line[1:] for line in lines if line[:1] != "-")
            yield file, before, after


def plant(planted: Planted, folder: Path) -> Path:
    """A copy of the source with the bug in it; StalePatchError where it does not fit exactly."""
    shutil.copytree(SOURCE, folder / "src" / SOURCE.name)
    for file, before, after in planted.hunks:
        place = folder / file
        text = place.read_text(encoding="utf-8")
        if text.count(before) != 1:
            raise StalePatchError(f"{planted.name} does not apply to {file}: mend the patch")
        place.write_text(text.replace(before, after), encoding="utf-8")
    return folder / "src"


def simulated(seed: int, *options: str, source: Path = SOURCE.parent) -> dict[str, Any]:
    """What `tollbridge simulate` reports of a seed, run on this source."""
    environment = {**os.environ, "PYTHONPATH": str(source)}
    ran = subprocess.run(
        [sys.executable, "-m", "tollbridge.cli", "simulate", "--json", f"--seed={seed}", *options],
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ran.returncode in {0, 1}, ran.stderr
    report: dict[str, Any] = json.loads(ran.stdout)
    assert (ran.returncode == 1) == (report["failure"] is not None)
    return report


def seeds_until_found(planted: Planted, folder: Path, most: int) -> tuple[int, str]:
    """How many seeds it takes to find the bug and the law that it breaks; (0, "") if none does."""
    source = plant(planted, folder)
    for seed in range(1, most + 1):
        failure = simulated(seed, *SIZE, source=source)["failure"]
        if failure is not None:
            return seed, failure["law"]
    return 0, ""


def main() -> None:
    """Print how many seeds each planted bug takes."""
    from tempfile import TemporaryDirectory  # noqa: PLC0415 - for this command alone

    chosen = sys.argv[1:]
    for path in PATCHES:
        if chosen and path.stem not in chosen:
            continue
        with TemporaryDirectory() as folder:
            seeds, law = seeds_until_found(read_patch(path), Path(folder), 20)
        sys.stdout.write(f"{path.stem}: {seeds or 'not found'} {law}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
