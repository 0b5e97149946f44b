"""Where a field of a message comes from, said beside its definition and shown in the documents.

    product_id: Annotated[int, of(ID, "The product to add"), sample("002", 217)]

Only the compatible messages say so: what is Tollbridge's own is ours altogether.
"""

from collections.abc import Iterator
from enum import Enum
from typing import Any, NamedTuple, get_args, get_origin

import msgspec

KEY = "x-evidence"  # in JSON Schema


class Origin(Enum):
    """How much a field's name and shape rest on, the strongest first."""

    SAMPLE = "sample"  # printed in one of the five documents; the register has it (R27)
    DOCUMENTED = "documented"  # named by a published reference page
    INFERRED = "inferred"  # follows from a description, or from what client programs do
    OURS = "ours"  # nobody else has it


class Evidence(NamedTuple):
    """The origin of a field, and where it can be looked up."""

    origin: Origin
    where: str = ""
    seed: str = ""
    line: int = 0

    @property
    def shown(self) -> str:
        """The origin and the place in one text."""
        return f"{self.origin.value}: {self.where}" if self.where else self.origin.value


OURS = Evidence(Origin.OURS)


def sample(seed: str, line: int) -> msgspec.Meta:
    """Printed in this document; `line` is that of the body in the register of samples."""
    return _said(Evidence(Origin.SAMPLE, f"seed {seed} line {line}", seed, line))


def documented(page: str) -> msgspec.Meta:
    """Named by a published page of this name; no sample shows it."""
    return _said(Evidence(Origin.DOCUMENTED, page))


def inferred(source: str) -> msgspec.Meta:
    """Nobody names it; it follows from `source`."""
    return _said(Evidence(Origin.INFERRED, source))


def _said(evidence: Evidence) -> msgspec.Meta:
    # Beside the Meta that describes the field; msgspec joins the two
    return msgspec.Meta(extra={KEY: evidence}, extra_json_schema={KEY: evidence.shown})


def evidence_of(annotation: object) -> Evidence | None:
    """What a field's annotation says, None when it says nothing."""
    for part in _parts(annotation):
        found = (part.extra or {}).get(KEY)
        if isinstance(found, Evidence):
            return found
    return None


def _parts(annotation: Any) -> Iterator[msgspec.Meta]:  # noqa: ANN401 - a type expression
    if get_origin(annotation) is not None:
        yield from (part for part in get_args(annotation) if isinstance(part, msgspec.Meta))
