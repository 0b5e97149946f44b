"""The stores that every store test runs on: three ways to keep the same things."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.storing import furnish
from tollbridge.ports import Store
from tollbridge.store import migrate_store, open_store

Open = Callable[[], Store]

ENGINES = ("sqlite-memory", "sqlite-file", "postgres")
SHARED = ("sqlite-file", "postgres")  # those that a second program can open as well


@pytest.fixture
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A store of the engine that the test is given, with the merchant and its catalog."""
    if request.param == "sqlite-memory":
        opened = open_store("", memory=True)
    else:
        opened = open_store(_fresh_url(request, request.param))
    furnish(opened)
    yield opened
    opened.close()


@pytest.fixture
def open_again(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens one database again and again, as several programs would; all are closed at the end."""
    url = _fresh_url(request, request.param)
    opened: list[Store] = []

    def open_one() -> Store:
        opened.append(open_store(url))
        return opened[-1]

    furnish(open_one())
    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def migrated_url(postgres_url: str) -> str:
    """The URL of an empty PostgreSQL database with the schema."""
    migrate_store(postgres_url)
    return postgres_url


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run whatever asks for a store on every engine."""
    if "store" in metafunc.fixturenames:
        metafunc.parametrize("store", ENGINES, indirect=True)
    if "open_again" in metafunc.fixturenames:
        metafunc.parametrize("open_again", SHARED, indirect=True)


def _fresh_url(request: pytest.FixtureRequest, engine: str) -> str:
    """The URL of an empty database."""
    if engine == "sqlite-file":
        folder: Path = request.getfixturevalue("tmp_path")
        return f"sqlite:///{folder / 'platform.db'}"
    url: str = request.getfixturevalue("migrated_url")
    return url
