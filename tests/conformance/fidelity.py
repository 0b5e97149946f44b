"""The page docs/reference/fidelity.md, made from the messages and the register of samples.

python -m tests.conformance.fidelity        # writes it anew
"""

import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

import msgspec

from tests.conformance.printed import Exchange, Kind, Request, Sample
from tests.conformance.register import LATER, OUTLINES, exchanges, samples
from tests.house.source import ROOT
from tollbridge.rest.endpoint import Style
from tollbridge.rest.endpoints import ENDPOINTS
from tollbridge.rest.evidence import Evidence, Origin, evidence_of
from tollbridge.rest.refusals import Refused

PAGE = ROOT / "docs" / "reference" / "fidelity.md"

OPENING = """# How faithful it is

Where every field of the compatible API comes from, and what is wrong with the published samples. This page is made from the definitions of the messages and from the register of samples: `python -m tests.conformance.fidelity` writes it, and a test fails when it is old. The same is in the OpenAPI document, as `x-evidence` of each field.

- **sample**: printed in one of the five documents that the platform implements, on this line. A test finds the field there, and the request is replayed ([how to do that with another server](../how-to/conformance.md)).
- **documented**: named by this page of the published reference or guides; no sample shows it.
- **inferred**: nobody names it. It follows from a description, from its siblings, or from what client programs send and read.
- **ours**: nobody else has it: the endpoints under `/tollbridge/`, and whatever else is no part of the published API.
"""  # noqa: E501 - a paragraph of the page is a line


class Told(NamedTuple):
    """A field of a message on the wire, and what it says of its origin."""

    message: str
    name: str
    evidence: Evidence | None


def compatible_fields() -> Iterator[Told]:
    """Every field of every message under /subscription/, each message once."""
    seen: set[type] = set()
    for endpoint in ENDPOINTS:
        if endpoint.style is Style.COMPATIBLE:
            yield from _fields(endpoint.request, seen)
            if endpoint.answer is not None:
                yield from _fields(endpoint.answer, seen)
    yield from _fields(Refused, seen)


def _fields(message: type[msgspec.Struct], seen: set[type]) -> Iterator[Told]:
    if message in seen:
        return
    seen.add(message)
    inner: list[type[msgspec.Struct]] = []
    for field in msgspec.structs.fields(message):
        yield Told(message.__name__, field.encode_name, evidence_of(field.type))
        inner += _structs(field.type)
    for one in inner:
        yield from _fields(one, seen)


def _structs(annotation: Any) -> Iterator[type[msgspec.Struct]]:  # noqa: ANN401 - a type expression
    """The messages inside a field's type."""
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        yield annotation
    for part in get_args(annotation):
        yield from _structs(part)


def page() -> str:
    """The whole page."""
    return "\n".join((OPENING, *_counts(), *_tables(), *_oddities(), *_wrong(), *_covered(), ""))


def _counts() -> Iterator[str]:
    counted = Counter(told.evidence.origin for told in compatible_fields() if told.evidence)
    yield "## The counts\n"
    yield "| Origin | Fields |\n|---|---|"
    for origin in Origin:
        if origin is not Origin.OURS:
            yield f"| {origin.value} | {counted[origin]} |"
    yield f"| all of the compatible API | {counted.total()} |\n"


def _tables() -> Iterator[str]:
    yield "## Field by field"
    message = ""
    for told in compatible_fields():
        if told.message != message:
            message = told.message
            yield f"\n### {message}\n\n| Field | Origin | Where |\n|---|---|---|"
        if told.evidence is not None:
            yield f"| {told.name} | {told.evidence.origin.value} | {told.evidence.where} |"
    yield ""


def _wrong() -> Iterator[str]:
    yield "## Samples that are wrong, and how we answer\n"
    yield "| Where | What | Why | As printed | Else |\n|---|---|---|---|---|"
    for sample in samples():
        if sample.kind is Kind.WRONG:
            yield f"| {sample.where} | {_what(sample)} | {sample.note} | {_answered(sample)} |"
    yield ""


def _answered(sample: Sample) -> str:
    if not isinstance(sample, Request):
        return "| as the note says"
    if sample.corrected:
        return f"{sample.status} | 200 when it is put right"
    return f"{sample.status} | {'200' if sample.status == 200 else '200 with credentials'}"


def _oddities() -> Iterator[str]:
    yield "## Samples with something to know\n"
    yield "| Where | What | What there is to know |\n|---|---|---|"
    for sample in samples():
        if sample.kind is not Kind.WRONG and sample.note:
            yield f"| {sample.where} | {_what(sample)} | {sample.note} |"
    yield ""


def _what(sample: Sample) -> str:
    action = _action(_exchange(sample).request)
    return action if isinstance(sample, Request) else f"answer of {action}"


def _action(request: Request) -> str:
    return request.target.partition("?")[0].rpartition("/")[2]


def _exchange(sample: Sample) -> Exchange:
    return next(one for one in exchanges() if sample in (one.request, one.answer))


def _covered() -> Iterator[str]:
    kinds = Counter(sample.kind for sample in samples())
    yield "## What the register has\n"
    yield "| Kind | Samples |\n|---|---|"
    yield from (f"| {kind.value} | {kinds[kind]} |" for kind in Kind if kinds[kind])
    yield f"| endpoints named by seed 001 | {len(OUTLINES)} |"
    parts = Counter(later.part for later in LATER)
    yield from (f"| later: {part} | {count} |" for part, count in sorted(parts.items()))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
