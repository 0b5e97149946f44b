"""What will happen if nobody interferes: `tick` repeated in memory, every charge captured."""

from collections.abc import Iterator
from datetime import datetime

import msgspec
from msgspec.structs import replace

from tollbridge.domain.decision import Change, Context, Fresh
from tollbridge.domain.due import Step, next_step
from tollbridge.domain.events import Event, PaymentStarted, PurchaseOpened
from tollbridge.domain.payment import Outcome, Result
from tollbridge.domain.purchase import Purchase
from tollbridge.domain.settlement import Settlement, decide_settlement
from tollbridge.domain.subscription import Subscription
from tollbridge.domain.tick import tick

CAPTURED = Outcome(result=Result.CAPTURED, reference="forecast")


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """A step that will be taken: when, its changes, and the bill it opens or charges, if any."""

    at: datetime
    step: Step
    change: Change
    purchase: Purchase | None

    @property
    def events(self) -> tuple[Event, ...]:
        """What it brings."""
        return self.change.events

    @property
    def after(self) -> Subscription:
        """The subscription once it is taken."""
        return self.change.after


def forecast(subscription: Subscription, context: Context) -> Iterator[Foreseen]:
    """The steps that time will bring, each at its own time, in order and without end.

    Ends when nothing is due any more, and before a payment in flight whose outcome is not known.
    """
    purchase_id = -1  # no purchase of today has a negative id
    now = context.now
    while (due := next_step(subscription)) is not None:
        now = max(due.at, now)  # what falls due in the past comes after what was done last
        around = replace(context, now=now, fresh=Fresh(purchase_id, f"forecast-{-purchase_id}"))
        purchase_id -= 1
        [change] = tick(subscription, around).changes
        change = _settled(change, now)
        yield Foreseen(at=now, step=due.step, change=change, purchase=_purchase_of(change))
        subscription = change.after


def _settled(change: Change, now: datetime) -> Change:
    """Every charge that the step began, captured at once."""
    for started in (event for event in change.events if isinstance(event, PaymentStarted)):
        settlement = Settlement(
            purchase_id=started.purchase_id, try_no=started.try_no, outcome=CAPTURED
        )
        decided = decide_settlement({change.after.id: change.after}, settlement, now)
        for event in decided.changes[0].events:
            change = change.then(event)
    return change


def _purchase_of(change: Change) -> Purchase | None:
    """The purchase that the step opened, or the open one that it charged."""
    for event in change.events:
        if isinstance(event, PurchaseOpened):
            return event.purchase
        if isinstance(event, PaymentStarted) and change.before is not None:
            return change.before.purchase(event.purchase_id)
    return None
