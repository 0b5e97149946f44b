"""Sealed secrets: what opens them, what does not, and what is needed to seal (ADR 0015)."""

import threading
from pathlib import Path
from secrets import token_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollbridge.bootstrap import opened, place_of
from tollbridge.domain.merchant import Mode
from tollbridge.domain.refusal import NotAllowed
from tollbridge.ports import SealingError
from tollbridge.ports.sealing import NO_KEY
from tollbridge.sealing import KeyFile, Keyring
from tollbridge.settings import SecretKey, Settings

OLD, NEW = b"o" * 32, b"n" * 32
SECRET = b"a signing secret of 32 bytes ..."


def ring(*keys: bytes, file: Path | None = None) -> Keyring:
    """A keyring of these keys."""
    return Keyring(keys, KeyFile(file, token_bytes) if file else None, token_bytes)


@given(st.binary(max_size=100), st.integers(0, 2**63))
def test_what_is_sealed_opens(secret: bytes, merchant_id: int) -> None:
    """For the same merchant; the secret is not in what is stored."""
    sealed = ring(OLD).seal(merchant_id, secret, Mode.LIVE)
    assert ring(OLD).open(merchant_id, sealed) == secret
    assert not secret or len(secret) < 4 or secret not in sealed


def test_no_two_are_alike() -> None:
    """Each has a nonce of its own, so that nobody sees that two endpoints share a secret."""
    assert len({ring(OLD).seal(864, SECRET, Mode.LIVE) for _ in range(100)}) == 100


def test_keys_are_changed_one_after_the_other() -> None:
    """The first seals, all open: an old key can leave when nothing is sealed with it any more."""
    old = ring(OLD).seal(864, SECRET, Mode.LIVE)
    both = ring(NEW, OLD)
    assert both.open(864, old) == SECRET
    assert ring(NEW).open(864, both.seal(864, SECRET, Mode.LIVE)) == SECRET
    with pytest.raises(SealingError, match=r"its key, [0-9a-f]{16}, is not here"):
        ring(NEW).open(864, old)


def test_another_merchant_opens_nothing() -> None:
    """A row that is copied to another merchant is of no use there."""
    sealed = ring(OLD).seal(864, SECRET, Mode.LIVE)
    with pytest.raises(SealingError, match="another merchant's, or was changed"):
        ring(OLD).open(865, sealed)


def test_a_changed_byte_opens_nothing() -> None:
    """Whichever it is; and so does whatever is cut."""
    sealed = ring(OLD).seal(864, SECRET, Mode.LIVE)
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(SealingError):
            ring(OLD).open(864, changed)
        with pytest.raises(SealingError):
            ring(OLD).open(864, sealed[:at])


def test_without_a_key_a_live_merchant_is_refused(tmp_path: Path) -> None:
    """A key beside the database protects nothing: good enough for a sandbox alone."""
    file = tmp_path / "shop.db.key"
    with pytest.raises(NotAllowed, match="TOLLBRIDGE_SECRET_KEY") as refused:
        ring(file=file).seal(864, SECRET, Mode.LIVE)
    assert (refused.value.reason, file.exists()) == ("secret_key_missing", False)
    for keyless in (ring(), NO_KEY):
        with pytest.raises(NotAllowed, match="sandbox merchant"):
            keyless.seal(864, SECRET, Mode.SANDBOX)
        with pytest.raises(SealingError):
            keyless.open(864, ring(OLD).seal(864, SECRET, Mode.LIVE))


def test_a_file_seals_for_a_sandbox(tmp_path: Path) -> None:
    """It is made when it is first needed, for its owner alone; later keys do not lock it out."""
    file = tmp_path / "shop.db.key"
    sealed = ring(file=file).seal(864, SECRET, Mode.SANDBOX)
    assert (file.stat().st_mode & 0o777, file.stat().st_size) == (0o600, 32)
    assert list(tmp_path.iterdir()) == [file]
    assert ring(file=file).open(864, sealed) == SECRET
    assert ring(NEW, file=file).open(864, sealed) == SECRET
    renewed = ring(NEW, file=file).seal(864, SECRET, Mode.SANDBOX)
    assert ring(NEW).open(864, renewed) == SECRET


def test_programs_that_start_together_share_the_file(tmp_path: Path) -> None:
    """The first file counts: nobody seals with a key that is overwritten."""
    rings = [ring(file=tmp_path / "key") for _ in range(8)]
    barrier, sealed = threading.Barrier(8), []

    def seal(one: Keyring) -> None:
        barrier.wait()
        sealed.append(one.seal(864, SECRET, Mode.SANDBOX))

    threads = [threading.Thread(target=seal, args=[one]) for one in rings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [ring(file=tmp_path / "key").open(864, one) for one in sealed] == [SECRET] * 8


def test_a_file_that_is_no_key_is_told(tmp_path: Path) -> None:
    """Cut, a folder, or in a folder that is not there."""
    cut = tmp_path / "cut"
    cut.write_bytes(b"x" * 31)
    for file in (cut, tmp_path, tmp_path / "nowhere" / "key"):
        with pytest.raises(SealingError, match=str(file)):
            ring(file=file).seal(864, SECRET, Mode.SANDBOX)
    assert cut.read_bytes() == b"x" * 31


def test_a_platform_seals(tmp_path: Path) -> None:
    """With the key of the settings, or a file beside an SQLite database; not on PostgreSQL."""
    database = f"sqlite:///{tmp_path}/shop.db"
    with opened(place_of(Settings(database=database))) as platform:
        sealed = platform.sealer.seal(864, SECRET, Mode.SANDBOX)
        with pytest.raises(NotAllowed):
            platform.sealer.seal(864, SECRET, Mode.LIVE)
    assert (tmp_path / "shop.db.key").exists()
    keyed = Settings(database=database, secret_key=(SecretKey(NEW),))
    with opened(place_of(keyed)) as platform:
        assert platform.sealer.open(864, sealed) == SECRET
        live = platform.sealer.seal(864, SECRET, Mode.LIVE)
    assert ring(NEW).open(864, live) == SECRET
    assert place_of(Settings(database="postgresql://localhost/shop")).key_file is None


def test_a_platform_in_memory_leaves_no_key(tmp_path: Path) -> None:
    """Its key is gone with its database."""
    with opened(place_of(Settings(database=f"sqlite:///{tmp_path}/a.db")), memory=True) as platform:
        sealed = platform.sealer.seal(864, SECRET, Mode.SANDBOX)
        assert platform.sealer.open(864, sealed) == SECRET
    assert list(tmp_path.iterdir()) == []
