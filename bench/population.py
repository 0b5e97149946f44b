"""Many subscriptions that are due at one time: two are real, the others copies of their rows.

The young one is in its first interval; the old one has ten years of months behind it, all of them
billed by the engine. Copies of the old one have its whole history, and a slot of their own.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import count, islice

from msgspec.structs import replace

from bench.place import ACTOR, BEGINNING, GOLD, MERCHANT, SEAT, order
from tollbridge.bootstrap import DEMO_CATALOG, Place, collecting, opened
from tollbridge.commands.apply_catalog import apply_catalog
from tollbridge.commands.catalog_file import parse_catalog
from tollbridge.domain.schedule import Interval
from tollbridge.domain.sign_up import OrderItem
from tollbridge.flows.collecting import Collector
from tollbridge.flows.sign_up import sign_up
from tollbridge.flows.time_travel import advance
from tollbridge.ports import SLOTS, Held, Platform
from tollbridge.store import rows
from tollbridge.store.engine import Engine, Row

OLD, YOUNG = 10000000, 10000001  # the real ones
FIRST_COPY = 20000000
OLD_SLOT = 0  # copies of the old one are the only ones in this slot
OLD_INTERVALS = 120
LINES = (OrderItem(product_id=SEAT, quantity=10), OrderItem(product_id=GOLD, quantity=1))
BATCH = 5000
PURCHASES_OF_COPY = 10**10  # the ids of each copy's history begin with this, beyond all issued

# The rows of a subscription's history, copied column by column with other ids.
COPIES = (
    """INSERT INTO journal
    SELECT merchant_id, :new, sequence, type, version, payload, at, recorded_at, actor, command,
        command_id, position
    FROM journal WHERE merchant_id = :merchant AND subscription_id = :model""",
    """INSERT INTO posting
    SELECT merchant_id, :new, sequence, account, purchase_id + :purchases, amount, currency, at
    FROM posting WHERE merchant_id = :merchant AND subscription_id = :model""",
    """INSERT INTO outbox
    SELECT merchant_id, :new, sequence, type, subject, at, frozen, :new
    FROM outbox WHERE merchant_id = :merchant AND subscription_id = :model""",
    """INSERT INTO charge_claim
    SELECT merchant_id, :new, purpose, interval_no, billing_interval_no, cause,
        purchase_id + :purchases
    FROM charge_claim WHERE merchant_id = :merchant AND subscription_id = :model""",
    """INSERT INTO purchase_item
    SELECT merchant_id, purchase_id + :purchases, running_no, :new, item_running_no, item_version,
        interval_no, billing_interval_no, product_id, product_name, quantity, rate, rate_source,
        gross, net, vat, explanation
    FROM purchase_item WHERE merchant_id = :merchant AND subscription_id = :model""",
)


def populate(place: Place, young: int, old: int) -> None:
    """Fill an empty database: so many copies of each, all due when this returns."""
    with opened(place) as platform, collecting(platform) as collector:
        _sign_up_both(collector, old=bool(old))
        engine: Engine = platform.store._engine  # type: ignore[attr-defined]  # noqa: SLF001
        slots = range(1, SLOTS) if old else range(SLOTS)
        _copy(platform, engine, YOUNG, islice(_ids(slots), young))
        if old:
            _copy(platform, engine, OLD, ids := list(islice(_ids((OLD_SLOT,)), old)))
            _copy_history(engine, ids)
        last = platform.store.held(MERCHANT, YOUNG)
        assert last is not None
        platform.store.advance_clock(MERCHANT, last.subscription.next_billing + timedelta(days=1))


def _sign_up_both(collector: Collector, *, old: bool) -> None:
    file = parse_catalog(DEMO_CATALOG.read_text(encoding="utf-8"))
    merchant = replace(file.merchant, clock=BEGINNING, reminder_days=0)
    apply_catalog(collector.platform, replace(file, merchant=merchant))
    if old:
        sign_up(collector, MERCHANT, replace(order(OLD, LINES[0]), items=LINES), ACTOR)
        advance(collector.platform, MERCHANT, by=Interval(OLD_INTERVALS - 1))
    sign_up(collector, MERCHANT, replace(order(YOUNG, LINES[0]), items=LINES), ACTOR)


def _ids(slots: Sequence[int]) -> Iterator[int]:
    """Ids of copies that belong to these slots, without end."""
    return (number for number in count(FIRST_COPY) if number % SLOTS in slots)


def _copy(platform: Platform, engine: Engine, model: int, ids: Iterator[int] | list[int]) -> None:
    """Copies of the model's rows with ids of their own; each has a customer and a card."""
    held = platform.store.held(MERCHANT, model)
    assert held is not None
    numbers = iter(ids)
    while batch := list(islice(numbers, BATCH)):
        written: dict[str, list[Row]] = {}
        for number in batch:
            for name, some in _rows(held, number).items():
                written.setdefault(name, []).extend(some)
        with engine.writing() as writer:
            writer.write(list(written.items()))


def _rows(held: Held, number: int) -> dict[str, list[Row]]:
    customer = replace(held.customer, id=number, reference_id=f"customer-of-{number}")
    method = replace(held.payment_method, id=number)
    subscription = replace(
        held.subscription, id=number, customer_id=number, payment_method_id=number
    )
    return {
        **rows.customer_rows(customer),
        **rows.payment_method_rows(MERCHANT, method),
        "insert_subscriptions": [rows.subscription_row(subscription)],
    }


def _copy_history(engine: Engine, ids: Sequence[int]) -> None:
    """The whole past of the old one, again for each of its copies."""
    with engine.writing() as writer:
        for place, number in enumerate(ids):
            parameters = {
                "new": number,
                "model": OLD,
                "merchant": MERCHANT,
                "purchases": (place + 1) * PURCHASES_OF_COPY,
            }
            for text in COPIES:
                run_text(writer, text, parameters)


def run_text(writer: object, text: str, parameters: Mapping[str, object]) -> None:
    """A statement that the store does not know, on the connection of its transaction."""
    connection = writer._connection  # type: ignore[attr-defined]  # noqa: SLF001
    if type(connection).__module__.startswith("psycopg"):
        for name in parameters:
            text = text.replace(f":{name}", f"%({name})s")
    connection.execute(text, parameters)
