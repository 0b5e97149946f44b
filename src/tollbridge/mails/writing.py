"""From stored facts to a mail in two forms."""

from collections.abc import Callable, Mapping
from email.message import EmailMessage
from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from msgspec.structs import replace

from tollbridge.domain.links import MAIL_LINK_LIFE, Links
from tollbridge.domain.mail import Mail, MailKind
from tollbridge.domain.mail_causes import recipient_of
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.outbox import read_input
from tollbridge.domain.tax import TaxTable
from tollbridge.mails import of_changes, of_orders, of_payments, of_renewals
from tollbridge.mails.colour import ink_on
from tollbridge.mails.language import language_of, one_line, width
from tollbridge.mails.letter import Letter
from tollbridge.mails.matter import Matter
from tollbridge.mails.message import message_of
from tollbridge.ports import Facts, Written

TEMPLATES = Path(__file__).parent / "templates"

Wording = Callable[[Matter], Letter]

LETTERS: Mapping[MailKind, Wording] = {
    MailKind.RECEIPT: of_orders.receipt,
    MailKind.INVOICE: of_orders.invoice,
    MailKind.DELIVERY: of_orders.delivery,
    MailKind.ORDER_CANCELED: of_orders.order_canceled,
    MailKind.CHARGEBACK: of_orders.chargeback,
    MailKind.ORDER_CONFIRMATION: of_orders.order_confirmation,
    MailKind.PAYMENT_DECLINED: of_payments.declined,
    MailKind.AUTHENTICATION: of_payments.authentication,
    MailKind.RENEWAL: of_renewals.renewal,
    MailKind.RENEWAL_OFFLINE: of_renewals.renewal_offline,
    MailKind.RENEWAL_LINK: of_renewals.renewal_link,
    MailKind.CARD_EXPIRY: of_payments.card_expiry,
    MailKind.GRACE: of_payments.grace,
    MailKind.HOLD: of_payments.hold,
    MailKind.UNPAID: of_payments.unpaid,
    MailKind.NOTICE_1: partial(of_payments.notice, kind=MailKind.NOTICE_1),
    MailKind.NOTICE_2: partial(of_payments.notice, kind=MailKind.NOTICE_2),
    MailKind.NOTICE_3: partial(of_payments.notice, kind=MailKind.NOTICE_3),
    MailKind.REFUND: of_orders.refund,
    MailKind.UPDATE: of_changes.update,
    MailKind.ITEM_ADDED: of_changes.item_added,
    MailKind.ITEM_REMOVED: of_changes.item_removed,
    MailKind.ROLLED_BACK: of_changes.rolled_back,
    MailKind.CANCELED: of_changes.canceled,
    MailKind.REINSTATED: of_changes.reinstated,
    MailKind.FINISHED: of_changes.finished,
}


class MailWriter:
    """`ports.Writer` with the templates and catalogs of this room.

    `public_url` begins all links, `tax` tells what will be charged next (R14); `sender` is the
    address that mails come from.
    """

    def __init__(self, public_url: str, tax: TaxTable, sender: str) -> None:
        self._public_url = public_url
        self._sender = sender
        self._tax = tax
        templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(("html",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._html = templates.get_template("letter.html")
        self._text = templates.get_template("letter.txt")

    def message(self, mail: Mail, written: Written, merchant: Merchant) -> EmailMessage:
        """What is handed to a mail server. ValueError for what is no address."""
        return message_of(mail, written, merchant, self._sender)

    def write(self, mail: Mail, facts: Facts, merchant: Merchant) -> Written:
        """The mail about these facts; the same whenever it is asked. ValueError without facts."""
        matter = self._matter(mail, facts, merchant)
        letter = LETTERS[mail.kind](matter)
        contact = recipient_of(mail.kind, matter.inputs[0].customer)
        letter = replace(
            letter,
            subject=one_line(letter.subject),
            greeting=matter.language.greeting(contact),
            footer=_footer(matter, letter),
        )
        shown = {
            "letter": letter,
            "language": matter.language.tongue,
            "labelled": matter.language.labelled,
            "rule": "=" * width(letter.heading),
            "seller": matter.seller,
            "address": [one_line(line) for line in merchant.address],
            "colour": merchant.colour,
            "ink": ink_on(merchant.colour),
        }
        return Written(
            language=matter.language.tongue,
            subject=letter.subject,
            text=self._text.render(shown),
            html=self._html.render(shown),
        )

    def _matter(self, mail: Mail, facts: Facts, merchant: Merchant) -> Matter:
        if not facts:
            message = f"mail {mail.id} of merchant {mail.merchant_id} has lost its facts"
            raise ValueError(message)
        inputs = tuple(map(read_input, facts))
        customer, at = inputs[0].customer, facts[0].at
        country = recipient_of(mail.kind, customer).country_id
        links = Links(
            public_url=self._public_url,
            merchant=merchant,
            version=customer.link_version,
            until=at + MAIL_LINK_LIFE,
        )
        return Matter(
            language=language_of(mail.language, country),
            merchant=merchant,
            links=links,
            tax=self._tax,
            at=at,
            inputs=inputs,
        )


def _footer(matter: Matter, letter: Letter) -> tuple[str, ...]:
    """Why the mail came, whom to ask, and how long its links are good."""
    say, support = matter.say, matter.merchant.support_email
    lines = [
        say(
            "You are receiving this mail because you are a customer of %(seller)s.",
            seller=matter.seller,
        )
    ]
    if support:
        lines.append(say("Questions? Write to %(email)s.", email=support))
    if letter.button or letter.links:
        until = matter.date(matter.links.until)
        lines.append(say("The links in this mail are valid until %(date)s.", date=until))
    return tuple(lines)
