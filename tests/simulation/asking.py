"""Random calls of the API, each with the pure decision that it must come to."""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

from tollbridge.domain.alignment import Alignment
from tollbridge.domain.cancellation import decide_deactivation, decide_removal
from tollbridge.domain.decision import Context, Decision
from tollbridge.domain.item_addition import ItemAddition, decide_item_addition
from tollbridge.domain.item_change import ItemChange, Renewal, decide_item_change
from tollbridge.domain.merger import decide_merger
from tollbridge.domain.reinstatement import decide_reinstatement
from tollbridge.domain.renewal import decide_change_and_renewal, decide_renewal
from tollbridge.domain.subscription import Subscription

PRODUCTS = (292973, 292122, 294581, 123450)  # monthly ones of the demo's catalog
CLOCK = "/tollbridge/sandbox/clock"

Decide = Callable[[Mapping[int, Subscription], Context], Decision]
Body = dict[str, Any]


class Ask(NamedTuple):
    """A call; without `decide` it is about no subscription (the clock)."""

    path: str
    body: Body
    decide: Decide | None = None


def asked(call: str, number: int, body: Body, decide: Decide) -> Ask:
    """A call about a subscription."""
    return Ask(f"/subscription/{call}", {"SubscriptionId": f"S{number}", **body}, decide)


def any_ask(chance: Random, number: int, pairs: Sequence[tuple[int, int]]) -> Ask:
    """Any call, most often one about the subscription that costs money."""
    kinds = (update, update, increase, add, add, renew, deactivate, reinstate, reinstate, remove)
    at = chance.random()
    if at < 0.02:
        return Ask(CLOCK, {"advance": "P1D"})
    if at < 0.06:
        return align(chance, *chance.choice(pairs))
    return chance.choice(kinds)(chance, number)


def update(chance: Random, number: int) -> Ask:
    """Another product and quantity, aligned, renewed at once, or from the next billing on."""
    wire, alignment = _alignment(chance)
    product, quantity = chance.choice(PRODUCTS), chance.randint(1, 30)
    renewal = Renewal(chance.random() < 0.5) if chance.random() < 0.1 else None
    change = ItemChange(
        running_no=1,
        product_id=product,
        quantity=quantity,
        alignment=alignment,
        renewal=renewal,
        call="updatesubscriptionitem",
    )
    body = {
        "AlignmentSettings": wire,
        "RunningNumber": 1,
        "ProductId": product,
        "Quantity": quantity,
        "TriggerImmediateRenewal": renewal is not None,
        "ResetBillingInterval": renewal is not None and renewal.reset,
    }

    def decide(held: Mapping[int, Subscription], context: Context) -> Decision:
        if renewal is not None:
            return decide_change_and_renewal(held[number], change, renewal, context)
        return decide_item_change(held[number], change, context)

    return asked(change.call, number, body, decide)


def increase(chance: Random, number: int) -> Ask:
    """More units."""
    wire, alignment = _alignment(chance)
    running_no, more = chance.choice((1, 1, 1, 2)), chance.randint(1, 5)
    change = ItemChange(
        running_no=running_no,
        more=more,
        alignment=alignment,
        call="increasesubscriptionitemquantity",
    )
    body = {"AlignmentSettings": wire, "RunningNumber": running_no, "Quantity": more}
    return asked(
        change.call,
        number,
        body,
        lambda held, context: decide_item_change(held[number], change, context),
    )


def add(chance: Random, number: int) -> Ask:
    """An item that joins."""
    wire, alignment = _alignment(chance)
    product, quantity = chance.choice(PRODUCTS), chance.randint(1, 9)
    addition = ItemAddition(
        product_id=product, quantity=quantity, alignment=alignment, call="addsubscriptionitem"
    )
    body = {"AlignmentSettings": wire, "ProductId": product, "Quantity": quantity}
    return asked(
        addition.call,
        number,
        body,
        lambda held, context: decide_item_addition(held[number], addition, context),
    )


def renew(chance: Random, number: int) -> Ask:
    """The next interval at once."""
    renewal = Renewal(chance.random() < 0.5)
    return asked(
        "renewsubscription",
        number,
        {"ResetBillingInterval": renewal.reset},
        lambda held, context: decide_renewal(held[number], renewal, context),
    )


def deactivate(chance: Random, number: int) -> Ask:
    """An item is cancelled."""
    running_no = chance.choice((1, 2, 2, 3))
    return asked(
        "deactivatesubscriptionitems",
        number,
        {"Items": [running_no]},
        lambda held, context: decide_deactivation(
            held[number], (running_no,), context, allow_reinstate=True, generate_mail=True
        ),
    )


def reinstate(chance: Random, number: int) -> Ask:
    """A cancelled item comes back."""
    running_no = chance.choice((1, 1, 2))
    return asked(
        "reinstatesubscriptionitems",
        number,
        {"Items": [running_no]},
        lambda held, context: decide_reinstatement(
            held[number], (running_no,), context, generate_mail=True
        ),
    )


def remove(chance: Random, number: int) -> Ask:
    """An item is out for good; seldom the first."""
    running_no = chance.choice((1, *[2] * 5, *[3] * 5))
    return asked(
        "removesubscriptionitem",
        number,
        {"RunningNumber": running_no},
        lambda held, context: decide_removal(held[number], running_no, context, generate_mail=True),
    )


def align(chance: Random, primary: int, secondary: int) -> Ask:
    """Two subscriptions of a customer become one."""
    alignment = Alignment(align=chance.random() < 0.7)
    body = {
        "PrimarySubscriptionId": f"S{primary}",
        "SecondarySubscriptionId": f"S{secondary}",
        "AlignmentSettings": {"AlignToCurrentInterval": alignment.align},
    }
    return Ask(
        "/subscription/alignsubscriptions",
        body,
        lambda held, context: decide_merger(
            held[primary], held[secondary], alignment, context, generate_mail=True
        ),
    )


def _alignment(chance: Random) -> tuple[dict[str, bool], Alignment]:
    """Aligned or not, as the wire and as the domain say it."""
    align = chance.random() < 0.7
    extend = align and chance.random() < 0.2
    wire = {"AlignToCurrentInterval": align, "ExtendInterval": extend}
    return wire, Alignment(align=align, extend=extend)
