"""Refunds in the store: begun once, open until settled, and the purchase stays known as paid."""

from datetime import timedelta

from tests.contract.storing import RECORDED, held, paid, save, saved, surroundings
from tests.given import CAPTURED, MERCHANT_ID, NOW
from tollbridge.domain.decision import Change, Decision
from tollbridge.domain.events import decode_event
from tollbridge.domain.facts import Parties
from tollbridge.domain.money import Split
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.refunding import (
    RefundRequest,
    RefundSettlement,
    decide_refund,
    decide_refund_settlement,
    paid_purchase,
)
from tollbridge.ports import Saved, Store

SUBSCRIPTION, PURCHASE = 1001, 2001


def refund(store: Store, request: RefundRequest, key: int = 7) -> Decision:
    """The decision of a refund, made on what the store holds."""
    found = held(store, SUBSCRIPTION)
    life = Change(None)
    for entry in store.journal(MERCHANT_ID, SUBSCRIPTION):
        life = life.then(decode_event(entry.type, entry.version, entry.payload))
    known = {SUBSCRIPTION: found.subscription}
    return decide_refund(
        known, paid_purchase([life], PURCHASE), request, surroundings(found, purchase_id=key)
    )


def settled(store: Store, number: int) -> Decision:
    """The decision of what the gateway answered."""
    found = held(store, SUBSCRIPTION)
    return decide_refund_settlement(
        {SUBSCRIPTION: found.subscription},
        RefundSettlement(purchase_id=PURCHASE, refund_no=number, outcome=CAPTURED),
        NOW,
        Parties(found.customer, found.payment_method),
    )


def test_a_refund_is_open_until_it_is_settled(store: Store) -> None:
    """Found by its age and by its key, with its charge; then with its outcome and its lines."""
    paid(store, 1)
    saved(store, refund(store, RefundRequest(amount=2000, reason="goodwill")))
    [open_one] = store.open_refunds(MERCHANT_ID)
    begun = open_one.begun
    assert (begun.refund_no, begun.amount, begun.reason) == (1, 2000, "goodwill")
    assert (begun.charge_key, begun.charge_reference) == ("key-2001", CAPTURED.reference)
    assert store.open_refunds(MERCHANT_ID, RECORDED) == ()
    assert store.open_refunds(MERCHANT_ID, RECORDED + timedelta(seconds=1)) == (open_one,)
    assert store.open_refunds(MERCHANT_ID + 1) == ()
    assert store.refunds(MERCHANT_ID, ["key-7", "unknown"]) == (open_one,)
    assert store.refunds(MERCHANT_ID + 1, ["key-7"]) == ()  # another merchant's
    assert store.open_refunds(MERCHANT_ID + 1) == ()
    saved(store, settled(store, 1))
    assert store.open_refunds(MERCHANT_ID) == ()
    [done] = store.refunds(MERCHANT_ID, ["key-7"])
    assert (done.result, done.settled_at) == (CAPTURED.result, NOW)
    [line] = store.money_rows(MERCHANT_ID, SUBSCRIPTION).refund_items
    assert line.amount == Split(2000, 1681, 319)


def test_of_two_refunds_begun_at_once_one_is_saved(store: Store) -> None:
    """R4: the second was decided on a state that is no more."""
    paid(store, 1)
    first, second = (refund(store, RefundRequest(amount=5000), key) for key in (7, 8))
    assert list(save(store, first)) == [Saved.SAVED]
    assert list(save(store, second)) == [Saved.CONFLICT]
    assert len(store.open_refunds(MERCHANT_ID)) == 1


def test_it_stays_known_when_a_purchase_was_paid(store: Store) -> None:
    """REF is a later status; the instant of payment is kept."""
    paid(store, 1)
    before = store.purchase(MERCHANT_ID, PURCHASE)
    saved(store, refund(store, RefundRequest()))
    saved(store, settled(store, 1))
    after = store.purchase(MERCHANT_ID, PURCHASE)
    assert before is not None
    assert after is not None
    assert after.status is PurchaseStatus.REFUNDED
    assert after.paid_at == before.paid_at == NOW
