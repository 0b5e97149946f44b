"""One document for each type of notification."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial

from msgspec import UNSET

from tollbridge.domain import events as ev
from tollbridge.domain.choices import CanceledShape
from tollbridge.domain.money import Split
from tollbridge.domain.purchase import Purchase as Bill
from tollbridge.domain.written import plain, zulu
from tollbridge.notices import types, words
from tollbridge.notices.model import (
    Customer,
    Document,
    Failure,
    Meta,
    ProfileNotification,
    Purchase,
    PurchaseItem,
    ReimbursementNotification,
    beside,
)
from tollbridge.notices.parts import payment_of, present
from tollbridge.notices.purchases import (
    Standing,
    contacts_of,
    items_told,
    lines_told,
    parameters_of,
    purchase_of,
)
from tollbridge.notices.scene import Scene
from tollbridge.notices.subscription_paid import subscription_paid
from tollbridge.notices.types import SCHEMA_PATH

Scenes = Sequence[Scene]

TEST_CARD = "T"  # how the last four of a test card end, in the published examples
OVERDUE = Failure(
    code="PURCHASE_ORDER_OVERDUE",
    message="The last notice of an unpaid purchase order was sent; it is cancelled in three days",
)


def built(type_: str, scenes: Scenes) -> Document:
    """The document of this type; KeyError for a type that nothing here causes."""
    return _BUILT[type_](type_, scenes)


def meta_of(type_: str, scene: Scene, written: Callable[[datetime], str] = plain) -> Meta:
    """What stands first; the date is business time, so that a fact makes the same bytes."""
    return Meta(
        type=type_,
        date=written(scene.fact.at),
        schema_url=f"{scene.context.public_url}{SCHEMA_PATH}/{type_}",
    )


def _billed(scenes: Scenes, status: words.Status, paid_at: datetime | None = None) -> Purchase:
    """The purchase that the facts are about, with the lines of all of them."""
    first, bill = scenes[0], _bill_of(scenes[0])
    return purchase_of(
        scenes,
        bill.id,
        _all_lines(scenes),
        _standing(first, bill, status, paid_at),
    )


def _all_lines(scenes: Scenes) -> Iterator[PurchaseItem]:
    for scene in scenes:
        bill = _bill_of(scene)
        yield from lines_told(scene, bill, partial(words.line_event, scene.told, bill))


def _bill_of(scene: Scene) -> Bill:
    bill = scene.told.purchase
    if bill is None:
        message = f"{scene.fact.type} of {scene.fact.subject} was stored without its purchase"
        raise ValueError(message)
    return bill


def _standing(
    scene: Scene, bill: Bill, status: words.Status, paid_at: datetime | None = None
) -> Standing:
    category = words.revenue_category(scene.told, bill)
    return Standing(status, _opened_at(bill, scene), paid_at, category)


def _opened_at(bill: Bill, scene: Scene) -> datetime:
    """Purchases of the first releases do not know when they were opened."""
    return bill.opened_at or bill.billed_at or bill.tried_at or scene.fact.at


def _paid_status(scene: Scene, status: words.Status = words.PAID) -> words.Status:
    """Paid, or a test order where the merchant wants to see those."""
    last_four = scene.told.payment_method.last_four
    test = scene.context.choices.test_orders and last_four.endswith(TEST_CARD)
    return words.TEST_ORDER if test else status


def _paid(type_: str, scenes: Scenes) -> Document:
    scene = scenes[0]
    purchase = _billed(scenes, _paid_status(scene), paid_at=scene.fact.at)
    return beside(meta_of(type_, scene), purchase)


def _unpaid(status: words.Status, type_: str, scenes: Scenes) -> Document:
    return beside(meta_of(type_, scenes[0]), _billed(scenes, status))


def _overdue(type_: str, scenes: Scenes) -> Document:
    scene, bill = scenes[0], _bill_of(scenes[0])
    purchase = purchase_of(
        scenes,
        bill.id,
        _all_lines(scenes),
        _standing(scene, bill, words.WAITING_FOR_ORDER),
        error=OVERDUE,
    )
    return beside(meta_of(type_, scene), purchase)


# The subscription itself


def _running(
    scene: Scene,
    happened: str,
    running_nos: Sequence[int] | None = None,
    category: str = "",
) -> Purchase:
    """A subscription by its sign-up: the purchase that every consumer knows it by."""
    subscription = scene.subscription
    paid = words.was_paid(subscription)
    return purchase_of(
        (scene,),
        subscription.original_purchase_id,
        items_told(scene, lambda _: happened, running_nos),
        Standing(
            _paid_status(scene) if paid else words.CANCELED,
            created_at=subscription.start,
            paid_at=subscription.start if paid else None,
            category=category,
        ),
    )


def _canceled(type_: str, scenes: Scenes) -> Document:
    scene, event = scenes[0], scenes[0].event
    happened = "remove" if isinstance(event, ev.SubscriptionMerged) else "deactivate"
    purchase = _running(scene, happened, _gone(scene), "Signup")
    meta = meta_of(type_, scene)
    if scene.context.choices.canceled is CanceledShape.FLAT:
        return beside(meta, purchase)
    return ReimbursementNotification(meta=meta, terminate_recurring_billing=True, purchase=purchase)


def _gone(scene: Scene) -> tuple[int, ...]:
    """The items that are billed no more."""
    event = scene.event
    if isinstance(event, ev.ItemsDeactivated | ev.ItemsFinished):
        return event.running_nos
    return tuple(i.running_no for i in scene.subscription.items if i.end == event.at)


def _reinstated(type_: str, scenes: Scenes) -> Document:
    scene, event = scenes[0], scenes[0].event
    if isinstance(event, ev.ItemsReinstated):
        purchase = _running(scene, "reinstate", event.running_nos)
    else:
        purchase = _running(scene, "add", _received(scene))
    return beside(meta_of(type_, scene), purchase)


def _received(scene: Scene) -> tuple[int, ...]:
    """The items that came from another subscription."""
    event = scene.event
    count = len(event.items) if isinstance(event, ev.ItemsReceived) else 0
    items = scene.subscription.items
    return tuple(item.running_no for item in items[len(items) - count :])


def _moved(happened: str, type_: str, scenes: Scenes) -> Document:
    """The billing date or the renewal type of the whole subscription changed."""
    purchase = _running(scenes[0], happened, category="Signup")
    return beside(meta_of(type_, scenes[0]), purchase)


def _ahead(type_: str, scenes: Scenes) -> Document:
    """What is not paid yet: the bill, or where none is open the items that it will be for."""
    scene = scenes[0]
    subscription = scene.subscription
    bill = scene.told.purchase or subscription.bill
    if bill is None:
        purchase = purchase_of(
            scenes,
            subscription.original_purchase_id,
            items_told(scene, words.last_event),
            Standing(words.UNPAID, subscription.start),
        )
    else:
        purchase = purchase_of(
            scenes,
            bill.id,
            lines_told(scene, bill, lambda line: _last_of(scene, line.item_running_no)),
            Standing(words.UNPAID, _opened_at(bill, scene)),
        )
    return beside(meta_of(type_, scene), purchase)


def _last_of(scene: Scene, running_no: int) -> str:
    return words.last_event(scene.subscription.item(running_no))


# Money that goes back


def _reimbursed(status: words.Status, reason: str | None, type_: str, scenes: Scenes) -> Document:
    """What went back: the prices are those of the reimbursement, its lines alone are told."""
    scene, bill = scenes[0], _bill_of(scenes[0])
    partial_refund = type_ == types.PARTIAL_REFUND
    purchase = purchase_of(
        scenes,
        bill.id,
        _lines_given_back(scenes),
        _standing(scene, bill, status, scene.told.paid_at),
        reimbursement_id=_reimbursement_id(scene) or bill.id,
    )
    return ReimbursementNotification(
        meta=meta_of(type_, scene),
        partial_refund_type="RefundAmount" if partial_refund else UNSET,
        remark=None if partial_refund else UNSET,
        reimbursement_type_id=reason,
        terminate_recurring_billing=_terminates(scene),
        purchase=purchase,
    )


def _lines_given_back(scenes: Scenes) -> Iterator[PurchaseItem]:
    for scene in scenes:
        bill, event = _bill_of(scene), scene.event
        lines = event.lines if isinstance(event, ev.PurchaseRefunded | ev.ChargedBack) else ()
        amounts: dict[int, Split] = {line.running_no: line.amount for line in lines}
        happened = partial(words.line_event, scene.told, bill)
        yield from lines_told(scene, bill, happened, amounts)


def _reimbursement_id(scene: Scene) -> int:
    if isinstance(scene.event, ev.ChargedBack):
        return scene.event.reimbursement_id
    return scene.told.refund.reimbursement_id if scene.told.refund else 0


def _terminates(scene: Scene) -> bool:
    """Whether the subscription is billed no more."""
    if scene.told.refund is not None:
        return scene.told.refund.terminate
    return not scene.subscription.billed_items


# The customer


def _profile(type_: str, scenes: Scenes) -> Document:
    scene = scenes[0]
    customer = scene.told.customer
    billing, delivery, licensee = contacts_of(customer)
    return ProfileNotification(
        meta=meta_of(type_, scene, zulu),
        customer=Customer(
            customer_id=customer.id,
            internal_customer=present(customer.reference_id),
            customer_reference_number=present(customer.reference_id),
            billing_contact=billing,
            delivery_contact=delivery,
            licensee_contact=licensee,
            payment_info=payment_of(scene.told.payment_method, scene.subscription.currency),
        ),
        extra_parameters=parameters_of(scenes),
    )


def _subscription(type_: str, scenes: Scenes) -> Document:
    scene = scenes[0]
    return subscription_paid(meta_of(type_, scene, zulu), scene, _bill_of(scene))


_BUILT: dict[str, Callable[[str, Scenes], Document]] = {
    types.PAID: _paid,
    types.SUBSCRIPTION_PAID: _subscription,
    types.DECLINED: partial(_unpaid, words.DECLINED),
    types.OFFLINE: partial(_unpaid, words.WAITING),
    types.PURCHASE_ORDER: partial(_unpaid, words.WAITING_FOR_ORDER),
    types.REFUND: partial(_reimbursed, words.REFUNDED, "REF"),
    types.PARTIAL_REFUND: partial(_reimbursed, words.PARTLY_REFUNDED, "PPR"),
    types.CHARGEBACK: partial(_reimbursed, words.CHARGED_BACK, "CHB"),
    types.RETURNED_DEBIT: partial(_reimbursed, words.CHARGED_BACK, None),
    types.CANCELED: _canceled,
    types.REINSTATED: _reinstated,
    types.ON_GRACE: _ahead,
    types.GRACE_PERIOD: _ahead,
    types.ON_HOLD: _ahead,
    types.DATE_EXTENDED: partial(_moved, "updNextBD"),
    types.RENEWAL_TYPE: partial(_moved, "renTypeUpd"),
    types.PROFILE: _profile,
    types.REMINDER_CHARGE: _ahead,
    types.REMINDER_OFFLINE: _ahead,
    types.REMINDER_EXPIRED: _ahead,
    types.ERROR: _overdue,
}
