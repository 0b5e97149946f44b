"""The published examples of notifications, changes to them, and how values are compared."""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from tollbridge.consumer.values import folded

HERE = Path(__file__).parent
FOLDERS = (HERE.parent / "notices" / "examples", HERE / "examples")
FILES = {path.stem: path for folder in FOLDERS for path in sorted(folder.glob("*.json"))}

Change = Callable[[dict[str, Any]], None]


def body_of(name: str) -> bytes:
    """A published example as it stands."""
    return FILES[name].read_bytes()


def changed(name: str, change: Change) -> bytes:
    """A published example that is like another case of its type."""
    document = json.loads(body_of(name))
    change(document)
    return json.dumps(document).encode()


def leaves(value: object, where: str = "") -> Iterator[tuple[str, object]]:
    """Each value with its place, whose names are folded; that of the subject itself is left out."""
    if isinstance(value, dict):
        for name, inner in value.items():
            key = "" if not where and name in {"purchase", "subscription"} else f".{folded(name)}"
            yield from leaves(inner, where + key)
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from leaves(inner, f"{where}[{number}]")
    else:
        yield where, value


def is_same(written: object, read: object) -> bool:
    """The same value: dates in UTC to the second, amounts as decimals, ids without S."""
    if isinstance(written, float):
        return Decimal(str(written)) == Decimal(str(read))
    if isinstance(written, str) and written[:2] == "20" and "T" in written:
        return str(read)[:19] == written[:19] and str(read)[-1] == "Z"
    return written in (read, f"S{read}")
