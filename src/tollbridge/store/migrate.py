"""The schema: forward-only SQL files per engine, and the ledger of those that were applied.

See docs/decisions/0007-migrations.md. Nothing is imported or written when nothing is to be done.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from tollbridge.store.errors import SchemaError

MIGRATIONS = Path(__file__).parent / "migrations"
_FILE = re.compile(r"(\d{4})_\w+\.sql")


class Migration(NamedTuple):
    """One file, or one row of the ledger."""

    number: int
    name: str
    sha256: str


class Ledger(Protocol):
    """What a database must be able to do to be migrated."""

    folder: Path

    def applied(self) -> Sequence[Migration]:
        """The ledger's rows by number; none when there is no ledger yet."""

    def apply_next(self, known: Sequence[Migration]) -> Migration | None:
        """Apply the first file that is missing and note it, in one transaction of its own.

        The ledger is read after its lock was taken, so that of two programs which start at once
        the second finds nothing left to do: None.
        """


def known_migrations(folder: Path) -> tuple[Migration, ...]:
    """The files of a folder in order; SchemaError for a gap in their numbers or a stray name."""
    found = []
    for number, path in enumerate(sorted(folder.glob("*.sql")), start=1):
        match = _FILE.fullmatch(path.name)
        if match is None or int(match[1]) != number:
            raise SchemaError(f"{path.name} is not migration {number:04}")
        found.append(Migration(number, path.stem, hashlib.sha256(path.read_bytes()).hexdigest()))
    return tuple(found)


def missing(known: Sequence[Migration], applied: Iterable[Migration]) -> Sequence[Migration]:
    """The migrations that are still to be applied.

    Raises SchemaError for a ledger that this program does not know: a migration that is newer,
    one whose file was changed after it had been applied, or a gap.
    """
    count = 0
    for number, row in enumerate(applied, start=1):
        if row.number != number:
            raise SchemaError(f"the database lacks migration {number:04}")
        if number > len(known):
            raise SchemaError(
                f"the database has migration {row.name}, which this version of Tollbridge does "
                "not know: run a newer version"
            )
        if row != known[number - 1]:
            raise SchemaError(f"migration {row.name} was changed after it had been applied")
        count = number
    return known[count:]


def bring_up(ledger: Ledger) -> tuple[str, ...]:
    """Apply what is missing, file by file; the names of what was applied."""
    known = known_migrations(ledger.folder)
    names: list[str] = []
    if not missing(known, ledger.applied()):
        return ()
    while (applied := ledger.apply_next(known)) is not None:
        names.append(applied.name)
    return tuple(names)


def require_known(ledger: Ledger) -> None:
    """SchemaError unless every migration is applied, and none that is not known here."""
    open_ones = missing(known_migrations(ledger.folder), ledger.applied())
    if open_ones:
        raise SchemaError(
            f"the database lacks migration {open_ones[0].name}: run `tollbridge migrate`"
        )
