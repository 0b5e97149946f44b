"""Giving money back: never more than is left, and parts make the whole (R10, R11, R14)."""

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.given import (
    ALIGN,
    CAPTURED,
    DECLINED,
    GOLD,
    NOW,
    SEAT,
    UNKNOWN,
    Life,
    context,
    customer,
    paid,
    payment_method,
)
from tollbridge.domain.decision import Change, Context, Decision, Fresh
from tollbridge.domain.facts import Parties, fact_type, tells_fact
from tollbridge.domain.money import Split, TaxKind, split, total
from tollbridge.domain.posting import Account
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.records import Records, records_of
from tollbridge.domain.refunding import (
    PaidLine,
    PaidPurchase,
    RefundRequest,
    RefundSettlement,
    decide_chargeback,
    decide_refund,
    decide_refund_settlement,
    paid_purchase,
    shares_of,
)
from tollbridge.domain.refusal import Invalid, NotAllowed, NotFound, Refusal
from tollbridge.domain.subscription import PaidPart, SubscriptionStatus

PARTIES = Parties(customer(), payment_method())
ALL = RefundRequest()


def line(number: int, gross: int, rate: str = "0.19") -> PaidLine:
    """A line of a gross price."""
    return PaidLine(
        subscription_id=1,
        running_no=number,
        item_running_no=number,
        rate=Decimal(rate),
        amount=split(gross, TaxKind.GROSS, Decimal(rate)),
    )


def given_back(lines: list[PaidLine], shares: dict[int, Split]) -> list[PaidLine]:
    """The lines after a refund."""
    return [
        replace(one, refunded=one.refunded + shares.get(one.running_no, Split())) for one in lines
    ]


THREE = [line(1, 5000), line(2, 3333), line(3, 1667)]  # 100.00


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (ALL, {1: Split(5000, 4202, 798), 2: Split(3333, 2801, 532), 3: Split(1667, 1401, 266)}),
        (RefundRequest(amount=10000), {1: THREE[0].amount, 2: THREE[1].amount, 3: THREE[2].amount}),
        (RefundRequest(lines=(2,)), {2: Split(3333, 2801, 532)}),
        (RefundRequest(lines=(1, 3)), {1: THREE[0].amount, 3: THREE[2].amount}),
        (RefundRequest(amount=1), {1: Split(1, 1, 0), 2: Split(), 3: Split()}),
        (
            RefundRequest(amount=1000),
            {1: Split(500, 420, 80), 2: Split(333, 280, 53), 3: Split(167, 140, 27)},
        ),
    ],
)
def test_what_is_given_back_of_each_line(
    request_: RefundRequest, expected: dict[int, Split]
) -> None:
    """R10: largest remainder; R14: the stored amounts, a part split at the stored rate."""
    assert shares_of(THREE, request_) == expected


@pytest.mark.parametrize(
    ("request_", "refusal", "reason"),
    [
        (RefundRequest(amount=10001), NotAllowed, "refund_too_large"),
        (RefundRequest(amount=0), NotAllowed, "refund_not_positive"),
        (RefundRequest(amount=-5), NotAllowed, "refund_not_positive"),
        (RefundRequest(lines=(4,)), NotFound, "line_unknown"),
        (RefundRequest(lines=()), NotAllowed, "no_items"),
        (RefundRequest(amount=1, lines=()), Invalid, "invalid_value"),
        (RefundRequest(amount=1, lines=(1,)), Invalid, "invalid_value"),
    ],
)
def test_what_cannot_be_given_back(
    request_: RefundRequest, refusal: type[Refusal], reason: str
) -> None:
    """Refused, with its reason."""
    with pytest.raises(refusal) as refused:
        shares_of(THREE, request_)
    assert refused.value.reason == reason


grosses = st.lists(st.integers(0, 10**6), min_size=1, max_size=5).filter(any)
rates = st.sampled_from(["0", "0.07", "0.19", "0.255", "0.081"])


@given(grosses, rates, st.lists(st.integers(1, 400_000), max_size=12))
def test_parts_never_exceed_and_make_the_whole_exactly(
    amounts: list[int], rate: str, wanted: list[int]
) -> None:
    """Whatever the parts, each line goes down to 0 in gross, net and VAT, and never below."""
    lines = [line(number, gross, rate) for number, gross in enumerate(amounts, start=1)]
    captured = total(one.amount for one in lines)
    given = Split()
    for amount in wanted:
        left = total(one.left for one in lines).gross
        if not left:
            break
        shares = shares_of(lines, RefundRequest(amount=min(amount, left)))
        assert total(shares.values()).gross == min(amount, left)
        given += total(shares.values())
        lines = given_back(lines, shares)
        for one in lines:
            left_of = one.left
            assert min(left_of.gross, left_of.net, left_of.vat) >= 0
            assert left_of.gross == left_of.net + left_of.vat
    assert given.gross <= captured.gross
    if total(one.left for one in lines).gross:
        given += total(shares_of(lines, ALL).values())
    assert given == captured


