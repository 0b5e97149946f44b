"""The register of samples (R27): every request and answer that seeds 003 and 004 print.

`place` is the line on which a sample is printed first, `again` the lines on which it stands in
other programming languages. Only the bodies are kept here, as files in `samples/`; comments in
them are taken out.
"""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

FILES = Path(__file__).parent / "samples"


class Kind(Enum):
    """How far a printed sample binds us."""

    EXACT = "exact"  # these keys in this order with these values
    EXCERPT = "excerpt"  # at least these keys with these values
    WRONG = "wrong"  # a slip of the documents; the note says what we do


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


@dataclass(frozen=True, kw_only=True)
class Request(Sample):
    """A printed request; `target` is its path and query."""

    method: str
    target: str


@dataclass(frozen=True, kw_only=True)
class Answer(Sample):
    """A printed answer. `ours` names the fields whose values depend on where Tollbridge runs.

    `ordered` is False where the order contradicts a complete sample.
    """

    ours: tuple[str, ...] = ()
    ordered: bool = True


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A request and, where one is printed, its answer."""

    request: Request
    answer: Answer | None = None


# In the order in which a reader of the two guides follows them.
REGISTER: tuple[Exchange, ...] = (
    Exchange(
        request=Request(
            seed="003",
            place=62,
            again=(71, 97, 145),
            method="GET",
            target="/subscription/getsubscription?RunningNumber=1&SubscriptionId=S67531904&isCurrent=true",
        ),
        answer=Answer(
            seed="003",
            place=170,
            file="003-getsubscription.answer.json",
            note="One line ends in a comment; SelfServiceUrl has our host and a token of ours",
            ours=("SelfServiceUrl",),
        ),
    ),
    Exchange(
        request=Request(
            seed="003",
            place=350,
            again=(374, 395, 452, 477),
            method="POST",
            target="/subscription/updatesubscriptionitemprice",
            file="003-updatesubscriptionitemprice.request.json",
            note=(
                "GetCustomerPricePreviewOnly stands twice but for Python and JavaScript; the "
                "curl lacks its line continuations. No answer is printed"
            ),
        ),
    ),
    Exchange(
        request=Request(
            seed="004",
            place=52,
            again=(63, 73, 100),
            method="GET",
            target="/subscription/getsubscription?subscriptionId=S67645948",
            note="The curl lacks its line continuations",
        ),
        answer=Answer(
            seed="004",
            place=107,
            kind=Kind.EXCERPT,
            file="004-getsubscription.answer.json",
            note="Its order contradicts seed 003 line 170, which is complete",
            ordered=False,
        ),
    ),
    Exchange(
        request=Request(
            seed="004",
            place=223,
            again=(246, 266, 323, 348),
            method="POST",
            target="/subscription/updatesubscriptionitem",
            file="004-updatesubscriptionitem.request.json",
            note="Asks for S67439867, where the first step of the guide reads S67645948",
        ),
        answer=Answer(seed="004", place=353, file="004-updatesubscriptionitem.answer.json"),
    ),
)
