"""Making outbox facts of changes: everything that a document about them will need, frozen.

A fact is read long after it was written, perhaps by another version of this program: its input
holds the event with type and version, as the journal does, and the subscription as it was then.
"""

import msgspec
from msgspec.structs import replace

from tollbridge.domain.customer import Customer, PaymentMethod
from tollbridge.domain.decision import Change, Decision
from tollbridge.domain.events import Event, PaymentCaptured, decode_event, encode_event
from tollbridge.domain.facts import Fact, Parties, fact_type, subject_of, tells_fact
from tollbridge.domain.purchase import Purchase
from tollbridge.domain.subscription import Item, Subscription


class FactInput(msgspec.Struct, frozen=True, kw_only=True):
    """What a document about a fact is made of: the event, and everything around it.

    The subscription is as its change left it, `purchase` the one that the event is about, as it
    was before the event; `former` are the items of the interval before the one that it paid for,
    where it paid for one. The payment method is frozen without its token: a document shows a card,
    it never charges it.
    """

    type: str
    version: int
    payload: msgspec.Raw
    subscription: Subscription
    customer: Customer
    payment_method: PaymentMethod
    purchase: Purchase | None = None
    former: tuple[Item, ...] = ()

    @property
    def event(self) -> Event:
        """The event that the fact tells; ValueError when this program does not know it."""
        return decode_event(self.type, self.version, bytes(self.payload))


_ENCODER = msgspec.json.Encoder(decimal_format="string")
_DECODER = msgspec.json.Decoder(FactInput)


def facts_of(change: Change, parties: Parties) -> tuple[Fact, ...]:
    """The facts that the change tells, numbered by the subscription's own count."""
    return tuple(
        Fact(
            merchant_id=state.merchant_id,
            subscription_id=state.id,
            stream=state.original_purchase_id or state.id,
            sequence=state.facts,
            type=fact_type(event),
            subject=subject_of(event, state.id),
            at=event.at,
            frozen=_frozen(event, before, change.after, parties),
        )
        for event, before, state in zip(
            change.events, (change.before, *change.states), change.states, strict=False
        )
        if tells_fact(event)
    )


def facts_told(decision: Decision) -> tuple[Fact, ...]:
    """All facts of a decision; ValueError when it tells some and does not say whom they concern."""
    telling = tuple(c for c in decision.changes if any(tells_fact(event) for event in c.events))
    if not telling:
        return ()
    if decision.parties is None:
        message = "a decision that tells facts must name the parties"
        raise ValueError(message)
    parties = decision.parties
    return tuple(fact for change in telling for fact in facts_of(change, parties))


def read_input(fact: Fact) -> FactInput:
    """What was frozen with a fact."""
    return _DECODER.decode(fact.frozen)


def _frozen(
    event: Event, before: Subscription | None, after: Subscription, parties: Parties
) -> bytes:
    return _ENCODER.encode(
        FactInput(
            type=type(event).__name__,
            version=event.version,
            payload=msgspec.Raw(encode_event(event)),
            subscription=after,
            customer=parties.customer,
            payment_method=replace(parties.payment_method, token=""),
            purchase=purchase_of(event, before),
            former=_former(event, before),
        )
    )


def _former(event: Event, before: Subscription | None) -> tuple[Item, ...]:
    """The items as they were in the interval that ends with this payment."""
    if before is None or not isinstance(event, PaymentCaptured):
        return ()
    paid = before.purchase(event.purchase_id)
    return before.items if paid and paid.advance else ()


def purchase_of(event: Event, before: Subscription | None) -> Purchase | None:
    """The open purchase that an event is about, as it was before the event."""
    purchase_id = getattr(event, "purchase_id", None)
    return before.purchase(purchase_id) if before and purchase_id else None
