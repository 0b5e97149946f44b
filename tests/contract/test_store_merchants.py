"""Merchants do not meet: what is one's does not exist for another (DESIGN 8)."""

import inspect
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.contract.storing import RECORDED, changed, command, paid, saved, signed_up
from tests.given import GOLD, MERCHANT_ID, SEAT, TAX, merchant
from tollbridge.commands.saving import require_held
from tollbridge.domain.access import Credential
from tollbridge.domain.delivery import DeliveryAttempt, DeliveryState, Verdict
from tollbridge.domain.endpoint import Endpoint, EndpointSecrets
from tollbridge.domain.mail_causes import mails_told
from tollbridge.domain.notification import FactKey, Notification
from tollbridge.domain.promotion import Promotion
from tollbridge.domain.refusal import NotFound
from tollbridge.domain.request import KeptAnswer, KeyedRequest, RequestKey
from tollbridge.domain.stored import MoneyRows
from tollbridge.gateways.simulator import Simulator
from tollbridge.ports import (
    SLOTS,
    CustomerKey,
    MailSearch,
    NoticeFilter,
    Parked,
    Platform,
    Store,
    Told,
    Tried,
)
from tollbridge.queries.past import journal_until
from tollbridge.queries.subscription import read_subscription
from tollbridge.queries.subscriptions import subscriptions_of_customer, subscriptions_of_purchase

OTHER = MERCHANT_ID + 1
FAR = RECORDED + timedelta(days=365)
TOLD, UNTOLD = 2001, 2003  # streams
ANSWER = KeptAnswer(status=200, content_type="application/json", body=b"{}")

Ask = Callable[[Store, int], object]

# Every read of the port that names the merchant, asking for something that MERCHANT_ID has.
READS: dict[str, Ask] = {
    "merchant": lambda store, at: store.merchant(at),
    "credentials": lambda store, at: store.credentials(at),
    "products": lambda store, at: store.products(at, [SEAT.id, GOLD.id]),
    "catalog": lambda store, at: store.catalog(at),
    "promotions": lambda store, at: store.promotions(at),
    "promotion_of_code": lambda store, at: store.promotion_of_code(at, "code"),
    "held": lambda store, at: store.held(at, 1001),
    "held_with_history": lambda store, at: store.held_with_history(at, 1001),
    "held_of_purchase": lambda store, at: store.held_of_purchase(at, 2001),
    "held_of_purchase_with_history": lambda store, at: store.held_of_purchase_with_history(
        at, 2001
    ),
    "held_of_customers": lambda store, at: store.held_of_customers(
        at, CustomerKey(customer_id=3001)
    ),
    "journal": lambda store, at: store.journal(at, 1001),
    "journal_of_command": lambda store, at: store.journal_of_command(at, "the command"),
    "facts": lambda store, at: store.facts(at, 1001),
    "purchase": lambda store, at: store.purchase(at, 2001),
    "due": lambda store, at: store.due(at, 1001 % SLOTS, FAR, 10),
    "count_due": lambda store, at: store.count_due(at, FAR, 10),
    "earliest_due": lambda store, at: store.earliest_due(at),
    "parked": lambda store, at: store.parked(at),
    "open_attempts": lambda store, at: store.open_attempts(at),
    "open_money": lambda store, at: store.open_money(at, RECORDED),
    "attempts": lambda store, at: store.attempts(at, ["key-2001"]),
    "subscription_ids": lambda store, at: tuple(store.subscription_ids(at)),
    "payment_method": lambda store, at: store.payment_method(at, 4001),
    "has_attempts": lambda store, at: store.has_attempts(at),
    "stored_subscription": lambda store, at: store.stored_subscription(at, 1001),
    "money_rows": lambda store, at: rows_of(store.money_rows(at, 1001)),
    "request": lambda store, at: store.request(request_key(at), RECORDED),
    "endpoints": lambda store, at: store.endpoints(at),
    "endpoint_secrets": lambda store, at: store.endpoint_secrets(at, 1),
    "untold_slots": lambda store, at: store.untold_slots(at),
    "untold": lambda store, at: store.untold(at, UNTOLD % SLOTS, 0, 10),
    "telling_state": lambda store, at: store.telling_state(at, UNTOLD, 1003)[1],
    "due_endpoints": lambda store, at: store.due_endpoints(at, FAR, RECORDED),
    "earliest_delivery": lambda store, at: store.earliest_delivery(at),
    "notifications": lambda store, at: store.notifications(at, NoticeFilter()),
    "mail": lambda store, at: store.mail(at, 1),
    "mails": lambda store, at: store.mails(at, MailSearch()),
    "mails_to_send": lambda store, at: store.mails_to_send(at, FAR, 10),
    "notice_history": lambda store, at: store.notice_history(at, 1),
    "facts_of": lambda store, at: store.facts_of(at, store.notifications(at, NoticeFilter())),
    "count_deliveries": lambda store, at: store.count_deliveries(at, DeliveryState.WAITING, 9),
    "attempts_to": lambda store, at: store.attempts_to(at, 1, RECORDED),
    "stream_states": lambda store, at: store.stream_states(at, TOLD),
}
WRITES = {
    *("put_merchant", "advance_clock", "put_credential", "rotate_secret", "note_use"),
    *("revoke_older_secret", "revoke_credential", "put_products", "put_promotions", "save"),
    *("keep_answer", "finish_request", "forget_requests"),
    *("lease_slot", "release_slot", "park", "unpark"),
    *("put_endpoint", "remove_endpoint", "tell", "claim", "release", "keep_bodies", "record"),
    *("replay", "put_mails", "note_mail"),
}
FAULTS = {"purchases_without_lines"}  # of which nobody here has any
OF_REFUNDS = {"refunds", "open_refunds"}  # asked in test_store_refunds.py
OFFERS = {"issue_ids", "free_uses"}  # numbers that nobody of this merchant has
OF_MAILS = {"facts_of_mails"}  # asked of mails, in test_store_mails.py
OF_CLAIMED = {"following"}  # asked of what was claimed, in test_store_notices.py
OF_THE_PLATFORM = {"merchants", "credential", "close"}  # they name no merchant


