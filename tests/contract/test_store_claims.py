"""Claims that are released: a voided purchase makes room for another (R4, R6)."""

from msgspec.structs import replace

from tests.contract.storing import (
    changed,
    held,
    paid,
    save,
    saved,
    settled,
    surroundings,
    upgraded,
)
from tests.given import DECLINED, EXTEND, MERCHANT_ID, NOW
from tollbridge.domain.cancellation import decide_removal
from tollbridge.domain.decision import Decision
from tollbridge.domain.events import decode_event
from tollbridge.domain.evolve import fold
from tollbridge.domain.item_change import Renewal
from tollbridge.domain.purchase import PurchaseStatus, Purpose
from tollbridge.domain.renewal import decide_renewal
from tollbridge.ports import Saved, Store


def claimed(store: Store) -> list[tuple[Purpose, int, int]]:
    """What is claimed of subscription 1001: purpose, interval and purchase."""
    claims = store.money_rows(MERCHANT_ID, 1001).claims
    return [(claim.purpose, claim.interval_no, claim.purchase_id) for claim in claims]


def statuses(store: Store) -> dict[int, str]:
    """The status of every purchase of subscription 1001."""
    rows = store.money_rows(MERCHANT_ID, 1001)
    return {purchase.id: purchase.status.value for purchase in rows.purchases}


def declined_extension(store: Store) -> None:
    """A paid subscription whose extension 2011 was declined: it still claims interval 1."""
    paid(store, 1)
    saved(store, changed(store, 1001, alignment=EXTEND, purchase_id=2011))
    saved(store, settled(store, 2011, DECLINED))


def renewed(store: Store, purchase_id: int) -> Decision:
    """The decision to renew subscription 1001 now."""
    found = held(store, 1001)
    return decide_renewal(found.subscription, Renewal(), surroundings(found, purchase_id))


def test_a_voided_purchase_gives_its_claim_back(store: Store) -> None:
    """R4: its row is gone, its status CAN, its postings add up to nothing."""
    paid(store, 1)
    saved(store, upgraded(store, 1001, 2011))
    saved(store, settled(store, 2011, DECLINED))
    assert [purchase_id for _, _, purchase_id in claimed(store)] == [2001, 2011]
    found = held(store, 1001)
    out = decide_removal(found.subscription, 1, surroundings(found), generate_mail=False)
    saved(store, out)
    assert [purchase_id for _, _, purchase_id in claimed(store)] == [2001]
    assert statuses(store) == {2001: "PAY", 2011: "CAN"}
    postings = store.money_rows(MERCHANT_ID, 1001).postings
    accounts = {row.account for row in postings if row.purchase_id == 2011}
    sums = {
        account: sum(
            row.amount for row in postings if (row.purchase_id, row.account) == (2011, account)
        )
        for account in accounts
    }
    assert set(sums.values()) == {0}
    assert len(sums) == 3
    canceled = store.purchase(MERCHANT_ID, 2011)
    assert canceled is not None
    assert (canceled.status, canceled.paid_at) == (PurchaseStatus.CANCELED, None)


def test_one_save_may_void_and_claim_the_same_interval(store: Store) -> None:
    """R4, R6: the renewal takes the place of the declined extension, in one decision."""
    declined_extension(store)
    assert claimed(store) == [(Purpose.SIGNUP, 0, 2001), (Purpose.RENEWAL, 1, 2011)]
    decision = renewed(store, 2012)
    assert save(store, decision) == [Saved.SAVED]
    assert claimed(store) == [(Purpose.SIGNUP, 0, 2001), (Purpose.RENEWAL, 1, 2012)]
    assert statuses(store) == {2001: "PAY", 2011: "CAN", 2012: "NEW"}
    entries = store.journal(MERCHANT_ID, 1001)
    assert fold(decode_event(e.type, e.version, e.payload) for e in entries) == (
        held(store, 1001).subscription
    )


def test_an_interval_can_be_claimed_again_and_again(store: Store) -> None:
    """One purchase after the other is declined and voided; one claim stands at any time."""
    declined_extension(store)
    for purchase_id in (2012, 2013, 2014):
        saved(store, renewed(store, purchase_id))
        saved(store, settled(store, purchase_id, DECLINED))
        assert claimed(store)[1:] == [(Purpose.RENEWAL, 1, purchase_id)]
    saved(store, renewed(store, 2015))
    saved(store, settled(store, 2015))
    assert statuses(store)[2015] == "PAY"
    assert held(store, 1001).subscription.next_billing > NOW


def test_a_claim_of_another_purchase_is_not_released(store: Store) -> None:
    """R4: a program that believes to void a purchase cannot free what another one claims."""
    declined_extension(store)
    believed = held(store, 1001).subscription
    saved(store, renewed(store, 2012))
    saved(store, settled(store, 2012, DECLINED))
    now = held(store, 1001).subscription
    unaware = replace(now, purchases=believed.purchases)
    wrong = decide_renewal(unaware, Renewal(), surroundings(held(store, 1001), 2013))
    assert save(store, wrong) == [Saved.CONFLICT]
    assert claimed(store)[1:] == [(Purpose.RENEWAL, 1, 2012)]
    assert statuses(store) == {2001: "PAY", 2011: "CAN", 2012: "DEC"}
