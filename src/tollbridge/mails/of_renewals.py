"""Mails ahead of a renewal: by itself, by hand, or only if the customer wants it."""

from datetime import datetime

from tollbridge.mails.letter import Letter, Row
from tollbridge.mails.matter import Matter


def renewal(matter: Matter) -> Letter:
    """A charge will come by itself (R6)."""
    say, date = matter.say, matter.date(_due(matter))
    return Letter(
        subject=say("Your subscription from %(seller)s renews soon", seller=matter.seller),
        heading=say("Your subscription renews on %(date)s", date=date),
        paragraphs=(
            say(
                "On %(date)s we will charge %(amount)s for the next period of your subscription.",
                date=date,
                amount=matter.owed,
            ),
            say("There is nothing you need to do to keep it."),
        ),
        entries=matter.entries(),
        sums=matter.sums(),
        total=matter.total(),
        rows=(
            Row(say("Subscription"), f"S{matter.subscription.id}"),
            Row(say("Payment method"), matter.method()),
            Row(say("Renews"), matter.language.every(matter.subscription.interval)),
        ),
        button=matter.manage(),
        links=(matter.change_method(), *matter.cancel()),
    )


def renewal_offline(matter: Matter) -> Letter:
    """It renews by itself and is paid by hand: in time, or by invoice (platform.md g)."""
    say, date = matter.say, matter.date(_due(matter))
    if matter.inputs[0].payment_method.net_days:
        asked: tuple[str, ...] = (
            say(
                "On %(date)s we will send you the invoice of %(amount)s for the next period.",
                date=date,
                amount=matter.owed,
            ),
        )
    else:
        asked = (
            say(
                "Please pay %(amount)s for the next period by %(date)s.",
                amount=matter.owed,
                date=date,
            ),
            say("Please quote the number %(number)s when you pay.", number=matter.purchase_id),
        )
    return Letter(
        subject=say("Your subscription from %(seller)s renews soon", seller=matter.seller),
        heading=say("Your subscription renews on %(date)s", date=date),
        paragraphs=asked,
        entries=matter.entries(),
        sums=matter.sums(),
        total=matter.total(),
        rows=(
            matter.order_row(),
            Row(say("Subscription"), f"S{matter.subscription.id}"),
            Row(say("To be paid by"), matter.method()),
        ),
        button=matter.view_order(),
        links=(matter.manage(), *matter.cancel()),
    )


def renewal_link(matter: Matter) -> Letter:
    """It ends unless the customer renews it (R21)."""
    say, date = matter.say, matter.date(_due(matter))
    return Letter(
        subject=say("Renew your subscription by %(date)s", date=date),
        heading=say("Your subscription runs until %(date)s", date=date),
        paragraphs=(
            say("It does not renew by itself."),
            say(
                "To keep it for another period, pay %(amount)s by %(date)s.",
                amount=matter.owed,
                date=date,
            ),
        ),
        entries=matter.entries(),
        sums=matter.sums(),
        total=matter.total(),
        rows=(
            matter.order_row(),
            Row(say("Subscription"), f"S{matter.subscription.id}"),
        ),
        button=matter.pay(),
        links=(matter.change_method(), matter.manage()),
    )


def _due(matter: Matter) -> datetime:
    """The billing date."""
    purchase = matter.purchases[0] if matter.purchases else None
    due = purchase.due if purchase else None
    return due or matter.subscription.next_billing
