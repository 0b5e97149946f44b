"""Sending mails to customers: what is due is written, handed to a mail server and noted.

The process may die between any two lines: a mail that was sent and not noted is sent again with
the same Message-ID.
"""

from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec.structs import replace

from tollbridge.domain.mail import OLDEST, Mail, MailState, next_try
from tollbridge.domain.merchant import Merchant
from tollbridge.flows.leases import Leases
from tollbridge.logs import log
from tollbridge.ports import (
    Facts,
    Mailer,
    MailRefusedError,
    MailUnavailableError,
    Platform,
    StoreUnavailableError,
)

MAILING = 20  # the lease of a merchant's mails stands beside those of the slots
BATCH = 50
IN_A_ROW = 3  # mails that could not be sent: then the server is left alone for a while
TOO_OLD = "it could not be sent in time"


class Mailed(msgspec.Struct, frozen=True, kw_only=True):
    """What a turn came to; `again` are those that are tried again later."""

    sent: int = 0
    failed: int = 0
    again: int = 0

    @property
    def any(self) -> bool:
        """Whether anything was sent or given up."""
        return bool(self.sent or self.failed)

    def plus(self, state: MailState) -> "Mailed":
        """One mail more."""
        if state is MailState.SENT:
            return replace(self, sent=self.sent + 1)
        if state is MailState.FAILED:
            return replace(self, failed=self.failed + 1)
        return replace(self, again=self.again + 1)


class Mailing:
    """Sends a merchant's mails, one process at a time."""

    def __init__(self, platform: Platform, mailer: Mailer, merchant: Merchant, holder: str) -> None:
        self._platform = platform
        self._mailer = mailer
        self._merchant = merchant
        self._leases = Leases(platform, merchant.id, holder)

    def turn(self, stopped: Callable[[], bool] = bool) -> Mailed:
        """Send a batch of what is due; nothing where somebody else is at it."""
        platform, merchant = self._platform, self._merchant
        done, in_vain = Mailed(), 0
        now = merchant.now(platform.wall())
        mails = platform.store.mails_to_send(merchant.id, now, BATCH)
        if not mails or not self._leases.take(MAILING):
            return done
        try:
            facts = platform.store.facts_of_mails(merchant.id, mails)
            for mail, told in zip(mails, facts, strict=True):
                if stopped() or in_vain >= IN_A_ROW or not self._leases.take(MAILING):
                    break
                after = self._sent(mail, told, merchant.now(platform.wall()))
                if platform.store.note_mail(mail, after):
                    done = done.plus(after.state)
                in_vain = in_vain + 1 if after.state is MailState.WAITING else 0
        finally:
            self._leases.release()
        return done

    def _sent(self, mail: Mail, facts: Facts, now: datetime) -> Mail:
        """The mail as it is after one try."""
        tried = replace(mail, tries=mail.tries + 1)
        if now > mail.created_at + OLDEST:
            return _failed(tried, mail.error or TOO_OLD)
        try:
            written = self._platform.writer.write(mail, facts, self._merchant)
            message = self._platform.writer.message(mail, written, self._merchant)
            tried = replace(tried, subject=written.subject, message_id=message["Message-ID"])
            self._mailer.send(message)
        except MailRefusedError as error:
            return _failed(tried, str(error))
        except MailUnavailableError as error:
            return self._put_off(tried, str(error), now)
        except StoreUnavailableError:
            raise
        except Exception as error:
            log.exception("mail_not_written", merchant_id=mail.merchant_id, mail_id=mail.id)
            return _failed(tried, f"it could not be written: {type(error).__name__}")
        return replace(tried, state=MailState.SENT, sent_at=now, due_at=None, error="")

    def _put_off(self, tried: Mail, error: str, now: datetime) -> Mail:
        again = next_try(tried, now)
        log.warning(
            "mail_put_off", merchant_id=tried.merchant_id, mail_id=tried.id, tries=tried.tries
        )
        if again is None:
            return _failed(tried, error)
        return replace(tried, due_at=again, error=error)


def _failed(mail: Mail, error: str) -> Mail:
    return replace(mail, state=MailState.FAILED, due_at=None, error=error)
