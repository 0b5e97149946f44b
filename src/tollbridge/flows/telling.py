"""From facts to notifications: what has become true is told, in order, to whom wants to know.

The process may die between any two lines: what is not told is found again by whoever leases the
slot next. See `store/telling.py` for why nothing is told twice or in disorder.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import reduce
from typing import NamedTuple

from msgspec.structs import replace

from tollbridge.domain.endpoint import Endpoint
from tollbridge.domain.facts import Fact
from tollbridge.domain.mail import Mail
from tollbridge.domain.mail_causes import mails_told
from tollbridge.domain.merchant import Merchant, Mode
from tollbridge.domain.notification import FactKey, Notification
from tollbridge.domain.outbox import FactInput, read_input
from tollbridge.flows.leases import Leases
from tollbridge.logs import log
from tollbridge.notices.telling import told_once, types_told
from tollbridge.ports import Platform, Series, StoreUnavailableError, Told, Untold

TELLING = 32  # the leases of telling stand beside those of billing
STREAMS = 200  # told in one transaction
SET_ASIDE = timedelta(minutes=1)  # wall time: a stream that cannot be told waits so long (R23)

Group = tuple[Fact, ...]


class Made(NamedTuple):
    """How many notifications and mails were made."""

    notices: int = 0
    mails: int = 0

    def plus(self, other: "Made") -> "Made":
        """Both together."""
        return Made(self.notices + other.notices, self.mails + other.mails)


class Telling:
    """Tells a merchant's facts, a batch of streams at a time: as notifications and as mails.

    A stream that cannot be told keeps no other waiting: it is logged, and tried again later.
    """

    def __init__(self, platform: Platform, merchant_id: int, holder: str) -> None:
        self._platform = platform
        self._merchant_id = merchant_id
        self._leases = Leases(platform, merchant_id, holder)
        self._aside: dict[int, datetime] = {}  # streams, and until when

    def batches(self, stopped: Callable[[], bool] = bool) -> Iterator[Made]:
        """Tell whatever is not told; what each batch made.

        Slots that somebody else has are left to them.
        """
        store = self._platform.store
        for slot in store.untold_slots(self._merchant_id):
            if not stopped() and self._leases.take(TELLING + slot):
                yield from self._of_slot(slot, stopped)

    @property
    def left(self) -> bool:
        """Whether there is something to tell, but for what could not be told a moment ago."""
        store, most = self._platform.store, len(self._aside) + 1
        return any(
            one.stream not in self._aside
            for slot in store.untold_slots(self._merchant_id)
            for one in store.untold(self._merchant_id, slot, -1, most)
        )

    def release(self) -> None:
        """Let others tell."""
        self._leases.release()

    def _of_slot(self, slot: int, stopped: Callable[[], bool]) -> Iterator[Made]:
        """All streams of a slot, from the lowest to the highest, so that each has its turn."""
        above = -1
        while not stopped() and self._leases.take(TELLING + slot):
            found = self._platform.store.untold(self._merchant_id, slot, above, STREAMS)
            if not found:
                break
            above = found[-1].stream
            now = self._platform.wall()
            waiting = {stream for stream, until in self._aside.items() if until > now}
            yield self._tell(slot, [one for one in found if one.stream not in waiting])

    def _tell(self, slot: int, untold: Sequence[Untold]) -> Made:
        """What was made; where a batch cannot be told, stream by stream."""
        if not untold:
            return Made()
        try:
            return self._told(slot, untold)
        except StoreUnavailableError:
            raise
        except Exception:
            if len(untold) > 1:
                return reduce(Made.plus, (self._tell(slot, [one]) for one in untold))
            [one] = untold
            log.exception("facts_not_told", merchant_id=self._merchant_id, stream=one.stream)
            self._aside[one.stream] = self._platform.wall() + SET_ASIDE
            return Made()

    def _told(self, slot: int, untold: Sequence[Untold]) -> Made:
        store = self._platform.store
        merchant = store.merchant(self._merchant_id)
        if merchant is None:
            return Made()
        endpoints = store.endpoints(merchant.id)
        made = [notice for one in untold for notice in notifications_of(merchant, one)]
        ids = store.issue_ids(merchant.id, Series.NOTIFICATION, len(made)) if made else range(0)
        told = [
            Told(notification=notice, endpoint_ids=wanted_by(endpoints, notice))
            for notice in (replace(one, id=number) for one, number in zip(made, ids, strict=True))
        ]
        mails = self._mails(merchant, untold)
        saved = store.tell(merchant.id, slot, untold, told, mails)
        return Made(len(told), len(mails)) if saved else Made()

    def _mails(self, merchant: Merchant, untold: Sequence[Untold]) -> list[Mail]:
        """The mails to customers about the same facts; those of a sandbox stay in its mailbox."""
        platform = self._platform
        kept = merchant.mode is Mode.SANDBOX and not platform.sandbox_mails
        mails = mails_told((fact for one in untold for fact in one.facts), kept=kept)
        if not mails:
            return []
        ids = platform.store.issue_ids(merchant.id, Series.MAIL, len(mails))
        return [replace(one, id=number) for one, number in zip(mails, ids, strict=True)]


def wanted_by(endpoints: Sequence[Endpoint], notice: Notification) -> tuple[int, ...]:
    """The endpoints that are sent a notification, by id."""
    return tuple(one.id for one in endpoints if one.wants(notice.type, notice.product_ids))


def notifications_of(merchant: Merchant, untold: Untold) -> Iterator[Notification]:
    """The notifications that the facts of a stream make, in order; their ids are not issued yet.

    Facts that several subscriptions share make one. Raises ValueError for an event that this
    program does not know.
    """
    for group in in_order(untold.facts):
        inputs = [read_input(fact) for fact in group]
        for kind in types_told(inputs[0], group[0], merchant.notices):
            yield Notification(
                merchant_id=merchant.id,
                id=0,
                type=kind,
                stream=untold.stream,
                subject=group[0].subject,
                at=group[0].at,
                product_ids=tuple(sorted({p for one in inputs for p in products_of(one)})),
                facts=tuple(FactKey(fact.subscription_id, fact.sequence) for fact in group),
            )


def products_of(told: FactInput) -> set[int]:
    """What endpoints choose by: the products of the purchase's lines, else the items'."""
    if told.purchase is not None:
        return {line.product_id for line in told.purchase.lines}
    return {item.latest.product_id for item in told.subscription.items}


def in_order(facts: Sequence[Fact]) -> Iterator[Group]:
    """Facts of one stream in the order in which they are told; what is told once is one group.

    Each subscription's by its own count, those of several by time. A group is told when it is the
    turn of all its facts; they were saved together, so it comes for all of them.
    """
    queues: dict[int, deque[tuple[Fact, object]]] = {}
    members: Counter[object] = Counter()
    for fact in facts:
        key = told_once(fact) or (fact.subscription_id, fact.sequence)
        queues.setdefault(fact.subscription_id, deque()).append((fact, key))
        members[key] += 1
    while queues:
        fronts = sorted(
            (queue[0] for queue in queues.values()),
            key=lambda front: (front[0].at, front[0].subscription_id),
        )
        waiting = Counter(key for _, key in fronts)
        chosen = next((key for _, key in fronts if waiting[key] == members[key]), fronts[0][1])
        group = tuple(fact for fact, key in fronts if key == chosen)
        yield group
        for fact in group:
            queue = queues[fact.subscription_id]
            queue.popleft()
            if not queue:
                del queues[fact.subscription_id]
