"""Credentials: who may call, with which secrets, and when they last did."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby

from tollbridge.domain.access import Credential, Scope, Secret
from tollbridge.store.engine import Engine, Row
from tollbridge.store.rows import Mapped, microseconds_or_none, to_microseconds
from tollbridge.store.values import instant_or_none

NOTED_EVERY = timedelta(minutes=1)  # a use is no reason to write, let alone each of them


class Access:
    """The credentials of a database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._last: dict[str, tuple[list[Row], Credential]] = {}

    def credential(self, username: str) -> Credential | None:
        """The credential with this user name, revoked or not; None when there is none.

        Its rows are read for every request, so that what is revoked is revoked at once; they are
        made into a credential only when they have changed.
        """
        found = self._engine.rows("credential", {"username": username})
        if not found:
            return None
        last = self._last.get(username)
        if last is None or last[0] != found:
            last = self._last[username] = found, _credential(found)
        return last[1]

    def credentials(self, merchant_id: int) -> tuple[Credential, ...]:
        """All credentials of the merchant, revoked ones too, by user name."""
        found = self._engine.rows("credentials", {"merchant_id": merchant_id})
        return tuple(_credential(list(of_one)) for _, of_one in groupby(found, key=_user_of))

    def put(self, credential: Credential) -> bool:
        """Add a credential; False when the user name is taken."""
        who = _who(credential.merchant_id, credential.username)
        wanted = {
            **who,
            "scopes": " ".join(sorted(scope.value for scope in credential.scopes)),
            "created_at": microseconds_or_none(credential.created_at),
        }
        with self._engine.writing() as writer:
            if not writer.change("put_credential", wanted):
                return False
            first = Secret(
                salt=credential.salt,
                secret_hash=credential.secret_hash,
                created_at=credential.created_at,
            )
            writer.change("insert_secret", {**who, **_secret_row(first)})
            return True

    def rotate(self, merchant_id: int, username: str, secret: Secret, old_until: datetime) -> bool:
        """Give a user a new secret; the one until now is valid until `old_until` at most."""
        if secret.created_at is None:
            message = "a new secret has to say since when"
            raise ValueError(message)
        who = _who(merchant_id, username)
        made_at = to_microseconds(secret.created_at)
        with self._engine.writing() as writer:
            if not writer.change("lock_credential", who):
                return False
            writer.change("revoke_older_secrets", {**who, "at": made_at})
            limit = {**who, "expires_at": to_microseconds(old_until)}
            writer.change("limit_newest_secret", limit)
            writer.change("insert_secret", {**who, **_secret_row(secret)})
            return True

    def revoke_older(self, merchant_id: int, username: str, at: datetime) -> bool:
        """End the overlap of a rotation at once; False when there is none."""
        return self._change("revoke_older_secrets", merchant_id, username, at)

    def revoke(self, merchant_id: int, username: str, at: datetime) -> bool:
        """Refuse a user from now on; False for one that is unknown or revoked already."""
        return self._change("revoke_credential", merchant_id, username, at)

    def note_use(self, credential: Credential, at: datetime) -> None:
        """Note when a credential was used, unless that was noted a moment ago."""
        noted_before = at - NOTED_EVERY
        if credential.last_used_at is not None and credential.last_used_at > noted_before:
            return
        wanted = {
            **_who(credential.merchant_id, credential.username),
            "at": to_microseconds(at),
            "noted_before": to_microseconds(noted_before),
        }
        with self._engine.writing() as writer:
            writer.change("note_use", wanted)

    def _change(self, name: str, merchant_id: int, username: str, at: datetime) -> bool:
        wanted = {**_who(merchant_id, username), "at": to_microseconds(at)}
        with self._engine.writing() as writer:
            return writer.change(name, wanted) > 0


def _who(merchant_id: int, username: str) -> Mapped:
    return {"merchant_id": merchant_id, "username": username}


def _secret_row(secret: Secret) -> Mapped:
    return {
        "salt": secret.salt,
        "secret_hash": secret.secret_hash,
        "created_at": microseconds_or_none(secret.created_at),
    }


def _user_of(row: Row) -> str:
    username: str = row[1]
    return username


def _credential(rows: Sequence[Row]) -> Credential:
    """A credential from the rows of its secrets, the newest first; every request needs one."""
    *user, secret_no, salt, secret_hash, made_at, _ = rows[0]
    merchant_id, username, scopes, created_at, last_used_at, revoked_at = user
    return Credential(
        merchant_id=merchant_id,
        username=username,
        scopes=_scopes(scopes),
        created_at=instant_or_none(created_at),
        rotated_at=instant_or_none(made_at) if secret_no > 1 else None,
        last_used_at=instant_or_none(last_used_at),
        revoked_at=instant_or_none(revoked_at),
        salt=salt,
        secret_hash=secret_hash,
        older=_secret(rows[1]) if len(rows) > 1 else None,
    )


@cache
def _scopes(names: str) -> frozenset[Scope]:
    return frozenset(map(Scope, names.split()))


def _secret(row: Row) -> Secret:
    salt, secret_hash, created_at, expires_at = row[7:]
    return Secret(
        salt=salt,
        secret_hash=secret_hash,
        created_at=instant_or_none(created_at),
        expires_at=instant_or_none(expires_at),
    )
