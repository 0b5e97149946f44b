"""What tests about due work start from: time that passes, and a diary of what it brought.

life = paid((GOLD, 1), now=day("2024-01-31"), grace_days=0)
run(life, until="2024-03-01", plan=[DECLINED])       # one outcome for each attempt, then captured
assert diary(life.events) == ["2024-02-29 PurchaseOpened PaymentStarted ..."]
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, groupby, repeat

from tests.given import CAPTURED, DECLINED, Life
from tollbridge.domain.due import next_due
from tollbridge.domain.events import Event, PaymentStarted, PurchaseOpened
from tollbridge.domain.paying import decide_payment, decide_receipt
from tollbridge.domain.payment import Outcome
from tollbridge.domain.records import PurchaseRow
from tollbridge.domain.tick import tick

NO_DELAY = timedelta()
STEPS_MAX = 2000  # of one run: more would be work that never ends
ALWAYS_DECLINED: Iterable[Outcome] = repeat(DECLINED)


def day(text: str) -> datetime:
    """Midnight UTC of an ISO date, or the time that it names."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def step(life: Life) -> tuple[Event, ...]:
    """Do the step that is due first, if one is; what it brought. A charge is left under way."""
    known = len(life.events)
    life.keep(tick(life.subscription, life.charging()))
    return tuple(life.events[known:])


def run(
    life: Life,
    *,
    until: datetime | str,
    plan: Iterable[Outcome] = (),
    late: timedelta = NO_DELAY,
) -> list[Event]:
    """Let time pass: every step at its instant, or `late`, and every charge settled at once.

    `plan` holds the outcome of each attempt in turn; after it all are captured. The answer is
    what happened.
    """
    end = day(until) if isinstance(until, str) else until
    outcomes = chain(plan, repeat(CAPTURED))
    known = len(life.events)
    for _ in range(STEPS_MAX):
        due = next_due(life.subscription)
        if due is None or due + late > end:
            life.now = max(life.now, end)
            return life.events[known:]
        life.now = max(life.now, due + late)
        _settle_started(life, step(life), outcomes)
    raise AssertionError(life.subscription)


def _settle_started(life: Life, events: Iterable[Event], outcomes: Iterator[Outcome]) -> None:
    if any(isinstance(event, PaymentStarted) for event in events):
        life.settle(next(outcomes))


def diary(events: Iterable[Event]) -> list[str]:
    """One line for each instant: its date, and the kinds of events in their order."""
    return [
        f"{at:%Y-%m-%d} " + " ".join(type(event).__name__ for event in together)
        for at, together in groupby(events, key=lambda event: event.at)
    ]


def days_of(events: Iterable[Event], kind: type[Event]) -> list[str]:
    """The dates of the events of one kind."""
    return [f"{event.at:%Y-%m-%d}" for event in events if isinstance(event, kind)]


def pay(life: Life, purchase_id: int = 0) -> None:
    """The customer pays by link: the oldest open purchase unless told; it is left under way."""
    subscriptions = {life.subscription.id: life.subscription}
    life.keep(decide_payment(subscriptions, purchase_id or oldest_open(life), life.charging()))


def receive(life: Life, reference: str = "wire-1") -> None:
    """The money for the oldest open purchase came by wire."""
    subscriptions = {life.subscription.id: life.subscription}
    life.keep(decide_receipt(subscriptions, oldest_open(life), reference, life.around))


def oldest_open(life: Life) -> int:
    """The open purchase that came first, 0 when none is open."""
    return min((purchase.id for purchase in life.subscription.purchases), default=0)


def bills(life: Life) -> list[PurchaseRow]:
    """Every purchase that was ever opened, without the sign-up's."""
    return life.records.purchases[1:]


def due_days(life: Life) -> list[str]:
    """The billing date of every bill that came by itself."""
    opened = (event.purchase for event in life.events if isinstance(event, PurchaseOpened))
    return [f"{purchase.due:%Y-%m-%d}" for purchase in opened if purchase.due]


def next_date(life: Life) -> str:
    """The next billing date."""
    return f"{life.subscription.next_billing:%Y-%m-%d}"
