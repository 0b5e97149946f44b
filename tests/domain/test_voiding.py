"""Which calls cancel which open purchases, and what becomes of their claims (R2, R4, R6, R7)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.given import (
    ALIGN,
    CAPTURED,
    DECLINED,
    EXTEND,
    GOLD,
    NOW,
    PLATINUM,
    SEAT,
    SUBSCRIPTION_ID,
    UNKNOWN,
    Life,
    paid,
)
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.item_change import Renewal
from tollbridge.domain.posting import Account
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.subscription import RenewalType

Call = Callable[[Life], object]


def joining() -> Life:
    """Another subscription of the customer, billed earlier."""
    return paid((GOLD, 1), now=NOW - timedelta(days=10), subscription_id=SUBSCRIPTION_ID + 1)


CALLS: dict[str, tuple[Call, bool]] = {  # whether the open purchase of the next interval is voided
    "deactivate": (lambda life: life.deactivate(2), True),
    "deactivate for good": (lambda life: life.deactivate(2, final=True, mail=False), True),
    "remove": (lambda life: life.remove(2), True),
    "aligned change": (lambda life: life.change(quantity=2, alignment=ALIGN), True),
    "aligned change of nothing": (lambda life: life.change(alignment=ALIGN), True),
    "extended change": (lambda life: life.change(quantity=2, alignment=EXTEND), True),
    "aligned addition": (lambda life: life.add(SEAT, alignment=ALIGN), True),
    "renewal": (lambda life: life.renew(), True),
    "renewal with a change": (lambda life: life.change(more=1, renewal=Renewal()), True),
    "moved date": (lambda life: life.move_billing_date(life.now + timedelta(days=3)), True),
    "items received": (lambda life: life.merge(joining(), ALIGN), True),
    "items received for the next bill": (lambda life: life.merge(joining(), Alignment()), True),
    "renewal type": (lambda life: life.change_renewal_type(RenewalType.MANUAL), True),
    "same renewal type": (lambda life: life.change_renewal_type(RenewalType.AUTOMATIC), False),
    "change": (lambda life: life.change(quantity=2), False),
    "addition": (lambda life: life.add(SEAT), False),
    "parameters": (lambda life: life.set_parameters({"a": "1"}), False),
}
BY_NAME = pytest.mark.parametrize("name", CALLS)
PASS_IN_FLIGHT = [  # R7: they neither charge nor move the date
    "deactivate",
    "deactivate for good",
    "remove",
    "renewal type",
    "same renewal type",
    "change",
    "addition",
    "parameters",
]


def declined_renewal() -> Life:
    """Gold and ten seats, an early renewal declined after ten days."""
    life = paid((GOLD, 1), (SEAT, 10))
    life.wait(days=10)
    life.renew()
    life.settle(DECLINED)
    return life


@BY_NAME
def test_what_voids_the_next_interval(name: str) -> None:
    """R4, R6: CAN, with its claim released and its postings turned round, or left as it is."""
    call, voids = CALLS[name]
    life = declined_renewal()
    declined = life.opened_last
    call(life)
    assert (life.subscription.purchase(declined) is None) is voids
    assert [row.purchase_id for row in life.records.released] == [declined] * voids
    canceled = [
        move.purchase_id
        for move in life.records.purchase_moves
        if move.status is PurchaseStatus.CANCELED
    ]
    assert canceled == [declined] * voids
    posted = sum(
        p.amount
        for p in life.records.postings
        if p.purchase_id == declined and p.account is Account.RECEIVABLE
    )
    assert posted == (0 if voids else 15000)


@pytest.mark.parametrize("name", PASS_IN_FLIGHT)
def test_nothing_in_flight_is_voided(name: str) -> None:
    """R7: money that may be captured is waited for, whatever is called meanwhile."""
    life = paid((GOLD, 1), (SEAT, 10))
    life.wait(days=10)
    life.renew()
    life.settle(UNKNOWN)
    call, _ = CALLS[name]
    call(life)
    assert [purchase.id for purchase in life.subscription.purchases] == [life.opened_last]
    life.settle(CAPTURED)
    assert life.subscription.last_interval_no == 1


@pytest.mark.parametrize("name", ["renewal", "renewal with a change", "extended change"])
def test_the_claim_of_an_interval_is_retaken(name: str) -> None:
    """R4: the same key, released by the one and taken by the other in one decision."""
    life = declined_renewal()
    call, _ = CALLS[name]
    call(life)
    records = life.records
    assert [replace(claim, purchase_id=0) for claim in records.released] == [
        replace(records.claims[-1], purchase_id=0)
    ]
    assert records.claims[-1].purchase_id == life.opened_last


def declined_difference() -> Life:
    """Platinum instead of Gold with 15 of 30 days left; its 25.00 were declined."""
    life = paid((GOLD, 1), (SEAT, 10))
    life.wait(days=15)
    life.change(product_id=PLATINUM.id, alignment=ALIGN)
    life.settle(DECLINED)
    return life


@pytest.mark.parametrize(
    ("name", "voids"),
    [
        ("aligned change", True),  # charges the difference again
        ("extended change", True),
        ("renewal", True),
        ("aligned addition", False),  # is of another item
        ("items received", False),
        ("moved date", False),
        ("renewal type", False),
        ("deactivate", False),
        ("change", False),
    ],
)
def test_what_voids_a_declined_difference(name: str, *, voids: bool) -> None:
    """R2, R6: whatever charges the item anew; else it stays open for the retries."""
    life = declined_difference()
    declined = life.opened_last
    call, _ = CALLS[name]
    call(life)
    assert (life.subscription.purchase(declined) is None) is voids


def test_a_declined_difference_is_charged_once() -> None:
    """R11: from Gold to Platinum and then to two of them is 100.00, in one purchase."""
    life = declined_difference()
    assert life.change_paid(quantity=2, alignment=ALIGN).alignment.gross == 10000
    cash = sum(p.amount for p in life.records.postings if p.account is Account.CASH)
    assert cash == 15000 + 10000
    assert life.subscription.purchases == ()


def test_a_declined_difference_of_another_item_stays() -> None:
    """R4: two changes are two claims, each with its own purchase."""
    life = declined_difference()
    life.change(running_no=2, more=10, alignment=ALIGN)
    life.settle(DECLINED)
    assert len(life.subscription.purchases) == 2
    life.change_paid(running_no=2, more=10, alignment=ALIGN)
    assert [purchase.items for purchase in life.subscription.purchases] == [{1}]


def test_terms_thaw_with_the_purchase() -> None:
    """R6: what was to come one bill later comes with the next bill after all."""
    life = declined_renewal()
    life.change(quantity=2)
    assert life.subscription.item(1).frozen is not None
    life.change_renewal_type(RenewalType.MANUAL)
    assert life.subscription.item(1).frozen is None
    life.renew()
    assert life.subscription.purchases[0].lines[0].quantity == 2
    life.settle(CAPTURED)
    assert life.subscription.item(1).in_force.quantity == 2
