"""Who writes mails and who sends them. The templates and catalogs are read when the first is."""

from contextlib import AbstractContextManager, closing, nullcontext
from email.message import EmailMessage
from functools import cached_property
from typing import NamedTuple

from tollbridge.domain.mail import Mail
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.tax import TaxTable
from tollbridge.ports import Facts, Mailer, MailServer, Writer, Written
from tollbridge.settings import Settings

NO_SENDER = "no-reply@tollbridge.invalid"  # of mails that nobody sends


class MailPlan(NamedTuple):
    """Where mails go; without a `server` they wait. Those of sandboxes only if `sandbox` says so."""

    server: MailServer | None = None
    sender: str = NO_SENDER
    sandbox: bool = False


def mail_plan_of(settings: Settings) -> MailPlan:
    """What the settings say of mails."""
    sender = settings.mail_from or NO_SENDER
    return MailPlan(settings.smtp_url, sender, settings.mail_sandbox)


class LateWriter:
    """`ports.Writer` that is made when it is first needed: a server starts without it."""

    def __init__(self, public_url: str, tax: TaxTable, sender: str) -> None:
        self._made_of = public_url, tax, sender

    @cached_property
    def _writer(self) -> Writer:
        from tollbridge.mails.writing import MailWriter

        return MailWriter(*self._made_of)

    def write(self, mail: Mail, facts: Facts, merchant: Merchant) -> Written:
        """See `ports.Writer`."""
        return self._writer.write(mail, facts, merchant)

    def message(self, mail: Mail, written: Written, merchant: Merchant) -> EmailMessage:
        """See `ports.Writer`."""
        return self._writer.message(mail, written, merchant)


def mailer_of(plan: MailPlan) -> AbstractContextManager[Mailer | None]:
    """Who sends mails, closed at the end; None where no server is set."""
    if plan.server is None:
        return nullcontext()
    from tollbridge.outbound.smtp import SmtpMailer

    return closing(SmtpMailer(plan.server))
