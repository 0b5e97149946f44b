"""What PostgreSQL adds to the store's promises: connections break, servers end sessions."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from msgspec.structs import replace

from tests.contract.severing import Cut, Severing
from tests.contract.storing import (
    RECORDED,
    changed,
    command,
    furnish,
    held,
    paid,
    save,
    saved,
    signed_up,
    upgraded,
)
from tests.given import EXTEND, MERCHANT_ID
from tollbridge.domain.request import KeyedRequest, RequestKey
from tollbridge.ports import Saved, Series, Store, StoreUnavailableError
from tollbridge.store import migrate_store, open_store
from tollbridge.store.postgres import MOST_CONNECTIONS, begin_session

TERMINATE = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture
def network(postgres_url: str) -> Iterator[Severing]:
    """A network that can be cut, in front of an empty database with the schema."""
    migrate_store(postgres_url)
    severing = Severing(postgres_url)
    yield severing
    severing.close()


@pytest.fixture
def far_store(network: Severing) -> Iterator[Store]:
    """A store behind that network, with a merchant and two paid subscriptions."""
    opened = open_store(network.url)
    furnish(opened)
    paid(opened, 1, 2)
    yield opened
    opened.close()


def end_every_session(url: str) -> int:
    """What a restart of the server does to its clients; how many there were."""
    with psycopg.connect(url, autocommit=True) as connection:
        (count,) = connection.execute(TERMINATE).fetchone() or (0,)
    return int(count)


def test_a_commit_whose_answer_was_lost_is_saved(far_store: Store, network: Severing) -> None:
    """DESIGN 3: the command id is found in the journal; nothing is done twice."""
    decision = changed(far_store, 1001)
    network.arm(Cut.AFTER_COMMIT)
    assert far_store.save([decision], command("lost")) == [Saved.SAVED]
    assert not network.armed
    assert held(far_store, 1001).subscription == decision.changes[0].after
    ids = [entry.command_id for entry in far_store.journal(MERCHANT_ID, 1001)]
    assert ids.count("lost") == 1


def test_losers_stay_losers_when_the_answer_was_lost(far_store: Store, network: Severing) -> None:
    """The answer to each decision is the one it would have had."""
    stale = changed(far_store, 1001, quantity=20)
    saved(far_store, changed(far_store, 1001))
    network.arm(Cut.AFTER_COMMIT)
    answers = save(far_store, stale, changed(far_store, 1002))
    assert answers == [Saved.CONFLICT, Saved.SAVED]


def test_a_commit_that_never_arrived_is_not_saved(far_store: Store, network: Severing) -> None:
    """Nothing of the command stands in the journal: the caller is told so and may try again."""
    decision = changed(far_store, 1001)
    network.arm(Cut.BEFORE_COMMIT)
    with pytest.raises(StoreUnavailableError):
        far_store.save([decision], command("lost"))
    assert held(far_store, 1001).subscription.items[0].version == 1
    assert far_store.save([decision], command("lost")) == [Saved.SAVED]


@pytest.mark.parametrize("cut", Cut)
def test_a_keyed_request_is_lost_with_its_effect_or_not_at_all(
    far_store: Store, network: Severing, cut: Cut
) -> None:
    """Where COMMIT or its answer got lost, key and effect have the same fate."""
    key = RequestKey(merchant_id=MERCHANT_ID, username="anna", path="/path", key="key")
    wanted = replace(command("lost"), request=KeyedRequest(key=key, body_hash=b"hash"))
    decision = changed(far_store, 1001)
    network.arm(cut)
    if cut is Cut.AFTER_COMMIT:
        assert far_store.save([decision], wanted) == [Saved.SAVED]
    else:
        with pytest.raises(StoreUnavailableError):
            far_store.save([decision], wanted)
        assert far_store.request(key, RECORDED) is None
        assert held(far_store, 1001).subscription.items[0].version == 1
        assert far_store.save([decision], wanted) == [Saved.SAVED]
    found = far_store.request(key, RECORDED)
    assert found is not None
    assert found.command_id == "lost"
    assert held(far_store, 1001).subscription == decision.changes[0].after


def test_a_lost_commit_after_a_search_is_looked_up(far_store: Store, network: Severing) -> None:
    """The second attempt, without the one in the way, may lose its answer as well."""
    saved(far_store, changed(far_store, 1001, alignment=EXTEND, purchase_id=2011))
    rival = changed(far_store, 1002, alignment=EXTEND, purchase_id=2011)  # the id is taken
    good = signed_up(3)
    network.arm(Cut.AFTER_COMMIT)
    assert save(far_store, rival, good) == [Saved.CONFLICT, Saved.SAVED]
    assert not network.armed
    assert held(far_store, 1003).subscription == good.changes[0].after


def test_whoever_holds_ended_sessions_goes_on(postgres_url: str) -> None:
    """After a restart of the server: reads do not notice, a write fails at most once."""
    migrate_store(postgres_url)
    store = open_store(postgres_url)
    furnish(store)
    paid(store, 1)
    decision = changed(store, 1001)
    assert end_every_session(postgres_url) >= 1
    assert held(store, 1001).subscription.id == 1001
    assert end_every_session(postgres_url) >= 1
    with pytest.raises(StoreUnavailableError):
        save(store, decision)
    assert save(store, decision) == [Saved.SAVED]
    store.close()


def test_more_threads_than_connections_wait_their_turn(postgres_url: str) -> None:
    """Nobody is turned away, and no connection is lost on the way."""
    migrate_store(postgres_url)
    store = open_store(postgres_url)
    furnish(store)
    paid(store, 1)
    with ThreadPoolExecutor(2 * MOST_CONNECTIONS) as threads:
        found = list(threads.map(lambda _: held(store, 1001).subscription.id, range(500)))
    assert found == [1001] * 500
    store.close()


@pytest.mark.parametrize(
    ("server", "session"),
    [("off", "on"), ("local", "on"), ("on", "on"), ("remote_apply", "remote_apply")],
)
def test_commits_are_durable_whatever_the_server_is_set_to(
    postgres_url: str, server: str, session: str
) -> None:
    """DESIGN 3: less than durable is raised to "on"; more than that is left."""
    with psycopg.connect(postgres_url, autocommit=True, prepare_threshold=0) as connection:
        connection.execute(f"SET synchronous_commit = {server}".encode())
        begin_session(connection)
        assert connection.execute("SHOW synchronous_commit").fetchone() == (session,)


def test_a_closed_store_is_unavailable(postgres_url: str) -> None:
    """Reading, writing and issuing ids; closing twice is no harm."""
    migrate_store(postgres_url)
    store = open_store(postgres_url)
    furnish(store)
    paid(store, 1)
    decision = upgraded(store, 1001, 2011)
    store.close()
    store.close()
    with pytest.raises(StoreUnavailableError):
        store.held(MERCHANT_ID, 1001)
    with pytest.raises(StoreUnavailableError):
        save(store, decision)
    with pytest.raises(StoreUnavailableError):
        store.issue_ids(MERCHANT_ID, Series.PURCHASE)
