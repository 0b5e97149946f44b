"""The rows that follow from events: claims, postings, versions, attempts, facts (R3, R4)."""

from collections import defaultdict

import pytest

from tests.given import (
    ALIGN,
    CAPTURED,
    DECLINED,
    EXTEND,
    FIRST_PURCHASE,
    GOLD,
    NOW,
    PLATINUM,
    SEAT,
    SUBSCRIPTION_ID,
    Life,
    merchant,
    ordered,
    paid,
)
from tollbridge.domain.events import ItemChanged, PaymentCaptured
from tollbridge.domain.facts import fact_type, subject_of, tells_fact
from tollbridge.domain.merchant import Mode
from tollbridge.domain.money import Split
from tollbridge.domain.posting import Account, Posting
from tollbridge.domain.purchase import Purpose
from tollbridge.domain.records import ClaimRow, records_of
from tollbridge.domain.refusal import NotAllowed


def entries(life: Life) -> dict[int, dict[Account, int]]:
    """The entries of the book by the sequence of the event that caused them."""
    book: dict[int, dict[Account, int]] = defaultdict(dict)
    for posting in life.records.postings:
        book[posting.sequence][posting.account] = posting.amount
    return dict(book)


def claim(purpose: Purpose, interval_no: int, cause: int, purchase_id: int) -> ClaimRow:
    """A claim of the one subscription; billing and other intervals are the same here."""
    return ClaimRow(
        merchant_id=864,
        subscription_id=SUBSCRIPTION_ID,
        purpose=purpose,
        interval_no=interval_no,
        billing_interval_no=interval_no,
        cause=cause,
        purchase_id=purchase_id,
    )


def test_claims_of_each_purpose() -> None:
    """R4: the cause of an alignment is the sequence of its change; an Extend claims interval 1."""
    life = paid((SEAT, 10))
    life.wait(days=15)
    life.change_paid(quantity=11, alignment=ALIGN)
    life.change_paid(quantity=12, alignment=ALIGN)
    life.change_paid(quantity=13, alignment=EXTEND)
    life.change_paid(quantity=14, alignment=ALIGN)
    changed = [n for n, event in enumerate(life.events, 1) if isinstance(event, ItemChanged)]
    assert life.records.claims == [
        claim(Purpose.SIGNUP, 0, 0, FIRST_PURCHASE),
        claim(Purpose.ALIGNMENT, 0, changed[0], FIRST_PURCHASE + 1),
        claim(Purpose.ALIGNMENT, 0, changed[1], FIRST_PURCHASE + 2),
        claim(Purpose.RENEWAL, 1, 0, FIRST_PURCHASE + 3),
        claim(Purpose.ALIGNMENT, 1, changed[3], FIRST_PURCHASE + 4),
    ]


def test_purchase_items_link_versions_to_purchases() -> None:
    """R3: which purchase billed which version of an item for which interval."""
    life = paid((SEAT, 10), (GOLD, 1))
    life.change(quantity=12)
    life.change_paid(running_no=2, product_id=PLATINUM.id, alignment=EXTEND)
    links = [
        (row.purchase_id, row.running_no, row.item_running_no, row.item_version, row.interval_no)
        for row in life.records.purchase_items
    ]
    assert links == [(100, 1, 1, 1, 0), (100, 2, 2, 1, 0), (102, 1, 1, 2, 1), (102, 2, 2, 2, 1)]


def test_the_book_of_a_paid_sign_up() -> None:
    """Receivable against revenue and VAT when opened, cash against receivable when captured."""
    life = paid((SEAT, 10))
    assert entries(life) == {
        2: {Account.RECEIVABLE: 5000, Account.REVENUE: -4202, Account.VAT: -798},
        4: {Account.CASH: 5000, Account.RECEIVABLE: -5000},
    }


def test_the_book_of_a_declined_sign_up() -> None:
    """What is declined stays receivable."""
    life = ordered((SEAT, 10))
    life.settle(DECLINED)
    assert list(entries(life)) == [2]


