"""Make a merchant and its products what a catalog file says."""

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from tollbridge.commands.add_merchant import new_merchant
from tollbridge.commands.catalog_file import CatalogFile
from tollbridge.domain.catalog import Product
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.refusal import NotAllowed
from tollbridge.ports import Platform


class CatalogApplied(msgspec.Struct, frozen=True, kw_only=True):
    """What a catalog file came to; `merchant` is `created`, `changed` or `unchanged`.

    Products are given by their ids.
    """

    merchant_id: int
    merchant: str
    added: tuple[int, ...]
    changed: tuple[int, ...]
    unchanged: tuple[int, ...]


def apply_catalog(platform: Platform, file: CatalogFile) -> CatalogApplied:
    """Save what differs from the file; applying it twice changes nothing.

    Products that the file does not name are left as they are, and so are running subscriptions
    (R9). A merchant that exists keeps its clock and its link key. NotAllowed for another mode
    than it has, which is fixed at creation.
    """
    before = platform.store.merchant(file.merchant.id)
    merchant = new_merchant(platform, file.merchant) if before is None else _set(before, file)
    if merchant != before:
        platform.store.put_merchant(merchant)
    stored = {product.id: product for product in platform.store.catalog(merchant.id)}
    added = [one for one in file.products if one.id not in stored]
    changed = [one for one in file.products if one.id in stored and one != stored[one.id]]
    if added or changed:
        platform.store.put_products(merchant.id, [*added, *changed])
    return CatalogApplied(
        merchant_id=merchant.id,
        merchant="created" if before is None else "unchanged" if merchant == before else "changed",
        added=_ids(added),
        changed=_ids(changed),
        unchanged=_ids(one for one in file.products if stored.get(one.id) == one),
    )


def _set(merchant: Merchant, file: CatalogFile) -> Merchant:
    """The merchant with the file's settings but its own clock, mode and link key."""
    settings = file.merchant
    if settings.mode is not merchant.mode:
        raise NotAllowed(
            "mode_fixed",
            f"merchant.mode: merchant {merchant.id} is {merchant.mode.value} and stays so",
            field="merchant.mode",
        )
    return replace(
        merchant,
        name=settings.name,
        country=settings.country,
        currency=settings.currency,
        management_model=settings.management_model,
        reminder_days=settings.reminder_days,
        grace_days=settings.grace_days,
    )


def _ids(products: Iterable[Product]) -> tuple[int, ...]:
    return tuple(product.id for product in products)
