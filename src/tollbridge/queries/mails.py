"""Mails to customers: which there are, and what one says."""

from typing import NamedTuple

from msgspec.structs import replace

from tollbridge.domain.mail import Mail
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.refusal import known_mail, known_merchant
from tollbridge.ports import Facts, MailPlace, MailSearch, Platform, Written


class MailPage(NamedTuple):
    """Mails, the newest first, with their subjects; `after` is where older ones begin."""

    mails: tuple[Mail, ...]
    after: MailPlace | None


def read_mails(
    platform: Platform,
    merchant_id: int,
    wanted: MailSearch,
    below: MailPlace | None = None,
    most: int = 50,
) -> MailPage:
    """At most so many of the mails that are looked for."""
    store = platform.store
    merchant = known_merchant(store.merchant(merchant_id), merchant_id)
    found = store.mails(merchant_id, wanted, below, most + 1)
    page = found[:most]
    facts = store.facts_of_mails(merchant_id, page)
    mails = tuple(
        _with_subject(platform, mail, told, merchant)
        for mail, told in zip(page, facts, strict=True)
    )
    last = page[-1] if len(found) > most else None
    return MailPage(mails, MailPlace(last.created_at, last.id) if last else None)


def read_mail(platform: Platform, merchant_id: int, mail_id: int) -> tuple[Mail, Written]:
    """A mail and its text; NotFound when the merchant has none with this id.

    What was sent is written again: the same facts in the same words.
    """
    store = platform.store
    merchant = known_merchant(store.merchant(merchant_id), merchant_id)
    mail = known_mail(store.mail(merchant_id, mail_id), mail_id)
    [facts] = store.facts_of_mails(merchant_id, [mail])
    written = platform.writer.write(mail, facts, merchant)
    return replace(mail, subject=written.subject), written


def _with_subject(platform: Platform, mail: Mail, facts: Facts, merchant: Merchant) -> Mail:
    """What was not sent has no subject yet."""
    if mail.subject:
        return mail
    return replace(mail, subject=platform.writer.write(mail, facts, merchant).subject)
