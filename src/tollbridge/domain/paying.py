"""Paying an open purchase when the customer wants to: by link, by API, or by wire (R20, R21)."""

from collections.abc import Mapping

from tollbridge.domain.decision import (
    Change,
    Context,
    Decision,
    require_no_payment_in_progress,
)
from tollbridge.domain.events import PaymentStarted, PurchaseBilled
from tollbridge.domain.purchase import Asker, Purchase, PurchaseStatus
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.settlement import paid_without_charge
from tollbridge.domain.subscription import Subscription

ASKED_TRIES_MAX = 8  # platform.md g, R20


def decide_payment(
    subscriptions: Mapping[int, Subscription], purchase_id: int, context: Context
) -> Decision:
    """Charge an open purchase now, in every subscription that owes it; the outcome is settled.

    Tries by the customer do not use up the retry schedule (R20). A bill that is paid before its
    date comes into the books now (R6). Raises NotAllowed for a purchase that is not open, a payment
    in progress (R7), a way to pay that no gateway knows, and beyond eight tries.
    """
    if context.parties is not None and not context.parties.payment_method.online:
        raise NotAllowed(
            "payment_by_hand",
            "The customer pays by hand: there is nothing that a gateway could be asked for",
            field="PurchaseId",
        )
    return Decision(
        changes=tuple(
            _tried(_payable(subscription, purchase_id, context), purchase_id, context)
            for subscription in _owing(subscriptions, purchase_id)
        ),
        parties=context.parties,
    )


def decide_retry(
    subscriptions: Mapping[int, Subscription], purchase_id: int, context: Context
) -> Decision:
    """Charge a purchase again that was declined (platform.md g: retrypayment).

    Raises what `decide_payment` raises, and NotAllowed for a purchase that was not declined.
    """
    for subscription in _owing(subscriptions, purchase_id):
        purchase = _open(subscription, purchase_id)
        require_no_payment_in_progress(subscription)
        if purchase.status is not PurchaseStatus.DECLINED:
            raise NotAllowed(
                "purchase_not_declined",
                f"Purchase {purchase_id} was not declined: there is nothing to try again",
                field="PurchaseId",
            )
    return decide_payment(subscriptions, purchase_id, context)


def decide_receipt(
    subscriptions: Mapping[int, Subscription], purchase_id: int, reference: str, context: Context
) -> Decision:
    """Note that the money of an open purchase came, by wire or on an invoice (platform.md g).

    `reference` is what it is known by at the bank. Raises NotAllowed for a purchase that is not
    open and a payment in progress (R7).
    """
    changes = []
    for subscription in _owing(subscriptions, purchase_id):
        change = _payable(subscription, purchase_id, context)
        purchase = _open(change.after, purchase_id)
        changes.append(paid_without_charge(change, purchase, context.now, reference))
    return Decision(changes=tuple(changes), parties=context.parties)


def _owing(subscriptions: Mapping[int, Subscription], purchase_id: int) -> list[Subscription]:
    """Those that still owe their part, in order: of an order some may have left (R19)."""
    in_order = [one for _, one in sorted(subscriptions.items())]
    return [one for one in in_order if one.purchase(purchase_id)] or in_order


def _payable(subscription: Subscription, purchase_id: int, context: Context) -> Change:
    """The subscription with the purchase in the books, where it can be paid."""
    purchase = _open(subscription, purchase_id)
    require_no_payment_in_progress(subscription)
    change = Change(subscription)
    if purchase.posted:
        return change
    return change.then(PurchaseBilled(at=context.now, purchase_id=purchase_id))


def _tried(change: Change, purchase_id: int, context: Context) -> Change:
    purchase = _open(change.after, purchase_id)
    if purchase.asked_tries >= ASKED_TRIES_MAX:
        raise NotAllowed(
            "too_many_tries",
            f"The purchase was tried {ASKED_TRIES_MAX} times already",
            field="PurchaseId",
        )
    return change.then(
        PaymentStarted(
            at=context.now,
            purchase_id=purchase_id,
            try_no=purchase.tries + 1,
            key=context.fresh.attempt_key,
            asker=Asker.CUSTOMER,
        )
    )


def _open(subscription: Subscription, purchase_id: int) -> Purchase:
    purchase = subscription.purchase(purchase_id)
    if purchase is None:
        raise NotAllowed(
            "purchase_not_open",
            f"Purchase {purchase_id} is not open: it is paid or cancelled",
            field="PurchaseId",
        )
    return purchase
