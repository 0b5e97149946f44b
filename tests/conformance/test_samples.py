"""R27: the printed requests work and are answered as printed, on both engines."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.old_guide import OUTLINES
from tests.conformance.printed import DEMO, FILES, Answer, Flow, Kind
from tests.conformance.register import REGISTER, exchanges, samples
from tests.conformance.replay import compared, differences, differences_of, read
from tests.conformance.stages import playing
from tollbridge.bootstrap import Place
from tollbridge.rest.endpoints import ENDPOINTS
from tollbridge.rest.messages import Reader

DEMO_FLOWS = [flow for flow in REGISTER if flow.stage == DEMO]


@pytest.mark.parametrize("flow", REGISTER, ids=[flow.name for flow in REGISTER])
def test_each_flow_is_answered_as_printed(place: Place, flow: Flow) -> None:
    """R27: on a stage that has just been made."""
    with playing(flow.stage, place) as player:
        assert differences([flow], player) == []


def test_the_flows_of_the_demo_work_one_after_the_other(place: Place) -> None:
    """R27: what `python -m tests.conformance` asks of a demo."""
    with playing(DEMO, place) as player:
        assert differences(DEMO_FLOWS, player) == []


def test_each_flow_of_the_guides_also_works_from_its_middle(memory: Iterator[Place]) -> None:
    """R27: every exchange of seeds 003 and 004 stands for itself."""
    for exchange in (
        one for flow in REGISTER if flow.name[:3] in {"003", "004"} for one in flow.exchanges
    ):
        with playing(DEMO, next(memory)) as player:
            assert list(differences_of(exchange, player)) == []


def test_the_self_service_link_has_the_published_form(memory: Iterator[Place]) -> None:
    """Seed 003 line 250: host and token are ours."""
    with playing(DEMO, next(memory)) as player:
        _, body = player("GET", REGISTER[0].exchanges[0].request.target, b"")
    url = read(body)["Subscription"]["SelfServiceUrl"]
    assert re.fullmatch(r"http://testserver/864/s/s67531904-[A-Za-z0-9_-]{16}", url)


def test_the_link_to_go_on_with_has_the_published_form(memory: Iterator[Place]) -> None:
    """Seed 002 line 995: host, merchant, purchase and token are ours."""
    [exchange] = [one for one in exchanges() if one.request.place == 986]
    with playing("renewal", next(memory)) as player:
        _, body = player("POST", exchange.request.target, exchange.request.body)
    url = read(body)["ContinueUrl"]
    assert re.fullmatch(r"http://testserver/864/p/\d+-[A-Za-z0-9_-]{16}", url)


@pytest.mark.parametrize("outline", OUTLINES, ids=[str(one.place) for one in OUTLINES])
def test_every_endpoint_that_the_old_guide_names_is_served(outline: Any) -> None:  # noqa: ANN401
    """Seed 001: method, path and the names of the query."""
    path, _, query = outline.target.partition("?")
    [endpoint] = [one for one in ENDPOINTS if (one.method, one.path) == (outline.method, path)]
    names = {field.name.lower() for field in Reader(endpoint.request).fields}
    assert {part.partition("=")[0] for part in query.split("&") if part} <= names


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


def _asked(answer: tuple[int, bytes]) -> Any:  # noqa: ANN401
    def ask(_: str, __: str, ___: bytes, *, authorised: bool = True) -> tuple[int, bytes]:
        return answer if authorised else (200, b'{"ResultMessage":"OK"}')

    return ask


OK_WITHOUT_PRICES = (200, b'{"ResultMessage":"OK"}')


@pytest.mark.parametrize("answer", [OK_WITHOUT_PRICES, (200, b"{}"), (402, b"no"), (500, b"")])
def test_a_server_that_answers_otherwise_is_found_out(answer: tuple[int, bytes]) -> None:
    """R27: an answer without prices, a success that is none, a refusal, an error."""
    found = {text.partition(":")[0] for text in differences(REGISTER, _asked(answer))}
    if answer == OK_WITHOUT_PRICES:
        assert {f"seed 002 line {line}" for line in (217, 543, 902, 994, 1203, 1650)} <= found
    else:
        assert {exchange.request.where for exchange in exchanges()} <= found


def test_every_file_belongs_to_a_sample() -> None:
    """Nothing lies about in samples/, and nothing is missing."""
    named = {sample.file for sample in samples()}
    named |= {exchange.request.corrected for exchange in exchanges()}
    named |= {exchange.answer.instead for exchange in exchanges() if exchange.answer}
    assert {path.name for path in FILES.iterdir()} == named - {""}


def test_what_is_odd_is_said() -> None:
    """R27: a sample that is not exact has a reason."""
    assert all(sample.note for sample in samples() if sample.kind is not Kind.EXACT)
