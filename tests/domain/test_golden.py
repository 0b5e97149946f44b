"""Every event that was ever released decodes and folds for ever (DESIGN 3)."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pytest

from tests.domain.golden_corpus import CORPUS, Golden, Row, eventful_lives, row_of
from tollbridge.domain.events import EVENTS, decode_event
from tollbridge.domain.evolve import fold
from tollbridge.store.rows import encode

FILES = sorted(CORPUS.glob("*.json"))
RELEASE = 4  # the letters of a file's name that number the release
READ = msgspec.json.Decoder(Golden)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_released_journal_folds_to_its_document(path: Path) -> None:
    """A journal of any release leads to the document that it led to then.

    Fields that came later tell more of it, and take nothing back.
    """
    raw = path.read_bytes()
    golden = READ.decode(raw)
    events = [decode_event(row.type, row.version, bytes(row.payload)) for row in golden.journal]
    then = msgspec.json.decode(raw)["document"]
    assert known_then(msgspec.json.decode(encode(fold(events))), then) == then


def known_then(now: object, then: object) -> object:
    """What is told now, as far as it was told then."""
    if isinstance(now, dict) and isinstance(then, dict):
        return {key: known_then(value, then[key]) for key, value in now.items() if key in then}
    if isinstance(now, list) and isinstance(then, list) and len(now) == len(then):
        return [known_then(*pair) for pair in zip(now, then, strict=True)]
    return now


def rows_of(paths: Iterable[Path]) -> list[Row]:
    """Every row of these files."""
    return [row for path in paths for row in READ.decode(path.read_bytes()).journal]


def test_every_event_is_in_the_corpus() -> None:
    """An event in its present version cannot be released without an example."""
    kept = {(row.type, row.version) for row in rows_of(FILES)}
    assert {(name, event.version) for name, event in EVENTS.items()} <= kept


def test_the_newest_corpus_shows_the_present_shapes() -> None:
    """What is written today has just the fields that the newest files show of each type.

    When this fails, the shape of an event has changed. A new field with a default needs new
    files (`python -m tests.domain.golden_corpus NNNN-NAME`); anything else needs a new version of
    the event with an upcaster as well. Files that are released stay as they are.
    """
    newest = rows_of(path for path in FILES if path.name[:RELEASE] == FILES[-1].name[:RELEASE])
    written = [row_of(event) for life in eventful_lives().values() for event in life.events]
    assert shapes(written) == shapes(newest)
    assert {row.type for row in written} == set(EVENTS)


def shapes(rows: Iterable[Row]) -> set[str]:
    """The paths of all fields in some payloads, by type (`ItemChanged.terms.price.tiers`)."""
    return {path for row in rows for path in paths(msgspec.json.decode(row.payload), row.type)}


def paths(value: object, path: str) -> Iterator[str]:
    """The paths of all fields in a value; elements of a list share theirs."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{path}.{key}"
            yield from paths(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, path)
