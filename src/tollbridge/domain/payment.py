"""What is asked of a payment gateway and what it answers (DESIGN.md 5)."""

import re
from datetime import timedelta
from enum import Enum

import msgspec

from tollbridge.domain.customer import PaymentMethod

CUSTOMER_WAITED_FOR = timedelta(days=3)  # business time; then a charge is taken back (ours)


class Result(Enum):
    """What became of an attempt. Unknown is never guessed: the gateway is asked again."""

    CAPTURED = "captured"
    DECLINED = "declined"
    ACTION_REQUIRED = "action_required"
    UNKNOWN = "unknown"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The gateway's answer for one attempt.

    `reference` is the gateway's own id of a capture; `code` and `hard` say why it declined and
    whether trying again can help; `url` is where the customer authenticates.
    """

    result: Result
    reference: str = ""
    code: str = ""
    hard: bool = False
    url: str = ""


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to take money: `amount` in minor units of `currency`.

    `key` is the attempt's random key: the same key never takes money twice.
    """

    key: str
    merchant_id: int
    purchase_id: int
    try_no: int
    amount: int
    currency: str
    payment_method: PaymentMethod


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """Money to give back: `amount` in minor units of the charge that `charge_key` named.

    `key` is the refund's own random key; `reference` is the gateway's id of the charge.
    """

    key: str
    merchant_id: int
    purchase_id: int
    refund_no: int
    charge_key: str
    reference: str
    amount: int
    currency: str


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A card as the customer types it; it is given to the gateway and never stored."""

    number: str
    expiry_month: int
    expiry_year: int

    def __repr__(self) -> str:  # a card number must not reach a log or a traceback
        return "Card(...)"


class CardToken(msgspec.Struct, frozen=True, kw_only=True):
    """A card whose number the gateway's own page took: no number ever comes to the platform."""

    token: str


# Twelve to nineteen digits, or a test number in the form of the published samples: T20, nine
# digits, last four.
_DIGITS = "(?:[ -]*[0-9]){12,19}"
_TEST_NUMBER = "[ -]*[Tt][ -]*2[ -]*0(?:[ -]*[0-9]){12}[ -]*[Tt]"
CARD_PATTERN = f"^(?:{_DIGITS}|{_TEST_NUMBER})[ -]*$"
_CARD = re.compile(CARD_PATTERN.removesuffix("$"), re.ASCII)


def is_card_number(text: str) -> bool:
    """Whether a text has the shape of a card number; spaces and dashes do not count."""
    return _CARD.fullmatch(text) is not None


class StoredCard(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateway gives back for a card: a token, and what may be shown of the card."""

    gateway: str
    token: str
    type_id: str
    type_name: str
    last_four: str
    expiry_month: int
    expiry_year: int


class BookEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the gateway's own book, for comparing it with the platform's.

    `charge_key` is empty for a charge; for a refund it names the charge that the money is given
    back of, and `try_no` is the number of the refund.
    """

    key: str
    merchant_id: int
    purchase_id: int
    try_no: int
    amount: int
    currency: str
    outcome: Outcome
    charge_key: str = ""
