"""From the stored journal to one that people read: decoded events, amounts in the main unit."""

from collections.abc import Callable, Sequence
from typing import Any, TypedDict

from tollbridge.domain import events as ev
from tollbridge.domain.coupon import Coupon
from tollbridge.domain.money import Split
from tollbridge.domain.purchase import (
    Advance,
    Explanation,
    InstalmentShare,
    Line,
    Reduction,
    Share,
)
from tollbridge.domain.refund import RefundedLine, total_of
from tollbridge.domain.schedule import Instalment, Interval
from tollbridge.domain.subscription import Terms
from tollbridge.ports import JournalEntry
from tollbridge.rest import journal_messages as wire
from tollbridge.rest import line_messages as lines
from tollbridge.rest.dates import zulu
from tollbridge.rest.numbers import amount
from tollbridge.rest.subscription_answer import amounts


def journal_of(subscription_id: int, entries: Sequence[JournalEntry]) -> wire.Journal:
    """The answer for the whole journal of one subscription, oldest entry first."""
    events = [decoded(entry) for entry in entries]
    currency = next(event.currency for event in events if isinstance(event, ev.SubscriptionStarted))
    return wire.Journal(
        subscription_id=f"S{subscription_id}",
        currency=currency,
        entries=tuple(
            _entry(entry, event, currency) for entry, event in zip(entries, events, strict=True)
        ),
    )


def decoded(entry: JournalEntry) -> ev.Event:
    """The event of a journal row."""
    return ev.decode_event(entry.type, entry.version, entry.payload)


def _entry(entry: JournalEntry, event: ev.Event, currency: str) -> wire.EntryText:
    return wire.EntryText(
        sequence=entry.sequence,
        at=zulu(entry.at),
        recorded_at=zulu(entry.recorded_at),
        actor=entry.actor,
        command=entry.command,
        command_id=entry.command_id,
        details=_TEXTS[type(event)](event, currency),
    )


def _started(event: ev.SubscriptionStarted, _: str) -> wire.SubscriptionStarted:
    return wire.SubscriptionStarted(
        customer_id=event.customer_id,
        payment_method_id=event.payment_method_id,
        currency=event.currency,
        management_model=event.management_model.value,
        renewal_type=event.renewal_type.value,
        interval=str(event.interval),
        billing_interval=length_or_none(event.billing_interval),
        first_interval=str(event.first_interval or event.interval),
        trial=event.trial,
        reminder_days=event.reminder_days,
        grace_days=event.grace_days,
        items=tuple(terms_of(terms) for terms in event.items),
        coupons=tuple(
            wire.NumberedCoupon(item_running_no=number, **_told(coupon))
            for number, coupon in sorted(event.coupons.items())
        ),
    )


def _activated(event: ev.SubscriptionActivated, _: str) -> wire.SubscriptionActivated:
    return wire.SubscriptionActivated(
        status=event.status.value, item_status=event.item_status.value
    )


def _opened(event: ev.PurchaseOpened, currency: str) -> wire.PurchaseOpened:
    purchase = event.purchase
    return wire.PurchaseOpened(
        purchase_id=purchase.id,
        purpose=purchase.purpose.value,
        interval_no=purchase.interval_no,
        billing_interval_no=purchase.billing_interval_no,
        currency=purchase.currency,
        amount=amount_of(purchase.total, currency),
        lines=tuple(line_of(line, currency) for line in purchase.lines),
        advance=_advance(purchase.advance) if purchase.advance else None,
    )


def _payment_started(event: ev.PaymentStarted, _: str) -> wire.PaymentStarted:
    return wire.PaymentStarted(purchase_id=event.purchase_id, try_no=event.try_no)


def _captured(event: ev.PaymentCaptured, _: str) -> wire.PaymentCaptured:
    return wire.PaymentCaptured(
        purchase_id=event.purchase_id, try_no=event.try_no, reference=event.reference
    )


def _declined(event: ev.PaymentDeclined, _: str) -> wire.PaymentDeclined:
    return wire.PaymentDeclined(
        purchase_id=event.purchase_id, try_no=event.try_no, code=event.code, hard=event.hard
    )


