"""Fixtures of the REST tests: a platform behind the HTTP edge."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rest.world import World, world_on
from tollbridge.store.opening import migrate_store, open_store


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A platform of this test's own, on SQLite."""
    with world_on(open_store("", memory=True), tmp_path / "book.db") as made:
        yield made


@pytest.fixture(scope="module")
def shared_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A platform that the tests of one file share: for those that change nothing."""
    book = tmp_path_factory.mktemp("gateway") / "book.db"
    with world_on(open_store("", memory=True), book) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgres"])
def any_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A platform of this test's own, on each engine."""
    if request.param == "sqlite":
        store = open_store("", memory=True)
    else:
        url = request.getfixturevalue("postgres_url")
        migrate_store(url)
        store = open_store(url)
    with world_on(store, tmp_path / "book.db") as made:
        yield made
