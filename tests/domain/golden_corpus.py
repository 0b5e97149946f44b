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

from tests.billing import pay, run
from tests.given import (
    ACTION_REQUIRED,
    ALIGN,
    CAPTURED,
    CARD,
    CATALOG,
    DECLINED,
    EXTEND,
    GOLD,
    GROSS,
    MERCHANT_ID,
    NET,
    NET_14,
    NOW,
    PLATINUM,
    PREMIUM,
    SEAT,
    STANDARD,
    SUBSCRIPTION_ID,
    TIERED,
    UNKNOWN,
    Life,
    customer,
    ordered,
    own_price,
    paid,
    payment_method,
    price,
    product,
)
from tollbridge.domain.decision import Change
from tollbridge.domain.events import Event, PurchaseOpened, encode_event
from tollbridge.domain.facts import Parties
from tollbridge.domain.profile import decide_reference_change
from tollbridge.domain.promotion import FixedAmount, Offer, Promotion
from tollbridge.domain.refunding import (
    PaidPurchase,
    RefundRequest,
    RefundSettlement,
    decide_chargeback,
    decide_refund,
    decide_refund_settlement,
    paid_purchase,
)
from tollbridge.domain.schedule import Interval
from tollbridge.domain.subscription import RenewalType, Subscription
from tollbridge.domain.terms import Names

CORPUS = Path(__file__).parent / "golden"

# Its first interval has a length of its own, and it is renewed a certain number of times.
BEGINNER = replace(GOLD, id=5, first_interval=Interval(days=14), recurrence_count=24)
# It is renewed once, so that it ends with the next interval.
ONE_YEAR = replace(STANDARD, id=6, recurrence_count=1)
# Paid in instalments, the one after a trial, the other for four renewals.
QUARTER = product(7, "100.00", every="P3M", paid="P1M", name="Quarter")
QUARTER = replace(QUARTER, trial=Interval(days=10))
HALF_YEAR = product(8, price("190.00", NET), every="P6M", paid="P2M", name="Half a year")
HALF_YEAR = replace(HALF_YEAR, recurrence_count=4)
TIMED = (STANDARD, PREMIUM, ONE_YEAR)
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
    return {
        "": life,
        "-merged": merged,
        "-timed": _timed(),
        "-refunded": _refunded(),
        "-instalments": _instalments(),
    }


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
    pay(life)


def _timed() -> Life:
    """What time brings: bills, declines, notices, dunning, and an item's last interval.

    In the end an invoice on terms is overdue.
    """
    life = paid((STANDARD, 1), (ONE_YEAR, 2), products=TIMED, reminder_days=7)
    life.method = replace(CARD, expiry_year=NOW.year)
    run(life, until=life.subscription.next_billing - timedelta(days=30))
    life.add(PREMIUM, 1, alignment=ALIGN)
    life.settle(replace(DECLINED, hard=True))
    life.change(product_id=PREMIUM.id, alignment=ALIGN)
    life.settle(replace(DECLINED, hard=True))
    run(life, until=life.subscription.next_billing, plan=[ACTION_REQUIRED])
    life.settle(DECLINED)
    run(life, until=life.subscription.next_billing + timedelta(days=20), plan=[DECLINED] * 4)
    pay(life)
    life.settle(CAPTURED)
    life.method = CARD
    run(life, until=life.subscription.next_billing - timedelta(days=10))
    life.method = NET_14
    run(life, until=life.subscription.next_billing + timedelta(days=30))
    return life


def _refunded() -> Life:
    """Money went back: a part, what the gateway did not give, and the rest to the bank."""
    life = paid((SEAT, 10), (GOLD, 1))
    [purchase_id] = (e.purchase.id for e in life.events if isinstance(e, PurchaseOpened))
    around = replace(life.around, parties=Parties(customer(), payment_method()))

    def known() -> tuple[dict[int, Subscription], PaidPurchase | None]:
        whole = Change(None)
        for event in life.events:
            whole = whole.then(event)
        return {life.subscription.id: life.subscription}, paid_purchase([whole], purchase_id)

    part = RefundRequest(amount=2000, reason="goodwill")
    for number, outcome in enumerate((CAPTURED, DECLINED), start=1):
        life.keep(decide_refund(*known(), part, around))
        settlement = RefundSettlement(purchase_id=purchase_id, refund_no=number, outcome=outcome)
        parties = Parties(customer(), payment_method())
        life.keep(decide_refund_settlement(known()[0], settlement, life.now, parties))
    life.keep(decide_chargeback(*known(), around, terminate=True))
    return life


def _instalments() -> Life:
    """A term in instalments after a trial: changed, extended, and over with its last term."""
    life = paid((QUARTER, 3), products=(QUARTER, HALF_YEAR))
    life.settle(CAPTURED)
    run(life, until=life.subscription.next_billing)
    life.wait(days=10)
    life.change_paid(quantity=4, alignment=ALIGN)
    run(life, until=life.subscription.next_billing, plan=[DECLINED])
    run(life, until=life.subscription.next_billing + timedelta(days=3))
    life.wait(days=10)
    life.change(product_id=HALF_YEAR.id)
    run(life, until=life.subscription.next_billing)
    life.add(HALF_YEAR, 1, alignment=EXTEND)
    life.settle(CAPTURED)
    run(life, until="2029-01-01")
    return life


def main(name: str) -> None:
    """Write the files, one event a line."""
    for added, life in eventful_lives().items():
        rows = ",\n".join(msgspec.json.encode(row_of(event)).decode() for event in life.events)
        document = msgspec.json.encode(life.subscription).decode()
        with (CORPUS / f"{name}{added}.json").open("x", encoding="utf-8") as file:
            file.write(f'{{"journal":[\n{rows}\n],\n"document":{document}}}\n')


if __name__ == "__main__":
    main(sys.argv[1])
