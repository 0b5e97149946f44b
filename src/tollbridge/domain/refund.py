"""What is given back of a paid purchase, and the rows that tell of it (R14)."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from tollbridge.domain.money import Split, total
from tollbridge.domain.payment import Result
from tollbridge.domain.purchase import Purchase


class RefundedLine(msgspec.Struct, frozen=True, kw_only=True):
    """What is given back of one line: the stored amount, or a part split at its stored rate."""

    running_no: int
    item_running_no: int
    amount: Split


class RefundPart(msgspec.Struct, frozen=True, kw_only=True):
    """One subscription's part of a refund, as the subscription knows it until it is decided.

    `whole` says that nothing of the purchase is left after it; with `terminate` the subscription
    is deactivated once the money is given back. `reimbursement_id` is what the merchant's systems
    know it by, 0 where none was issued.
    """

    purchase_id: int
    refund_no: int
    lines: tuple[RefundedLine, ...]
    whole: bool
    terminate: bool = False
    reimbursement_id: int = 0


class Captured(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription's part of a purchase that was paid, as it was when the money came."""

    subscription_id: int
    purchase: Purchase
    at: datetime


class RefundRow(msgspec.Struct, frozen=True, kw_only=True):
    """A refund, committed before the gateway is called with its key.

    `charge_key` and `charge_reference` name the charge that it is of; both are empty where the
    money came without a gateway and is given back by hand.
    """

    merchant_id: int
    purchase_id: int
    refund_no: int
    key: str
    charge_key: str
    charge_reference: str
    amount: int
    currency: str
    reason: str
    opened_at: datetime


class RefundItemRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a refund gives back of one line of its purchase."""

    merchant_id: int
    purchase_id: int
    refund_no: int
    running_no: int
    subscription_id: int
    amount: Split


class RefundResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a refund; `code` is the gateway's reason for not giving it."""

    merchant_id: int
    purchase_id: int
    refund_no: int
    result: Result
    reference: str = ""
    code: str = ""
    at: datetime


class StoredRefund(msgspec.Struct, frozen=True, kw_only=True):
    """A refund as it stands in the money rows; `result` is None while it is open."""

    begun: RefundRow
    result: Result | None
    reference: str
    code: str
    settled_at: datetime | None


def total_of(lines: Iterable[RefundedLine]) -> Split:
    """The sum of some lines."""
    return total(line.amount for line in lines)
