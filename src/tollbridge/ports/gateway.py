"""Payment gateways. A gateway sees only ports and the domain."""

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

from tollbridge.domain.customer import PaymentMethod
from tollbridge.domain.payment import (
    BookEntry,
    Card,
    CardToken,
    Charge,
    Outcome,
    Refund,
    StoredCard,
)


class GatewayUnavailableError(Exception):
    """The gateway cannot be reached or did not answer in time; no money was asked for."""


class Gateway(Protocol):
    """A payment gateway. Takes many charges at once and hides its concurrency."""

    def store_card(self, merchant_id: int, card: Card | CardToken) -> StoredCard:
        """Keep a card and give a token for it; Invalid or NotAllowed when it cannot be.

        The simulator takes what is typed, a real gateway only what its own page took.

        Raises GatewayUnavailableError when the gateway cannot be reached.
        """

    def charge(self, charges: Sequence[Charge]) -> Sequence[Outcome]:
        """Take the money, one outcome for each charge in order.

        The same key again gives the first outcome and never takes money twice. A failure to
        reach the gateway or to get its answer in time is the outcome UNKNOWN, never an exception.
        """

    def refund(self, refunds: Sequence[Refund]) -> Sequence[Outcome]:
        """Give money back, one outcome for each refund in order; CAPTURED stands for done.

        As with `charge`, the same key never moves money twice and a failure to reach the gateway
        is UNKNOWN. A refund of more than is left of the charge is DECLINED.
        """

    def look_up(self, merchant_id: int, keys: Sequence[str]) -> Sequence[Outcome | None]:
        """What the gateway knows of charges and refunds by their keys; None if never received."""

    def cancel(self, merchant_id: int, keys: Sequence[str]) -> Sequence[Outcome]:
        """Take back charges that wait for their customer; what each of them is then, in order.

        DECLINED for one that waited, what was decided for one that was decided before, UNKNOWN
        where the gateway cannot be reached.
        """

    def update_card(self, merchant_id: int, method: PaymentMethod) -> StoredCard | None:
        """What is known now of a stored card; None when there is nothing newer to be had."""

    def book(self, merchant_id: int) -> Iterator[BookEntry]:
        """Every attempt that the gateway has seen of this merchant, oldest first.

        Raises GatewayUnavailableError when the gateway cannot be reached.
        """

    def close(self) -> None:
        """Release what it holds."""


@runtime_checkable
class Rehearsing(Gateway, Protocol):
    """A gateway that moves no money: what its customers would do is done by a call."""

    def authenticate(self, merchant_id: int, key: str, *, approve: bool) -> bool:
        """The customer confirms a charge that waits, or refuses to; False when none waits."""
