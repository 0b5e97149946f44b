"""docs/reference/errors.md lists every reason for which anything is refused, and no other."""

import ast
import re
from collections.abc import Iterator

from tests.house.source import ROOT, SOURCE, parsed, python_files
from tollbridge.domain.refusal import Kind
from tollbridge.outbound.addresses import SPECIAL
from tollbridge.rest.endpoints import ENDPOINTS
from tollbridge.rest.refusals import BY_REASON, STATUS

PAGE = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([a-z_]+)` \| ([0-9]{3}|–) \|", re.MULTILINE)
ROOMS = (
    "domain",
    "ports",
    "commands",
    "queries",
    "flows",
    "gateways",
    "outbound",
    "store",
    "rest",
)
BY_CLASS = {
    "NotAllowed": STATUS[Kind.NOT_ALLOWED],
    "NotFound": STATUS[Kind.NOT_FOUND],
    "Busy": STATUS[Kind.BUSY],
    "Invalid": STATUS[Kind.INVALID],
}


def reasons() -> Iterator[tuple[str, int]]:
    """Every reason in the source with its status."""
    for reason, _, _ in SPECIAL:
        yield reason, BY_CLASS["NotAllowed"]
    for room in ROOMS:
        for path in python_files(SOURCE / room):
            for node in ast.walk(parsed(path)):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    yield from _reason(node.func.id, node)
                if isinstance(node, ast.FunctionDef):
                    yield from _from_a_table(node)


def _from_a_table(function: ast.FunctionDef) -> Iterator[tuple[str, int]]:
    """The reasons of a function that refuses by a table of rules: its keys."""
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            by_name = call.args and isinstance(call.args[0], ast.Name)
            if by_name and call.func.id in BY_CLASS.keys() - {"Invalid"}:
                tables = [node for node in ast.walk(function) if isinstance(node, ast.Dict)]
                keys = [key for table in tables for key in table.keys]
                for key in keys:
                    assert isinstance(key, ast.Constant)
                    yield str(key.value), BY_CLASS[call.func.id]


def _reason(name: str, call: ast.Call) -> Iterator[tuple[str, int]]:
    words = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
    if name == "Turned" and len(words) > 1:
        yield str(words[1]), int(str(words[0]))
    elif name == "Invalid":
        given = [word.value for word in call.keywords if word.arg == "reason"]
        named = [word.value for word in given if isinstance(word, ast.Constant)]
        yield (str(named[0]) if named else "invalid_value"), BY_CLASS[name]
    elif name in BY_CLASS and call.args and isinstance(call.args[0], ast.Constant):
        yield str(words[0]), BY_REASON.get(str(words[0]), BY_CLASS[name])


def listed() -> dict[str, str]:
    """The reasons on the page with the status that it gives them."""
    rows = ROW.findall(PAGE)
    assert len(rows) == len(dict(rows)), "a reason stands twice on the page"
    return dict(rows)


COMMAND_LINE = {"catalog_invalid"}  # raised by the base class of CatalogError
CATALOG_FILE = {("product_unknown", 402)}  # met by `tollbridge catalog apply`, which has no status


def test_every_reason_is_listed_and_no_other() -> None:
    """Who meets a reason finds it on the page."""
    assert listed().keys() == {reason for reason, _ in reasons()} | COMMAND_LINE


def test_statuses_are_those_of_the_table() -> None:
    """R17: one table; a dash is for what the command line alone can meet."""
    page = listed()
    wrong = {
        (reason, status) for reason, status in reasons() if page[reason] not in ("–", str(status))
    }
    assert wrong <= CATALOG_FILE


def test_reasons_are_in_order() -> None:
    """By letters, for finding."""
    assert list(listed()) == sorted(listed())


def test_every_announced_status_is_explained() -> None:
    """The statuses of the endpoints stand in the page's first table."""
    explained = {int(number) for number in re.findall(r"^\| ([0-9]{3}) \|", PAGE, re.MULTILINE)}
    assert {status for endpoint in ENDPOINTS for status in endpoint.refusals} <= explained
