"""Files and functions keep a healthy size (DESIGN 2)."""

import ast
from statistics import median, quantiles

from tests.house.source import ROOT, SOURCE, function_lengths, parsed, python_files

FILE_LINES = 500
MEDIAN_LINES = 15
P90_LINES = 50


def test_no_file_is_long() -> None:
    """A file has fewer than 500 lines."""
    sizes = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files(SOURCE)
    }
    assert {name: size for name, size in sizes.items() if size >= FILE_LINES} == {}


def test_functions_are_short() -> None:
    """The median function has at most 15 lines of code, and nine in ten fewer than 50."""
    lengths = [
        length for path in python_files(SOURCE) for _, length in function_lengths(parsed(path))
    ]
    assert median(lengths) <= MEDIAN_LINES
    assert quantiles(lengths, n=10)[-1] < P90_LINES


def test_length_is_counted_without_the_docstring() -> None:
    """Explaining a function does not make it longer."""
    code = 'def f(a: int) -> int:\n    """One.\n\n    Two.\n    """\n    b = a\n    return b\n'
    assert list(function_lengths(ast.parse(code))) == [("f", 3)]
