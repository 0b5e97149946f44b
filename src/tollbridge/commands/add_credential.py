"""Give somebody access to a merchant's API: the secret is shown once and stored hashed."""

import hashlib
import hmac
import secrets

from tollbridge.domain.access import ALL_SCOPES, Credential, Scope, Secret
from tollbridge.domain.refusal import NotAllowed
from tollbridge.ports import Platform

SALT_BYTES = 16
SECRET_BYTES = 24


def hash_secret(salt: bytes, secret: str) -> bytes:
    """SHA-256 over salt and secret.

    A fast hash is right here: secrets are random and long, and every request is checked.
    """
    return hashlib.sha256(salt + secret.encode()).digest()


def matches(credential: Credential | Secret, secret: str) -> bool:
    """Whether the secret is this one, compared in constant time."""
    return hmac.compare_digest(credential.secret_hash, hash_secret(credential.salt, secret))


def add_credential(
    platform: Platform,
    merchant_id: int,
    username: str,
    secret: str | None = None,
    *,
    scopes: frozenset[Scope] = ALL_SCOPES,
) -> str:
    """The secret of a new credential, made up when none is given; it may do all unless told.

    Raises NotAllowed when the user name is taken (they are unique over all merchants).
    """
    secret = secrets.token_urlsafe(SECRET_BYTES) if secret is None else secret
    salt = secrets.token_bytes(SALT_BYTES)
    credential = Credential(
        merchant_id=merchant_id,
        username=username,
        salt=salt,
        secret_hash=hash_secret(salt, secret),
        scopes=scopes,
        created_at=platform.wall(),
    )
    if not platform.store.put_credential(credential):
        raise NotAllowed("username_taken", f"The user name {username!r} is taken", field="username")
    return secret
