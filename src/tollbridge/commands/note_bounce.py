"""Note that a mail came back."""

from msgspec.structs import replace

from tollbridge.domain.mail import Mail, MailState
from tollbridge.domain.refusal import Busy, NotAllowed, known_mail
from tollbridge.ports import Platform

TRIES = 3


def note_bounce(platform: Platform, merchant_id: int, mail_id: int, reason: str) -> Mail:
    """The mail, which bounced; `reason` is what the other side says.

    Noted twice is noted once. Raises NotFound for the mail, NotAllowed for one that was not sent.
    """
    for _ in range(TRIES):
        mail = known_mail(platform.store.mail(merchant_id, mail_id), mail_id)
        if mail.state is MailState.BOUNCED:
            return mail
        if mail.state is not MailState.SENT:
            raise NotAllowed(
                "mail_not_sent",
                f"Mail {mail_id} was not sent ({mail.state.value}): it cannot come back",
                field="mail_id",
            )
        bounced = replace(mail, state=MailState.BOUNCED, error=reason)
        if platform.store.note_mail(mail, bounced):
            return bounced
    raise Busy("busy", f"Mail {mail_id} is being changed; try again")
