"""What can be done in a story: the words, and the command or flow that carries them out."""

import re
from collections.abc import Callable
from fractions import Fraction

from tests.scenarios.buying import buy, card_of, item_of, parted
from tests.scenarios.stage import ACTOR, Cast
from tests.scenarios.story import Line
from tollbridge.commands.change_preferences import change_renewal_type
from tollbridge.commands.change_profile import update_card
from tollbridge.commands.deactivate_items import deactivate_items
from tollbridge.commands.move_billing_date import move_billing_date
from tollbridge.commands.reinstate_items import reinstate_items
from tollbridge.commands.remove_item import remove_item
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.events import PaymentCaptured
from tollbridge.domain.item_addition import ItemAddition
from tollbridge.domain.item_change import ItemChange, Renewal
from tollbridge.domain.money import to_minor
from tollbridge.domain.refunding import RefundRequest
from tollbridge.domain.subscription import RenewalType
from tollbridge.flows import purchases
from tollbridge.flows.add_item import add_item
from tollbridge.flows.align_subscriptions import align_subscriptions
from tollbridge.flows.change_item import change_item
from tollbridge.flows.recovery import recover_merchant
from tollbridge.flows.renew import renew
from tollbridge.flows.update_account import update_account

WAYS = {
    "aligned": Alignment(align=True),
    "extended": Alignment(align=True, extend=True),
}
RENEWALS = {"renewed": Renewal(), "renewed from now": Renewal(reset=True)}


def take(cast: Cast, line: Line) -> None:
    """Do what the line says. Raises ValueError for words that are not known, and refusals."""
    names, _, words = line.step.rpartition(": ")
    for pattern, step in _STEPS:
        found = re.fullmatch(pattern, words)
        if found is not None:
            step(cast, names, *found.groups(default=""))
            return
    message = f"no such step: {line.step!r}"
    raise ValueError(message)


def _change(cast: Cast, name: str, item: str, wanted: str, options: str) -> None:
    order = item_of(cast, wanted)
    chosen = parted(options)
    renewal = next((RENEWALS[one] for one in chosen if one in RENEWALS), None)
    change = ItemChange(
        running_no=int(item or 1),
        product_id=order.product_id,
        quantity=order.quantity,
        customer_price=order.customer_price,
        alignment=_alignment(chosen),
        coupon_code=_coupon(chosen),
        renewal=renewal,
        reset=renewal is not None and renewal.reset,
        call="updatesubscriptionitem",
    )
    change_item(cast.collector, cast.merchant_id, cast.numbers[name], change, ACTOR)


def _add(cast: Cast, name: str, wanted: str, options: str) -> None:
    order = item_of(cast, wanted)
    chosen = parted(options)
    addition = ItemAddition(
        product_id=order.product_id,
        quantity=order.quantity,
        customer_price=order.customer_price,
        alignment=_alignment(chosen),
        coupon_code=_coupon(chosen),
        call="addsubscriptionitem",
    )
    add_item(cast.collector, cast.merchant_id, cast.numbers[name], addition, ACTOR)


def _alignment(chosen: list[str]) -> Alignment:
    return next((WAYS[one] for one in chosen if one in WAYS), Alignment())


def _coupon(chosen: list[str]) -> str:
    words = (one.removeprefix("coupon ") for one in chosen if one.startswith("coupon "))
    return next(words, "")


def _renew(cast: Cast, name: str, reset: str) -> None:
    renewal = Renewal(reset=bool(reset))
    renew(cast.collector, cast.merchant_id, cast.numbers[name], renewal, ACTOR)


def _cancel(cast: Cast, name: str, item: str, final: str) -> None:
    deactivate_items(
        cast.platform,
        cast.merchant_id,
        cast.numbers[name],
        _items(cast, name, item),
        allow_reinstate=not final,
        generate_mail=not final,  # the mail of what can come back offers just that
        actor=ACTOR,
    )


def _reinstate(cast: Cast, name: str, item: str) -> None:
    reinstate_items(
        cast.platform,
        cast.merchant_id,
        cast.numbers[name],
        _items(cast, name, item),
        generate_mail=True,
        actor=ACTOR,
    )


def _remove(cast: Cast, name: str, item: str) -> None:
    number = cast.numbers[name]
    remove_item(cast.platform, cast.merchant_id, number, int(item), generate_mail=True, actor=ACTOR)


