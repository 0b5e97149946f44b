"""Move a sandbox merchant's clock forward (R23)."""

from datetime import datetime

from tollbridge.commands.saving import command_of
from tollbridge.domain.refusal import Invalid, NotAllowed, known_merchant
from tollbridge.domain.schedule import LAST_YEAR, Interval, after
from tollbridge.ports import Platform


def advance_clock(
    platform: Platform,
    merchant_id: int,
    *,
    to: datetime | None = None,
    by: Interval | None = None,
    actor: str = "",
) -> datetime:
    """What the clock shows then; exactly one of `to` and `by` is given.

    Raises NotAllowed for a live merchant (R23), for a time before the clock's, also when somebody
    else moves it meanwhile, and for a time after the last year (R26); setting the clock to the
    time it shows changes nothing. Raises Invalid when both or none are given.
    """
    now = _clock(platform, merchant_id)
    if (to is None) == (by is None):
        raise Invalid("to", "give either 'to' or 'advance'")
    target = to if to is not None else after(now, by or Interval())
    field = "advance" if to is None else "to"
    if target.year > LAST_YEAR:
        raise NotAllowed("clock_too_far", f"The clock ends with the year {LAST_YEAR}", field=field)
    _require_not_after(now, target, field)
    asked = platform.asked
    command = command_of(platform, target, name="advance_clock", actor=actor) if asked else None
    if not platform.store.advance_clock(merchant_id, target, command):
        now = _clock(platform, merchant_id)
        _require_not_after(now, target, field)
        return now
    if asked is not None:
        asked.saved = True
    return target


def _clock(platform: Platform, merchant_id: int) -> datetime:
    return known_merchant(platform.store.merchant(merchant_id), merchant_id).sandbox_clock()


def _require_not_after(now: datetime, target: datetime, field: str) -> None:
    if now > target:
        raise NotAllowed(
            "clock_backwards",
            f"The clock stands at {now.isoformat()} and moves forward only",
            field=field,
        )
