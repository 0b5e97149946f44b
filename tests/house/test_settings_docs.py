"""docs/reference says of every setting and every exit code what it is (DESIGN 9)."""

import re

from tests.house.source import ROOT
from tollbridge.cli.telling import Exit
from tollbridge.settings import PREFIX, READERS, Settings

REFERENCE = ROOT / "docs" / "reference"
HEADING = re.compile(r"^## (TOLLBRIDGE_\w+)$", re.MULTILINE)
CODE = re.compile(r"^\| (\d+) \| (\w+) \|", re.MULTILINE)


def test_every_setting_has_a_heading() -> None:
    """The headings of settings.md are the settings, and each setting is read."""
    text = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    fields = Settings.__struct_fields__
    assert HEADING.findall(text) == [PREFIX + field.upper() for field in fields]
    assert set(READERS) == set(fields)


def test_every_exit_code_is_listed() -> None:
    """The table of command-line.md holds the exit codes, with their names, in order."""
    text = (REFERENCE / "command-line.md").read_text(encoding="utf-8")
    assert [(int(code), name) for code, name in CODE.findall(text)] == [
        (code.value, code.name) for code in sorted(Exit)
    ]
