"""One purchase with everything about it, and the money whose fate is open."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from tollbridge.domain.payment import Result
from tollbridge.domain.records import PurchaseItemRow
from tollbridge.domain.refund import StoredRefund
from tollbridge.domain.refusal import NotFound, known_merchant
from tollbridge.domain.stored import StoredAttempt, StoredPurchase
from tollbridge.ports import Held, Platform


class ToldPurchase(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase with its lines, payment attempts and refunds, and the subscriptions it is of."""

    purchase: StoredPurchase
    held: tuple[Held, ...]
    lines: tuple[PurchaseItemRow, ...]
    attempts: tuple[StoredAttempt, ...]
    refunds: tuple[StoredRefund, ...]

    @property
    def pending(self) -> bool:
        """Whether a payment or a refund of it is not decided yet."""
        open_attempt = any(one.settled_at is None for one in self.attempts)
        return open_attempt or any(one.settled_at is None for one in self.refunds)


def read_purchase(platform: Platform, merchant_id: int, purchase_id: int) -> ToldPurchase:
    """The purchase; NotFound when the merchant has none with this id."""
    held = platform.store.held_of_purchase(merchant_id, purchase_id)
    if not held:
        raise NotFound("purchase_unknown", f"Purchase not found: {purchase_id}", field="PurchaseId")
    rows = platform.store.money_rows(merchant_id, held[0].subscription.id)
    [purchase] = (row for row in rows.purchases if row.id == purchase_id)
    return ToldPurchase(
        purchase=purchase,
        held=held,
        lines=tuple(row for row in rows.purchase_items if row.purchase_id == purchase_id),
        attempts=tuple(row for row in rows.attempts if row.purchase_id == purchase_id),
        refunds=tuple(row for row in rows.refunds if row.begun.purchase_id == purchase_id),
    )


class AtRisk(msgspec.Struct, frozen=True, kw_only=True):
    """Money whose fate is not known: an attempt to take it, or to give it back.

    `result` is None where the gateway's answer is still to come.
    """

    purchase_id: int
    kind: str
    amount: int
    currency: str
    since: datetime
    result: Result | None


def money_at_risk(platform: Platform, merchant_id: int) -> tuple[datetime, list[AtRisk]]:
    """The merchant's time, and what is not decided, oldest first; NotFound for the merchant."""
    merchant = known_merchant(platform.store.merchant(merchant_id), merchant_id)
    found = [*_payments(platform, merchant_id), *_refunds(platform, merchant_id)]
    return merchant.now(platform.wall()), sorted(found, key=lambda one: one.since)


def _payments(platform: Platform, merchant_id: int) -> Iterator[AtRisk]:
    keys = [attempt.key for attempt in platform.store.open_attempts(merchant_id)]
    for one in platform.store.attempts(merchant_id, keys):
        yield AtRisk(
            purchase_id=one.purchase_id,
            kind="payment",
            amount=one.amount,
            currency=one.currency,
            since=one.opened_at,
            result=one.result,
        )


def _refunds(platform: Platform, merchant_id: int) -> Iterator[AtRisk]:
    for one in platform.store.open_refunds(merchant_id):
        yield AtRisk(
            purchase_id=one.begun.purchase_id,
            kind="refund",
            amount=one.begun.amount,
            currency=one.begun.currency,
            since=one.begun.opened_at,
            result=one.result,
        )
