"""The accepted commands once more, in the order of the journal, by the pure domain alone."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from tests.simulation.asking import Ask
from tollbridge.domain.catalog import Product
from tollbridge.domain.decision import Context, Decision, Fresh
from tollbridge.domain.events import Event, PaymentStarted, PurchaseOpened, decode_event
from tollbridge.domain.evolve import evolve
from tollbridge.domain.subscription import Subscription
from tollbridge.domain.tax import TaxTable
from tollbridge.ports import JournalEntry
from tollbridge.rest.item_calls import prices_answer
from tollbridge.rest.serving import answered


class Accepted(NamedTuple):
    """A call that was answered with 200, and the bytes of the answer."""

    ask: Ask
    body: bytes


Done = Mapping[int, tuple[Event, ...]]  # what a command did, by subscription


@dataclass
class Replay:
    """Everything that happened: `accepted` by command id; the rest only set the stage."""

    accepted: Mapping[str, Accepted]
    country: str
    tax: TaxTable
    products: Mapping[int, Product]
    subscriptions: dict[int, Subscription] = field(default_factory=dict)
    replayed: set[str] = field(default_factory=set)
    prices_compared: int = 0

    def of_journals(self, journals: Iterable[Sequence[JournalEntry]]) -> None:
        """Replay what these journals tell; each answer and each event must come out again.

        A command of several subscriptions has its turn when it is the next one of each of them.
        """
        queues: dict[int, deque[tuple[str, tuple[Event, ...]]]] = {}
        owners: dict[str, list[int]] = defaultdict(list)
        for entries in journals:
            number = entries[0].subscription_id
            queues[number] = deque()
            for command_id, rows in groupby(entries, lambda entry: entry.command_id):
                events = tuple(decode_event(row.type, row.version, row.payload) for row in rows)
                queues[number].append((command_id, events))
                owners[command_id].append(number)
        waiting = deque(queues)
        while waiting:
            number = waiting.popleft()
            while queues[number]:
                command_id, _ = queues[number][0]
                if any(queues[each][0][0] != command_id for each in owners[command_id]):
                    waiting.append(number)
                    break
                done = {each: queues[each].popleft()[1] for each in owners[command_id]}
                self._step(command_id, done)

    def _step(self, command_id: str, done: Done) -> None:
        accepted = self.accepted.get(command_id)
        if accepted is None or accepted.ask.decide is None:
            for number, events in done.items():
                for event in events:
                    before = self.subscriptions.get(number)
                    self.subscriptions[number] = evolve(before, event)
            return
        decision = accepted.ask.decide(self.subscriptions, self._around(done))
        changed = [change for change in decision.changes if change.events]
        assert {change.after.id: change.events for change in changed} == done, accepted.ask
        self._compare(decision, accepted)
        self.subscriptions |= {change.after.id: change.after for change in changed}
        self.replayed.add(command_id)

    def _around(self, done: Done) -> Context:
        """What surrounded the decision: its time, and the id and key that it used up."""
        events = [event for each in done.values() for event in each]
        opened = [event.purchase.id for event in events if isinstance(event, PurchaseOpened)]
        keys = [event.key for event in events if isinstance(event, PaymentStarted)]
        return Context(
            now=events[0].at,
            country=self.country,
            tax=self.tax,
            products=self.products,
            fresh=Fresh(opened[0] if opened else 0, keys[0] if keys else ""),
        )

    def _compare(self, decision: Decision, accepted: Accepted) -> None:
        """A price answer is the same byte for byte."""
        if decision.prices is None or b"PriceCurrencyId" not in accepted.body:
            return
        assert answered(prices_answer(decision.prices)).body == accepted.body, accepted.ask
        self.prices_compared += 1
