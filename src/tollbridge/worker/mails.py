"""Mails by the clock: what is due is handed to the mail server within about a second.

Any number of processes may do so at once: each leases the merchant whose mails it sends.
"""

from tollbridge.domain.merchant import Mode
from tollbridge.flows.mailing import Mailing
from tollbridge.logs import log
from tollbridge.ports import Mailer, Platform, StoreUnavailableError
from tollbridge.worker.loop import Loop, Stopped

POLL = 1.0  # seconds between two looks when nothing is due


class Mails:
    """Sends what is due, a round over all merchants at a time."""

    def __init__(self, platform: Platform, mailer: Mailer) -> None:
        self._platform = platform
        self._mailer = mailer
        self._holder = platform.new_key()

    def round(self, stopped: Stopped = bool) -> bool:
        """A batch of each merchant; whether there may be more at once.

        A merchant whose mails cannot be sent keeps no other waiting. Raises
        StoreUnavailableError.
        """
        platform, more = self._platform, False
        for merchant in platform.store.merchants():
            if stopped():
                return False
            if merchant.mode is Mode.SANDBOX and not platform.sandbox_mails:
                continue
            try:
                mailing = Mailing(platform, self._mailer, merchant, self._holder)
                more = mailing.turn(stopped).any or more
            except StoreUnavailableError:
                raise
            except Exception:
                log.exception("mails_not_sent", merchant_id=merchant.id)
        return more


def mail_loops(platform: Platform) -> tuple[Loop, ...]:
    """What sends mails; nothing where no mail server is set: then they wait."""
    if platform.mailer is None:
        return ()
    return (Loop("mails", Mails(platform, platform.mailer).round, POLL),)
