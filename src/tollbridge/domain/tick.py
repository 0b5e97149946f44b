"""Doing what time brings (DESIGN.md 3): remind, bill, retry, grace, hold, finish.

A tick takes the first step that is due. `due` is its nominal instant and the base of all interval
arithmetic, `now` counts for payments, retries and grace (R5).
"""

from collections.abc import Callable

from tollbridge.domain.advance import next_advance
from tollbridge.domain.decision import Change, Context, Decision
from tollbridge.domain.due import (
    NOTICE_DAYS,
    Due,
    Step,
    is_checked_ahead,
    next_step,
)
from tollbridge.domain.dunning import deactivated, held, unpaid
from tollbridge.domain.events import (
    CardChecked,
    CardExpiring,
    ItemsFinished,
    PaymentAwaited,
    PaymentOverdue,
    PaymentStarted,
    PurchaseBilled,
    PurchaseOpened,
    RenewalReminded,
)
from tollbridge.domain.facts import Parties
from tollbridge.domain.lines import Drawing
from tollbridge.domain.purchase import Asker, Purchase, Purpose
from tollbridge.domain.settlement import paid_without_charge
from tollbridge.domain.subscription import RenewalType, Subscription
from tollbridge.domain.voiding import rolled_back, voided


def tick(subscription: Subscription, context: Context) -> Decision:
    """Take the step that is due first; nothing while none is due at `context.now`.

    `context.fresh` is used up by a step that opens a purchase or begins an attempt. Raises
    ValueError for a context without parties.
    """
    step = next_step(subscription)
    change = Change(subscription)
    if step is not None and step.at <= context.now:
        change = _STEPS[step.step](change, step, context)
    return Decision(changes=(change,), parties=context.parties)


def _retry(change: Change, step: Due, context: Context) -> Change:
    return _tried(change, _known(change.after, step.purchase_id), context, Asker.SCHEDULE)


def _bill(change: Change, _step: Due, context: Context) -> Change:
    """The billing date: what is unpaid falls back (R2), what is over ends (R16).

    While the customer has to confirm another payment no bill is made, and grace begins (R8).
    """
    now = context.now
    change = rolled_back(change, change.after.purchases, now)
    change = _finished(change, context)
    if not change.after.active_items:
        return voided(change, change.after.purchases, now)
    if change.after.payment_in_progress:
        return unpaid(change, now)
    bill = change.after.bill
    others = (p for p in change.after.purchases if p.advance is not None and p is not bill)
    change = voided(change, others, now)
    if bill is None:
        change, bill = _opened(change, context, billed=True)
    elif not bill.posted:
        change = change.then(PurchaseBilled(at=now, purchase_id=bill.id))
    change = _card_noticed(change, bill, context)
    return _due_for_payment(change, bill, context)


def _due_for_payment(change: Change, bill: Purchase, context: Context) -> Change:
    """Charge what is charged by itself; else the customer is told, and has grace to pay (R21)."""
    now, method = context.now, _parties(context).payment_method
    if not bill.total.gross:
        return paid_without_charge(change, _known(change.after, bill.id), now)
    if method.online and change.after.renewal_type is RenewalType.AUTOMATIC:
        return _tried(change, bill, context, Asker.PLATFORM)
    change = change.then(PaymentAwaited(at=now, purchase_id=bill.id))
    return change if bill.net_days else unpaid(change, now)


def _remind(change: Change, _step: Due, context: Context) -> Change:
    """The bill is opened with frozen lines, and the customer is told of it (R6, R21)."""
    change, bill = _opened(change, context, billed=False)
    automatic = change.after.renewal_type is RenewalType.AUTOMATIC
    if automatic and _parties(context).payment_method.online:
        return change.then(RenewalReminded(at=context.now, purchase_id=bill.id))
    return change.then(PaymentAwaited(at=context.now, purchase_id=bill.id, reminder=True))


def _end_grace(change: Change, _step: Due, context: Context) -> Change:
    return held(change, context.now)


