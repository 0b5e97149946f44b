"""The card numbers that the simulator knows, and what each of them does when it is charged.

Listed for people in docs/reference/test-cards.md. The sixteen-digit numbers are public test
numbers with their usual meaning; the ones with a T are Tollbridge's own.
"""

import re
from enum import Enum
from typing import NamedTuple

import msgspec

from tollbridge.domain.payment import is_card_number

SEPARATORS = re.compile(r"[ -]")
ANY_NINE_DIGITS = "000000000"


class Behaviour(Enum):
    """What a card does when it is charged; the value is what docs and the book call it."""

    APPROVE = "approved"
    RENEW = "approved, newer card known"  # the card updater knows the one that replaced it
    DECLINE_SOFT = "declined, soft"
    DECLINE_HARD = "declined, hard"
    DECLINE_ONCE = "declined once, soft"  # at the n-th charge of the card, approved at all others
    AUTHENTICATE = "authentication required"
    ANSWER_LOST = "unknown, then captured"  # the money is taken, the answer does not arrive
    REQUEST_LOST = "unknown, then nothing"  # the first call does not arrive, nothing is taken
    REFUND_LOST = "approved, refund unknown"  # a refund is done, its answer does not arrive


class Brand(NamedTuple):
    """A card brand: the wire's PaymentTypeId and PaymentType (platform.md a.5)."""

    type_id: str
    type_name: str


VISA = Brand("CCA_VIS", "Visa")
MASTERCARD = Brand("CCA_MAS", "MasterCard")
AMERICAN_EXPRESS = Brand("CCA_AMX", "American Express")
DINERS = Brand("CCA_DIN", "Diners Club")
DISCOVER = Brand("CCA_DIS", "Discover")
JCB = Brand("CCA_JCB", "JCB")


class KnownCard(msgspec.Struct, frozen=True, kw_only=True):
    """A test number: `code` is the gateway's reason where it declines.

    `declined_charge` is the charge that a DECLINE_ONCE card declines, counted from 1 (the sign-up
    is the first); 0 for all others.
    """

    number: str
    brand: Brand
    behaviour: Behaviour
    code: str = ""
    declined_charge: int = 0

    @property
    def last_four(self) -> str:
        """What may be shown of the card."""
        return self.number[-4:]


def _public(
    number: str, brand: Brand = VISA, behaviour: Behaviour = Behaviour.APPROVE, code: str = ""
) -> KnownCard:
    return KnownCard(number=number, brand=brand, behaviour=behaviour, code=code)


def _own(
    last_four: str,
    behaviour: Behaviour = Behaviour.APPROVE,
    code: str = "",
    declined_charge: int = 0,
) -> KnownCard:
    return KnownCard(
        number=f"T20{ANY_NINE_DIGITS}{last_four}",
        brand=VISA,
        behaviour=behaviour,
        code=code,
        declined_charge=declined_charge,
    )


KNOWN_CARDS: tuple[KnownCard, ...] = (
    _public("4242424242424242"),
    _public("4111111111111111"),
    _public("4012888888881881"),
    _public("4000056655665556"),
    _public("5555555555554444", MASTERCARD),
    _public("2223003122003222", MASTERCARD),
    _public("5200828282828210", MASTERCARD),
    _public("5105105105105100", MASTERCARD),
    _public("378282246310005", AMERICAN_EXPRESS),
    _public("371449635398431", AMERICAN_EXPRESS),
    _public("6011111111111117", DISCOVER),
    _public("6011000990139424", DISCOVER),
    _public("3056930009020004", DINERS),
    _public("36227206271667", DINERS),
    _public("3566002020360505", JCB),
    _public("4000000000000002", VISA, Behaviour.DECLINE_SOFT, "card_declined"),
    _public("4000000000000341", VISA, Behaviour.DECLINE_SOFT, "card_declined"),
    _public("4000000000009995", VISA, Behaviour.DECLINE_SOFT, "insufficient_funds"),
    _public("4000000000006975", VISA, Behaviour.DECLINE_SOFT, "card_velocity_exceeded"),
    _public("4000000000000119", VISA, Behaviour.DECLINE_SOFT, "processing_error"),
    _public("4000000000009987", VISA, Behaviour.DECLINE_HARD, "lost_card"),
    _public("4000000000009979", VISA, Behaviour.DECLINE_HARD, "stolen_card"),
    _public("4000000000000069", VISA, Behaviour.DECLINE_HARD, "expired_card"),
    _public("4000000000000127", VISA, Behaviour.DECLINE_HARD, "incorrect_cvc"),
    _public("4100000000000019", VISA, Behaviour.DECLINE_HARD, "fraudulent"),
    _public("4000002500003155", VISA, Behaviour.AUTHENTICATE),
    _public("4000002760003184", VISA, Behaviour.AUTHENTICATE),
    _public("4000008260003178", VISA, Behaviour.AUTHENTICATE),
    _public("4000000000003220", VISA, Behaviour.AUTHENTICATE),
    _own("765T"),
    _own("142T"),
    _own("064T", Behaviour.DECLINE_SOFT, "card_declined"),
    _own("065T", Behaviour.DECLINE_HARD, "do_not_honor"),
    _own("066T", Behaviour.DECLINE_SOFT, "insufficient_funds"),
    _own("067T", Behaviour.AUTHENTICATE),
    _own("068T", Behaviour.ANSWER_LOST),
    _own("069T", Behaviour.REQUEST_LOST),
    *(_own(f"07{n}T", Behaviour.DECLINE_ONCE, "card_declined", n) for n in range(1, 10)),
    _own("080T", Behaviour.RENEW),
    _own("081T", Behaviour.REFUND_LOST),
)

_BY_NUMBER = {card.number: card for card in KNOWN_CARDS}


def known_card(text: str) -> KnownCard | None:
    """The test card with this number, None for any other number.

    Of Tollbridge's own numbers only the last four decide, so that a number that somebody already
    tests with keeps its meaning.
    """
    number = _plain(text)
    if number.startswith("T") and is_card_number(number):
        number = f"T20{ANY_NINE_DIGITS}{number[-4:]}"
    return _BY_NUMBER.get(number)


def _plain(text: str) -> str:
    return SEPARATORS.sub("", text).upper()
