"""An advance whose process is killed goes on where it was (R24)."""

import json
import signal
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from tests.commands.running import PROGRAM, environment, run
from tollbridge.bootstrap import build_demo, collecting, migrate, opened, place_of
from tollbridge.flows.demo import SEATS
from tollbridge.queries.clock import read_clock
from tollbridge.settings import Settings

MERCHANT = 864
YEARS = 40


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_killed_advance_goes_on(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Nothing is done twice, nothing is left out, and doctor is content."""
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    if engine == "postgres":
        url = request.getfixturevalue("postgres_url")
    book = tmp_path / "book.db"
    where = place_of(Settings(), url)._replace(book=book)
    migrate(where)
    given = {
        "TOLLBRIDGE_DATABASE": url,
        "TOLLBRIDGE_SIMULATOR_BOOK": str(book),
        "TOLLBRIDGE_LEASE_SECONDS": "5",
    }
    with opened(where) as platform, collecting(platform) as collector:
        build_demo(collector)
        start = read_clock(platform, MERCHANT)
        end = start.replace(year=start.year + YEARS)
        command = [*PROGRAM, "clock", "to", end.isoformat()]
        with subprocess.Popen(command, cwd=tmp_path, env=environment(given)) as child:
            while read_clock(platform, MERCHANT) == start:
                assert child.poll() is None
            child.send_signal(signal.SIGKILL)
        assert child.returncode == -signal.SIGKILL
        assert start < read_clock(platform, MERCHANT) < end
    # The dead one's lease has to end first: until then it is refused.
    arguments = ("clock", "advance", "P1Y", "--json")
    while (done := run(*arguments, cwd=tmp_path, given=given)).returncode:
        assert json.loads(done.stderr)["error"] == "clock_advancing"
    on = datetime.fromisoformat(json.loads(done.stdout)["now"])
    with opened(where) as platform:
        held = platform.store.held(MERCHANT, SEATS)
        assert held is not None
        subscription = held.subscription
        months = (on.year - start.year) * 12 + on.month - start.month
        assert subscription.last_interval_no in {months - 1, months}
        assert subscription.next_billing > on
        assert platform.store.parked(MERCHANT) == ()
    doctor = run("doctor", cwd=tmp_path, given=given)
    assert (doctor.returncode, doctor.stdout) == (0, "No findings.\n")
