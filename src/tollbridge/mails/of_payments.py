"""Mails that ask for money: declined, to be confirmed, overdue; grace, hold, and the end."""

from typing import cast

from tollbridge.domain.due import next_retry
from tollbridge.domain.events import CardExpiring, GraceStarted, HoldStarted
from tollbridge.domain.mail import MailKind
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.schedule import date_of
from tollbridge.domain.subscription import UNPAID
from tollbridge.mails.letter import Letter, Link, Row
from tollbridge.mails.matter import Matter


def declined(matter: Matter) -> Letter:
    """A charge was declined: how to pay, and when it is tried again by itself."""
    say = matter.say
    paragraphs = [_not_collected(matter), say("Please pay now, or choose another way to pay.")]
    purchase = matter.subscription.purchase(matter.purchase_id)
    again = next_retry(matter.subscription, purchase) if purchase else None
    if again is not None:
        paragraphs.append(say("We will try again on %(date)s.", date=matter.date(again)))
    return Letter(
        subject=say("Your payment to %(seller)s was not successful", seller=matter.seller),
        heading=say("Your payment was not successful"),
        paragraphs=tuple(paragraphs),
        entries=matter.entries(),
        total=matter.total(),
        rows=_rows_of_payment(matter),
        button=matter.pay(),
        links=(matter.change_method(), matter.manage()),
    )


def authentication(matter: Matter) -> Letter:
    """The bank wants the customer to confirm a payment."""
    say, until = matter.say, matter.subscription.unpaid_until
    paragraphs = [
        say(
            "Your bank asks you to confirm the payment of %(amount)s for your order %(number)s.",
            amount=matter.owed,
            number=matter.purchase_id,
        ),
        say("It cannot be made without you."),
    ]
    if matter.subscription.status in UNPAID and until is not None:
        paragraphs.append(say("Please confirm it by %(date)s.", date=matter.date(until)))
    return Letter(
        subject=say("Please confirm your payment to %(seller)s", seller=matter.seller),
        heading=say("Please confirm your payment"),
        paragraphs=tuple(paragraphs),
        entries=matter.entries(),
        total=matter.total(),
        rows=_rows_of_payment(matter),
        button=Link(say("Confirm the payment"), matter.links.purchase(matter.purchase_id)),
        links=(matter.change_method(), matter.manage()),
    )


def grace(matter: Matter) -> Letter:
    """The billing date was not paid: it goes on for a while (R20)."""
    say, until = matter.say, cast("GraceStarted", matter.event).until
    date = matter.date(until)
    return Letter(
        subject=say("Please pay for your subscription by %(date)s", date=date),
        heading=say("Your payment is missing"),
        paragraphs=(
            _missing(matter),
            say("Your subscription goes on until %(date)s. Please pay by then.", date=date),
        ),
        entries=matter.entries(),
        total=matter.total(),
        rows=(*_rows_of_payment(matter), *_subscription_row(matter)),
        button=matter.pay(),
        links=(matter.change_method(), matter.manage()),
    )


def hold(matter: Matter) -> Letter:
    """Still not paid: it ends soon (R20)."""
    say, until = matter.say, cast("HoldStarted", matter.event).until
    return Letter(
        subject=say("Your subscription from %(seller)s is on hold", seller=matter.seller),
        heading=say("Your subscription is on hold"),
        paragraphs=(
            _missing(matter),
            say(
                "Your subscription is on hold. It ends on %(date)s if it is not paid by then.",
                date=matter.date(until),
            ),
        ),
        entries=matter.entries(),
        total=matter.total(),
        rows=(*_rows_of_payment(matter), *_subscription_row(matter)),
        button=matter.pay(),
        links=(matter.change_method(), matter.manage()),
    )


