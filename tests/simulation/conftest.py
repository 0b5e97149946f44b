"""Fixtures of the simulation: a machine on each engine."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.simulation.machine import MERCHANT, MONTHLY, NOW, Machine, stop, yearly
from tollbridge.domain.merchant import ManagementModel, Merchant, Mode
from tollbridge.domain.schedule import Interval


@pytest.fixture(params=["sqlite", "postgres"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    """A machine with a merchant and two yearly products, on each engine."""
    database = (
        f"sqlite:///{tmp_path}/platform.db"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres_url")
    )
    made = Machine(database, tmp_path / "book.db")
    process = made.start()
    store = process.platform.store
    store.put_merchant(
        Merchant(
            id=MERCHANT,
            name="Cloudify",
            mode=Mode.SANDBOX,
            clock=NOW,
            country="DE",
            currency="USD",
            management_model=ManagementModel.TWO,
        )
    )
    sold = [yearly(1, "99.95"), yearly(2, "150.00")]
    store.put_products(MERCHANT, [*sold, replace(yearly(MONTHLY, "9.95"), interval=Interval(1))])
    stop(process)
    return made
