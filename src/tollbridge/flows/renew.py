"""Renew a subscription on request and say how the payment went (subscription-api.md 2.10)."""

from datetime import datetime
from enum import Enum

import msgspec

from tollbridge.commands import renew as command
from tollbridge.commands.saving import require_held
from tollbridge.domain.item_change import Renewal
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.records import records_of
from tollbridge.flows.collecting import Collector
from tollbridge.ports import Platform
from tollbridge.queries.journal import purchases_of


class TransactionStatus(Enum):
    """How the payment of a renewal went (R1)."""

    SUCCESS = "Success"
    ERROR = "Error"
    REJECTED = "Rejected"
    PENDING = "Pending"
    UNKNOWN = "Unknown"


_STATUS = {
    PurchaseStatus.PAID: TransactionStatus.SUCCESS,
    PurchaseStatus.DECLINED: TransactionStatus.REJECTED,
    PurchaseStatus.NEW: TransactionStatus.PENDING,
}


class Renewed(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a renewal; the billing date has moved only on Success (R1)."""

    merchant: Merchant
    purchase_id: int
    status: TransactionStatus
    next_billing: datetime


def renew(
    collector: Collector, merchant_id: int, subscription_id: int, renewal: Renewal, actor: str
) -> Renewed:
    """Charge the next interval now. Raises what the command raises."""
    platform = collector.platform
    decision = command.renew(platform, merchant_id, subscription_id, renewal, actor)
    collector.collect(decision, actor)
    purchase_id = records_of(decision.changes).purchases[0].id
    return _outcome(platform, merchant_id, subscription_id, purchase_id)


def renewed_by(platform: Platform, merchant_id: int, command_id: str) -> Renewed:
    """The outcome of a renewal that was saved under this command, as it stands now."""
    [opened] = purchases_of(platform, merchant_id, command_id)
    return _outcome(platform, merchant_id, opened.subscription_ids[0], opened.purchase_id)


def _outcome(
    platform: Platform, merchant_id: int, subscription_id: int, purchase_id: int
) -> Renewed:
    held = require_held(platform, merchant_id, subscription_id)
    purchase = platform.store.purchase(merchant_id, purchase_id)
    status = purchase.status if purchase else PurchaseStatus.NEW
    return Renewed(
        merchant=held.merchant,
        purchase_id=purchase_id,
        status=_STATUS.get(status, TransactionStatus.UNKNOWN),
        next_billing=held.subscription.next_billing,
    )
