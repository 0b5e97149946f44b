"""What `/metrics` tells: requests, bills and notices of this process, the state of each merchant.

Counting a request is an addition in a dict; prometheus-client is loaded by the first who asks.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from hmac import compare_digest
from itertools import accumulate
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from starlette.types import Scope

from tollbridge.domain.currency import minor_units
from tollbridge.flows.tally import Sent, Tally
from tollbridge.ports import Platform
from tollbridge.queries.merchant_state import MerchantState, merchant_states
from tollbridge.rest.rates import LOOPBACK, peer_of

if TYPE_CHECKING:
    from prometheus_client.core import Metric

PATH = "/metrics"
MEDIA = "text/plain; version=0.0.4; charset=utf-8"
METHODS = frozenset(("GET", "HEAD", "POST", "PUT"))
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)  # seconds

Labels = tuple[str, str, str]  # method, path, status


class Access(NamedTuple):
    """Who may read the metrics: who bears the token; without one, with `local`, this machine."""

    token: str = ""
    local: bool = True

    def allows(self, scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
        """Whether this request may read them."""
        if self.token:
            given = headers.get(b"authorization", b"")
            return compare_digest(given, b"Bearer " + self.token.encode())
        return self.local and peer_of(scope).startswith(LOOPBACK)


class _Durations:
    """How long requests took: how many within each bucket, and the sum of seconds."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0


class Metrics:
    """Counts of one process, and what is stored. A collector as prometheus-client wants one."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._requests: dict[Labels, _Durations] = {}  # touched by the event loop's thread alone
        self._billed = Tally()  # touched by the billing loop's thread alone
        self._sent = Sent()
        self._lock = Lock()  # two loops count what was sent

    def answered(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count a request; `path` is that of the endpoint, empty where there is none."""
        labels = (method if method in METHODS else "other", path or "other", str(status))
        durations = self._requests.get(labels)
        if durations is None:
            durations = self._requests[labels] = _Durations()
        durations.counts[bisect_left(BUCKETS, seconds)] += 1
        durations.seconds += seconds

    def billed(self, tally: Tally) -> None:
        """Count what a batch of the worker came to."""
        self._billed.add(tally)

    def notified(self, sent: Sent) -> None:
        """Count what was told and what posts came to."""
        with self._lock:
            self._sent.add(sent)

    def text(self) -> bytes:
        """Everything in Prometheus' text format. Raises StoreUnavailableError."""
        from prometheus_client import (  # noqa: PLC0415 - loaded by the first who asks
            CollectorRegistry,
            generate_latest,
        )

        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        return generate_latest(registry)

    def describe(self) -> Sequence["Metric"]:
        """Nothing: what there is, is said when it is asked for."""
        return ()

    def collect(self) -> Iterator["Metric"]:
        """All families. Raises StoreUnavailableError."""
        states = merchant_states(self._platform)
        yield self._durations()
        yield from self._counters()
        yield from _due(states)
        yield _waiting(states)
        yield from _open(states)

    def _durations(self) -> "Metric":
        from prometheus_client.core import HistogramMetricFamily  # noqa: PLC0415 - as above

        family = HistogramMetricFamily(
            "tollbridge_request_seconds",
            "Requests by endpoint, method and status, and how long they took.",
            labels=("method", "path", "status"),
        )
        edges = [*map(str, BUCKETS), "+Inf"]
        for labels, durations in list(self._requests.items()):
            sums = accumulate(durations.counts)
            buckets = list(zip(edges, map(float, sums), strict=True))
            family.add_metric(labels, buckets, durations.seconds)
        return family

    def _counters(self) -> Iterator["Metric"]:
        from prometheus_client.core import CounterMetricFamily  # noqa: PLC0415 - as above

        tally, sent = self._billed, self._sent
        for name, text, count in (
            (
                "billing_ticks",
                "Steps that were due and done by the worker of this process.",
                tally.ticks,
            ),
            ("billing_renewals", "Intervals that were paid by them.", tally.renewals),
            ("billing_declines", "Payments that were declined.", tally.declines),
            ("billing_parked", "Subscriptions that failed and were set aside.", tally.parked),
            ("notices_made", "Notifications that were made.", sent.made),
            ("notices_delivered", "Deliveries that an endpoint took.", sent.delivered),
            ("notices_failed", "Deliveries that ended without that.", sent.failed),
            ("notices_retried", "Attempts after which another follows.", sent.again),
        ):
            yield CounterMetricFamily(f"tollbridge_{name}", text, value=count)


def _due(states: Sequence[MerchantState]) -> Iterator["Metric"]:
    from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - as above

    backlog = GaugeMetricFamily(
        "tollbridge_due_subscriptions",
        "Subscriptions whose due time has come (counted up to 100,000).",
        labels=("merchant",),
    )
    age = GaugeMetricFamily(
        "tollbridge_due_oldest_seconds",
        "For how long, in the merchant's time, the first of them has been due.",
        labels=("merchant",),
    )
    for state in states:
        backlog.add_metric([str(state.merchant_id)], state.due)
        age.add_metric([str(state.merchant_id)], state.due_for.total_seconds())
    yield from (backlog, age)


def _waiting(states: Sequence[MerchantState]) -> "Metric":
    from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - as above

    waiting = GaugeMetricFamily(
        "tollbridge_notices_waiting",
        "Notices that active endpoints have yet to take (counted up to 100,000).",
        labels=("merchant",),
    )
    for state in states:
        waiting.add_metric([str(state.merchant_id)], state.waiting)
    return waiting


def _open(states: Sequence[MerchantState]) -> Iterator["Metric"]:
    from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - as above

    labels = ("merchant", "currency")
    attempts = GaugeMetricFamily(
        "tollbridge_open_payments", "Payment attempts that are not settled.", labels=labels
    )
    age = GaugeMetricFamily(
        "tollbridge_open_payments_oldest_seconds",
        "For how long, in wall time, the oldest of them has been open.",
        labels=labels,
    )
    risk = GaugeMetricFamily(
        "tollbridge_money_at_risk",
        "The amount of attempts that have been open for more than an hour, in units of currency.",
        labels=labels,
    )
    for state in states:
        for money in state.open:
            named = [str(state.merchant_id), money.currency]
            attempts.add_metric(named, money.attempts)
            age.add_metric(named, state.open_for(money).total_seconds())
            risk.add_metric(named, money.at_risk / 10 ** minor_units(money.currency))
    yield from (attempts, age, risk)
