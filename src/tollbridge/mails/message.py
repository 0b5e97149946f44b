"""A mail as a mail server takes it (RFC 5322).

Names come from customers and merchants: what goes into a header is one line, and an address is
checked before it becomes one, so that nobody adds a header or a recipient.
"""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from tollbridge.domain.mail import Mail, is_address, message_id_of
from tollbridge.domain.merchant import Merchant
from tollbridge.mails.language import one_line
from tollbridge.ports import Written

POLICY = SMTP.clone(cte_type="7bit")  # for servers that know nothing beyond ASCII


def message_of(mail: Mail, written: Written, merchant: Merchant, sender: str) -> EmailMessage:
    """The message with its text and its HTML, dated by business time (R23).

    `sender` is the platform's address; it bears the merchant's name, and answers go to the
    merchant. Raises ValueError for a recipient that is no e-mail address.
    """
    message = EmailMessage(policy=POLICY)
    message["From"] = _address(sender, merchant.name)
    message["To"] = _address(mail.recipient)
    if merchant.support_email:
        message["Reply-To"] = _address(merchant.support_email, merchant.name)
    message["Subject"] = one_line(written.subject)
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = message_id_of(mail, sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic answers, please
    message.set_content(written.text)
    message.add_alternative(written.html, subtype="html")
    message["Content-Language"] = written.language  # of both
    return message


def _address(email: str, name: str = "") -> Address:
    if not is_address(email):
        raise ValueError("the recipient is no e-mail address")
    return Address(display_name=one_line(name), addr_spec=email)
