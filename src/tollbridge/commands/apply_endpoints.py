"""Make a merchant's endpoints what a catalog file says: the name is what each is known by."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec
from msgspec.structs import replace

from tollbridge.commands.endpoint_table import EndpointEntry
from tollbridge.commands.endpoints import (
    Checked,
    EndpointSettings,
    checked_addition,
    checked_change,
    settings_of,
)
from tollbridge.domain.endpoint import Endpoint, EndpointSecrets
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.refusal import Refusal, known_endpoint
from tollbridge.ports import Platform
from tollbridge.ports.sealing import SealingError

KEYS = {"product_ids": "products", "password": "password_from"}  # in a file; others are the same


class EndpointPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to do about endpoints; those that stay as they are by name."""

    added: tuple[Checked, ...] = ()
    changed: tuple[Checked, ...] = ()
    unchanged: tuple[str, ...] = ()

    def save(self, platform: Platform) -> None:
        """Do it."""
        for one in (*self.added, *self.changed):
            platform.store.put_endpoint(one.endpoint, one.secrets)


def plan_endpoints(
    platform: Platform, merchant: Merchant, entries: Sequence[EndpointEntry]
) -> EndpointPlan:
    """What differs from the file, checked and not saved yet; others stay as they are.

    An endpoint that does not change is not checked again. Where the file does not say whether one
    is active, it stays as it is. Raises what `checked_addition` raises, with the key.
    """
    known = {one.name: one for one in platform.store.endpoints(merchant.id)} if entries else {}
    added, changed, unchanged = [], [], []
    for i, entry in enumerate(entries):
        before = known.get(entry.settings.name)
        with _naming(f"endpoint[{i}]"):
            if before is None:
                added.append(checked_addition(platform, merchant, entry.settings))
                continue
            wanted = _wanted(entry, before)
            kept = platform.store.endpoint_secrets(merchant.id, before.id)
            kept = known_endpoint(kept, before.id)
            if _differs(platform, before, kept, wanted):
                changed.append(checked_change(platform, merchant, before, kept, wanted))
            else:
                unchanged.append(before.name)
    return EndpointPlan(added=tuple(added), changed=tuple(changed), unchanged=tuple(unchanged))


def _wanted(entry: EndpointEntry, before: Endpoint) -> EndpointSettings:
    active = before.active if entry.active is None else entry.active
    return replace(entry.settings, active=active)


def _differs(
    platform: Platform, before: Endpoint, kept: EndpointSecrets, wanted: EndpointSettings
) -> bool:
    if replace(wanted, password=None) != settings_of(before):
        return True
    if wanted.password is None:
        return bool(wanted.username) and not kept.password
    try:
        return platform.sealer.open(before.merchant_id, kept.password) != wanted.password.encode()
    except SealingError:  # its key is gone: the file says it anew
        return True


@contextmanager
def _naming(key: str) -> Iterator[None]:
    """Let a refusal name the key of the file that it is about."""
    try:
        yield
    except Refusal as refusal:
        field = KEYS.get(refusal.field, refusal.field)
        refusal.field = f"{key}.{field}" if field else key
        refusal.message = f"{refusal.field}: {refusal.message}"
        raise
