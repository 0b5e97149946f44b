"""Signing up in a story: what is bought, and how it is paid."""

import re
from decimal import Decimal

from tests.scenarios.stage import ACTOR, Cast
from tollbridge.commands.sign_up import ByHand, SignUpRequest
from tollbridge.domain.customer import Contact
from tollbridge.domain.money import TaxKind
from tollbridge.domain.payment import Card
from tollbridge.domain.sign_up import OrderItem
from tollbridge.domain.subscription import RenewalType
from tollbridge.domain.terms import CustomerPrice
from tollbridge.flows.sign_up import sign_up

CONTACT = Contact(email="ada@customer.example", country_id="DE", language_id="de")
FAR = "2099-12"  # when cards expire that do not say so
_ITEM = re.compile(r"(\d+) x ([A-Z][A-Za-z ]*?)(?: at ([\d.]+)(?: ([A-Z]{3}))?)?")
_BY_HAND = re.compile(r"wire|purchase order (14|30)")


def parted(options: str) -> list[str]:
    """`, card 765T, manual` as a list."""
    return [option for option in options.split(", ") if option]


def item_of(cast: Cast, words: str) -> OrderItem:
    """`10 x Seat at 4.00 EUR`; ValueError for anything else."""
    found = _ITEM.fullmatch(words)
    if found is None:
        message = f"no item: {words!r}"
        raise ValueError(message)
    quantity, name, amount, currency = found.groups()
    own = None
    if amount:
        own = CustomerPrice(currency=currency or "USD", tax=TaxKind.GROSS, amount=Decimal(amount))
    return OrderItem(product_id=cast.products[name], quantity=int(quantity), customer_price=own)


def card_of(last_four: str, expires: str) -> Card:
    """One of the simulator's own cards (docs/reference/test-cards.md)."""
    year, month = (expires or FAR).split("-")
    return Card(number=f"T20{'0' * 9}{last_four}", expiry_month=int(month), expiry_year=int(year))


def buy(cast: Cast, names: str, cart: str, options: str) -> None:
    """A customer signs up; the subscriptions that come of it bear the names in turn."""
    items = tuple(item_of(cast, words) for words in cart.split(" and "))
    given = dict(option.partition(" ")[::2] for option in parted(options))
    manual = "manual" in given
    renewal_type = RenewalType.MANUAL if manual else RenewalType.AUTOMATIC
    by_hand = [found[1] for option in parted(options) if (found := _BY_HAND.fullmatch(option))]
    card = card_of(given.get("card", "765T"), given.get("expires", ""))
    request = SignUpRequest(
        items=items,
        currency=given.get("in", "USD"),
        contact=CONTACT,
        card=None if by_hand else card,
        by_hand=ByHand(net_days=int(by_hand[0] or 0)) if by_hand else None,
        coupon_code=given.get("coupon", ""),
        renewal_type=renewal_type,
    )
    numbers = sign_up(cast.collector, cast.merchant_id, request, ACTOR).subscription_ids
    for name, number in zip(names.split(", "), numbers, strict=True):
        cast.numbers[name] = number
