"""The checks of `tollbridge doctor` on money that went back."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from tollbridge.domain.money import total
from tollbridge.domain.payment import BookEntry, Result
from tollbridge.domain.posting import Account
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.records import Records
from tollbridge.domain.refund import StoredRefund
from tollbridge.domain.stored import MoneyRows, StoredPurchase
from tollbridge.ports import Platform

Found = Iterator[tuple[str, str]]  # (check, message)
GIVEN_BACK = Result.CAPTURED  # in the gateway's words


def expected_refunds(expected: Records) -> list[StoredRefund]:
    """The refunds as their rows must stand, without amounts, which subscriptions may share."""
    results = {(one.purchase_id, one.refund_no): one for one in expected.refund_results}
    return [
        StoredRefund(
            begun=replace(row, amount=0),
            result=one.result if one else None,
            reference=one.reference if one else "",
            code=one.code if one else "",
            settled_at=one.at if one else None,
        )
        for row in expected.refunds
        for one in [results.get((row.purchase_id, row.refund_no))]
    ]


def without_amounts(refunds: Sequence[StoredRefund]) -> list[StoredRefund]:
    """Stored refunds to be compared with `expected_refunds`."""
    return [replace(one, begun=replace(one.begun, amount=0)) for one in refunds]


def sound_refunds(rows: MoneyRows, subscription_id: int) -> Found:
    """A refund is the sum of its lines, and never more went back than came in."""
    for one in rows.refunds:
        known = one.begun.purchase_id, one.begun.refund_no
        items = (i.amount for i in rows.refund_items if (i.purchase_id, i.refund_no) == known)
        if total(items).gross != one.begun.amount:
            yield "refund_is_sum_of_lines", f"refund {known[1]} of purchase {known[0]} is not"
    for purchase in rows.purchases:
        yield from _sound_cash(purchase, rows, subscription_id)


def _sound_cash(purchase: StoredPurchase, rows: MoneyRows, subscription_id: int) -> Found:
    """What stands in the cash account is what was captured less what went back.

    Of a purchase that several subscriptions share, each has the cash of its own part.
    """
    done = [
        r for r in rows.refunds if r.begun.purchase_id == purchase.id and r.result is GIVEN_BACK
    ]
    back = sum(one.begun.amount for one in done)
    if back > purchase.amount.gross:
        yield "refunded_at_most_paid", f"more than was paid went back of purchase {purchase.id}"
    taken = [a for a in rows.attempts if a.purchase_id == purchase.id and a.result is GIVEN_BACK]
    owners = {row.subscription_id for row in rows.purchase_items if row.purchase_id == purchase.id}
    if len(taken) != 1 or owners != {subscription_id}:
        return
    cash = sum(
        posting.amount
        for posting in rows.postings
        if posting.purchase_id == purchase.id and posting.account is Account.CASH
    )
    charged_back = purchase.status is PurchaseStatus.CHARGED_BACK
    expected = 0 if charged_back else taken[0].amount - back
    if cash != expected:
        yield (
            "cash_is_what_moved",
            f"the cash of purchase {purchase.id} is off by {cash - expected}",
        )


def gateway_knows_refunds(
    platform: Platform, merchant_id: int, refunds: Sequence[StoredRefund]
) -> Found:
    """What the platform holds for given back or refused, the gateway knows so too."""
    settled = [one for one in refunds if one.result is not None and one.begun.charge_key]
    known = platform.gateway.look_up(merchant_id, [one.begun.key for one in settled])
    for one, outcome in zip(settled, known, strict=True):
        if outcome is None or outcome.result is not one.result:
            where = f"refund {one.begun.refund_no} of purchase {one.begun.purchase_id}"
            yield "gateway_agrees", f"{where}: the gateway says otherwise"


def booked_refunds(platform: Platform, merchant_id: int, page: Sequence[BookEntry]) -> Found:
    """What the gateway has given back stands in the platform's rows, with the same amount."""
    given = [e for e in page if e.charge_key and e.outcome.result is GIVEN_BACK]
    keys = [entry.key for entry in given]
    stored = {one.begun.key: one for one in platform.store.refunds(merchant_id, keys)}
    for entry in given:
        if not _recorded(entry, stored):
            amount = f"{entry.amount} {entry.currency} (minor units)"
            where = f"purchase {entry.purchase_id}"
            yield "gateway_agrees", f"the gateway gave {amount} of {where} back, stored otherwise"


def _recorded(entry: BookEntry, stored: Mapping[str, StoredRefund]) -> bool:
    one = stored.get(entry.key)
    if one is None or one.result is not GIVEN_BACK:
        return False
    return (one.begun.amount, one.begun.currency) == (entry.amount, entry.currency)
