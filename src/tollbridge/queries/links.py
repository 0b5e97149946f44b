"""Links that a customer may follow without a password: signed, so that nobody can guess one."""

import hmac
from base64 import urlsafe_b64encode
from functools import lru_cache

from tollbridge.domain.merchant import Merchant

TOKEN_BYTES = 12  # 16 characters, as in the published links
SELF_SERVICE_VERSION = 1
CONFIRMATION_VERSION = 1
REMEMBERED = 8192  # tokens; a subscription is read again and again


def self_service_token(merchant: Merchant, subscription_id: int) -> str:
    """The token of a subscription's self-service page: 16 URL-safe characters.

    HMAC-SHA256 with the merchant's key, so it never expires and differs for every merchant;
    a new `SELF_SERVICE_VERSION` makes all former links invalid.
    """
    subject = f"self-service|{merchant.id}|{subscription_id}|{SELF_SERVICE_VERSION}"
    return _token(merchant.link_key, subject)


def confirmation_token(merchant: Merchant, purchase_id: int) -> str:
    """The token of a purchase's confirmation page (ContinueUrl), made in the same way."""
    subject = f"confirmation|{merchant.id}|{purchase_id}|{CONFIRMATION_VERSION}"
    return _token(merchant.link_key, subject)


@lru_cache(maxsize=REMEMBERED)
def _token(key: bytes, subject: str) -> str:
    digest = hmac.digest(key, subject.encode(), "sha256")
    return urlsafe_b64encode(digest[:TOKEN_BYTES]).decode()