def _undecided(event: ev.PaymentUndecided, _: str) -> wire.PaymentUndecided:
    return wire.PaymentUndecided(
        purchase_id=event.purchase_id, try_no=event.try_no, result=event.result.value
    )


def _advanced(event: ev.IntervalAdvanced, currency: str) -> wire.IntervalAdvanced:
    return wire.IntervalAdvanced(
        advance=_advance(event.advance),
        worth=tuple(
            wire.WorthText(
                item_running_no=running_no,
                gross=amount(part.gross, currency),
                net=amount(part.net, currency),
                covers_days=part.covers_days,
            )
            for running_no, part in sorted(event.paid.items())
        ),
        discounted=event.discounted,
    )


def _changed(event: ev.ItemChanged, _: str) -> wire.ItemChanged:
    return wire.ItemChanged(
        running_no=event.running_no,
        item_version=event.item_version,
        terms=terms_of(event.terms),
        coupon=wire.CouponText(**_told(event.coupon)) if event.coupon else None,
        aligned=event.aligned,
        action=event.action,
        generate_mail=event.generate_mail,
        call=event.call,
    )


def _moved(event: ev.BillingDateMoved, _: str) -> wire.BillingDateMoved:
    return wire.BillingDateMoved(next_billing_at=zulu(event.anchor.at))


def _added(event: ev.ItemAdded, _: str) -> wire.ItemAdded:
    return wire.ItemAdded(
        running_no=event.running_no,
        terms=terms_of(event.terms),
        coupon=wire.CouponText(**_told(event.coupon)) if event.coupon else None,
        aligned=event.aligned,
        affiliate_id=event.affiliate_id,
        generate_mail=event.generate_mail,
        call=event.call,
    )


def _deactivated(event: ev.ItemsDeactivated, _: str) -> wire.ItemsDeactivated:
    return wire.ItemsDeactivated(
        running_nos=event.running_nos, final=event.final, generate_mail=event.generate_mail
    )


def _reinstated(event: ev.ItemsReinstated, _: str) -> wire.ItemsReinstated:
    return wire.ItemsReinstated(running_nos=event.running_nos, generate_mail=event.generate_mail)


def _removed(event: ev.ItemRemoved, _: str) -> wire.ItemRemoved:
    return wire.ItemRemoved(running_no=event.running_no, generate_mail=event.generate_mail)


def _voided(event: ev.PurchaseVoided, _: str) -> wire.PurchaseVoided:
    return wire.PurchaseVoided(
        purchase_id=event.purchase_id, items=event.items, shared=event.shared
    )


def _merged(event: ev.SubscriptionMerged, _: str) -> wire.SubscriptionMerged:
    return wire.SubscriptionMerged(into=f"S{event.into}")


def _received(event: ev.ItemsReceived, currency: str) -> wire.ItemsReceived:
    return wire.ItemsReceived(
        source=f"S{event.source}",
        items=tuple(
            wire.ReceivedText(
                terms=terms_of(item.terms),
                gross=amount(item.paid.gross, currency),
                net=amount(item.paid.net, currency),
                covers_days=item.paid.covers_days,
            )
            for item in event.items
        ),
        generate_mail=event.generate_mail,
    )


def _renewal_type(event: ev.RenewalTypeChanged, _: str) -> wire.RenewalTypeChanged:
    return wire.RenewalTypeChanged(renewal_type=event.renewal_type.value)


def _parameters(event: ev.ParametersChanged, _: str) -> wire.ParametersChanged:
    return wire.ParametersChanged(
        parameters=tuple(
            wire.ParameterText(key=key, value=value) for key, value in event.parameters.items()
        )
    )


def _profile(event: ev.ProfileChanged, _: str) -> wire.ProfileChanged:
    return wire.ProfileChanged(part=event.part)


def _billed(event: ev.PurchaseBilled, _: str) -> wire.PurchaseBilled:
    return wire.PurchaseBilled(purchase_id=event.purchase_id)


def _awaited(event: ev.PaymentAwaited, _: str) -> wire.PaymentAwaited:
    return wire.PaymentAwaited(purchase_id=event.purchase_id, reminder=event.reminder)


def _reminded(event: ev.RenewalReminded, _: str) -> wire.RenewalReminded:
    return wire.RenewalReminded(purchase_id=event.purchase_id)


