"""Write new files of frozen facts: `python -m tests.notices.golden_facts NNNN-NAME`.

Each holds the facts of a scene as they were stored by a release, and the documents that they made
then. They are never edited: a program that cannot tell them loses what its users have not
delivered yet. A file that exists is not overwritten.
"""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from tests.notices import scenes
from tests.notices.scenes import documents
from tollbridge.domain.facts import Fact
from tollbridge.domain.refunding import RefundRequest
from tollbridge.notices.telling import to_json

GOLDEN = Path(__file__).parent / "golden"
SCENES: dict[str, Callable[[], list[Fact]]] = {
    "renewed": scenes.renewed,
    "upgraded": scenes.upgraded,
    "declined": scenes.declined,
    "canceled": scenes.canceled,
    "moved": scenes.moved,
    "profile": scenes.profile,
    "invoice": scenes.by_invoice,
    "refunded": lambda: scenes.of_part(RefundRequest(amount=2000)),
    "charged-back": scenes.charged_back,
    "two-calendars": scenes.two_calendars,
    "merged": lambda: [fact for facts in scenes.merged() for fact in facts],
}


class FrozenFact(msgspec.Struct, frozen=True, kw_only=True):
    """A fact whose input can be read by people."""

    merchant_id: int
    subscription_id: int
    stream: int
    sequence: int
    type: str
    subject: str
    at: datetime
    frozen: msgspec.Raw

    @property
    def fact(self) -> Fact:
        """The row of the outbox."""
        named = {name: getattr(self, name) for name in self.__struct_fields__}
        return Fact(**{**named, "frozen": bytes(self.frozen)})


class Golden(msgspec.Struct, frozen=True):
    """The facts of a scene, and what they made, with the types."""

    facts: tuple[FrozenFact, ...]
    documents: tuple[tuple[str, Any], ...]


def golden_of(facts: list[Fact]) -> Golden:
    """What is kept of these facts."""
    return Golden(
        facts=tuple(
            FrozenFact(**{**msgspec.structs.asdict(one), "frozen": msgspec.Raw(one.frozen)})
            for one in facts
        ),
        documents=tuple((name, msgspec.Raw(to_json(one))) for name, one in documents(facts)),
    )


def main(name: str) -> None:
    """Write the files."""
    for scene, cause in SCENES.items():
        text = msgspec.json.format(msgspec.json.encode(golden_of(cause())), indent=0)
        with (GOLDEN / f"{name}-{scene}.json").open("xb") as file:
            file.write(text + b"\n")


if __name__ == "__main__":
    main(sys.argv[1])
