"""What happens in tests of notices: facts of made-up lives, and the documents that they cause.

facts = told(renewed())
[(type, document)] = documents(facts)
"""

from collections.abc import Iterable
from datetime import timedelta

from msgspec.structs import replace

from tests.billing import pay, receive, run, step
from tests.given import (
    ALIGN,
    CAPTURED,
    CARD,
    DECLINED,
    EXTEND,
    GOLD,
    NET_14,
    NOW,
    SEAT,
    STANDARD,
    TAX,
    WIRE,
    Life,
    customer,
    merchant,
    order,
    ordered,
    paid,
    sign_up,
)
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.choices import Choices
from tollbridge.domain.customer import Contact, ContactRole, PaymentMethod
from tollbridge.domain.decision import Change, Fresh
from tollbridge.domain.due import next_due
from tollbridge.domain.events import PurchaseOpened
from tollbridge.domain.facts import Fact, Parties
from tollbridge.domain.outbox import facts_of, facts_told, read_input
from tollbridge.domain.profile import ContactChange, decide_contact_change
from tollbridge.domain.refunding import (
    PaidPurchase,
    RefundRequest,
    RefundSettlement,
    decide_chargeback,
    decide_refund,
    decide_refund_settlement,
    paid_purchase,
)
from tollbridge.domain.settlement import Settlement, decide_settlement
from tollbridge.domain.subscription import RenewalType, Subscription
from tollbridge.notices.telling import Document, NoticeContext, document, told_once, types_told

ADA = Contact(
    email="ada@customer.example",
    firstname="Ada",
    lastname="Example",
    company="Example Ltd",
    company_type_id="COM",
    country_id="DE",
    language_id="en",
    street1="1 Analytical Road",
    postal_code="50667",
    city="Köln",
    phone1="+49 221 1234",
)
BUYER = replace(customer(), billing=ADA, reference_id="UUID-1234-5678")
VISA = replace(CARD, last_four="1111")
DEBIT = replace(CARD, type_id="DDB_STD", type_name="Direct debit", last_four="", expiry_month=0)
TRANSFER = replace(WIRE, type_id="WTR_STD", type_name="Wire Transfer")
INVOICE = replace(NET_14, type_id="WTR_STD", type_name="Wire Transfer")
MONTH, YEAR = 7, 8  # the subscriptions of an order with two calendars
SHARED = 100  # and its purchase

SHOP = NoticeContext(
    merchant=replace(merchant(), link_key=b"key"),
    public_url="https://shop.example",
    choices=Choices(),
    tax=TAX,
)

Told = tuple[str, Document]


def told(life: Life, method: PaymentMethod = VISA, known: int = 0) -> list[Fact]:
    """The facts of a life, without those of its first `known` changes."""
    parties = Parties(BUYER, method)
    return [fact for change in life.changes[known:] for fact in facts_of(change, parties)]


def documents(facts: Iterable[Fact], choices: Choices | None = None) -> list[Told]:
    """The notifications that facts cause, in order: as delivery makes them."""
    around = SHOP if choices is None else replace(SHOP, choices=choices)
    groups: dict[object, list[Fact]] = {}
    for number, fact in enumerate(facts):
        groups.setdefault(told_once(fact) or number, []).append(fact)
    return [
        (type_, document(type_, [(one, read_input(one)) for one in group], around))
        for group in groups.values()
        for type_ in types_told(read_input(group[0]), group[0], around.choices)
    ]


def only(facts: Iterable[Fact], type_: str, choices: Choices | None = None) -> Document:
    """The one notification of this type among those that the facts cause."""
    (found,) = (one for name, one in documents(facts, choices) if name == type_)
    return found


def bought() -> Life:
    """A seat by the month, signed up and paid."""
    return paid((SEAT, 10))


def renewed() -> list[Fact]:
    """The first renewal, charged on its date."""
    life = bought()
    known = len(life.changes)
    run(life, until=life.subscription.next_billing)
    return told(life, known=known)


def upgraded() -> list[Fact]:
    """Ten seats become twelve at once, and are paid."""
    life = bought()
    known = len(life.changes)
    life.wait(days=10)
    life.change_paid(quantity=12, alignment=ALIGN)
    return told(life, known=known)


def extended() -> list[Fact]:
    """An upgrade that begins a new interval."""
    life = bought()
    known = len(life.changes)
    life.wait(days=10)
    life.change_paid(quantity=12, alignment=EXTEND)
    return told(life, known=known)


def declined() -> list[Fact]:
    """A renewal that is declined, and grace."""
    life = bought()
    known = len(life.changes)
    run(life, until=life.subscription.next_billing, plan=[DECLINED])
    return told(life, known=known)


def unpaid() -> list[Fact]:
    """Declined until the end: grace, hold, deactivated."""
    life = bought()
    known = len(life.changes)
    run(life, until=life.subscription.next_billing + timedelta(days=30), plan=[DECLINED] * 9)
    return told(life, known=known)


def by_wire() -> list[Fact]:
    """Ordered by wire, paid, and reminded of the renewal."""
    life = ordered((SEAT, 10), method=TRANSFER)
    life.method = TRANSFER
    receive(life)
    step_due(life)
    return told(life, TRANSFER)


