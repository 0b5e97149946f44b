"""Mails about orders and their money: receipt, invoice, confirmation, refund."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple, cast

from msgspec.structs import replace

from tollbridge.domain.events import ChargedBack, PurchaseRefunded
from tollbridge.domain.money import Split, total
from tollbridge.mails.language import one_line
from tollbridge.mails.letter import Entry, Letter, Row
from tollbridge.mails.matter import Matter


def receipt(matter: Matter) -> Letter:
    """REC_CU: what was paid, line by line, and what comes next."""
    say, gross = matter.say, total(line.amount for line in matter.lines).gross
    if gross:
        heading = say("Thank you for your payment")
        said = say("We have received your payment of %(amount)s.", amount=matter.owed)
        paid_with: tuple[Row, ...] = (Row(say("Paid by"), matter.method()),)
    else:
        heading = say("Thank you for your order")
        said = say("Your order is confirmed. Nothing was charged.")
        paid_with = ()
    return Letter(
        subject=say(
            "Your receipt from %(seller)s (%(number)s)",
            seller=matter.seller,
            number=matter.purchase_id,
        ),
        heading=heading,
        paragraphs=(said,),
        entries=matter.entries(),
        sums=matter.sums(),
        total=matter.total(),
        rows=(
            matter.order_row(),
            matter.date_row(),
            *paid_with,
            *_buyer(matter),
            *matter.subscription_rows(),
        ),
        button=matter.view_order(),
        links=(*matter.manage_all(), *matter.cancel()),
    )


def _buyer(matter: Matter) -> Iterable[Row]:
    """Who bought, as far as it is known."""
    billing = matter.inputs[0].customer.billing
    name = one_line(billing.company) or matter.language.name(billing)
    city = f"{billing.postal_code} {billing.city}"
    street = one_line(billing.street1)
    where = [part for part in (name, street, one_line(city)) if part]
    if matter.language.tongue == "ja":  # there the place comes first
        where.reverse()
    if where:
        yield Row(matter.say("Bill to"), "\n".join(where))


def delivery(matter: Matter) -> Letter:
    """DEL_CU: to whom it is for; no prices and no links, which are the buyer's."""
    say, customer = matter.say, matter.inputs[0].customer
    buyer = matter.language.name(customer.billing) or one_line(customer.billing.company)
    said = say("%(seller)s has received an order for you:", seller=matter.seller)
    if buyer:
        said = say(
            "%(buyer)s has ordered the following from %(seller)s for you:",
            buyer=buyer,
            seller=matter.seller,
        )
    return Letter(
        subject=say("An order for you from %(seller)s", seller=matter.seller),
        heading=say("An order for you"),
        paragraphs=(said,),
        entries=tuple(
            Entry(name=matter.product(line.product_name, line.quantity)) for line in matter.lines
        ),
        rows=(matter.order_row(), matter.date_row()),
    )


def invoice(matter: Matter) -> Letter:
    """INV_CU: what is to be paid, and by when; delivered before payment."""
    say = matter.say
    due = matter.days_after(matter.inputs[0].payment_method.net_days)
    return Letter(
        subject=say(
            "Invoice %(number)s from %(seller)s", number=matter.purchase_id, seller=matter.seller
        ),
        heading=say("Your invoice"),
        paragraphs=(
            say("Please pay %(amount)s by %(date)s.", amount=matter.owed, date=due),
            say("Please quote the number %(number)s when you pay.", number=matter.purchase_id),
        ),
        entries=matter.entries(),
        sums=matter.sums(),
        total=matter.total(),
        rows=(
            Row(say("Invoice number"), str(matter.purchase_id)),
            matter.date_row(),
            Row(say("Due on"), due),
            *_buyer(matter),
            *matter.subscription_rows(),
        ),
        button=matter.view_order(),
        links=matter.manage_all(),
    )


def order_confirmation(matter: Matter) -> Letter:
    """An order that is to be paid by hand."""
    say = matter.say
    return Letter(
        subject=say(
            "Your order %(number)s at %(seller)s", number=matter.purchase_id, seller=matter.seller
        ),
        heading=say("Thank you for your order"),
        paragraphs=(
            say(
                "Your order begins as soon as we have received your payment of %(amount)s.",
                amount=matter.owed,
            ),
            say("Please quote the number %(number)s when you pay.", number=matter.purchase_id),
        ),
        entries=matter.entries(),
        sums=matter.sums(),
        total=matter.total(),
        rows=(
            matter.order_row(),
            matter.date_row(),
            Row(say("To be paid by"), matter.method()),
            *_buyer(matter),
        ),
        button=matter.view_order(),
    )


