"""The published examples of notifications, and changes to them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
