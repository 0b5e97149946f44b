"""How far behind each merchant is, and what is not settled: for those who watch the platform."""

from datetime import datetime, timedelta

import msgspec

from tollbridge.domain.delivery import DeliveryState
from tollbridge.domain.stored import OpenMoney
from tollbridge.ports import Platform

MOST = 100_000  # what is due and what waits is counted no further
AT_RISK_AFTER = timedelta(hours=1)  # of wall time
NO_TIME = timedelta(0)


class MerchantState(msgspec.Struct, frozen=True, kw_only=True):
    """What is due and what is open at one moment of wall time.

    `due` counts subscriptions up to MOST; `due_for` is business time since the first was due.
    `waiting` counts notices that active endpoints have yet to take, up to MOST too.
    """

    merchant_id: int
    at: datetime
    due: int
    due_for: timedelta
    waiting: int
    open: tuple[OpenMoney, ...]

    def open_for(self, money: OpenMoney) -> timedelta:
        """For how long the oldest of these attempts has been open."""
        return max(NO_TIME, self.at - money.oldest)


def merchant_states(platform: Platform) -> tuple[MerchantState, ...]:
    """The state of every merchant; each costs four statements that read along an index."""
    store, at = platform.store, platform.wall()
    states = []
    for merchant in store.merchants():
        now = merchant.now(at)
        first = store.earliest_due(merchant.id)
        is_due = first is not None and first <= now
        states.append(
            MerchantState(
                merchant_id=merchant.id,
                at=at,
                due=store.count_due(merchant.id, now, MOST) if is_due else 0,
                due_for=now - first if first is not None and is_due else NO_TIME,
                waiting=store.count_deliveries(merchant.id, DeliveryState.WAITING, MOST),
                open=store.open_money(merchant.id, at - AT_RISK_AFTER),
            )
        )
    return tuple(states)
