"""What a command tells its caller: answers on stdout, problems on stderr, a stable exit code."""

import json
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum


class Exit(IntEnum):
    """The exit codes; docs/reference/command-line.md lists them and a test compares."""

    OK = 0
    REFUSED = 1  # or findings of doctor
    USAGE = 2
    DATABASE = 3
    ADDRESS = 4
    FAILURE = 70  # a fault of the program; EX_SOFTWARE of sysexits.h


class CommandError(Exception):
    """A command that cannot go on, with the exit code to end with."""

    def __init__(self, code: Exit, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason


def say(answer: Mapping[str, object], text: str, *, as_json: bool) -> None:
    """Print the answer: as one line of JSON for programs, or as text for people."""
    sys.stdout.write((json.dumps(answer, ensure_ascii=False) if as_json else text) + "\n")
    sys.stdout.flush()


@contextmanager
def telling(*, as_json: bool) -> Iterator[None]:
    """End the command with a message and an exit code where something is refused or fails.

    A message is one sentence, or a line for each problem of a file. Only a fault of the program
    shows a traceback.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it is, it gets an exit code
        known = _known(error)
        if known.code is Exit.FAILURE:
            traceback.print_exc()
        _complain(error, known, as_json=as_json)
        sys.exit(known.code)


def _complain(error: Exception, known: CommandError, *, as_json: bool) -> None:
    if as_json:
        problems = [
            {"key": key, "message": message} for key, message in getattr(error, "problems", ())
        ]
        text = json.dumps({"error": known.reason, "message": str(known), "problems": problems})
    else:
        text = f"tollbridge: {known}"
    sys.stderr.write(text + "\n")


def _known(error: Exception) -> CommandError:
    """The error as one with an exit code. What is not loaded yet was not raised either."""
    from tollbridge.bootstrap import PlaceError
    from tollbridge.domain.refusal import Refusal
    from tollbridge.ports import GatewayUnavailableError, StoreUnavailableError
    from tollbridge.settings import SettingsError
    from tollbridge.store.errors import SchemaError

    if isinstance(error, CommandError):
        return error
    if isinstance(error, Refusal):
        return CommandError(Exit.REFUSED, error.message, reason=error.reason)
    for kind, code, reason in (
        (SettingsError, Exit.USAGE, "settings_invalid"),
        (SchemaError, Exit.DATABASE, "schema_unknown"),
        (StoreUnavailableError, Exit.DATABASE, "database_unavailable"),
        (GatewayUnavailableError, Exit.DATABASE, "gateway_unavailable"),
        (PlaceError, Exit.DATABASE, "database_missing"),
    ):
        if isinstance(error, kind):
            return CommandError(code, str(error), reason=reason)
    return CommandError(Exit.FAILURE, "this is a fault of Tollbridge", reason="internal_error")
