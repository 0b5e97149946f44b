"""Rows that follow from events: the money facts, item versions and claims (R4).

A pure projection. The store writes what it gives; `doctor` folds the journal through the same
functions and compares, so that journal and money rows cannot drift apart unseen.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from tollbridge.domain import events as ev
from tollbridge.domain.decision import Change
from tollbridge.domain.money import Split
from tollbridge.domain.payment import Result
from tollbridge.domain.purchase import Explanation, Purchase, PurchaseStatus, Purpose
from tollbridge.domain.subscription import Item, Subscription


class PurchaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase as opened; amounts in minor units."""

    merchant_id: int
    id: int
    customer_id: int
    currency: str
    purpose: Purpose
    opened_at: datetime
    amount: Split


class PurchaseItemRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a purchase; also the link from a subscription item to its purchases."""

    merchant_id: int
    purchase_id: int
    running_no: int
    subscription_id: int
    item_running_no: int
    item_version: int
    interval_no: int
    billing_interval_no: int
    product_id: int
    product_name: str
    quantity: int
    rate: Decimal
    rate_source: str
    amount: Split
    explanation: Explanation


class ClaimRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a purchase alone may charge (R4): the primary key is all but `purchase_id`."""

    merchant_id: int
    subscription_id: int
    purpose: Purpose
    interval_no: int
    billing_interval_no: int
    cause: int
    purchase_id: int


class AttemptRow(msgspec.Struct, frozen=True, kw_only=True):
    """A payment attempt, committed before the gateway is called with its key."""

    merchant_id: int
    purchase_id: int
    try_no: int
    key: str
    amount: int
    currency: str
    payment_method_id: int
    opened_at: datetime


class AttemptResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an attempt; `code` is the gateway's reason for a decline."""

    merchant_id: int
    purchase_id: int
    try_no: int
    result: Result
    reference: str = ""
    code: str = ""
    at: datetime


