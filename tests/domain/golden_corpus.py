"""Write a new file of the golden corpus: `python -m tests.domain.golden_corpus NAME`.

The corpus holds one journal for each release that changed events, as it was stored then. Its
files are never edited: a program that cannot fold them cannot read what its users have stored.
A file that exists is not overwritten.
"""

import sys
from datetime import timedelta
from pathlib import Path

import msgspec

from tests.given import (
    ALIGN,
    CAPTURED,
    DECLINED,
    EXTEND,
    GOLD,
    NET,
    PLATINUM,
    TIERED,
    UNKNOWN,
    Life,
    ordered,
    own_price,
)
from tollbridge.domain.events import Event, encode_event
from tollbridge.domain.subscription import Subscription
from tollbridge.domain.terms import Names

CORPUS = Path(__file__).parent / "golden"


class Row(msgspec.Struct, frozen=True):
    """One row of a journal, its payload as stored."""

    type: str
    version: int
    payload: msgspec.Raw


class Golden(msgspec.Struct, frozen=True):
    """A journal and the document that it has to lead to."""

    journal: list[Row]
    document: Subscription


def row_of(event: Event) -> Row:
    """The event as the journal stores it."""
    return Row(type(event).__name__, event.version, msgspec.Raw(encode_event(event)))


def eventful_life() -> Life:
    """A life with every event in it, and with every optional thing at least once."""
    life = ordered((GOLD, 1), (TIERED, 15))
    life.settle(UNKNOWN)
    life.settle(CAPTURED)
    life.wait(days=3, microseconds=205170)
    life.change(running_no=2, quantity=20, names=Names(name_en="Tiered, in English"))
    life.move_billing_date(life.now + timedelta(days=60))
    life.change(product_id=PLATINUM.id, alignment=ALIGN, generate_mail=False)
    life.settle(DECLINED)
    life.wait(days=5)
    life.change_paid(customer_price=own_price("160.50", NET), alignment=ALIGN)
    life.wait(days=7)
    life.change(product_id=GOLD.id, quantity=12, alignment=EXTEND)
    life.change(quantity=13)
    life.settle(CAPTURED)
    life.wait(days=1)
    life.change(quantity=14, alignment=EXTEND)
    life.settle(DECLINED)
    life.change(running_no=2, quantity=21)
    life.retry()
    return life


def main(name: str) -> None:
    """Write the file, one event a line."""
    life = eventful_life()
    rows = ",\n".join(msgspec.json.encode(row_of(event)).decode() for event in life.events)
    document = msgspec.json.encode(life.subscription).decode()
    with (CORPUS / f"{name}.json").open("x", encoding="utf-8") as file:
        file.write(f'{{"journal":[\n{rows}\n],\n"document":{document}}}\n')


if __name__ == "__main__":
    main(sys.argv[1])
