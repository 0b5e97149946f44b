"""Move a sandbox merchant's clock forward (R23)."""

from datetime import datetime

from tollbridge.commands.saving import command_of
from tollbridge.domain.refusal import Invalid, NotAllowed, known_merchant
from tollbridge.domain.schedule import Interval, after
from tollbridge.ports import Platform


def advance_clock(
    platform: Platform,
    merchant_id: int,
    *,
    to: datetime | None = None,
    by: Interval | None = None,
    actor: str = "",
) -> datetime:
    """The clock's new time; exactly one of `to` and `by` is given.

    Raises NotAllowed for a live merchant (R23) and for a time before the clock's; setting the
    clock to the time it shows changes nothing. Raises Invalid when both or none are given.
    """
    merchant = known_merchant(platform.store.merchant(merchant_id), merchant_id)
    now = merchant.sandbox_clock()
    if (to is None) == (by is None):
        raise Invalid("to", "give either 'to' or 'advance'")
    target = to if to is not None else after(now, by or Interval())
    if target < now:
        raise NotAllowed(
            "clock_backwards",
            f"The clock stands at {now.isoformat()} and moves forward only",
            field="to",
        )
    asked = platform.asked
    command = command_of(platform, target, name="advance_clock", actor=actor) if asked else None
    if platform.store.advance_clock(merchant_id, target, command) and asked is not None:
        asked.saved = True
    return target
