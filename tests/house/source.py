"""What the house tests ask of source text: functions and their sizes, names, calls, citations."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "tollbridge"
TESTS = ROOT / "tests"

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
RULE = re.compile(r"\bR([1-9]\d?)\b")


def python_files(folder: Path) -> list[Path]:
    """Every Python file below a folder, in order of path."""
    return sorted(folder.rglob("*.py"))


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def function_lengths(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Name and length of each function: lines from `def` to its end, less the docstring's."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, lines_of(node) - docstring_lines(node)


def lines_of(node: ast.stmt) -> int:
    """How many lines a statement takes, decorators not counted."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many lines the docstring of a function takes."""
    return lines_of(node.body[0]) if ast.get_docstring(node) is not None else 0


def words_of(name: str) -> set[str]:
    """The lower-case words that a name in snake_case or CamelCase is made of."""
    return {word.lower() for word in WORD.findall(name)}


def defined_names(tree: ast.Module) -> Iterator[str]:
    """The names of all functions and classes of a module."""
    for node in ast.walk(tree):
        if isinstance(node, DEFINITIONS):
            yield node.name


def dotted_uses(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of everything used that came in by an import, aliases undone."""
    origin = import_origins(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            name, _, rest = ast.unparse(node).partition(".")
            if name in origin:
                yield node.lineno, f"{origin[name]}.{rest}".rstrip(".")


def import_origins(tree: ast.Module) -> dict[str, str]:
    """What each imported name of a module stands for: `{"dt": "datetime.datetime"}`."""
    origin: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                full = alias.name if alias.asname else alias.name.partition(".")[0]
                origin[alias.asname or full] = full
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            for alias in node.names:
                origin[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return origin


def cited_rules(text: str) -> set[int]:
    """The numbers of the billing rules that a text cites: `R7` cites 7."""
    return {int(number) for number in RULE.findall(text)}
