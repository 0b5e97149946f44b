"""Rows that follow from events: the money facts, item versions and claims (R4).

A pure projection. The store writes what it gives; `doctor` folds the journal through the same
functions and compares, so that journal and money rows cannot drift apart unseen.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from tollbridge.domain import events as ev
from tollbridge.domain.coupon_uses import CouponUseRow, uses_moved
from tollbridge.domain.decision import Change
from tollbridge.domain.money import ZERO, Split
from tollbridge.domain.payment import Result
from tollbridge.domain.posting import Account, Posting, capture, giving_back, opening
from tollbridge.domain.purchase import Explanation, Purchase, PurchaseStatus, Purpose
from tollbridge.domain.refund import (
    RefundedLine,
    RefundItemRow,
    RefundResult,
    RefundRow,
    total_of,
)
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
    refunds: list[RefundRow] = []
    refund_items: list[RefundItemRow] = []
    refund_results: list[RefundResult] = []
    coupon_uses: list[CouponUseRow] = []
    released_uses: list[CouponUseRow] = []


RowT = TypeVar("RowT", PurchaseRow, AttemptRow, RefundRow)
MoveT = TypeVar("MoveT", AttemptResult, PurchaseMove, RefundResult)


def records_of(changes: Iterable[Change]) -> Records:
    """Every row that follows from these changes.

    A purchase or attempt that several subscriptions share (a sign-up) comes out as one row with
    the sum of their parts.
    """
    records = Records()
    for change in changes:
        before = change.before
        for event, after in zip(change.events, change.states, strict=True):
            counted, released = uses_moved(before, after, event)
            records.coupon_uses += counted
            records.released_uses += released
            project = _PROJECTIONS.get(type(event))
            if project is not None:
                project(records, before or after, after, event)
            before = after
    records.purchases = _merged(records.purchases, lambda row: row.id)
    records.attempts = _merged(records.attempts, lambda row: (row.purchase_id, row.try_no))
    records.attempt_results = _first(records.attempt_results)
    records.purchase_moves = _first(records.purchase_moves)
    records.refunds = _merged(records.refunds, lambda row: (row.purchase_id, row.refund_no))
    records.refund_results = _first(records.refund_results)
    return records


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
    if purchase.posted:
        _post(records, after, event, purchase.id, opening(amount))


def _billed(
    records: Records, before: Subscription, after: Subscription, event: ev.PurchaseBilled
) -> None:
    """What was opened on the reminder date comes into the books on the billing date (R6)."""
    purchase = _open(before, event.purchase_id)
    _post(records, after, event, purchase.id, opening(purchase.total))


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
    _post(records, after, event, purchase.id, capture(gross))


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
    """The claim is free again, and the postings of the opening are turned round.

    Of a part, its postings alone.
    """
    purchase = _open(before, event.purchase_id)
    rest = purchase.without(event.items)
    if rest is None:
        records.released.append(claim_of(before, purchase))
        if not event.shared:
            _move(records, before, event, PurchaseStatus.CANCELED)
    gone = purchase.total + -(rest.total if rest else ZERO)
    if purchase.posted:
        _post(records, after, event, purchase.id, opening(-gone))


def _refund_started(
    records: Records, before: Subscription, _after: Subscription, event: ev.RefundStarted
) -> None:
    part = event.refund
    records.refunds.append(
        RefundRow(
            merchant_id=before.merchant_id,
            purchase_id=part.purchase_id,
            refund_no=part.refund_no,
            key=event.key,
            charge_key=event.charge_key,
            charge_reference=event.charge_reference,
            amount=total_of(part.lines).gross,
            currency=before.currency,
            reason=event.reason,
            opened_at=event.at,
        )
    )
    records.refund_items.extend(
        RefundItemRow(
            merchant_id=before.merchant_id,
            purchase_id=part.purchase_id,
            refund_no=part.refund_no,
            running_no=line.running_no,
            subscription_id=before.id,
            amount=line.amount,
        )
        for line in part.lines
    )


def _refunded(
    records: Records, before: Subscription, after: Subscription, event: ev.PurchaseRefunded
) -> None:
    """Only now the money has moved, and only now it is posted."""
    _refund_result(records, before, event, Result.CAPTURED, reference=event.reference)
    if event.whole:
        _move(records, before, event, PurchaseStatus.REFUNDED)
    _reverse(records, after, event, event.lines)


def _refund_declined(
    records: Records, before: Subscription, _after: Subscription, event: ev.RefundDeclined
) -> None:
    _refund_result(records, before, event, Result.DECLINED, code=event.code)


def _charged_back(
    records: Records, before: Subscription, after: Subscription, event: ev.ChargedBack
) -> None:
    _move(records, before, event, PurchaseStatus.CHARGED_BACK)
    _reverse(records, after, event, event.lines)


def _reverse(
    records: Records,
    after: Subscription,
    event: ev.PurchaseRefunded | ev.ChargedBack,
    lines: tuple[RefundedLine, ...],
) -> None:
    _post(records, after, event, event.purchase_id, giving_back(total_of(lines)))


def _refund_result(
    records: Records,
    subscription: Subscription,
    event: ev.PurchaseRefunded | ev.RefundDeclined,
    result: Result,
    **more: str,
) -> None:
    records.refund_results.append(
        RefundResult(
            merchant_id=subscription.merchant_id,
            purchase_id=event.purchase_id,
            refund_no=event.refund_no,
            result=result,
            at=event.at,
            **more,
        )
    )


def _changed(
    records: Records,
    before: Subscription,
    after: Subscription,
    event: ev.ItemChanged | ev.ItemRolledBack,
) -> None:
    item = before.item(event.running_no)
    if after.item(event.running_no).version == item.version:
        return
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
    ev.ItemRolledBack: _changed,
    ev.PurchaseBilled: _billed,
    ev.PurchaseVoided: _voided,
    ev.RefundStarted: _refund_started,
    ev.PurchaseRefunded: _refunded,
    ev.RefundDeclined: _refund_declined,
    ev.ChargedBack: _charged_back,
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
    event: ev.PaymentCaptured
    | ev.PaymentDeclined
    | ev.PurchaseVoided
    | ev.PurchaseRefunded
    | ev.ChargedBack,
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
    purchase_id: int,
    amounts: dict[Account, int],
) -> None:
    """Append one balanced entry; sides of 0 are left out."""
    records.postings.extend(
        Posting(
            merchant_id=after.merchant_id,
            subscription_id=after.id,
            sequence=after.revision,
            account=account,
            purchase_id=purchase_id,
            amount=amount,
            currency=after.currency,
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