class PurchaseMove(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase's new status."""

    merchant_id: int
    purchase_id: int
    status: PurchaseStatus
    at: datetime


class VersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A superseded item version, as it was when the next one came."""

    merchant_id: int
    subscription_id: int
    running_no: int
    version: int
    item: Item


class CouponUseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A use of a promotion that may be used so often (R15): the key is all but the subscription."""

    merchant_id: int
    promotion_id: int
    use_no: int
    subscription_id: int


class Account(Enum):
    """The accounts of the double-entry book."""

    RECEIVABLE = "receivable"
    REVENUE = "revenue"
    VAT = "vat"
    CASH = "cash"


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """One side of an entry: debit positive, credit negative, minor units.

    The postings of one entry (`subscription_id`, `sequence`: the event that caused them) sum to 0.
    """

    merchant_id: int
    subscription_id: int
    sequence: int
    account: Account
    purchase_id: int
    amount: int
    currency: str
    at: datetime


class Records(msgspec.Struct, kw_only=True):
    """All rows of one or more changes, in the order of their events."""

    purchases: list[PurchaseRow] = []
    purchase_items: list[PurchaseItemRow] = []
    claims: list[ClaimRow] = []
    released: list[ClaimRow] = []
    attempts: list[AttemptRow] = []
    attempt_results: list[AttemptResult] = []
    purchase_moves: list[PurchaseMove] = []
    versions: list[VersionRow] = []
    postings: list[Posting] = []
    coupon_uses: list[CouponUseRow] = []
    released_uses: list[CouponUseRow] = []


RowT = TypeVar("RowT", PurchaseRow, AttemptRow)
MoveT = TypeVar("MoveT", AttemptResult, PurchaseMove)


def records_of(changes: Iterable[Change]) -> Records:
    """Every row that follows from these changes.

    A purchase or attempt that several subscriptions share (a sign-up) comes out as one row with
    the sum of their parts.
    """
    records = Records()
    for change in changes:
        before = change.before
        for event, after in zip(change.events, change.states, strict=True):
            _count_uses(records, before, after, event)
            project = _PROJECTIONS.get(type(event))
            if project is not None:
                project(records, before or after, after, event)
            before = after
    records.purchases = _merged(records.purchases, lambda row: row.id)
    records.attempts = _merged(records.attempts, lambda row: (row.purchase_id, row.try_no))
    records.attempt_results = _first(records.attempt_results)
    records.purchase_moves = _first(records.purchase_moves)
    return records


def _count_uses(
    records: Records, before: Subscription | None, after: Subscription, event: ev.Event
) -> None:
    """A use is counted when its coupon comes, and given back when that goes unused (R15).

    What ends with a bill has lowered it, and stays counted.
    """
    old, new = _uses(before), _uses(after)
    records.coupon_uses += [_use_row(after, use) for use in new if use not in old]
    if not isinstance(event, ev.IntervalAdvanced | ev.SubscriptionActivated):
        records.released_uses += [
            _use_row(after, use) for use, used in old.items() if use not in new and not used
        ]


def _uses(subscription: Subscription | None) -> dict[tuple[int, int], bool]:
    """The uses that the coupons of a subscription hold, and whether they lowered a bill."""
    items = subscription.items if subscription else ()
    coupons = (item.coupon for item in items if item.coupon and item.coupon.use_no)
    return {(coupon.promotion_id, coupon.use_no): coupon.used for coupon in coupons}


def _use_row(subscription: Subscription, use: tuple[int, int]) -> CouponUseRow:
    promotion_id, use_no = use
    return CouponUseRow(
        merchant_id=subscription.merchant_id,
        promotion_id=promotion_id,
        use_no=use_no,
        subscription_id=subscription.id,
    )


def claim_of(subscription: Subscription, purchase: Purchase) -> ClaimRow:
    """What the purchase claims to be charged alone (R4).

    A purchase that brings an interval (renewal or Extend) claims that interval, so that no two
    purchases can ever pay the same one.
    """
    brings_interval = purchase.advance is not None
    return ClaimRow(
        merchant_id=subscription.merchant_id,
        subscription_id=subscription.id,
        purpose=Purpose.RENEWAL if brings_interval else purchase.purpose,
        interval_no=purchase.interval_no,
        billing_interval_no=purchase.billing_interval_no,
        cause=0 if brings_interval else purchase.cause,
        purchase_id=purchase.id,
    )


def _opened(
    records: Records, before: Subscription, after: Subscription, event: ev.PurchaseOpened
) -> None:
    purchase, amount = event.purchase, event.purchase.total
    records.purchases.append(
        PurchaseRow(
            merchant_id=before.merchant_id,
            id=purchase.id,
            customer_id=before.customer_id,
            currency=purchase.currency,
            purpose=purchase.purpose,
            opened_at=event.at,
            amount=amount,
        )
    )
    records.purchase_items.extend(
        PurchaseItemRow(
            merchant_id=before.merchant_id,
            purchase_id=purchase.id,
            running_no=line.running_no,
            subscription_id=before.id,
            item_running_no=line.item_running_no,
            item_version=line.item_version,
            interval_no=purchase.interval_no,
            billing_interval_no=purchase.billing_interval_no,
            product_id=line.product_id,
            product_name=line.product_name,
            quantity=line.quantity,
            rate=line.rate,
            rate_source=line.rate_source,
            amount=line.amount,
            explanation=line.explanation,
        )
        for line in purchase.lines
    )
    records.claims.append(claim_of(before, purchase))
    _post(records, after, event, purchase, _opening(amount))


def _started(
    records: Records, before: Subscription, _after: Subscription, event: ev.PaymentStarted
) -> None:
    purchase = _open(before, event.purchase_id)
    records.attempts.append(
        AttemptRow(
            merchant_id=before.merchant_id,
            purchase_id=purchase.id,
            try_no=event.try_no,
            key=event.key,
            amount=purchase.total.gross,
            currency=purchase.currency,
            payment_method_id=before.payment_method_id,
            opened_at=event.at,
        )
    )


def _captured(
    records: Records, before: Subscription, after: Subscription, event: ev.PaymentCaptured
) -> None:
    purchase = _open(before, event.purchase_id)
    if event.try_no:
        _result(records, before, event, Result.CAPTURED, reference=event.reference)
    _move(records, before, event, PurchaseStatus.PAID)
    gross = purchase.total.gross
    _post(records, after, event, purchase, {Account.CASH: gross, Account.RECEIVABLE: -gross})


def _declined(
    records: Records, before: Subscription, _after: Subscription, event: ev.PaymentDeclined
) -> None:
    _result(records, before, event, Result.DECLINED, code=event.code)
    _move(records, before, event, PurchaseStatus.DECLINED)


def _undecided(
    records: Records, before: Subscription, _after: Subscription, event: ev.PaymentUndecided
) -> None:
    _result(records, before, event, event.result)


def _voided(
    records: Records, before: Subscription, after: Subscription, event: ev.PurchaseVoided
) -> None:
    """The claim is free again, and the postings of the opening are turned round."""
    purchase = _open(before, event.purchase_id)
    records.released.append(claim_of(before, purchase))
    _move(records, before, event, PurchaseStatus.CANCELED)
    _post(records, after, event, purchase, _opening(-purchase.total))


def _opening(amount: Split) -> dict[Account, int]:
    return {
        Account.RECEIVABLE: amount.gross,
        Account.REVENUE: -amount.net,
        Account.VAT: -amount.vat,
    }


def _changed(
    records: Records, before: Subscription, _after: Subscription, event: ev.ItemChanged
) -> None:
    item = before.item(event.running_no)
    records.versions.append(
        VersionRow(
            merchant_id=before.merchant_id,
            subscription_id=before.id,
            running_no=item.running_no,
            version=item.version,
            item=item,
        )
    )


_PROJECTIONS: dict[type[ev.Event], Callable[[Records, Subscription, Subscription, Any], None]] = {
    ev.PurchaseOpened: _opened,
    ev.PaymentStarted: _started,
    ev.PaymentCaptured: _captured,
    ev.PaymentDeclined: _declined,
    ev.PaymentUndecided: _undecided,
    ev.ItemChanged: _changed,
    ev.PurchaseVoided: _voided,
}


def _open(subscription: Subscription, purchase_id: int) -> Purchase:
    purchase = subscription.purchase(purchase_id)
    if purchase is None:
        message = f"purchase {purchase_id} is not open"
        raise ValueError(message)
    return purchase


def _result(
    records: Records,
    subscription: Subscription,
    event: ev.PaymentCaptured | ev.PaymentDeclined | ev.PaymentUndecided,
    result: Result,
    **more: str,
) -> None:
    records.attempt_results.append(
        AttemptResult(
            merchant_id=subscription.merchant_id,
            purchase_id=event.purchase_id,
            try_no=event.try_no,
            result=result,
            at=event.at,
            **more,
        )
    )


def _move(
    records: Records,
    subscription: Subscription,
    event: ev.PaymentCaptured | ev.PaymentDeclined | ev.PurchaseVoided,
    status: PurchaseStatus,
) -> None:
    records.purchase_moves.append(
        PurchaseMove(
            merchant_id=subscription.merchant_id,
            purchase_id=event.purchase_id,
            status=status,
            at=event.at,
        )
    )


def _post(
    records: Records,
    after: Subscription,
    event: ev.Event,
    purchase: Purchase,
    amounts: dict[Account, int],
) -> None:
    """Append one balanced entry; sides of 0 are left out."""
    records.postings.extend(
        Posting(
            merchant_id=after.merchant_id,
            subscription_id=after.id,
            sequence=after.revision,
            account=account,
            purchase_id=purchase.id,
            amount=amount,
            currency=purchase.currency,
            at=event.at,
        )
        for account, amount in amounts.items()
        if amount
    )


def _merged(rows: list[RowT], key: Callable[[RowT], object]) -> list[RowT]:
    """One row for each key, amounts added up."""
    merged: dict[object, RowT] = {}
    for row in rows:
        known = merged.get(key(row))
        merged[key(row)] = (
            row if known is None else replace(known, amount=known.amount + row.amount)
        )
    return list(merged.values())


def _first(rows: list[MoveT]) -> list[MoveT]:
    """Equal rows that several subscriptions report of one purchase, once."""
    return list(dict.fromkeys(rows))