def test_sides_of_nothing_are_left_out() -> None:
    """A country without tax has no VAT side, and no entry has a side of 0."""
    life = paid((SEAT, 10))
    life.country = "US"
    life.change(quantity=11, alignment=ALIGN)
    opened = life.changes[-1].states[1].revision
    assert entries(life)[opened] == {Account.RECEIVABLE: 500, Account.REVENUE: -500}
    assert all(posting.amount for posting in life.records.postings)


def test_postings_name_their_event() -> None:
    """The sequence, the purchase and the business time of what caused them (R23)."""
    life = ordered((SEAT, 10))
    life.wait(hours=1)
    life.settle(CAPTURED)
    assert life.records.postings[-1] == Posting(
        merchant_id=864,
        subscription_id=SUBSCRIPTION_ID,
        sequence=4,
        account=Account.RECEIVABLE,
        purchase_id=FIRST_PURCHASE,
        amount=-5000,
        currency="USD",
        at=life.now,
    )


def test_attempts_carry_what_the_gateway_is_asked() -> None:
    """DESIGN 5: key, amount, currency and payment method stand before the call."""
    life = paid((SEAT, 10))
    life.wait(days=15)
    life.change(quantity=11, alignment=ALIGN)
    attempt = life.records.attempts[-1]
    assert (attempt.purchase_id, attempt.try_no, attempt.key) == (101, 1, "key-101")
    assert (attempt.amount, attempt.currency, attempt.payment_method_id) == (250, "USD", 1)
    assert attempt.opened_at == life.now
    purchase = life.records.purchases[-1]
    assert (purchase.amount, purchase.opened_at) == (Split(250, 210, 40), life.now)


def test_records_of_a_part_are_a_part_of_the_records() -> None:
    """The store saves change by change, doctor folds all: the rows are the same."""
    life = paid((SEAT, 10))
    life.change_paid(quantity=12, alignment=ALIGN)
    life.change(quantity=13)
    one_by_one = [records_of([change]) for change in life.changes]
    whole = life.records
    for rows in ("purchases", "purchase_items", "claims", "attempts", "attempt_results"):
        assert [row for part in one_by_one for row in getattr(part, rows)] == getattr(whole, rows)
    for rows in ("purchase_moves", "versions", "postings"):
        assert [row for part in one_by_one for row in getattr(part, rows)] == getattr(whole, rows)


def test_facts_are_counted_as_told() -> None:
    """Facts of a subscription are numbered without gaps: captured, changed, moved, declined."""
    life = paid((SEAT, 10))
    life.change_paid(quantity=12, alignment=ALIGN)
    life.move_billing_date(life.now.replace(year=2027))
    told = [event for event in life.events if tells_fact(event)]
    assert [fact_type(event) for event in told] == [
        "purchase_paid",
        "item_changed",
        "purchase_paid",
        "billing_date_moved",
    ]
    assert life.subscription.facts == len(told)


def test_the_subject_of_a_fact() -> None:
    """A purchase when it is about one, else the subscription."""
    captured = PaymentCaptured(at=NOW, purchase_id=101, try_no=1, reference="r")
    assert subject_of(captured, SUBSCRIPTION_ID) == "purchase/101"
    life = paid((SEAT, 1))
    life.change(quantity=2)
    assert subject_of(life.events[-1], SUBSCRIPTION_ID) == f"subscription/{SUBSCRIPTION_ID}"


def test_two_kinds_of_merchant_time() -> None:
    """R23: a sandbox merchant has a clock of its own, a live one the system's."""
    sandbox = merchant()
    wall = NOW.replace(year=2030)
    assert sandbox.now(wall) == sandbox.sandbox_clock() == NOW
    live = type(sandbox)(
        id=1,
        name="Live",
        mode=Mode.LIVE,
        clock=None,
        country="DE",
        currency="EUR",
        management_model=sandbox.management_model,
    )
    assert live.now(wall) == wall
    with pytest.raises(NotAllowed):
        live.sandbox_clock()
