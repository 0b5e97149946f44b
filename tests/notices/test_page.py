"""docs/reference/notifications.md says what is so: types, causes, optional keys."""

import pytest

from tests.house.source import ROOT
from tollbridge.domain.facts import told_types
from tollbridge.notices.optional import OPTIONAL
from tollbridge.notices.types import FOREIGN, TYPES

PAGE = (ROOT / "docs" / "reference" / "notifications.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_has_a_row(type_: str) -> None:
    """With its model, prefix, causes and meaning."""
    known = TYPES[type_]
    (row,) = (line for line in ROWS if line.startswith(f"| `{type_}` |"))
    assert row.endswith(f"| {known.meaning} |")
    assert f" {known.model.name.lower()} |" in row
    assert [cause for cause in known.causes if f"`{cause}`" not in row] == []
    assert known.prefix in row


def test_every_optional_key_has_a_row() -> None:
    """With its reason, and no other key has one."""
    keys = {line.split("`")[1]: line for line in ROWS if line.split("`")[1] not in TYPES}
    assert set(keys) == {one.key for one in OPTIONAL}
    for one in OPTIONAL:
        assert f"| {one.reason}" in keys[one.key]


def test_other_types_are_named() -> None:
    """A reader who looks for one finds that it is not here."""
    assert [name for name in FOREIGN if f"`{name}`" not in PAGE] == []


def test_causes_are_facts() -> None:
    """No type waits for a fact that nothing tells."""
    assert {cause for one in TYPES.values() for cause in one.causes} <= told_types()
