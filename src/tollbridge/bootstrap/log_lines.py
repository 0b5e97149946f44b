"""Where lines of the log go, and what may stand in them."""

import logging
import sys
from collections.abc import Callable, Mapping, MutableMapping
from functools import lru_cache, partial
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

import msgspec

from tollbridge.bootstrap.system import wall_clock
from tollbridge.logs import log

if TYPE_CHECKING:
    from tollbridge.rest.request_log import RequestLine, Tell

# A log line drops every value whose name has one of these in it, however deep.
UNLOGGED = ("secret", "password", "passwd", "authorization", "card", "number", "email", "token")
NAMES_KEPT = 1024  # the same few names stand in every line


def request_log(level: str) -> "Tell":
    """Who writes the lines of requests, as `start_logs` writes all others: JSON to stderr.

    They are written at every level up to info. Their fields are a closed set, so that nothing
    has to be looked for in them, which is most of what a log line costs.
    """
    encode, stream = msgspec.json.Encoder().encode, sys.stderr.buffer

    def write(line: "RequestLine") -> None:
        stream.write(encode(line) + b"\n")  # one call: lines of other threads come before or after
        stream.flush()

    def drop(_: "RequestLine") -> None:
        """Nothing is told of requests that went well."""

    return write if level.upper() in ("DEBUG", "INFO") else drop


def start_logs(level: str) -> None:
    """Log to stderr, one JSON object a line, what is at least of this level; libraries' lines too.

    Nothing whose name sounds like a secret or a person gets through, whoever logs it.
    """
    log.configured_by(partial(_configure_structlog, level))
    logging.basicConfig(handlers=[_LibraryLines()], level=level.upper(), force=True)
    logging.captureWarnings(capture=True)


def _configure_structlog(level: str) -> None:
    import structlog

    structlog.configure(
        processors=[structlog.processors.add_log_level, *_FINISH],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )


Line = MutableMapping[str, Any]


class _LibraryLines(logging.Handler):
    """Writes what libraries log by the standard library."""

    def emit(self, record: logging.LogRecord) -> None:
        line: Any = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "exc_info": record.exc_info,
        }
        for step in _FINISH:
            line = step(None, "", line)
        sys.stderr.buffer.write(line + b"\n")
        sys.stderr.buffer.flush()


def _stamped(_: object, __: str, line: Line) -> Line:
    return {"at": wall_clock(), **line}


def _without_message_of_errors(_: object, __: str, line: Line) -> Line:
    """The kind of an exception and where it arose; its message may quote a customer's row."""
    given = line.pop("exc_info", None)
    if not given:
        return line
    error = sys.exception() if given is True else given[1] if isinstance(given, tuple) else given
    if error is not None:
        line["error"] = type(error).__name__
        line["where"] = [
            f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
            for frame in extract_tb(error.__traceback__)
        ]
    return line


def _without_secrets(_: object, __: str, line: Line) -> Line:
    return {name: _safe(value) for name, value in line.items() if _may_be_logged(name)}


def _safe(value: object) -> object:
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {name: _safe(one) for name, one in value.items() if _may_be_logged(str(name))}
    if isinstance(value, list | tuple):
        return [_safe(one) for one in value]
    return value


@lru_cache(maxsize=NAMES_KEPT)
def _may_be_logged(name: str) -> bool:
    lower = name.lower()
    return not any(word in lower for word in UNLOGGED)


def _rendered(_: object, __: str, line: Line) -> bytes:
    return msgspec.json.encode(line, enc_hook=str)


# What becomes of every line, whoever has logged it.
_FINISH: tuple[Callable[[object, str, Line], Any], ...] = (
    _stamped,
    _without_message_of_errors,
    _without_secrets,
    _rendered,
)
