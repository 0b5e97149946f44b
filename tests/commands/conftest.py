"""Fixtures of the command tests: a platform of their own, wired as in production."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rest.conftest import any_world
from tollbridge.bootstrap import Place, collecting, migrate, opened
from tollbridge.flows.collecting import Collector
from tollbridge.ports import Platform

__all__ = ["any_world"]


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    """A platform on SQLite."""
    with opened(Place("", tmp_path / "book.db", new=True), memory=True) as made:
        yield made


@pytest.fixture
def collector(platform: Platform) -> Iterator[Collector]:
    """Who takes the money there."""
    with collecting(platform) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgres"])
def any_platform(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Platform]:
    """A platform on each engine."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'platform.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    place = Place(url, tmp_path / "book.db", new=True)
    migrate(place)
    with opened(place) as made:
        yield made


@pytest.fixture
def any_collector(any_platform: Platform) -> Iterator[Collector]:
    """Who takes the money there."""
    with collecting(any_platform) as made:
        yield made
