"""R27: the register and the published documents agree, where the documents are at hand."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.conformance.printed import FILES, Exchange, Later, Sample
from tests.conformance.register import LATER, OUTLINES, exchanges, samples
from tests.conformance.replay import read
from tests.house.source import ROOT

WHERE = Path("shared", "reference", "seeds")


def _seeds() -> Path | None:
    """The documents: by the environment, or beside the checkout or a folder above it."""
    given = os.environ.get("TOLLBRIDGE_TEST_SEEDS")
    places = [Path(given)] if given else [parent / WHERE for parent in ROOT.parents]
    return next((place for place in places if place.is_dir()), None)


SEEDS = _seeds()
ALL = ("000", "001", "002", "003", "004")

pytestmark = pytest.mark.skipif(SEEDS is None, reason="the published documents are not here")

HEADERS = {"Accept", "Authorization", "Content-Type"}
COMMENT = re.compile(r'\s//[^"\n]*$', re.MULTILINE)
ESCAPED = re.compile(r'\.body\("(.*)"\)')
OPENING = re.compile(r'\{(?=\s*")')
WORDS = {"True": "true", "False": "false", "None": "null"}
TARGET = re.compile(r"/subscription/[a-z]+(?:\?[^\s\"'`]*)?")


def seed_text(seed: str) -> str:
    """The document of a seed as it is."""
    assert SEEDS is not None
    [path] = SEEDS.glob(f"{seed}_*.txt")
    return path.read_text(encoding="utf-8")


def cleaned(seed: str) -> str:
    """The document, comments in its samples taken out, Java strings written out."""
    text = COMMENT.sub("", seed_text(seed))
    return ESCAPED.sub(lambda found: json.loads(f'"{found[1]}"').replace("\n", " "), text)


def printed_objects(seed: str) -> Iterator[tuple[int, Any]]:
    """Line and value of every JSON object that a seed prints; headers do not count."""
    text, end = cleaned(seed), 0
    for opening in OPENING.finditer(text):
        if opening.start() < end:
            continue
        end = closing(text, opening.start())
        body = re.sub(r"\b(True|False|None)\b", lambda w: WORDS[w[0]], text[opening.start() : end])
        value = read(body.encode())
        if not value.keys() <= HEADERS:
            yield text.count("\n", 0, opening.start()) + 1, value


def closing(text: str, start: int) -> int:
    """Where the object that begins at `start` is closed; no sample has braces in a text."""
    depth = 0
    for place in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return place + 1
    raise AssertionError(f"an object without end: {text[start : start + 40]}")


def of(seed: str) -> list[Sample]:
    """The registered samples of a seed."""
    return [sample for sample in samples() if sample.seed == seed]


def places(seed: str) -> dict[int, Any]:
    """What the register says is printed on which line of a seed."""
    found: dict[int, Any] = {}
    for sample in of(seed):
        body = read(sample.body) if sample.file else None
        found |= dict.fromkeys((sample.place, *sample.again), body)
    return found


@pytest.mark.parametrize("seed", ["003", "004"])
def test_every_printed_body_is_registered(seed: str) -> None:
    """R27: a body that is not registered, or differs from its file, fails."""
    registered = places(seed)
    for line, value in printed_objects(seed):
        assert line in registered, f"seed {seed} line {line} is not registered"
        expected = registered[line]
        assert value == (expected if expected is not None else _query_of(seed, line))


def _query_of(seed: str, line: int) -> dict[str, Any]:
    """The query of the request that is printed on a line, as Python prints it."""
    [request] = [
        one.request for one in exchanges() if one.request.seed == seed and line in one.request.again
    ]
    pairs = parse_qsl(urlsplit(request.target).query)
    return read(json.dumps({name: int(v) if v.isdigit() else v for name, v in pairs}).encode())


@pytest.mark.parametrize("seed", ["003", "004"])
def test_every_registered_place_is_one(seed: str) -> None:
    """R27: each line of the register is there, and shows the body or the target."""
    bodies = dict(printed_objects(seed))
    lines = cleaned(seed).splitlines()
    for sample in of(seed):
        for line in (sample.place, *sample.again):
            shown = bodies.get(line) is not None or "getsubscription" in lines[line - 1]
            assert shown or "SubscriptionId" in lines[line - 1], line


@pytest.mark.parametrize("seed", ["003", "004"])
def test_every_printed_target_is_registered(seed: str) -> None:
    """R27: whatever is called in a seed is called in the register."""
    targets = {one.request.target for one in exchanges() if one.request.seed == seed}
    paths = {target.partition("?")[0] for target in targets}
    found = set(TARGET.findall(cleaned(seed)))
    assert found
    assert found <= targets | paths


# Seed 002 prints bodies that are no JSON: they are compared as texts.

GUIDE = "002"
BEGINNING = re.compile(r"^(?:curl |--data '\{$|\{$|https://)")


def guide() -> list[str]:
    """The lines of the integration guide, the first one at 1."""
    return ["", *seed_text(GUIDE).splitlines()]


def printed_at(lines: list[str], line: int) -> str:
    """The body that begins on a line, up to the brace that closes it."""
    text = "\n".join(["{", *lines[line + 1 :]])
    return text[: closing(text, 0)] + "\n"


@pytest.mark.parametrize("sample", of(GUIDE), ids=lambda sample: str(sample.place))
def test_a_sample_of_the_guide_is_printed_on_its_line(sample: Sample) -> None:
    """R27: the file is what the guide prints, letter for letter."""
    lines = guide()
    assert lines[sample.place].removeprefix("--data '") == "{"
    assert printed_at(lines, sample.place) == (FILES / sample.file).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "exchange",
    [one for one in exchanges() if one.request.seed == GUIDE],
    ids=lambda exchange: str(exchange.request.place),
)
def test_a_request_of_the_guide_goes_where_the_curl_goes(exchange: Exchange) -> None:
    """R27: method, path and whether credentials are sent."""
    lines, place = guide(), exchange.request.place
    start = max(line for line in range(place) if lines[line].startswith("curl "))
    curl = "\n".join(lines[start:place])
    assert f"--request {exchange.request.method}" in curl
    assert f"rest.cleverbridge.com{exchange.request.target} " in curl
    assert ("authorization: Basic" in curl) == exchange.request.authorised


@pytest.mark.parametrize("later", LATER, ids=lambda later: str(later.place))
def test_what_comes_later_is_printed_on_its_line(later: Later) -> None:
    """R27: a link on the line itself, another body within the first lines."""
    lines = guide()
    assert BEGINNING.match(lines[later.place])
    assert later.shows in "\n".join(lines[later.place : later.place + 3])


def test_nothing_that_the_guide_prints_is_overlooked() -> None:
    """R27: every curl (by its body, if it has one), every object and every link is registered."""
    lines = guide()
    registered = {sample.place for sample in (*of(GUIDE), *LATER)}
    with_body = {
        max(n for n in range(place) if lines[n].startswith("curl "))
        for place in registered
        if lines[place].startswith("--data")
    }
    found = {number for number, line in enumerate(lines) if BEGINNING.match(line)}
    assert len(found) > 80
    assert found == registered | with_body


def test_the_old_guide_names_these_endpoints() -> None:
    """R27: seed 001, line by line."""
    lines = ["", *seed_text("001").splitlines()]
    named = {number: line for number, line in enumerate(lines) if re.match(r"(GET|POST) /", line)}
    assert named == {one.place: f"{one.method} {one.target}" for one in OUTLINES}
    for sample in of("001"):
        assert lines[sample.place] == f"RenewalType {read(sample.body)['RenewalType']}"


@pytest.mark.parametrize("seed", ALL)
def test_no_seed_has_bodies_beyond_the_register(seed: str) -> None:
    """R27: seeds 000 and 001 print no object and no curl; the others are looked through above."""
    text = seed_text(seed)
    if seed in {"000", "001"}:
        assert not OPENING.search(text)
        assert "curl" not in text
    else:
        assert of(seed)
