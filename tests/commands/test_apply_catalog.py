"""Applying a catalog file and adding merchants."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tollbridge.commands.add_merchant import add_merchant
from tollbridge.commands.advance_clock import advance_clock
from tollbridge.commands.apply_catalog import apply_catalog
from tollbridge.commands.catalog_file import CatalogFile, parse_catalog
from tollbridge.domain.choices import Choices
from tollbridge.domain.merchant import Mode
from tollbridge.domain.refusal import NotAllowed
from tollbridge.ports import Platform

TEXT = """
[merchant]
id = 864
name = "Cloudify"
mode = "sandbox"
clock = 2026-02-09T15:43:07.20517
country = "DE"
currency = "USD"
management_model = "Two"

[[product]]
id = 1
name = "Seat"
interval = "P1M"
prices = [{ currency = "USD", tax = "gross", amount = "5.00" }]

[[product]]
id = 2
name = "Data"
interval = "P1Y"
prices = [
    { currency = "JPY", tax = "net", amount = "500" },
    { currency = "USD", tax = "gross", amount = "5", tiers = [{ from = 11, amount = "0.00005" }] },
]
"""
LIVE = TEXT.replace("sandbox", "live").replace("clock = 2026-02-09T15:43:07.20517\n", "")


def read(old: str = "", new: str = "", text: str = TEXT) -> CatalogFile:
    """The file with something replaced."""
    assert old in text
    return parse_catalog(text.replace(old, new) if old else text)


def test_choices_about_notifications_are_kept(any_platform: Platform) -> None:
    """They are stored with the merchant, and another file changes them."""
    table = 'management_model = "Two"\n\n[merchant.notifications]\ntest_orders = true\n'
    apply_catalog(any_platform, read('management_model = "Two"\n', table))
    merchant = any_platform.store.merchant(864)
    assert merchant is not None
    assert merchant.notices == Choices(test_orders=True)
    assert apply_catalog(any_platform, read()).merchant == "changed"
    merchant = any_platform.store.merchant(864)
    assert merchant is not None
    assert merchant.notices == Choices()


def test_the_first_time_everything_is_made(any_platform: Platform) -> None:
    """The merchant begins at the file's clock, with a link key of its own."""
    file = read()
    applied = apply_catalog(any_platform, file)
    assert (applied.merchant, applied.added) == ("created", (1, 2))
    assert (applied.changed, applied.unchanged) == ((), ())
    merchant = any_platform.store.merchant(864)
    assert merchant is not None
    assert merchant.clock == datetime(2026, 2, 9, 15, 43, 7, 205170, tzinfo=UTC)
    assert len(merchant.link_key) >= 20
    assert any_platform.store.catalog(864) == file.products


def test_the_second_time_nothing_changes(any_platform: Platform) -> None:
    """Merchant, link key and products stay byte for byte what they are."""
    apply_catalog(any_platform, read())
    before = any_platform.store.merchant(864), any_platform.store.catalog(864)
    applied = apply_catalog(any_platform, read())
    assert (applied.merchant, applied.added, applied.changed) == ("unchanged", (), ())
    assert applied.unchanged == (1, 2)
    assert (any_platform.store.merchant(864), any_platform.store.catalog(864)) == before


def test_a_clock_is_never_set_back(platform: Platform) -> None:
    """R23: a sandbox clock moves by command only; the file's counts at creation."""
    apply_catalog(platform, read())
    later = advance_clock(platform, 864, to=datetime(2027, 1, 1, tzinfo=UTC))
    assert apply_catalog(platform, read("clock = 2026", "clock = 2030")).merchant == "unchanged"
    merchant = platform.store.merchant(864)
    assert merchant is not None
    assert merchant.clock == later


@pytest.mark.parametrize(("first", "then"), [(TEXT, LIVE), (LIVE, TEXT)])
def test_the_mode_is_fixed(platform: Platform, first: str, then: str) -> None:
    """R23: a turned clock never becomes live, nor the other way; nothing of the file is saved."""
    apply_catalog(platform, parse_catalog(first))
    before = platform.store.merchant(864), platform.store.catalog(864)
    with pytest.raises(NotAllowed, match=r"merchant\.mode: merchant 864 is") as caught:
        apply_catalog(platform, read("Seat", "Chair", then))
    assert caught.value.reason == "mode_fixed"
    assert (platform.store.merchant(864), platform.store.catalog(864)) == before


def test_what_differs_is_saved(any_platform: Platform) -> None:
    """Settings, names and prices follow the file; what it does not name stays."""
    apply_catalog(any_platform, read())
    only_data = TEXT[: TEXT.index("[[product]]")] + TEXT[TEXT.rindex("[[product]]") :]
    changed = only_data.replace('"Cloudify"', '"Cloudier"').replace('"500"', '"510"')
    applied = apply_catalog(any_platform, parse_catalog(changed))
    assert (applied.merchant, applied.changed, applied.unchanged) == ("changed", (2,), ())
    merchant = any_platform.store.merchant(864)
    assert merchant is not None
    assert merchant.name == "Cloudier"
    seat, plan = any_platform.store.catalog(864)
    assert (seat.id, plan.price_in("JPY").tiers[0].amount) == (1, Decimal(510))


@pytest.mark.parametrize(
    "days",
    [
        "reminder_days = 3",
        "offline_reminder_days = 10",
        "grace_days = 0",
        "hold_days = 30",
        "retry_days = [2, 4]",
        "sync_with_payment_date = false",
    ],
)
def test_days_of_a_merchant_are_set(any_platform: Platform, days: str) -> None:
    """R5, R6, R20: at once for a new merchant, and when the file changes; then it is the same."""
    file = read('"Two"\n', f'"Two"\n{days}\n')
    apply_catalog(any_platform, read())
    assert apply_catalog(any_platform, file).merchant == "changed"
    assert apply_catalog(any_platform, file).merchant == "unchanged"
    other = replace(file, merchant=replace(file.merchant, id=865), products=())
    assert apply_catalog(any_platform, other).merchant == "created"
    assert apply_catalog(any_platform, other).merchant == "unchanged"


def test_the_same_amount_written_otherwise_is_no_change(platform: Platform) -> None:
    """5.00 is 5."""
    apply_catalog(platform, read())
    assert apply_catalog(platform, read('"5.00"', '"5"')).unchanged == (1, 2)


def test_a_sandbox_without_clock_begins_now(platform: Platform) -> None:
    """Left out, the clock starts at the moment of creation; a live merchant has none."""
    file = read("clock = 2026-02-09T15:43:07.20517\n")
    apply_catalog(platform, file)
    merchant = platform.store.merchant(864)
    assert merchant is not None
    assert merchant.clock is not None
    assert abs(merchant.clock - platform.wall()) < timedelta(minutes=1)


def test_a_live_merchant_follows_the_system(platform: Platform) -> None:
    """R23: it has no clock of its own."""
    merchant = add_merchant(platform, parse_catalog(LIVE).merchant)
    assert (merchant.mode, merchant.clock) == (Mode.LIVE, None)
    assert platform.store.merchant(864) == merchant


def test_a_merchant_is_added_once(platform: Platform) -> None:
    """The second with the same id is refused, and the first stays as it is."""
    first = add_merchant(platform, read().merchant)
    with pytest.raises(NotAllowed) as caught:
        add_merchant(platform, read('"Cloudify"', '"Other"').merchant)
    assert caught.value.reason == "merchant_exists"
    assert platform.store.merchant(864) == first