def around(life: Life) -> Context:
    """What surrounds a decision about money that goes back."""
    fresh = Fresh(0, "refund-key")
    return replace(context(now=life.now, fresh=fresh), parties=PARTIES)


def purchase_of(life: Life, purchase_id: int) -> PaidPurchase | None:
    """A purchase as the life's journal tells it."""
    return paid_purchase([replayed(life)], purchase_id)


def replayed(life: Life) -> Change:
    """The whole life as one change."""
    change = Change(None)
    for event in life.events:
        change = change.then(event)
    return change


def begun(life: Life, purchase_id: int, request: RefundRequest = ALL) -> Decision:
    """A refund of a purchase, kept."""
    one = {life.subscription.id: life.subscription}
    decision = decide_refund(one, purchase_of(life, purchase_id), request, around(life))
    life.keep(decision)
    return decision


def settled(life: Life, purchase_id: int, number: int = 1, outcome: object = CAPTURED) -> Decision:
    """The gateway's answer, kept."""
    settlement = RefundSettlement(
        purchase_id=purchase_id,
        refund_no=number,
        outcome=outcome,  # type: ignore[arg-type]
    )
    one = {life.subscription.id: life.subscription}
    decision = decide_refund_settlement(one, settlement, life.now, PARTIES)
    life.keep(decision)
    return decision


def accounts(records: Records, purchase_id: int) -> Counter[Account]:
    """What the accounts hold of a purchase."""
    held: Counter[Account] = Counter()
    for posting in records.postings:
        if posting.purchase_id == purchase_id:
            held[posting.account] += posting.amount
    return held


def status_of(life: Life) -> SubscriptionStatus:
    """The subscription's status now."""
    return life.subscription.status


def first_purchase(life: Life) -> int:
    """The purchase of the sign-up."""
    return records_of([replayed(life)]).purchases[0].id


def test_a_whole_refund_turns_every_posting_round() -> None:
    """R14: nothing stays in any account, the purchase is REF, and nothing is credited (R11)."""
    life = paid((SEAT, 10), (GOLD, 2))
    purchase_id = first_purchase(life)
    begun(life, purchase_id)
    assert not [p for p in records_of([replayed(life)]).postings if p.sequence > 5]
    settled(life, purchase_id)
    records = records_of([replayed(life)])
    assert not any(accounts(records, purchase_id).values())
    assert records.purchase_moves[-1].status is PurchaseStatus.REFUNDED
    assert [(part.gross, part.net) for item in life.subscription.items for part in item.paid] == [
        (0, 0),
        (0, 0),
    ]
    assert life.subscription.status is SubscriptionStatus.ACTIVE
    assert life.subscription.refunds == ()


def test_a_partial_refund_lowers_books_and_credit() -> None:
    """R11: what was given back is not credited again; the purchase stays paid."""
    life = paid((SEAT, 10))
    purchase_id = first_purchase(life)
    begun(life, purchase_id, RefundRequest(amount=2000))
    settled(life, purchase_id)
    records = records_of([replayed(life)])
    held = accounts(records, purchase_id)
    assert (held[Account.CASH], held[Account.RECEIVABLE]) == (3000, 0)
    assert held[Account.CASH] == -held[Account.REVENUE] - held[Account.VAT]
    assert records.purchase_moves[-1].status is PurchaseStatus.PAID
    assert life.subscription.item(1).paid == (PaidPart(3000, 2521, 30, purchase_id),)
    facts = [fact_type(event) for event in life.events if tells_fact(event)]
    assert facts[-1] == "purchase_partially_refunded"
    begun(life, purchase_id)
    settled(life, purchase_id, 2)
    assert not any(accounts(records_of([replayed(life)]), purchase_id).values())
    facts = [fact_type(event) for event in life.events if tells_fact(event)]
    assert facts[-1] == "purchase_refunded"


def test_only_what_the_purchase_paid_is_lowered() -> None:
    """R11: the part of another purchase of the same interval stays."""
    life = paid((SEAT, 10))
    first = first_purchase(life)
    life.wait(days=10)
    life.change_paid(quantity=20, alignment=ALIGN)
    before, after = life.subscription.item(1).paid
    begun(life, first)
    settled(life, first)
    assert life.subscription.item(1).paid == (replace(before, gross=0, net=0), after)


