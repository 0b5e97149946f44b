"""The stages that stories are played on, one for each engine."""

from collections.abc import Iterator

import pytest

from tests.scenarios.stage import Stage, stage_on
from tollbridge.store import migrate_store, open_store


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """A platform for all stories of a file: each has a merchant of its own."""
    if request.param == "sqlite":
        store = open_store("", memory=True)
    else:
        url = request.getfixturevalue("postgres_module_url")
        migrate_store(url)
        store = open_store(url)
    book = tmp_path_factory.mktemp("gateway") / "book.db"
    with stage_on(store, book) as made:
        yield made
