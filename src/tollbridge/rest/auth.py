"""Who calls: HTTP Basic, checked against the store on every request (subscription-api.md 1.2).

A credential that is taken away is refused from the next request on. A missing header is no failed
login: some clients send credentials only after they were asked (401 with WWW-Authenticate).
"""

from base64 import b64decode

from tollbridge.commands.add_credential import matches
from tollbridge.ports import Credential, Store
from tollbridge.rest.refusals import UNAUTHENTICATED, TurnedAwayError

HEADER_MAX = 1024

# Compared with where no user has the name, so that the answer takes as long as for a wrong secret.
_NOBODY = Credential(merchant_id=0, username="", salt=bytes(16), secret_hash=bytes(32))


def authenticate(store: Store, header: bytes) -> Credential:
    """The credential of an Authorization header (R17: before anything else is looked at).

    Raises TurnedAwayError (401) for none, for another scheme, and for a name or secret that is
    not known.
    """
    name, secret = _basic(header)
    credential = store.credential(name)
    if not matches(credential or _NOBODY, secret) or credential is None:
        raise TurnedAwayError(UNAUTHENTICATED)
    return credential


def _basic(header: bytes) -> tuple[str, str]:
    """User name and secret; the name ends at the first colon (RFC 7617)."""
    scheme, _, token = header.partition(b" ")
    if scheme.lower() != b"basic" or len(header) > HEADER_MAX:
        raise TurnedAwayError(UNAUTHENTICATED)
    try:
        name, colon, secret = b64decode(token.strip(), validate=True).decode().partition(":")
    except ValueError:
        raise TurnedAwayError(UNAUTHENTICATED) from None
    if not colon or not name or "\0" in name:
        raise TurnedAwayError(UNAUTHENTICATED)
    return name, secret
