"""What Stripe's answers mean: intents, refunds, errors and cards in the platform's words.

Pure, and without Stripe's library: objects come in as the mappings that its JSON is.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from tollbridge.domain.payment import BookEntry, Charge, Outcome, Refund, Result, StoredCard
from tollbridge.domain.refusal import NotAllowed
from tollbridge.gateways.test_cards import (
    AMERICAN_EXPRESS,
    DINERS,
    DISCOVER,
    JCB,
    MASTERCARD,
    VISA,
)

NAME = "stripe"
Answer = Mapping[str, Any]  # one object of Stripe's JSON

UNKNOWN = Outcome(result=Result.UNKNOWN)
NO_SUCH_CARD = Outcome(result=Result.DECLINED, code="no_such_card", hard=True)
NO_SUCH_CHARGE = Outcome(result=Result.DECLINED, code="no_such_charge", hard=True)
TOO_MUCH = Outcome(result=Result.DECLINED, code="refund_exceeds_charge", hard=True)

AUTHENTICATION = "authentication_required"
# Codes after which the same card will not pay, whenever it is tried (R20).
HARD_DECLINES = frozenset(
    {
        "card_not_supported",
        "expired_card",
        "fraudulent",
        "highest_risk_level",
        "incorrect_cvc",
        "incorrect_number",
        "invalid_account",
        "invalid_cvc",
        "invalid_expiry_month",
        "invalid_expiry_year",
        "invalid_number",
        "lost_card",
        "merchant_blacklist",
        "pickup_card",
        "restricted_card",
        "revocation_of_all_authorizations",
        "revocation_of_authorization",
        "stolen_card",
        "stop_payment_order",
        "transaction_not_allowed",
    }
)
# What Stripe refuses to carry out for the sake of this one charge. It is declined, but soft: a
# whole account that is set up wrongly must not end everybody's tries.
REFUSED_CHARGES = frozenset({"amount_too_large", "amount_too_small", "resource_missing"})

BRANDS = {
    "amex": AMERICAN_EXPRESS,
    "diners": DINERS,
    "discover": DISCOVER,
    "jcb": JCB,
    "mastercard": MASTERCARD,
    "visa": VISA,
}

# Stripe counts hundredths in currencies that have none (docs.stripe.com/currencies, special cases).
HUNDREDFOLD = frozenset({"ISK", "UGX"})


class Token(msgspec.Struct, frozen=True):
    """A stored card: Stripe's customer and payment method, and whose customer it is."""

    merchant_id: int
    customer: str
    method: str

    def __str__(self) -> str:
        return f"{self.merchant_id}:{self.customer}:{self.method}"


def read_token(text: str, merchant_id: int) -> Token | None:
    """The card behind a token; None for what is no token of this merchant."""
    whose, _, rest = text.partition(":")
    customer, _, method = rest.partition(":")
    if whose != str(merchant_id) or not customer or not method:
        return None
    return Token(merchant_id, customer, method)


def to_stripe(amount: int, currency: str) -> int:
    """An amount in minor units as Stripe counts it."""
    return amount * 100 if currency in HUNDREDFOLD else amount


def from_stripe(amount: int, currency: str) -> int:
    """What Stripe counts, in minor units."""
    return amount // 100 if currency in HUNDREDFOLD else amount


def told_of_charge(charge: Charge) -> dict[str, str]:
    """The metadata by which a charge is found again."""
    return {
        "tollbridge_merchant": str(charge.merchant_id),
        "tollbridge_purchase": str(charge.purchase_id),
        "tollbridge_try": str(charge.try_no),
        "tollbridge_key": charge.key,
    }


def told_of_refund(refund: Refund) -> dict[str, str]:
    """The metadata by which a refund is found again."""
    return {
        "tollbridge_merchant": str(refund.merchant_id),
        "tollbridge_purchase": str(refund.purchase_id),
        "tollbridge_try": str(refund.refund_no),
        "tollbridge_key": refund.key,
        "tollbridge_charge": refund.charge_key,
    }


def key_of(answer: Answer, merchant_id: int) -> str:
    """The key of an intent or a refund; empty for one that this merchant did not ask for."""
    told = answer.get("metadata") or {}
    mine = told.get("tollbridge_merchant") == str(merchant_id)
    return str(told.get("tollbridge_key", "")) if mine else ""


def declined(code: str) -> Outcome:
    """A decline with Stripe's reason."""
    return Outcome(result=Result.DECLINED, code=code, hard=code in HARD_DECLINES)


def needs_customer(answer: Answer) -> bool:
    """Whether the bank wants the customer, who was not there when the card was charged."""
    error = answer.get("last_payment_error") or {}
    return answer["status"] == "requires_payment_method" and reason_of(error) == AUTHENTICATION


def waits(answer: Answer) -> bool:
    """Whether it is a charge that the customer has to do something for."""
    return answer["object"] != "refund" and (
        answer["status"] == "requires_action" or needs_customer(answer)
    )


def reason_of(error: Answer) -> str:
    """Why a charge was declined: the bank's reason where there is one."""
    return str(error.get("decline_code") or error.get("code") or "card_declined")


def outcome_of(answer: Answer) -> Outcome:
    """What became of an intent or a refund."""
    return _refund_outcome(answer) if answer["object"] == "refund" else _intent_outcome(answer)


def _intent_outcome(intent: Answer) -> Outcome:
    status = intent["status"]
    if status == "succeeded":
        return Outcome(result=Result.CAPTURED, reference=intent["id"])
    if waits(intent):
        redirect = (intent.get("next_action") or {}).get("redirect_to_url") or {}
        return Outcome(
            result=Result.ACTION_REQUIRED, code=AUTHENTICATION, url=redirect.get("url", "")
        )
    if status == "requires_payment_method":
        return declined(reason_of(intent.get("last_payment_error") or {}))
    if status == "canceled":
        return declined("canceled")
    return UNKNOWN  # processing


def _refund_outcome(refund: Answer) -> Outcome:
    status = refund["status"]
    if status == "succeeded":
        return Outcome(result=Result.CAPTURED, reference=refund["id"])
    if status in {"failed", "canceled"}:
        return declined(str(refund.get("failure_reason") or f"refund_{status}"))
    return UNKNOWN  # pending, requires_action


def entry(answer: Answer) -> BookEntry:
    """An intent or a refund as a line of the book."""
    told = answer["metadata"]
    currency = str(answer["currency"]).upper()
    return BookEntry(
        key=told["tollbridge_key"],
        merchant_id=int(told["tollbridge_merchant"]),
        purchase_id=int(told["tollbridge_purchase"]),
        try_no=int(told["tollbridge_try"]),
        amount=from_stripe(int(answer["amount"]), currency),
        currency=currency,
        outcome=outcome_of(answer),
        charge_key=told.get("tollbridge_charge", ""),
    )


def stored_card(token: Token, method: Answer) -> StoredCard:
    """What may be shown of a card; NotAllowed for another way to pay or an unknown brand."""
    card = method.get("card") or {}
    brand = BRANDS.get(card.get("brand", ""))
    if brand is None:
        raise NotAllowed(
            "card_not_supported", "This card's brand cannot be used here.", field="card.token"
        )
    return StoredCard(
        gateway=NAME,
        token=str(token),
        type_id=brand.type_id,
        type_name=brand.type_name,
        last_four=card["last4"],
        expiry_month=card["exp_month"],
        expiry_year=card["exp_year"],
    )
