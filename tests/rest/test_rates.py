"""Who asks too often is turned away for a minute (1.8)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.rest.world import CREDENTIALS, World, world_on
from tollbridge.rest.app import create_app
from tollbridge.rest.rates import Limit, Rate, address_of
from tollbridge.store.opening import open_store

READ = "/subscription/getsubscription?subscriptionid=S67531904"


class Ticking:
    """A timer that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Seconds from any beginning."""
        return self.now


@pytest.fixture
def ticking() -> Ticking:
    """The timer of the test."""
    return Ticking()


@pytest.fixture
def limited(tmp_path: Path, ticking: Ticking) -> Iterator[World]:
    """A world with the published limit."""
    store = open_store("", memory=True)
    with world_on(store, tmp_path / "book.db", timer=ticking, rate=Rate(30)) as made:
        yield made


def statuses(world: World, count: int) -> list[int]:
    """The statuses of that many reads."""
    return [world.get(READ).status_code for _ in range(count)]


def test_thirty_a_second_and_no_more(limited: World, ticking: Ticking) -> None:
    """1.8: the 31st within a second is answered 429, in HTML, and so is all for a minute."""
    assert statuses(limited, 30) == [200] * 30
    answer = limited.post("/subscription/updatesubscriptionitem", {})
    assert answer.status_code == 429
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["retry-after"] == "60"
    assert "Too many requests" in answer.text
    ticking.now += 59.9
    assert statuses(limited, 3) == [429] * 3
    ticking.now += 0.2
    assert statuses(limited, 30) == [200] * 30


def test_the_second_moves_on(limited: World, ticking: Ticking) -> None:
    """Thirty each second are never too many; any second with 31 is."""
    for _ in range(5):
        assert statuses(limited, 30) == [200] * 30
        ticking.now += 1
    assert statuses(limited, 15) == [200] * 15
    ticking.now += 0.9
    assert statuses(limited, 15) == [200] * 15
    ticking.now += 0.05
    assert statuses(limited, 1) == [429]


def client(world: World, ticking: Ticking, peer: str, *, local: bool = False) -> TestClient:
    """A client of an application with a limit of two, seen as coming from this address."""
    app = create_app(
        world.collector,
        public_url="http://testserver",
        allowed_hosts=["testserver"],
        timer=ticking,
        rate=Rate(2, local=local),
    )
    return TestClient(app, client=(peer, 50000), headers={"Authorization": CREDENTIALS})


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_not_counted(world: World, ticking: Ticking, peer: str) -> None:
    """Off for loopback unless it is switched on."""
    asking = client(world, ticking, peer)
    assert [asking.get("/healthz").status_code for _ in range(5)] == [200] * 5
    asking = client(world, ticking, peer, local=True)
    assert [asking.get("/healthz").status_code for _ in range(4)] == [200, 200, 429, 429]


def test_no_limit(world: World) -> None:
    """0 is none, and it is what applications are made with unless told."""
    assert statuses(world, 100) == [200] * 100


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_addresses(peer: str, address: str) -> None:
    """1.8: an IPv4 address or the /64 of an IPv6 address."""
    assert address_of(peer) == address


def test_addresses_are_counted_apart(ticking: Ticking) -> None:
    """One caller's haste is not another's."""
    limit = Limit(1, 1.0, ticking)
    assert [limit.note(key) for key in ("a", "b", "a", "b", "c")] == [
        False,
        False,
        True,
        True,
        False,
    ]
    assert [limit.blocks(key) for key in ("a", "c", "d")] == [True, False, False]


def test_memory_is_bounded(ticking: Ticking) -> None:
    """However many addresses come, those seen last are remembered."""
    limit = Limit(1, 1.0, ticking, kept=100)
    for number in range(1000):
        assert not limit.note(str(number))
    assert len(limit) == 100
    assert limit.note("999")
    assert not limit.note("1")