def test_what_an_earlier_interval_cost_lowers_no_credit() -> None:
    """R11: credit is for the running interval."""
    life = paid((SEAT, 10))
    first = first_purchase(life)
    life.wait(days=3)
    life.renew()
    life.settle(CAPTURED)
    paid_now = life.subscription.item(1).paid
    begun(life, first)
    settled(life, first)
    assert life.subscription.item(1).paid == paid_now


def test_a_refund_that_is_declined_moves_nothing() -> None:
    """Books and credit stay; another may be begun, under the next number."""
    life = paid((SEAT, 10))
    purchase_id = first_purchase(life)
    before = life.subscription.items
    begun(life, purchase_id, RefundRequest(terminate=True))
    settled(life, purchase_id, outcome=DECLINED)
    assert life.subscription.items == before
    assert accounts(records_of([replayed(life)]), purchase_id)[Account.CASH] == 5000
    [refund] = records_of(begun(life, purchase_id).changes).refunds
    assert (refund.refund_no, refund.amount) == (2, 5000)


def test_one_refund_at_a_time_and_unknown_is_not_guessed() -> None:
    """While one is not decided no other begins; an answer that comes twice counts once."""
    life = paid((SEAT, 10))
    purchase_id = first_purchase(life)
    begun(life, purchase_id, RefundRequest(amount=100))
    assert not settled(life, purchase_id, outcome=UNKNOWN).changed
    with pytest.raises(NotAllowed) as refused:
        begun(life, purchase_id)
    assert refused.value.reason == "refund_in_progress"
    assert settled(life, purchase_id).changed
    assert not settled(life, purchase_id).changed


def test_nothing_is_left_after_the_whole() -> None:
    """A second refund and a chargeback find nothing."""
    life = paid((SEAT, 10))
    purchase_id = first_purchase(life)
    begun(life, purchase_id)
    settled(life, purchase_id)
    one = {life.subscription.id: life.subscription}
    with pytest.raises(NotAllowed) as refused:
        begun(life, purchase_id)
    assert refused.value.reason == "nothing_to_refund"
    with pytest.raises(NotAllowed):
        decide_chargeback(one, purchase_of(life, purchase_id), around(life), terminate=True)


def test_a_refund_may_end_the_subscription() -> None:
    """Deactivated as a cancellation does it, once the money is back (R19)."""
    life = paid((SEAT, 10), (GOLD, 1))
    purchase_id = first_purchase(life)
    begun(life, purchase_id, RefundRequest(lines=(1,), terminate=True))
    assert status_of(life) is SubscriptionStatus.ACTIVE
    settled(life, purchase_id)
    assert status_of(life) is SubscriptionStatus.DEACTIVATED
    assert life.subscription.end == life.subscription.next_billing


@pytest.mark.parametrize("terminate", [True, False])
def test_a_chargeback_takes_all_that_is_left(*, terminate: bool) -> None:
    """After a partial refund the rest; the purchase is CHB, and may end the subscription."""
    life = paid((SEAT, 10))
    purchase_id = first_purchase(life)
    begun(life, purchase_id, RefundRequest(amount=1234))
    settled(life, purchase_id)
    one = {life.subscription.id: life.subscription}
    life.keep(
        decide_chargeback(one, purchase_of(life, purchase_id), around(life), terminate=terminate)
    )
    records = records_of([replayed(life)])
    assert not any(accounts(records, purchase_id).values())
    assert records.purchase_moves[-1].status is PurchaseStatus.CHARGED_BACK
    ended = life.subscription.status is SubscriptionStatus.DEACTIVATED
    assert ended is terminate


def test_what_is_not_paid_is_not_given_back() -> None:
    """A purchase that was declined, and one that nobody knows."""
    life = paid((SEAT, 10))
    life.change(quantity=20, alignment=ALIGN)
    life.settle(DECLINED)
    for purchase_id in (life.subscription.purchases[0].id, 1):
        with pytest.raises(NotAllowed) as refused:
            begun(life, purchase_id)
        assert refused.value.reason == "purchase_not_paid"


def test_money_without_a_gateway_goes_back_by_hand() -> None:
    """platform.md g: it is settled at once, under the reference that it is known by."""
    life = paid((SEAT, 10))
    known = purchase_of(life, first_purchase(life))
    assert known is not None
    by_hand = replace(known, charge_key="", charge_reference="wire 17")
    one = {life.subscription.id: life.subscription}
    with pytest.raises(NotAllowed) as refused:
        decide_refund(one, by_hand, ALL, around(life))
    assert refused.value.reason == "refund_by_hand"
    decision = decide_refund(one, by_hand, RefundRequest(reference="wire 18"), around(life))
    [result] = records_of(decision.changes).refund_results
    assert result.reference == "wire 18"
    assert result.at >= NOW
