"""Which fact causes which mail (platform.md a.6, g, i), and to whom it goes.

One outcome is one mail: of what one change brings, the customer is told what it came to and what
there is to do, and not each step on the way.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from tollbridge.domain import events as ev
from tollbridge.domain.customer import Contact, Customer
from tollbridge.domain.facts import Fact
from tollbridge.domain.mail import NOTICES, Mail, MailKind, MailState, is_address
from tollbridge.domain.notification import FactKey
from tollbridge.domain.outbox import FactInput, read_input
from tollbridge.domain.payment import Result
from tollbridge.domain.purchase import Purpose
from tollbridge.domain.subscription import (
    UNPAID,
    RenewalType,
    Subscription,
    SubscriptionStatus,
)

Kinds = tuple[MailKind, ...]
NO_ADDRESS = "the contact has no e-mail address"
NOT_AN_ADDRESS = "what the contact has is no e-mail address"


def mails_of(told: FactInput) -> Kinds:
    """The mails that a fact causes; none for most."""
    event = told.event
    causes = _CAUSES.get(type(event))
    return causes(event, told) if causes else ()


def mails_told(facts: Iterable[Fact], *, kept: bool) -> tuple[Mail, ...]:
    """The mails about some facts; their ids are not issued yet.

    Subscriptions of one order share a purchase, and its receipt: all their facts must be among
    `facts`. With `kept` mails stay in the mailbox; else they are to be sent.
    """
    mails: list[Mail] = []
    for several in _messages(facts):
        told = read_input(several[0])
        mails += [_mail(kind, several, told, kept=kept) for kind in mails_of(told)]
    return tuple(mails)


def recipient_of(kind: MailKind, customer: Customer) -> Contact:
    """Who a mail goes to: the billing contact, and what is delivered to whom it is for."""
    if kind is MailKind.DELIVERY and customer.delivery is not None:
        return customer.delivery
    return customer.billing


def _messages(facts: Iterable[Fact]) -> Iterable[list[Fact]]:
    """The facts that are one message, in the order of the first of each.

    Those are one of each subscription, of the same stream, subject, type and time. What happens
    twice to one subscription is two messages, though a clock that stands may show one time.
    """
    found: dict[tuple[object, ...], list[Fact]] = {}
    times: Counter[tuple[object, ...]] = Counter()
    for fact in facts:
        message = (fact.stream, fact.subject, fact.type, fact.at)
        own = (fact.subscription_id, *message)
        found.setdefault((*message, times[own]), []).append(fact)
        times[own] += 1
    return found.values()


def _mail(kind: MailKind, facts: Sequence[Fact], told: FactInput, *, kept: bool) -> Mail:
    first = facts[0]
    contact = recipient_of(kind, told.customer)
    state = MailState.KEPT if kept else MailState.WAITING
    if not is_address(contact.email):
        state = MailState.SKIPPED
    return Mail(
        merchant_id=first.merchant_id,
        id=0,
        kind=kind,
        state=state,
        facts=tuple(FactKey(fact.subscription_id, fact.sequence) for fact in facts),
        stream=first.stream,
        subscription_id=first.subscription_id,
        purchase_id=getattr(told.event, "purchase_id", 0),
        customer_id=told.customer.id,
        recipient=contact.email,
        language=contact.language_id,
        created_at=first.at,
        due_at=first.at if state is MailState.WAITING else None,
        error=_obstacle(contact),
    )


def _obstacle(contact: Contact) -> str:
    """Why a contact cannot be sent mails; nothing where it can."""
    if not contact.email:
        return NO_ADDRESS
    return "" if is_address(contact.email) else NOT_AN_ADDRESS


# What each event causes
def _paid(_: ev.PaymentCaptured, told: FactInput) -> Kinds:
    """The receipt; what was bought is told to another contact too if it is for them."""
    customer, purchase = told.customer, told.purchase
    is_order = purchase is not None and purchase.purpose is Purpose.SIGNUP
    delivery = customer.delivery.email if customer.delivery else ""
    if is_order and delivery and delivery.casefold() != customer.billing.email.casefold():
        return (MailKind.RECEIPT, MailKind.DELIVERY)
    return (MailKind.RECEIPT,)


def _declined(event: ev.PaymentDeclined, told: FactInput) -> Kinds:
    """Where the decline begins grace or hold, or the purchase is cancelled, that is told."""
    open_still = told.subscription.purchase(event.purchase_id) is not None
    if not open_still or _unpaid_since(told.subscription, event.at):
        return ()
    return (MailKind.PAYMENT_DECLINED,)


def _awaited(event: ev.PaymentAwaited, told: FactInput) -> Kinds:
    """By hand: the order or the invoice, a reminder, or a link (platform.md g).

    A bill that is not an invoice begins grace or hold on its date, and that is told. Who renews by
    hand and pays by wire gets no reminder.
    """
    subscription, method = told.subscription, told.payment_method
    if not event.reminder:
        if method.net_days:
            return (MailKind.INVOICE,)
        is_order = told.purchase is not None and told.purchase.purpose is Purpose.SIGNUP
        return (MailKind.ORDER_CONFIRMATION,) if is_order else ()
    if subscription.renewal_type is RenewalType.AUTOMATIC:
        return (MailKind.RENEWAL_OFFLINE,)
    return (MailKind.RENEWAL_LINK,) if method.online else ()


def _grace(_: ev.GraceStarted, told: FactInput) -> Kinds:
    return () if _bill_to_confirm(told.subscription) else (MailKind.GRACE,)


def _hold(_: ev.HoldStarted, told: FactInput) -> Kinds:
    """Where there is no grace, the link to confirm a payment has told of it already."""
    if not told.subscription.grace_days and _bill_to_confirm(told.subscription):
        return ()
    return (MailKind.HOLD,)


def _overdue(event: ev.PaymentOverdue, _: FactInput) -> Kinds:
    """The last notice is the merchant's (platform.md g)."""
    return NOTICES[event.notice_no - 1 : event.notice_no]


