"""Deliveries: claiming what is due and recording what came of it.

Whoever posts the head of a lane has it leased. If the lease ends because the holder is dead or
slow, somebody else posts the same notice again, under the same id. What came of it is recorded
only by who finds the lane as it was claimed: same head, same tries, its row locked. So a head ends
once, and the next one becomes due in the same statement.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from tollbridge.domain.delivery import DeliveryAttempt, DeliveryState, LaneKey
from tollbridge.domain.endpoint import Endpoint, Format
from tollbridge.domain.notification import Notification
from tollbridge.ports import Claimed, Tried
from tollbridge.store.engine import Engine, Row, Writer
from tollbridge.store.errors import TakenError
from tollbridge.store.rows import MICROSECOND, microseconds_or_none, to_instant, to_microseconds
from tollbridge.store.telling import notification
from tollbridge.store.values import instant_or_none

SECOND = 1_000_000  # in microseconds


class Deliveries:
    """The deliveries of a database that are under way."""

    _engine: Engine

    def due_endpoints(self, merchant_id: int, until: datetime, now: datetime) -> tuple[int, ...]:
        """The active endpoints for which something is due at or before `until` and not leased."""
        wanted = {
            "merchant_id": merchant_id,
            "until": to_microseconds(until),
            "now": to_microseconds(now),
        }
        return tuple(sorted(number for (number,) in self._engine.rows("due_endpoints", wanted)))

    def earliest_delivery(self, merchant_id: int) -> datetime | None:
        """When the next delivery of an active endpoint is due, leased or not; None if none is."""
        row = self._engine.row("earliest_delivery", {"merchant_id": merchant_id})
        return None if row is None else instant_or_none(row[0])

    def claim(
        self,
        endpoint: Endpoint,
        until: datetime,
        now: datetime,
        leased_until: datetime,
        most: int,
    ) -> tuple[Claimed, ...]:
        """Heads of the endpoint's lanes that are due at or before `until`, the longest due first.

        Whoever else claims in the same microsecond may have other lanes of the same streams:
        they are left to them.
        """
        place = {
            "merchant_id": endpoint.merchant_id,
            "endpoint_id": endpoint.id,
            "leased_until": to_microseconds(leased_until),
        }
        limits = {
            "until": to_microseconds(until),
            "now": to_microseconds(now),
            "most": most,
        }
        with self._engine.writing() as writer:
            leased = set(writer.rows("claim_lanes", {**place, **limits}))
            more = {
                "streams": self._engine.array([stream for stream, _ in leased]),
                "replays": self._engine.array([replay for _, replay in leased]),
                "format": endpoint.format.value,
            }
            found = writer.rows("claimed", {**place, **more}) if leased else []
            return tuple(
                _claimed(endpoint.merchant_id, endpoint.id, row, leased_until)
                for row in found
                if row[:2] in leased
            )

    def following(self, claimed: Claimed, format_: Format) -> Claimed | None:
        """The delivery that waits behind a claimed one; None when there is none."""
        if not claimed.has_next:
            return None
        notice, lane = claimed.notification, claimed.lane
        wanted = {
            "merchant_id": notice.merchant_id,
            "endpoint_id": lane.endpoint_id,
            "stream": lane.stream,
            "replay": lane.replay,
            "sequence": claimed.sequence + 1,
            "format": format_.value,
        }
        row = self._engine.row("following", wanted)
        if row is None:
            return None
        return _claimed(notice.merchant_id, lane.endpoint_id, row, claimed.leased_until)

    def release(self, claimed: Sequence[Claimed]) -> None:
        """Give back what was claimed and is not posted."""
        in_order = sorted(claimed, key=lambda one: one.lane)
        rows = [
            (*_key(one.notification.merchant_id, one.lane), to_microseconds(one.leased_until))
            for one in in_order
        ]
        with self._engine.writing() as writer:
            writer.write([("release_lanes", rows)])

    def keep_bodies(
        self, merchant_id: int, format_: Format, bodies: Mapping[int, bytes]
    ) -> Mapping[int, bytes]:
        """Store bodies by notification, and give what is stored: who came first is right."""
        rows = [(merchant_id, number, format_.value, bodies[number]) for number in sorted(bodies)]
        try:
            with self._engine.writing() as writer:
                writer.write([("insert_bodies", rows)])
        except TakenError:  # somebody wants the same ones at this moment, which is seldom
            return self._kept_with_others(merchant_id, format_, rows)
        return bodies

    def _kept_with_others(
        self, merchant_id: int, format_: Format, rows: Sequence[Row]
    ) -> Mapping[int, bytes]:
        wanted = {
            "merchant_id": merchant_id,
            "notification_ids": self._engine.array([number for _, number, *_ in rows]),
            "format": format_.value,
        }
        with self._engine.writing() as writer:
            writer.write([("put_bodies", rows)])
            return dict(writer.rows("bodies", wanted))

    def record(self, merchant_id: int, tried: Sequence[Tried]) -> Sequence[bool]:
        """Store what came of claimed deliveries; False for those that are no longer ours."""
        in_order = sorted(tried, key=lambda one: one.claimed.lane)
        with self._engine.writing() as writer:
            lanes = self._locked(writer, merchant_id, in_order)
            ours = list(_ours(in_order, lanes))
            ended = [one for one in ours if one.verdict.state is not DeliveryState.WAITING]
            writer.write(
                [
                    ("move_lanes", [_moved(one, lanes[one.claimed.lane]) for one in ours]),
                    ("end_deliveries", [_ended(one) for one in ended]),
                    ("insert_delivery_attempts", list(_attempt_rows(merchant_id, ours))),
                ]
            )
            gone = {one.claimed.lane.endpoint_id: one.at for one in ours if one.verdict.gone}
            for number, at in gone.items():
                wanted = {"merchant_id": merchant_id, "id": number, "at": to_microseconds(at)}
                writer.change("disable_endpoint", wanted)
        kept = {id(one) for one in ours}
        return [id(one) in kept for one in tried]

    def _locked(
        self, writer: Writer, merchant_id: int, in_order: Sequence[Tried]
    ) -> dict[LaneKey, Row]:
        """Head, last and tries of the lanes, locked in the order of their keys."""
        found = {}
        of_endpoints = groupby(in_order, key=lambda one: one.claimed.lane.endpoint_id)
        for endpoint_id, some in of_endpoints:
            lanes = [one.claimed.lane for one in some]
            wanted = {
                "merchant_id": merchant_id,
                "endpoint_id": endpoint_id,
                "streams": self._engine.array([lane.stream for lane in lanes]),
                "replays": self._engine.array([lane.replay for lane in lanes]),
            }
            for stream, replay, *lane in writer.rows("lock_lanes", wanted):
                found[LaneKey(endpoint_id, stream, replay)] = tuple(lane)
        return found


def _claimed(merchant_id: int, endpoint_id: int, row: Row, leased_until: datetime) -> Claimed:
    stream, replay, sequence, last, tries, due_at, number, kind, subject, at, document, body = row
    notice: Notification = notification(merchant_id, (number, kind, stream, subject, at, document))
    return Claimed(
        lane=LaneKey(endpoint_id, stream, replay),
        sequence=sequence,
        tries=tries,
        due_at=to_instant(due_at),
        leased_until=leased_until,
        has_next=sequence < last,
        notification=notice,
        body=body,
    )


def _ours(in_order: Sequence[Tried], lanes: Mapping[LaneKey, Row]) -> Iterator[Tried]:
    """Those whose lane stands as it did when it was claimed: nobody took it over and is done.

    Of two posts of one claim, which are of one process whose lease had ended, the first counts.
    """
    seen: set[LaneKey] = set()
    for one in in_order:
        claimed = one.claimed
        lane = lanes.get(claimed.lane)
        as_claimed = claimed.sequence, claimed.tries
        if lane is not None and (lane[0], lane[2]) == as_claimed and claimed.lane not in seen:
            seen.add(claimed.lane)
            yield one


def _key(merchant_id: int, lane: LaneKey) -> Row:
    return merchant_id, lane.endpoint_id, lane.stream, lane.replay


def _moved(one: Tried, lane: Row) -> Row:
    """The lane after this: its head waits for the next attempt, or the next one is the head."""
    head, last, _ = lane
    key = _key(one.claimed.notification.merchant_id, one.claimed.lane)
    if one.verdict.state is DeliveryState.WAITING:
        own = (a.number for a in one.attempts if a.sequence == one.claimed.sequence)
        tries = max(own, default=one.claimed.tries)
        return *key, head, tries, microseconds_or_none(one.verdict.due_at)
    return *key, head + 1, 0, to_microseconds(one.at) if head < last else None


def _ended(one: Tried) -> Row:
    key = _key(one.claimed.notification.merchant_id, one.claimed.lane)
    return *key, one.claimed.sequence, one.verdict.state.value, to_microseconds(one.at)


def _attempt_rows(merchant_id: int, tried: Sequence[Tried]) -> Iterator[Row]:
    for one in tried:
        for attempt in one.attempts:
            yield (
                *_key(merchant_id, attempt.lane),
                attempt.sequence,
                attempt.number,
                to_microseconds(attempt.at),
                to_microseconds(attempt.posted_at),
                attempt.status,
                round(attempt.seconds * SECOND),
                attempt.reply,
                attempt.error.replace("\0", ""),  # PostgreSQL has no text with a NUL
                attempt.chaos,
            )


def attempt(row: Row) -> DeliveryAttempt:
    """A post from the columns of statement `attempts_of_notification`."""
    endpoint_id, stream, replay, sequence, number, at, posted_at, status, *rest = row
    microseconds, reply, error, chaos = rest
    return DeliveryAttempt(
        lane=LaneKey(endpoint_id, stream, replay),
        sequence=sequence,
        number=number,
        at=to_instant(at),
        posted_at=to_instant(posted_at),
        status=status,
        seconds=(microseconds * MICROSECOND).total_seconds(),
        reply=reply,
        error=error,
        chaos=chaos,
    )
