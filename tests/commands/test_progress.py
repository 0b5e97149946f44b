"""What long commands show, and how they are ended."""

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest

from tollbridge.cli.progress import Bar, length, line
from tollbridge.cli.stopping import stopping

START = datetime(2026, 2, 9, tzinfo=UTC)


class Terminal(StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        """It is."""
        return True


def every(milliseconds: int) -> Iterator[datetime]:
    """A clock that has gone so far whenever it is asked."""
    at = START
    while True:
        yield at
        at += timedelta(milliseconds=milliseconds)


@pytest.mark.parametrize(
    ("done", "whole", "seconds", "text"),
    [
        (0, 100, 0, f"[{'-' * 30}]   0%  -/s  ? left"),
        (50, 100, 10, f"[{'#' * 15}{'-' * 15}]  50%  1,000/s  0:10 left"),
        (1, 4, 2400, f"[{'#' * 7}{'-' * 23}]  25%  4/s  2:00:00 left"),
        (100, 100, 10, f"[{'#' * 30}] 100%  1,000/s  0:00 left"),
        (0, 0, 0, f"[{'#' * 30}] 100%  -/s  ? left"),
    ],
)
def test_a_line_says_how_far_it_is(done: int, whole: int, seconds: int, text: str) -> None:
    """Bar, part, rate and time left, from what was done so far."""
    assert line(done, whole, 10_000, timedelta(seconds=seconds)) == text


def test_lengths_are_written_as_clocks_do() -> None:
    """Hours only where there are some."""
    assert [length(seconds) for seconds in (0.4, 65, 7385)] == ["0:00", "1:05", "2:03:05"]


def test_a_bar_is_written_again_and_again_on_a_terminal() -> None:
    """Not more often than one can look, and its line is left empty at the end."""
    terminal, times = Terminal(), every(100)
    bar = Bar(terminal, lambda: next(times))
    assert bar.wanted
    bar.show(1, 2, 1, "words")
    assert (bar.wanted, bar.wanted, bar.wanted) == (False, True, True)
    bar.close()
    assert terminal.getvalue() == f"\r{line(1, 2, 1, timedelta(seconds=0.1))}  words\x1b[K\r\x1b[K"


def test_a_bar_is_silent_elsewhere() -> None:
    """A file or a pipe holds nothing but answers and problems."""
    stream, times = StringIO(), every(100)
    bar = Bar(stream, lambda: next(times))
    assert not bar.wanted
    bar.show(1, 2, 1)
    bar.close()
    assert stream.getvalue() == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_asks_for_the_end_and_a_second_one_makes_it(number: signal.Signals) -> None:
    """What was there before is there again afterwards."""
    before = signal.getsignal(number)
    with stopping() as stop:
        assert not stop.is_set()
        os.kill(os.getpid(), number)
        assert stop.is_set()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before
