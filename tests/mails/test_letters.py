"""Every kind of mail in every language: what it says, and what it never contains."""

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from tests.mails.sampling import PUBLIC_URL, Sampler, written
from tollbridge.domain.links import LinkKind, require_valid
from tollbridge.domain.mail import MailKind
from tollbridge.domain.refusal import NotAllowed
from tollbridge.flows.mail_samples import LANGUAGES, Brand
from tollbridge.mails.writing import LETTERS, MailWriter

EVERY = [(kind, language) for kind in MailKind for language in LANGUAGES]
NAMES = [f"{kind.name}-{language}" for kind, language in EVERY]
URL = re.compile(r"https?://[^\s\"'<>]+")
TOKEN = re.compile(r"/(p|s)/s?(\d+)-([A-Za-z0-9_-]{28})")
RECEIPT = f"""\
Thank you for your payment
==========================

Hello Emma Carter,

We have received your payment of £71.00.

View your order:
https://pay.example.org/864/p/500000001-TOKEN

- Cloudify Seat × 10: £39.00
  Net £32.50, VAT (20%) £6.50
- Cloudify Data Small: £32.00
  Net £26.67, VAT (20%) £5.33

Net: £59.17
VAT (20%): £11.83
Total: £71.00

Order number: 500000001
Date: 9 February 2026
Paid by: Visa ending in 765T
Bill to: Emma Carter, 12 Sample Street, SW1A 1AA London
Subscription: S10000001
Next payment: 9 March 2026: £71.00
Renews: every month

Manage your subscription:
https://pay.example.org/864/s/s10000001-TOKEN

Cancel the subscription:
https://pay.example.org/864/s/s10000001-TOKEN/cancel

--{" "}
Cloudify
Cloudify GmbH
Beispielstraße 1
50667 Köln
You are receiving this mail because you are a customer of Cloudify.
Questions? Write to help@cloudify.example.
The links in this mail are valid until 11 March 2026.
"""
HOSTILE = (
    '<script src="https://evil.example/x.js"></script>"\'&{{ 7 * 7 }}%(x)s\r\nBcc: a@b.example'
)


