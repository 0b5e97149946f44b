"""What README, CONTRIBUTING, CHANGELOG and the pages under docs say is so (DESIGN 9)."""

import re
from pathlib import Path

import pytest

from tests.house.source import ROOT

TARGET = re.compile(r"^([a-z-]+):(?!=)", re.MULTILINE)
COMMAND = re.compile(r"(?:^|`)make ([a-z-]+)", re.MULTILINE)
LINK = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)")
VERSION = re.compile(r"^## (.+)$", re.MULTILINE)
CHANGES = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def targets() -> set[str]:
    """The targets of the Makefile."""
    return set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))


def test_readme_names_its_two_commands() -> None:
    """`make serve` and `make test` are all that a newcomer has to type."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {"serve", "test"} <= set(COMMAND.findall(text))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_exist(path: Path) -> None:
    """Each `make ...` that a page tells the reader to type is a target."""
    assert set(COMMAND.findall(path.read_text(encoding="utf-8"))) - targets() == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    """Each link of a page to a file of the repository names a file that is there."""
    links = LINK.findall(path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_phony_target_is_explained() -> None:
    """`make` alone lists every target that can be typed, with what it does."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = set(re.findall(r"^\.PHONY: ([a-z-]+)$", text, re.MULTILINE))
    assert phony == set(re.findall(r"^([a-z-]+):.*## \S", text, re.MULTILINE)) == targets()


def test_changelog_opens_with_what_is_unreleased() -> None:
    """The first version in the CHANGELOG is Unreleased, and its parts have the usual names."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert VERSION.findall(text)[0] == "[Unreleased]"
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= CHANGES
