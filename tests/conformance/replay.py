"""Replay the register against anything that answers HTTP, and compare with what is printed.

Only the standard library: it judges a server from the outside.
"""

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Protocol

from tests.conformance.printed import FILES, Answer, Exchange, Flow, Kind, Request

OK = 200


class Ask(Protocol):
    """Whatever answers: with the caller's credentials, or without any."""

    def __call__(
        self, method: str, target: str, body: bytes, *, authorised: bool = True
    ) -> tuple[int, bytes]:
        """Status and body."""


def differences(flows: Iterable[Flow], ask: Ask) -> list[str]:
    """Where the answers differ from the register, empty when they do not (R27)."""
    return [
        text
        for flow in flows
        for exchange in flow.exchanges
        for text in differences_of(exchange, ask)
    ]


def differences_of(exchange: Exchange, ask: Ask) -> Iterator[str]:
    """Where the answer to one printed request differs from the printed answer."""
    request = exchange.request
    if request.kind is Kind.WRONG and (request.status != OK or request.corrected):
        yield from _as_printed(request, ask)
        body = (FILES / request.corrected).read_bytes() if request.corrected else request.body
    else:
        body = request.body
    status, text = ask(request.method, request.target, body)
    answer = read(text)
    if status != OK or answer.get("ResultMessage") != "OK":
        yield f"{request.where}: {status} {text.decode()}"
        return
    if exchange.charged:
        yield from _charged(exchange, answer)
    if exchange.answer is not None:
        for one in compared(read(exchange.answer.expected), answer, exchange.answer):
            yield f"{exchange.answer.where}: {one}"


def _as_printed(request: Request, ask: Ask) -> Iterator[str]:
    """Whether a request that is wrong is answered as the register says."""
    status, text = ask(request.method, request.target, request.body, authorised=request.authorised)
    passed = read(text).get("ResultMessage") == "OK"
    if status != request.status or passed != (status == OK):
        yield f"{request.where}: as printed {status} {text.decode()}, not {request.status}"


def _charged(exchange: Exchange, answer: dict[str, Any]) -> Iterator[str]:
    given = answer.get("AlignmentCustomerGrossPrice")
    if given != Decimal(exchange.charged):
        yield f"{exchange.request.where}: charges {given}, not {exchange.charged}"


def read(body: bytes) -> dict[str, Any]:
    """A JSON object with exact numbers, the order of its keys kept; empty for anything else."""
    try:
        found = json.loads(body, parse_float=Decimal, parse_int=Decimal)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def compared(printed: object, given: object, sample: Answer, where: str = "$") -> Iterator[str]:
    """Where a given value differs from a printed one. Numbers are equal as numbers (R25)."""
    if isinstance(printed, dict) and isinstance(given, dict):
        yield from _objects(printed, given, sample, where)
    elif isinstance(printed, list) and isinstance(given, list):
        if len(printed) != len(given):
            yield f"{where}: {len(given)} entries, not {len(printed)}"
        for number, (left, right) in enumerate(zip(printed, given, strict=False)):
            yield from compared(left, right, sample, f"{where}[{number}]")
    elif type(printed) is not type(given) or printed != given:
        yield f"{where}: {given!r}, not {printed!r}"


def _objects(
    printed: dict[str, Any], given: dict[str, Any], sample: Answer, where: str
) -> Iterator[str]:
    missing = printed.keys() - given.keys()
    if missing:
        yield f"{where}: without {sorted(missing)}"
    if sample.kind is not Kind.EXCERPT and given.keys() - printed.keys():
        yield f"{where}: with {sorted(given.keys() - printed.keys())}"
    if sample.ordered and [key for key in given if key in printed] != list(printed):
        yield f"{where}: in another order"
    for key in printed.keys() & given.keys() - set(sample.ours):
        yield from compared(printed[key], given[key], sample, f"{where}.{key}")
