"""The calls for sandbox merchants: buying without a checkout, and the clock (R23)."""

from types import ModuleType
from typing import TYPE_CHECKING, Any

from tollbridge.commands.advance_clock import target_of_command
from tollbridge.commands.sign_up import ByHand, SignUpRequest
from tollbridge.domain.customer import Contact
from tollbridge.domain.payment import Card
from tollbridge.domain.sign_up import OrderItem
from tollbridge.domain.terms import CustomerPrice
from tollbridge.flows.sign_up import SignedUp, sign_up
from tollbridge.queries.clock import read_clock
from tollbridge.rest import sandbox_messages as wire
from tollbridge.rest.dates import zulu
from tollbridge.rest.endpoint import Call

if TYPE_CHECKING:
    from tollbridge.flows.time_travel import Advanced, NextEvent


def buy(call: Call[wire.BuySubscriptions]) -> wire.Bought:
    """A sign-up as a completed checkout would make it; NotAllowed for a live merchant."""
    read_clock(call.platform, call.merchant_id)
    return bought_answer(
        sign_up(call.collector, call.merchant_id, _request(call.message), call.actor)
    )


def bought_answer(signed_up: SignedUp) -> wire.Bought:
    """The sign-up as the wire tells it."""
    return wire.Bought(
        purchase_id=signed_up.purchase_id,
        status=signed_up.status.value,
        subscription_ids=tuple(f"S{number}" for number in signed_up.subscription_ids),
    )


def get_clock(call: Call[wire.Ask]) -> wire.ClockTime:
    """The sandbox clock; NotAllowed for a live merchant."""
    return wire.ClockTime(now=zulu(read_clock(call.platform, call.merchant_id)))


def move_clock(call: Call[wire.AdvanceClock]) -> wire.ClockMoved:
    """The clock's new time, and what was done on the way (R24).

    It moves forward only, and not beyond the last year (R26).
    """
    message = call.message
    advanced = _time_travel().advance(
        call.platform, call.merchant_id, to=message.to, by=message.advance, actor=call.actor
    )
    return wire.ClockMoved(**_moved(advanced))


def get_next(call: Call[wire.Ask]) -> wire.ComingEvent:
    """What falls due first, and nothing is done; NotAllowed for a live merchant."""
    now = read_clock(call.platform, call.merchant_id)
    return wire.ComingEvent(
        now=zulu(now), event=_event(_time_travel().next_event(call.platform, call.merchant_id))
    )


def move_to_next(call: Call[wire.Ask]) -> wire.ClockStepped:
    """The clock moved to where something falls due first, with all that is due then (R24)."""
    now = read_clock(call.platform, call.merchant_id)
    event = _time_travel().next_event(call.platform, call.merchant_id)
    to = now if event is None else max(now, event.at)
    advanced = _time_travel().advance(call.platform, call.merchant_id, to=to, actor=call.actor)
    return wire.ClockStepped(event=_event(event), **_moved(advanced))


def moved_on(call: Call[Any], command_id: str) -> wire.ClockMoved:
    """An advance that was cut off goes on to where it was to end, and tells what was left to do."""
    return wire.ClockMoved(**_moved(_gone_on(call, command_id)))


def stepped_on(call: Call[Any], command_id: str) -> wire.ClockStepped:
    """The same for a step to the next event, which is past by now: it is not told again."""
    return wire.ClockStepped(event=None, **_moved(_gone_on(call, command_id)))


def _time_travel() -> ModuleType:
    """The flow, loaded by the first who moves a clock: it knows the whole of what time brings."""
    from tollbridge.flows import time_travel  # noqa: PLC0415 - see above

    return time_travel


def _gone_on(call: Call[Any], command_id: str) -> "Advanced":
    to = max(target_of_command(command_id), read_clock(call.platform, call.merchant_id))
    advanced: Advanced = _time_travel().advance(
        call.platform, call.merchant_id, to=to, actor=call.actor
    )
    return advanced


def _moved(advanced: "Advanced") -> dict[str, Any]:
    """The fields that every move of the clock answers."""
    tally = advanced.tally
    return {
        "now": zulu(advanced.now),
        "renewals": tally.renewals,
        "declines": tally.declines,
        "purchases": tally.purchases,
        "notices": tally.notices,
        "mails": tally.mails,
        "parked": tally.parked,
    }


def _event(event: "NextEvent | None") -> wire.DueEvent | None:
    if event is None:
        return None
    return wire.DueEvent(
        at=zulu(event.at), subscription_id=f"S{event.subscription_id}", step=event.step
    )


def _card(card: wire.NewCard) -> Card:
    return Card(number=card.number, expiry_month=card.expiry_month, expiry_year=card.expiry_year)


def _request(message: wire.BuySubscriptions) -> SignUpRequest:
    customer, card, by_hand = message.customer, message.card, message.by_hand
    return SignUpRequest(
        items=tuple(_item(item) for item in message.items),
        coupon_code=message.coupon_code,
        currency=message.currency,
        contact=_contact(customer.contact),
        delivery=_contact(customer.delivery_contact) if customer.delivery_contact else None,
        card=_card(card) if card else None,
        by_hand=ByHand(net_days=by_hand.net_days) if by_hand else None,
        reference_id=customer.reference_id,
        reference_no=customer.reference_no,
        renewal_type=message.renewal_type,
    )


def _item(item: wire.CartItem) -> OrderItem:
    own = item.customer_price
    return OrderItem(
        product_id=item.product_id,
        quantity=item.quantity,
        customer_price=(
            CustomerPrice(currency=own.currency, tax=own.tax, amount=own.amount) if own else None
        ),
    )


def _contact(contact: wire.CustomerContact) -> Contact:
    return Contact(
        email=contact.email,
        firstname=contact.firstname,
        lastname=contact.lastname,
        company=contact.company,
        country_id=contact.country_id,
        language_id=contact.language_id,
        title=contact.title,
        salutation_id=contact.salutation_id,
        company_type_id=contact.company_type_id,
        street1=contact.street1,
        street2=contact.street2,
        postal_code=contact.postal_code,
        city=contact.city,
        state_id=contact.state_id,
        phone1=contact.phone1,
        phone2=contact.phone2,
        fax=contact.fax,
    )
