"""Which notifications a fact causes, and what each says."""

from collections.abc import Callable, Sequence

import msgspec

from tollbridge.domain import events as ev
from tollbridge.domain.choices import Choices, GraceName
from tollbridge.domain.due import NOTICE_DAYS
from tollbridge.domain.facts import Fact
from tollbridge.domain.outbox import FactInput
from tollbridge.domain.purchase import Purpose
from tollbridge.domain.subscription import RenewalType
from tollbridge.notices import types
from tollbridge.notices.documents import built
from tollbridge.notices.model import Document
from tollbridge.notices.scene import NoticeContext, scene_of
from tollbridge.notices.xml import to_xml

__all__ = [
    "Document",
    "NoticeContext",
    "document",
    "to_json",
    "to_xml",
    "told_once",
    "types_told",
]

DIRECT_DEBIT = "DDB_"  # how the ids of such payment types begin (platform.md a.5)

# Facts of which every subscription of an order tells its part, in one transaction.
_SHARED = frozenset(
    (
        "purchase_paid",
        "payment_declined",
        "payment_awaited",
        "purchase_refunded",
        "purchase_partially_refunded",
        "charged_back",
    )
)
_ALWAYS = {
    "payment_declined": types.DECLINED,
    "purchase_refunded": types.REFUND,
    "purchase_partially_refunded": types.PARTIAL_REFUND,
    "items_deactivated": types.CANCELED,
    "items_finished": types.CANCELED,
    "subscription_merged": types.CANCELED,
    "items_reinstated": types.REINSTATED,
    "items_received": types.REINSTATED,
    "hold_started": types.ON_HOLD,
    "billing_date_moved": types.DATE_EXTENDED,
    "renewal_type_changed": types.RENEWAL_TYPE,
    "profile_changed": types.PROFILE,
    "renewal_reminded": types.REMINDER_CHARGE,
    "card_expiring": types.REMINDER_EXPIRED,
}


class _Event(msgspec.Struct):
    """What tells two facts of one type about one purchase apart."""

    try_no: int = 0
    refund_no: int = 0


class _Frozen(msgspec.Struct):
    """Of a fact's input only the event."""

    payload: _Event


_DECODER = msgspec.json.Decoder(_Frozen)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def types_told(fact_input: FactInput, fact: Fact, choices: Choices) -> tuple[str, ...]:
    """The types of notifications that a fact causes (platform.md a.6), in order; often none."""
    depends = _DEPENDS.get(fact.type)
    if depends is not None:
        return depends(fact_input, choices)
    always = _ALWAYS.get(fact.type)
    return (always,) if always else ()


def document(
    type: str,  # noqa: A002 - the word of the published documents
    facts: Sequence[tuple[Fact, FactInput]],
    context: NoticeContext,
) -> Document:
    """The notification of this type that tells the facts: one, or all that are `told_once`.

    Raises ValueError for no facts and an event that this program does not know, KeyError for a
    type that nothing here causes.
    """
    if not facts:
        message = "a notification tells at least one fact"
        raise ValueError(message)
    in_order = sorted(facts, key=lambda told: told[0].subscription_id)
    return built(type, [scene_of(fact, told, context) for fact, told in in_order])


def to_json(document: Document) -> bytes:
    """The document as it is posted: amounts are numbers with their digits (R25)."""
    return _ENCODER.encode(document)


def told_once(fact: Fact) -> str | None:
    """What facts of several subscriptions have in common when one notification tells of them all.

    Only the purchase of a sign-up is shared, and each of its subscriptions tells its part in the
    same transaction, so whoever sees one of them sees them all. None for a fact that is told by
    itself. Facts of one type about one purchase are different ones where the attempt or the refund
    is another.
    """
    if fact.type not in _SHARED or fact.subject != f"purchase/{fact.stream}":
        return None
    event = _DECODER.decode(fact.frozen).payload
    return f"{fact.type}/{fact.stream}/{event.try_no or event.refund_no}"


def _paid(fact_input: FactInput, choices: Choices) -> tuple[str, ...]:
    purchase = fact_input.purchase
    running = purchase is not None and purchase.purpose is not Purpose.SIGNUP
    if running and choices.subscription_paid:
        return types.PAID, types.SUBSCRIPTION_PAID
    return (types.PAID,)


def _awaited(fact_input: FactInput, _: Choices) -> tuple[str, ...]:
    """An order that is paid by hand; for a renewal the customer was only asked to pay, or will be.

    A bill on the terms of a purchase order is an order itself. One that waits for a manual renewal
    is none: nobody has ordered it.
    """
    event, method = fact_input.event, fact_input.payment_method
    if isinstance(event, ev.PaymentAwaited) and event.reminder:
        return (types.REMINDER_CHARGE if method.online else types.REMINDER_OFFLINE,)
    purchase = fact_input.purchase
    if method.online or purchase is None:
        return ()
    manual = fact_input.subscription.renewal_type is RenewalType.MANUAL
    if manual and purchase.due is not None:
        return ()
    return (types.PURCHASE_ORDER if purchase.net_days else types.OFFLINE,)


def _charged_back(fact_input: FactInput, _: Choices) -> tuple[str, ...]:
    debit = fact_input.payment_method.type_id.startswith(DIRECT_DEBIT)
    return (types.RETURNED_DEBIT if debit else types.CHARGEBACK,)


def _overdue(fact_input: FactInput, choices: Choices) -> tuple[str, ...]:
    """The last notice is told to the merchant too (platform.md g)."""
    event, purchase = fact_input.event, fact_input.purchase
    if not isinstance(event, ev.PaymentOverdue) or purchase is None or not choices.overdue_orders:
        return ()
    last = event.notice_no == len(NOTICE_DAYS[purchase.net_days])
    return (types.ERROR,) if last else ()


def _grace(_: FactInput, choices: Choices) -> tuple[str, ...]:
    on_grace = choices.grace is GraceName.ON_GRACE
    return (types.ON_GRACE if on_grace else types.GRACE_PERIOD,)


_DEPENDS: dict[str, Callable[[FactInput, Choices], tuple[str, ...]]] = {
    "purchase_paid": _paid,
    "payment_awaited": _awaited,
    "charged_back": _charged_back,
    "payment_overdue": _overdue,
    "grace_started": _grace,
}
