"""Fixtures of the REST tests: a platform on SQLite behind the HTTP edge."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rest.world import World, world_on
from tollbridge.store.opening import open_store


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A platform of this test's own."""
    with world_on(open_store("", memory=True), tmp_path / "book.db") as made:
        yield made


@pytest.fixture(scope="module")
def shared_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A platform that the tests of one file share: for those that change nothing."""
    book = tmp_path_factory.mktemp("gateway") / "book.db"
    with world_on(open_store("", memory=True), book) as made:
        yield made
