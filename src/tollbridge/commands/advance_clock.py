"""Move a sandbox merchant's clock forward (R23)."""

from datetime import datetime

from msgspec.structs import replace

from tollbridge.commands.saving import command_of
from tollbridge.domain.refusal import Invalid, NotAllowed, known_merchant
from tollbridge.domain.schedule import LAST_YEAR, Interval, after
from tollbridge.ports import Platform

TARGET = " to "  # between a command's id and where the clock is to be moved


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
    target = target_of(platform, merchant_id, to=to, by=by)
    field = "advance" if to is None else "to"
    if not move_on(platform, merchant_id, target, target=target, actor=actor):
        now = _clock(platform, merchant_id)
        _require_not_after(now, target, field)
        return now
    return target


def move_on(
    platform: Platform, merchant_id: int, to: datetime, *, target: datetime, actor: str
) -> bool:
    """Set the clock to a time on the way to `target`; False when it stands there or after already.

    With the first move the keyed request is saved, and the command's id says where it is to end.
    """
    asked, command = platform.asked, None
    if asked is not None:
        command = command_of(platform, target, name="advance_clock", actor=actor)
        command = replace(command, id=f"{command.id}{TARGET}{target.isoformat()}")
    moved = platform.store.advance_clock(merchant_id, to, command)
    if moved and asked is not None:
        asked.saved = True
    return moved


def target_of_command(command_id: str) -> datetime:
    """Where the advance that saved this command is to end."""
    return datetime.fromisoformat(command_id.partition(TARGET)[2])


def target_of(
    platform: Platform, merchant_id: int, *, to: datetime | None, by: Interval | None
) -> datetime:
    """Where the clock is to be moved; raises as `advance_clock` does."""
    now = _clock(platform, merchant_id)
    if (to is None) == (by is None):
        raise Invalid("to", "give either 'to' or 'advance'")
    target = to if to is not None else after(now, by or Interval())
    field = "advance" if to is None else "to"
    if target.year > LAST_YEAR:
        raise NotAllowed("clock_too_far", f"The clock ends with the year {LAST_YEAR}", field=field)
    _require_not_after(now, target, field)
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