def _end_hold(change: Change, _step: Due, context: Context) -> Change:
    return deactivated(change, context.now)


def _check_card(change: Change, _step: Due, context: Context) -> Change:
    """A month before the billing date: does the card last until then?

    Of one that does not the customer is told once, and again when it was changed.
    """
    subscription = change.after
    number = subscription.last_billing_interval_no + 1
    expires = _parties(context).payment_method.expires_by(subscription.next_billing)
    if expires and not subscription.card_told:
        return change.then(CardExpiring(at=context.now, number=number))
    return change.then(CardChecked(at=context.now, number=number))


def _card_noticed(change: Change, bill: Purchase, context: Context) -> Change:
    """With intervals of a month or less the notice for the next bill comes with this one."""
    subscription = change.after
    automatic = subscription.renewal_type is RenewalType.AUTOMATIC
    if bill.advance is None or not automatic or subscription.card_told:
        return change
    left = int(bill.advance.begins_term)  # this bill is the renewal that is left
    over = all(item.renewals_left == left for item in subscription.items_to_bill)
    if (over and bill.advance.ends_term) or is_checked_ahead(bill.advance.step):
        return change
    if not _parties(context).payment_method.expires_by(bill.advance.next_billing):
        return change
    return change.then(CardExpiring(at=context.now, number=bill.billing_interval_no + 1))


def _notice(change: Change, step: Due, context: Context) -> Change:
    """The next notice about an unpaid purchase order; after the last it is cancelled."""
    purchase = _known(change.after, step.purchase_id)
    if purchase.notices == len(NOTICE_DAYS[purchase.net_days]):
        return deactivated(change, context.now)
    number = purchase.notices + 1
    return change.then(PaymentOverdue(at=context.now, purchase_id=purchase.id, notice_no=number))


_STEPS: dict[Step, Callable[[Change, Due, Context], Change]] = {
    Step.RETRY: _retry,
    Step.BILL: _bill,
    Step.END_GRACE: _end_grace,
    Step.END_HOLD: _end_hold,
    Step.REMIND: _remind,
    Step.CHECK_CARD: _check_card,
    Step.NOTICE: _notice,
}


def _finished(change: Change, context: Context) -> Change:
    """What has had all its renewals is over, with the last instalment of the last one (R16)."""
    if not change.after.begins_term:
        return change
    done = tuple(item.running_no for item in change.after.active_items if not item.renews)
    return change.then(ItemsFinished(at=context.now, running_nos=done)) if done else change


def _opened(change: Change, context: Context, *, billed: bool) -> tuple[Change, Purchase]:
    """Open the bill of the next billing date, at the tax rate of that date (R14)."""
    subscription = change.after
    items, date = subscription.items_to_bill, subscription.next_billing
    advance = next_advance(subscription, items)
    draw = Drawing(subscription.currency, context.tax, context.country, date)
    bill = Purchase(
        id=context.fresh.purchase_id,
        purpose=Purpose.RENEWAL,
        interval_no=advance.term_no,
        billing_interval_no=advance.billing_interval_no,
        currency=subscription.currency,
        lines=draw.renewed(items, advance),
        advance=advance,
        due=date,
        billed_at=context.now if billed else None,
        net_days=_parties(context).payment_method.net_days,
    )
    return change.then(PurchaseOpened(at=context.now, purchase=bill)), bill


def _tried(change: Change, purchase: Purchase, context: Context, asker: Asker) -> Change:
    return change.then(
        PaymentStarted(
            at=context.now,
            purchase_id=purchase.id,
            try_no=purchase.tries + 1,
            key=context.fresh.attempt_key,
            asker=asker,
        )
    )


def _known(subscription: Subscription, purchase_id: int) -> Purchase:
    purchase = subscription.purchase(purchase_id)
    if purchase is None:
        message = f"purchase {purchase_id} is not open"
        raise ValueError(message)
    return purchase


def _parties(context: Context) -> Parties:
    if context.parties is None:
        message = "a tick needs to know customer and payment method"
        raise ValueError(message)
    return context.parties
