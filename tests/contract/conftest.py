"""The stores and the gateways that every test of such a port runs on."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.charging import OpenGateway
from tests.contract.fault_proxy import FaultProxy
from tests.contract.storing import furnish
from tests.contract.stripe_double import StripeDouble
from tollbridge.gateways.simulator import Simulator
from tollbridge.ports import Gateway, Store
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


@pytest.fixture(scope="session")
def localstripe_port() -> Iterator[int]:
    """Where localstripe listens, a process of its own for all tests."""
    command = [sys.executable, str(Path(__file__).with_name("localstripe_server.py"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        yield int(running.stdout.readline())
        running.kill()


@pytest.fixture
def fault_proxy(localstripe_port: int) -> Iterator[FaultProxy]:
    """An empty account at localstripe, behind the proxy."""
    proxy = FaultProxy(localstripe_port)
    yield proxy
    proxy.close()


@pytest.fixture(params=["simulator", "stripe"])
def open_gateway(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenGateway]:
    """Opens the gateway under test, each time on the same account; all are closed at the end."""
    opened: list[Gateway] = []
    proxy: FaultProxy | None = None
    if request.param == "stripe":
        proxy = request.getfixturevalue("fault_proxy")

    def open_one() -> Gateway:
        if proxy is None:
            opened.append(Simulator(tmp_path / "gateway.book", memory=True))
        else:
            opened.append(StripeDouble(proxy))
        return opened[-1]

    yield open_one
    for gateway in opened:
        gateway.close()


@pytest.fixture
def gateway(open_gateway: OpenGateway) -> Gateway:
    """A gateway that has seen nothing."""
    return open_gateway()


@pytest.fixture
def book_path(tmp_path: Path) -> Path:
    """Where a book can be."""
    return tmp_path / "simulator.book"


@pytest.fixture
def simulator(book_path: Path) -> Iterator[Simulator]:
    """A simulator with an empty book."""
    one = Simulator(book_path, memory=True)
    yield one
    one.close()