def _authentication(event: ev.AuthenticationAsked, _: str) -> wire.AuthenticationAsked:
    return wire.AuthenticationAsked(purchase_id=event.purchase_id)


def _overdue(event: ev.PaymentOverdue, _: str) -> wire.PaymentOverdue:
    return wire.PaymentOverdue(purchase_id=event.purchase_id, notice_no=event.notice_no)


def _card_checked(event: ev.CardChecked, _: str) -> wire.CardChecked:
    return wire.CardChecked(number=event.number)


def _card_expiring(event: ev.CardExpiring, _: str) -> wire.CardExpiring:
    return wire.CardExpiring(number=event.number)


def _grace(event: ev.GraceStarted, _: str) -> wire.GraceStarted:
    return wire.GraceStarted(until=zulu(event.until))


def _hold(event: ev.HoldStarted, _: str) -> wire.HoldStarted:
    return wire.HoldStarted(until=zulu(event.until))


def _rolled_back(event: ev.ItemRolledBack, _: str) -> wire.ItemRolledBack:
    return wire.ItemRolledBack(
        running_no=event.running_no,
        item_version=event.item_version,
        terms=terms_of(event.latest) if event.latest else None,
    )


def _finished(event: ev.ItemsFinished, _: str) -> wire.ItemsFinished:
    return wire.ItemsFinished(running_nos=event.running_nos)


def _refund_started(event: ev.RefundStarted, currency: str) -> wire.RefundStarted:
    part = event.refund
    return wire.RefundStarted(
        purchase_id=part.purchase_id,
        refund_no=part.refund_no,
        amount=amount_of(total_of(part.lines), currency),
        reason=event.reason,
        terminate=part.terminate,
    )


def _refunded(event: ev.PurchaseRefunded, currency: str) -> wire.PurchaseRefunded:
    return wire.PurchaseRefunded(
        purchase_id=event.purchase_id,
        refund_no=event.refund_no,
        reference=event.reference,
        lines=_refunded_lines(event.lines, currency),
        whole=event.whole,
    )


def _refund_declined(event: ev.RefundDeclined, _: str) -> wire.RefundDeclined:
    return wire.RefundDeclined(
        purchase_id=event.purchase_id, refund_no=event.refund_no, code=event.code
    )


def _charged_back(event: ev.ChargedBack, currency: str) -> wire.ChargedBack:
    return wire.ChargedBack(
        purchase_id=event.purchase_id, lines=_refunded_lines(event.lines, currency)
    )


def _refunded_lines(lines: Sequence[RefundedLine], currency: str) -> tuple[wire.RefundedText, ...]:
    return tuple(
        wire.RefundedText(
            running_no=line.running_no,
            item_running_no=line.item_running_no,
            amount=amount_of(line.amount, currency),
        )
        for line in lines
    )


# Each function takes the event that it stands beside: the key says which.
_TEXTS: dict[type[ev.Event], Callable[[Any, str], wire.EventText]] = {
    ev.SubscriptionStarted: _started,
    ev.SubscriptionActivated: _activated,
    ev.PurchaseOpened: _opened,
    ev.PaymentStarted: _payment_started,
    ev.PaymentCaptured: _captured,
    ev.PaymentDeclined: _declined,
    ev.PaymentUndecided: _undecided,
    ev.IntervalAdvanced: _advanced,
    ev.ItemChanged: _changed,
    ev.BillingDateMoved: _moved,
    ev.ItemAdded: _added,
    ev.ItemsDeactivated: _deactivated,
    ev.ItemsReinstated: _reinstated,
    ev.ItemRemoved: _removed,
    ev.PurchaseVoided: _voided,
    ev.SubscriptionMerged: _merged,
    ev.ItemsReceived: _received,
    ev.RenewalTypeChanged: _renewal_type,
    ev.ParametersChanged: _parameters,
    ev.ProfileChanged: _profile,
    ev.PurchaseBilled: _billed,
    ev.PaymentAwaited: _awaited,
    ev.RenewalReminded: _reminded,
    ev.AuthenticationAsked: _authentication,
    ev.PaymentOverdue: _overdue,
    ev.CardChecked: _card_checked,
    ev.CardExpiring: _card_expiring,
    ev.GraceStarted: _grace,
    ev.HoldStarted: _hold,
    ev.ItemRolledBack: _rolled_back,
    ev.ItemsFinished: _finished,
    ev.RefundStarted: _refund_started,
    ev.PurchaseRefunded: _refunded,
    ev.RefundDeclined: _refund_declined,
    ev.ChargedBack: _charged_back,
}