def unpaid(matter: Matter) -> Letter:
    """It was not paid, and has ended (R20)."""
    say = matter.say
    return Letter(
        subject=say("Your subscription from %(seller)s has ended", seller=matter.seller),
        heading=say("Your subscription has ended"),
        paragraphs=(
            say("Your subscription has ended because it was not paid."),
            say("Nothing more will be charged. You are welcome to come back at any time."),
        ),
        entries=matter.items(item.running_no for item in matter.subscription.items),
        rows=(matter.date_row(), *_subscription_row(matter)),
        button=matter.manage(),
    )


def card_expiry(matter: Matter) -> Letter:
    """The card will have expired when it is charged next (platform.md g)."""
    say, subscription = matter.say, matter.subscription
    number = cast("CardExpiring", matter.event).number
    charged = date_of(subscription.anchor, subscription.interval, number)
    method = matter.inputs[0].payment_method
    return Letter(
        subject=say("Your card expires before your next payment"),
        heading=say("Your card expires soon"),
        paragraphs=(
            say(
                "Your card (%(card)s) expires in %(month)s, and your subscription is paid next on"
                " %(date)s.",
                card=matter.method(),
                month=matter.language.month(method.expiry_year, method.expiry_month),
                date=matter.date(charged),
            ),
            say("Please enter a new card, so that your subscription goes on."),
        ),
        entries=matter.items(item.running_no for item in subscription.items_to_bill),
        rows=tuple(_subscription_row(matter)),
        button=Link(say("Enter a new card"), matter.links.subscription(subscription.id, "payment")),
        links=(matter.manage(),),
    )


def notice(matter: Matter, kind: MailKind) -> Letter:
    """An invoice that is not paid: three notices, each more serious (platform.md g)."""
    say, number = matter.say, matter.purchase_id
    due = matter.days_after(matter.inputs[0].payment_method.net_days)
    values = {"number": number, "amount": matter.owed, "date": due}
    subject, said = {
        MailKind.NOTICE_1: (
            say("Payment reminder: invoice %(number)s", number=number),
            say(
                "Perhaps you have overlooked it: the invoice %(number)s of %(amount)s was due on"
                " %(date)s and is not paid yet.",
                **values,
            ),
        ),
        MailKind.NOTICE_2: (
            say("Second payment reminder: invoice %(number)s", number=number),
            say(
                "We have reminded you already: the invoice %(number)s of %(amount)s was due on"
                " %(date)s and is still not paid.",
                **values,
            ),
        ),
        MailKind.NOTICE_3: (
            say("Last payment reminder: invoice %(number)s", number=number),
            say(
                "This is our last reminder: the invoice %(number)s of %(amount)s was due on"
                " %(date)s. If it is not paid now, your order will be canceled.",
                **values,
            ),
        ),
    }[kind]
    return Letter(
        subject=subject,
        heading=say("Please pay your invoice"),
        paragraphs=(said, say("If you have already paid, thank you. There is nothing left to do.")),
        entries=matter.entries(),
        sums=matter.sums(),
        total=matter.total(),
        rows=(
            Row(say("Invoice number"), str(number)),
            Row(say("Due on"), due),
            *_subscription_row(matter),
        ),
        button=matter.pay(),
        links=(matter.manage(),),
    )


def _missing(matter: Matter) -> str:
    """What is owed: the charge was declined, or nothing came."""
    purchase = matter.purchases[0] if matter.purchases else None
    if purchase is not None and purchase.status is PurchaseStatus.DECLINED:
        return _not_collected(matter)
    return matter.say(
        "We have not received your payment of %(amount)s for your order %(number)s.",
        amount=matter.owed,
        number=matter.purchase_id,
    )


def _not_collected(matter: Matter) -> str:
    return matter.say(
        "We could not collect %(amount)s for your order %(number)s.",
        amount=matter.owed,
        number=matter.purchase_id,
    )


def _rows_of_payment(matter: Matter) -> tuple[Row, ...]:
    method = Row(matter.say("Payment method"), matter.method())
    return (matter.order_row(), matter.date_row(), method)


def _subscription_row(matter: Matter) -> tuple[Row, ...]:
    return (Row(matter.say("Subscription"), f"S{matter.subscription.id}"),)
