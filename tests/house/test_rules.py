"""Every billing rule that is said to be implemented is cited by the code and by a test of it."""

import re
from pathlib import Path

from tests.house.source import ROOT, SOURCE, TESTS, cited_rules

PAGE = ROOT / "docs" / "explanation" / "billing-rules.md"
LAST_RULE = 27
SAMPLES = 27  # R27 is a rule for the tests alone: how printed samples are registered
STATUS = re.compile(r"^### R(\d+) .+\nImplemented: (yes|issue \d+)$", re.MULTILINE)


def statuses() -> dict[int, str]:
    """What the page says of each rule: `yes`, or the issue that will bring it."""
    found = STATUS.findall(PAGE.read_text(encoding="utf-8"))
    assert len(found) == len(dict(found)), "a rule stands twice on the page"
    return {int(number): status for number, status in found}


def cited_below(folder: Path, *patterns: str) -> set[int]:
    """The rules that the files below a folder cite, as far as their names fit; this file aside."""
    files = {path for pattern in patterns for path in folder.rglob(pattern)} - {Path(__file__)}
    return set().union(*(cited_rules(path.read_text(encoding="utf-8")) for path in files))


def test_every_rule_has_a_status() -> None:
    """The page holds R1 to R27, each with a line that says whether it is implemented."""
    assert sorted(statuses()) == list(range(1, LAST_RULE + 1))


def test_implemented_rules_are_cited_in_code() -> None:
    """Whoever reads a rule finds the code that follows it."""
    implemented = {rule for rule, status in statuses().items() if status == "yes"} - {SAMPLES}
    assert sorted(implemented - cited_below(SOURCE, "*.py", "*.sql")) == []


def test_implemented_rules_are_cited_in_tests() -> None:
    """Whoever reads a rule finds the test that proves it."""
    implemented = {rule for rule, status in statuses().items() if status == "yes"}
    assert sorted(implemented - cited_below(TESTS, "test_*.py", "*.toml", "*.story")) == []


def test_no_rule_is_cited_that_does_not_exist() -> None:
    """A citation of R28 or R99 is a slip of the pen."""
    cited = cited_below(SOURCE, "*.py", "*.sql") | cited_below(TESTS, "test_*.py")
    assert sorted(rule for rule in cited if rule > LAST_RULE) == []
