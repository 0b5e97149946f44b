"""Renewing on request (subscription-api.md 2.10, 2.15; V10, V13; R1, R3 to R7, R12, R16 to R18)."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from msgspec.structs import replace

from tests.given import (
    ALIGN,
    CAPTURED,
    DATA_40,
    DATA_80,
    DECLINED,
    EXTEND,
    FREE,
    GOLD,
    PREMIUM,
    SEAT,
    SECOND,
    STANDARD,
    UNKNOWN,
    Life,
    Wanted,
    awaiting,
    own_price,
    paid,
    product,
)
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.item_change import Renewal
from tollbridge.domain.money import ZERO, Split
from tollbridge.domain.purchase import Purpose
from tollbridge.domain.refusal import Kind, NotAllowed, NotFound, Refusal
from tollbridge.domain.schedule import Interval
from tollbridge.domain.subscription import ItemStatus, SubscriptionStatus

KEEP, RESET = Renewal(), Renewal(reset=True)
YEARLY_80 = product(60, "80", every="P1Y")


def day(year: int, month: int, number: int) -> datetime:
    """Midnight UTC."""
    return datetime(year, month, number, tzinfo=UTC)


def half_a_month() -> Life:
    """Data 80, with 15 of 30 days left."""
    life = paid((DATA_80, 1))
    life.wait(days=15)
    return life


def refused_for(life: Life) -> str:
    """Why a renewal is refused; nothing is changed."""
    before = life.subscription
    with pytest.raises(NotAllowed) as refused:
        life.renew()
    assert life.subscription is before
    return refused.value.reason


def test_v10_a_year_renewed_early() -> None:
    """V10: from 2016-05-15, renewed on 2017-03-15: 80.00 now, next billed on 2018-05-15."""
    life = paid((YEARLY_80, 1), now=day(2016, 5, 15), products=(YEARLY_80,))
    life.now = day(2017, 3, 15)
    prices = life.renew()
    assert (prices.alignment, prices.next_billing.gross) == (ZERO, 8000)
    (purchase,) = life.subscription.purchases
    assert (purchase.purpose, purchase.interval_no, purchase.total.gross) == (
        Purpose.RENEWAL,
        1,
        8000,
    )
    assert life.subscription.next_billing == day(2017, 5, 15)  # R1: not before the money
    life.settle(CAPTURED)
    assert life.subscription.next_billing == day(2018, 5, 15)
    assert (life.subscription.last_interval_no, life.subscription.last_billing_interval_no) == (
        1,
        1,
    )


def test_v10_an_upgrade_with_immediate_renewal() -> None:
    """V10: upgraded and renewed on 2017-03-15: the new 19.95 now, next billed on 2018-05-15."""
    upgrade = product(61, "19.95", every="P1Y")
    life = paid((YEARLY_80, 1), now=day(2016, 5, 15), products=(YEARLY_80, upgrade))
    life.now = day(2017, 3, 15)
    prices = life.change(product_id=61, renewal=KEEP)
    assert (prices.alignment, prices.next_billing.gross) == (ZERO, 1995)
    assert life.subscription.purchases[0].total.gross == 1995
    life.settle(CAPTURED)
    assert life.subscription.next_billing == day(2018, 5, 15)
    assert life.subscription.items[0].in_force.product_id == 61


@pytest.mark.parametrize(("amount", "gross"), [("80", 8000), ("75", 7500)])
def test_v13_a_month_that_starts_again(amount: str, gross: int) -> None:
    """V13: from 2020-01-01, reset on 2020-01-15: 80.00 or 75.00 now, billed on 2020-02-15."""
    life = paid((DATA_80, 1), now=day(2020, 1, 1))
    life.now = day(2020, 1, 15)
    life.change(customer_price=own_price(amount), renewal=RESET)
    assert life.subscription.purchases[0].total.gross == gross
    life.settle(CAPTURED)
    assert life.subscription.next_billing == day(2020, 2, 15)
    assert life.subscription.running.start == day(2020, 1, 15)


def test_v13_by_renewsubscription() -> None:
    """V13: ResetBillingInterval of renewsubscription does the same."""
    life = paid((DATA_80, 1), now=day(2020, 1, 1))
    life.now = day(2020, 1, 15)
    life.renew(reset=True)
    life.settle(CAPTURED)
    assert life.subscription.next_billing == day(2020, 2, 15)


@pytest.mark.parametrize("reset", [False, True])
def test_a_preview_is_the_same_decision(*, reset: bool) -> None:
    """DESIGN 3: nine prices, none of them charged by an alignment, and nothing is kept."""
    life = half_a_month()
    before = life.subscription
    preview = life.preview(more=1, renewal=Renewal(reset=reset))
    assert (life.subscription, preview.alignment) == (before, ZERO)
    assert life.change(more=1, renewal=Renewal(reset=reset)) == preview
    assert preview.next_billing == preview.next_renewal == Split(16000, 13445, 2555)


def test_every_item_is_billed_with_its_latest_terms() -> None:
    """R3: what waited for the next bill is on it, and in force with its capture."""
    life = paid((DATA_80, 1), (SEAT, 10), (GOLD, 1))
    life.wait(days=15)
    life.change(running_no=2, quantity=12)
    life.deactivate(3)
    life.renew()
    assert [line.amount.gross for line in life.subscription.purchases[0].lines] == [8000, 6000]
    life.settle(CAPTURED)
    data, seats, gold = life.subscription.items
    assert (data.last_interval_no, seats.in_force.quantity, gold.last_interval_no) == (1, 12, 0)


@pytest.mark.parametrize(
    ("renewal", "billed_next"), [(KEEP, day(2021, 3, 1)), (RESET, day(2021, 2, 11))]
)
def test_from_months_to_years(renewal: Renewal, billed_next: datetime) -> None:
    """R9, R12: a single item may go over to years, from the billing date or from now."""
    life = paid((DATA_80, 1), now=day(2020, 2, 1))
    life.now = day(2020, 2, 11)
    prices = life.change(product_id=STANDARD.id, renewal=renewal)
    assert prices.next_billing.gross == 9995
    assert life.subscription.interval == Interval(1)
    life.settle(CAPTURED)
    assert (life.subscription.interval, life.subscription.next_billing) == (
        Interval(12),
        billed_next,
    )
    assert life.subscription.running.end == billed_next


def test_only_a_single_item_changes_its_interval() -> None:
    """R12: not beside another one, not even with a renewal."""
    life = paid((DATA_80, 1), (GOLD, 1))
    with pytest.raises(NotAllowed) as refused:
        life.change(product_id=STANDARD.id, renewal=KEEP)
    assert refused.value.reason == "interval_differs"


def test_a_renewal_keeps_the_anchor() -> None:
    """R5: 31 January, renewed in February: 31 March, as if it had been billed on time."""
    life = paid((DATA_80, 1), now=day(2026, 1, 31))
    life.now = day(2026, 2, 10)
    assert life.subscription.next_billing == day(2026, 2, 28)
    anchor = life.subscription.anchor
    life.renew()
    life.settle(CAPTURED)
    assert (life.subscription.anchor, life.subscription.next_billing) == (anchor, day(2026, 3, 31))


def test_a_moved_date_is_renewed_from_there() -> None:
    """R5: the interval is added to the date as it was moved."""
    life = half_a_month()
    life.move_billing_date(day(2026, 7, 31))
    life.renew()
    life.settle(CAPTURED)
    assert life.subscription.next_billing == day(2026, 8, 31)


def test_once_per_interval() -> None:
    """subscription-api.md 2.10, R4: the renewed interval must have begun before the next time."""
    life = half_a_month()
    start = life.subscription.next_billing
    life.renew()
    life.settle(CAPTURED)
    assert refused_for(life) == "outside_interval"
    life.now = start - SECOND
    assert refused_for(life) == "outside_interval"
    with pytest.raises(NotAllowed):
        life.change(more=1, renewal=RESET)
    life.now = start
    life.renew()
    life.settle(CAPTURED)
    assert life.subscription.last_interval_no == 2


def test_a_reset_interval_can_be_reset_again() -> None:
    """V13: each reset begins an interval, and the rest of the former is lost."""
    life = half_a_month()
    for number in (1, 2):
        life.wait(days=1)
        life.renew(reset=True)
        life.settle(CAPTURED)
        assert life.subscription.last_interval_no == number
    assert len([row for row in life.records.purchases if row.amount.gross == 8000]) == 3


@pytest.mark.parametrize(
    ("early", "possible"), [(timedelta(days=30), True), (timedelta(0), True), (-SECOND, False)]
)
def test_only_within_the_running_interval(early: timedelta, *, possible: bool) -> None:
    """subscription-api.md 2.10: from its start to the next billing date, both included."""
    life = paid((DATA_80, 1))
    life.now = life.subscription.next_billing - early
    if possible:
        life.renew()
        assert life.subscription.payment_in_progress
    else:
        assert refused_for(life) == "outside_interval"


@pytest.mark.parametrize("status", [s for s in SubscriptionStatus if s.name != "ACTIVE"])
def test_a_renewal_needs_an_active_subscription(status: SubscriptionStatus) -> None:
    """R18: 402 in every other status, by either call."""
    life = half_a_month()
    life.subscription = replace(life.subscription, status=status)
    assert refused_for(life) == "subscription_not_active"
    with pytest.raises(NotAllowed) as refused:
        life.change(more=1, renewal=KEEP)
    assert refused.value.reason == "subscription_not_active"


def test_model_one_renews_while_it_waits() -> None:
    """R21: Deactivated / AwaitingReinstate stays, and the interval is paid."""
    life = awaiting((DATA_80, 1), (SEAT, 10))
    life.wait(days=15)
    date = life.subscription.next_billing
    assert life.renew().next_billing.gross == 13000
    life.settle(CAPTURED)
    assert life.subscription.status is SubscriptionStatus.DEACTIVATED
    assert {item.status for item in life.subscription.items} == {ItemStatus.AWAITING_REINSTATE}
    assert [item.last_interval_no for item in life.subscription.items] == [1, 1]
    assert life.subscription.next_billing > date
    with pytest.raises(NotAllowed):
        life.change(more=1, renewal=KEEP)  # R18: the exception is for renewsubscription


def test_model_one_does_not_renew_what_was_cancelled() -> None:
    """R19, R21: with nothing that waits there is nothing to renew, and nothing for free."""
    life = awaiting((DATA_80, 1))
    life.reinstate(1)
    life.deactivate(1)
    assert refused_for(life) == "subscription_not_active"


def test_a_payment_in_progress_is_waited_for() -> None:
    """R7: sent, unknown or with the customer: no second charge."""
    life = half_a_month()
    life.renew()
    assert refused_for(life) == "payment_in_progress"
    life.settle(UNKNOWN)
    assert refused_for(life) == "payment_in_progress"


def test_a_declined_renewal_can_be_asked_for_again() -> None:
    """R1, R4, R6: nothing moved; the claim of the interval goes over to the new purchase."""
    life = half_a_month()
    date = life.subscription.next_billing
    life.renew()
    declined = life.opened_last
    life.settle(DECLINED)
    assert (life.subscription.next_billing, life.subscription.last_interval_no) == (date, 0)
    assert life.subscription.status is SubscriptionStatus.ACTIVE
    life.renew(reset=True)
    (purchase,) = life.subscription.purchases
    (released,) = life.records.released
    assert (released.purchase_id, purchase.id) == (declined, life.opened_last)
    assert replace(released, purchase_id=purchase.id) == life.records.claims[-1]
    life.settle(CAPTURED)
    assert life.subscription.last_interval_no == 1


@pytest.mark.parametrize("with_change", [False, True])
def test_a_renewal_of_nothing_needs_no_gateway(*, with_change: bool) -> None:
    """R16: the interval is paid and advances; no attempt is made."""
    life = paid((FREE, 1))
    life.wait(days=15)
    date = life.subscription.next_billing
    if with_change:
        life.change(more=1, renewal=KEEP)
    else:
        life.renew()
    assert life.subscription.purchases == ()
    assert life.subscription.last_interval_no == 1
    assert life.subscription.next_billing > date
    assert life.records.attempts == []
    assert len(life.records.purchases) == 2


@pytest.mark.parametrize("alignment", [ALIGN, EXTEND])
def test_no_renewal_with_alignment(alignment: Alignment) -> None:
    """R12: 402, but what is unknown is 404 first (R17)."""
    life = half_a_month()
    with pytest.raises(NotAllowed) as refused:
        life.preview(more=1, alignment=alignment, renewal=KEEP)
    assert (refused.value.reason, refused.value.field) == (
        "renewal_with_alignment",
        "TriggerImmediateRenewal",
    )
    for unknown in ({"product_id": 999}, {"running_no": 9}):
        with pytest.raises(NotFound):
            life.preview(alignment=alignment, renewal=KEEP, **unknown)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "kind"),
    [
        ({"quantity": 0}, Kind.NOT_ALLOWED),
        ({"customer_price": own_price("1", currency="EUR")}, Kind.NOT_ALLOWED),
        ({"product_id": 999}, Kind.NOT_FOUND),
    ],
)
def test_a_refused_change_renews_nothing(wanted: Wanted, kind: Kind) -> None:
    """R17: neither the change nor the renewal happens."""
    life = half_a_month()
    before = life.subscription
    asked: Wanted = {**wanted, "renewal": KEEP}
    with pytest.raises(Refusal) as refused:
        life.change(**asked)
    assert refused.value.kind is kind
    assert life.subscription is before


def test_a_renewal_that_is_refused_changes_nothing() -> None:
    """R17: the item's new version is not kept either."""
    life = half_a_month()
    life.renew()
    life.settle(CAPTURED)
    before = life.subscription
    with pytest.raises(NotAllowed) as refused:
        life.change(product_id=DATA_40.id, renewal=KEEP)
    assert refused.value.reason == "outside_interval"
    assert life.subscription is before


