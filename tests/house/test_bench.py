"""The benchmark runs and says what it promises; how fast anything is, no test judges."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.house.source import ROOT

RATIOS = (
    "getsubscription.ratio",
    "preview.ratio",
    "preview_other_product.ratio",
    "getsubscription_120.ratio",
    "own_pool_getsubscription.ratio",
    "own_pool_preview.ratio",
    "bare_async.ratio",
    "addsubscriptionitem.ratio",
    "start.ratio",
)
TINY = ("--rounds", "1", "--seconds", "0.05", "--starts", "1", "--intervals", "3")


def measured(engine: str) -> dict[str, Any]:
    """What the benchmark's JSON says, from as few requests as it can be asked for."""
    command = [sys.executable, "-m", "bench.api", "--engine", engine, "--json", *TINY]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_the_benchmark_runs(engine: str, request: pytest.FixtureRequest) -> None:
    """Every ratio is there, and comes from answers that were given."""
    if engine == "postgres":
        request.getfixturevalue("postgres_server")
    found = measured(engine)
    assert found["engine"] == engine
    assert {name: found[name] for name in RATIOS if not found[name] > 0} == {}
    rates = [found[name.removesuffix(".ratio")] for name in RATIOS if name != "start.ratio"]
    assert min(rate["per_second"]["min"] for rate in rates) > 0