def order_canceled(matter: Matter) -> Letter:
    """CAN_CU: an order that was never paid is cancelled."""
    say, number = matter.say, matter.purchase_id
    return Letter(
        subject=say("Your order %(number)s was canceled", number=number),
        heading=say("Your order was canceled"),
        paragraphs=(
            say(
                "Your order %(number)s was not paid and has been canceled. Nothing is owed.",
                number=number,
            ),
            say("If you have paid in the meantime, please get in touch with us."),
        ),
        rows=(matter.order_row(), matter.date_row()),
    )


def refund(matter: Matter) -> Letter:
    """What was given back of a purchase, as it is stored (R14)."""
    say, event = matter.say, cast("PurchaseRefunded", matter.event)
    number, amount = matter.purchase_id, matter.money(_returned(matter).gross)
    if event.whole:
        said = say("We have refunded all of your order %(number)s.", number=number)
    else:
        said = say(
            "We have refunded %(amount)s of your order %(number)s.", number=number, amount=amount
        )
    letter = Letter(
        subject=say("Your refund from %(seller)s", seller=matter.seller),
        heading=say("Your refund"),
        paragraphs=(said, say("It may take a few days for the money to reach you.")),
        rows=(matter.order_row(), matter.date_row(), Row(say("Refunded to"), matter.method())),
        button=matter.view_order(),
        links=matter.manage_all(),
    )
    return _with_what_went_back(letter, matter)


def chargeback(matter: Matter) -> Letter:
    """CBI_CU: the customer's bank took the money back."""
    say, number = matter.say, matter.purchase_id
    letter = Letter(
        subject=say("Your bank has taken back a payment to %(seller)s", seller=matter.seller),
        heading=say("Your bank has taken back a payment"),
        paragraphs=(
            say(
                "Your bank has taken back %(amount)s that you paid for your order %(number)s.",
                amount=matter.money(_returned(matter).gross),
                number=number,
            ),
            say("If you did not ask your bank for this, please get in touch with us."),
        ),
        rows=(matter.order_row(), matter.date_row()),
        button=matter.view_order(),
    )
    return _with_what_went_back(letter, matter)


class GivenBack(NamedTuple):
    """What was given back of one line; the rate is unknown where the line is."""

    name: str
    rate: Decimal | None
    amount: Split


def _lines(matter: Matter) -> Iterator[GivenBack]:
    """What was given back of each line of the purchase."""
    for told in matter.inputs:
        event = cast("PurchaseRefunded | ChargedBack", told.event)
        paid = {line.running_no: line for line in told.purchase.lines} if told.purchase else {}
        for line in event.lines:
            of, item = paid.get(line.running_no), told.subscription.known_item(line.item_running_no)
            name = of.product_name if of else item.latest.product_name if item else ""
            yield GivenBack(one_line(name), of.rate if of else None, line.amount)


def _returned(matter: Matter) -> Split:
    return total(line.amount for line in _lines(matter))


def _note(matter: Matter, line: GivenBack) -> str:
    net, vat = matter.money(line.amount.net), matter.money(line.amount.vat)
    if line.rate is None:
        return matter.say("Net %(net)s, VAT %(vat)s", net=net, vat=vat)
    rate = matter.language.rate(line.rate)
    return matter.say("Net %(net)s, VAT (%(rate)s) %(vat)s", net=net, rate=rate, vat=vat)


def _with_what_went_back(letter: Letter, matter: Matter) -> Letter:
    say, returned = matter.say, _returned(matter)
    return replace(
        letter,
        entries=tuple(
            Entry(
                name=line.name,
                amount=matter.money(line.amount.gross),
                notes=(_note(matter, line),),
            )
            for line in _lines(matter)
        ),
        sums=(
            Row(say("Net"), matter.money(returned.net)),
            Row(say("VAT"), matter.money(returned.vat)),
        ),
        total=Row(say("Total"), matter.money(returned.gross)),
    )
