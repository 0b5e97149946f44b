"""What platforms of tests need to tell: a sender that asks no name server, a sealer, a teller."""

from collections.abc import Sequence
from time import perf_counter

from tollbridge.bootstrap import Place
from tollbridge.bootstrap.system import new_bytes
from tollbridge.flows.delivering import Delivering, Due
from tollbridge.flows.telling import Telling
from tollbridge.outbound.addresses import Allowed
from tollbridge.outbound.http_sender import HttpSender
from tollbridge.outbound.targets import Limits
from tollbridge.ports import NoticeFilter, Platform
from tollbridge.sealing import Keyring
from tollbridge.settings import PrivateEndpoints, SecretKey

HOOK = "http://127.0.0.1:3000/hook"
KEY = b"k" * 32


def telling(place: Place) -> Place:
    """The place where sandboxes reach this machine, and secrets can be kept on any engine."""
    return place._replace(
        private_endpoints=PrivateEndpoints(sandbox=True), secret_keys=(SecretKey(KEY),)
    )


class NoNames:
    """Nobody is known; addresses need not be looked up."""

    def addresses(self, host: str, seconds: float) -> Sequence[str]:
        """OSError, always."""
        del seconds
        raise OSError(f"{host} is not known")

    def close(self) -> None:
        """Nothing is held."""


def loopback_sender() -> HttpSender:
    """A sender that sandbox merchants may post to this machine with."""
    return HttpSender(
        allowed=Allowed(sandbox_loopback=True),
        resolver=NoNames(),
        timer=perf_counter,
        limits=Limits(total_seconds=5.0),
    )


def keyring() -> Keyring:
    """A sealer for all kinds of merchants."""
    return Keyring([KEY], None, new_bytes)


def tell(platform: Platform, merchant_id: int) -> int:
    """Make notifications of all facts; how many there are then."""
    telling = Telling(platform, merchant_id, "test")
    list(telling.batches())
    telling.release()
    return len(platform.store.notifications(merchant_id, NoticeFilter(), most=10_000))


def deliver(platform: Platform, merchant_id: int) -> None:
    """Post what is due now, until nothing is."""
    merchant = platform.store.merchant(merchant_id)
    assert merchant is not None
    due = Due(merchant, merchant.now(platform.wall()))
    delivering = Delivering(platform)
    try:
        while _anything_due(platform, due) or not delivering.idle:
            delivering.turn([due], 1.0)
    finally:
        delivering.close()


def _anything_due(platform: Platform, due: Due) -> bool:
    wall = platform.wall()
    return bool(platform.store.due_endpoints(due.merchant.id, due.until, wall))
