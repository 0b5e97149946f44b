"""Endpoints: where a merchant wants to be told, of what, and in which form (platform.md a.2)."""

from collections.abc import Collection
from datetime import datetime
from enum import Enum

import msgspec

from tollbridge.domain.merchant import Mode
from tollbridge.domain.refusal import Invalid, NotAllowed

NAME_MAX = 100
URL_MAX = 2000
USERNAME_MAX = 200
WANTED_MAX = 1000  # types or products that are listed
ALL = 100  # percent


class Format(Enum):
    """How a document is written."""

    JSON = "json"
    XML = "xml"


class Chaos(msgspec.Struct, frozen=True, kw_only=True):
    """How often, in percent, a sandbox endpoint gets its notices as it should not.

    `drop`: it never gets it. `delay`: an hour of the merchant's time later. `duplicate`: twice.
    `reorder`: after the one behind it. `server_error`: as if it had answered 500.
    """

    drop: int = 0
    delay: int = 0
    duplicate: int = 0
    reorder: int = 0
    server_error: int = 0


CALM = Chaos()


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One receiver of a merchant's notices.

    No `types` are all types, no `product_ids` all products. While it is not `active` nothing is
    made for it, and what was made waits; `disabled_at` is when its own answer (410) ended it.
    With a `username` it is sent with Basic credentials. Instants are the merchant's time (R23).
    """

    merchant_id: int
    id: int
    name: str
    url: str
    format: Format = Format.JSON
    types: tuple[str, ...] = ()
    product_ids: tuple[int, ...] = ()
    username: str = ""
    active: bool = True
    disabled_at: datetime | None = None
    chaos: Chaos = CALM
    created_at: datetime

    def wants(self, kind: str, product_ids: Collection[int]) -> bool:
        """Whether it is told of notices of this type that are about these products."""
        return (
            self.active
            and (not self.types or kind in self.types)
            and (not self.product_ids or not set(self.product_ids).isdisjoint(product_ids))
        )


class EndpointSecrets(msgspec.Struct, frozen=True, kw_only=True):
    """What an endpoint shares with nobody else, all of it sealed.

    After a rotation what is sent is signed with `previous` too, until `previous_until` (wall
    time, as the stamps of signatures are: R23).
    """

    signing: bytes
    previous: bytes = b""
    previous_until: datetime | None = None
    password: bytes = b""

    def signing_at(self, now: datetime) -> tuple[bytes, ...]:
        """The secrets to sign with, the newest first."""
        if self.previous and self.previous_until is not None and now < self.previous_until:
            return (self.signing, self.previous)
        return (self.signing,)


def require_sound(endpoint: Endpoint, mode: Mode, known_types: Collection[str]) -> None:
    """Refuse an endpoint that cannot be: Invalid or NotAllowed, with the field and the rule."""
    _require_length("name", endpoint.name, NAME_MAX)
    _require_length("url", endpoint.url, URL_MAX)
    _require_length("username", endpoint.username, USERNAME_MAX, least=0)
    if ":" in endpoint.username:
        raise Invalid("username", "A user name has no colon (Basic authentication)")
    for kind in endpoint.types:
        if kind not in known_types:
            raise Invalid("types", f"There is no notification type {kind}")
    for name, wanted in (("types", endpoint.types), ("product_ids", endpoint.product_ids)):
        if len(wanted) > WANTED_MAX or len(set(wanted)) < len(wanted):
            raise Invalid(name, f"List at most {WANTED_MAX}, each of them once")
    for name in endpoint.chaos.__struct_fields__:
        if not 0 <= getattr(endpoint.chaos, name) <= ALL:
            raise Invalid(f"chaos.{name}", "Chaos is measured in percent: 0 to 100")
    if endpoint.chaos != CALM and mode is not Mode.SANDBOX:
        raise NotAllowed(
            "chaos_sandbox_only", "Only a sandbox merchant's endpoints have chaos", field="chaos"
        )


def _require_length(name: str, text: str, most: int, least: int = 1) -> None:
    if not least <= len(text) <= most or not text.isprintable():
        raise Invalid(name, f"Give {least} to {most} printable characters")
