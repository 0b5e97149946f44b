"""Make a merchant, its products, promotions and endpoints what a catalog file says."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec
from msgspec.structs import replace

from tollbridge.commands.add_merchant import new_merchant
from tollbridge.commands.apply_endpoints import EndpointPlan, plan_endpoints
from tollbridge.commands.catalog_file import CatalogFile
from tollbridge.domain.catalog import Product
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.promotion import Promotion, folded
from tollbridge.domain.refusal import NotAllowed, NotFound
from tollbridge.ports import Platform

T = TypeVar("T", Product, Promotion)


class CatalogApplied(msgspec.Struct, frozen=True, kw_only=True):
    """What a catalog file came to; `merchant` is `created`, `changed` or `unchanged`.

    Products and promotions are given by their ids. The secrets of new endpoints are shown here
    and nowhere else.
    """

    merchant_id: int
    merchant: str
    added: tuple[int, ...]
    changed: tuple[int, ...]
    unchanged: tuple[int, ...]
    promotions_added: tuple[int, ...] = ()
    promotions_changed: tuple[int, ...] = ()
    promotions_unchanged: tuple[int, ...] = ()
    endpoints: EndpointPlan = EndpointPlan()


def apply_catalog(platform: Platform, file: CatalogFile) -> CatalogApplied:
    """Save what differs from the file; applying it twice changes nothing.

    What the file does not name is left as it is, and so are running subscriptions (R9). A merchant
    that exists keeps its clock and its link key. Raises NotAllowed for another mode than it has,
    which is fixed at creation, and for a code that belongs to another promotion; NotFound for a
    product that is named in it and that the merchant does not sell; what `checked_addition` raises
    for an endpoint.
    """
    before = platform.store.merchant(file.merchant.id)
    merchant = new_merchant(platform, file.merchant) if before is None else _set(before, file)
    products = _compared(file.products, platform.store.catalog(merchant.id))
    promotions = _compared(file.promotions, platform.store.promotions(merchant.id))
    _require_sold(file, {one.id for one in products.all})
    _require_own_codes(file, promotions.all)
    endpoints = plan_endpoints(platform, merchant, file.endpoints)
    if merchant != before:
        platform.store.put_merchant(merchant)
    if products.news:
        platform.store.put_products(merchant.id, products.news)
    if promotions.news and not platform.store.put_promotions(merchant.id, promotions.news):
        raise NotAllowed("code_taken", "promotion: a code belongs to another promotion")
    endpoints.save(platform)
    return CatalogApplied(
        merchant_id=merchant.id,
        merchant="created" if before is None else "unchanged" if merchant == before else "changed",
        added=_ids(products.added),
        changed=_ids(products.changed),
        unchanged=_ids(products.unchanged),
        promotions_added=_ids(promotions.added),
        promotions_changed=_ids(promotions.changed),
        promotions_unchanged=_ids(promotions.unchanged),
        endpoints=endpoints,
    )


@dataclass(frozen=True)
class _Compared(Generic[T]):
    """What the file names beside what is stored; `all` is what there will be."""

    added: list[T]
    changed: list[T]
    unchanged: list[T]
    all: list[T]

    @property
    def news(self) -> list[T]:
        return self.added + self.changed


def _compared(named: Sequence[T], stored: Sequence[T]) -> _Compared[T]:
    known = {one.id: one for one in stored}
    return _Compared(
        added=[one for one in named if one.id not in known],
        changed=[one for one in named if one.id in known and one != known[one.id]],
        unchanged=[one for one in named if known.get(one.id) == one],
        all=list({**known, **{one.id: one for one in named}}.values()),
    )


def _require_sold(file: CatalogFile, sold: Collection[int]) -> None:
    """Every product that a promotion, another product or an endpoint names is sold."""
    named = [
        (f"promotion[{i}].products", product_id)
        for i, promotion in enumerate(file.promotions)
        for product_id in promotion.products
    ]
    named += [
        (f"product[{i}].replaces[{j}].product", one.product)
        for i, product in enumerate(file.products)
        for j, one in enumerate(product.replaces)
    ]
    named += [
        (f"endpoint[{i}].products", product_id)
        for i, entry in enumerate(file.endpoints)
        for product_id in entry.settings.product_ids
    ]
    for key, product_id in named:
        if product_id not in sold:
            raise NotFound("product_unknown", f"{key}: there is no product {product_id}", field=key)


def _require_own_codes(file: CatalogFile, promotions: Iterable[Promotion]) -> None:
    """No code of the file belongs to a promotion that the file does not name."""
    named = {promotion.id for promotion in file.promotions}
    others = (one for one in promotions if one.id not in named)
    owners = {folded(code): one.id for one in others for code in one.codes}
    for i, promotion in enumerate(file.promotions):
        for code in promotion.codes:
            if folded(code) in owners:
                key, owner = f"promotion[{i}].codes", owners[folded(code)]
                message = f"{key}: {code!r} is a code of promotion {owner} already"
                raise NotAllowed("code_taken", message, field=key)


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
        offline_reminder_days=settings.offline_reminder_days,
        grace_days=settings.grace_days,
        hold_days=settings.hold_days,
        retry_days=settings.retry_days,
        sync_with_payment_date=settings.sync_with_payment_date,
        colour=settings.colour,
        address=settings.address,
        support_email=settings.support_email,
        enforce_replacements=settings.enforce_replacements,
        notices=settings.notices,
    )


def _ids(ones: Iterable[Product] | Iterable[Promotion]) -> tuple[int, ...]:
    return tuple(one.id for one in ones)
