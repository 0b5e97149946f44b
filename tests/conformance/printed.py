"""What a printed sample is: its place in the published documents, and how far it binds us (R27).

`place` is the line on which a sample is printed first, `again` the lines on which it stands once
more: in another programming language or for another use. Only bodies are kept here, as files in
`samples/`, as they are printed but for comments in them.
"""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

FILES = Path(__file__).parent / "samples"
DEMO = "demo"


class Kind(Enum):
    """How far a printed sample binds us."""

    EXACT = "exact"  # these keys in this order with these values
    EXCERPT = "excerpt"  # at least these keys with these values
    WRONG = "wrong"  # a slip of the documents; the note says what it is and what we do
    LATER = "later"  # of a part of the platform that a later issue builds


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One printed request or answer. `file` holds its body, empty where it has none."""

    seed: str
    place: int
    again: tuple[int, ...] = ()
    kind: Kind = Kind.EXACT
    note: str = ""
    file: str = ""

    @property
    def body(self) -> bytes:
        """The body as it is printed."""
        return (FILES / self.file).read_bytes() if self.file else b""

    @property
    def where(self) -> str:
        """Document and line, as people say it."""
        return f"seed {self.seed} line {self.place}"


@dataclass(frozen=True, kw_only=True)
class Request(Sample):
    """A printed request; `target` is its path and query.

    `status` is what it is answered with as it is printed. Where that is no success, or the text
    around it says otherwise, `corrected` is the file of the body that it should have had (its own
    where it is right) and is to be answered with OK.
    """

    method: str
    target: str
    status: int = 200
    authorised: bool = True
    corrected: str = ""


@dataclass(frozen=True, kw_only=True)
class Answer(Sample):
    """A printed answer. `ours` names the fields whose values depend on where a platform runs.

    `ordered` is False where the order contradicts a complete sample; `instead` is the file of
    what we answer where the printed one is wrong.
    """

    ours: tuple[str, ...] = ()
    ordered: bool = True
    instead: str = ""

    @property
    def expected(self) -> bytes:
        """What is to be answered."""
        return (FILES / self.instead).read_bytes() if self.instead else self.body


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A request and, where one is printed, its answer.

    `charged` is the AlignmentCustomerGrossPrice that follows from the stage by R11 and R12, where
    the answer has one; it is worked out by hand.
    """

    request: Request
    answer: Answer | None = None
    charged: str = ""


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Exchanges in the order of a guide. `stage` names what there is before (`stages.STAGES`)."""

    stage: str = DEMO
    exchanges: tuple[Exchange, ...]

    @property
    def name(self) -> str:
        """Where it begins."""
        request = self.exchanges[0].request
        return f"{request.seed}:{request.place}"


@dataclass(frozen=True, kw_only=True)
class Outline:
    """A line that names an endpoint: method, path and, for reading calls, the query's names."""

    seed: str
    place: int
    method: str
    target: str


@dataclass(frozen=True, kw_only=True)
class Later(Sample):
    """A sample of what a later issue builds, its `part`; `shows` stands in it."""

    kind: Kind = Kind.LATER
    part: str
    shows: str
