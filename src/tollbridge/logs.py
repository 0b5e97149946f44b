"""Logging by structlog, which is loaded with the first line that there is to write.

Loading it takes a sixth of the time that a server needs until it answers.
"""

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger


class Log:
    """What the platform tells of itself: an event's name and fields, never a sentence."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._configure: Callable[[], None] | None = None

    def configured_by(self, configure: Callable[[], None] | None) -> None:
        """Have structlog configured so before the next line is written; None leaves it alone."""
        self._configure = configure

    def note(self, event: str, **fields: object) -> None:
        """Something happened as it should (level info)."""
        self._logger().info(event, **fields)

    def warning(self, event: str, **fields: object) -> None:
        """Something that somebody may want to look at."""
        self._logger().warning(event, **fields)

    def error(self, event: str, **fields: object) -> None:
        """A failure; the field `exc_info` is the exception, if any."""
        self._logger().error(event, **fields)

    def exception(self, event: str, **fields: object) -> None:
        """A failure, with the exception that is being dealt with."""
        self._logger().exception(event, **fields)

    def _logger(self) -> "FilteringBoundLogger":
        import structlog  # noqa: PLC0415 - see above

        with self._lock:
            if self._configure is not None:
                self._configure()
                self._configure = None
        logger: FilteringBoundLogger = structlog.get_logger()
        return logger


log = Log()
