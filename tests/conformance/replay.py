"""Replay the register against anything that answers HTTP, and compare with what is printed."""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from tests.conformance.register import REGISTER, Answer, Exchange, Kind

# Method, target and body to status and body; the credentials are the caller's.
Ask = Callable[[str, str, bytes], tuple[int, bytes]]


def differences(ask: Ask) -> list[str]:
    """Where the answers differ from the register, empty when they do not (R27)."""
    return [text for exchange in REGISTER for text in differences_of(exchange, ask)]


def differences_of(exchange: Exchange, ask: Ask) -> Iterator[str]:
    """Where the answer to one printed request differs from the printed answer."""
    request = exchange.request
    place = f"seed {request.seed} line {request.place}"
    status, body = ask(request.method, request.target, request.body)
    answer = read(body)
    if status != 200 or answer.get("ResultMessage") != "OK":
        yield f"{place}: {status} {body.decode()}"
    elif exchange.answer is not None:
        for text in compared(read(exchange.answer.body), answer, exchange.answer):
            yield f"seed {exchange.answer.seed} line {exchange.answer.place}: {text}"


def read(body: bytes) -> dict[str, Any]:
    """A JSON object with exact numbers; the order of its keys is kept."""
    found: dict[str, Any] = json.loads(body, parse_float=Decimal, parse_int=Decimal)
    return found


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
    if sample.kind is Kind.EXACT and given.keys() - printed.keys():
        yield f"{where}: with {sorted(given.keys() - printed.keys())}"
    if sample.ordered and [key for key in given if key in printed] != list(printed):
        yield f"{where}: in another order"
    for key in printed.keys() & given.keys() - set(sample.ours):
        yield from compared(printed[key], given[key], sample, f"{where}.{key}")
