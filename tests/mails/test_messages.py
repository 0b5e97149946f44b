"""A mail as a mail server takes it: headers that nobody can add to, and a repeat that is known."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import cast

import pytest
from msgspec.structs import replace

from tests.mails.sampling import SENDER, Sampler, written
from tollbridge.domain.mail import Mail, MailKind
from tollbridge.domain.merchant import Merchant
from tollbridge.flows.mail_samples import LANGUAGES
from tollbridge.mails.writing import MailWriter

HOSTILE = "Evil\r\nBcc: victim@example.org\r\n\r\n<b>body</b>"


def sent(
    writer: MailWriter, sampler: Sampler, language: str = "en", **changes: object
) -> EmailMessage:
    """A receipt as it arrives; `changes` are made to the mail or the merchant."""
    sample = sampler(MailKind.RECEIPT, language)
    of_mail = {name: value for name, value in changes.items() if name in Mail.__struct_fields__}
    of_seller = {
        name: value
        for name, value in changes.items()
        if name in Merchant.__struct_fields__ and name not in of_mail
    }
    mail, merchant = replace(sample.mail, **of_mail), replace(sample.merchant, **of_seller)
    text = writer.write(mail, sample.facts, merchant)
    message = writer.message(mail, text, merchant)
    return message_from_bytes(message.as_bytes(), policy=SMTP)


def test_headers(writer: MailWriter, sampler: Sampler) -> None:
    """From the merchant by the platform's address; dated by business time (R23)."""
    mail = sent(writer, sampler, id=17)
    assert {name: str(mail[name]) for name in mail if not name.startswith("Content-T")} == {
        "From": f"Cloudify <{SENDER}>",
        "To": "emma.carter@example.com",
        "Reply-To": "Cloudify <help@cloudify.example>",
        "Subject": "Your receipt from Cloudify (500000001)",
        "Date": "Mon, 09 Feb 2026 15:43:07 +0000",
        "Message-ID": "<864.17.1770651787@pay.example.org>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "en",
        "MIME-Version": "1.0",
    }
    assert "Bcc" not in mail
    assert "List-Unsubscribe" not in mail  # nobody can unsubscribe from a receipt
    assert "Reply-To" not in sent(writer, sampler, support_email="")


def test_the_message_id_is_the_same_at_every_try(writer: MailWriter, sampler: Sampler) -> None:
    """A mail that arrives twice is known by it; another mail has another."""
    first, again, other = (sent(writer, sampler, id=number)["Message-ID"] for number in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_forms_arrive_letter_by_letter(
    writer: MailWriter, sampler: Sampler, language: str
) -> None:
    """Text first, then HTML (RFC 2046: the last one is the best), in lines that servers take."""
    sample = sampler(MailKind.RECEIPT, language)
    expected = written(writer, sample)
    mail = sent(writer, sampler, language)
    assert str(mail["Subject"]) == expected.subject
    assert mail.get_content_type() == "multipart/alternative"
    text, html = cast("list[EmailMessage]", mail.get_payload())
    assert text.get_content_type() == "text/plain"
    assert text.get_content().replace("\r\n", "\n") == expected.text
    assert html.get_content_type() == "text/html"
    assert html.get_content().replace("\r\n", "\n") == expected.html
    raw = mail.as_bytes()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    raw.decode("ascii")  # also for a server that knows nothing beyond


def test_nobody_adds_a_header(writer: MailWriter, sampler: Sampler) -> None:
    """Names with line ends stay in their line, whoever has them."""
    mail = sent(writer, sampler, name=HOSTILE)
    assert "Bcc" not in mail
    assert mail["From"].addresses[0].addr_spec == SENDER
    assert len(mail["From"].addresses) == len(mail["To"].addresses) == 1
    assert "Evil Bcc: victim@example.org" in str(mail["Subject"])


@pytest.mark.parametrize(
    "recipient",
    ["a@b\r\nBcc: c@d", "a@b, c@d", "a@b>\r\nx", "Anna <a@b>", "", "a", "a@b c"],
)
def test_nobody_adds_a_recipient(writer: MailWriter, sampler: Sampler, recipient: str) -> None:
    """What is no single address is refused."""
    with pytest.raises(ValueError, match="no e-mail address"):
        sent(writer, sampler, recipient=recipient)


def test_a_name_in_any_script(writer: MailWriter, sampler: Sampler) -> None:
    """And with what has a meaning in headers."""
    for name in ("株式会社クラウド", 'Müller, "Söhne" & Co. <KG>', "a" * 200):
        assert sent(writer, sampler, name=name)["From"].addresses[0].display_name == name
