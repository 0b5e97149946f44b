"""Failed logins: whoever fails too often is turned away for a minute, right secret or not.

Counted by address, and more strictly by address and user name together. Not by user name alone:
then anybody could lock a merchant's programs out. In memory, by each server process for itself.
"""

from collections.abc import Callable

from tollbridge.rest.rates import LOOPBACK, Limit, address_of

FAILURES = 30  # of one address in a minute
FAILURES_OF_USER = 10  # of one address with one user name in a minute
SECONDS = 60.0


class Logins:
    """Counts failed logins. Safe to call from any thread.

    This machine is not counted unless `local` says so: behind a proxy of its own everybody's
    failures come from there, and would turn everybody away.
    """

    def __init__(self, timer: Callable[[], float], *, local: bool = False) -> None:
        self._local = local
        self._of_address = Limit(FAILURES, SECONDS, timer)
        self._of_user = Limit(FAILURES_OF_USER, SECONDS, timer)

    def blocked(self, peer: str, username: str) -> bool:
        """Whether this peer may not even try, with this user name or at all."""
        if not self._counted(peer):
            return False
        address = address_of(peer)
        return self._of_address.blocks(address) or self._of_user.blocks(_key(address, username))

    def failed(self, peer: str, username: str) -> None:
        """Note a failed login."""
        if not self._counted(peer):
            return
        address = address_of(peer)
        self._of_address.note(address)
        self._of_user.note(_key(address, username))

    def _counted(self, peer: str) -> bool:
        return bool(peer) and (self._local or not peer.startswith(LOOPBACK))


def _key(address: str, username: str) -> str:
    return f"{address} {username}"
