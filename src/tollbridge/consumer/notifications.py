"""Notifications as typed values: `parse` reads a body, whatever its type.

The classes bear the names of `meta.type`, so that `match` and `isinstance` tell them apart; their
bases say what they hold. Types that are not known become `Unknown`: a platform adds types at any
time, and whoever refuses them would be sent them again and again.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import field

from tollbridge.consumer.values import (
    CustomerProfile,
    Meta,
    Purchase,
    Signup,
    Subscription,
    Value,
    folded,
)


class MalformedError(Exception):
    """The body is no notification: no JSON object, no type, or a field of another kind.

    A platform that works sends no such body. Answer with an error, so that it stays visible there.
    """


class Notification(Value, frozen=True, kw_only=True):
    """What happened, by its class. `body` is what was sent. Printed, it shows no personal data."""

    meta: Meta
    body: bytes = b""

    def __repr__(self) -> str:
        return f"<{self.meta.type} of {self.meta.date}>"


class Unknown(Notification, frozen=True, kw_only=True):
    """A type that this library does not know: accept it, and look at `body` if you must."""


class PurchaseNotification(Notification, frozen=True, kw_only=True):
    """What happened to a purchase, or to the subscriptions of its items."""

    purchase: Purchase


class ReimbursementNotification(PurchaseNotification, frozen=True, kw_only=True):
    """Money went back, or a subscription was cancelled."""

    reimbursement_type_id: str = ""
    reimbursement_reason_id: str = ""
    terminate_recurring_billing: bool | None = None


class PaidOrderNotification(PurchaseNotification, frozen=True, kw_only=True):
    """A purchase was paid: `purchase.subscription_revenue_category_id` says for what."""


class OnlinePaymentDeclined(PurchaseNotification, frozen=True, kw_only=True):
    """A payment was refused: of a first order, a renewal or a change."""


class NewOfflinePaymentPurchaseNotification(PurchaseNotification, frozen=True, kw_only=True):
    """An order that is to be paid by wire or the like."""


class NewPurchaseOrderNotification(PurchaseNotification, frozen=True, kw_only=True):
    """An order on invoice: delivered before it is paid."""


class AwaitingReleaseForPurchaseOrderNotification(PurchaseNotification, frozen=True, kw_only=True):
    """An order on invoice that has to be released."""


class AwaitingNotification(PurchaseNotification, frozen=True, kw_only=True):
    """An order that is held for review."""


class RegistrationNotification(PurchaseNotification, frozen=True, kw_only=True):
    """A free order."""


class QuoteNotification(PurchaseNotification, frozen=True, kw_only=True):
    """A quote was made."""


class ErrorNotification(PurchaseNotification, frozen=True, kw_only=True):
    """Something went wrong with a purchase: `purchase.error`."""


class CustomerContactDataChangedNotification(PurchaseNotification, frozen=True, kw_only=True):
    """A contact of a purchase was changed."""


class RecurringBillingOnGraceNotification(PurchaseNotification, frozen=True, kw_only=True):
    """A renewal is not paid; the service goes on for the days of grace.

    Sent as RecurringBillingGracePeriodNotification too.
    """


class RecurringBillingOnHoldNotification(PurchaseNotification, frozen=True, kw_only=True):
    """Grace is over and nothing was paid."""


class RecurringBillingReinstatedNotification(PurchaseNotification, frozen=True, kw_only=True):
    """A subscription, or an item, is active again."""


class SubscriptionBillingDateExtendedNotification(PurchaseNotification, frozen=True, kw_only=True):
    """The next billing date was moved."""


class SubscriptionRenewalTypeChangedNotification(PurchaseNotification, frozen=True, kw_only=True):
    """Automatic renewal was turned on or off."""


class SubscriptionReminderChargeNotification(PurchaseNotification, frozen=True, kw_only=True):
    """A renewal is near, and will be charged."""


class SubscriptionReminderOfflinePayNotification(PurchaseNotification, frozen=True, kw_only=True):
    """A renewal is near, and has to be paid by hand."""


class SubscriptionReminderPayOptExpNotification(PurchaseNotification, frozen=True, kw_only=True):
    """A card ends before the next billing date."""


class RecurringBillingCanceledNotification(ReimbursementNotification, frozen=True, kw_only=True):
    """A subscription, or an item, was deactivated."""


class RefundNotification(ReimbursementNotification, frozen=True, kw_only=True):
    """All was paid back."""


class PartialRefundNotification(ReimbursementNotification, frozen=True, kw_only=True):
    """A part was paid back."""

    partial_refund_type: str = ""
    remark: str = ""


class ChargebackNotification(ReimbursementNotification, frozen=True, kw_only=True):
    """The customer's bank took the money back."""