def request_key(merchant_id: int) -> RequestKey:
    """The same key of any merchant."""
    return RequestKey(merchant_id=merchant_id, username="anna", path="/path", key="key")


def rows_of(rows: MoneyRows) -> tuple[object, ...]:
    """All rows together."""
    return tuple(row for name in rows.__struct_fields__ for row in getattr(rows, name))


@pytest.fixture
def lived_in(store: Store) -> Store:
    """A store in which one merchant has something of everything, and another has nothing."""
    paid(store, 1, 3)
    store.save([changed(store, 1001)], command("the command"))
    saved(store, signed_up(2))
    store.park(
        Parked(merchant_id=MERCHANT_ID, subscription_id=1003, due_at=FAR, error="e", at=RECORDED)
    )
    promotion = Promotion(merchant_id=MERCHANT_ID, id=1, name="Ten off", codes=("CODE",))
    assert store.put_promotions(MERCHANT_ID, [replace(promotion, percent=Decimal(10))])
    store.put_credential(
        Credential(merchant_id=MERCHANT_ID, username="anna", salt=b"s", secret_hash=b"h")
    )
    asked = KeyedRequest(key=request_key(MERCHANT_ID), body_hash=b"b", answer=ANSWER)
    store.keep_answer(replace(command(), request=asked))
    tell_one(store)
    return store


def tell_one(store: Store) -> None:
    """One stream of facts is told, to an endpoint that did not take it the first time."""
    endpoint = Endpoint(merchant_id=MERCHANT_ID, id=1, name="e", url="u", created_at=RECORDED)
    store.put_endpoint(endpoint, EndpointSecrets(signing=b"s"))
    [untold, *_] = store.untold(MERCHANT_ID, TOLD % SLOTS, 0, 1)
    notice = Notification(
        merchant_id=MERCHANT_ID,
        id=1,
        type="T",
        stream=TOLD,
        subject="",
        at=RECORDED,
        product_ids=(),
        facts=(FactKey(1001, 1),),
    )
    told = Told(notification=notice, endpoint_ids=(1,))
    mails = [replace(mails_told(untold.facts, kept=False)[0], id=1)]
    assert store.tell(MERCHANT_ID, TOLD % SLOTS, [untold], [told], mails)
    [claimed] = store.claim(endpoint, FAR, RECORDED, FAR, 1)
    attempt = DeliveryAttempt(
        lane=claimed.lane,
        sequence=claimed.sequence,
        number=1,
        at=RECORDED,
        posted_at=RECORDED,
        status=500,
        seconds=0.1,
        reply=b"",
        error="",
    )
    verdict = Verdict(state=DeliveryState.WAITING, due_at=RECORDED)
    tried = Tried(claimed=claimed, attempts=(attempt,), verdict=verdict, at=RECORDED)
    assert store.record(MERCHANT_ID, [tried]) == [True]


@pytest.fixture
def platform(lived_in: Store, tmp_path: Path) -> Iterator[Platform]:
    """A platform around that store, which knows the other merchant too."""
    lived_in.put_merchant(replace(merchant(), id=OTHER))
    gateway = Simulator(tmp_path / "book.db", memory=True)
    yield Platform(
        store=lived_in, gateway=gateway, wall=lambda: RECORDED, tax=TAX, new_key=lambda: "key"
    )
    gateway.close()


def test_what_one_merchant_has_another_has_not(lived_in: Store) -> None:
    """Each read finds something for the one and nothing at all for the other."""
    for name, ask in READS.items():
        assert ask(lived_in, MERCHANT_ID), name
        assert not ask(lived_in, OTHER), name


def test_every_read_of_the_port_is_asked() -> None:
    """A new method of the port has to say here whether it reads what is one merchant's."""
    methods = {
        name
        for name, method in inspect.getmembers(Store, inspect.isfunction)
        if not name.startswith("_")
    }
    assert (
        methods
        == READS.keys()
        | WRITES
        | OFFERS
        | FAULTS
        | OF_REFUNDS
        | OF_MAILS
        | OF_CLAIMED
        | OF_THE_PLATFORM
    )
    assert not READS.keys() & WRITES


def test_what_is_another_merchants_is_not_found(platform: Platform) -> None:
    """R17: NotFound (404), as for what nobody has; nothing tells that somebody else has it."""
    reads: dict[str, Callable[[int, int], object]] = {
        "subscription": lambda at, extra: read_subscription(platform, at, 1001 + extra),
        "before a change": lambda at, extra: require_held(platform, at, 1001 + extra),
        "journal": lambda at, extra: journal_until(platform, at, 1001 + extra, None),
        "purchase": lambda at, extra: subscriptions_of_purchase(platform, at, 2001 + extra),
        "customer": lambda at, extra: subscriptions_of_customer(
            platform, at, CustomerKey(customer_id=3001 + extra), None
        ),
    }
    for name, read in reads.items():
        assert read(MERCHANT_ID, 0), name
        told = []
        for at, extra in ((OTHER, 0), (MERCHANT_ID, 700_000)):
            with pytest.raises(NotFound) as refused:
                read(at, extra)
            told.append((refused.value.reason, refused.value.field))
        assert told[0] == told[1], name
