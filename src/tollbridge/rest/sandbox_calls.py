"""The calls for sandbox merchants: buying without a checkout, and the clock (R23)."""

from tollbridge.commands.advance_clock import advance_clock
from tollbridge.commands.sign_up import SignUpRequest
from tollbridge.domain.customer import Contact
from tollbridge.domain.payment import Card
from tollbridge.domain.sign_up import OrderItem
from tollbridge.domain.terms import CustomerPrice
from tollbridge.flows.sign_up import SignedUp, sign_up
from tollbridge.queries.clock import read_clock
from tollbridge.rest import sandbox_messages as wire
from tollbridge.rest.dates import zulu
from tollbridge.rest.endpoint import Call


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


def move_clock(call: Call[wire.AdvanceClock]) -> wire.ClockTime:
    """The clock's new time; it moves forward only, and not beyond the last year (R26)."""
    message = call.message
    moved = advance_clock(
        call.platform, call.merchant_id, to=message.to, by=message.advance, actor=call.actor
    )
    return wire.ClockTime(now=zulu(moved))


def _request(message: wire.BuySubscriptions) -> SignUpRequest:
    customer, card = message.customer, message.card
    return SignUpRequest(
        items=tuple(_item(item) for item in message.items),
        coupon_code=message.coupon_code,
        currency=message.currency,
        contact=_contact(customer.contact),
        card=Card(number=card.number, expiry_month=card.expiry_month, expiry_year=card.expiry_year),
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
