"""Credentials in the store: scopes, rotation with overlap, revocation, the time of the last use.

All instants are wall time (R23).
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from msgspec.structs import replace

from tests.given import MERCHANT_ID
from tollbridge.domain.access import ALL_SCOPES, Credential, Scope, Secret
from tollbridge.ports import Store

OTHER = MERCHANT_ID + 1
WALL = datetime(2026, 7, 24, 12, 0, 0, 123456, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ANNA = Credential(
    merchant_id=MERCHANT_ID,
    username="anna",
    salt=b"\x00salt",
    secret_hash=b"\xffhash",
    created_at=WALL,
)


def secret(number: int, at: datetime = WALL) -> Secret:
    """A secret, told from others by its number."""
    return Secret(salt=b"salt", secret_hash=b"hash %d" % number, created_at=at)


def stored(store: Store, username: str = "anna") -> Credential:
    """A credential that is there."""
    found = store.credential(username)
    assert found is not None
    return found


def hashes(store: Store, at: datetime) -> list[bytes]:
    """The hashes of the secrets that are valid at an instant, the newest first."""
    return [one.secret_hash for one in stored(store).secrets_at(at)]


def test_a_credential_comes_back_as_it_was_put(store: Store) -> None:
    """With every scope unless told; nothing is known of its use yet."""
    assert store.put_credential(ANNA)
    assert stored(store) == ANNA
    assert stored(store).scopes == ALL_SCOPES
    first = Secret(salt=ANNA.salt, secret_hash=ANNA.secret_hash, created_at=WALL)
    assert stored(store).secrets_at(WALL) == (first,)


@pytest.mark.parametrize("scopes", [{Scope.READ}, {Scope.CHANGE, Scope.READ}, set()])
def test_scopes_come_back(store: Store, scopes: set[Scope]) -> None:
    """Any set of them, the empty one too."""
    store.put_credential(replace(ANNA, scopes=frozenset(scopes)))
    assert stored(store).scopes == scopes


def test_a_merchant_lists_its_own_credentials(store: Store) -> None:
    """By user name, revoked ones too, each with its secrets."""
    ben = replace(ANNA, username="ben", scopes=frozenset({Scope.READ}))
    carl = replace(ANNA, username="carl", merchant_id=OTHER)
    for one in (carl, ben, ANNA):
        assert store.put_credential(one)
    store.rotate_secret(MERCHANT_ID, "anna", secret(2), WALL + HOUR)
    store.revoke_credential(MERCHANT_ID, "ben", WALL)
    assert store.credentials(MERCHANT_ID) == (stored(store), replace(ben, revoked_at=WALL))
    assert store.credentials(OTHER) == (carl,)
    assert store.credentials(1) == ()


def test_a_rotated_secret_overlaps_with_the_one_before(store: Store) -> None:
    """Both are valid until the overlap ends, then the new one alone."""
    store.put_credential(ANNA)
    newer = secret(2, WALL + MINUTE)
    assert store.rotate_secret(MERCHANT_ID, "anna", newer, WALL + HOUR)
    assert stored(store).secrets_at(WALL)[0] == newer
    assert (stored(store).created_at, stored(store).rotated_at) == (WALL, WALL + MINUTE)
    assert hashes(store, WALL) == [b"hash 2", ANNA.secret_hash]
    assert hashes(store, WALL + HOUR - timedelta(microseconds=1)) == [b"hash 2", ANNA.secret_hash]
    assert hashes(store, WALL + HOUR) == [b"hash 2"]
    found = stored(store)
    assert found.older == Secret(
        salt=ANNA.salt,
        secret_hash=ANNA.secret_hash,
        created_at=WALL,
        expires_at=WALL + HOUR,
    )


def test_at_most_two_secrets_are_valid(store: Store) -> None:
    """A second rotation within the overlap ends the oldest secret at once."""
    store.put_credential(ANNA)
    for number in (2, 3):
        assert store.rotate_secret(MERCHANT_ID, "anna", secret(number), WALL + number * HOUR)
    with pytest.raises(ValueError, match="since when"):
        store.rotate_secret(MERCHANT_ID, "anna", replace(secret(4), created_at=None), WALL)
    assert hashes(store, WALL) == [b"hash 3", b"hash 2"]
    assert hashes(store, WALL + 3 * HOUR) == [b"hash 3"]


def test_rotations_at_once_end_in_order(store: Store) -> None:
    """Whoever comes second waits: no secret is lost, and two are valid."""
    store.put_credential(ANNA)
    meet = Barrier(4)

    def rotate(number: int) -> bool:
        meet.wait()
        return store.rotate_secret(MERCHANT_ID, "anna", secret(number), WALL + HOUR)

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(rotate, range(2, 6)))
    assert len(set(hashes(store, WALL))) == 2
    assert len(hashes(store, WALL + HOUR)) == 1


def test_an_overlap_can_be_ended_at_once(store: Store) -> None:
    """For a secret that is out: the new one stays valid."""
    store.put_credential(ANNA)
    assert not store.revoke_older_secret(MERCHANT_ID, "anna", WALL)
    store.rotate_secret(MERCHANT_ID, "anna", secret(2), WALL + HOUR)
    assert store.revoke_older_secret(MERCHANT_ID, "anna", WALL)
    assert hashes(store, WALL) == [b"hash 2"]
    assert not store.revoke_older_secret(MERCHANT_ID, "anna", WALL)


def test_a_revoked_credential_has_no_valid_secret(store: Store) -> None:
    """From the next look on, in an overlap too; it cannot be rotated, and its name stays taken."""
    store.put_credential(ANNA)
    store.rotate_secret(MERCHANT_ID, "anna", secret(2), WALL + HOUR)
    assert store.revoke_credential(MERCHANT_ID, "anna", WALL + MINUTE)
    assert hashes(store, WALL) == []
    assert stored(store).revoked_at == WALL + MINUTE
    assert not store.revoke_credential(MERCHANT_ID, "anna", WALL + HOUR)
    assert not store.rotate_secret(MERCHANT_ID, "anna", secret(3), WALL + HOUR)
    assert not store.put_credential(ANNA)
    assert stored(store).revoked_at == WALL + MINUTE


def test_the_last_use_is_noted_once_a_minute(store: Store) -> None:
    """Not on every request: a use within a minute of the one that was noted writes nothing."""
    store.put_credential(ANNA)
    fresh = stored(store)
    store.note_use(fresh, WALL)
    assert stored(store).last_used_at == WALL
    store.note_use(stored(store), WALL + MINUTE - timedelta(microseconds=1))
    store.note_use(fresh, WALL + MINUTE / 2)  # read before the first use was noted
    assert stored(store).last_used_at == WALL
    store.note_use(stored(store), WALL + MINUTE)
    assert stored(store).last_used_at == WALL + MINUTE
    store.note_use(fresh, WALL)  # a clock that went back, or one who comes late
    assert stored(store).last_used_at == WALL + MINUTE


def test_another_merchant_reaches_no_credential(store: Store) -> None:
    """DESIGN 8: whoever names another merchant changes nothing."""
    store.put_credential(ANNA)
    store.rotate_secret(MERCHANT_ID, "anna", secret(2), WALL + HOUR)
    before = stored(store)
    assert not store.rotate_secret(OTHER, "anna", secret(3), WALL)
    assert not store.revoke_older_secret(OTHER, "anna", WALL)
    assert not store.revoke_credential(OTHER, "anna", WALL)
    store.note_use(replace(before, merchant_id=OTHER), WALL)
    assert stored(store) == before
