"""Facts of every release are told for ever, in the words of then (DESIGN 7)."""

import json
from pathlib import Path

import msgspec
import pytest

from tests.notices.golden_facts import GOLDEN, SCENES, Golden
from tests.notices.scenes import documents
from tollbridge.notices.telling import to_json, to_xml

FILES = sorted(GOLDEN.glob("*.json"))
READ = msgspec.json.Decoder(Golden)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_frozen_fact_is_told_as_it_was(path: Path) -> None:
    """The same types, and all that was said then; fields that came later may say more."""
    golden = READ.decode(path.read_bytes())
    made = documents([one.fact for one in golden.facts])
    assert [name for name, _ in made] == [name for name, _ in golden.documents]
    for (_, document), (_, then) in zip(made, golden.documents, strict=True):
        assert known_then(json.loads(to_json(document)), then) == then
        assert to_xml(document)


def known_then(now: object, then: object) -> object:
    """What is told now, as far as it was told then."""
    if isinstance(now, dict) and isinstance(then, dict):
        return {key: known_then(value, then[key]) for key, value in now.items() if key in then}
    if isinstance(now, list) and isinstance(then, list) and len(now) == len(then):
        return [known_then(*pair) for pair in zip(now, then, strict=True)]
    return now


def test_every_scene_is_kept() -> None:
    """The first release froze them all."""
    assert {path.stem.removeprefix("0001-notices-") for path in FILES} >= set(SCENES)
