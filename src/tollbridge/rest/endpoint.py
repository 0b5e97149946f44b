"""What an endpoint is: one row of the table from which serving and OpenAPI are made."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from tollbridge.domain.access import Scope
from tollbridge.flows.collecting import Collector
from tollbridge.ports import NO_PAGES, Pages, Platform
from tollbridge.rest.messages import Answer, Message
from tollbridge.rest.metrics import Metrics

M = TypeVar("M", bound=Message)

# What every endpoint may answer, and every endpoint with credentials; those with a body may find
# it too large.
ANYBODY = (400, 403, 429, 500)
READING = (400, 401, 403, 404, 429, 500, 503)
CHANGING = (400, 401, 402, 403, 404, 409, 413, 422, 429, 500, 503)


class Style(Enum):
    """How an endpoint speaks, above all of refusals."""

    COMPATIBLE = "compatible"  # as the published API: PascalCase, ResultMessage
    OWN = "own"  # Tollbridge's: snake_case, problem details (RFC 9457)
    OPEN = "open"  # Tollbridge's, without credentials


class Call(NamedTuple, Generic[M]):
    """A request that is authenticated and read. `username` is that of the credential."""

    message: M
    merchant_id: int
    username: str
    collector: Collector
    public_url: str
    metrics: Metrics
    pages: Pages = NO_PAGES

    @property
    def actor(self) -> str:
        """Who asks, for the journal."""
        return f"credential:{self.username}"

    @property
    def platform(self) -> Platform:
        """Store, gateway and clocks."""
        return self.collector.platform


class Page(NamedTuple):
    """An answer for people: a document in HTML, and its content security policy."""

    html: bytes
    policy: str


class Plain(NamedTuple):
    """An answer that is a text of its own, in a media type of its own."""

    text: bytes
    media: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of one path.

    `action` names it in OpenAPI and logs; `refusals` are the statuses that it may answer beside
    200 (a closed list); `serve` carries the call out and raises Refusals. `answer` is None where
    the answer is a document of its own and no message; `media` is what it is written in then.
    What is `slow` is carried out in threads apart, so that it keeps no other call waiting.
    """

    method: str
    path: str
    style: Style
    action: str
    summary: str
    docs: str
    request: type[Message]
    answer: type[Answer] | None
    refusals: tuple[int, ...]
    # The message's type is that of `request`: the two stand side by side in the table.
    serve: Callable[[Call[Any]], Answer | msgspec.Raw | Page | Plain]
    media: str = "application/json"
    slow: bool = False

    @property
    def has_body(self) -> bool:
        """Whether its message comes in a body."""
        return self.method in ("POST", "PUT")

    @property
    def scope(self) -> Scope:
        """What a credential must be good for: a preview is a change that is not saved."""
        if self.method == "GET":
            return Scope.READ
        return Scope.SANDBOX if self.path.startswith("/tollbridge/sandbox/") else Scope.CHANGE

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the variable parts of the path."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))
