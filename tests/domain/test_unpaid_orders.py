"""Sign-ups that are not paid: what cancelling a part of the order does (R4, R18, R19)."""

from collections import Counter
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from tests.billing import pay
from tests.given import (
    ACTION_REQUIRED,
    CAPTURED,
    DECLINED,
    FIRST_PURCHASE,
    GOLD,
    NOW,
    SEAT,
    STANDARD,
    Life,
    context,
    order,
    ordered,
    sign_up,
)
from tollbridge.domain.cancellation import decide_deactivation
from tollbridge.domain.decision import Change, Decision
from tollbridge.domain.events import PaymentStarted, PurchaseVoided
from tollbridge.domain.payment import Outcome
from tollbridge.domain.posting import Account
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.records import Records, records_of
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.schedule import Interval
from tollbridge.domain.settlement import Settlement, decide_settlement
from tollbridge.domain.subscription import Subscription, SubscriptionStatus

MONTHLY, YEARLY = 7, 8
TRIAL = replace(GOLD, id=50, trial=Interval(days=7))
ACTIVE, DEACTIVATED = SubscriptionStatus.ACTIVE, SubscriptionStatus.DEACTIVATED
CANCELED, PAID = PurchaseStatus.CANCELED, PurchaseStatus.PAID


class Shared:
    """An order of ten seats by the month (50.00) and a year of Standard (99.95): one purchase."""

    def __init__(self, outcome: Outcome = DECLINED) -> None:
        self.changes: list[Change] = []
        self.subscriptions: dict[int, Subscription] = {}
        self._keep(sign_up(order((SEAT, 10), (STANDARD, 1)), ids=(MONTHLY, YEARLY)))
        self.settle(outcome)

    def _keep(self, decision: Decision) -> None:
        self.changes += decision.changes
        self.subscriptions |= {change.after.id: change.after for change in decision.changes}

    def settle(self, outcome: Outcome) -> None:
        """The gateway's answer to the last try."""
        tries = (p.tries for s in self.subscriptions.values() for p in s.purchases)
        settlement = Settlement(
            purchase_id=FIRST_PURCHASE, try_no=max(tries, default=1), outcome=outcome
        )
        self._keep(decide_settlement(self.subscriptions, settlement, NOW))

    def cancel(self, number: int) -> Sequence[Change]:
        """Deactivate a subscription of the order; what that changes."""
        decision = decide_deactivation(
            self.subscriptions[number],
            [1],
            context(),
            allow_reinstate=True,
            generate_mail=False,
            order=[each for each in self.subscriptions.values() if each.id != number],
        )
        self._keep(decision)
        return decision.changes

    def retry(self) -> None:
        """Try once more to take what is owed."""
        self._keep(
            Decision(
                changes=tuple(
                    Change(each).then(
                        PaymentStarted(at=NOW, purchase_id=FIRST_PURCHASE, try_no=2, key="again")
                    )
                    for each in self.subscriptions.values()
                    if each.purchases
                )
            )
        )

    @property
    def records(self) -> Records:
        """Every row that there is."""
        return records_of(self.changes)

    @property
    def status(self) -> PurchaseStatus:
        """What the row of the purchase says."""
        return self.records.purchase_moves[-1].status

    @property
    def owed(self) -> int:
        """What the customer still has to pay by the books."""
        return self.balance(Account.RECEIVABLE)

    def balance(self, account: Account) -> int:
        """The sum of an account."""
        return sum(p.amount for p in self.records.postings if p.account is account)


def test_one_of_two_leaves_the_order() -> None:
    """R19: its part is off the books and free to be claimed; the purchase waits for the other."""
    shared = Shared()
    shared.cancel(MONTHLY)
    assert shared.subscriptions[MONTHLY].status is DEACTIVATED
    assert shared.subscriptions[MONTHLY].purchases == ()
    assert [p.id for p in shared.subscriptions[YEARLY].purchases] == [FIRST_PURCHASE]
    assert shared.status is PurchaseStatus.DECLINED
    assert [claim.subscription_id for claim in shared.records.released] == [MONTHLY]
    assert shared.owed == 9995


def test_the_rest_can_be_paid() -> None:
    """R1, R4: the next try is of the part that is left, and starts the other alone."""
    shared = Shared()
    shared.cancel(MONTHLY)
    shared.retry()
    assert [row.amount for row in shared.records.attempts] == [14995, 9995]
    shared.settle(CAPTURED)
    assert [shared.subscriptions[n].status for n in (MONTHLY, YEARLY)] == [DEACTIVATED, ACTIVE]
    assert (shared.status, shared.owed) == (PAID, 0)
    assert shared.balance(Account.CASH) == 9995


