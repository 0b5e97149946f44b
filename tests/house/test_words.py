"""Names say what a thing is: words that fit anything are not used (DESIGN 1)."""

import ast

import pytest

from tests.house.source import SOURCE, defined_names, parsed, python_files, words_of

EMPTY_WORDS = {"manager", "handler", "helper", "util", "common", "process", "data", "info"}
# What a library calls by this name, and what the published documents call so.
PRESCRIBED = {"get_extra_info", "CustomerContactDataChangedNotification"}
EMPTY_WORDS |= {f"{word}s" for word in EMPTY_WORDS} | {"processes"}


def is_empty(name: str) -> bool:
    """Whether a name of our own choice has such a word in it."""
    return name not in PRESCRIBED and not words_of(name).isdisjoint(EMPTY_WORDS)


def test_no_name_is_an_empty_word() -> None:
    """No folder, module, class or function bears a word of the list as a part of its name."""
    found = []
    for path in python_files(SOURCE):
        where = path.relative_to(SOURCE)
        names = [*where.with_suffix("").parts, *defined_names(parsed(path))]
        found += [f"{where}: {name}" for name in names if is_empty(name)]
    assert found == []


@pytest.mark.parametrize(
    "name", ["process_order", "OrderManager", "HTTPHandler", "_utils", "loadData", "user_info2"]
)
def test_the_check_sees_every_spelling(name: str) -> None:
    """Words are found in snake_case, CamelCase, after capitals and before digits."""
    (found,) = defined_names(ast.parse(f"class {name}: ..."))
    assert words_of(found) & EMPTY_WORDS


@pytest.mark.parametrize("name", ["database", "informed", "processor_fee", "metadata", "Utility"])
def test_longer_words_are_other_words(name: str) -> None:
    """A forbidden word inside a longer one is no match."""
    assert not words_of(name) & EMPTY_WORDS
