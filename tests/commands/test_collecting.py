"""Payments that fail when nobody waits for them any more (DESIGN.md 5)."""

from collections.abc import Callable
from dataclasses import replace
from threading import Event
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from tests.given import CATALOG, SEAT
from tests.rest.world import CARD, CLOUDIFY, CONTACT, merchant
from tollbridge.commands.sign_up import SignUpRequest, sign_up
from tollbridge.domain.decision import Decision
from tollbridge.domain.sign_up import OrderItem
from tollbridge.flows.collecting import Collector
from tollbridge.ports import Gateway, Platform

SECONDS = 10  # a test that waits longer hangs


class Slow:
    """The gateway behind a line that passes charges on when told to."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.passing = Event()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(self._gateway, name)
        if name == "charge":
            assert self.passing.wait(SECONDS)
        return method


@pytest.fixture
def shop(any_platform: Platform) -> Platform:
    """A platform with a merchant who sells seats, on each engine."""
    any_platform.store.put_merchant(merchant(CLOUDIFY))
    any_platform.store.put_products(CLOUDIFY, CATALOG)
    return any_platform


def bought(platform: Platform) -> Decision:
    """A seat, ordered and not yet paid."""
    request = SignUpRequest(
        items=(OrderItem(product_id=SEAT.id, quantity=1),),
        currency="USD",
        contact=CONTACT,
        card=CARD,
    )
    card = platform.gateway.store_card(CLOUDIFY, CARD)
    return sign_up(platform, merchant(CLOUDIFY), request, card, "test")


def test_a_failure_after_the_wait_is_told(shop: Platform) -> None:
    """Nobody waits: the log has the failure all the same, and the attempt stays open."""
    decision = bought(shop)
    slow = Slow(shop.gateway)
    collector = Collector(replace(shop, gateway=cast("Gateway", slow)), wait_seconds=0.0)
    with capture_logs() as lines:
        collector.collect(decision, "test")
        shop.gateway.close()  # from now on it raises what is no outcome
        slow.passing.set()
        collector.close()
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("payment_slow", "warning"),
        ("payment_not_settled", "error"),
    ]
    assert lines[1]["purchase_ids"] == [change.after.purchases[0].id for change in decision.changes]
    [open_attempt] = shop.store.open_attempts(CLOUDIFY)
    assert open_attempt.purchase_id in lines[1]["purchase_ids"]


def test_a_failure_in_time_is_told_once(shop: Platform) -> None:
    """Somebody waits: one line, and the caller is not disturbed (R1)."""
    decision = bought(shop)
    shop.gateway.close()
    collector = Collector(shop)
    with capture_logs() as lines:
        collector.collect(decision, "test")
        collector.close()
    assert [line["event"] for line in lines] == ["payment_not_settled"]
