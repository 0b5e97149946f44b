"""Write new files of the golden corpus: `python -m tests.domain.golden_corpus NNNN-NAME`.

The corpus holds the journals of each release that changed events, as they were stored then:
`NNNN-NAME.json`, and beside it the subscription that was merged into that one. Its files are
never edited: a program that cannot fold them cannot read what its users have stored. A file that
exists is not overwritten.
"""

import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
from msgspec.structs import replace

from tests.given import (
    ALIGN,
    CAPTURED,
    CATALOG,
    DECLINED,
    EXTEND,
    GOLD,
    GROSS,
    MERCHANT_ID,
    NET,
    PLATINUM,
    SEAT,
    SUBSCRIPTION_ID,
    TIERED,
    UNKNOWN,
    Life,
    customer,
    ordered,
    own_price,
    paid,
    payment_method,
)
from tollbridge.domain.events import Event, encode_event
from tollbridge.domain.facts import Parties
from tollbridge.domain.profile import decide_reference_change
from tollbridge.domain.promotion import FixedAmount, Offer, Promotion
from tollbridge.domain.schedule import Interval
from tollbridge.domain.subscription import RenewalType, Subscription
from tollbridge.domain.terms import Names

CORPUS = Path(__file__).parent / "golden"

# Its first interval has a length of its own, and it is renewed a certain number of times.
BEGINNER = replace(GOLD, id=5, first_interval=Interval(days=14), recurrence_count=24)
TEN_PERCENT = Offer(
    promotion=Promotion(
        merchant_id=MERCHANT_ID, id=1, name="Spring", percent=Decimal(10), products=(5, SEAT.id)
    ),
    code="BD3-1KK-UN3",
    use_no=7,
)
FIVE_OFF = Offer(
    promotion=Promotion(
        merchant_id=MERCHANT_ID,
        id=2,
        name="Five off",
        fixed=(FixedAmount("USD", GROSS, Decimal("5.00")),),
        billings=3,
    ),
    code="FIV-E00-OFF",
    use_no=0,
)


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


def eventful_lives() -> dict[str, Life]:
    """Lives with every event in them, and with every optional thing at least once.

    By what is added to a file's name.
    """
    life = _begun()
    _changed(life)
    merged = _merged(life)
    _ended_and_renewed(life)
    return {"": life, "-merged": merged}


def _begun() -> Life:
    """Signed up with a coupon and renewed with another."""
    life = ordered((BEGINNER, 1), products=(*CATALOG, BEGINNER), offer=TEN_PERCENT)
    life.settle(UNKNOWN)
    life.settle(CAPTURED)
    life.wait(days=3, microseconds=205170)
    life.offer = FIVE_OFF
    life.change(quantity=2, coupon_code=FIVE_OFF.code)
    life.renew()
    life.settle(CAPTURED)
    life.now = max(life.now, life.subscription.running.start)
    life.offer = TEN_PERCENT
    life.add(SEAT, 3, coupon_code=TEN_PERCENT.code, affiliate_id=21599)
    life.add(TIERED, 15, alignment=ALIGN)
    life.settle(CAPTURED)
    return life


def _changed(life: Life) -> None:
    """Changed in all ways, with a charge that is declined and one that is voided."""
    life.wait(days=15)
    life.change(running_no=3, quantity=20, names=Names(name_en="Tiered, in English"))
    life.move_billing_date(life.now + timedelta(days=60))
    life.change(product_id=PLATINUM.id, alignment=ALIGN, generate_mail=False)
    life.settle(DECLINED)
    life.wait(days=5)
    life.change_paid(customer_price=own_price("160.50", NET), alignment=ALIGN)
    life.wait(days=7)
    life.change(product_id=GOLD.id, quantity=12, alignment=EXTEND)
    life.change(quantity=13)
    life.settle(CAPTURED)
    life.set_parameters({"x-promotion": "25off", "unknown": ""})
    life.change_renewal_type(RenewalType.MANUAL)
    parties = Parties(customer(), payment_method())
    life.keep(decide_reference_change(life.subscription, parties, "115515453", life.around))


def _merged(life: Life) -> Life:
    """The subscription whose items, one with a coupon, joined this one."""
    other = paid((SEAT, 10), now=life.now, subscription_id=SUBSCRIPTION_ID + 1)
    other.offer = FIVE_OFF
    other.wait(days=2)
    other.change(quantity=9, coupon_code=FIVE_OFF.code)
    other.move_billing_date(life.subscription.next_billing - timedelta(days=10))
    life.wait(days=2)
    life.merge(other, ALIGN)
    life.settle(CAPTURED)
    return other


def _ended_and_renewed(life: Life) -> None:
    """Items that end and come back; at last a renewal is open again and newer terms wait."""
    life.deactivate(2)
    life.reinstate(2)
    life.deactivate(3, final=True, mail=False)
    life.remove(4, mail=False)
    life.wait(days=1)
    life.change(quantity=14, alignment=EXTEND)
    life.settle(DECLINED)
    life.renew(reset=True)
    life.settle(DECLINED)
    life.change(running_no=2, quantity=21)
    life.retry()


def main(name: str) -> None:
    """Write the files, one event a line."""
    for added, life in eventful_lives().items():
        rows = ",\n".join(msgspec.json.encode(row_of(event)).decode() for event in life.events)
        document = msgspec.json.encode(life.subscription).decode()
        with (CORPUS / f"{name}{added}.json").open("x", encoding="utf-8") as file:
            file.write(f'{{"journal":[\n{rows}\n],\n"document":{document}}}\n')


if __name__ == "__main__":
    main(sys.argv[1])
