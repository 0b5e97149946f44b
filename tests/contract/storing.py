"""How the store's tests come by real decisions: made by the domain on what the store holds.

Sign-up number 3 is of subscription 1003, purchase 2003, customer 3003, payment method 4003 and
attempt key `key-2003`.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import count

from msgspec.structs import replace

from tests.given import (
    ALIGN,
    CAPTURED,
    CATALOG,
    GOLD,
    MERCHANT_ID,
    NOW,
    SEAT,
    TAX,
    Line,
    catalog,
    context,
    customer,
    merchant,
    order,
    payment_method,
)
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.customer import Contact
from tollbridge.domain.decision import Change, Context, Decision, Fresh
from tollbridge.domain.events import Event, PaymentStarted
from tollbridge.domain.facts import Parties
from tollbridge.domain.item_change import ItemChange, decide_item_change
from tollbridge.domain.payment import Outcome
from tollbridge.domain.settlement import Settlement, decide_settlement
from tollbridge.domain.sign_up import decide_sign_up
from tollbridge.domain.subscription import Subscription
from tollbridge.ports import Command, Failed, Held, Saved, Store

RECORDED = datetime(2026, 7, 24, 12, 0, 0, 123456, tzinfo=UTC)
DELIVERY = Contact(email="ben@customer.example", country_id="FR", language_id="fr")

AT_NEXT_BILLING = Alignment()

_numbers = count(1)


def command(command_id: str = "", name: str = "test") -> Command:
    """The envelope of a save, with an id of its own unless one is given."""
    return Command(
        id=command_id or f"command-{next(_numbers)}",
        actor="test",
        name=name,
        recorded_at=RECORDED,
    )


def furnish(store: Store) -> None:
    """The merchant and its catalog."""
    store.put_merchant(merchant())
    store.put_products(MERCHANT_ID, CATALOG)


def save(store: Store, *decisions: Decision) -> Sequence[Saved | Failed]:
    """Save decisions under a command of their own."""
    return store.save(decisions, command())


def saved(store: Store, *decisions: Decision) -> None:
    """Save decisions that nothing is in the way of."""
    assert set(save(store, *decisions)) == {Saved.SAVED}


def parties(number: int) -> Parties:
    """The customer, with a contact for deliveries, and the card of a sign-up."""
    return Parties(
        replace(customer(), id=3000 + number, delivery=DELIVERY),
        replace(payment_method(), id=4000 + number),
    )


def signed_up(
    number: int, *lines: Line, ids: Sequence[int] = (), people: Parties | None = None
) -> Decision:
    """The decision of a sign-up: ten seats unless told, its first attempt under way."""
    people = people or parties(number)
    bought = replace(
        order(*(lines or [(SEAT, 10)])),
        customer=people.customer,
        payment_method=people.payment_method,
    )
    fresh = Fresh(2000 + number, f"key-{2000 + number}")
    return decide_sign_up(merchant(), bought, ids or (1000 + number,), context(fresh=fresh))


def replayed(decision: Decision, alter: Callable[[Event], Event]) -> Decision:
    """A decision as a program with a fault might make it: its events altered one by one."""
    changes = []
    for change in decision.changes:
        again = Change(change.before)
        for event in change.events:
            again = again.then(alter(event))
        changes.append(again)
    return replace(decision, changes=tuple(changes))


def under_key(decision: Decision, key: str) -> Decision:
    """The decision with another attempt key."""
    return replayed(decision, lambda e: replace(e, key=key) if isinstance(e, PaymentStarted) else e)


def settled(store: Store, purchase_id: int, outcome: Outcome = CAPTURED) -> Decision:
    """The decision of what the gateway answered for the first attempt at a purchase."""
    held = store.held_of_purchase(MERCHANT_ID, purchase_id)
    return decide_settlement(
        {one.subscription.id: one.subscription for one in held},
        Settlement(purchase_id=purchase_id, try_no=1, outcome=outcome),
        NOW,
        Parties(held[0].customer, held[0].payment_method),
    )


def paid(store: Store, *numbers: int, lines: Sequence[Line] = ((SEAT, 10),)) -> None:
    """Subscriptions that are signed up and paid."""
    for number in numbers:
        saved(store, signed_up(number, *lines))
        saved(store, settled(store, 2000 + number))


def held(store: Store, subscription_id: int) -> Held:
    """A subscription that is there."""
    found = store.held(MERCHANT_ID, subscription_id)
    assert found is not None
    return found


def changed(
    store: Store,
    subscription_id: int,
    *,
    quantity: int = 12,
    product_id: int | None = None,
    alignment: Alignment = AT_NEXT_BILLING,
    purchase_id: int = 0,
    believed: Subscription | None = None,
) -> Decision:
    """The decision of an item change, made on what the store holds now or is believed to hold."""
    found = held(store, subscription_id)
    wanted = ItemChange(
        running_no=1,
        product_id=product_id,
        quantity=quantity,
        alignment=alignment,
        call="updatesubscriptionitem",
    )
    return decide_item_change(
        believed or found.subscription, wanted, surroundings(found, purchase_id)
    )


def surroundings(found: Held, purchase_id: int = 0) -> Context:
    """What a decision about a held subscription is made with."""
    return Context(
        now=NOW,
        country=found.customer.country,
        tax=TAX,
        products=catalog(*CATALOG),
        parties=Parties(found.customer, found.payment_method),
        fresh=Fresh(purchase_id, f"key-{purchase_id}"),
    )


def upgraded(store: Store, subscription_id: int, purchase_id: int, quantity: int = 12) -> Decision:
    """An aligned change to Gold: it opens a purchase and begins an attempt."""
    return changed(
        store,
        subscription_id,
        product_id=GOLD.id,
        quantity=quantity,
        alignment=ALIGN,
        purchase_id=purchase_id,
    )