def step_due(life: Life) -> None:
    """Do what is due next, at its time."""
    due = next_due(life.subscription)
    assert due is not None
    life.now = max(life.now, due)
    step(life)


def by_invoice() -> list[Fact]:
    """Ordered on the terms of a purchase order that is never paid."""
    life = ordered((STANDARD, 1), method=INVOICE)
    life.method = INVOICE
    run(life, until=NOW + timedelta(days=60))
    return told(life, INVOICE)


def manual() -> list[Fact]:
    """A manual renewal: asked to pay, in grace, paid by link."""
    life = paid((SEAT, 10), renewal_type=RenewalType.MANUAL, reminder_days=7)
    known = len(life.changes)
    run(life, until=life.subscription.next_billing + timedelta(days=2))
    pay(life)
    life.settle(CAPTURED)
    return told(life, known=known)


def canceled() -> list[Fact]:
    """One item of two is deactivated, and comes back."""
    life = paid((SEAT, 10), (GOLD, 1))
    known = len(life.changes)
    life.wait(days=1)
    life.deactivate(2)
    life.wait(days=1)
    life.reinstate(2)
    return told(life, known=known)


def moved() -> list[Fact]:
    """The billing date and the renewal type change."""
    life = bought()
    known = len(life.changes)
    life.move_billing_date(NOW + timedelta(days=40))
    life.change_renewal_type(RenewalType.MANUAL)
    return told(life, known=known)


def reminded() -> list[Fact]:
    """Reminded of a charge."""
    life = paid((SEAT, 10), reminder_days=7)
    known = len(life.changes)
    step_due(life)
    return told(life, known=known)


def expiring() -> list[Fact]:
    """The card does not last until the next billing of a year."""
    life = paid((STANDARD, 1))
    life.method = replace(CARD, expiry_year=NOW.year)
    known = len(life.changes)
    step_due(life)
    return told(life, known=known)


def profile() -> list[Fact]:
    """The customer's name changes."""
    life = bought()
    change = ContactChange(
        role=ContactRole.BILLING,
        fields={"country_id": "DE", "language_id": "en", "lastname": "Example"},
    )
    before = Parties(replace(BUYER, billing=replace(ADA, lastname="Other")), VISA)
    return list(facts_told(decide_contact_change([life.subscription], before, change, life.around)))


def merged(alignment: Alignment = ALIGN) -> tuple[list[Fact], list[Fact]]:
    """A subscription takes over the items of another: the facts of both."""
    first = paid((SEAT, 10))
    other = paid((GOLD, 1), subscription_id=9)
    first.wait(days=5)
    other.wait(days=5)
    first.move_billing_date(NOW + timedelta(days=40))
    known = len(first.changes), len(other.changes)
    first.merge(other, alignment)
    if first.under_way:
        first.settle(CAPTURED)
    return told(first, known=known[0]), told(other, known=known[1])


def of_part(part: RefundRequest, *, method: PaymentMethod = VISA) -> list[Fact]:
    """A refund of an order for two items."""
    return _given_back(paid((SEAT, 10), (GOLD, 1)), part, method)


def _given_back(life: Life, request: RefundRequest, method: PaymentMethod) -> list[Fact]:
    parties = Parties(BUYER, method)
    around = replace(life.around, parties=parties, fresh=Fresh(5001, "refund-key"))
    opened = next(e.purchase.id for e in life.events if isinstance(e, PurchaseOpened))
    begun = decide_refund(whole(life), captured(life, opened), request, around)
    life.keep(begun)
    settlement = RefundSettlement(purchase_id=opened, refund_no=1, outcome=CAPTURED)
    given = decide_refund_settlement(
        whole(life), settlement, life.now, parties, captured(life, opened)
    )
    return list(facts_told(given))


def whole(life: Life) -> dict[int, Subscription]:
    """The subscription by its id."""
    return {life.subscription.id: life.subscription}


def captured(life: Life, purchase_id: int) -> PaidPurchase | None:
    """A paid purchase as the journal tells it."""
    journal = Change(None)
    for event in life.events:
        journal = journal.then(event)
    return paid_purchase([journal], purchase_id)


def charged_back(method: PaymentMethod = VISA) -> list[Fact]:
    """The bank took the money back, and the subscription ends."""
    life = paid((SEAT, 10))
    around = replace(life.around, parties=Parties(BUYER, method), fresh=Fresh(5002, "key"))
    decision = decide_chargeback(whole(life), captured(life, 100), around, terminate=True)
    return list(facts_told(decision))


def two_calendars() -> list[Fact]:
    """One order for a month and a year, declined once and then paid."""
    decision = replace(
        sign_up(order((SEAT, 10), (STANDARD, 1)), ids=(MONTH, YEAR)), parties=Parties(BUYER, VISA)
    )
    facts = list(facts_told(decision))
    changes = {change.after.id: change.after for change in decision.changes}
    for outcome in (DECLINED, CAPTURED):
        settled = decide_settlement(
            changes,
            Settlement(purchase_id=SHARED, try_no=1, outcome=outcome),
            NOW + timedelta(seconds=2),
            Parties(BUYER, VISA),
        )
        facts += facts_told(settled)
        changes = {change.after.id: change.after for change in settled.changes}
    return facts
