"""Tollbridge's own endpoints about mails to customers."""

from tollbridge.rest import mail_messages as wire
from tollbridge.rest.endpoint import CHANGING, READING, Endpoint, Style
from tollbridge.rest.mail_calls import bounced, get_mail, list_mails, show_mailbox

MAIL_ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/tollbridge/mails",
        style=Style.OWN,
        action="list_mails",
        summary="List mails to customers",
        docs=(
            "What was mailed to customers and what became of it, the newest first. Mails of "
            "sandbox merchants are kept and go nowhere. `next_cursor` leads to older ones."
        ),
        request=wire.ListMails,
        answer=wire.MailList,
        refusals=READING,
        serve=list_mails,
    ),
    Endpoint(
        method="GET",
        path="/tollbridge/mails/{mail_id}",
        style=Style.OWN,
        action="read_mail",
        summary="Read a mail",
        docs="The mail as its recipient reads it, as text and as HTML.",
        request=wire.ReadMail,
        answer=wire.MailText,
        refusals=READING,
        serve=get_mail,
    ),
    Endpoint(
        method="POST",
        path="/tollbridge/mails/{mail_id}/bounced",
        style=Style.OWN,
        action="note_bounce",
        summary="Note that a mail came back",
        docs=(
            "For whoever reads the mail server's reports. Noting it twice is noting it once; a "
            "mail that was not sent cannot come back (402)."
        ),
        request=wire.NoteBounce,
        answer=wire.MailRow,
        refusals=CHANGING,
        serve=bounced,
    ),
    Endpoint(
        method="GET",
        path="/tollbridge/mailbox",
        style=Style.OWN,
        action="mailbox",
        summary="Mails to customers, for people",
        docs=(
            "A page without script that lists mails and opens one (`mail_id`). It asks for the "
            "user name and the secret of a credential."
        ),
        request=wire.OpenMailbox,
        answer=None,
        refusals=READING,
        serve=show_mailbox,
        media="text/html",
    ),
)
