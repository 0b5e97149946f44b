"""Every recipe is played, and its notification is there; what never happens is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.noticing import telling
from tollbridge.bootstrap import Place, collecting, migrate, opened
from tollbridge.commands.apply_catalog import apply_catalog
from tollbridge.commands.catalog_file import parse_catalog
from tollbridge.domain.endpoint import Format
from tollbridge.domain.refusal import Invalid, NotAllowed
from tollbridge.flows.collecting import Collector
from tollbridge.flows.documents import kept_bodies
from tollbridge.flows.triggering import NO_CARD_DOES, RECIPES, recipe_of, trigger
from tollbridge.notices import types
from tollbridge.ports import NoticeFilter
from tollbridge.queries.doctor import examine

SHOP = """
[merchant]
id = 864
name = "Cloudify"
mode = "sandbox"
clock = 2026-02-27T15:43:07.20517
country = "DE"
currency = "EUR"
management_model = "One"
reminder_days = 2
grace_days = 10

[[product]]
id = 7
name = "Trial"
interval = "P1M"
trial = "P7D"
prices = [{ currency = "EUR", tax = "gross", amount = "5.00" }]

[[product]]
id = 8
name = "Dollars"
interval = "P1M"
prices = [{ currency = "USD", tax = "gross", amount = "5.00" }]

[[product]]
id = 9
name = "Seat"
interval = "P1M"
prices = [{ currency = "EUR", tax = "gross", amount = "5.00" }]
"""
YEARLY = SHOP.replace("P1M", "P1Y").replace("grace_days = 10", "grace_days = 0")
CHOICE = "[merchant.notifications]\n"


@pytest.fixture(params=["sqlite", "postgres"])
def collector(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Collector]:
    """A platform on each engine."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'platform.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    place = telling(Place(url, tmp_path / "book.db", new=True))
    migrate(place)
    with opened(place) as platform, collecting(platform) as made:
        yield made


def furnish(collector: Collector, kind: str = "", text: str = SHOP) -> None:
    """The merchant, with the choices that a type wants."""
    if kind == types.GRACE_PERIOD:
        text += CHOICE + 'grace = "GracePeriod"\n'
    apply_catalog(collector.platform, parse_catalog(text))


@pytest.mark.parametrize("kind", RECIPES)
def test_it_happens_for_real(collector: Collector, kind: str) -> None:
    """The type is in the store, its document can be made, and nothing is out of order."""
    furnish(collector, kind)
    platform = collector.platform
    triggered = trigger(collector, 864, kind)
    found = platform.store.notifications(864, NoticeFilter(type=kind))
    assert found
    assert set(found) <= set(triggered.notices)
    assert all(
        fact.subscription_id == triggered.subscription_id
        for one in triggered.notices
        for fact in one.facts
    )
    assert list(triggered.notices) == sorted(triggered.notices, key=lambda one: (one.at, one.id))
    merchant = platform.store.merchant(864)
    assert merchant is not None
    assert merchant.clock == triggered.now
    bodies = kept_bodies(platform, merchant, Format.JSON, triggered.notices)
    assert bodies.keys() == {one.id for one in triggered.notices}
    assert list(examine(platform)) == []
    assert platform.store.parked(864) == ()


@pytest.mark.parametrize(
    "kind", [types.REMINDER_CHARGE, types.REMINDER_EXPIRED, types.ON_HOLD, types.SUBSCRIPTION_PAID]
)
def test_with_years_and_without_grace(collector: Collector, kind: str) -> None:
    """The same where intervals are long, and where hold begins at once."""
    furnish(collector, text=YEARLY)
    triggered = trigger(collector, 864, kind)
    assert kind in {one.type for one in triggered.notices}


def test_again_and_again(collector: Collector) -> None:
    """Each time it is a new customer."""
    furnish(collector)
    seen = {trigger(collector, 864, types.PAID).subscription_id for _ in range(3)}
    assert len(seen) == 3
    assert not trigger(collector, 864, types.CANCELED).clock_moved
    assert trigger(collector, 864, types.REMINDER_CHARGE).clock_moved


def test_every_type_is_caused_or_refused() -> None:
    """One table: a type that Tollbridge causes has a recipe, or says why not."""
    assert RECIPES.keys() | NO_CARD_DOES.keys() == set(types.CAUSED)
    for kind in (*(types.TYPES.keys() - RECIPES.keys()), *types.FOREIGN):
        with pytest.raises(NotAllowed) as refused:
            recipe_of(kind)
        assert refused.value.reason == "never_caused"
    with pytest.raises(Invalid):
        recipe_of("PaidOrder")


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (types.ON_GRACE, YEARLY, "grace_days"),
        (types.ON_GRACE, SHOP + CHOICE + 'grace = "GracePeriod"', "merchant.notifications.grace"),
        (types.GRACE_PERIOD, SHOP, "merchant.notifications.grace"),
        (types.SUBSCRIPTION_PAID, SHOP + CHOICE + "subscription_paid = false", "subscription_paid"),
        (types.ERROR, SHOP + CHOICE + "overdue_orders = false", "overdue_orders"),
        (types.REMINDER_CHARGE, SHOP.replace("reminder_days = 2", ""), "reminder_days"),
        (
            types.ON_HOLD,
            SHOP.replace("grace_days = 10", "hold_days = 0"),
            "hold_days",
        ),
        (types.PAID, SHOP.replace("EUR", "GBP", 1), "currency"),
    ],
)
def test_what_a_merchant_cannot_cause(
    collector: Collector, kind: str, text: str, message: str
) -> None:
    """It says what is missing, and nothing has happened."""
    furnish(collector, text=text)
    with pytest.raises(NotAllowed) as refused:
        trigger(collector, 864, kind)
    assert refused.value.reason == "trigger_impossible"
    assert message in refused.value.message
    assert list(collector.platform.store.subscription_ids(864)) == []


def test_a_live_merchant_is_left_alone(collector: Collector) -> None:
    """R23: nothing is rehearsed with real customers."""
    text = SHOP.replace("sandbox", "live").replace("clock = 2026-02-27T15:43:07.20517\n", "")
    furnish(collector, text=text)
    with pytest.raises(NotAllowed) as refused:
        trigger(collector, 864, types.PAID)
    assert refused.value.reason == "merchant_live"


def test_another_card(collector: Collector) -> None:
    """The customer pays with it; where it leads elsewhere, that is said."""
    furnish(collector)
    declined = trigger(collector, 864, types.DECLINED, card="4000000000009995")
    assert [one.type for one in declined.notices] == [types.DECLINED]
    with pytest.raises(NotAllowed) as refused:
        trigger(collector, 864, types.DECLINED, card="4242424242424242")
    assert refused.value.reason == "trigger_failed"
    assert types.PAID in refused.value.message
    with pytest.raises(NotAllowed) as refused:
        trigger(collector, 864, types.PAID, card="4242424242424241")
    assert refused.value.reason == "card_not_a_test_card"
