"""The wall clock is read in one room: bootstrap/ (DESIGN 2, R23).

The consumer library runs in another program and reads its clock.
"""

import ast

import pytest

from tests.house.source import SOURCE, dotted_uses, parsed, python_files

CLOCKS = {f"datetime.datetime.{name}" for name in ("now", "utcnow", "today")}
CLOCKS |= {"datetime.date.today"}
CLOCKS |= {
    f"time.{name}{suffix}"
    for name in ("time", "monotonic", "perf_counter", "process_time", "clock_gettime")
    for suffix in ("", "_ns")
}
CLOCKS |= {"time.localtime", "time.gmtime", "time.ctime", "time.asctime", "time.strftime"}
READERS = (SOURCE / "bootstrap", SOURCE / "consumer")


def clock_reads(tree: ast.Module) -> list[tuple[int, str]]:
    """Line and name of every clock that a module takes hold of, called or passed on."""
    return [use for use in dotted_uses(tree) if use[1] in CLOCKS]


def test_only_bootstrap_reads_the_wall_clock() -> None:
    """R23: business time and wall time come in through ports, so no other file reads a clock."""
    found = [
        f"{path.relative_to(SOURCE)}:{line}: {name}"
        for path in python_files(SOURCE)
        if path.parent not in READERS
        for line, name in clock_reads(parsed(path))
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "import time\ntime.time()",
        "import time as t\nt.monotonic()",
        "from time import monotonic_ns as tick\nf(tick)",
        "import datetime\ndatetime.datetime.now(datetime.UTC)",
        "from datetime import datetime as dt\ndt.utcnow()",
        "import datetime as d\nd.date.today()",
        "from datetime import datetime, UTC\ndefault = datetime.now",
    ],
)
def test_the_check_sees_every_spelling(code: str) -> None:
    """A clock is found through any import, alias, and without a call."""
    assert len(clock_reads(ast.parse(code))) == 1


@pytest.mark.parametrize(
    "code", ["context.now", "clock.now()", "from datetime import datetime\ndatetime(2026, 1, 1)"]
)
def test_a_clock_handed_in_is_none(code: str) -> None:
    """What comes in as an argument is read freely."""
    assert clock_reads(ast.parse(code)) == []
