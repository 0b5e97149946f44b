"""Why something is not done: refusals carry a kind and a stable reason, never a status number.

The kinds are those of R17; the edge maps each kind to its status in one table.
"""

from enum import Enum
from typing import TypeVar


class Kind(Enum):
    """What sort of refusal it is (R17)."""

    INVALID = "invalid"  # cannot be read as the message
    NOT_FOUND = "not_found"  # unknown to this merchant
    NOT_ALLOWED = "not_allowed"  # understood, but not allowed
    BUSY = "busy"  # somebody else changed it again and again; try later (R7)


class Refusal(Exception):
    """A request that is not carried out and leaves nothing changed.

    `reason` is a stable word for programs, `message` a sentence for people, `field` the input
    that the rule is about ("" when it is none in particular).
    """

    kind = Kind.NOT_ALLOWED

    def __init__(self, reason: str, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.field = field


class Invalid(Refusal):
    """The input cannot be read as what it should be; `field` names it."""

    kind = Kind.INVALID

    def __init__(self, field: str, message: str, *, reason: str = "invalid_value") -> None:
        super().__init__(reason, message, field=field)


class NotFound(Refusal):
    """The subscription, item, product, purchase or customer is unknown to this merchant."""

    kind = Kind.NOT_FOUND


T = TypeVar("T")


def known_merchant(merchant: T | None, merchant_id: int) -> T:
    """The merchant that was looked up; NotFound when there is none."""
    if merchant is None:
        raise NotFound("merchant_unknown", f"Merchant not found: {merchant_id}")
    return merchant


def known_subscription(found: T | None, subscription_id: int) -> T:
    """What was looked up of a subscription; NotFound when the merchant has none with this id."""
    if found is None:
        raise NotFound(
            "subscription_unknown",
            f"Subscription not found: S{subscription_id}",
            field="SubscriptionId",
        )
    return found


def known_customer(found: T | None, name: str) -> T:
    """What was looked up of a customer; NotFound when the merchant has none of this name."""
    if found is None:
        raise NotFound(
            "customer_unknown", f"Customer not found: {name}", field="CustomerReferenceId"
        )
    return found


def known_mail(found: T | None, mail_id: int) -> T:
    """What was looked up of a mail; NotFound when the merchant has none with this id."""
    if found is None:
        raise NotFound("mail_unknown", f"Mail not found: {mail_id}", field="mail_id")
    return found


def known_endpoint(found: T | None, endpoint_id: int) -> T:
    """What was looked up of an endpoint; NotFound when the merchant has none with this id."""
    if found is None:
        raise NotFound(
            "endpoint_unknown", f"Endpoint not found: {endpoint_id}", field="endpoint_id"
        )
    return found


def known_notification(found: T | None, notification_id: int) -> T:
    """What was looked up of a notification; NotFound when the merchant has none with this id."""
    if found is None:
        raise NotFound(
            "notification_unknown",
            f"Notification not found: {notification_id}",
            field="notification_id",
        )
    return found


class NotAllowed(Refusal):
    """Understood, but against a rule of the business (status, currency, negative alignment ...)."""

    kind = Kind.NOT_ALLOWED


class Busy(Refusal):
    """The subscription changed under us three times in a row; the caller may try again (R7)."""

    kind = Kind.BUSY
