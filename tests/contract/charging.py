"""What tests of gateways share: cards as they are typed, charges, and reading the book."""

from collections import Counter
from collections.abc import Callable

import pytest

from tests.contract.stripe_double import StripeDouble
from tollbridge.domain.customer import PaymentMethod
from tollbridge.domain.payment import Card, CardToken, Charge, Outcome, Refund, StoredCard
from tollbridge.domain.refusal import Invalid, NotAllowed
from tollbridge.ports import Gateway

OpenGateway = Callable[[], Gateway]

MERCHANT = 864
APPROVES = "4242424242424242"
DECLINES = "4000000000000341"
ASKS_CUSTOMER = "4000002500003155"
REAL_LOOKING = "4929123456781234"  # well formed, and no test number


def card(number: str = APPROVES, month: int = 12, year: int = 2030) -> Card:
    """A card as it is typed."""
    return Card(number=number, expiry_month=month, expiry_year=year)


def entered(gateway: Gateway, number: str) -> Card | CardToken:
    """A card as the gateway gets it: typed, or from a page of its own."""
    return gateway.proxy.enter(number) if isinstance(gateway, StripeDouble) else card(number)


def stored(gateway: Gateway, number: str = APPROVES, merchant_id: int = MERCHANT) -> PaymentMethod:
    """A payment method with the token that the gateway gives for a card."""
    return method(gateway.store_card(merchant_id, entered(gateway, number)))


def method(kept: StoredCard) -> PaymentMethod:
    """The row that the platform keeps of a stored card."""
    return PaymentMethod(
        id=1,
        gateway=kept.gateway,
        token=kept.token,
        type_id=kept.type_id,
        type_name=kept.type_name,
        last_four=kept.last_four,
        expiry_month=kept.expiry_month,
        expiry_year=kept.expiry_year,
    )


def charge(
    payment_method: PaymentMethod,
    key: str,
    *,
    merchant_id: int = MERCHANT,
    purchase_id: int = 1,
    amount: int = 5032,
) -> Charge:
    """The first try to charge a purchase."""
    return Charge(
        key=key,
        merchant_id=merchant_id,
        purchase_id=purchase_id,
        try_no=1,
        amount=amount,
        currency="USD",
        payment_method=payment_method,
    )


def refund(
    of: Charge, captured: Outcome, key: str, *, refund_no: int = 1, amount: int | None = None
) -> Refund:
    """A refund of a charge that was captured, in full or of an amount."""
    return Refund(
        key=key,
        merchant_id=of.merchant_id,
        purchase_id=of.purchase_id,
        refund_no=refund_no,
        charge_key=of.key,
        reference=captured.reference,
        amount=of.amount if amount is None else amount,
        currency=of.currency,
    )


def refused(gateway: Gateway, typed: Card) -> Invalid | NotAllowed:
    """The refusal that a card meets."""
    with pytest.raises((Invalid, NotAllowed)) as caught:
        gateway.store_card(MERCHANT, typed)
    assert isinstance(caught.value, Invalid | NotAllowed)
    return caught.value


def lines_by_key(gateway: Gateway) -> Counter[str]:
    """How many lines of the book each key has."""
    return Counter(entry.key for entry in gateway.book(MERCHANT))