def test_the_last_one_cancels_the_purchase() -> None:
    """R19: nobody owes anything any more."""
    shared = Shared()
    for number in (YEARLY, MONTHLY):
        shared.cancel(number)
    assert (shared.status, shared.owed) == (CANCELED, 0)
    statuses = Counter(move.status for move in shared.records.purchase_moves)
    assert statuses[CANCELED] == 1


def test_it_depends_on_the_others() -> None:
    """R7: they are part of the decision, so that two that leave at once are decided one by one."""
    shared = Shared()
    leaving, staying = shared.cancel(MONTHLY)
    assert (leaving.after.id, staying.after.id, staying.events) == (MONTHLY, YEARLY, ())


@pytest.mark.parametrize(
    ("cancelled", "status", "owed"),
    [((MONTHLY,), PurchaseStatus.DECLINED, 9995), ((MONTHLY, YEARLY), CANCELED, 0)],
)
def test_left_while_the_charge_was_in_flight(
    cancelled: Sequence[int], status: PurchaseStatus, owed: int
) -> None:
    """R7, R19: what is in flight is waited for; declined, the parts of those who left go."""
    shared = Shared(ACTION_REQUIRED)
    for number in cancelled:
        shared.cancel(number)
        assert shared.subscriptions[number].purchases
    shared.settle(DECLINED)
    assert (shared.status, shared.owed) == (status, owed)
    voided = [e for c in shared.changes for e in c.events if isinstance(e, PurchaseVoided)]
    assert [event.shared for event in voided] == [status is not CANCELED] * len(cancelled)


def test_money_that_came_after_all() -> None:
    """R7: captured for the whole order, it is for all, also for who had left by then."""
    shared = Shared(ACTION_REQUIRED)
    shared.cancel(MONTHLY)
    shared.settle(CAPTURED)
    assert [shared.subscriptions[n].status for n in (MONTHLY, YEARLY)] == [DEACTIVATED, ACTIVE]
    assert shared.balance(Account.CASH) == 14995
    assert (shared.status, shared.owed) == (PAID, 0)


@pytest.mark.parametrize("in_flight", [False, True])
def test_one_item_of_an_unpaid_sign_up(*, in_flight: bool) -> None:
    """R18, R19: what is cancelled is charged no more, what is left is, and starts alone."""
    life = ordered((GOLD, 1), (SEAT, 10))
    life.settle(ACTION_REQUIRED if in_flight else DECLINED)
    life.deactivate(1)
    if in_flight:
        assert life.subscription.purchases[0].total.gross == 15000
        life.settle(DECLINED)
    life.wait(days=1)
    pay(life)
    assert [row.amount for row in life.records.attempts] == [15000, 5000]
    assert (life.records.released, balance(life, Account.RECEIVABLE)) == ([], 5000)
    life.settle(CAPTURED)
    gone, begun = life.subscription.items
    assert (gone.paid, gone.end, begun.paid[0].gross) == ((), life.now, 5000)
    assert life.subscription.status is ACTIVE
    assert (balance(life, Account.CASH), balance(life, Account.RECEIVABLE)) == (5000, 0)
    assert life.records.purchase_moves[-1].status is PAID


def test_the_items_one_by_one() -> None:
    """R19: with the last one the purchase is cancelled."""
    life = ordered((GOLD, 1), (SEAT, 10))
    life.settle(DECLINED)
    for running_no in (2, 1):
        life.deactivate(running_no)
    assert life.subscription.status is DEACTIVATED
    assert (life.subscription.purchases, balance(life, Account.RECEIVABLE)) == ((), 0)
    assert [move.status for move in life.records.purchase_moves][-1] is CANCELED
    assert len(life.records.released) == 1


def balance(life: Life, account: Account) -> int:
    """The sum of an account."""
    return sum(p.amount for p in life.records.postings if p.account is account)


def test_what_was_never_paid_is_not_reinstated() -> None:
    """R22: nobody gets an interval for nothing."""
    life = ordered((GOLD, 1))
    life.settle(DECLINED)
    life.deactivate(1)
    with pytest.raises(NotAllowed) as refused:
        life.reinstate(1)
    assert refused.value.reason == "sign_up_unpaid"


@pytest.mark.parametrize("late", [DECLINED, CAPTURED])
def test_cancelled_in_flight(late: Outcome) -> None:
    """R7, R22: it may be reinstated when the payment came after all."""
    life = ordered((GOLD, 1))
    life.settle(ACTION_REQUIRED)
    life.deactivate(1)
    with pytest.raises(NotAllowed, match="never paid"):
        life.reinstate(1)
    life.settle(late)
    if late is CAPTURED:
        life.reinstate(1)
        assert life.subscription.status is ACTIVE
    else:
        assert life.subscription.purchases == ()


def test_a_trial_is_paid_with_nothing() -> None:
    """R16, R22: cancelled in its trial, it may come back."""
    life = ordered((TRIAL, 1), products=[TRIAL])
    life.deactivate(1)
    life.reinstate(1)
    assert life.subscription.status is ACTIVE
