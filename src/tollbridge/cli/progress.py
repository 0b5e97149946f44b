"""What a long command shows while it works: one line on a terminal, nothing anywhere else."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TextIO

WIDTH = 30
PAUSE = timedelta(milliseconds=200)  # between two looks at the line
BACK, CLEAR = "\r", "\x1b[K"


class Bar:
    """A line that is written again and again: a bar, a rate and the time that is left.

    `now` is any clock. Nothing is written where the stream is no terminal.
    """

    def __init__(self, stream: TextIO, now: Callable[[], datetime]) -> None:
        self._stream = stream
        self._now = now
        self._began = now()
        self._shown: datetime | None = None
        self._quiet = not stream.isatty()

    @property
    def wanted(self) -> bool:
        """Whether it is time to show something again."""
        if self._quiet:
            return False
        return self._shown is None or self._now() - self._shown >= PAUSE

    def show(self, done: float, whole: float, counted: int, words: str = "") -> None:
        """Write the line: `done` of `whole`, and at which rate so many things were `counted`."""
        if self._quiet:
            return
        self._shown = self._now()
        text = line(done, whole, counted, self._shown - self._began)
        self._stream.write(f"{BACK}{text}{words and '  ' + words}{CLEAR}")
        self._stream.flush()

    def close(self) -> None:
        """Leave the terminal's line as it was found."""
        if self._shown is not None:
            self._stream.write(f"{BACK}{CLEAR}")
            self._stream.flush()


def line(done: float, whole: float, counted: int, took: timedelta) -> str:
    """The text of the bar: `[######------]  50 %  230/s  0:16 left`."""
    part = min(1.0, done / whole) if whole else 1.0
    full = int(part * WIDTH)
    bar = "#" * full + "-" * (WIDTH - full)
    seconds = took.total_seconds()
    rate = f"{counted / seconds:,.0f}/s" if seconds else "-/s"
    left = length(seconds * (1 - part) / part) if part and seconds else "?"
    return f"[{bar}] {part:4.0%}  {rate}  {left} left"


def length(seconds: float) -> str:
    """`1:05` or `2:03:05`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
