"""The wall clock and chance: read here and nowhere else (R23)."""

from datetime import UTC, datetime
from secrets import token_bytes, token_hex

KEY_BYTES = 20


def wall_clock() -> datetime:
    """The system's time (R23)."""
    return datetime.now(UTC)


def new_key() -> str:
    """A random text that is never given twice."""
    return token_hex(KEY_BYTES)


def new_bytes(count: int) -> bytes:
    """Random bytes that nobody can guess."""
    return token_bytes(count)
