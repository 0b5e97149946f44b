"""Secrets that have to be read again, such as those that sign: sealed before they are stored."""

from typing import NoReturn, Protocol

from tollbridge.domain.merchant import Mode
from tollbridge.domain.refusal import NotAllowed


class SealingError(Exception):
    """A sealed secret cannot be opened, or a key cannot be used.

    The key is not here, the secret is another merchant's, it was changed, a file does not open.
    """


class Sealer(Protocol):
    """Seals secrets with a key that is not in the database; safe to call from many threads."""

    def seal(self, merchant_id: int, secret: bytes, mode: Mode) -> bytes:
        """The secret, to be stored; NotAllowed where there is no key for this kind of merchant."""

    def open(self, merchant_id: int, sealed: bytes) -> bytes:
        """The secret that `seal` was given for this merchant; SealingError otherwise."""


class NoKey:
    """The sealer of a platform that has no key: nothing can be sealed or opened."""

    def seal(self, merchant_id: int, secret: bytes, mode: Mode) -> bytes:
        """NotAllowed, always."""
        del merchant_id, secret
        refuse_without_key(mode)

    def open(self, merchant_id: int, sealed: bytes) -> bytes:
        """SealingError, always."""
        del merchant_id, sealed
        raise SealingError("this platform has no key")


NO_KEY = NoKey()


def refuse_without_key(mode: Mode) -> NoReturn:
    """Say what is to be done before a secret can be kept."""
    raise NotAllowed(
        "secret_key_missing",
        f"A secret of a {mode.value} merchant is stored only sealed:"
        " set TOLLBRIDGE_SECRET_KEY (docs/reference/settings.md)",
    )