def _items(cast: Cast, name: str, item: str) -> list[int]:
    """The item that is named, or all."""
    if item:
        return [int(item)]
    return [one.running_no for one in cast.subscription(name).items]


def _move(cast: Cast, name: str, date: str) -> None:
    to = Line(date, "", "").instant
    move_billing_date(cast.platform, cast.merchant_id, cast.numbers[name], to, ACTOR)


def _merge(cast: Cast, name: str, source: str) -> None:
    align_subscriptions(
        cast.collector,
        cast.merchant_id,
        cast.numbers[name],
        cast.numbers[source],
        Alignment(align=True),
        generate_mail=True,
        actor=ACTOR,
    )


def _renewal_type(cast: Cast, name: str, wanted: str) -> None:
    kind = RenewalType(wanted.title())
    change_renewal_type(cast.platform, cast.merchant_id, cast.numbers[name], kind, ACTOR)


def _new_card(cast: Cast, name: str, last_four: str) -> None:
    card = cast.platform.gateway.store_card(cast.merchant_id, card_of(last_four, ""))
    update_card(cast.platform, cast.merchant_id, cast.numbers[name], card, ACTOR)


def _ask_for_newer_card(cast: Cast, name: str) -> None:
    update_account(cast.platform, cast.merchant_id, cast.numbers[name], ACTOR)


def _pay(cast: Cast, name: str) -> None:
    purchases.pay(cast.collector, cast.merchant_id, _oldest_open(cast, name), ACTOR)


def _retry(cast: Cast, name: str) -> None:
    purchases.retry(cast.collector, cast.merchant_id, _oldest_open(cast, name), ACTOR)


def _receive(cast: Cast, name: str) -> None:
    number = _oldest_open(cast, name)
    purchases.receive(cast.platform, cast.merchant_id, number, "bank-1", ACTOR)


def _authenticate(cast: Cast, name: str, answer: str) -> None:
    number = _oldest_open(cast, name)
    approve = answer == "confirms"
    purchases.authenticate(cast.platform, cast.merchant_id, number, approve=approve)


def _refund(cast: Cast, name: str, amount: str, terminate: str) -> None:
    currency = cast.subscription(name).currency
    minor = to_minor(Fraction(amount), currency) if amount else None
    request = RefundRequest(amount=minor, terminate=bool(terminate))
    purchases.refund(cast.collector, cast.merchant_id, _paid_last(cast, name), request, ACTOR)


def _charge_back(cast: Cast, name: str, terminate: str) -> None:
    number = _paid_last(cast, name)
    purchases.charge_back(
        cast.platform, cast.merchant_id, number, terminate=bool(terminate), actor=ACTOR
    )


def _oldest_open(cast: Cast, name: str) -> int:
    return min(purchase.id for purchase in cast.subscription(name).purchases)


def _paid_last(cast: Cast, name: str) -> int:
    captured = (e for e in reversed(cast.journal(name).events) if isinstance(e, PaymentCaptured))
    return next(captured).purchase_id


def _recover(cast: Cast, _name: str) -> None:
    recover_merchant(cast.platform, cast.merchant_id)


_ITEM = r"([^,]+?)"
_OPTIONS = r"((?:, [^,]+)*)"

_STEPS: tuple[tuple[str, Callable[..., None]], ...] = (
    (rf"sign up {_ITEM}{_OPTIONS}", buy),
    (rf"change (?:item (\d+) )?to {_ITEM}{_OPTIONS}", _change),
    (rf"add {_ITEM}{_OPTIONS}", _add),
    (r"renew( from now)?", _renew),
    (r"cancel(?: item (\d+))?( for good)?", _cancel),
    (r"reinstate(?: item (\d+))?", _reinstate),
    (r"remove item (\d+)", _remove),
    (r"move billing date to (.+)", _move),
    (r"take over (\w+)", _merge),
    (r"(automatic|manual) renewal", _renewal_type),
    (r"new card (\w+)", _new_card),
    (r"look for a newer card", _ask_for_newer_card),
    (r"pay", _pay),
    (r"retry", _retry),
    (r"money arrives", _receive),
    (r"refund(?: ([\d.]+))?( and end)?", _refund),
    (r"chargeback( and end)?", _charge_back),
    (r"customer (confirms|refuses)", _authenticate),
    (r"ask the gateway", _recover),
)