class Page(HTMLParser):
    """What a mail's HTML consists of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self._quiet = False
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.tags.append(tag)
        self._quiet = tag in ("style", "title")
        for name, value in attrs:
            self.attributes.append((name, value or ""))
            if tag == "a" and name == "href":
                self.links.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        """What follows is shown again."""
        self._quiet = self._quiet and tag not in ("style", "title")

    def handle_data(self, data: str) -> None:
        """Note what is shown."""
        if not self._quiet:
            self.texts.append(data)


def words_of(text: str) -> set[str]:
    """The words and figures of a text."""
    return set(re.findall(r"\w+", text))


@pytest.mark.parametrize(("kind", "language"), EVERY, ids=NAMES)
def test_every_kind_in_every_language(
    sampler: Sampler, writer: MailWriter, kind: MailKind, language: str
) -> None:
    """It is written in its language, whole, as HTML and as text, and is the same every time."""
    sample = sampler(kind, language)
    mail = written(writer, sample)
    assert mail == written(writer, sample)
    assert mail.language == language
    assert mail.html.startswith("<!doctype html>")
    assert f'<html lang="{language}">' in mail.html
    for text in (mail.subject, mail.text, mail.html):
        assert "%(" not in text
        assert "{{" not in text
        assert "{%" not in text
    assert "\n" not in mail.subject
    assert mail.subject.strip() == mail.subject != ""


@pytest.mark.parametrize(("kind", "language"), EVERY, ids=NAMES)
def test_both_forms_say_the_same(
    sampler: Sampler, writer: MailWriter, kind: MailKind, language: str
) -> None:
    """Every link of the HTML stands in the text as well, and so does every word."""
    mail = written(writer, sampler(kind, language))
    page = Page(mail.html)
    assert set(page.links) == set(URL.findall(mail.text))
    assert len(page.links) == len(set(page.links))
    assert words_of(" ".join(page.texts)) == words_of(URL.sub("", mail.text))


@pytest.mark.parametrize(("kind", "language"), EVERY, ids=NAMES)
def test_nothing_is_loaded_from_anywhere(
    sampler: Sampler, writer: MailWriter, kind: MailKind, language: str
) -> None:
    """No picture, no font, no script, no form, nothing that tells that a mail was read."""
    mail = written(writer, sampler(kind, language))
    page = Page(mail.html)
    assert set(page.tags) <= {
        *("html", "head", "meta", "title", "style", "body", "div", "h1", "p", "a", "br", "strong"),
        *("table", "tr", "th", "td", "span"),
    }
    assert {name for name, _ in page.attributes} <= {
        *("lang", "charset", "name", "content", "style", "class", "href", "scope"),
    }
    assert "url(" not in mail.html
    assert "@import" not in mail.html
    assert set(URL.findall(mail.html)) == set(page.links)
    assert all(link.startswith(f"{PUBLIC_URL}/864/") for link in page.links)


@pytest.mark.parametrize(("kind", "language"), EVERY, ids=NAMES)
def test_links_open_what_they_are_of(
    sampler: Sampler, writer: MailWriter, kind: MailKind, language: str
) -> None:
    """platform.md d: signed, until 30 days of business time after what the mail tells."""
    sample = sampler(kind, language)
    at, merchant = sample.facts[0].at, sample.merchant
    for link in Page(written(writer, sample).html).links:
        found = TOKEN.search(link)
        assert found, link
        letter, number, token = found.groups()
        opened = LinkKind.PURCHASE if letter == "p" else LinkKind.SUBSCRIPTION
        still, over = at + timedelta(days=29, hours=23), at + timedelta(days=30)
        require_valid(merchant, opened, int(number), 0, token, still)
        with pytest.raises(NotAllowed, match="expired"):
            require_valid(merchant, opened, int(number), 0, token, over)


WAY_TO_PAY = {
    *(MailKind.PAYMENT_DECLINED, MailKind.AUTHENTICATION, MailKind.GRACE, MailKind.HOLD),
    *(MailKind.RENEWAL_LINK, MailKind.NOTICE_1, MailKind.NOTICE_2, MailKind.NOTICE_3),
    *(MailKind.INVOICE, MailKind.ORDER_CONFIRMATION, MailKind.RENEWAL_OFFLINE),
}
WAY_TO_END = {
    *(MailKind.RECEIPT, MailKind.RENEWAL, MailKind.UPDATE, MailKind.ITEM_ADDED),
    *(MailKind.ITEM_REMOVED, MailKind.REINSTATED, MailKind.ROLLED_BACK, MailKind.RENEWAL_OFFLINE),
}


@pytest.mark.parametrize("kind", MailKind, ids=lambda kind: kind.name)
def test_what_asks_for_something_leads_there(
    sampler: Sampler, writer: MailWriter, kind: MailKind
) -> None:
    """To the purchase where something is to be paid, to the end where something goes on."""
    links = Page(written(writer, sampler(kind)).html).links
    if kind in WAY_TO_PAY:
        assert "/p/" in links[0]
    assert any(link.endswith("/cancel") for link in links) is (kind in WAY_TO_END)
    if kind is MailKind.CARD_EXPIRY:
        assert links[0].endswith("/payment")
    if kind is MailKind.DELIVERY:
        assert links == []  # they would be the buyer's


@pytest.mark.parametrize("kind", MailKind, ids=lambda kind: kind.name)
def test_hostile_names_are_only_text(sampler: Sampler, writer: MailWriter, kind: MailKind) -> None:
    """Whoever is called like a tag, a placeholder or a header stays a name."""
    brand = Brand(name=HOSTILE, address=(HOSTILE,))
    mail = written(writer, sampler(kind, "de", brand))
    page = Page(mail.html)
    assert "script" not in page.tags
    assert "<script" not in mail.html
    assert "49" not in mail.subject.replace("{{ 7 * 7 }}", "")
    assert "\n" not in mail.subject
    assert "\r" not in mail.text
    assert not any(line.startswith("Bcc") for line in mail.text.splitlines())
    assert not any("evil" in link for link in page.links)


def test_a_receipt_word_by_word(sampler: Sampler, writer: MailWriter) -> None:
    """R10, R14: lines, taxes and totals as they are stored; what comes next, and how to end it."""
    mail = written(writer, sampler(MailKind.RECEIPT))
    text = TOKEN.sub(r"/\1/s\2-TOKEN", mail.text).replace("/p/s", "/p/").replace("\xa0", " ")
    assert text == RECEIPT
    assert mail.subject == "Your receipt from Cloudify (500000001)"


def test_amounts_are_those_of_the_facts(sampler: Sampler, writer: MailWriter) -> None:
    """R10: no total is worked out again: gross, net and tax of each line add up as stored."""
    text = written(writer, sampler(MailKind.RECEIPT, "de")).text.replace("\xa0", " ")
    assert "Cloudify Seat × 10: 45,00 €\n  Netto 37,82 €, USt. (19 %) 7,18 €" in text
    assert "Netto: 68,07 €\nUSt. (19 %): 12,93 €\nGesamtbetrag: 81,00 €" in text


def test_every_kind_has_a_letter() -> None:
    """And no letter is of no kind."""
    assert set(LETTERS) == set(MailKind)


def test_a_mail_without_facts_is_no_mail(sampler: Sampler, writer: MailWriter) -> None:
    """A row whose facts are gone is a fault, and is not sent as something else."""
    sample = sampler(MailKind.RECEIPT)
    with pytest.raises(ValueError, match="lost its facts"):
        writer.write(sample.mail, (), sample.merchant)


def test_the_language_is_the_contacts(sampler: Sampler, writer: MailWriter) -> None:
    """Of one that nobody here writes, English; of a kind of one, that."""
    sample = sampler(MailKind.RECEIPT)
    for language, tongue in (("it", "en"), ("de-AT", "de"), ("FR", "fr"), ("", "en"), ("x", "en")):
        mail = replace(sample.mail, language=language)
        assert writer.write(mail, sample.facts, sample.merchant).language == tongue