def test_the_new_interval_is_credited_later() -> None:
    """R11: after a reset the month counts as paid in full, the former one not at all."""
    life = half_a_month()
    life.renew(reset=True)
    life.settle(CAPTURED)
    life.wait(days=14)
    days = (life.subscription.next_billing - life.now).days
    expected = round(Fraction(7000 * days, 30))
    assert (
        life.preview(customer_price=own_price("150"), alignment=ALIGN).alignment.gross == expected
    )


def test_two_years_are_renewed_one_by_one() -> None:
    """R1: each renewal brings one interval and no more."""
    life = paid((PREMIUM, 1), now=day(2020, 2, 29))
    for year in (2021, 2022, 2023, 2024):
        life.now = life.subscription.next_billing
        life.renew()
        life.settle(CAPTURED)
        assert life.subscription.last_interval_no == year - 2020
    assert life.subscription.next_billing == day(2025, 2, 28)
    assert life.subscription.running.start == day(2024, 2, 29)


def test_what_is_paid_ahead_is_not_aligned() -> None:
    """R11, R12: proration knows one interval, so nobody loses or gains one that is paid ahead."""
    life = paid((SEAT, 10))
    life.wait(days=1)
    life.renew()
    life.settle(CAPTURED)
    for alignment in (ALIGN, EXTEND):
        with pytest.raises(NotAllowed) as refused:
            life.preview(quantity=20, alignment=alignment)
        assert refused.value.reason == "interval_paid_ahead"
    assert life.change(quantity=20).next_billing.gross == 10000
    life.now = life.subscription.running.start
    assert life.preview(quantity=30, alignment=ALIGN).alignment.gross == 10000
