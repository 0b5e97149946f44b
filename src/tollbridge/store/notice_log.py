"""The log of notifications: lists, one with all that became of it, and sending some again."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from tollbridge.domain.delivery import Delivery, DeliveryAttempt, DeliveryState, LaneKey
from tollbridge.domain.endpoint import Format
from tollbridge.domain.facts import Fact
from tollbridge.domain.notification import FactKey, Notification
from tollbridge.ports import NoticeFilter, NoticeHistory, NoticePlace, StreamState
from tollbridge.store.deliveries import attempt
from tollbridge.store.engine import Engine, Row, Writer
from tollbridge.store.errors import TakenError
from tollbridge.store.rows import Mapped, to_microseconds
from tollbridge.store.telling import WAITING, fact_of, notification
from tollbridge.store.values import instant_or_none

EARLIEST, LATEST = -(2**63), 2**63 - 1  # before and after every instant, and every id
ATTEMPT = 12  # columns of an attempt
REPLAY_TRIES = 5  # of those who send again in the same streams at one moment


class NoticeLog:
    """What was told by a database, and to whom."""

    _engine: Engine

    def notifications(
        self,
        merchant_id: int,
        wanted: NoticeFilter,
        below: NoticePlace | None = None,
        most: int = 100,
    ) -> tuple[Notification, ...]:
        """Notifications by business time, the newest first, from `below` a place on."""
        name, parameters = _asked(wanted)
        page = {
            "merchant_id": merchant_id,
            "at": to_microseconds(below.at) if below else LATEST,
            "below": below.id if below else LATEST,
            "most": most,
        }
        found = self._engine.rows(name, {**parameters, **page})
        return tuple(notification(merchant_id, row) for row in found)

    def facts_of(
        self, merchant_id: int, notifications: Sequence[Notification]
    ) -> tuple[tuple[Fact, ...], ...]:
        """The facts that notifications are made of, with all that is frozen in them; in order."""
        keys = list({key for one in notifications for key in one.facts})
        wanted = {
            "merchant_id": merchant_id,
            "subscription_ids": self._engine.array([key.subscription_id for key in keys]),
            "sequences": self._engine.array([key.sequence for key in keys]),
        }
        found = {
            FactKey(fact.subscription_id, fact.sequence): fact
            for row in self._engine.rows("many_facts", wanted)
            for fact in [fact_of(merchant_id, row)]
        }
        return tuple(tuple(found[key] for key in one.facts) for one in notifications)

    def notice_history(self, merchant_id: int, notification_id: int) -> NoticeHistory | None:
        """A notification and what became of it; None when there is none with this id."""
        key = {"merchant_id": merchant_id, "notification_id": notification_id}
        with self._engine.reading() as reader:
            row = reader.row("notification", {"merchant_id": merchant_id, "id": notification_id})
            if row is None:
                return None
            bodies = reader.rows("bodies_of", key)
            deliveries = reader.rows("deliveries_of", key)
            attempts = reader.rows("attempts_of_notification", key)
        return NoticeHistory(
            notification=notification(merchant_id, row),
            bodies={Format(name): body for name, body in bodies},
            deliveries=tuple(_delivery(notification_id, row) for row in deliveries),
            attempts=tuple(attempt(row) for row in attempts),
        )

    def attempts_to(
        self, merchant_id: int, endpoint_id: int, since: datetime
    ) -> tuple[tuple[DeliveryAttempt, Notification], ...]:
        """What was posted to an endpoint from `since` on (wall time), with what it tells; in order.

        Attempts are stored after they are made, many together: one may appear behind a later one.
        """
        wanted = {
            "merchant_id": merchant_id,
            "endpoint_id": endpoint_id,
            "posted_at": to_microseconds(since),
        }
        found = self._engine.rows("attempts_to", wanted)
        return tuple(
            (attempt(row[:ATTEMPT]), notification(merchant_id, row[ATTEMPT:])) for row in found
        )

    def replay(
        self, merchant_id: int, pairs: Sequence[tuple[Notification, int]], at: datetime
    ) -> None:
        """Send notifications to endpoints (by id) once more, outside the order, due `at`.

        Two who number the replays of a stream at one moment meet at the key of the lane: the
        second does it again.
        """
        for left in reversed(range(REPLAY_TRIES)):
            try:
                with self._engine.writing() as writer:
                    self._replay(writer, merchant_id, pairs, at)
            except TakenError:
                if not left:
                    raise
            else:
                return

    def _replay(
        self,
        writer: Writer,
        merchant_id: int,
        pairs: Sequence[tuple[Notification, int]],
        at: datetime,
    ) -> None:
        numbers = self._replays(writer, merchant_id, pairs)
        ids = self._engine.array({notice.id for notice, _ in pairs})
        wanted = {"merchant_id": merchant_id, "notification_ids": ids}
        first = {(number, to): n for number, to, n in writer.rows("first_sequences", wanted)}
        lanes, deliveries = [], []
        due_at = to_microseconds(at)
        for notice, endpoint_id in sorted(pairs, key=lambda pair: (pair[1], pair[0].stream)):
            numbers[endpoint_id, notice.stream] += 1
            replay = numbers[endpoint_id, notice.stream]
            sequence = first.get((notice.id, endpoint_id), 0)
            lane = merchant_id, endpoint_id, notice.stream, replay
            lanes.append((*lane, sequence, sequence, 0, due_at, 0))
            deliveries.append((*lane, sequence, notice.id, WAITING))
        writer.write([("insert_lanes", lanes), ("insert_deliveries", deliveries)])

    def _replays(
        self, writer: Writer, merchant_id: int, pairs: Sequence[tuple[Notification, int]]
    ) -> dict[tuple[int, int], int]:
        """The highest number of a replay until now, by endpoint and stream."""
        numbers: dict[tuple[int, int], int] = defaultdict(int)
        for endpoint_id in {to for _, to in pairs}:
            streams = self._engine.array({one.stream for one, to in pairs if to == endpoint_id})
            wanted = {"merchant_id": merchant_id, "endpoint_id": endpoint_id, "streams": streams}
            for stream, highest in writer.rows("highest_replays", wanted):
                numbers[endpoint_id, stream] = highest
        return numbers

    def count_deliveries(self, merchant_id: int, state: DeliveryState, most: int) -> int:
        """How many deliveries of active endpoints are in a state other than delivered."""
        wanted = {"merchant_id": merchant_id, "state": state.value, "most": most}
        row = self._engine.row("count_deliveries", wanted)
        return 0 if row is None else int(row[0])

    def stream_states(self, merchant_id: int, stream: int) -> tuple[StreamState, ...]:
        """All lanes of a stream with their deliveries."""
        wanted = {"merchant_id": merchant_id, "stream": stream}
        with self._engine.reading() as reader:
            lanes = reader.rows("lanes_of_stream", wanted)
            deliveries = reader.rows("deliveries_of_stream", wanted)
        found: dict[LaneKey, list[tuple[int, DeliveryState]]] = defaultdict(list)
        for endpoint_id, replay, sequence, state in deliveries:
            key = LaneKey(endpoint_id, stream, replay)
            found[key].append((sequence, DeliveryState(state)))
        states = {
            LaneKey(endpoint_id, stream, replay): (head, last, instant_or_none(due_at))
            for endpoint_id, replay, head, last, due_at in lanes
        }
        return tuple(
            StreamState(
                lane=key,
                head=states[key][0] if key in states else 0,
                last=states[key][1] if key in states else 0,
                due_at=states[key][2] if key in states else None,
                deliveries=tuple(found[key]),
            )
            for key in sorted(states.keys() | found.keys())
        )


def _asked(wanted: NoticeFilter) -> tuple[str, Mapped]:
    """The statement that finds these without looking at many others, and its parameters."""
    state = wanted.state
    parameters = {
        "type": wanted.type,
        "since": to_microseconds(wanted.since) if wanted.since else EARLIEST,
        "until": to_microseconds(wanted.until) if wanted.until else LATEST,
        "state": state.value if state else "",
    }
    if wanted.subscription_id is not None:
        parameters["subscription_id"] = wanted.subscription_id
        return "notifications_of_subscription", parameters
    if state is not None and state is not DeliveryState.DELIVERED:
        return "notifications_in_state", parameters
    return "notifications_of_type" if wanted.type else "notifications", parameters


def _delivery(notification_id: int, row: Row) -> Delivery:
    endpoint_id, stream, replay, sequence, state, ended_at, head, tries, due_at, number = row
    is_head = head == sequence
    return Delivery(
        lane=LaneKey(endpoint_id, stream, replay),
        sequence=sequence,
        notification_id=notification_id,
        state=DeliveryState(state),
        tries=tries if is_head else number or 0,
        due_at=instant_or_none(due_at) if is_head else None,
        ended_at=instant_or_none(ended_at),
    )
