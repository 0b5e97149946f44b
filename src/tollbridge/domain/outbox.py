"""Making outbox facts of changes: everything that a document about them will need, frozen.

A fact is read long after it was written, perhaps by another version of this program: its input
holds the event with type and version, as the journal does, and the subscription as it was then.
"""

import msgspec
from msgspec.structs import replace

from tollbridge.domain.customer import Customer, PaymentMethod
from tollbridge.domain.decision import Change, Decision
from tollbridge.domain.events import Event, decode_event, encode_event
from tollbridge.domain.facts import Fact, Parties, fact_type, subject_of, tells_fact
from tollbridge.domain.subscription import Subscription


class FactInput(msgspec.Struct, frozen=True, kw_only=True):
    """What a document about a fact is made of: the event and everything around it after it.

    The payment method is frozen without its token: a document shows a card, it never charges it.
    """

    type: str
    version: int
    payload: msgspec.Raw
    subscription: Subscription
    customer: Customer
    payment_method: PaymentMethod

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
            sequence=state.facts,
            type=fact_type(event),
            subject=subject_of(event, state.id),
            at=event.at,
            frozen=_frozen(event, state, parties),
        )
        for event, state in zip(change.events, change.states, strict=True)
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


def _frozen(event: Event, state: Subscription, parties: Parties) -> bytes:
    return _ENCODER.encode(
        FactInput(
            type=type(event).__name__,
            version=event.version,
            payload=msgspec.Raw(encode_event(event)),
            subscription=state,
            customer=parties.customer,
            payment_method=replace(parties.payment_method, token=""),
        )
    )
