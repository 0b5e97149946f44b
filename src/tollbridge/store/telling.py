"""From facts to notifications: what is not told yet, and what is made of it in one transaction.

Why nothing is told twice, left out or told in disorder, whoever is at it: facts of a subscription
become visible in their order, as its row is locked while they are saved. Whoever tells reads
whole streams and, in the transaction that stores the notifications, locks and deletes the very
rows of `untold`. Of two that have read the same fact the second finds it gone and stores nothing;
so a later fact is never told before an earlier one either. The leases of slots only save work.

Why a delivery is neither forgotten nor numbered twice: the row of its lane is locked when it is
added and when a head ends, and knows the last number; the lane's key and the delivery's are
unique besides.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

import msgspec

from tollbridge.domain.delivery import DeliveryState
from tollbridge.domain.facts import Fact
from tollbridge.domain.mail import Mail
from tollbridge.domain.notification import FactKey, Notification
from tollbridge.ports import SLOTS, Told, Untold
from tollbridge.store.engine import Engine, Row, Writer
from tollbridge.store.errors import CommitLostError
from tollbridge.store.mails import mail_row
from tollbridge.store.rows import encode, to_instant, to_microseconds

WAITING = DeliveryState.WAITING.value


class NoticeDocument(msgspec.Struct, frozen=True):
    """What a notification's row holds beside its columns."""

    product_ids: tuple[int, ...]
    facts: tuple[FactKey, ...]


_document = msgspec.json.Decoder(NoticeDocument).decode


class Telling:
    """What of a database's facts is told."""

    _engine: Engine

    def untold_slots(self, merchant_id: int) -> tuple[int, ...]:
        """The slots in which there are facts that are not told yet."""
        found = self._engine.rows("untold_slots", {"merchant_id": merchant_id})
        return tuple(slot for (slot,) in found)

    def untold(self, merchant_id: int, slot: int, above: int, streams: int) -> tuple[Untold, ...]:
        """Whole streams of the slot with untold facts, at most so many, with numbers `above`."""
        wanted = {"merchant_id": merchant_id, "slot": slot, "above": above, "most": streams}
        found = self._engine.rows("untold", wanted)
        return tuple(
            Untold(stream=stream, facts=tuple(fact_of(merchant_id, row) for row in of_stream))
            for stream, of_stream in groupby(found, key=itemgetter(0))
        )

    def tell(
        self,
        merchant_id: int,
        slot: int,
        untold: Sequence[Untold],
        told: Sequence[Told],
        mails: Sequence[Mail] = (),
    ) -> bool:
        """Store what is made of these facts, and that they are told; False when others have."""
        try:
            with self._engine.writing() as writer:
                if not self._tell(writer, merchant_id, slot, untold, told):
                    return False
                writer.write([("insert_mails", [mail_row(one) for one in mails])])
                return True
        except CommitLostError:
            return False  # if it was saved, nobody finds these facts again; else we do

    def _tell(
        self,
        writer: Writer,
        merchant_id: int,
        slot: int,
        untold: Sequence[Untold],
        told: Sequence[Told],
    ) -> bool:
        streams = self._engine.array([one.stream for one in untold])
        wanted = {"merchant_id": merchant_id, "slot": slot, "streams": streams}
        left = set(writer.rows("lock_untold", wanted))
        keys = [(fact.stream, fact.subscription_id, fact.sequence) for fact in _facts(untold)]
        if not left.issuperset(keys):
            return False
        lanes = self._grown(writer, merchant_id, told)
        notifications = [one.notification for one in told]
        writer.write(
            [
                ("delete_untold", [(merchant_id, slot, *key) for key in keys]),
                ("insert_notifications", [_notification_row(one) for one in notifications]),
                ("insert_notification_facts", list(_fact_rows(notifications))),
                ("insert_deliveries", list(_delivery_rows(told, lanes))),
            ]
        )
        return True

    def _grown(
        self, writer: Writer, merchant_id: int, told: Sequence[Told]
    ) -> dict[tuple[int, int], int]:
        """Make room in the lanes, in the order of their keys; the last number of each before."""
        added: Counter[tuple[int, int]] = Counter()
        due: dict[tuple[int, int], int] = {}
        for one in told:
            for endpoint_id in one.endpoint_ids:
                lane = endpoint_id, one.notification.stream
                added[lane] += 1
                due.setdefault(lane, to_microseconds(one.notification.at))
        lanes = sorted(added)
        writer.write(
            [("grow_lanes", [(merchant_id, *lane, added[lane], due[lane]) for lane in lanes])]
        )
        before = {}
        for endpoint_id, of_endpoint in groupby(lanes, key=itemgetter(0)):
            streams = self._engine.array([stream for _, stream in of_endpoint])
            wanted = {"merchant_id": merchant_id, "endpoint_id": endpoint_id, "streams": streams}
            for stream, last in writer.rows("lasts_of_lanes", wanted):
                before[endpoint_id, stream] = last - added[endpoint_id, stream]
        return before

    def telling_state(
        self, merchant_id: int, stream: int, subscription_id: int
    ) -> tuple[Mapping[int, tuple[str, ...]], tuple[int, ...]]:
        """Of a subscription's facts: the types of what was made of them, and which are untold."""
        own = {"merchant_id": merchant_id, "subscription_id": subscription_id}
        place = {"slot": stream % SLOTS, "stream": stream}
        with self._engine.reading() as reader:
            made = reader.rows("told_facts", own)
            untold = reader.rows("untold_facts", {**own, **place})
        types: dict[int, tuple[str, ...]] = defaultdict(tuple)
        for sequence, kind in made:
            types[sequence] += (kind,)
        return dict(types), tuple(sequence for (sequence,) in untold)


def notification(merchant_id: int, row: Row) -> Notification:
    """A notification from the columns of statement `notifications`."""
    number, kind, stream, subject, at, document = row
    more = _document(document)
    return Notification(
        merchant_id=merchant_id,
        id=number,
        type=kind,
        stream=stream,
        subject=subject,
        at=to_instant(at),
        product_ids=more.product_ids,
        facts=more.facts,
    )


def fact_of(merchant_id: int, row: Row) -> Fact:
    """A fact from the columns of statement `untold`."""
    stream, subscription_id, sequence, kind, subject, at, frozen = row
    return Fact(
        merchant_id=merchant_id,
        subscription_id=subscription_id,
        stream=stream,
        sequence=sequence,
        type=kind,
        subject=subject,
        at=to_instant(at),
        frozen=frozen,
    )


def _facts(untold: Sequence[Untold]) -> Iterator[Fact]:
    for one in untold:
        yield from one.facts


def _notification_row(one: Notification) -> Row:
    document = encode(NoticeDocument(one.product_ids, one.facts))
    at = to_microseconds(one.at)
    return one.merchant_id, one.id, one.type, one.stream, one.subject, at, document


def _fact_rows(notifications: Sequence[Notification]) -> Iterator[Row]:
    for one in notifications:
        for fact in one.facts:
            yield one.merchant_id, fact.subscription_id, fact.sequence, one.id


def _delivery_rows(told: Sequence[Told], lanes: dict[tuple[int, int], int]) -> Iterator[Row]:
    """The deliveries, numbered on in the order in which they are told."""
    for one in told:
        notice = one.notification
        for endpoint_id in one.endpoint_ids:
            lanes[endpoint_id, notice.stream] += 1
            sequence = lanes[endpoint_id, notice.stream]
            yield (
                notice.merchant_id,
                endpoint_id,
                notice.stream,
                0,
                sequence,
                notice.id,
                WAITING,
            )
