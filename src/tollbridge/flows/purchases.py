"""What is done about a purchase on request: charge it, note its money, give it back."""

import msgspec

from tollbridge.commands import pay as paying
from tollbridge.commands import refund as refunding
from tollbridge.domain.payment import Result
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.refunding import RefundRequest
from tollbridge.domain.refusal import NotAllowed
from tollbridge.flows.collecting import Collector, settle_attempt
from tollbridge.flows.recovery import ACTOR
from tollbridge.ports import Platform, Rehearsing
from tollbridge.queries.purchase import read_purchase


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase as it stands after a call; amounts in minor units of `currency`.

    `gross` is what was captured, or is owed still: without the part of an order that was cancelled.

    `pending` says that a payment or a refund of it is not decided yet.
    """

    purchase_id: int
    status: PurchaseStatus
    currency: str
    gross: int
    refunded: int
    pending: bool


def pay(collector: Collector, merchant_id: int, purchase_id: int, actor: str) -> Outcome:
    """Charge an open purchase now. Raises what the command raises."""
    decision = paying.pay(collector.platform, merchant_id, purchase_id, actor)
    collector.collect(decision, actor)
    return outcome_of(collector.platform, merchant_id, purchase_id)


def retry(collector: Collector, merchant_id: int, purchase_id: int, actor: str) -> Outcome:
    """Charge a declined purchase again. Raises what the command raises."""
    decision = paying.retry_payment(collector.platform, merchant_id, purchase_id, actor)
    collector.collect(decision, actor)
    return outcome_of(collector.platform, merchant_id, purchase_id)


def receive(
    platform: Platform, merchant_id: int, purchase_id: int, reference: str, actor: str
) -> Outcome:
    """Note money that came by hand. Raises what the command raises."""
    paying.receive(platform, merchant_id, purchase_id, reference, actor)
    return outcome_of(platform, merchant_id, purchase_id)


def refund(
    collector: Collector, merchant_id: int, purchase_id: int, request: RefundRequest, actor: str
) -> Outcome:
    """Give money of a paid purchase back. Raises what the command raises."""
    decision = refunding.refund(collector.platform, merchant_id, purchase_id, request, actor)
    collector.collect(decision, actor)
    return outcome_of(collector.platform, merchant_id, purchase_id)


def charge_back(
    platform: Platform, merchant_id: int, purchase_id: int, *, terminate: bool, actor: str
) -> Outcome:
    """Note that the bank took the money back. Raises what the command raises."""
    refunding.charge_back(platform, merchant_id, purchase_id, terminate=terminate, actor=actor)
    return outcome_of(platform, merchant_id, purchase_id)


def authenticate(
    platform: Platform, merchant_id: int, purchase_id: int, *, approve: bool
) -> Outcome:
    """Let the customer of a rehearsal confirm a payment that waits, or refuse to; then settle it.

    Raises NotFound for the purchase; NotAllowed where none of its payments waits, and for a
    gateway that moves money.
    """
    gateway = platform.gateway
    if not isinstance(gateway, Rehearsing):
        raise NotAllowed("gateway_is_real", "At this gateway the customer confirms the payment")
    read_purchase(platform, merchant_id, purchase_id)
    for attempt in platform.store.open_attempts(merchant_id):
        if attempt.purchase_id != purchase_id:
            continue
        if gateway.authenticate(merchant_id, attempt.key, approve=approve):
            [outcome] = gateway.look_up(merchant_id, [attempt.key])
            if outcome is not None:
                settle_attempt(platform, attempt, outcome, ACTOR)
            return outcome_of(platform, merchant_id, purchase_id)
    raise NotAllowed(
        "nothing_to_authenticate", "No payment of this purchase waits for its customer"
    )


def outcome_of(platform: Platform, merchant_id: int, purchase_id: int) -> Outcome:
    """The purchase as it stands now; NotFound when the merchant has none with this id."""
    told = read_purchase(platform, merchant_id, purchase_id)
    given = (r.begun.amount for r in told.refunds if r.result is Result.CAPTURED)
    return Outcome(
        purchase_id=purchase_id,
        status=told.purchase.status,
        currency=told.purchase.currency,
        gross=told.amount.gross,
        refunded=sum(given),
        pending=told.pending,
    )
