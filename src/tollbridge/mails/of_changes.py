"""Mails that confirm a change: of an item, of the whole subscription, and of one undone."""

from collections.abc import Iterable
from typing import cast

from tollbridge.domain import events as ev
from tollbridge.domain.purchase import Purpose
from tollbridge.mails.letter import Entry, Letter, Row
from tollbridge.mails.matter import Matter


def update(matter: Matter) -> Letter:
    """An item has other terms, or items came from another subscription (GenerateMail)."""
    say, event = matter.say, matter.event
    if isinstance(event, ev.ItemChanged):
        entries: tuple[Entry, ...] = (Entry(name=matter.terms(event.terms)),)
        rows = (*_when(matter, aligned=event.aligned), *_charged(matter, aligned=event.aligned))
    else:
        items = matter.subscription.billed_items
        entries = matter.items(item.running_no for item in items)
        rows = (matter.date_row(), *_charged(matter, aligned=True))
    return Letter(
        subject=say("Your subscription from %(seller)s was changed", seller=matter.seller),
        heading=say("Your subscription was changed"),
        paragraphs=(say("This is what you have now:"),),
        entries=entries,
        rows=(*rows, *matter.subscription_rows()),
        button=matter.manage(),
        links=matter.cancel(),
    )


def item_added(matter: Matter) -> Letter:
    """An item joined (GenerateMail)."""
    say, event = matter.say, cast("ev.ItemAdded", matter.event)
    return Letter(
        subject=say("Your subscription from %(seller)s was extended", seller=matter.seller),
        heading=say("Added to your subscription"),
        paragraphs=(say("This was added to your subscription:"),),
        entries=(Entry(name=matter.terms(event.terms)),),
        rows=(
            *_when(matter, aligned=event.aligned),
            *_charged(matter, aligned=event.aligned),
            *matter.subscription_rows(),
        ),
        button=matter.manage(),
        links=matter.cancel(),
    )


def item_removed(matter: Matter) -> Letter:
    """An item was taken out (GenerateMail)."""
    say, event = matter.say, cast("ev.ItemRemoved", matter.event)
    return Letter(
        subject=say("Your subscription from %(seller)s was changed", seller=matter.seller),
        heading=say("Removed from your subscription"),
        paragraphs=(say("This is no longer part of your subscription:"),),
        entries=matter.items((event.running_no,)),
        rows=(matter.date_row(), *matter.subscription_rows()),
        button=matter.manage(),
        links=matter.cancel(),
    )


def rolled_back(matter: Matter) -> Letter:
    """A change that was not paid is undone (R2)."""
    say, event = matter.say, cast("ev.ItemRolledBack", matter.event)
    if event.latest is not None:
        said = say("Your subscription is again what it was before:")
        entries: tuple[Entry, ...] = (Entry(name=matter.terms(event.latest)),)
    else:
        said = say("This was not added to your subscription:")
        entries = matter.items((event.running_no,))
    return Letter(
        subject=say("A change of your subscription was undone"),
        heading=say("A change was undone"),
        paragraphs=(say("A change of your subscription was not paid, so it was undone."), said),
        entries=entries,
        rows=(matter.date_row(), *matter.subscription_rows()),
        button=matter.manage(),
        links=matter.cancel(),
    )


def canceled(matter: Matter) -> Letter:
    """Items, or all of them, are billed no more and end with what is paid (R19)."""
    say, event = matter.say, cast("ev.ItemsDeactivated", matter.event)
    subscription = matter.subscription
    ends = [item.end for item in map(subscription.known_item, event.running_nos) if item]
    end = next((one for one in ends if one is not None), None) or subscription.end
    date = matter.date(end or subscription.next_billing)
    if subscription.active_items:
        heading = say("A part of your subscription was canceled")
        said = say("You can use the following until %(date)s. The rest goes on.", date=date)
    else:
        heading = say("Your subscription was canceled")
        said = say("You can use it until %(date)s. Nothing more will be charged.", date=date)
    return Letter(
        subject=say("Your cancellation at %(seller)s", seller=matter.seller),
        heading=heading,
        paragraphs=(said,),
        entries=matter.items(event.running_nos),
        rows=(matter.date_row(), *matter.subscription_rows()),
        button=matter.manage(),
        closing=()
        if event.final
        else (say("Changed your mind? You can take the cancellation back."),),
    )


def reinstated(matter: Matter) -> Letter:
    """It is billed again (R22)."""
    say, event = matter.say, cast("ev.ItemsReinstated", matter.event)
    return Letter(
        subject=say("Your subscription from %(seller)s goes on", seller=matter.seller),
        heading=say("Your subscription goes on"),
        paragraphs=(say("Your subscription is active again:"),),
        entries=matter.items(event.running_nos),
        rows=(matter.date_row(), *matter.subscription_rows()),
        button=matter.manage(),
        links=matter.cancel(),
    )


def finished(matter: Matter) -> Letter:
    """All renewals that were agreed have been (R16)."""
    say, event = matter.say, cast("ev.ItemsFinished", matter.event)
    subscription = matter.subscription
    said = say("The agreed term is over. Nothing more will be charged.")
    if subscription.active_items:
        said = say("The agreed term of the following is over. The rest goes on.")
    return Letter(
        subject=say("The end of your subscription from %(seller)s", seller=matter.seller),
        heading=say("The agreed term is over"),
        paragraphs=(said,),
        entries=matter.items(event.running_nos),
        rows=(matter.date_row(), *matter.subscription_rows()),
        button=matter.manage(),
    )


def _when(matter: Matter, *, aligned: bool) -> Iterable[Row]:
    """From when on new terms hold (R3)."""
    at = matter.at if aligned else matter.subscription.next_billing
    yield Row(matter.say("Valid from"), matter.date(at))


def _charged(matter: Matter, *, aligned: bool) -> Iterable[Row]:
    """What is charged for the rest of the running interval (R12)."""
    owed = [p for p in matter.subscription.purchases if p.purpose is Purpose.ALIGNMENT]
    if owed and aligned:
        yield Row(matter.say("Charged now"), matter.money(owed[-1].total.gross))
