"""Outbox facts: what notifications and mails will be made of.

A fact is stored in the transaction that makes it true, with everything a document needs frozen
in it. Facts of one subscription are numbered without gaps, so that a consumer can prove that it
missed nothing.
"""

from datetime import datetime

import msgspec

from tollbridge.domain import events as ev
from tollbridge.domain.customer import Customer, PaymentMethod

PARTIALLY_REFUNDED = "purchase_partially_refunded"

_FACT_TYPES: dict[type[ev.Event], str] = {
    ev.PaymentCaptured: "purchase_paid",
    ev.PaymentDeclined: "payment_declined",
    ev.PurchaseRefunded: "purchase_refunded",
    ev.ChargedBack: "charged_back",
    ev.ItemChanged: "item_changed",
    ev.BillingDateMoved: "billing_date_moved",
    ev.ItemAdded: "item_added",
    ev.ItemsDeactivated: "items_deactivated",
    ev.ItemsReinstated: "items_reinstated",
    ev.ItemRemoved: "item_removed",
    ev.ItemRolledBack: "item_rolled_back",
    ev.ItemsFinished: "items_finished",
    ev.RenewalTypeChanged: "renewal_type_changed",
    ev.ProfileChanged: "profile_changed",
    ev.AuthenticationAsked: "authentication_asked",
    ev.PaymentAwaited: "payment_awaited",
    ev.PaymentOverdue: "payment_overdue",
    ev.RenewalReminded: "renewal_reminded",
    ev.CardExpiring: "card_expiring",
    ev.GraceStarted: "grace_started",
    ev.HoldStarted: "hold_started",
    ev.ItemsReceived: "items_received",
    ev.SubscriptionMerged: "subscription_merged",
}


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the outbox.

    `sequence` is the subscription's own count from 1. `stream` is what notices are kept in order
    by: subscriptions of one order share it, as one notice may tell of them all. `subject` says
    what it is about (`purchase/531157892` or `subscription/67531904`), `frozen` is the JSON of its
    `FactInput`.
    """

    merchant_id: int
    subscription_id: int
    stream: int
    sequence: int
    type: str
    subject: str
    at: datetime
    frozen: bytes


class Parties(msgspec.Struct, frozen=True):
    """Who a fact concerns: the customer and the payment method in use, as they were then."""

    customer: Customer
    payment_method: PaymentMethod


def tells_fact(event: ev.Event) -> bool:
    """Whether the event is told to the merchant's systems or the customer."""
    return type(event) in _FACT_TYPES and getattr(event, "told", True)


def told_types() -> frozenset[str]:
    """Every type of fact."""
    return frozenset((*_FACT_TYPES.values(), PARTIALLY_REFUNDED))


def fact_type(event: ev.Event) -> str:
    """The type of fact that the event tells; KeyError when it tells none."""
    if isinstance(event, ev.PurchaseRefunded) and not event.whole:
        return PARTIALLY_REFUNDED
    return _FACT_TYPES[type(event)]


def subject_of(event: ev.Event, subscription_id: int) -> str:
    """What the fact is about: the purchase if it is about one, else the subscription."""
    purchase_id = getattr(event, "purchase_id", None)
    return f"purchase/{purchase_id}" if purchase_id else f"subscription/{subscription_id}"