def amount_of(split: Split, currency: str) -> lines.Amount:
    """An amount in the main unit."""
    gross, net, vat = amounts(split, currency)
    return lines.Amount(gross=gross, net=net, vat=vat)


def terms_of(terms: Terms) -> lines.TermsText:
    """What an item version agrees."""
    return lines.TermsText(
        product_id=terms.product_id,
        product_name=terms.product_name,
        product_name_en=terms.product_name_en,
        product_name_extension=terms.product_name_extension,
        quantity=terms.quantity,
        tax=terms.price.tax.value,
        tiers=tuple(
            lines.PriceTier(first=tier.first, amount=tier.amount) for tier in terms.price.tiers
        ),
        interval=str(terms.interval),
        billing_interval=length_or_none(terms.billing_interval),
        recurrence_count=terms.recurrence_count,
        customer_price=terms.custom_price,
    )


class _Told(TypedDict):
    code: str
    promotion_id: int
    promotion_name: str
    billings: int | None


def _told(coupon: Coupon) -> _Told:
    return _Told(
        code=coupon.code,
        promotion_id=coupon.promotion_id,
        promotion_name=coupon.promotion_name,
        billings=coupon.billings_left,
    )


def line_of(line: Line, currency: str) -> lines.LineText:
    """One line of a purchase, with its arithmetic."""
    return lines.LineText(
        running_no=line.running_no,
        item_running_no=line.item_running_no,
        item_version=line.item_version,
        product_id=line.product_id,
        product_name=line.product_name,
        quantity=line.quantity,
        amount=amount_of(line.amount, currency),
        rate=line.rate,
        rate_source=line.rate_source,
        covers_days=line.covers_days,
        explanation=_explanation(line.explanation, currency),
    )


def _explanation(explanation: Explanation, currency: str) -> lines.ExplanationText:
    discount = explanation.discount
    return lines.ExplanationText(
        charge=_share(explanation.charge),
        instalment=_due(explanation.instalment) if explanation.instalment else None,
        discount=_reduction(discount, currency) if discount else None,
        credit=_share(explanation.credit) if explanation.credit else None,
        days_left=explanation.days_left,
        days_nominal=explanation.days_nominal,
        exact=explanation.exact,
        rounding=explanation.rounding,
    )


def _due(instalment: InstalmentShare) -> lines.DueText:
    return lines.DueText(number=instalment.number, of=instalment.of, before=instalment.before)


def _reduction(reduction: Reduction, currency: str) -> lines.ReductionText:
    return lines.ReductionText(
        code=reduction.code,
        promotion_id=reduction.promotion_id,
        promotion_name=reduction.promotion_name,
        rule=reduction.rule,
        amount=reduction.amount,
        full=amount_of(reduction.full, currency),
    )


def _share(share: Share) -> lines.ShareText:
    return lines.ShareText(
        price=share.price,
        quantity=share.quantity,
        whole=share.whole,
        factor=share.factor,
        amount=share.amount,
        conversion=share.conversion,
        limited_by=share.limited_by,
    )


def _advance(advance: Advance) -> wire.AdvanceText:
    return wire.AdvanceText(
        interval_no=advance.interval_no,
        billing_interval_no=advance.billing_interval_no,
        instalment=part_of(advance.instalment),
        started_at=zulu(advance.started_at),
        next_billing_at=zulu(advance.anchor.at),
        interval=str(advance.interval),
        billing_interval=length_or_none(advance.billing_interval),
    )


def part_of(instalment: Instalment | None) -> wire.PartText | None:
    """Which instalment of which interval, if it is paid in several."""
    if instalment is None:
        return None
    return wire.PartText(interval_no=instalment.term_no, number=instalment.number, of=instalment.of)


def length_or_none(interval: Interval) -> str | None:
    """A length in ISO 8601; None where there is none."""
    return str(interval) if interval else None
