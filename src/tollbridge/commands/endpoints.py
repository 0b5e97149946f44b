"""Endpoints as merchants set them up: added, changed, given new secrets, removed.

A signing secret is made here, shown once and stored sealed (ADR 0015).
"""

import secrets
from datetime import timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from tollbridge.domain.endpoint import (
    CALM,
    Chaos,
    Endpoint,
    EndpointSecrets,
    Format,
    require_sound,
)
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.refusal import (
    Invalid,
    NotAllowed,
    NotFound,
    known_endpoint,
    known_merchant,
)
from tollbridge.domain.signing import SECRET_BYTES, show_secret
from tollbridge.notices.types import TYPES
from tollbridge.ports import Platform, Series

PASSWORD_MAX = 1000


class EndpointSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a merchant says of an endpoint; see `Endpoint` for what the fields mean.

    Without a `password` the one until now stays, as long as user name and URL do: it is sent to
    nobody else.
    """

    name: str
    url: str
    format: Format = Format.JSON
    types: tuple[str, ...] = ()
    product_ids: tuple[int, ...] = ()
    username: str = ""
    password: str | None = None
    active: bool = True
    chaos: Chaos = CALM


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint that may be saved. `shown` is its signing secret, where that is new."""

    endpoint: Endpoint
    secrets: EndpointSecrets
    shown: str = ""


def add_endpoint(platform: Platform, merchant_id: int, settings: EndpointSettings) -> Checked:
    """The new endpoint, saved, with the secret that is shown only now.

    Raises what `checked_addition` raises, and NotFound for the merchant.
    """
    merchant = known_merchant(platform.store.merchant(merchant_id), merchant_id)
    require_sold(platform, merchant_id, settings)
    addition = checked_addition(platform, merchant, settings)
    platform.store.put_endpoint(addition.endpoint, addition.secrets)
    return addition


def change_endpoint(
    platform: Platform, merchant_id: int, endpoint_id: int, settings: EndpointSettings
) -> Endpoint:
    """The endpoint as it is now: all settings are replaced, its signing secret stays.

    One that is active again is no longer disabled. Raises what `checked_change` raises, and
    NotFound for the endpoint.
    """
    merchant = known_merchant(platform.store.merchant(merchant_id), merchant_id)
    before, kept = _held(platform, merchant_id, endpoint_id)
    require_sold(platform, merchant_id, settings)
    change = checked_change(platform, merchant, before, kept, settings)
    platform.store.put_endpoint(change.endpoint, change.secrets)
    return change.endpoint


def rotate_signing_secret(
    platform: Platform, merchant_id: int, endpoint_id: int, overlap: timedelta
) -> Checked:
    """The endpoint with a new secret; what is sent is signed with both for `overlap` (wall time).

    Raises NotFound for the endpoint, NotAllowed where nothing can be sealed.
    """
    merchant = known_merchant(platform.store.merchant(merchant_id), merchant_id)
    endpoint, before = _held(platform, merchant_id, endpoint_id)
    signing, shown = _new_secret(platform, merchant)
    if overlap:
        until = platform.wall() + overlap
        after = replace(before, signing=signing, previous=before.signing, previous_until=until)
    else:
        after = replace(before, signing=signing, previous=b"", previous_until=None)
    platform.store.put_endpoint(endpoint, after)
    return Checked(endpoint=endpoint, secrets=after, shown=shown)


def remove_endpoint(platform: Platform, merchant_id: int, endpoint_id: int) -> Endpoint:
    """The endpoint that was, which is sent nothing any more; NotFound when there is none."""
    endpoint, _ = _held(platform, merchant_id, endpoint_id)
    known_endpoint(platform.store.remove_endpoint(merchant_id, endpoint_id) or None, endpoint_id)
    return endpoint


