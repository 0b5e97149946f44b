"""R27: the printed requests work and are answered as printed; no printed sample is overlooked."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from starlette.testclient import TestClient

from tests.conformance.register import FILES, REGISTER, Answer, Exchange, Kind, Sample
from tests.conformance.replay import compared, differences, differences_of, read
from tests.house.source import ROOT
from tests.rest.world import CREDENTIALS, JSON
from tollbridge.bootstrap import Place, build_demo, collecting, make_app, opened

SEEDS = ROOT.parent / "shared" / "reference" / "seeds"
EXCHANGES = [f"{each.request.seed}:{each.request.place}" for each in REGISTER]


class Demo:
    """The demo as `tollbridge serve --demo --memory` makes it, without the socket."""

    def __init__(self, client: TestClient) -> None:
        self._client = client

    def ask(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        """What the demo answers."""
        headers = {"Authorization": CREDENTIALS, **JSON}
        answer = self._client.request(method, target, content=body, headers=headers)
        return answer.status_code, answer.content


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """A demo of this test's own, as it stands at its start."""
    nowhere = Place("", tmp_path / "book.db", new=True)
    with opened(nowhere, memory=True) as platform, collecting(platform) as collector:
        build_demo(collector)
        app = make_app(
            collector,
            public_url="http://testserver",
            allowed_hosts=["testserver"],
            loopback_only=False,
        )
        with TestClient(app) as client:
            yield Demo(client)


@pytest.mark.parametrize("exchange", REGISTER, ids=EXCHANGES)
def test_each_printed_request_is_answered_as_printed(demo: Demo, exchange: Exchange) -> None:
    """R27: on a demo that has just been made."""
    assert list(differences_of(exchange, demo.ask)) == []


def test_all_of_them_in_the_order_of_the_guides(demo: Demo) -> None:
    """R27: and one after the other."""
    assert differences(demo.ask) == []


def test_the_self_service_link_has_the_published_form(demo: Demo) -> None:
    """Seed 003 line 250: host and token are ours."""
    _, body = demo.ask("GET", REGISTER[0].request.target, b"")
    url = read(body)["Subscription"]["SelfServiceUrl"]
    assert re.fullmatch(r"http://testserver/864/s/s67531904-[A-Za-z0-9_-]{16}", url)


PRINTED = {"A": 1, "B": {"C": [1, 2]}, "D": "x"}
SPOILED: list[dict[str, Any]] = [
    {"A": 2, "B": {"C": [1, 2]}, "D": "x"},
    {"A": "1", "B": {"C": [1, 2]}, "D": "x"},
    {"A": True, "B": {"C": [1, 2]}, "D": "x"},
    {"A": 1, "B": {"C": [1, 2, 3]}, "D": "x"},
    {"A": 1, "B": {"C": [1, 3]}, "D": "x"},
    {"A": 1, "B": {}, "D": "x"},
    {"A": 1, "B": None, "D": "x"},
    {"A": 1, "B": {"C": [1, 2]}, "D": "x", "E": 1},
    {"B": {"C": [1, 2]}, "A": 1, "D": "x"},
]


@pytest.mark.parametrize("given", SPOILED)
def test_the_comparison_sees_every_difference(given: dict[str, Any]) -> None:
    """A value, a type, a length, a key too few or too many, another order."""
    sample = Answer(seed="", place=0)
    assert list(compared(PRINTED, given, sample))
    assert not list(compared(PRINTED, PRINTED, sample))


def test_every_file_belongs_to_a_sample() -> None:
    """Nothing lies about in samples/."""
    assert sorted(path.name for path in FILES.iterdir()) == sorted(
        sample.file for sample in samples() if sample.file
    )


def samples() -> Iterator[Sample]:
    """Every registered sample."""
    for exchange in REGISTER:
        yield exchange.request
        if exchange.answer is not None:
            yield exchange.answer


def test_what_is_odd_is_said() -> None:
    """R27: a sample that is not exact has a reason."""
    assert all(sample.note for sample in samples() if sample.kind is not Kind.EXACT)


# The rest compares the register with the documents themselves, where they are at hand.

needs_seeds = pytest.mark.skipif(not SEEDS.is_dir(), reason="the published documents are not here")
HEADERS = {"Accept", "Authorization", "Content-Type"}
COMMENT = re.compile(r'\s//[^"\n]*$', re.MULTILINE)
ESCAPED = re.compile(r'\.body\("(.*)"\)')
OPENING = re.compile(r'\{(?=\s*")')
WORDS = {"True": "true", "False": "false", "None": "null"}
TARGET = re.compile(r"/subscription/[a-z]+(?:\?[^\s\"'`]*)?")


def seed_text(seed: str) -> str:
    """The document of a seed, comments in its samples taken out, Java strings written out."""
    [path] = SEEDS.glob(f"{seed}_*.txt")
    text = COMMENT.sub("", path.read_text(encoding="utf-8"))
    return ESCAPED.sub(lambda found: json.loads(f'"{found[1]}"').replace("\n", " "), text)


def printed_objects(seed: str) -> Iterator[tuple[int, Any]]:
    """Line and value of every JSON object that a seed prints; headers do not count."""
    text, end = seed_text(seed), 0
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


def places(seed: str) -> dict[int, Any]:
    """What the register says is printed on which line of a seed."""
    found: dict[int, Any] = {}
    for sample in samples():
        if sample.seed == seed:
            body = read(sample.body) if sample.file else None
            found |= dict.fromkeys((sample.place, *sample.again), body)
    return found


@needs_seeds
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
        each.request
        for each in REGISTER
        if each.request.seed == seed and line in each.request.again
    ]
    pairs = parse_qsl(urlsplit(request.target).query)
    return read(json.dumps({name: int(v) if v.isdigit() else v for name, v in pairs}).encode())


@needs_seeds
@pytest.mark.parametrize("seed", ["003", "004"])
def test_every_registered_place_is_one(seed: str) -> None:
    """R27: each line of the register is there, and shows the body or the target."""
    bodies = dict(printed_objects(seed))
    lines = seed_text(seed).splitlines()
    for exchange in REGISTER:
        for sample in (exchange.request, exchange.answer):
            if sample is None or sample.seed != seed:
                continue
            for line in (sample.place, *sample.again):
                shown = bodies.get(line) is not None or "getsubscription" in lines[line - 1]
                assert shown or "SubscriptionId" in lines[line - 1], line


@needs_seeds
@pytest.mark.parametrize("seed", ["003", "004"])
def test_every_printed_target_is_registered(seed: str) -> None:
    """R27: whatever is called in a seed is called in the register."""
    targets = {each.request.target for each in REGISTER if each.request.seed == seed}
    paths = {target.partition("?")[0] for target in targets}
    found = set(TARGET.findall(seed_text(seed)))
    assert found
    assert found <= targets | paths
