"""The demo: what the samples print is what production commands make (seeds 002 to 004)."""

import dataclasses
import itertools
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tollbridge import bootstrap
from tollbridge.bootstrap import system
from tollbridge.commands.add_credential import matches
from tollbridge.commands.advance_clock import advance_clock
from tollbridge.commands.apply_catalog import apply_catalog
from tollbridge.commands.catalog_file import parse_catalog
from tollbridge.domain.merchant import ManagementModel, Mode
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.subscription import RenewalType, SubscriptionStatus
from tollbridge.flows import demo
from tollbridge.flows.collecting import Collector
from tollbridge.ports import Platform
from tollbridge.queries.doctor import examine

CLOCK = datetime(2026, 2, 9, 15, 43, 7, 205170, tzinfo=UTC)
ALL = (demo.SEATS, demo.EARLY_GOLD, demo.LATE_GOLD, demo.SEVERAL_ITEMS)


def test_the_merchant_and_its_credential(collector: Collector) -> None:
    """Merchant 864 stands at the sample's moment, and cloudify may call it."""
    assert bootstrap.build_demo(collector)
    store = collector.platform.store
    merchant = store.merchant(864)
    assert merchant is not None
    assert (merchant.mode, merchant.clock) == (Mode.SANDBOX, CLOCK)
    credential = store.credential(demo.USERNAME)
    assert credential is not None
    assert credential.merchant_id == 864
    assert matches(credential, demo.SECRET)


def test_the_subscriptions(collector: Collector) -> None:
    """All are paid, active and renew by themselves; all but the sample's are of model Two."""
    bootstrap.build_demo(collector)
    for number in ALL:
        found = collector.platform.store.held(864, number)
        assert found is not None
        subscription = found.subscription
        assert subscription.status is SubscriptionStatus.ACTIVE
        assert subscription.renewal_type is RenewalType.AUTOMATIC
        model = ManagementModel.ONE if number == demo.SEATS else ManagementModel.TWO
        assert subscription.management_model is model
        assert found.customer.country == "DE"
        assert (found.payment_method.type_name, found.payment_method.last_four) == ("Visa", "765T")
    purchase = collector.platform.store.purchase(864, 531157892)
    assert purchase is not None
    assert (purchase.status, purchase.amount.gross) == (PurchaseStatus.PAID, 5000)


def test_the_one_with_a_past(collector: Collector) -> None:
    """R5: S67645948 began in January, and its billing date was moved by a change in the journal."""
    bootstrap.build_demo(collector)
    found = collector.platform.store.held(864, demo.EARLY_GOLD)
    assert found is not None
    assert found.subscription.start == datetime(2026, 1, 16, 13, 6, 58, 548190, tzinfo=UTC)
    assert found.subscription.next_billing == datetime(2026, 7, 16, 13, 6, 58, 548190, tzinfo=UTC)
    journal = collector.platform.store.journal(864, demo.EARLY_GOLD)
    assert journal[-1].command == "updatenextbillingdate"
    assert {entry.actor for entry in journal} == {demo.ACTOR}


def test_nothing_is_wrong_with_it(any_collector: Collector) -> None:
    """It was made by the commands that make real ones, so doctor finds nothing."""
    bootstrap.build_demo(any_collector)
    assert list(examine(any_collector.platform)) == []


def test_it_is_made_once(any_collector: Collector) -> None:
    """A demo that was played with is left alone."""
    bootstrap.build_demo(any_collector)
    advance_clock(any_collector.platform, 864, to=datetime(2026, 3, 1, tzinfo=UTC))
    before = _everything(any_collector.platform)
    assert not bootstrap.build_demo(any_collector)
    assert _everything(any_collector.platform) == before


class Stopped(Exception):
    """The program ended here."""


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Killed wherever a key is drawn, the next start settles and makes the rest, nothing twice."""
    place = bootstrap.Place("", tmp_path / "book.db", new=True)
    for keys in itertools.count():
        with bootstrap.opened(place, memory=True) as platform:
            stopped = _make_with(platform, keys)
            unfinished = platform.store.credential(demo.USERNAME) is None
            bootstrap.finish_payments(platform)
            with bootstrap.collecting(platform) as collector:
                assert bootstrap.build_demo(collector) == unfinished
            assert list(examine(platform)) == []
            assert sorted(platform.store.subscription_ids(864)) == sorted(ALL)
            assert sum(1 for _ in platform.gateway.book(864)) == len(ALL)
        if not stopped:
            assert keys > 3 * len(ALL)  # to save, to charge and to settle each
            return


def _make_with(platform: Platform, keys: int) -> bool:
    """Make the demo with so many keys; whether it was stopped for want of another."""
    left = iter(range(keys))
    stops = []

    def new_key() -> str:
        if next(left, None) is None:
            stops.append("no key left")
            raise Stopped
        return system.new_key()

    short = dataclasses.replace(platform, new_key=new_key)
    try:
        with bootstrap.collecting(short) as collector:
            bootstrap.build_demo(collector)
    except (Stopped, NotAllowed):  # refused: a payment that was not settled is in the way (R7)
        assert stops
    return bool(stops)


def test_a_database_with_a_live_merchant_is_refused(collector: Collector) -> None:
    """The demo's password is public: it is never set up beside real customers."""
    text = Path(bootstrap.DEMO_CATALOG).read_text(encoding="utf-8")
    live = text.replace('"sandbox"', '"live"').replace("id = 864", "id = 1", 1)
    without_clock = live.replace("clock = 2026-02-09T15:43:07.20517\n", "")
    apply_catalog(collector.platform, parse_catalog(without_clock))
    with pytest.raises(NotAllowed) as caught:
        bootstrap.build_demo(collector)
    assert caught.value.reason == "live_merchant"
    assert collector.platform.store.merchant(864) is None


def _everything(platform: Platform) -> object:
    store = platform.store
    held = [store.held_with_history(864, number) for number in store.subscription_ids(864)]
    return store.merchants(), store.catalog(864), held
