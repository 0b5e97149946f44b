"""Making outbox facts of changes: everything that a document about them will need, frozen.

A fact is read long after it was written, perhaps by another version of this program: its input
holds the event with type and version, as the journal does, and the subscription as it was then.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from tollbridge.domain.customer import Customer, PaymentMethod
from tollbridge.domain.decision import Change, Decision
from tollbridge.domain.events import (
    Event,
    PaymentCaptured,
    PurchaseRefunded,
    decode_event,
    encode_event,
)
from tollbridge.domain.facts import Fact, Parties, fact_type, subject_of, tells_fact
from tollbridge.domain.purchase import Purchase, Purpose
from tollbridge.domain.refund import Captured, RefundPart
from tollbridge.domain.subscription import Bounds, Item, Subscription


class FactInput(msgspec.Struct, frozen=True, kw_only=True):
    """What a document about a fact is made of: the event, and everything around it.

    The subscription is as its change left it. `purchase` is the one that the event is about, as it
    was before the event; where it was paid before, as it was then, and `paid_at` is when. For a
    payment of an interval or of a change `former` are the items as they were before it, and
    `former_running` is the interval that ran then. `refund` is what an event gives back. The
    payment method is frozen without its token: a document shows a card, it never charges it.
    """

    type: str
    version: int
    payload: msgspec.Raw
    subscription: Subscription
    customer: Customer
    payment_method: PaymentMethod
    purchase: Purchase | None = None
    paid_at: datetime | None = None
    former: tuple[Item, ...] = ()
    former_running: Bounds | None = None
    refund: RefundPart | None = None

    @property
    def event(self) -> Event:
        """The event that the fact tells; ValueError when this program does not know it."""
        return decode_event(self.type, self.version, bytes(self.payload))


_ENCODER = msgspec.json.Encoder(decimal_format="string")
_DECODER = msgspec.json.Decoder(FactInput)


def facts_of(
    change: Change, parties: Parties, captured: Sequence[Captured] = ()
) -> tuple[Fact, ...]:
    """The facts that the change tells, numbered by the subscription's own count.

    `captured` are the purchases that they are about and that are not open any more.
    """
    return tuple(
        Fact(
            merchant_id=state.merchant_id,
            subscription_id=state.id,
            stream=state.original_purchase_id or state.id,
            sequence=state.facts,
            type=fact_type(event),
            subject=subject_of(event, state.id),
            at=event.at,
            frozen=_ENCODER.encode(input_of(event, before, change.after, parties, captured)),
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
    return tuple(
        fact for change in telling for fact in facts_of(change, parties, decision.captured)
    )


def read_input(fact: Fact) -> FactInput:
    """What was frozen with a fact."""
    return _DECODER.decode(fact.frozen)


def input_of(
    event: Event,
    before: Subscription | None,
    after: Subscription,
    parties: Parties,
    captured: Sequence[Captured],
) -> FactInput:
    """What is frozen with the fact of an event.

    `before` is the state before it, `after` what the change left. `captured` are purchases that may
    be told of and are not open any more.
    """
    purchase = purchase_of(event, before)
    former = before if before and _changes_interval(event, purchase) else None
    paid = _captured(event, after.id, captured) if purchase is None else None
    return FactInput(
        type=type(event).__name__,
        version=event.version,
        payload=msgspec.Raw(encode_event(event)),
        subscription=after,
        customer=parties.customer,
        payment_method=replace(parties.payment_method, token=""),
        purchase=paid.purchase if paid else purchase,
        paid_at=paid.at if paid else None,
        former=former.items if former else (),
        former_running=former.running if former else None,
        refund=_refund(event, before),
    )


def _changes_interval(event: Event, purchase: Purchase | None) -> bool:
    """Whether a payment begins an interval, or pays for a change within one."""
    if purchase is None or not isinstance(event, PaymentCaptured):
        return False
    return purchase.advance is not None or purchase.purpose is Purpose.ALIGNMENT


def _captured(event: Event, subscription_id: int, captured: Sequence[Captured]) -> Captured | None:
    wanted = subscription_id, getattr(event, "purchase_id", None)
    return next((one for one in captured if (one.subscription_id, one.purchase.id) == wanted), None)


def _refund(event: Event, before: Subscription | None) -> RefundPart | None:
    if before is None or not isinstance(event, PurchaseRefunded):
        return None
    wanted = event.purchase_id, event.refund_no
    return next((one for one in before.refunds if (one.purchase_id, one.refund_no) == wanted), None)


def purchase_of(event: Event, before: Subscription | None) -> Purchase | None:
    """The open purchase that an event is about, as it was before the event."""
    purchase_id = getattr(event, "purchase_id", None)
    return before.purchase(purchase_id) if before and purchase_id else None
