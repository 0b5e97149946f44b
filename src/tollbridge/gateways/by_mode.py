"""Two gateways as one: a real one for live merchants, the simulator for those in the sandbox.

A sandbox merchant's clock turns while a real gateway's does not, and nobody types a real card into
the simulator: so neither ever sees what belongs to the other.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

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
from tollbridge.ports import Gateway, Rehearsing

Asked = TypeVar("Asked", Charge, Refund)


class ByMode:
    """A `Gateway` that asks the right one of two. `is_live` says it of a merchant's id.

    A merchant's mode is fixed when it is made (DESIGN.md 6): it is asked for once.
    """

    def __init__(
        self, *, live: Gateway, sandbox: Gateway, is_live: Callable[[int], bool | None]
    ) -> None:
        self._live = live
        self._sandbox = sandbox
        self._is_live = is_live
        self._known: dict[int, Gateway] = {}

    def store_card(self, merchant_id: int, card: Card | CardToken) -> StoredCard:
        """As the merchant's gateway does."""
        return self._of(merchant_id).store_card(merchant_id, card)

    def charge(self, charges: Sequence[Charge]) -> Sequence[Outcome]:
        """As each merchant's gateway does, one outcome for each charge in order."""
        return self._split(charges, lambda gateway, part: gateway.charge(part))

    def refund(self, refunds: Sequence[Refund]) -> Sequence[Outcome]:
        """As each merchant's gateway does, one outcome for each refund in order."""
        return self._split(refunds, lambda gateway, part: gateway.refund(part))

    def look_up(self, merchant_id: int, keys: Sequence[str]) -> Sequence[Outcome | None]:
        """As the merchant's gateway does."""
        return self._of(merchant_id).look_up(merchant_id, keys)

    def cancel(self, merchant_id: int, keys: Sequence[str]) -> Sequence[Outcome]:
        """As the merchant's gateway does."""
        return self._of(merchant_id).cancel(merchant_id, keys)

    def update_card(self, merchant_id: int, method: PaymentMethod) -> StoredCard | None:
        """As the merchant's gateway does."""
        return self._of(merchant_id).update_card(merchant_id, method)

    def authenticate(self, merchant_id: int, key: str, *, approve: bool) -> bool:
        """As the merchant's gateway does; False where its customers do so themselves."""
        gateway = self._of(merchant_id)
        if not isinstance(gateway, Rehearsing):
            return False
        return gateway.authenticate(merchant_id, key, approve=approve)

    def book(self, merchant_id: int) -> Iterator[BookEntry]:
        """As the merchant's gateway does."""
        return self._of(merchant_id).book(merchant_id)

    def close(self) -> None:
        """Close both."""
        try:
            self._live.close()
        finally:
            self._sandbox.close()

    def _of(self, merchant_id: int) -> Gateway:
        """The merchant's gateway; ValueError for a merchant that there is not."""
        known = self._known.get(merchant_id)
        if known is None:
            is_live = self._is_live(merchant_id)
            if is_live is None:
                raise ValueError(f"there is no merchant {merchant_id}")
            known = self._known[merchant_id] = self._live if is_live else self._sandbox
        return known

    def _split(
        self,
        asked: Sequence[Asked],
        ask: Callable[[Gateway, Sequence[Asked]], Sequence[Outcome]],
    ) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}
        for gateway in (self._live, self._sandbox):
            places = [n for n, one in enumerate(asked) if self._of(one.merchant_id) is gateway]
            if places:
                answers = ask(gateway, [asked[n] for n in places])
                outcomes.update(zip(places, answers, strict=True))
        return [outcomes[n] for n in range(len(asked))]