def _deactivated(event: ev.ItemsDeactivated, told: FactInput) -> Kinds:
    if not event.generate_mail:
        return ()
    if told.subscription.never_paid:
        return (MailKind.ORDER_CANCELED,)
    return (MailKind.UNPAID if event.unpaid else MailKind.CANCELED,)


def _if_wanted(kind: MailKind) -> Callable[[Any, FactInput], Kinds]:
    """A mail that the caller may suppress (GenerateMail)."""
    return lambda event, _: (kind,) if event.generate_mail else ()


def _always(kind: MailKind) -> Callable[[Any, FactInput], Kinds]:
    return lambda _, __: (kind,)


_CAUSES: dict[type[ev.Event], Callable[[Any, FactInput], Kinds]] = {
    ev.PaymentCaptured: _paid,
    ev.PaymentDeclined: _declined,
    ev.PurchaseRefunded: _always(MailKind.REFUND),
    ev.ChargedBack: _always(MailKind.CHARGEBACK),
    ev.ItemChanged: _if_wanted(MailKind.UPDATE),
    ev.ItemAdded: _if_wanted(MailKind.ITEM_ADDED),
    ev.ItemRemoved: _if_wanted(MailKind.ITEM_REMOVED),
    ev.ItemRolledBack: _always(MailKind.ROLLED_BACK),
    ev.ItemsDeactivated: _deactivated,
    ev.ItemsReceived: _if_wanted(MailKind.UPDATE),
    ev.ItemsReinstated: _if_wanted(MailKind.REINSTATED),
    ev.ItemsFinished: _always(MailKind.FINISHED),
    ev.AuthenticationAsked: _always(MailKind.AUTHENTICATION),
    ev.PaymentAwaited: _awaited,
    ev.PaymentOverdue: _overdue,
    ev.RenewalReminded: _always(MailKind.RENEWAL),
    ev.CardExpiring: _always(MailKind.CARD_EXPIRY),
    ev.GraceStarted: _grace,
    ev.HoldStarted: _hold,
}


def _unpaid_since(subscription: Subscription, at: datetime) -> bool:
    """Whether grace, or hold without grace, began at this instant."""
    if subscription.status not in UNPAID or subscription.unpaid_until is None:
        return False
    in_grace = subscription.status is SubscriptionStatus.GRACE
    days = subscription.grace_days if in_grace else subscription.hold_days
    return subscription.unpaid_until - timedelta(days=days) == at


def _bill_to_confirm(subscription: Subscription) -> bool:
    """Whether the customer was sent a link to confirm the payment of the bill."""
    bill = subscription.bill
    return bill is not None and bill.undecided is Result.ACTION_REQUIRED
