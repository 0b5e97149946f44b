"""Give money back, settle that, and note what a bank took back."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from tollbridge.commands.pay import change_purchase
from tollbridge.commands.saving import decide_and_save, fresh_purchase, time_of
from tollbridge.commands.settle import SETTLE_TRIES
from tollbridge.domain.decision import Change, Context, Decision
from tollbridge.domain.events import decode_event
from tollbridge.domain.facts import Parties
from tollbridge.domain.refunding import (
    PaidPurchase,
    RefundRequest,
    RefundSettlement,
    decide_chargeback,
    decide_refund,
    decide_refund_settlement,
    paid_purchase,
)
from tollbridge.domain.subscription import Subscription
from tollbridge.ports import Platform


def refund(
    platform: Platform, merchant_id: int, purchase_id: int, request: RefundRequest, actor: str
) -> Decision:
    """Save a refund; the gateway is still to be asked for it.

    Raises what `decide_refund` raises, NotFound for the purchase, Busy (R7).
    """

    def decide(subscriptions: Mapping[int, Subscription], context: Context) -> Decision:
        paid = _paid(platform, merchant_id, purchase_id, tuple(subscriptions))
        return decide_refund(
            subscriptions, paid, request, _numbered(platform, context, merchant_id)
        )

    return change_purchase(platform, merchant_id, purchase_id, decide, name="refund", actor=actor)


def charge_back(
    platform: Platform, merchant_id: int, purchase_id: int, *, terminate: bool, actor: str
) -> Decision:
    """Note that the customer's bank took back what was left of a purchase.

    Raises what `decide_chargeback` raises, NotFound for the purchase, Busy (R7).
    """

    def decide(subscriptions: Mapping[int, Subscription], context: Context) -> Decision:
        paid = _paid(platform, merchant_id, purchase_id, tuple(subscriptions))
        numbered = _numbered(platform, context, merchant_id)
        return decide_chargeback(subscriptions, paid, numbered, terminate=terminate)

    return change_purchase(
        platform, merchant_id, purchase_id, decide, name="chargeback", actor=actor
    )


def settle_refund(
    platform: Platform, merchant_id: int, settlement: RefundSettlement, actor: str
) -> Decision:
    """Record what the gateway answered for a refund; a fact that is never refused.

    Raises Busy when others change the subscriptions again and again; the refund then stays open
    and is asked about later.
    """

    def decide() -> Decision:
        held = platform.store.held_of_purchase(merchant_id, settlement.purchase_id)
        if not held:
            return Decision(changes=())
        subscriptions = {one.subscription.id: one.subscription for one in held}
        return decide_refund_settlement(
            subscriptions,
            settlement,
            time_of(platform, held),
            Parties(held[0].customer, held[0].payment_method),
            _paid(platform, merchant_id, settlement.purchase_id, tuple(subscriptions)),
        )

    return decide_and_save(platform, decide, name="settle", actor=actor, tries=SETTLE_TRIES)


def _numbered(platform: Platform, context: Context, merchant_id: int) -> Context:
    """The context with an id for the reimbursement, in the series of purchases."""
    return replace(context, fresh=fresh_purchase(platform, merchant_id))


def _paid(
    platform: Platform, merchant_id: int, purchase_id: int, numbers: Sequence[int]
) -> PaidPurchase | None:
    """The purchase as the journals tell it: read after the states, so never older than they."""
    return paid_purchase(_lives(platform, merchant_id, numbers), purchase_id)


def _lives(platform: Platform, merchant_id: int, numbers: Sequence[int]) -> Iterator[Change]:
    for number in numbers:
        life = Change(None)
        for entry in platform.store.journal(merchant_id, number):
            life = life.then(decode_event(entry.type, entry.version, entry.payload))
        yield life
