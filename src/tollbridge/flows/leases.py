"""Leases of slots: which parts of a merchant's work somebody has for himself, and until when."""

from datetime import datetime

from tollbridge.ports import Lease, Platform

FRESH = 2 / 3  # of a lease: what has so much of it left need not be prolonged yet


class Leases:
    """The slots of a merchant that one holder has, prolonged when they are asked for again."""

    def __init__(self, platform: Platform, merchant_id: int, holder: str) -> None:
        self._platform = platform
        self._merchant_id = merchant_id
        self._holder = holder
        self._until: dict[int, datetime] = {}

    @property
    def held(self) -> tuple[int, ...]:
        """The slots that were taken and not given back, in the order in which they were."""
        return tuple(self._until)

    def take(self, slot: int) -> bool:
        """Whether the slot is ours: still, or from now on; what took too long, others may have."""
        now, length = self._platform.wall(), self._platform.lease
        until = self._until.get(slot)
        if until is not None and until - now > FRESH * length:
            return True
        wanted = self._lease(slot, now + length)
        if not self._platform.store.lease_slot(wanted, now):
            self._until.pop(slot, None)
            return False
        self._until[slot] = wanted.until
        return True

    def give_back(self, slot: int) -> None:
        """Let others have a slot."""
        if self._until.pop(slot, None) is not None:
            self._platform.store.release_slot(self._lease(slot, self._platform.wall()))

    def release(self) -> None:
        """Give all of them back."""
        for slot in self.held:
            self.give_back(slot)

    def _lease(self, slot: int, until: datetime) -> Lease:
        return Lease(merchant_id=self._merchant_id, slot=slot, holder=self._holder, until=until)
