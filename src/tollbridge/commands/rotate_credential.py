"""Give a user a new secret; the old one stays valid for a while, so that programs can change."""

import secrets
from datetime import timedelta

from tollbridge.commands.add_credential import SALT_BYTES, SECRET_BYTES, hash_secret
from tollbridge.domain.access import Secret
from tollbridge.domain.refusal import NotFound
from tollbridge.ports import Platform


def rotate_credential(
    platform: Platform, merchant_id: int, username: str, overlap: timedelta
) -> str:
    """The new secret; the one until now is valid for `overlap` of wall time.

    Raises NotFound for a user that the merchant has not, or whose access was revoked.
    """
    now = platform.wall()
    secret, salt = secrets.token_urlsafe(SECRET_BYTES), secrets.token_bytes(SALT_BYTES)
    made = Secret(salt=salt, secret_hash=hash_secret(salt, secret), created_at=now)
    if not platform.store.rotate_secret(merchant_id, username, made, now + overlap):
        raise unknown_user(merchant_id, username)
    if not overlap:
        platform.store.revoke_older_secret(merchant_id, username, now)
    return secret


def unknown_user(merchant_id: int, username: str) -> NotFound:
    """The refusal of a command about a user that is not there."""
    return NotFound(
        "credential_unknown",
        f"Merchant {merchant_id} has no user {username!r} with access",
        field="username",
    )
