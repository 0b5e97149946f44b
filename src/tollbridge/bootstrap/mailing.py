"""Where mails go, as the settings say, and who sends them."""

from contextlib import AbstractContextManager, closing, nullcontext
from typing import NamedTuple

from tollbridge.ports import Mailer, MailServer
from tollbridge.settings import Settings

NO_SENDER = "no-reply@tollbridge.invalid"  # of mails that nobody sends


class MailPlan(NamedTuple):
    """Where mails go; without a `server` they wait. Those of sandboxes only with `sandbox`."""

    server: MailServer | None = None
    sender: str = NO_SENDER
    sandbox: bool = False


def mail_plan_of(settings: Settings) -> MailPlan:
    """What the settings say of mails."""
    sender = settings.mail_from or NO_SENDER
    return MailPlan(settings.smtp_url, sender, settings.mail_sandbox)


def mailer_of(plan: MailPlan) -> AbstractContextManager[Mailer | None]:
    """Who sends mails, closed at the end; None where no server is set."""
    if plan.server is None:
        return nullcontext()
    from tollbridge.outbound.smtp import SmtpMailer

    return closing(SmtpMailer(plan.server))
