"""Fixtures of the conformance suite: places for platforms, on each engine."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.conftest import fresh_database
from tollbridge.bootstrap import Place


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place for a platform of this test's own, on each engine."""
    book = tmp_path / "book.db"
    if request.param == "sqlite":
        yield Place("", book, new=True)
        return
    with fresh_database(request.getfixturevalue("postgres_server")) as url:
        yield Place(url, book, new=True)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Place]:
    """Places in memory, one after the other."""
    return (Place("", tmp_path / f"book-{number}.db", new=True) for number in count())