def checked_addition(platform: Platform, merchant: Merchant, settings: EndpointSettings) -> Checked:
    """A new endpoint with its secrets sealed, not saved yet.

    Raises what `require_sound` raises; NotAllowed for a name that is taken, a URL that may not be
    posted to, and where nothing can be sealed; Invalid for a user name without password.
    """
    endpoint = Endpoint(
        merchant_id=merchant.id,
        id=0,
        created_at=merchant.now(platform.wall()),
        **_plain(settings),
    )
    _require_possible(platform, merchant, endpoint)
    platform.sender.require_allowed(endpoint.url, merchant.mode)
    password = _password(platform, merchant, settings, kept=b"")
    signing, shown = _new_secret(platform, merchant)
    [number] = platform.store.issue_ids(merchant.id, Series.ENDPOINT)
    return Checked(
        endpoint=replace(endpoint, id=number),
        secrets=EndpointSecrets(signing=signing, password=password),
        shown=shown,
    )


def checked_change(
    platform: Platform,
    merchant: Merchant,
    before: Endpoint,
    kept: EndpointSecrets,
    settings: EndpointSettings,
) -> Checked:
    """An endpoint with other settings, not saved yet. Raises what `checked_addition` raises."""
    ended = None if settings.active else before.disabled_at
    endpoint = replace(before, disabled_at=ended, **_plain(settings))
    _require_possible(platform, merchant, endpoint)
    if endpoint.active or endpoint.url != before.url:  # whose host is gone can still be ended
        platform.sender.require_allowed(endpoint.url, merchant.mode)
    same = (settings.username, settings.url) == (before.username, before.url)
    password = _password(platform, merchant, settings, kept=kept.password if same else b"")
    return Checked(endpoint=endpoint, secrets=replace(kept, password=password))


def settings_of(endpoint: Endpoint) -> EndpointSettings:
    """What the merchant said of an endpoint, the password aside."""
    return EndpointSettings(**_plain(endpoint))


def require_sold(platform: Platform, merchant_id: int, settings: EndpointSettings) -> None:
    """NotFound for a product that the merchant does not sell."""
    wanted = settings.product_ids
    known = platform.store.products(merchant_id, wanted) if wanted else {}
    for product_id in wanted:
        if product_id not in known:
            message = f"Product not found: {product_id}"
            raise NotFound("product_unknown", message, field="product_ids")


PLAIN = tuple(name for name in EndpointSettings.__struct_fields__ if name != "password")


def _plain(settings: EndpointSettings | Endpoint) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in PLAIN}


def _held(
    platform: Platform, merchant_id: int, endpoint_id: int
) -> tuple[Endpoint, EndpointSecrets]:
    found = [one for one in platform.store.endpoints(merchant_id) if one.id == endpoint_id]
    endpoint = known_endpoint(found[0] if found else None, endpoint_id)
    kept = platform.store.endpoint_secrets(merchant_id, endpoint_id)
    return endpoint, known_endpoint(kept, endpoint_id)


def _require_possible(platform: Platform, merchant: Merchant, endpoint: Endpoint) -> None:
    require_sound(endpoint, merchant.mode, TYPES)
    for other in platform.store.endpoints(merchant.id):
        if other.name == endpoint.name and other.id != endpoint.id:
            message = f"Endpoint {other.id} has the name {endpoint.name!r} already"
            raise NotAllowed("endpoint_name_taken", message, field="name")


def _password(
    platform: Platform, merchant: Merchant, settings: EndpointSettings, *, kept: bytes
) -> bytes:
    """The sealed password: a new one, the one until now, or none without a user name."""
    given = settings.password
    if not settings.username:
        if given:
            raise Invalid("username", "A password needs a user name")
        return b""
    if given is None and kept:
        return kept
    if not given or len(given) > PASSWORD_MAX or not given.isprintable():
        message = f"A user name needs a password of 1 to {PASSWORD_MAX} printable characters"
        raise Invalid("password", message)
    return platform.sealer.seal(merchant.id, given.encode(), merchant.mode)


def _new_secret(platform: Platform, merchant: Merchant) -> tuple[bytes, str]:
    """A signing secret, sealed and as it is shown."""
    secret = secrets.token_bytes(SECRET_BYTES)
    return platform.sealer.seal(merchant.id, secret, merchant.mode), show_secret(secret)
