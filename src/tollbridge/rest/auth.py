"""Who calls: HTTP Basic, checked against the store on every request (subscription-api.md 1.2).

A credential that is taken away is refused from the next request on. A missing header is no failed
login: some clients send credentials only after they were asked (401 with WWW-Authenticate).
"""

from base64 import b64decode
from datetime import datetime

from tollbridge.commands.add_credential import matches
from tollbridge.domain.access import Credential, Scope, Secret
from tollbridge.ports import Platform
from tollbridge.rest.logins import Logins
from tollbridge.rest.refusals import (
    LOGIN_FAILED,
    SCOPE_MISSING,
    TOO_MANY_LOGINS,
    UNAUTHENTICATED,
    TurnedAwayError,
)

HEADER_MAX = 1024

# Compared with where no user has the name, so that the answer takes as long as for a wrong secret.
_NOBODY = Secret(salt=bytes(16), secret_hash=bytes(32))


class Gate:
    """Lets in who has a credential, and turns away for a while who fails too often."""

    def __init__(self, platform: Platform, logins: Logins) -> None:
        self._platform = platform
        self._logins = logins

    def authenticate(self, header: bytes | None, peer: str) -> Credential:
        """The credential of an Authorization header (R17: before anything else is looked at).

        Raises TurnedAwayError: 401 for none, which is no failed login; 401 for another scheme and
        for a name or secret that is not known; 429 after too many of these.
        """
        if not header:
            raise TurnedAwayError(UNAUTHENTICATED)
        name, secret = _basic(header) or ("", "")
        if self._logins.blocked(peer, name):
            raise TurnedAwayError(TOO_MANY_LOGINS)
        now = self._platform.wall()
        credential = self._platform.store.credential(name) if name else None
        if not _fits(credential, secret, now) or credential is None:
            self._logins.failed(peer, name)
            raise TurnedAwayError(LOGIN_FAILED)
        self._platform.store.note_use(credential, now)
        return credential


def require_scope(credential: Credential, scope: Scope) -> None:
    """Refuse what the credential may not be used for (403)."""
    if scope not in credential.scopes:
        raise TurnedAwayError(SCOPE_MISSING)


def _fits(credential: Credential | None, secret: str, now: datetime) -> bool:
    """Whether the secret is one of the user's that are valid now."""
    known = credential.secrets_at(now) if credential is not None else ()
    matching = [matches(each, secret) for each in known or (_NOBODY,)]
    return any(matching) and bool(known)


def _basic(header: bytes) -> tuple[str, str] | None:
    """User name and secret, None for no such; the name ends at the first colon (RFC 7617)."""
    scheme, _, token = header.partition(b" ")
    if scheme.lower() != b"basic" or len(header) > HEADER_MAX:
        return None
    try:
        name, colon, secret = b64decode(token.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    if not colon or not name or "\0" in name:
        return None
    return name, secret