class ChargebackInformationRequestNotification(
    ReimbursementNotification, frozen=True, kw_only=True
):
    """A bank asks about a payment."""


class ReturnDirectDebitNotification(ReimbursementNotification, frozen=True, kw_only=True):
    """A direct debit was returned."""


class CustomerProfileUpdateNotification(Notification, frozen=True, kw_only=True):
    """A customer's contacts or payment method changed."""

    customer: CustomerProfile
    extra_parameters: Mapping[str, object] = field(default_factory=dict)


class SubscriptionPaidNotification(Notification, frozen=True, kw_only=True):
    """A payment for a running subscription succeeded; `subscription` is flat in the body."""

    subscription: Subscription


class NewAffiliateSignup(Notification, frozen=True, kw_only=True):
    """Somebody wants to be an affiliate."""

    affiliate: Signup


class NewPartnerSignup(Notification, frozen=True, kw_only=True):
    """Somebody wants to be a partner."""

    partner: Signup


def _leaves(kind: type[Notification]) -> dict[str, type[Notification]]:
    found = {kind.__name__: kind}
    for below in kind.__subclasses__():
        found.update(_leaves(below))
    return found


_BASES = (Notification, Unknown, PurchaseNotification, ReimbursementNotification)
TYPES: Mapping[str, type[Notification]] = {
    name: kind for name, kind in _leaves(Notification).items() if kind not in _BASES
} | {"RecurringBillingGracePeriodNotification": RecurringBillingOnGraceNotification}

# Other names for the same, where the documents differ among themselves.
_ALIASES = {"customerreferencenumber": "internalcustomer"}
_IDS = {"subscriptionid"}  # written with S, or without
_VERBATIM = {"extraparameters"}  # names and values are the customer's
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


def parse(body: bytes) -> Notification:
    """The notification that a JSON body holds; MalformedError when it holds none.

    Verify it first: anybody can write a body.
    """
    document = _document(body)
    meta = document.get("meta")
    name = meta.get("type") if isinstance(meta, dict) else None
    if not isinstance(name, str):
        raise MalformedError("there is no type at meta.type")
    kind = TYPES.get(name, Unknown)
    try:
        return msgspec.convert(
            {**_shaped(document, kind), "meta": meta, "body": body}, kind, strict=False
        )
    except msgspec.ValidationError as error:
        raise MalformedError(f"{name}: {error}") from None


def _document(body: bytes) -> dict[str, Any]:
    try:
        found = _folded(_DECODER.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedError(f"this is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise MalformedError("this is no JSON object")
    return found


def _shaped(document: dict[str, Any], kind: type[Notification]) -> dict[str, Any]:
    """The document with its subject in a field of its own, be it flat or nested as it came."""
    if issubclass(kind, PurchaseNotification) and "purchase" not in document:
        return {**document, "purchase": document}
    if kind is SubscriptionPaidNotification and "subscription" not in document:
        return {"subscription": document}
    return {} if kind is Unknown else document


def _folded(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Names in one spelling, nothing that is null, ids as numbers."""
    if isinstance(value, list):
        return [_folded(one) for one in value if one is not None]
    if not isinstance(value, dict):
        return value
    found = {}
    for written, inner in value.items():
        name = folded(written)
        if inner is None:
            continue
        if name in _VERBATIM:
            found[name] = inner
        elif name in _IDS and isinstance(inner, str):
            found[name] = inner.strip().lstrip("Ss")
        elif name in _ALIASES:
            found.setdefault(_ALIASES[name], _folded(inner))
        else:
            found[name] = _folded(inner)
    return found
