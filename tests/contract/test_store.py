"""What the `Store` port promises of merchants, credentials, catalog and ids, on every engine."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.contract.storing import held, parties, save, saved, signed_up
from tests.given import CATALOG, GOLD, MERCHANT_ID, NOW, SEAT, merchant, product
from tollbridge.domain.access import Credential
from tollbridge.domain.merchant import Mode
from tollbridge.ports import Saved, Series, Store
from tollbridge.store.id_blocks import BLOCK, FIRST

OTHER = 865
BEYOND_BIGINT = 2**63
LIVE = replace(merchant(), id=OTHER, mode=Mode.LIVE, clock=None, name="Live", link_key=b"\x00\xff")
CREDENTIAL = Credential(
    merchant_id=MERCHANT_ID, username="cloudify", salt=b"\x00salt", secret_hash=b"\xffhash"
)


def test_a_merchant_comes_back_as_it_was_put(store: Store) -> None:
    """Settings, mode, clock and key; merchants are listed by id."""
    store.put_merchant(LIVE)
    assert store.merchant(MERCHANT_ID) == merchant()
    assert store.merchants() == (merchant(), LIVE)
    assert store.merchant(1) is None


def test_putting_a_merchant_again_changes_settings_alone(store: Store) -> None:
    """R23: mode and clock are fixed at creation; the clock is moved by its own command."""
    store.advance_clock(MERCHANT_ID, NOW + timedelta(days=1))
    renamed = replace(merchant(), name="Renamed", grace_days=3, clock=NOW - timedelta(days=9))
    store.put_merchant(renamed)
    store.put_merchant(replace(renamed, mode=Mode.LIVE, clock=None))
    assert store.merchant(MERCHANT_ID) == replace(renamed, clock=NOW + timedelta(days=1))


def test_a_clock_goes_forward_only(store: Store) -> None:
    """R23: setting it back, or to where it stands, is refused; a live merchant has none."""
    later = NOW + timedelta(microseconds=1)
    assert store.advance_clock(MERCHANT_ID, later)
    assert not store.advance_clock(MERCHANT_ID, later)
    assert not store.advance_clock(MERCHANT_ID, NOW)
    assert store.merchant(MERCHANT_ID) == replace(merchant(), clock=later)
    store.put_merchant(LIVE)
    assert not store.advance_clock(OTHER, later)
    assert not store.advance_clock(1, later)


def test_a_turned_clock_is_seen_with_the_subscription(store: Store) -> None:
    """What was read before does not stand in the way of what is stored now."""
    saved(store, signed_up(1))
    assert held(store, 1001).merchant == merchant()
    store.advance_clock(MERCHANT_ID, NOW + timedelta(days=3))
    assert held(store, 1001).merchant.clock == NOW + timedelta(days=3)
    store.put_merchant(replace(merchant(), name="Renamed"))
    assert held(store, 1001).merchant.name == "Renamed"


def test_a_user_name_is_taken_once_on_the_whole_platform(store: Store) -> None:
    """Whoever comes second gets False, another merchant too."""
    assert store.put_credential(CREDENTIAL)
    assert store.credential("cloudify") == CREDENTIAL
    assert not store.put_credential(replace(CREDENTIAL, secret_hash=b"other"))
    assert not store.put_credential(replace(CREDENTIAL, merchant_id=OTHER))
    assert store.credential("cloudify") == CREDENTIAL
    assert store.credential("Cloudify") is None


def test_products_are_found_by_id(store: Store) -> None:
    """Unknown ids are left out; a merchant sees its own catalog alone."""
    asked = iter([GOLD.id, SEAT.id, 77])
    assert store.products(MERCHANT_ID, asked) == {SEAT.id: SEAT, GOLD.id: GOLD}
    assert store.products(MERCHANT_ID, ()) == {}
    assert store.products(OTHER, [SEAT.id]) == {}
    assert store.catalog(MERCHANT_ID) == tuple(sorted(CATALOG, key=lambda p: p.id))
    assert store.catalog(OTHER) == ()


def test_putting_a_product_again_replaces_it(store: Store) -> None:
    """Prices with many decimals, tiers and several currencies come back exactly."""
    dearer = product(SEAT.id, "5.000000001", also={"JPY": "3921.05"})
    store.put_products(MERCHANT_ID, [dearer])
    store.put_products(MERCHANT_ID, [dearer])
    assert store.products(MERCHANT_ID, [SEAT.id]) == {SEAT.id: dearer}
    assert len(store.catalog(MERCHANT_ID)) == len(CATALOG)
    store.put_products(MERCHANT_ID, [])


def test_a_number_that_no_row_can_have_is_in_no_row(store: Store) -> None:
    """R26: ids from outside may be of any length; the answer is None, not a fault."""
    for number in (BEYOND_BIGINT, 10**30, -(10**30)):
        assert store.held(MERCHANT_ID, number) is None
        assert store.held(number, 1) is None
        assert store.held_with_history(MERCHANT_ID, number) is None
        assert store.held_of_purchase(MERCHANT_ID, number) == ()
        assert store.purchase(MERCHANT_ID, number) is None
        assert store.payment_method(MERCHANT_ID, number) is None
        assert store.journal(MERCHANT_ID, number) == ()
        assert store.products(MERCHANT_ID, [number]) == {}


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x" * 100_000, "'; DROP TABLE merchant --"])
def test_a_text_that_no_row_can_have_is_in_no_row(store: Store, text: str) -> None:
    """R26: user names and keys come from outside."""
    assert store.credential(text) is None
    assert store.attempts(MERCHANT_ID, [text]) == ()
    assert store.merchant(MERCHANT_ID) == merchant()


@pytest.mark.parametrize("series", Series)
def test_ids_begin_where_they_should_and_run_on(store: Store, series: Series) -> None:
    """One at a time or several in a row, never one twice; each merchant counts alone."""
    first = FIRST[series]
    assert store.issue_ids(MERCHANT_ID, series) == range(first, first + 1)
    assert store.issue_ids(MERCHANT_ID, series, 3) == range(first + 1, first + 4)
    assert store.issue_ids(OTHER, series) == range(first, first + 1)


def test_many_ids_are_in_a_row(store: Store) -> None:
    """What is left of a block is given up for a range that is longer."""
    one = store.issue_ids(MERCHANT_ID, Series.PURCHASE)
    many = store.issue_ids(MERCHANT_ID, Series.PURCHASE, 5 * BLOCK)
    after = store.issue_ids(MERCHANT_ID, Series.PURCHASE)
    assert len(many) == 5 * BLOCK
    assert one[-1] < many[0]
    assert many[-1] < after[0]


def test_no_id_is_issued_twice(open_again: Callable[[], Store]) -> None:
    """Two programs and many threads at once; and one that starts anew."""
    stores = [open_again(), open_again()]

    def issue(turn: int) -> list[int]:
        return list(stores[turn % 2].issue_ids(MERCHANT_ID, Series.PURCHASE, 1 + turn % 7))

    with ThreadPoolExecutor(8) as threads:
        issued = [number for ids in threads.map(issue, range(400)) for number in ids]
    issued += open_again().issue_ids(MERCHANT_ID, Series.PURCHASE, 3)
    assert len(issued) == len(set(issued))
    assert min(issued) == FIRST[Series.PURCHASE]


def test_issued_ids_pass_over_those_that_came_from_elsewhere(store: Store) -> None:
    """An import or the demo brings ids of its own, into the middle of what will be issued."""
    brought = FIRST[Series.SUBSCRIPTION] + 41
    saved(store, signed_up(1, ids=(brought,)))
    issued = [store.issue_ids(MERCHANT_ID, Series.SUBSCRIPTION)[0] for _ in range(3 * BLOCK)]
    assert brought not in issued
    assert len(set(issued)) == len(issued)


def test_an_id_brought_into_a_reserved_block_overwrites_nothing(store: Store) -> None:
    """Whoever is saved second has lost, down to customer and card."""
    issued = store.issue_ids(MERCHANT_ID, Series.SUBSCRIPTION, 2)
    first = signed_up(1, ids=issued[:1])
    assert save(store, first) == [Saved.SAVED]
    assert save(store, signed_up(2, ids=issued[:1])) == [Saved.CONFLICT]
    assert held(store, issued[0]).customer == parties(1).customer
    assert store.payment_method(MERCHANT_ID, 4002) is None
