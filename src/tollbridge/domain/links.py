"""Links that a customer may follow without a password: signed, so that nobody can guess one.

Two kinds of token, told apart by their length. A lasting one is part of what the API answers
(subscription-api.md 2); one with an end stands in notices and mails (platform.md d), falls with the
next `Customer.link_version`, and expires by the merchant's clock (R23).
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache

import msgspec

from tollbridge.domain.merchant import Merchant
from tollbridge.domain.refusal import NotAllowed, NotFound

TOKEN_BYTES = 12  # 16 characters, as in the published links
SELF_SERVICE_VERSION = 1
CONFIRMATION_VERSION = 1
REMEMBERED = 8192  # tokens; a subscription is read again and again

EXPIRY_BYTES = 5  # seconds since 1970
SIGNATURE_BYTES = 16
MAIL_LINK_LIFE = timedelta(days=30)  # platform.md d
NOTICE_LINK_LIFE = timedelta(days=99)  # platform.md d: the most; merchants keep the first ones


class LinkKind(Enum):
    """What a link with an end opens."""

    PURCHASE = "purchase"
    INVOICE = "invoice"
    SUBSCRIPTION = "subscription"


class Links(msgspec.Struct, frozen=True, kw_only=True):
    """Makes the links of one document: absolute addresses that are valid until `until`.

    `public_url` is where the platform is reached, `version` the customer's.
    """

    public_url: str
    merchant: Merchant
    version: int
    until: datetime

    def purchase(self, purchase_id: int) -> str:
        """The page of a purchase: what was bought, and a way to pay it while it is unpaid."""
        token = self._token(LinkKind.PURCHASE, purchase_id)
        return f"{self.public_url}/{self.merchant.id}/p/{purchase_id}-{token}"

    def invoice(self, purchase_id: int) -> str:
        """The PDF of a purchase."""
        token = self._token(LinkKind.INVOICE, purchase_id)
        return f"{self.public_url}/{self.merchant.id}/invoice/{token}/{purchase_id}.pdf"

    def subscription(self, subscription_id: int, action: str = "") -> str:
        """The self-service page of a subscription, or one of its actions (`cancel`, `payment`)."""
        token = self._token(LinkKind.SUBSCRIPTION, subscription_id)
        page = f"{self.public_url}/{self.merchant.id}/s/s{subscription_id}-{token}"
        return f"{page}/{action}" if action else page

    def _token(self, kind: LinkKind, subject_id: int) -> str:
        return expiring_token(self.merchant, kind, subject_id, self.version, self.until)


def expiring_token(
    merchant: Merchant, kind: LinkKind, subject_id: int, version: int, until: datetime
) -> str:
    """A token of 28 URL-safe characters: its end, and an HMAC-SHA256 of what it opens until then.

    The end is cut to whole seconds.
    """
    subject = _subject(merchant.id, kind, subject_id, version)
    return _expiring(merchant.link_key, subject, int(until.timestamp()))


def require_valid(
    merchant: Merchant, kind: LinkKind, subject_id: int, version: int, token: str, now: datetime
) -> None:
    """Refuse a token that does not open this subject.

    NotFound for one that was never given or is revoked, NotAllowed for one that expired before
    `now` (business time).
    """
    try:
        end = int.from_bytes(urlsafe_b64decode(token.encode())[:EXPIRY_BYTES])
    except (Base64Error, ValueError):
        end = 0
    wanted = _expiring(merchant.link_key, _subject(merchant.id, kind, subject_id, version), end)
    if not hmac.compare_digest(wanted.encode(), token.encode()):
        raise NotFound("link_unknown", "This link is not valid, or not any more")
    if end <= now.timestamp():
        raise NotAllowed("link_expired", "This link has expired")


def self_service_token(merchant: Merchant, subscription_id: int) -> str:
    """The token of a subscription's self-service page: 16 URL-safe characters.

    HMAC-SHA256 with the merchant's key, so it never expires and differs for every merchant;
    a new `SELF_SERVICE_VERSION` makes all former links invalid.
    """
    subject = f"self-service|{merchant.id}|{subscription_id}|{SELF_SERVICE_VERSION}"
    return _lasting(merchant.link_key, subject)


def confirmation_token(merchant: Merchant, purchase_id: int) -> str:
    """The token of a purchase's confirmation page (ContinueUrl), made in the same way."""
    subject = f"confirmation|{merchant.id}|{purchase_id}|{CONFIRMATION_VERSION}"
    return _lasting(merchant.link_key, subject)


@lru_cache(maxsize=REMEMBERED)
def _lasting(key: bytes, subject: str) -> str:
    digest = hmac.digest(key, subject.encode(), "sha256")
    return urlsafe_b64encode(digest[:TOKEN_BYTES]).decode()


def _subject(merchant_id: int, kind: LinkKind, subject_id: int, version: int) -> str:
    return f"{kind.value}|{merchant_id}|{subject_id}|{version}"


def _expiring(key: bytes, subject: str, end: int) -> str:
    digest = hmac.digest(key, f"{subject}|{end}".encode(), "sha256")
    return urlsafe_b64encode(end.to_bytes(EXPIRY_BYTES) + digest[:SIGNATURE_BYTES]).decode()
