"""What a command did."""

from typing import NamedTuple

from tollbridge.domain.events import PurchaseOpened, decode_event
from tollbridge.ports import Platform


class Opened(NamedTuple):
    """A purchase that a command opened, and every subscription that the command changed."""

    purchase_id: int
    subscription_ids: tuple[int, ...]


def purchases_of(platform: Platform, merchant_id: int, command_id: str) -> tuple[Opened, ...]:
    """The purchases that a command opened, by id; none for a command that is not known."""
    entries = platform.store.journal_of_command(merchant_id, command_id)
    ids = tuple(dict.fromkeys(entry.subscription_id for entry in entries))
    events = (decode_event(entry.type, entry.version, entry.payload) for entry in entries)
    opened = {event.purchase.id for event in events if isinstance(event, PurchaseOpened)}
    return tuple(Opened(purchase_id, ids) for purchase_id in sorted(opened))
