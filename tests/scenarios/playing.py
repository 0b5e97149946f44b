"""Playing a story, and writing down what happened in the form of the story."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from tests.scenarios.phrases import phrase, state
from tests.scenarios.stage import Stage
from tests.scenarios.steps import take
from tests.scenarios.story import Line, Story, when
from tollbridge.domain.events import PaymentCaptured, PurchaseRefunded
from tollbridge.domain.facts import tells_fact
from tollbridge.domain.money import total
from tollbridge.domain.outbox import purchase_of
from tollbridge.domain.payment import Result
from tollbridge.domain.refusal import Refusal, known_merchant
from tollbridge.domain.subscription import Subscription
from tollbridge.simulation.laws import broken_by, broken_dues, broken_money

NOTHING = "nothing"


class Told(NamedTuple):
    """One event of a subscription: when, in words, and how it left the subscription."""

    at: datetime
    name: str
    words: str
    after: Subscription


class Play:
    """A story under way; `happened` are its lines so far, as they came out."""

    def __init__(self, stage: Stage, story: Story) -> None:
        self.story = story
        self.happened: list[Line] = []
        self._cast = stage.merchant(story.settings, story.lines[0].instant)
        self._known: dict[str, int] = {}  # how many events of each subscription are told

    def lines(self) -> Iterator[None]:
        """Play line by line: time up to it, then its step."""
        for line in self.story.lines:
            if line.instant > self._cast.now:
                self._wait(line)
            if line.step:
                self._step(line)
            elif self.happened[-1].at != line.at:
                self.happened.append(Line(line.at, "", NOTHING))
            yield
        self._wait(self.story.lines[-1])  # for what the last step has made due

    def broken(self) -> list[str]:
        """What is not as it must be: doctor, the laws of the simulation, the gateway's book."""
        cast = self._cast
        platform = cast.platform
        merchant = known_merchant(platform.store.merchant(cast.merchant_id), cast.merchant_id)
        found = [
            *broken_dues(platform, merchant, cast.now),
            *broken_money(platform, merchant, settled=False),
            *(
                one
                for number in cast.numbers.values()
                for one in broken_by(platform, merchant, number)
            ),
        ]
        booked, captured = self._booked(), self._captured()
        if booked != captured:
            return [*map(str, found), f"the book has {booked}, captured were {captured}"]
        return [str(one) for one in found]

    def _wait(self, line: Line) -> None:
        """Let time pass, and tell what it brought."""
        self._cast.wait(line.instant)
        self._tell(self._news())

    def _step(self, line: Line) -> None:
        refused = ""
        try:
            take(self._cast, line)
        except Refusal as refusal:
            refused = f"refused ({refusal.reason})"
        told = self._news()
        if refused or not told:
            name = line.step.rpartition(": ")[0]
            standing = state(self._cast.subscription(name))
            outcome = _outcome(self._named(name), refused or NOTHING, standing)
            self.happened.append(Line(line.at, line.step, outcome))
        self._tell(told, line.step)

    def _tell(self, news: list[Told], step: str = "") -> None:
        """A line for each subscription and instant; the first one bears the step."""
        for (at, name), together in groupby(news, key=lambda told: (told.at, told.name)):
            events = list(together)
            words = ", ".join(told.words for told in events if told.words)
            outcome = _outcome(self._named(name), words, state(events[-1].after))
            self.happened.append(Line(when(at), step, outcome))
            step = ""

    def _named(self, name: str) -> str:
        return f"{name}: " if len(self._cast.numbers) > 1 or name else ""

    def _news(self) -> list[Told]:
        """What happened since it was asked last, by time; told to others is marked `*`."""
        news: list[Told] = []
        for name in self._cast.numbers:
            told = list(self._told(name))
            news += told[self._known.get(name, 0) :]
            self._known[name] = len(told)
        return sorted(news, key=lambda one: one.at)

    def _told(self, name: str) -> Iterator[Told]:
        change = self._cast.journal(name)
        number = self._cast.numbers[name]
        facts = iter(self._cast.platform.store.facts(self._cast.merchant_id, number))
        before = None
        for event, after in zip(change.events, change.states, strict=True):
            words = phrase(before, event)
            if tells_fact(event):
                fact = next(facts)
                assert fact.at == event.at, f"the outbox tells {fact.type} at {fact.at}"
                words += "*"
            yield Told(event.at, name, words, after)
            before = after

    def _booked(self) -> Mapping[int, int]:
        """What the gateway took and did not give back, by purchase."""
        taken: Counter[int] = Counter()
        for entry in self._cast.platform.gateway.book(self._cast.merchant_id):
            if entry.outcome.result is Result.CAPTURED:
                sign = -1 if entry.charge_key else 1
                taken[entry.purchase_id] += sign * entry.amount
        return taken

    def _captured(self) -> Mapping[int, int]:
        """What the subscriptions hold for taken by a gateway, less what it gave back."""
        paid: Counter[int] = Counter()
        for name in self._cast.numbers:
            change = self._cast.journal(name)
            for event, before in zip(change.events, (None, *change.states), strict=False):
                if isinstance(event, PaymentCaptured) and event.try_no:
                    purchase = purchase_of(event, before)
                    assert purchase is not None
                    paid[purchase.id] += purchase.total.gross
                elif isinstance(event, PurchaseRefunded):
                    paid[event.purchase_id] -= total(line.amount for line in event.lines).gross
        return paid


def played(stage: Stage, story: Story) -> Play:
    """The story, played to its end."""
    play = Play(stage, story)
    for _ in play.lines():
        pass
    return play


def _outcome(name: str, words: str, standing: str) -> str:
    return f"{name}{words}; {standing}"
