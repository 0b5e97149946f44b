"""The commands about who may call a merchant's API."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tollbridge.cli.operate import opened_platform, require_username
from tollbridge.cli.telling import say, telling
from tollbridge.commands.add_credential import add_credential
from tollbridge.commands.revoke_credential import revoke_credential
from tollbridge.commands.rotate_credential import rotate_credential
from tollbridge.domain.access import ALL_SCOPES, Credential, Scope
from tollbridge.domain.refusal import known_merchant
from tollbridge.rest.dates import zulu


def add_one_credential(
    merchant_id: int,
    username: str,
    scopes: Sequence[str],
    database: str | None,
    *,
    as_json: bool,
) -> None:
    """`tollbridge credential add`; without a scope it has all."""
    with telling(as_json=as_json):
        require_username(username)
        chosen = frozenset(map(Scope, scopes)) or ALL_SCOPES
        with opened_platform(database, make=False) as platform:
            known_merchant(platform.store.merchant(merchant_id), merchant_id)
            secret = add_credential(platform, merchant_id, username, scopes=chosen)
        _say_secret(merchant_id, username, secret, as_json=as_json)


def rotate_one_credential(
    merchant_id: int, username: str, hours: int, database: str | None, *, as_json: bool
) -> None:
    """`tollbridge credential rotate`."""
    with telling(as_json=as_json):
        with opened_platform(database, make=False) as platform:
            overlap = timedelta(hours=hours)
            secret = rotate_credential(platform, merchant_id, username, overlap)
        _say_secret(merchant_id, username, secret, as_json=as_json)


def revoke_one_credential(
    merchant_id: int, username: str, database: str | None, *, as_json: bool
) -> None:
    """`tollbridge credential revoke`."""
    with telling(as_json=as_json):
        with opened_platform(database, make=False) as platform:
            revoke_credential(platform, merchant_id, username)
        answer = {"merchant_id": merchant_id, "username": username}
        say(answer, f"{username} has no access any more.", as_json=as_json)


def list_credentials(merchant_id: int, database: str | None, *, as_json: bool) -> None:
    """`tollbridge credential list`."""
    with telling(as_json=as_json):
        with opened_platform(database, make=False) as platform:
            known_merchant(platform.store.merchant(merchant_id), merchant_id)
            found = platform.store.credentials(merchant_id)
        text = "\n".join(map(_line, found)) or "No users."
        say({"credentials": [_told(each) for each in found]}, text, as_json=as_json)


def _line(credential: Credential) -> str:
    told = _told(credential)
    scopes = " ".join(told["scopes"] or ())
    used = told["last_used_at"] or "never"
    return f"{credential.username}: {told['state']}; scopes {scopes}; last used {used}"


def _told(credential: Credential) -> dict[str, str | list[str] | None]:
    """What may be shown of a credential: nothing of its secrets."""
    return {
        "username": credential.username,
        "state": "active" if credential.revoked_at is None else "revoked",
        "scopes": sorted(scope.value for scope in credential.scopes),
        "created_at": _at(credential.created_at),
        "rotated_at": _at(credential.rotated_at),
        "last_used_at": _at(credential.last_used_at),
        "revoked_at": _at(credential.revoked_at),
    }


def _at(instant: datetime | None) -> str | None:
    return None if instant is None else zulu(instant)


def _say_secret(merchant_id: int, username: str, secret: str, *, as_json: bool) -> None:
    answer = {"merchant_id": merchant_id, "username": username, "secret": secret}
    text = f"User name: {username}\nSecret:    {secret}\nIt is not shown again."
    say(answer, text, as_json=as_json)
