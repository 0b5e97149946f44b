"""Giving money back: whole, by amount or by lines, never more than is left (R10, R11, R14)."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from tollbridge.domain import events as ev
from tollbridge.domain.cancellation import CANCELLABLE
from tollbridge.domain.decision import Change, Context, Decision
from tollbridge.domain.facts import Parties
from tollbridge.domain.money import ZERO, Split, TaxKind, allocate, split, total
from tollbridge.domain.payment import Outcome, Result
from tollbridge.domain.refund import Captured, RefundedLine, RefundPart
from tollbridge.domain.refusal import Invalid, NotAllowed, NotFound
from tollbridge.domain.subscription import Subscription
from tollbridge.domain.voiding import voided_unbilled

FIELD = "PurchaseId"
_REASON = re.compile("[A-Za-z0-9_-]{0,40}")


class PaidLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a paid purchase as it was captured, and what was given back of it since."""

    subscription_id: int
    running_no: int
    item_running_no: int
    rate: Decimal
    amount: Split
    refunded: Split = ZERO

    @property
    def left(self) -> Split:
        """What may still be given back."""
        return self.amount + -self.refunded


class PaidPurchase(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase that was paid: its lines, its charge, and how many refunds were begun.

    `captured` are the parts of its subscriptions.

    `charge_key` and `charge_reference` are empty where the money came without a gateway.
    """

    id: int
    lines: tuple[PaidLine, ...]
    charge_key: str = ""
    charge_reference: str = ""
    refunds: int = 0
    captured: tuple[Captured, ...] = ()

    @property
    def left(self) -> Split:
        """What may still be given back of it."""
        return total(line.left for line in self.lines)


class RefundRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked to be given back: an amount in minor units, some lines, or all that is left.

    No lines at all are a mistake, not all of them: None stands for lines that are not named.
    With `terminate` the subscriptions are deactivated. `reference` names money that was given
    back by hand. `reason` is a word of the merchant's; it stands in the journal.
    """

    amount: int | None = None
    lines: tuple[int, ...] | None = None
    terminate: bool = False
    reference: str = ""
    reason: str = ""


class RefundSettlement(msgspec.Struct, frozen=True, kw_only=True):
    """The gateway's answer for a refund; CAPTURED stands for given back."""

    purchase_id: int
    refund_no: int
    outcome: Outcome


def paid_purchase(lives: Iterable[Change], purchase_id: int) -> PaidPurchase | None:
    """The purchase as the journals of its subscriptions tell it; None when it is not paid.

    A journal is the one place that knows which lines were captured: some may have been cancelled
    before.
    """
    paid = PaidPurchase(id=purchase_id, lines=())
    keys: dict[int, str] = {}  # of the attempts, by try
    for life in lives:
        before = life.before
        for event, state in zip(life.events, life.states, strict=True):
            if isinstance(event, ev.PaymentStarted) and event.purchase_id == purchase_id:
                keys[event.try_no] = event.key
            elif getattr(event, "purchase_id", None) == purchase_id and before is not None:
                paid = _with_event(paid, before, event, keys)
            elif isinstance(event, ev.RefundStarted) and event.refund.purchase_id == purchase_id:
                paid = replace(paid, refunds=event.refund.refund_no)
            before = state
    return paid if paid.lines else None


def _with_event(
    paid: PaidPurchase, before: Subscription, event: ev.Event, keys: Mapping[int, str]
) -> PaidPurchase:
    if isinstance(event, ev.PaymentCaptured):
        return replace(
            paid,
            charge_key=keys.get(event.try_no, ""),
            charge_reference=event.reference,
            lines=(*paid.lines, *_lines_captured(before, paid.id)),
            captured=(*paid.captured, *_captured(before, event)),
        )
    if isinstance(event, ev.PurchaseRefunded | ev.ChargedBack):
        given = {line.running_no: line.amount for line in event.lines}
        lines = tuple(
            replace(line, refunded=line.refunded + given.get(line.running_no, ZERO))
            for line in paid.lines
        )
        return replace(paid, lines=lines)
    return paid


def _captured(before: Subscription, event: ev.PaymentCaptured) -> Iterator[Captured]:
    purchase = before.purchase(event.purchase_id)
    if purchase is not None:
        yield Captured(subscription_id=before.id, purchase=purchase, at=event.at)


def _lines_captured(before: Subscription, purchase_id: int) -> Iterator[PaidLine]:
    purchase = before.purchase(purchase_id)
    for line in purchase.lines if purchase else ():
        yield PaidLine(
            subscription_id=before.id,
            running_no=line.running_no,
            item_running_no=line.item_running_no,
            rate=line.rate,
            amount=line.amount,
        )


def decide_refund(
    subscriptions: Mapping[int, Subscription],
    paid: PaidPurchase | None,
    request: RefundRequest,
    context: Context,
) -> Decision:
    """Begin to give back what is asked of a paid purchase; the gateway's answer is settled.

    What came without a gateway is given back by hand, and told by its reference. Raises Invalid
    and NotAllowed for what cannot be given back, NotFound for an unknown line.
    """
    require_reason(request.reason)
    paid = _refundable(subscriptions, paid)
    shares = shares_of(paid.lines, request)
    by_hand = not paid.charge_key
    if by_hand and not request.reference:
        raise NotAllowed(
            "refund_by_hand",
            "The money came without a gateway: give it back by hand and name its reference",
            field="Reference",
        )
    number = paid.refunds + 1
    whole = total(shares.values()) == paid.left
    changes = []
    for subscription in _in_order(subscriptions):
        part = RefundPart(
            purchase_id=paid.id,
            refund_no=number,
            lines=_lines_of(subscription, paid, shares),
            whole=whole,
            terminate=request.terminate,
            reimbursement_id=context.fresh.purchase_id,
        )
        started = ev.RefundStarted(
            at=context.now,
            refund=part,
            key=context.fresh.attempt_key,
            charge_key=paid.charge_key,
            charge_reference=paid.charge_reference if paid.charge_key else "",
            reason=request.reason,
        )
        change = Change(subscription).then(started)
        if by_hand:
            change = _given_back(change, part, request.reference, context.now)
        changes.append(change)
    return Decision(changes=tuple(changes), parties=context.parties, captured=paid.captured)


def decide_refund_settlement(
    subscriptions: Mapping[int, Subscription],
    settlement: RefundSettlement,
    now: datetime,
    parties: Parties,
    paid: PaidPurchase | None = None,
) -> Decision:
    """What the gateway's answer means for every subscription that the purchase is of.

    `paid` is what its facts tell of. Nothing while the outcome is unknown, and when it was settled
    before.
    """
    return Decision(
        changes=tuple(_settled(one, settlement, now) for one in _in_order(subscriptions)),
        parties=parties,
        captured=paid.captured if paid else (),
    )


def _settled(subscription: Subscription, settlement: RefundSettlement, now: datetime) -> Change:
    change = Change(subscription)
    known = settlement.purchase_id, settlement.refund_no
    parts = (p for p in subscription.refunds if (p.purchase_id, p.refund_no) == known)
    part, outcome = next(parts, None), settlement.outcome
    if part is None:
        return change
    if outcome.result is Result.CAPTURED:
        return _given_back(change, part, outcome.reference, now)
    if outcome.result is Result.DECLINED:
        return change.then(
            ev.RefundDeclined(
                at=now,
                purchase_id=part.purchase_id,
                refund_no=part.refund_no,
                code=outcome.code,
            )
        )
    return change


def _given_back(change: Change, part: RefundPart, reference: str, now: datetime) -> Change:
    change = change.then(
        ev.PurchaseRefunded(
            at=now,
            purchase_id=part.purchase_id,
            refund_no=part.refund_no,
            reference=reference,
            lines=part.lines,
            whole=part.whole,
        )
    )
    return _terminated(change, now) if part.terminate else change


def decide_chargeback(
    subscriptions: Mapping[int, Subscription],
    paid: PaidPurchase | None,
    context: Context,
    *,
    terminate: bool,
) -> Decision:
    """Note that the customer's bank took back all that was left of a purchase.

    With `terminate` the subscriptions are deactivated (subscription-api.md 1.5). Raises
    NotAllowed where nothing is left, or a refund is not decided.
    """
    paid = _refundable(subscriptions, paid)
    shares = {line.running_no: line.left for line in paid.lines}
    changes = []
    for subscription in _in_order(subscriptions):
        lines = _lines_of(subscription, paid, shares)
        event = ev.ChargedBack(
            at=context.now,
            purchase_id=paid.id,
            lines=lines,
            reimbursement_id=context.fresh.purchase_id,
        )
        change = Change(subscription).then(event)
        changes.append(_terminated(change, context.now) if terminate else change)
    return Decision(changes=tuple(changes), parties=context.parties, captured=paid.captured)


def _refundable(
    subscriptions: Mapping[int, Subscription], paid: PaidPurchase | None
) -> PaidPurchase:
    if paid is None:
        raise NotAllowed("purchase_not_paid", "The purchase is not paid", field=FIELD)
    parts = (part for one in subscriptions.values() for part in one.refunds)
    if any(part.purchase_id == paid.id for part in parts):
        raise NotAllowed(
            "refund_in_progress",
            "A refund of this purchase is in progress; try again when it is settled",
            field=FIELD,
        )
    if paid.left.gross <= 0:
        raise NotAllowed("nothing_to_refund", "Nothing of the purchase is left", field=FIELD)
    return paid


def _terminated(change: Change, now: datetime) -> Change:
    """The subscription ends as if it had been cancelled; the paid time is not taken away (R19)."""
    active = tuple(item.running_no for item in change.after.active_items)
    if not active or change.after.status not in CANCELLABLE:
        return change
    event = ev.ItemsDeactivated(at=now, running_nos=active, final=False, generate_mail=True)
    return voided_unbilled(change.then(event), now)


def _in_order(subscriptions: Mapping[int, Subscription]) -> list[Subscription]:
    return [one for _, one in sorted(subscriptions.items())]


def _lines_of(
    subscription: Subscription, paid: PaidPurchase, shares: Mapping[int, Split]
) -> tuple[RefundedLine, ...]:
    return tuple(
        RefundedLine(
            running_no=line.running_no,
            item_running_no=line.item_running_no,
            amount=shares[line.running_no],
        )
        for line in paid.lines
        if line.subscription_id == subscription.id and shares.get(line.running_no, ZERO) != ZERO
    )


def require_reason(reason: str) -> None:
    """A reason is a word for programs: what stands in a journal names nobody."""
    if not _REASON.fullmatch(reason):
        raise Invalid("reason", "reason must be at most 40 letters, digits, - and _")


def shares_of(lines: Sequence[PaidLine], request: RefundRequest) -> dict[int, Split]:
    """What is given back of each line, by running number.

    All that is left; of some lines what is left of them; or an amount, shared out by what is left
    of each line (largest remainder, R10) and split at the line's stored rate (R14). Raises what
    `decide_refund` says.
    """
    left = {line.running_no: line.left for line in lines}
    if request.amount is not None and request.lines is not None:
        raise Invalid("amount", "Give an amount or lines, not both")
    if request.lines is not None:
        return _of_lines(left, request.lines)
    whole = total(left.values()).gross
    if request.amount is None or request.amount == whole:
        return left
    if request.amount <= 0:
        raise NotAllowed("refund_not_positive", "A refund must be above 0", field="Amount")
    _require_left(request.amount, whole)
    weights = [max(line.left.gross, 0) for line in lines]
    parts = allocate(request.amount, weights)
    return {line.running_no: _part(line, gross) for line, gross in zip(lines, parts, strict=True)}


def _of_lines(left: Mapping[int, Split], wanted: Collection[int]) -> dict[int, Split]:
    if not wanted:
        raise NotAllowed("no_items", "Items must name at least one line", field="Items")
    unknown = [number for number in wanted if number not in left]
    if unknown:
        raise NotFound("line_unknown", f"The purchase has no line {unknown[0]}", field="Items")
    shares = {number: left[number] for number in wanted}
    amount = total(shares.values()).gross
    if amount <= 0:
        raise NotAllowed("nothing_to_refund", "Nothing of these lines is left", field="Items")
    _require_left(amount, total(left.values()).gross)
    return shares


def _require_left(amount: int, left: int) -> None:
    if amount > left:
        raise NotAllowed("refund_too_large", "More than is left of the purchase", field="Amount")


def _part(line: PaidLine, gross: int) -> Split:
    """A part of a line, whose net and VAT are those of all parts so far less those of the former.

    So parts never come to more than the line, and the last one completes it exactly (R14).
    """
    so_far = line.refunded.gross + gross
    if so_far == line.amount.gross:
        return line.left
    return split(so_far, TaxKind.GROSS, line.rate) + -line.refunded
