"""Who may use the API: credentials, their secrets and what they are good for."""

from datetime import datetime
from enum import Enum

import msgspec


class Scope(Enum):
    """What a credential may be used for."""

    READ = "read"
    CHANGE = "change"
    SANDBOX = "sandbox"


ALL_SCOPES = frozenset(Scope)


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """What a user proves to be: `secret_hash` is SHA-256 over salt and secret (high entropy).

    `expires_at` is set when another secret takes its place; both are valid until then.
    """

    salt: bytes
    secret_hash: bytes
    created_at: datetime | None = None
    expires_at: datetime | None = None


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """A user of the API with the newest secret; all instants are wall time.

    `older` is the secret before, while both are valid, and `rotated_at` when the newest took its
    place. `created_at` is unknown (None) for a user of an early version; `last_used_at` is up to
    a minute behind.
    """

    merchant_id: int
    username: str
    salt: bytes
    secret_hash: bytes
    scopes: frozenset[Scope] = ALL_SCOPES
    older: Secret | None = None
    created_at: datetime | None = None
    rotated_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def secrets_at(self, now: datetime) -> tuple[Secret, ...]:
        """The secrets that are valid now; none once the credential is revoked."""
        if self.revoked_at is not None:
            return ()
        made_at = self.rotated_at or self.created_at
        newest = Secret(salt=self.salt, secret_hash=self.secret_hash, created_at=made_at)
        older = self.older
        if older is None or (older.expires_at is not None and older.expires_at <= now):
            return (newest,)
        return (newest, older)
