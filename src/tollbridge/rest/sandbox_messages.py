"""Messages of Tollbridge's own endpoints: snake_case JSON, for sandbox merchants."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from tollbridge.domain.money import TaxKind
from tollbridge.domain.schedule import Interval
from tollbridge.domain.subscription import RenewalType
from tollbridge.rest.choices import RENEWAL_TYPE
from tollbridge.rest.kinds import (
    CARD_NUMBER,
    COUNTRY,
    CURRENCY_OF_ISO,
    EXACT,
    ID,
    INSTANT,
    LANGUAGE,
    LENGTH,
    NUMBER,
    TEXT,
    Choice,
    Whole,
)
from tollbridge.rest.messages import Answer, Listed, Message, Nested, of, told

ITEMS_MAX = 100
MONTH = Whole(1, 12)
YEAR = Whole(1970, 2200)
NET_DAYS = Whole(0, 30)
TAX: Choice[TaxKind] = Choice({kind.value: kind for kind in TaxKind})


class OwnPrice(Message, frozen=True, kw_only=True):
    """A price per unit of your own."""

    currency: Annotated[str, of(CURRENCY_OF_ISO, "ISO 4217; the order's currency", example="USD")]
    tax: Annotated[TaxKind, of(TAX, "Whether tax is included", example="gross")]
    amount: Annotated[Decimal, of(EXACT, "The price of one unit", example=Decimal("4.85"))]


class CartItem(Message, frozen=True, kw_only=True):
    """One line of the cart."""

    product_id: Annotated[int, of(ID, "The product", example=292973)]
    quantity: Annotated[int, of(NUMBER, "Units", example=10)]
    customer_price: Annotated[
        OwnPrice | None, of(Nested(OwnPrice), "Overrides the product's price")
    ] = None


class CustomerContact(Message, frozen=True, kw_only=True):
    """A contact. The country of the billing contact decides about the tax (R14)."""

    email: Annotated[str, of(TEXT, "Where mails go", example="jane@example.org")]
    firstname: Annotated[str, of(TEXT, "First name", example="Jane")] = ""
    lastname: Annotated[str, of(TEXT, "Last name", example="Doe")] = ""
    company: Annotated[str, of(TEXT, "Company")] = ""
    country_id: Annotated[str, of(COUNTRY, "ISO 3166 alpha-2", example="DE")]
    language_id: Annotated[str, of(LANGUAGE, "ISO 639-1", example="en")]
    title: Annotated[str, of(TEXT, "Title")] = ""
    salutation_id: Annotated[str, of(TEXT, "MR, MS, MRS or MIS")] = ""
    company_type_id: Annotated[str, of(TEXT, "COM, GOV, MIS, NPR or UNI")] = ""
    street1: Annotated[str, of(TEXT, "Street")] = ""
    street2: Annotated[str, of(TEXT, "Street, second line")] = ""
    postal_code: Annotated[str, of(TEXT, "Postal code")] = ""
    city: Annotated[str, of(TEXT, "City")] = ""
    state_id: Annotated[str, of(TEXT, "State")] = ""
    phone1: Annotated[str, of(TEXT, "Phone")] = ""
    phone2: Annotated[str, of(TEXT, "Second phone")] = ""
    fax: Annotated[str, of(TEXT, "Fax")] = ""


class NewCustomer(Message, frozen=True, kw_only=True):
    """Who buys."""

    reference_id: Annotated[str, of(TEXT, "Your own id of the customer; absent: made up")] = ""
    reference_no: Annotated[str, of(TEXT, "The customer's order number")] = ""
    contact: Annotated[CustomerContact, of(Nested(CustomerContact), "The billing contact")]
    delivery_contact: Annotated[
        CustomerContact | None,
        of(Nested(CustomerContact), "Whom it is for, if that is somebody else"),
    ] = None


class NewCard(Message, frozen=True, kw_only=True):
    """A test card of the simulator; it is given to the gateway and never stored."""

    number: Annotated[str, of(CARD_NUMBER, "The number", example="4242 4242 4242 4242")]
    expiry_month: Annotated[int, of(MONTH, "1 to 12", example=12)]
    expiry_year: Annotated[int, of(YEAR, "Four digits", example=2027)]


class NewByHand(Message, frozen=True, kw_only=True):
    """Paying by hand: the money is noted when it comes (`/tollbridge/purchases/{id}/receive`)."""

    net_days: Annotated[
        int, of(NET_DAYS, "14 or 30 for a purchase order on these terms; 0 by wire")
    ] = 0


class BuySubscriptions(Message, frozen=True, kw_only=True):
    """A purchase by a new customer, as if a checkout had been completed."""

    items: Annotated[
        tuple[CartItem, ...],
        of(
            Listed(Nested(CartItem), ITEMS_MAX), "Items with different intervals make subscriptions"
        ),
    ]
    coupon_code: Annotated[
        str, of(TEXT, "Coupon for every item whose product its promotion is for")
    ] = ""
    currency: Annotated[str, of(CURRENCY_OF_ISO, "ISO 4217", example="USD")]
    customer: Annotated[NewCustomer, of(Nested(NewCustomer), "Who buys")]
    card: Annotated[
        NewCard | None, of(Nested(NewCard), "A test card; either this or `by_hand`")
    ] = None
    by_hand: Annotated[
        NewByHand | None, of(Nested(NewByHand), "By wire or on an invoice, without a card")
    ] = None
    renewal_type: Annotated[
        RenewalType, of(RENEWAL_TYPE, "Whether it renews by itself", example="Automatic")
    ] = RenewalType.AUTOMATIC


class Bought(Answer, frozen=True, kw_only=True):
    """The purchase and what it started."""

    purchase_id: Annotated[int, told("The purchase", 531157893)]
    status: Annotated[str, told("NEW, PAY (paid), DEC (declined) or CAN", "PAY")]
    subscription_ids: Annotated[tuple[str, ...], told("One for each interval", ["S67531905"])]


class AdvanceClock(Message, frozen=True, kw_only=True):
    """A new time for the sandbox clock: give one of the two."""

    to: Annotated[
        datetime | None,
        of(INSTANT, "The new time, not before the clock's: RFC 3339"),
    ] = None
    advance: Annotated[Interval | None, of(LENGTH, "How far, ISO 8601", example="P1M")] = None


class ClockTime(Answer, frozen=True, kw_only=True):
    """What time it is for the merchant."""

    now: Annotated[str, told("Business time", "2026-02-09T15:43:07.20517Z")]


class ClockMoved(ClockTime, frozen=True, kw_only=True):
    """What time it is then, and what was done on the way."""

    renewals: Annotated[int, told("Intervals that were paid, by charge or because they cost 0", 3)]
    declines: Annotated[int, told("Payments that were declined", 0)]
    purchases: Annotated[int, told("Purchases that were opened", 3)]
    notices: Annotated[int, told("Facts that notifications are made of", 6)]
    mails: Annotated[int, told("Mails to customers", 0)]
    parked: Annotated[int, told("Subscriptions that failed and were set aside", 0)]


class DueEvent(Answer, frozen=True, kw_only=True):
    """Something that falls due."""

    at: Annotated[str, told("When, in business time", "2026-03-09T15:43:07.20517Z")]
    subscription_id: Annotated[str, told("Of which subscription", "S67531904")]
    step: Annotated[
        str, told("remind, bill, retry, end_grace, end_hold, check_card or notice", "bill")
    ]


class ComingEvent(ClockTime, frozen=True, kw_only=True):
    """What time it is, and what falls due first; null when nothing does."""

    event: Annotated[DueEvent | None, told("What falls due first")]


class ClockStepped(ClockMoved, frozen=True, kw_only=True):
    """What time it is then, what the clock was moved to, and what was done."""

    event: Annotated[DueEvent | None, told("What fell due first; null when nothing did")]


class Health(Answer, frozen=True, kw_only=True):
    """Whether the platform serves."""

    status: Annotated[str, told("ok", "ok")]


class Ask(Message, frozen=True, kw_only=True):
    """Nothing to say."""
