"""One purchase with everything about it, and the money whose fate is open."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from tollbridge.domain.events import PurchaseVoided, decode_event
from tollbridge.domain.money import Split, total
from tollbridge.domain.payment import Result
from tollbridge.domain.purchase import Purpose
from tollbridge.domain.records import PurchaseItemRow
from tollbridge.domain.refund import StoredRefund
from tollbridge.domain.refusal import NotFound, known_merchant
from tollbridge.domain.stored import StoredAttempt, StoredPurchase
from tollbridge.ports import Held, Platform


class ToldPurchase(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase with its lines, payment attempts and refunds, and the subscriptions it is of.

    Lines of an order that were cancelled before it was paid are not among them (R19), unless all
    were.
    """

    purchase: StoredPurchase
    held: tuple[Held, ...]
    lines: tuple[PurchaseItemRow, ...]
    attempts: tuple[StoredAttempt, ...]
    refunds: tuple[StoredRefund, ...]

    @property
    def amount(self) -> Split:
        """What it comes to: what was captured once it is paid, what is owed before."""
        return total(line.amount for line in self.lines)

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
    lines = tuple(row for row in rows.purchase_items if row.purchase_id == purchase_id)
    return ToldPurchase(
        purchase=purchase,
        held=held,
        lines=_left(platform, purchase, held, lines),
        attempts=tuple(row for row in rows.attempts if row.purchase_id == purchase_id),
        refunds=tuple(row for row in rows.refunds if row.begun.purchase_id == purchase_id),
    )


def _left(
    platform: Platform,
    purchase: StoredPurchase,
    held: Sequence[Held],
    lines: tuple[PurchaseItemRow, ...],
) -> tuple[PurchaseItemRow, ...]:
    """The lines without those that were cancelled; all of a purchase that was cancelled whole.

    Only an order of several lines is ever cancelled in part, and only journals tell which.
    """
    if purchase.purpose is not Purpose.SIGNUP or len(lines) == 1:
        return lines
    gone = {number for one in held for number in _cancelled(platform, one, purchase.id)}
    left = (line for line in lines if (line.subscription_id, line.item_running_no) not in gone)
    return tuple(left) or lines


def _cancelled(platform: Platform, held: Held, purchase_id: int) -> Iterator[tuple[int, int]]:
    """The items of a subscription whose part of a purchase was cancelled, with its number."""
    subscription = held.subscription
    for entry in platform.store.journal(subscription.merchant_id, subscription.id):
        event = decode_event(entry.type, entry.version, entry.payload)
        if isinstance(event, PurchaseVoided) and event.purchase_id == purchase_id:
            every = (item.running_no for item in subscription.items)
            yield from ((subscription.id, number) for number in event.items or every)


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
