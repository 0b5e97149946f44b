"""Sealing by AES-256-GCM: the `Sealer` port with keys of the environment (ADR 0015).

A sealed secret is one byte for this format, eight that name the key, a nonce of twelve, and the
ciphertext with its tag. The merchant's id is authenticated with it: a row that is copied to
another merchant does not open.
"""

import os
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from tollbridge.domain.merchant import Mode
from tollbridge.ports.sealing import SealingError, refuse_without_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
FORMAT = b"\x01"
NAME_BYTES = 8
NONCE_BYTES = 12
HEAD_BYTES = len(FORMAT) + NAME_BYTES
FILE_MODE = 0o600


class KeyFile:
    """A key beside the database, readable by its owner alone; made when it is first needed."""

    def __init__(self, path: Path, random: Callable[[int], bytes]) -> None:
        self._path = path
        self._random = random

    def read(self) -> bytes | None:
        """The key; None where there is no file. SealingError for a file that holds none."""
        try:
            key = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SealingError(f"{self._path}: {error.strerror}") from None
        if len(key) != KEY_BYTES:
            raise SealingError(f"{self._path}: this is no key of {KEY_BYTES} bytes")
        return key

    def read_or_make(self) -> bytes:
        """The key, made now if need be: of several programs that make one, the first counts."""
        key = self.read()
        if key is None:
            try:
                self._make()
            except OSError as error:
                raise SealingError(f"{self._path}: {error.strerror}") from None
            key = self.read()
        if key is None:
            raise SealingError(f"{self._path}: the key is gone again")
        return key

    def _make(self) -> None:
        """Written elsewhere and linked: nobody ever reads a part of it."""
        written = self._path.with_name(f".{self._path.name}.{self._random(8).hex()}")
        opened = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        try:
            with os.fdopen(opened, "wb") as file:
                file.write(self._random(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            self._path.hardlink_to(written)
        except FileExistsError:
            pass  # another program was first
        finally:
            written.unlink()


class Keyring:
    """Seals with the first of its keys and opens with any.

    Without keys the file's key seals for sandbox merchants; a live one is refused. What was sealed
    by the file's key opens with it also when there are keys now.
    """

    def __init__(
        self, keys: Iterable[bytes], file: KeyFile | None, random: Callable[[int], bytes]
    ) -> None:
        self._keys = {_name(key): key for key in keys}
        self._file = file
        self._random = random
        self._ciphers: dict[bytes, AESGCM] = {}

    def seal(self, merchant_id: int, secret: bytes, mode: Mode) -> bytes:
        """The secret, to be stored; NotAllowed where there is no key for this kind of merchant."""
        name = next(iter(self._keys), None) or self._name_in_file(mode)
        head, nonce = FORMAT + name, self._random(NONCE_BYTES)
        sealed = self._cipher(name).encrypt(nonce, secret, _bound(head, merchant_id))
        return head + nonce + sealed

    def open(self, merchant_id: int, sealed: bytes) -> bytes:
        """The secret that `seal` was given for this merchant; SealingError otherwise."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - heavy, and rarely needed

        head, name = sealed[:HEAD_BYTES], sealed[len(FORMAT) : HEAD_BYTES]
        nonce, rest = sealed[HEAD_BYTES:][:NONCE_BYTES], sealed[HEAD_BYTES + NONCE_BYTES :]
        if not sealed.startswith(FORMAT) or not rest:
            raise SealingError("this was not sealed by this program")
        try:
            return self._cipher(name).decrypt(nonce, rest, _bound(head, merchant_id))
        except InvalidTag:
            raise SealingError("it is another merchant's, or was changed") from None

    def _name_in_file(self, mode: Mode) -> bytes:
        if self._file is None or mode is not Mode.SANDBOX:
            refuse_without_key(mode)
        return _name(self._file.read_or_make())

    def _cipher(self, name: bytes) -> "AESGCM":
        cipher = self._ciphers.get(name)
        if cipher is None:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - heavy

            cipher = self._ciphers[name] = AESGCM(self._key(name))
        return cipher

    def _key(self, name: bytes) -> bytes:
        key = self._keys.get(name)
        if key is None and self._file is not None:
            in_file = self._file.read()
            key = in_file if in_file is not None and _name(in_file) == name else None
        if key is None:
            raise SealingError(f"its key, {name.hex()}, is not here")
        return key


def _name(key: bytes) -> bytes:
    """What a key is known by; says nothing about it."""
    return sha256(b"tollbridge sealing key\0" + key).digest()[:NAME_BYTES]


def _bound(head: bytes, merchant_id: int) -> bytes:
    return head + b"%d" % merchant_id
