"""Fixtures of the tests of pages: a platform behind the HTTP edge."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rest.world import World, world_on
from tollbridge.store.opening import open_store


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A platform of this test's own, on SQLite."""
    with world_on(open_store("", memory=True), tmp_path / "book.db") as made:
        yield made
